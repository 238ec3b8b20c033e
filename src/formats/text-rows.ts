import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { BatchBuilder } from "./batch.js";
import { DecimalReader, isSeparator } from "./decimal.js";
import { type LineBlock, lineBlocks } from "./lines.js";
import type { ReadPolicy } from "./read-options.js";
import type { VectorBatch } from "./vector-rows.js";

/**
 * Rows of text, `name number number ...`, as word2vec text and GloVe have them. Fields are separated by spaces or tabs,
 * also by several. A name may hold spaces: the numbers are counted from the right.
 */
export class TextLines {
  readonly name: string;
  /** Bytes in all, where that is known before the end. */
  readonly size: number | undefined;
  readonly #blocks: AsyncIterator<LineBlock>;
  readonly #head: LineBlock[] = [];

  private constructor(stream: ByteStream) {
    this.name = stream.name;
    this.size = stream.compressed ? undefined : stream.size;
    this.#blocks = lineBlocks(stream)[Symbol.asyncIterator]();
  }

  /** Starts reading: enough to look at the first lines, at least two where there are two. */
  static async open(stream: ByteStream): Promise<TextLines> {
    const lines = new TextLines(stream);
    try {
      for (let count = 0; count < 2; ) {
        const next = await lines.#blocks.next();
        if (next.done) break;
        lines.#head.push(next.value);
        while (count < 2 && next.value.next()) count++;
      }
    } catch (error) {
      await lines.close();
      throw error;
    }
    if (lines.#head.length === 0) throw new FormatError("empty", { file: stream.name }, "the file is empty");
    return lines;
  }

  /** The first lines, as blocks that stand on one line after the other; stops after `count`. */
  *head(count: number): Generator<LineBlock> {
    for (const block of this.#head) {
      block.rewind();
      while (count > 0 && block.next()) {
        count--;
        yield block;
      }
    }
  }

  /** How many rows the file can hold at most, a number and a separator taking two bytes; undefined where unknown. */
  mostRows(dimensions: number): number | undefined {
    return this.size === undefined ? undefined : Math.ceil((this.size + 1) / (2 * dimensions));
  }

  async *blocks(): AsyncGenerator<LineBlock> {
    try {
      for (const block of this.#head.splice(0)) {
        block.rewind();
        yield block;
      }
      for (let next = await this.#blocks.next(); !next.done; next = await this.#blocks.next()) yield next.value;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#blocks.return?.();
  }
}

const numbers = new DecimalReader();

/** Fields of the current line, and how many of them, from the right, are numbers. */
export function countFields({ bytes, start, end }: LineBlock): { fields: number; trailingNumbers: number } {
  let fields = 0;
  let trailingNumbers = 0;
  let allNumbers = true;
  for (let at = end; ; ) {
    while (at > start && isSeparator(bytes[at - 1])) at--;
    if (at === start) return { fields, trailingNumbers };
    const fieldEnd = at;
    while (at > start && !isSeparator(bytes[at - 1])) at--;
    fields++;
    numbers.read(bytes, at, fieldEnd);
    allNumbers &&= numbers.end === fieldEnd;
    if (allNumbers) trailingNumbers++;
  }
}

/** Reads rows of one number of dimensions. */
export class RowParser {
  /** After `parse`, the name is bytes[start of the line, nameEnd). */
  nameEnd = 0;
  /** Where each number of the row begins. */
  readonly starts: Uint32Array;
  readonly #dimensions: number;
  readonly #named: boolean;

  /** `named` is whether a name stands before the numbers. */
  constructor(dimensions: number, named = true) {
    this.#dimensions = dimensions;
    this.#named = named;
    this.starts = new Uint32Array(dimensions);
  }

  /** Writes the numbers of the current line to `vectors` from `offset` on. Throws FormatError. */
  parse(block: LineBlock, vectors: Float32Array, offset: number): void {
    if (!this.#fromLeft(block, vectors, offset)) this.#fromRight(block, vectors, offset);
  }

  /** The common case: a name without spaces and as many numbers as there should be. */
  #fromLeft({ bytes, start, end }: LineBlock, vectors: Float32Array, offset: number): boolean {
    let at = start;
    if (this.#named) while (at < end && !isSeparator(bytes[at])) at++;
    this.nameEnd = at;
    for (let i = 0; i < this.#dimensions; i++) {
      while (at < end && isSeparator(bytes[at])) at++;
      if (at === end) return false;
      this.starts[i] = at;
      vectors[offset + i] = numbers.read(bytes, at, end);
      at = numbers.end;
      if (at < 0) return false;
    }
    while (at < end && isSeparator(bytes[at])) at++;
    return at === end;
  }

  #fromRight(block: LineBlock, vectors: Float32Array, offset: number): void {
    const { bytes, start } = block;
    let at = block.end;
    while (at > start && isSeparator(bytes[at - 1])) at--;
    for (let i = this.#dimensions - 1; i >= 0; i--) {
      const fieldEnd = at;
      while (at > start && !isSeparator(bytes[at - 1])) at--;
      if (at === fieldEnd || (this.#named && at === start)) throw this.#wrongFields(block);
      this.starts[i] = at;
      vectors[offset + i] = numbers.read(bytes, at, fieldEnd);
      if (numbers.end !== fieldEnd) throw notANumber(block, at, fieldEnd);
      while (at > start && isSeparator(bytes[at - 1])) at--;
    }
    if (!this.#named && at > start) throw this.#wrongFields(block);
    this.nameEnd = at;
  }

  #wrongFields(block: LineBlock): FormatError {
    const expected = `${this.#named ? "a name and " : ""}${this.#dimensions} numbers`;
    return block.error("fields", block.start, `expected ${expected}, got ${countFields(block).fields} fields`);
  }
}

function notANumber(block: LineBlock, start: number, end: number): FormatError {
  const text = new TextDecoder().decode(block.bytes.subarray(start, Math.min(end, start + 40)));
  const hint = /^[+-]?\d+,\d+$/.test(text) ? " (a decimal comma; a point is needed)" : "";
  return block.error("number", start, `expected a number, got ${JSON.stringify(text)}${hint}`);
}

export interface TextRowsOptions {
  dimensions: number;
  policy: ReadPolicy;
  /** Lines before the first row. */
  headerLines: number;
  /** Rows there must be. */
  count?: number;
}

/** All rows after the header, in batches. Empty lines are accepted at the end only. */
export async function* textBatches(
  lines: TextLines,
  { dimensions, policy, headerLines, count }: TextRowsOptions,
): AsyncGenerator<VectorBatch> {
  const builder = new BatchBuilder(dimensions, lines.mostRows(dimensions));
  const parser = new RowParser(dimensions);
  let rows = 0;
  let blank: LineBlock | undefined;
  let kept = 0;
  for await (const block of lines.blocks()) {
    const placeOf = (index: number) => block.place(index);
    while (block.next()) {
      if (block.line <= headerLines) continue;
      if (block.start === block.end) {
        blank ??= block;
        continue;
      }
      if (blank !== undefined) throw block.error("fields", block.start, "a row after an empty line");
      if (rows === count) throw block.error("trailing", block.start, `more rows than the ${count} of the header`);
      rows++;
      const { offset } = builder;
      parser.parse(block, builder.vectors, offset);
      const name = policy.decodeName(block.bytes, block.start, parser.nameEnd, placeOf);
      if (name === null) continue;
      if (!policy.keepsNumbers(builder.vectors, offset, offset + dimensions, name, (i) => placeOf(parser.starts[i]))) {
        continue;
      }
      if (endsInNumber(block, parser.nameEnd)) {
        policy.count("names that end in a space and a number, as if rows had a number too many", JSON.stringify(name));
      }
      builder.add(name);
      if (builder.full) yield builder.take();
      if (++kept === policy.limit) {
        if (!builder.empty) yield builder.take();
        policy.finish(lines.name);
        return;
      }
    }
  }
  if (count !== undefined && rows < count) {
    throw new FormatError(
      "truncated",
      { file: lines.name },
      `the file ends after ${rows} of the ${count} rows of its header`,
    );
  }
  if (rows === 0) throw new FormatError("empty", { file: lines.name }, "the file has no rows");
  if (!builder.empty) yield builder.take();
  policy.finish(lines.name);
}

function endsInNumber({ bytes, start }: LineBlock, nameEnd: number): boolean {
  let at = nameEnd;
  while (at > start && !isSeparator(bytes[at - 1])) at--;
  if (at === start) return false; // no space in the name
  numbers.read(bytes, at, nameEnd);
  return numbers.end === nameEnd;
}

export interface CountsHeader {
  rows: number;
  dimensions: number;
}

/** `rows dimensions`, the first line of word2vec files, in the current line; undefined where it is none. */
export function parseCounts({ bytes, start, end }: LineBlock): CountsHeader | undefined {
  if (end - start > 80) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  const match = /^[ \t]*(\d+)[ \t]+(\d+)[ \t]*$/.exec(text);
  return match === null ? undefined : { rows: Number(match[1]), dimensions: Number(match[2]) };
}
