import { createAtomic } from "../io/atomic.js";
import { FormatError } from "../io/errors.js";
import { type ByteStream, readExactly, type Source } from "../io/source.js";
import { batchRows } from "./batch.js";
import { NameReader, NameWriter } from "./names.js";
import { mostDimensions, type ReadOptions, ReadPolicy } from "./read-options.js";
import type { VectorBatch, VectorRows } from "./vector-rows.js";
import { checkNotEmpty } from "./write-checks.js";

/**
 * One array as numpy saves it (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): magic number,
 * version, a header in Python's syntax, then the numbers. A matrix [N, D] of f4 or f8 is read, of either byte order and
 * either memory order; the header is matched against a small grammar, nothing is evaluated, and arrays of objects,
 * which numpy pickles, are refused. f8 is rounded to f32.
 */
export interface NpyOptions extends ReadOptions {
  /** Names of the rows, one a line; without it rows are named by their numbers from 0. */
  names?: ByteStream;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** numpy's own limit is 10,000. */
const longestHeader = 2 ** 16;

interface NpyHeader {
  bytesPerNumber: 4 | 8;
  littleEndian: boolean;
  fortranOrder: boolean;
  rows: number;
  dimensions: number;
  /** Offset of the first number. */
  dataAt: number;
}

export async function readNpy(source: Source, options: NpyOptions = {}): Promise<VectorRows> {
  const policy = new ReadPolicy("readNpy", options, ["names"]);
  const header = await readNpyHeader(source);
  const names = options.names === undefined ? undefined : new NameReader(options.names, policy, false);
  return {
    name: source.name,
    dimensions: header.dimensions,
    count: Math.min(header.rows, policy.limit),
    batches: () => npyBatches(source, header, names, policy),
    async close() {
      await names?.close();
      await source.close();
    },
  };
}

async function readNpyHeader(source: Source): Promise<NpyHeader> {
  const fail = (code: FormatError["code"], offset: number, message: string) =>
    new FormatError(code, { file: source.name, offset }, message);
  if (source.size === 0) throw new FormatError("empty", { file: source.name }, "the file is empty");
  const start = await readExactly(source, 0, 10);
  if (magic.some((byte, i) => start[i] !== byte)) {
    throw fail("header", 0, "expected the magic number of npy, \\x93NUMPY");
  }
  const version = start[6];
  if (version < 1 || version > 3) throw fail("unsupported", 6, `version ${version}.${start[7]}; 1 to 3 are read`);
  const wide = version > 1;
  const lengthBytes = wide ? await readExactly(source, 8, 4) : start.subarray(8, 10);
  const length = lengthBytes.reduceRight((value, byte) => value * 256 + byte, 0);
  const textAt = wide ? 12 : 10;
  if (length > longestHeader) throw fail("limit", 8, `a header of ${length} bytes, at most ${longestHeader} are read`);
  const text = new TextDecoder("latin1").decode(await readExactly(source, textAt, length));
  const { descr, fortran, shape } = parseHeader(text, (message) => fail("header", textAt, message));

  const type = /^([<>])f([48])$/.exec(descr);
  if (type === null) {
    const why = descr.includes("O") ? "; arrays of objects hold pickled code and are never read" : "";
    throw fail("unsupported", textAt, `numbers of type ${JSON.stringify(descr)}; f4 and f8 are read${why}`);
  }
  if (shape.length !== 2) {
    throw fail("unsupported", textAt, `an array of ${shape.length} dimensions; a matrix was expected`);
  }
  const [rows, dimensions] = shape;
  const bytesPerNumber = type[2] === "4" ? 4 : 8;
  const dataAt = textAt + length;
  if (!Number.isSafeInteger(rows * dimensions * bytesPerNumber)) {
    throw fail("header", textAt, `a shape of [${shape}] is more than can be counted`);
  }
  if (dimensions === 0) throw fail("header", textAt, "rows of 0 numbers");
  if (dimensions > mostDimensions) {
    throw fail("limit", textAt, `rows of ${dimensions} numbers, at most ${mostDimensions} are read`);
  }
  if (rows === 0) throw fail("empty", textAt, "the array has no rows");
  const end = dataAt + rows * dimensions * bytesPerNumber;
  if (end > source.size) {
    throw fail("truncated", source.size, `a shape of [${shape}] ends at byte ${end}, the file at ${source.size}`);
  }
  if (end < source.size) throw fail("trailing", end, `${source.size - end} bytes after the array`);
  return { bytesPerNumber, littleEndian: type[1] === "<", fortranOrder: fortran, rows, dimensions, dataAt };
}

/** A dict with the keys descr, fortran_order and shape, each once, in any order. */
function parseHeader(
  text: string,
  fail: (message: string) => FormatError,
): { descr: string; fortran: boolean; shape: number[] } {
  const entry = /\s*(['"])(\w+)\1\s*:\s*(?:(['"])([^'"\\]*)\3|(True|False)|\(([\dL,\s]*)\))\s*(?:,|(?=\}))/y;
  let descr: string | undefined;
  let fortran: boolean | undefined;
  let shape: number[] | undefined;
  let at = /^\s*\{/.exec(text)?.[0].length;
  if (at === undefined) throw fail("the header is no dict");
  for (;;) {
    entry.lastIndex = at;
    const match = entry.exec(text);
    if (match === null) break;
    const [all, , key, , word, truth, sizes] = match;
    if (key === "descr" && word !== undefined && descr === undefined) descr = word;
    else if (key === "fortran_order" && truth !== undefined && fortran === undefined) fortran = truth === "True";
    else if (key === "shape" && sizes !== undefined && shape === undefined) shape = parseShape(sizes, fail);
    else
      throw fail(
        `the header's entry ${JSON.stringify(all.trim().slice(0, 80))} is repeated or not one of descr, fortran_order, shape`,
      );
    at += all.length;
  }
  if (!/^\s*\}\s*$/.test(text.slice(at))) {
    throw fail(
      `the header goes on with ${JSON.stringify(text.slice(at, at + 40))}, expected plain entries for descr, fortran_order and shape`,
    );
  }
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw fail("the header needs descr, fortran_order and shape");
  }
  return { descr, fortran, shape };
}

