import { FormatError } from "../io/errors.js";
import { repairUtf8 } from "../io/utf8.js";
import { decodeCodePoint, longestToken } from "../kernels/twins/tokenizer.js";
import { codePointClass } from "./code-points.js";
import { type CorpusText, utf16Order } from "./corpus.js";
import type { CorpusHash } from "./corpus-hash.js";

export type EncodingErrors = "error" | "replace" | "skip";

/** A piece of a text that begins and ends between tokens, in the memory. */
export interface Segment {
  address: number;
  /** Bytes. */
  length: number;
  /** Name of the text, for messages. */
  name: string;
  /** Bytes of the text before this segment. */
  offset: number;
  /** Whether the text begins, or ends, with it. */
  beginsText: boolean;
  endsText: boolean;
}

/** The least length of a segment, so that a token of any kept length fits in one. */
export const leastSegment = 4 * longestToken;

/** Bytes looked at to tell UTF-16 from UTF-8. */
const looks = 1024;

/**
 * Cuts texts into segments for the tokenizer, in bounded memory whatever the length of lines and tokens: of a token
 * beyond 1,000 bytes, which the tokenizer leaves out, what does not fit into its segment is passed over here.
 */
export class TextFeed {
  /** Bytes given out or passed over so far, for progress. */
  bytesRead = 0;
  /** Bytes that were no UTF-8, where those are replaced or skipped. */
  invalidBytes = 0;

  readonly #texts: Iterator<CorpusText>;
  readonly #memory: WebAssembly.Memory;
  readonly #classes: Uint8Array;
  readonly #encodingErrors: EncodingErrors;
  readonly #hash: CorpusHash;
  #text: CorpusText | undefined;
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** What is left of the last piece read. */
  #piece: Uint8Array = new Uint8Array(0);
  /** Bytes after the last cut. */
  #carry: Uint8Array = new Uint8Array(0);
  #offset = 0;
  /** The class of the overlong token that the last cut is in; `other` when it is in none. */
  #insideLong = 0;

  /** `hash` gets all bytes as they are read, and where texts end. */
  constructor(
    texts: Iterable<CorpusText>,
    memory: WebAssembly.Memory,
    classes: Uint8Array,
    encodingErrors: EncodingErrors,
    hash: CorpusHash,
  ) {
    this.#texts = texts[Symbol.iterator]();
    this.#memory = memory;
    this.#classes = classes;
    this.#encodingErrors = encodingErrors;
    this.#hash = hash;
  }

  /** Fills `bytes` of memory from `address` on with at most `most` segments up to `segmentBytes` long; none at the end. */
  async fill(address: number, bytes: number, segmentBytes: number, most: number): Promise<Segment[]> {
    const segments: Segment[] = [];
    const end = address + bytes;
    for (let at = address; at + segmentBytes <= end && segments.length < most; ) {
      const segment = await this.#next(at, segmentBytes);
      if (segment === null) break;
      segments.push(segment);
      at += segment.length;
    }
    return segments;
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    await this.#pieces?.return?.();
    this.#pieces = undefined;
  }

