import { createHash } from "node:crypto";
import { type BigIntStats, constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm, stat, unlink } from "node:fs/promises";
import { availableParallelism, freemem, tmpdir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { createGunzip, constants as zlibConstants, deflate as zlibDeflate, inflate as zlibInflate } from "node:zlib";
import type {
  EntryInfo,
  FileInfo,
  Files,
  NewFile,
  OpenFile,
  PicturePackage,
  RuntimePackages,
  Scratch,
  Sha256,
  WorkerHandle,
} from "./types.js";

export type * from "./types.js";

/** Logical processors this process may use. */
export function cpuCount(): number {
  return availableParallelism();
}

/** Bytes of memory that may still be taken: what is free, and no more than a container's limit leaves. */
export function availableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  const free = freemem();
  return limit > 0 && limit < 2 ** 52 ? Math.max(0, Math.min(free, limit - process.memoryUsage.rss())) : free;
}

/** Makes relaxed SIMD available where the engine hides it behind a flag. Call before the first worker starts. */
export function enableRelaxedSimd(): void {
  setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/** Lets timers, signals and messages run. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

// ---------------------------------------------------------------------------------------------------- files

/** Some systems read and write at most 2 GiB - 4 KiB in one call. */
const largestCall = 2 ** 30;

async function readUpTo(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(largestCall, into.length - done);
    const { bytesRead } = await handle.read(into, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(largestCall, bytes.length - done);
    const { bytesWritten } = await handle.write(bytes, done, length, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error("the storage device takes no more bytes"), { code: "EIO" });
    done += bytesWritten;
  }
}

function describe(stats: Stats): FileInfo {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  return { kind, size: stats.size, modified: stats.mtimeMs };
}

function describeEntry(stats: BigIntStats): EntryInfo {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "other";
  return { kind, links: Number(stats.nlink), identity: `${stats.dev}:${stats.ino}` };
}

/** Windows has neither flag. */
const openEntryFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export const files: Files = {
  async open(path): Promise<OpenFile> {
    const handle = await open(path, "r");
    const { size } = await handle.stat();
    return {
      size,
      read: (into, position) => readUpTo(handle, into, position),
      close: () => handle.close(),
    };
  },
  async create(path, mode): Promise<NewFile> {
    const handle = await open(path, "wx", mode);
    return {
      write: (bytes, position) => writeAll(handle, bytes, position),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
  async makeFolder(path) {
    // not by `recursive`, which never ends where a file system such as /proc says ENOENT of a new name in a folder that is there
    const missing: string[] = [];
    for (let folder = path; !(await exists(folder)); folder = dirname(folder)) missing.unshift(folder);
    for (const folder of missing) {
      await mkdir(folder).catch(async (error) => {
        if (error.code !== "EEXIST" || !(await stat(folder)).isDirectory()) throw error; // made by another meanwhile
      });
    }
    if (missing.length === 0 && !(await stat(path)).isDirectory()) await mkdir(path); // says that it is there and no folder
    return missing[0];
  },
  async syncFolder(folder) {
    if (process.platform === "win32") return; // Windows does not open folders
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  info: async (path) => describe(await stat(path)),
  list: async (folder) => (await readdir(folder)).sort(),
  entry: async (path) => describeEntry(await lstat(path, { bigint: true })),
  async openEntry(path) {
    const handle = await open(path, openEntryFlags);
    const stats = await handle.stat({ bigint: true });
    return {
      size: Number(stats.size),
      entry: describeEntry(stats),
      read: (into, position) => readUpTo(handle, into, position),
      close: () => handle.close(),
    };
  },
  canonical: async (path) => (await realpath(path)).split(sep).join("/"),
};

/** Folder part of a path, `.` where there is none. */
export function folderOf(path: string): string {
  return dirname(path);
}

/** A path's last part. */
export function nameOf(path: string): string {
  return basename(path);
}

/** The system's folder for temporary files. */
export function temporaryFolder(): string {
  return tmpdir();
}

/** The process that keeps temporary names of different processes apart. */
export const processId: number = process.pid;

/** Whether a process of this number runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

let scratchNumber = 0;

/** A nameless temporary file: unlinked at once, so that even a killed process leaves nothing. */
export async function openScratch(folder: string = tmpdir()): Promise<Scratch> {
  const path = join(folder, `thing2vec-${process.pid}-${scratchNumber++}.scratch`);
  const handle = await open(path, "wx+", 0o600);
  const unlinked = await unlink(path).then(
    () => true,
    () => false, // Windows keeps the name of an open file
  );
  return {
    write: (bytes, position) => writeAll(handle, bytes, position),
    async read(into, position) {
      const got = await readUpTo(handle, into, position);
      if (got < into.length) throw new Error(`internal: scratch ended ${into.length - got} bytes early at ${position}`);
    },
    async close() {
      await handle.close();
      if (!unlinked) await rm(path, { force: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Whether the path is a symbolic link. */
export async function isLink(path: string): Promise<boolean> {
  return (await lstat(path)).isSymbolicLink();
}

// ---------------------------------------------------------------------------------------------------- streams

/** Standard input, in pieces. */
export function standardInput(): AsyncIterable<Uint8Array> {
  return process.stdin;
}

/** Decompresses gzip, also several members one after the other. Errors carry zlib's `code`. */
export async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const unzip = createGunzip({ chunkSize: 1 << 18 });
  // Errors of either side reach the reader through `unzip`; a reader that stops early ends the pieces through it.
  pipeline(Readable.from(pieces, { objectMode: false }), unzip).catch(() => undefined);
  yield* unzip;
}

/** Decompresses zlib's format (RFC 1950) to at most `mostBytes`. Rejects what is damaged, ends early or is longer. */
export function inflate(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zlibInflate(bytes, { maxOutputLength: mostBytes }, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Compresses to zlib's format, as small as it gets. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { level: zlibConstants.Z_BEST_COMPRESSION };
    zlibDeflate(bytes, options, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

export function sha256(): Sha256 {
  const hash = createHash("sha256");
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: async () => hash.digest("hex"),
  };
}

// ---------------------------------------------------------------------------------------------------- threads

/** Starts a worker that serves the kernels; null where there are none. */
export function startWorker(): WorkerHandle | null {
  // Of the process's own flags a worker needs none, and refuses some, such as --input-type.
  const worker = new Worker(new URL("./node-worker.js", import.meta.url), { execArgv: [] });
  const handle: WorkerHandle = {
    post: (message) => worker.postMessage(message),
    onMessage: () => {},
    onExit: () => {},
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => {
      void worker.terminate();
    },
  };
  worker.on("message", (message: unknown) => handle.onMessage(message));
  let failure: Error | undefined; // an uncaught error comes just before the exit that it causes
  worker.on("error", (error: Error) => {
    failure = error;
  });
  worker.on("exit", (code) => handle.onExit(failure ?? new Error(`a worker thread ended with code ${code}`)));
  return handle;
}

// ---------------------------------------------------------------------------------------------------- optional packages

/** ONNX Runtime: its native package, or the one for browsers, which runs here too. Both are optional peers. */
export const importRuntime: RuntimePackages = {
  default: "cpu",
  packageOf: (backend) =>
    backend === "wasm"
      ? { packageName: "onnxruntime-web", load: () => import("onnxruntime-web") }
      : { packageName: "onnxruntime-node", load: async () => (await import("onnxruntime-node")).default },
};

/** sharp, which turns SVG into PNG. */
export const importSharp: PicturePackage = {
  packageName: "sharp",
  load: async () => (await import("sharp")).default,
};

/**
 * A picture in a format that Node cannot read itself, by sharp, turned as EXIF says, in sRGB. The import's own error where it is
 * absent; "exceeds pixel limit" where the file declares more.
 */
export async function decodeByPlatform(
  bytes: Uint8Array,
  mostPixels: number,
): Promise<{ width: number; height: number; channels: number; data: Uint8Array }> {
  const { default: sharp } = await import("sharp");
  // what is damaged is refused, not shown in part
  const image = sharp(bytes, { failOn: "truncated", limitInputPixels: mostPixels }).rotate().toColourspace("srgb");
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}