/** `N, D`, with a comma after the last size or not; Python 2 wrote an L after each. */
function parseShape(text: string, fail: (message: string) => FormatError): number[] {
  const sizes = text
    .replace(/,\s*$/, "")
    .split(",")
    .map((size) => size.trim());
  if (sizes.length === 1 && sizes[0] === "") return [];
  return sizes.map((size) => {
    if (!/^\d{1,19}L?$/.test(size)) {
      throw fail(`the shape's size ${JSON.stringify(size.slice(0, 40))} is no integer >= 0`);
    }
    return Number.parseInt(size, 10);
  });
}

async function* npyBatches(
  source: Source,
  header: NpyHeader,
  names: NameReader | undefined,
  policy: ReadPolicy,
): AsyncGenerator<VectorBatch> {
  const { rows, dimensions, dataAt, bytesPerNumber } = header;
  const perBatch = batchRows(dimensions, rows);
  const vectors = new Float32Array(perBatch * dimensions);
  let left = policy.limit;
  try {
    for (let start = 0; start < rows && left > 0; start += perBatch) {
      const count = Math.min(perBatch, rows - start);
      await readRows(source, header, start, count, vectors);
      const read = await names?.take(count);
      const kept: string[] = [];
      for (let i = 0; i < count && left > 0; i++) {
        const name = read === undefined ? String(start + i) : read[i];
        const place = (column: number) => ({
          file: source.name,
          offset: dataAt + numberIndex(header, start + i, column) * bytesPerNumber,
        });
        if (name === null || !policy.keepsNumbers(vectors, i * dimensions, (i + 1) * dimensions, name, place)) continue;
        vectors.copyWithin(kept.length * dimensions, i * dimensions, (i + 1) * dimensions);
        kept.push(name);
        left--;
      }
      if (kept.length > 0) yield { names: kept, vectors: vectors.subarray(0, kept.length * dimensions) };
    }
    if (left > 0) await names?.expectEnd();
    policy.finish(source.name);
  } finally {
    await names?.close();
    await source.close();
  }
}

function numberIndex({ fortranOrder, rows, dimensions }: NpyHeader, row: number, column: number): number {
  return fortranOrder ? column * rows + row : row * dimensions + column;
}

/** Rows [start, start + count) as f32, whatever the file's order. */
async function readRows(
  source: Source,
  header: NpyHeader,
  start: number,
  count: number,
  into: Float32Array,
): Promise<void> {
  const { fortranOrder, dimensions, dataAt, bytesPerNumber } = header;
  const numbersFrom = async (index: number, length: number) => {
    const bytes = await readExactly(source, dataAt + index * bytesPerNumber, length * bytesPerNumber);
    return decodeNumbers(bytes, header);
  };
  if (!fortranOrder) {
    into.set(await numbersFrom(start * dimensions, count * dimensions));
    return;
  }
  for (let column = 0; column < dimensions; column++) {
    const numbers = await numbersFrom(numberIndex(header, start, column), count);
    for (let i = 0; i < count; i++) into[i * dimensions + column] = numbers[i];
  }
}

function decodeNumbers(
  bytes: Uint8Array<ArrayBuffer>,
  { bytesPerNumber, littleEndian }: NpyHeader,
): Float32Array | Float64Array {
  if (!littleEndian) {
    for (let at = 0; at < bytes.length; at += bytesPerNumber) bytes.subarray(at, at + bytesPerNumber).reverse();
  }
  return bytesPerNumber === 4 ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

/** Bytes of the header written, so that the number of rows fits in when it is known; a multiple of 64 as numpy's. */
const writtenHeader = 128;

export interface NpyWriteOptions {
  /** File for the names, one a line, since npy holds none. Without it they are not kept. */
  names?: string;
}

/** Writes [N, D] f4 in version 1 of the format, atomically. Returns the number of rows. */
export async function writeNpy(
  path: string,
  rows: VectorRows,
  { names: namesPath }: NpyWriteOptions = {},
): Promise<number> {
  const file = await createAtomic(path);
  let names: NameWriter | undefined;
  try {
    if (namesPath !== undefined) names = await NameWriter.create(namesPath, false);
    await file.write(npyHeader(0, rows.dimensions));
    let count = 0;
    for await (const batch of rows.batches()) {
      await names?.put(batch.names);
      await file.write(new Uint8Array(batch.vectors.buffer, batch.vectors.byteOffset, batch.vectors.byteLength));
      count += batch.names.length;
    }
    checkNotEmpty(rows, count);
    await file.writeAt(npyHeader(count, rows.dimensions), 0);
    await names?.commit();
    await file.commit();
    return count;
  } finally {
    await names?.discard();
    await file.discard();
  }
}

function npyHeader(rows: number, dimensions: number): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimensions}), }`;
  const bytes = new Uint8Array(writtenHeader).fill(0x20);
  bytes.set(magic);
  bytes.set([1, 0, writtenHeader - 10, 0], magic.length);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes[writtenHeader - 1] = 0x0a;
  return bytes;
}
