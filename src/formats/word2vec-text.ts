import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { mostDimensions, type ReadOptions, ReadPolicy } from "./read-options.js";
import { type CountsHeader, parseCounts, TextLines, textBatches } from "./text-rows.js";
import { longestRow, TextWriter } from "./text-writer.js";
import type { VectorRows } from "./vector-rows.js";
import { checkFinite, checkName, checkNotEmpty } from "./write-checks.js";

/**
 * word2vec text, also fastText's .vec: a line `rows dimensions`, then a line `name number ... number` for every row.
 * (word2vec.c of https://code.google.com/archive/p/word2vec, `-binary 0`; gensim's save_word2vec_format.)
 */
export async function readWord2vecText(stream: ByteStream, options: ReadOptions = {}): Promise<VectorRows> {
  const policy = new ReadPolicy("readWord2vecText", options);
  const lines = await TextLines.open(stream);
  try {
    const [first] = lines.head(1);
    const header = parseCounts(first);
    if (header === undefined) {
      throw first.error(
        "header",
        first.start,
        "expected a first line with the number of rows and of dimensions, such as 400000 300",
      );
    }
    const rowsAt = first.offsetOf(first.end) + 1;
    checkCounts(stream.name, header, lines.size === undefined ? undefined : lines.size - rowsAt, 2 * header.dimensions);
    const { rows: count, dimensions } = header;
    return {
      name: stream.name,
      dimensions,
      count: Math.min(count, policy.limit),
      batches: () => textBatches(lines, { dimensions, policy, headerLines: 1, count }),
      close: () => lines.close(),
    };
  } catch (error) {
    await lines.close();
    throw error;
  }
}

/** Checks a header against the bytes that follow it, before anything is allocated by it. */
export function checkCounts(
  file: string,
  { rows, dimensions }: CountsHeader,
  bytesLeft: number | undefined,
  leastRowBytes: number,
): void {
  const fail = (message: string, code: FormatError["code"] = "header") =>
    new FormatError(code, { file, offset: 0 }, `the header ${message}`);
  if (!Number.isSafeInteger(rows) || !Number.isSafeInteger(dimensions) || rows * dimensions > Number.MAX_SAFE_INTEGER) {
    throw fail(`announces ${rows} rows of ${dimensions} numbers, more than can be counted`);
  }
  if (dimensions === 0) throw fail("announces rows of 0 numbers");
  if (dimensions > mostDimensions) {
    throw fail(`announces rows of ${dimensions} numbers, at most ${mostDimensions} are read`, "limit");
  }
  if (rows === 0) throw fail("announces 0 rows", "empty");
  const needed = rows * leastRowBytes;
  if (bytesLeft !== undefined && needed > bytesLeft) {
    throw fail(
      `announces ${rows} rows of ${dimensions} numbers, at least ${needed} bytes; ${bytesLeft} follow`,
      "truncated",
    );
  }
}

/** Digits kept free for the number of rows where it is known only at the end. */
const reservedDigits = 15;

/**
 * The first line of a word2vec file. Where rows may still be dropped, leading spaces keep room for the final count;
 * word2vec, gensim and fastText skip them.
 */
export function countsLine(count: number, dimensions: number, width: number): string {
  return `${String(count).padStart(width)} ${dimensions}\n`;
}

/** Width of the count in `countsLine`: as many digits as there may be in the end. */
export function countWidth(rows: VectorRows): number {
  return rows.count === undefined ? reservedDigits : String(rows.count).length;
}

/** Writes word2vec text, atomically. Returns the number of rows. */
export async function writeWord2vecText(path: string, rows: VectorRows): Promise<number> {
  const writer = await TextWriter.create(path);
  try {
    const width = countWidth(rows);
    writer.put(countsLine(0, rows.dimensions, width));
    const count = await putTextRows(writer, rows, "writeWord2vecText");
    await writer.writeAt(countsLine(count, rows.dimensions, width), 0);
    await writer.commit();
    return count;
  } finally {
    await writer.discard();
  }
}

/** Rows `name number ... number`; refuses names and numbers that would not be read back. */
export async function putTextRows(writer: TextWriter, rows: VectorRows, where: string): Promise<number> {
  const { dimensions } = rows;
  const place = `${where}: ${writer.path}`;
  let count = 0;
  for await (const { names, vectors } of rows.batches()) {
    for (const [i, name] of names.entries()) {
      checkName(place, name, unfitForText);
      checkFinite(place, name, vectors, i * dimensions, (i + 1) * dimensions);
      await writer.reserve(longestRow(name, dimensions));
      writer.put(name);
      writer.putByte(0x20);
      writer.putNumbers(vectors, i * dimensions, (i + 1) * dimensions, 0x20);
      writer.putByte(0x0a);
    }
    count += names.length;
  }
  checkNotEmpty(rows, count);
  return count;
}

/** Spaces within a name are fine, since numbers are counted from the right. */
function unfitForText(name: string): string | undefined {
  if (name.includes("\n")) return "a line feed would end its row; word2vec-binary, safetensors and npy hold such names";
  if (/[ \t]$/.test(name)) return "the space at its end would be lost; safetensors holds such names";
  return undefined;
}
