/**
 * What the package needs from the machine it runs on. `node.ts` and `browser.ts` implement it; all other code imports
 * `#platform` and stays the same in both.
 */

/** An open file, read at any position. */
export interface OpenFile {
  /** Length in bytes when the file was opened. */
  readonly size: number;
  /** Reads up to `into.length` bytes at `position`; returns how many were read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A new file being written, at any position. */
export interface NewFile {
  /** Writes all of `bytes` at `position`, or throws. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Waits until what was written is on the storage device. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileInfo {
  kind: "file" | "folder" | "other";
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** What a path names by itself, links not followed. */
export interface EntryInfo {
  kind: "file" | "folder" | "link" | "other";
  /** How many names the file has; more than 1 where there are hard links. */
  links: number;
  /** Equal for two looks at the same file, as far as the system tells. */
  identity: string;
}

/**
 * The file system, as an object so that tests can make any call fail. Errors are the system's own, with a `code`
 * such as ENOENT; `io/` gives them their user-facing form.
 */
export interface Files {
  /** `size`: bytes that the file is known to have; a platform that has files by URL then fetches them when they are first read. */
  open(path: string, size?: number): Promise<OpenFile>;
  /** Creates a file that must not exist yet. `mode` is octal permissions, 0o666 less the umask by default. */
  create(path: string, mode?: number): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a whole folder; no error when there is none. */
  remove(path: string): Promise<void>;
  /** Makes a folder and those above it; returns the first that had to be made, undefined where all were there. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Makes a rename in `folder` durable. */
  syncFolder(folder: string): Promise<void>;
  info(path: string): Promise<FileInfo>;
  /** Names in a folder, sorted by code unit. */
  list(folder: string): Promise<string[]>;
  /** Looks at a path without following a link at its end. */
  entry(path: string): Promise<EntryInfo>;
  /** Opens a file without following a link at its end, and without waiting for a pipe's other side. */
  openEntry(path: string): Promise<OpenFile & { readonly entry: EntryInfo }>;
  /** The absolute path without links, with `/` between its parts. */
  canonical(path: string): Promise<string>;
}

/** Storage for one run: gone when closed or when the process dies. */
export interface Scratch {
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Fills all of `into`, or throws. */
  read(into: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** A thread that answers messages. */
export interface WorkerHandle {
  post(message: unknown): void;
  onMessage: (message: unknown) => void;
  /** Called once when the worker can do no more work, with the reason. */
  onExit: (reason: Error) => void;
  /** Whether the process must stay alive for this worker. */
  hold(busy: boolean): void;
  terminate(): void;
}

/** SHA-256 of a stream of bytes. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal; call once, at the end. */
  digest(): Promise<string>;
}

/** Where ONNX Runtime comes from, by backend. Nothing is imported before `load` is called. */
export interface RuntimePackages {
  readonly default: "cpu" | "wasm";
  packageOf(backend: "cpu" | "wasm" | "webgpu"): { packageName: string; load(): Promise<unknown> };
}

/** A package that draws SVG, an optional peer; null where there is none. Nothing is imported before `load` is called. */
export type PicturePackage = { packageName: string; load(): Promise<unknown> } | null;
