/**
 * The errors a caller may want to tell apart. Everything else is a RangeError or TypeError about an argument, or a bug
 * of ours, whose message begins with `internal:`.
 */

export type FormatErrorCode =
  /** The file ends before it should. */
  | "truncated"
  /** Bytes after the end, or between parts. */
  | "trailing"
  /** A header, magic number or declared size is wrong. */
  | "header"
  /** A row has the wrong number of fields. */
  | "fields"
  /** A field is no number, or not a finite one. */
  | "number"
  /** Text is not valid UTF-8. */
  | "encoding"
  /** Something stands twice that may stand once. */
  | "duplicate"
  /** Larger than what a reader accepts. */
  | "limit"
  /** A checksum or a fingerprint does not match. */
  | "checksum"
  /** Of another kind or version than this reader's. */
  | "unsupported"
  /** Nothing to work on. */
  | "empty";

export interface FormatPlace {
  /** Path, URL or `<stdin>`. */
  file: string;
  /** Byte offset from 0. */
  offset?: number;
  /** Line from 1. */
  line?: number;
  /** Byte within the line, from 1. */
  column?: number;
}

/** A file could not be read: what was needed, what came, and where. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly code: FormatErrorCode;
  readonly place: FormatPlace;

  constructor(code: FormatErrorCode, place: FormatPlace, message: string, options?: ErrorOptions) {
    super(`${describePlace(place)}: ${message}`, options);
    this.code = code;
    this.place = place;
  }
}

function describePlace({ file, offset, line, column }: FormatPlace): string {
  let text = file;
  if (line !== undefined) text += ` line ${line}`;
  if (column !== undefined) text += ` column ${column}`;
  if (offset !== undefined) text += ` byte ${offset}`;
  return text;
}

/** A file that cannot be opened, listed or written for a reason other than space. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** There is not enough memory or disk space; the message says how much is needed and what would help. */
export class ResourceError extends Error {
  override readonly name = "ResourceError";
}

/** A name is not in the space; `suggestions` are the closest names there are. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
  readonly item: string;
  readonly suggestions: string[];

  constructor(message: string, item: string, suggestions: string[] = []) {
    super(message);
    this.item = item;
    this.suggestions = suggestions;
  }
}

/** Training left the finite numbers: its options do not suit the data; the message says where, and what may help. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

const reasons: Record<string, string> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "is a folder, a file was needed",
  ENOTDIR: "is not a folder",
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this machine",
  EROFS: "the file system is read-only",
  EIO: "the storage device reported an error",
  EEXIST: "exists already",
  ENAMETOOLONG: "the name is too long for this file system",
  ELOOP: "too many symbolic links",
};

/** The user-facing form of a file system's error: `readGlove: vectors.txt: no such file or folder`. */
export function fileError(path: string, error: unknown, needed?: number): Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") {
    const size = needed === undefined ? "" : `, at least ${needed} bytes are needed`;
    return new ResourceError(`${path}: no space left on the device${size}`, { cause: error });
  }
  if (code in reasons) return new FileError(`${path}: ${reasons[code]}`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
