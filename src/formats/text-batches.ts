import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { createMemory, largestMemory } from "../kernels/kernel.js";
import { forgetMemory } from "../kernels/pool.js";
import { skipByteOrderMark } from "./lines.js";

/** Whole lines of a text in a WebAssembly memory, cut into segments at line ends. */
export interface TextBatch {
  /** Address of the text and its bytes. */
  readonly at: number;
  readonly length: number;
  /** Address and length of each segment, one behind the other. */
  readonly segments: readonly (readonly [at: number, length: number])[];
}

/** Bytes of a segment, but for the rest of its last line: about half a millisecond of work. */
const segmentBytes = 2 ** 18;

const lineFeed = 10;

/** Bytes up to which a memory is kept for the next reader. */
const mostKept = 2 ** 26;

let idle: WebAssembly.Memory | undefined;

/**
 * The working memory of one reader of text: two buffers of `batchBytes`, filled in turns, and `outBytes` behind them.
 * Engines reserve much address space for each memory, and threads need time to know it, so readers that follow each other
 * share one.
 */
export class TextMemory {
  readonly memory: WebAssembly.Memory;
  readonly outAt: number;
  readonly outBytes: number;
  readonly #batchBytes: number;
  #bytes = 0;

  constructor(batchBytes: number, outBytes: number) {
    this.#batchBytes = batchBytes;
    this.outAt = 64 + 2 * batchBytes;
    this.outBytes = outBytes;
    const needed = this.outAt + outBytes;
    const kept = idle;
    idle = undefined;
    this.memory = kept !== undefined && kept.buffer.byteLength >= needed ? kept : createMemory(needed, largestMemory);
  }

  /** Gives places behind the buffers, one after the other and each a multiple of 8; what was given before is given anew. */
  places(): (bytes: number) => number {
    let free = this.outAt;
    return (bytes) => {
      const start = free;
      free += Math.ceil(bytes / 8) * 8;
      return start;
    };
  }

  /** To be called once at the end. */
  close(): void {
    if (this.memory.buffer.byteLength <= mostKept) idle = this.memory;
    else forgetMemory(this.memory);
  }

  /**
   * The text of a stream in batches, after a byte order mark. A batch must be done with before the next but one is asked
   * for. A line that does not fit into a batch is refused; UTF-16 is recognized and refused.
   */
  async *batches(stream: ByteStream): AsyncGenerator<TextBatch> {
    const capacity = this.#batchBytes;
    const pieces = stream[Symbol.asyncIterator]();
    try {
      let piece: Uint8Array = new Uint8Array(0);
      let carry: Uint8Array = new Uint8Array(0);
      let first = true;
      for (let turn = 0, ended = false; !ended; turn++) {
        const at = 64 + (turn % 2) * capacity;
        const text = new Uint8Array(this.memory.buffer, at, capacity);
        text.set(carry);
        let length = carry.length;
        while (length < capacity) {
          if (piece.length === 0) {
            const next = await pieces.next();
            if (next.done) {
              ended = true;
              break;
            }
            piece = next.value;
          }
          const part = piece.subarray(0, capacity - length);
          text.set(part, length);
          length += part.length;
          piece = piece.subarray(part.length);
        }
        const from = first ? skipByteOrderMark(stream.name, text.slice(0, Math.min(length, 16))) : 0;
        first = false;
        const cut = ended ? length : text.subarray(0, length).lastIndexOf(lineFeed) + 1;
        if (cut === 0 && !ended) {
          const message = `a line of more than ${capacity} bytes; is this a text file?`;
          throw new FormatError("limit", { file: stream.name, offset: this.#bytes }, message);
        }
        carry = text.slice(cut, length);
        this.#bytes += cut;
        yield { at: at + from, length: cut - from, segments: segmentsOf(text, at, from, cut) };
      }
    } finally {
      await pieces.return?.();
    }
  }
}

function segmentsOf(text: Uint8Array, at: number, from: number, end: number): [number, number][] {
  const segments: [number, number][] = [];
  for (let start = from; start < end; ) {
    const near = start + segmentBytes;
    const found = near < end ? text.indexOf(lineFeed, near) : -1;
    const stop = found < 0 || found >= end ? end : found + 1;
    segments.push([at + start, stop - start]);
    start = stop;
  }
  return segments;
}

/** Line ends before an index of a text. */
export function linesBefore(text: Uint8Array, index: number): number {
  let lines = 0;
  for (let at = text.indexOf(lineFeed); at >= 0 && at < index; at = text.indexOf(lineFeed, at + 1)) lines++;
  return lines;
}

/** Values of a generator, of which the next is made while one is worked on. */
export async function* ahead<T>(generator: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = generator.next();
  try {
    for (;;) {
      const { value, done } = await next;
      if (done) return;
      next = generator.next();
      next.catch(() => {}); // reported when it is waited for
      yield value;
    }
  } finally {
    await next.catch(() => {});
    await generator.return(undefined);
  }
}
