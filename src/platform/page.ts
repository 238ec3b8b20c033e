/** What every page has; what it may have besides (threads, ONNX Runtime) is in browser.ts. */
import type { FileInfo, Files, NewFile, OpenFile, PicturePackage, Scratch, Sha256 } from "./types.js";

export type * from "./types.js";

/** Logical processors this page may use. */
export function cpuCount(): number {
  return navigator.hardwareConcurrency || 1;
}

/** Browsers do not tell; a page may reckon with this much. */
export function availableMemory(): number {
  return 2 * 2 ** 30;
}

/** Browsers either have relaxed SIMD or do not. */
export function enableRelaxedSimd(): void {}

/** Lets events and messages run. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

// ---------------------------------------------------------------------------------------------------- files

function refused(call: string): never {
  throw new Error(`${call}: a page has no file system; give data as bytes or by URL, and take results as bytes`);
}

/** What is behind a URL. Throws an error with the code ENOENT where there is nothing, EIO where it does not come whole. */
async function fetched(path: string, size?: number): Promise<Blob> {
  const failed = (code: string, what: string) => Object.assign(new Error(`${path}: ${what}`), { code });
  const response = await fetch(path).catch((error) =>
    Promise.reject(failed("EIO", `no answer came (${error.message})`)),
  );
  if (!response.ok) throw failed(response.status === 404 ? "ENOENT" : "EIO", `the server answered ${response.status}`);
  const blob = await response.blob();
  if (size !== undefined && blob.size !== size) throw failed("EIO", `${size} bytes were needed, ${blob.size} came`);
  return blob;
}

/** Bytes of a file from which on its parts are asked for by themselves, and bytes of such a part at most. */
const [longFile, shortPart] = [2 ** 20, 2 ** 16];

/** Some bytes behind a URL, as far as its server gives parts (RFC 9110, section 14); null where it does not. */
async function fetchedPart(path: string, position: number, length: number): Promise<Uint8Array | null> {
  const range = `bytes=${position}-${position + length - 1}`;
  const response = await fetch(path, { headers: { range } }).catch(() => null);
  const isPart = response?.status === 206 && !response.headers.has("content-encoding");
  const bytes = isPart ? new Uint8Array(await response.arrayBuffer()) : null;
  if (bytes === null) void response?.body?.cancel();
  return bytes?.length === length ? bytes : null;
}

/**
 * Files are read by URL and kept by the browser outside of the page's memory: whole, but for short parts of long ones, such as
 * headers. A page writes none.
 */
export const files: Files = {
  async open(path, size): Promise<OpenFile> {
    let whole: Promise<Blob> | null = size === undefined ? fetched(path) : null;
    const blob = () => {
      whole ??= fetched(path, size).catch((error) => {
        whole = null; // it may be asked for again
        throw error;
      });
      return whole;
    };
    const length = size ?? (await blob()).size;
    return {
      size: length,
      async read(into, position) {
        const wanted = Math.min(into.length, length - position);
        const part =
          whole === null && length >= longFile && wanted > 0 && wanted <= shortPart
            ? await fetchedPart(path, position, wanted)
            : null;
        const bytes = part ?? new Uint8Array(await (await blob()).slice(position, position + wanted).arrayBuffer());
        into.set(bytes);
        return bytes.length;
      },
      async close() {
        whole = Promise.resolve(new Blob());
      },
    };
  },
  create: async (): Promise<NewFile> => refused("create"),
  rename: async () => refused("rename"),
  remove: async () => refused("remove"),
  makeFolder: async () => refused("makeFolder"),
  syncFolder: async () => refused("syncFolder"),
  /** What a URL names, and how long it is, is known when it is opened. */
  info: async (): Promise<FileInfo> => ({ kind: "file", size: 0, modified: 0 }),
  list: async () => refused("list"),
  entry: async () => refused("entry"),
  openEntry: async () => refused("openEntry"),
  canonical: async () => refused("canonical"),
};

/** Folder part of a URL's path, `.` where there is none. */
export function folderOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut < 0 ? "." : path.slice(0, Math.max(1, cut));
}

/** A URL's last part. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A page has no folders. */
export function temporaryFolder(): string {
  return ".";
}

export const processId = 0;

export function isAlive(): boolean {
  return true;
}

export async function isLink(): Promise<boolean> {
  return false;
}

/** Scratch storage of a page is memory, in pieces of 1 MiB. */
export async function openScratch(): Promise<Scratch> {
  const pieceBytes = 1 << 20;
  const pieces: Uint8Array[] = [];
  const each = (length: number, position: number, visit: (piece: Uint8Array, from: number) => void) => {
    for (let done = 0; done < length; ) {
      const at = position + done;
      const k = Math.floor(at / pieceBytes);
      pieces[k] ??= new Uint8Array(pieceBytes);
      const piece = pieces[k].subarray(at % pieceBytes, (at % pieceBytes) + Math.min(length - done, pieceBytes));
      visit(piece, done);
      done += piece.length;
    }
  };
  return {
    async write(bytes, position) {
      each(bytes.length, position, (piece, from) => {
        piece.set(bytes.subarray(from, from + piece.length));
      });
    },
    async read(into, position) {
      each(into.length, position, (piece, from) => {
        into.set(piece, from);
      });
    },
    async close() {
      pieces.length = 0;
    },
  };
}

// ---------------------------------------------------------------------------------------------------- streams

export function standardInput(): AsyncIterable<Uint8Array> {
  return refused("standardInput");
}

/** Decompresses gzip. */
export async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = new ReadableStream<BufferSource>({
    async start(controller) {
      for await (const piece of pieces) controller.enqueue(piece as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** Decompresses zlib's format (RFC 1950) to at most `mostBytes`. Rejects what is damaged, ends early or is longer. */
export async function inflate(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  const reader = throughStream(bytes, new DecompressionStream("deflate"));
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts, length);
    length += value.length;
    if (length > mostBytes) {
      await reader.cancel();
      throw new RangeError(`more than ${mostBytes} bytes`);
    }
    parts.push(value);
  }
}

/** Compresses to zlib's format. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const reader = throughStream(bytes, new CompressionStream("deflate"));
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts, length);
    length += value.length;
    parts.push(value);
  }
}

function throughStream(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): ReadableStreamDefaultReader<Uint8Array> {
  const source = new ReadableStream<BufferSource>({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
  return source.pipeThrough(stream).getReader();
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The browser's digest takes everything at once, so the pieces are kept until then; pages from afar without TLS have none. */
export function sha256(): Sha256 {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    update: (bytes) => {
      parts.push(bytes.slice());
    },
    async digest() {
      const whole = await new Blob(parts).arrayBuffer();
      const digest = globalThis.isSecureContext ? await crypto.subtle.digest("SHA-256", whole) : await digestOf(whole);
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}

async function digestOf(bytes: ArrayBuffer): Promise<Uint8Array> {
  const hashes = await import("@noble/hashes/sha2.js");
  return hashes.sha256(new Uint8Array(bytes));
}

// ---------------------------------------------------------------------------------------------------- pictures

/** A page draws SVG itself. */
export const importSharp: PicturePackage = null;

/** A picture in any format that the browser reads, turned as EXIF says, in sRGB. */
export async function decodeByPlatform(
  bytes: Uint8Array,
  mostPixels: number,
): Promise<{ width: number; height: number; channels: number; data: Uint8Array }> {
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    imageOrientation: "from-image",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  if (width * height > mostPixels) throw new Error("it exceeds the pixel limit");
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (context === null) throw new Error("this browser has no canvas to read pictures with");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, channels: 4, data: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer) };
}
