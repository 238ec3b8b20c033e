import { createAtomic } from "../io/atomic.js";
import { FormatError, type FormatPlace } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { BatchBuilder } from "./batch.js";
import { type ReadOptions, ReadPolicy } from "./read-options.js";
import type { VectorBatch, VectorRows } from "./vector-rows.js";
import { checkCounts, countsLine, countWidth } from "./word2vec-text.js";
import { checkName, checkNotEmpty } from "./write-checks.js";

/**
 * word2vec binary: a line `rows dimensions`, then for every row its name, a space, and its numbers as little-endian
 * f32; word2vec.c puts a line feed after each row, gensim none. (word2vec.c, `-binary 1`; the file of Google's news
 * vectors.)
 */
export async function readWord2vecBinary(stream: ByteStream, options: ReadOptions = {}): Promise<VectorRows> {
  const policy = new ReadPolicy("readWord2vecBinary", options);
  const window = new Window(stream);
  try {
    const { rows: count, dimensions, end } = await readCounts(window);
    const size = stream.compressed ? undefined : stream.size;
    checkCounts(
      stream.name,
      { rows: count, dimensions },
      size === undefined ? undefined : size - end,
      1 + 4 * dimensions,
    );
    return {
      name: stream.name,
      dimensions,
      count: Math.min(count, policy.limit),
      batches: () => binaryBatches(window, policy, count, dimensions),
      close: () => window.close(),
    };
  } catch (error) {
    await window.close();
    throw error;
  }
}

const lineFeed = 0x0a;
const space = 0x20;
const longestHeader = 80;
/** Longest name, in bytes. */
const longestName = 2 ** 16;

/** Room for a row that a piece cuts, so that the buffer seldom grows. */
const spareBytes = 1 << 14;

/** The bytes of a stream that are being looked at, in one buffer that pieces are copied to. */
class Window {
  readonly name: string;
  /** What has come and is not used up: bytes[at, end). */
  bytes = new Uint8Array(0);
  at = 0;
  #buffer = new Uint8Array(0);
  readonly #pieces: AsyncIterator<Uint8Array>;
  #before = 0; // bytes of the stream before bytes[0]

