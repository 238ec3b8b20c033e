import { files, gunzip, standardInput } from "#platform";
import { FileError, FormatError, fileError } from "./errors.js";

/** Bytes that can be read at any position: a file, or memory. */
export interface Source {
  /** For messages: a path, a URL, or a word in angle brackets. */
  readonly name: string;
  readonly size: number;
  /** Reads up to `into.length` bytes at `position`; returns how many were read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Bytes that come once, from the front: a file, a decompressed file, standard input. */
export interface ByteStream {
  readonly name: string;
  /** Bytes as stored (compressed ones where compressed); undefined for standard input. For progress and estimates. */
  readonly size?: number;
  /** Whether the stored bytes are compressed, so that `size` is not the number of bytes to come. */
  readonly compressed: boolean;
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
}

/**
 * Opens a file for reading at any position. Folders, devices and pipes are refused. A size that is known already spares a page
 * fetching the file before it is read.
 */
export async function openSource(path: string, knownSize?: number): Promise<Source> {
  try {
    const info = await files.info(path);
    if (info.kind !== "file")
      throw new FileError(
        `${path}: a file was needed, this is a ${kindOf(info.kind)}${info.kind === "other" ? "; give it as standard input, -" : ""}`,
      );
    const file = await files.open(path, knownSize);
    return {
      name: path,
      size: file.size,
      read: (into, position) => file.read(into, position).catch((error) => Promise.reject(fileError(path, error))),
      close: () => file.close().catch((error) => Promise.reject(fileError(path, error))),
    };
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array, name = "<memory>"): Source {
  return {
    name,
    size: bytes.length,
    async read(into, position) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    async close() {},
  };
}

/** Reads exactly `length` bytes at `position`, or throws FormatError "truncated". */
export async function readExactly(source: Source, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  if (position + length > source.size) {
    throw new FormatError(
      "truncated",
      { file: source.name, offset: source.size },
      `the file ends here, ${position + length} bytes were needed`,
    );
  }
  const bytes = new Uint8Array(length);
  const got = await source.read(bytes, position);
  if (got < length) {
    throw new FormatError(
      "truncated",
      { file: source.name, offset: position + got },
      "the file became shorter while it was read",
    );
  }
  return bytes;
}

export const pieceBytes = 1 << 20;

/** A source's bytes from the front. */
export async function* pieces(source: Source): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const piece = new Uint8Array(pieceBytes);
    const got = await source.read(piece, position);
    if (got === 0) return;
    yield piece.subarray(0, got);
    position += got;
  }
}

/** Memory as a stream, optionally in small pieces (for tests of readers). */
export function memoryStream(
  bytes: Uint8Array,
  name = "<memory>",
  pieceLength = Math.max(1, bytes.length),
): ByteStream {
  return {
    name,
    size: bytes.length,
    compressed: false,
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.length; at += pieceLength) yield bytes.subarray(at, at + pieceLength);
    },
  };
}

/**
 * A path as a stream of bytes: `-` is standard input; gzip is recognized by its first two bytes, whatever the name,
 * and decompressed.
 */
export async function openStream(path: string): Promise<ByteStream> {
  if (path === "-") return unpacked("<stdin>", undefined, standardInput());
  const magic = new Uint8Array(2);
  const size = await withSource(path, async (source) => {
    await source.read(magic, 0);
    return source.size;
  });
  const compressed = isGzip(magic);
  // opened anew, so that a stream that nobody reads holds no file open
  const closing = async function* () {
    const source = await openSource(path);
    try {
      yield* pieces(source);
    } finally {
      await source.close();
    }
  };
  return {
    name: path,
    size,
    compressed,
    [Symbol.asyncIterator]: () => (compressed ? named(path, gunzip(closing())) : closing())[Symbol.asyncIterator](),
  };
}

/** Whether bytes begin as gzip does. */
export function isGzip(magic: ArrayLike<number>): boolean {
  return magic[0] === 0x1f && magic[1] === 0x8b;
}

async function withSource<T>(path: string, work: (source: Source) => Promise<T>): Promise<T> {
  const source = await openSource(path);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

/** Standard input cannot be looked at twice: its first bytes tell whether it is gzip. */
function unpacked(name: string, size: number | undefined, input: AsyncIterable<Uint8Array>): ByteStream {
  return {
    name,
    size,
    compressed: false,
    async *[Symbol.asyncIterator]() {
      const iterator = input[Symbol.asyncIterator]();
      const first: Uint8Array[] = [];
      const magic: number[] = [];
      while (magic.length < 2) {
        const next = await iterator.next();
        if (next.done) break;
        first.push(next.value);
        magic.push(...next.value.subarray(0, 2)); // a pipe may deliver a single byte
      }
      const all = (async function* () {
        yield* first;
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
      })();
      yield* isGzip(magic) ? named(name, gunzip(all)) : all;
    },
  };
}

async function* named(file: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    if (!(error instanceof Error) || error.name === "FormatError" || error.name === "FileError") throw error;
    const damaged = "code" in error && error.code === "Z_DATA_ERROR";
    const what = damaged ? "the gzip stream is damaged" : "the gzip stream is damaged or cut short";
    throw new FormatError(damaged ? "checksum" : "truncated", { file }, `${what} (${error.message})`, { cause: error });
  }
}

function kindOf(kind: "folder" | "other" | "file"): string {
  return kind === "other" ? "device, pipe or socket" : kind;
}
