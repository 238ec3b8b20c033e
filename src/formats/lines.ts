import { FormatError, type FormatPlace } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";

/** Longest line that is read, in bytes. */
export const longestLine = 16 * 2 ** 20;

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Whole lines in one array. After `next()` the current line is bytes[start, end), without its line feed and a carriage
 * return before that.
 */
export class LineBlock {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** Number of the current line, from 1. */
  line: number;
  readonly #file: string;
  readonly #offset: number;
  readonly #from: number;
  readonly #linesBefore: number;
  #next: number;

  /** `offset` is the place of bytes[0] in the file, `from` where the first line begins, `line` the lines before it. */
  constructor(file: string, bytes: Uint8Array, offset: number, from: number, line: number) {
    this.#file = file;
    this.bytes = bytes;
    this.#offset = offset;
    this.#from = from;
    this.#linesBefore = line;
    this.#next = from;
    this.start = from;
    this.end = from;
    this.line = line;
  }

  /** Moves to the next line; false after the last. */
  next(): boolean {
    if (this.#next >= this.bytes.length) return false;
    this.start = this.#next;
    const found = this.bytes.indexOf(lineFeed, this.start);
    this.end = found < 0 ? this.bytes.length : found;
    this.#next = this.end + 1;
    if (this.end > this.start && this.bytes[this.end - 1] === carriageReturn) this.end--;
    this.line++;
    return true;
  }

  /** Back to before the first line. */
  rewind(): void {
    this.#next = this.#from;
    this.line = this.#linesBefore;
  }

  /** Offset in the file of an index into `bytes`. */
  offsetOf(index: number): number {
    return this.#offset + index;
  }

  /** The place of an index into `bytes` that lies in the current line. */
  place(index: number): FormatPlace {
    return { file: this.#file, line: this.line, column: index - this.start + 1, offset: this.offsetOf(index) };
  }

  /** An error at an index into `bytes` that lies in the current line. */
  error(code: FormatError["code"], index: number, message: string): FormatError {
    return new FormatError(code, this.place(index), message);
  }
}

/**
 * A stream's lines, in blocks. A UTF-8 byte order mark at the front is skipped, the last line needs no line feed, and
 * a line longer than `longestLine` is refused without being kept. UTF-16 is recognized and refused by name.
 */
export async function* lineBlocks(stream: ByteStream): AsyncGenerator<LineBlock> {
  let open: Uint8Array[] = []; // the beginning of a line whose end has not come yet
  let openBytes = 0;
  let offset = 0; // of the first byte of `open`
  let line = 0;
  let first = true;
  const block = (bytes: Uint8Array): LineBlock => {
    const from = first ? skipByteOrderMark(stream.name, bytes) : 0;
    first = false;
    return new LineBlock(stream.name, bytes, offset, from, line);
  };
  for await (const piece of stream) {
    const cut = piece.lastIndexOf(lineFeed) + 1;
    const longest = openBytes + (cut === 0 ? piece.length : piece.indexOf(lineFeed));
    if (longest > longestLine || piece.length - cut > longestLine) {
      const place = { file: stream.name, line: line + 1, offset };
      throw new FormatError("limit", place, `a line of more than ${longestLine} bytes; is this a text file?`);
    }
    if (cut > 0) {
      const bytes = join([...open, piece.subarray(0, cut)], openBytes + cut);
      const lines = block(bytes);
      yield lines;
      while (lines.next()); // where the receiver left some
      line = lines.line;
      offset += bytes.length;
      open = [];
      openBytes = 0;
    }
    if (cut < piece.length) {
      open.push(piece.slice(cut));
      openBytes += piece.length - cut;
    }
  }
  if (openBytes > 0) yield block(join(open, openBytes));
}

function join(parts: Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Where text begins: after a UTF-8 byte order mark, if there is one. Throws FormatError for UTF-16. */
export function skipByteOrderMark(file: string, bytes: Uint8Array): number {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 3;
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (marked || looksLikeUtf16(bytes)) {
    throw new FormatError(
      "encoding",
      { file, offset: 0 },
      "the text is UTF-16, UTF-8 was expected; iconv -f UTF-16 -t UTF-8 converts it",
    );
  }
  return 0;
}

/** UTF-16 without a mark: every other one of the first bytes is zero. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, Math.min(16, bytes.length & ~1));
  if (head.length < 8) return false;
  const zeroAt = (odd: number) => head.every((byte, i) => (byte === 0) === (i % 2 === odd));
  return zeroAt(0) || zeroAt(1);
}