  constructor(stream: ByteStream) {
    this.name = stream.name;
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Gets another piece; false at the end. */
  async more(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done) return false;
    const kept = this.left;
    const length = kept + next.value.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(length + spareBytes);
      larger.set(this.bytes.subarray(this.at));
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.at, this.at + kept);
    }
    this.#buffer.set(next.value, kept);
    this.#before += this.at;
    this.at = 0;
    this.bytes = this.#buffer.subarray(0, length);
    return true;
  }

  place(index: number): FormatPlace {
    return { file: this.name, offset: this.#before + index };
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

async function readCounts(window: Window): Promise<{ rows: number; dimensions: number; end: number }> {
  let end = -1;
  while (end < 0) {
    end = window.bytes.indexOf(lineFeed);
    if (end > longestHeader || (end < 0 && window.bytes.length > longestHeader)) end = longestHeader;
    if (end < 0 && !(await window.more())) break;
  }
  if (window.bytes.length === 0) throw new FormatError("empty", { file: window.name }, "the file is empty");
  const text = new TextDecoder("latin1").decode(window.bytes.subarray(0, Math.max(0, end)));
  const match = /^[ \t]*(\d+)[ \t]+(\d+)[ \t]*\r?$/.exec(text);
  if (match === null) {
    throw new FormatError(
      "header",
      window.place(0),
      "expected a first line with the number of rows and of dimensions, such as 3000000 300",
    );
  }
  window.at = end + 1;
  return { rows: Number(match[1]), dimensions: Number(match[2]), end: window.at };
}

async function* binaryBatches(
  window: Window,
  policy: ReadPolicy,
  count: number,
  dimensions: number,
): AsyncGenerator<VectorBatch> {
  const builder = new BatchBuilder(dimensions, count);
  const vectorBytes = dimensions * 4;
  const placeOf = (index: number) => window.place(index);
  let kept = 0;
  try {
    for (let row = 0; row < count; row++) {
      const nameEnd = await findNameEnd(window, row, count);
      const rowBytes = nameEnd - window.at + 1 + vectorBytes;
      while (window.left < rowBytes) {
        if (!(await window.more())) {
          throw new FormatError(
            "truncated",
            window.place(window.bytes.length),
            `the file ends within row ${row + 1} of ${count}`,
          );
        }
      }
      const { bytes } = window;
      const nameStart = bytes[window.at] === lineFeed ? window.at + 1 : window.at;
      const end = bytes.indexOf(space, nameStart);
      const vectorAt = end + 1;
      builder.bytes.set(bytes.subarray(vectorAt, vectorAt + vectorBytes), builder.offset * 4);
      const name = policy.decodeName(bytes, nameStart, end, placeOf);
      const numberPlace = (i: number) => window.place(vectorAt + 4 * i);
      const { offset } = builder;
      if (name !== null && policy.keepsNumbers(builder.vectors, offset, offset + dimensions, name, numberPlace)) {
        builder.add(name);
        kept++;
      }
      window.at = vectorAt + vectorBytes;
      if (builder.full) yield builder.take();
      if (kept === policy.limit) break;
    }
    if (kept < policy.limit) await expectEnd(window, count);
    if (!builder.empty) yield builder.take();
    policy.finish(window.name);
  } finally {
    await window.close();
  }
}

/** Index of the space after the next name. */
async function findNameEnd(window: Window, row: number, count: number): Promise<number> {
  for (;;) {
    const end = window.bytes.indexOf(space, window.at);
    const length = (end < 0 ? window.bytes.length : end) - window.at;
    if (length > longestName) {
      throw new FormatError(
        "limit",
        window.place(window.at),
        `the name of row ${row + 1} has no end within ${longestName} bytes`,
      );
    }
    if (end >= 0) return end;
    if (!(await window.more())) {
      throw new FormatError(
        "truncated",
        window.place(window.bytes.length),
        `the file ends after ${row} of the ${count} rows of its header`,
      );
    }
  }
}

async function expectEnd(window: Window, count: number): Promise<void> {
  while (window.left < 2 && (await window.more()));
  if (window.left === 1 && window.bytes[window.at] === lineFeed) return;
  if (window.left > 0) {
    throw new FormatError("trailing", window.place(window.at), `bytes after the ${count} rows of the header`);
  }
}

/** Writes word2vec binary as word2vec.c does, atomically. Returns the number of rows. */
export async function writeWord2vecBinary(path: string, rows: VectorRows): Promise<number> {
  const { dimensions } = rows;
  const file = await createAtomic(path);
  const encoder = new TextEncoder();
  try {
    const width = countWidth(rows);
    await file.write(encoder.encode(countsLine(0, dimensions, width)));
    let count = 0;
    for await (const { names, vectors } of rows.batches()) {
      const numbers = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
      const buffer = new Uint8Array(numbers.length + names.reduce((sum, name) => sum + name.length * 3 + 2, 0));
      let at = 0;
      for (const [i, name] of names.entries()) {
        checkName(`writeWord2vecBinary: ${path}`, name, unfitForBinary);
        const { written } = encoder.encodeInto(name, buffer.subarray(at));
        if (written > longestName) {
          throw new RangeError(
            `writeWord2vecBinary: ${path}: a name of ${written} bytes, at most ${longestName} are read`,
          );
        }
        at += written;
        buffer[at++] = space;
        buffer.set(numbers.subarray(i * dimensions * 4, (i + 1) * dimensions * 4), at);
        at += dimensions * 4;
        buffer[at++] = lineFeed;
      }
      await file.write(buffer.subarray(0, at));
      count += names.length;
    }
    checkNotEmpty(rows, count);
    await file.writeAt(encoder.encode(countsLine(count, dimensions, width)), 0);
    await file.commit();
    return count;
  } finally {
    await file.discard();
  }
}

function unfitForBinary(name: string): string | undefined {
  if (name.includes(" ")) {
    return "a space ends a name in this format; write underscores instead, or use glove or safetensors";
  }
  if (name.startsWith("\n")) return "readers drop a line feed before a name; safetensors holds such names";
  return undefined;
}