  async #next(address: number, capacity: number): Promise<Segment | null> {
    const beginsText = this.#pieces === undefined;
    if (this.#pieces === undefined && !(await this.#openText())) return null;
    const text = this.#text as CorpusText;
    this.#view(address, this.#carry.length).set(this.#carry);
    let length = this.#carry.length;
    let ended = false;
    while (length < capacity && !ended) {
      if (this.#piece.length === 0) ended = !(await this.#read());
      const part = this.#piece.subarray(0, capacity - length);
      this.#view(address + length, part.length).set(part);
      this.#piece = this.#piece.subarray(part.length);
      length += part.length;
      if (this.#insideLong !== codePointClass.other && (ended || length === capacity)) {
        length = this.#passOver(this.#view(address, length), ended);
      }
    }
    const segment = { address, length, name: text.name, offset: this.#offset, beginsText, endsText: ended };
    if (ended) {
      this.#carry = new Uint8Array(0);
      this.#insideLong = codePointClass.other;
      this.#pieces = undefined;
      this.#hash.endText();
    } else {
      const bytes = this.#view(address, length);
      const { cut, insideLong } = lastCut(bytes, this.#classes);
      this.#insideLong = insideLong;
      this.#carry = bytes.slice(cut);
      segment.length = cut;
    }
    this.#offset += segment.length;
    return segment;
  }

  /** A view made anew each time, since memory may have grown and moved since the last. */
  #view(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  async #openText(): Promise<boolean> {
    const { done, value } = this.#texts.next();
    if (done) return false;
    this.#text = value;
    this.#offset = 0;
    const stored = refuseUtf16(value.name, this.#hashed(await value.open()));
    const pieces =
      this.#encodingErrors === "error"
        ? stored
        : repairUtf8(stored, this.#encodingErrors, (bytes) => {
            this.invalidBytes += bytes;
          });
    this.#pieces = pieces[Symbol.asyncIterator]();
    return true;
  }

  async *#hashed(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.#hash.update(piece);
      this.bytesRead += piece.length;
      yield piece;
    }
  }

  /** Gets the next piece that is not empty; false at the end of the text. */
  async #read(): Promise<boolean> {
    do {
      const next = await (this.#pieces as AsyncIterator<Uint8Array>).next();
      if (next.done) return false;
      this.#piece = next.value;
    } while (this.#piece.length === 0);
    return true;
  }

  /** Drops the rest of an overlong token from the front; returns the length of what remains. */
  #passOver(bytes: Uint8Array, ended: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] < 0x80 && this.#classes[bytes[at]] === this.#insideLong) {
        at++;
        continue;
      }
      const next = decodeCodePoint(bytes, at, bytes.length);
      if (next === null && !ended && at > bytes.length - 4) break; // unfinished: what follows tells
      if (next === null || this.#classes[next[0]] !== this.#insideLong) {
        this.#insideLong = codePointClass.other;
        break;
      }
      at += next[1];
    }
    bytes.copyWithin(0, at);
    this.#offset += at;
    return bytes.length - at;
  }
}

/**
 * The last place between tokens. Where there is none because the bytes end in a token of more than 1,000, the last place
 * between characters and that token's class.
 */
function lastCut(bytes: Uint8Array, classes: Uint8Array): { cut: number; insideLong: number } {
  const last = characterStart(bytes, bytes.length);
  let after = -1; // class of the character at `cut`, where known
  for (let cut = last; cut > 0; ) {
    const start = characterStart(bytes, cut);
    const character = decodeCodePoint(bytes, start, cut);
    const kind = character !== null && start + character[1] === cut ? classes[character[0]] : -1;
    if (kind === codePointClass.other || (kind >= 0 && after >= 0 && kind !== after)) {
      return { cut, insideLong: codePointClass.other };
    }
    if (last - start > longestToken) return { cut: last, insideLong: Math.max(kind, codePointClass.other) };
    after = kind;
    cut = start;
  }
  return { cut: last, insideLong: codePointClass.other };
}

/** Where the character that ends at `end` begins: at most three continuation bytes back. */
function characterStart(bytes: Uint8Array, end: number): number {
  let start = end - 1;
  while (start > 0 && start > end - 4 && (bytes[start] & 0xc0) === 0x80) start--;
  return start;
}

/** Passes a stream through unless its first bytes are those of UTF-16. */
async function* refuseUtf16(file: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    const first: Uint8Array[] = [];
    const start = new Uint8Array(looks);
    let length = 0;
    while (length < looks) {
      const next = await iterator.next();
      if (next.done) break;
      first.push(next.value);
      const part = next.value.subarray(0, looks - length);
      start.set(part, length);
      length += part.length;
    }
    const order = utf16Order(start.subarray(0, length));
    if (order !== null) {
      const encoding = order === "little" ? "UTF-16LE" : "UTF-16BE";
      const message = `UTF-8 was needed, this is ${encoding}; convert it, for example with iconv -f UTF-16 -t UTF-8`;
      throw new FormatError("encoding", { file }, message);
    }
    yield* first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
