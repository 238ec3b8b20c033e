import { createAtomic } from "../io/atomic.js";
import { FormatError } from "../io/errors.js";
import { readExactly, type Source } from "../io/source.js";
import { batchRows } from "./batch.js";
import { mostDimensions, type ReadOptions, ReadPolicy } from "./read-options.js";
import {
  encodeHeader,
  readSafetensorsHeader,
  readTensor,
  requireTensor,
  type SafetensorsHeader,
  type TensorInfo,
} from "./safetensors.js";
import type { VectorBatch, VectorRows } from "./vector-rows.js";
import { checkName, checkNotEmpty } from "./write-checks.js";

/**
 * Named vectors in one safetensors file:
 *
 *     vectors    F32 [N, D]
 *     name_ends  U32 [N]     where each name ends in `names`, in bytes; it begins where the one before ends
 *     names      U8 [M]      the names' UTF-8, without separators
 *
 * A file with `vectors` alone, or with a single F32 matrix of any name, is read with row numbers from 0 as names.
 */
export async function readSafetensorsVectors(source: Source, options: ReadOptions = {}): Promise<VectorRows> {
  const policy = new ReadPolicy("readSafetensorsVectors", options);
  const header = await readSafetensorsHeader(source);
  const vectors = requireTensor(source.name, header, matrixName(header), "F32", 2);
  const [rows, dimensions] = vectors.shape;
  const fail = (code: FormatError["code"], message: string) =>
    new FormatError(code, { file: source.name, offset: vectors.offset }, message);
  if (rows === 0) throw fail("empty", "the matrix has no rows");
  if (dimensions === 0) throw fail("header", "rows of 0 numbers");
  if (dimensions > mostDimensions) {
    throw fail("limit", `rows of ${dimensions} numbers, at most ${mostDimensions} are read`);
  }
  const names = header.tensors.has("names") ? namesOf(source.name, header, rows) : undefined;
  return {
    name: source.name,
    dimensions,
    count: Math.min(rows, policy.limit),
    batches: () => safetensorsBatches(source, vectors, names, policy),
    close: () => source.close(),
  };
}

/** `vectors`, or the one matrix there is. */
function matrixName({ tensors }: SafetensorsHeader): string {
  if (tensors.has("vectors")) return "vectors";
  const matrices = [...tensors.values()].filter(({ dtype, shape }) => dtype === "F32" && shape.length === 2);
  return matrices.length === 1 ? matrices[0].name : "vectors";
}

interface NameTensors {
  names: TensorInfo & { dtype: "U8" };
  ends: TensorInfo & { dtype: "U32" };
}

function namesOf(file: string, header: SafetensorsHeader, rows: number): NameTensors {
  const names = requireTensor(file, header, "names", "U8", 1);
  const ends = requireTensor(file, header, "name_ends", "U32", 1);
  if (ends.shape[0] !== rows) {
    throw new FormatError("header", { file, offset: ends.offset }, `${ends.shape[0]} name_ends for ${rows} vectors`);
  }
  return { names, ends };
}

/** Longest run of names read at once, in bytes; a batch of rows has about 10 kB. */
const mostNameBytes = 64 * 2 ** 20;

async function* safetensorsBatches(
  source: Source,
  tensor: TensorInfo & { dtype: "F32" },
  nameTensors: NameTensors | undefined,
  policy: ReadPolicy,
): AsyncGenerator<VectorBatch> {
  const [rows, dimensions] = tensor.shape;
  const perBatch = batchRows(dimensions, rows);
  const buffer = new Float32Array(perBatch * dimensions);
  let namesEnd = 0;
  let left = policy.limit;
  try {
    for (let start = 0; start < rows && left > 0; start += perBatch) {
      const count = Math.min(perBatch, rows - start);
      await readTensor(source, tensor, start * dimensions, buffer.subarray(0, count * dimensions));
      const read = nameTensors && (await readNames(source, nameTensors, start, count, namesEnd, policy));
      if (read !== undefined) namesEnd = read.end;
      const kept: string[] = [];
      for (let i = 0; i < count && left > 0; i++) {
        const name = read === undefined ? String(start + i) : read.names[i];
        const place = (column: number) => ({
          file: source.name,
          offset: tensor.offset + ((start + i) * dimensions + column) * 4,
        });
        if (name === null || !policy.keepsNumbers(buffer, i * dimensions, (i + 1) * dimensions, name, place)) continue;
        buffer.copyWithin(kept.length * dimensions, i * dimensions, (i + 1) * dimensions);
        kept.push(name);
        left--;
      }
      if (kept.length > 0) yield { names: kept, vectors: buffer.subarray(0, kept.length * dimensions) };
    }
    if (left > 0 && nameTensors !== undefined && namesEnd !== nameTensors.names.bytes) {
      const { offset, bytes } = nameTensors.names;
      throw new FormatError(
        "trailing",
        { file: source.name, offset: offset + namesEnd },
        `${bytes - namesEnd} bytes after the last name`,
      );
    }
    policy.finish(source.name);
  } finally {
    await source.close();
  }
}

async function readNames(
  source: Source,
  { names, ends }: NameTensors,
  start: number,
  count: number,
  firstStart: number,
  policy: ReadPolicy,
): Promise<{ names: (string | null)[]; end: number }> {
  const nameEnds = new Uint32Array(count);
  await readTensor(source, ends, start, nameEnds);
  let previous = firstStart;
  for (const [i, end] of nameEnds.entries()) {
    if (end < previous || end > names.bytes) {
      const place = { file: source.name, offset: ends.offset + (start + i) * 4 };
      throw new FormatError(
        "header",
        place,
        `name ${start + i} ends at ${end}, expected ${previous} to ${names.bytes}`,
      );
    }
    previous = end;
  }
  const length = previous - firstStart;
  if (length > mostNameBytes) {
    throw new FormatError(
      "limit",
      { file: source.name, offset: names.offset + firstStart },
      `${count} names of ${length} bytes`,
    );
  }
  const bytes = await readExactly(source, names.offset + firstStart, length);
  const place = (index: number) => ({ file: source.name, offset: names.offset + firstStart + index });
  let nameStart = 0;
  const decoded = Array.from(nameEnds, (end) => {
    const name = policy.decodeName(bytes, nameStart, end - firstStart, place);
    nameStart = end - firstStart;
    return name;
  });
  return { names: decoded, end: previous };
}

/** Room for the header, whose numbers are known at the end only; three tensors take at most 300 bytes. */
const headerBytes = 512;

/** Writes the three tensors, atomically; names wait in memory until the vectors are written. Returns the number of rows. */
export async function writeSafetensorsVectors(path: string, rows: VectorRows): Promise<number> {
  const { dimensions } = rows;
  const encoder = new TextEncoder();
  const file = await createAtomic(path);
  try {
    await file.write(new Uint8Array(headerBytes));
    const nameParts: Uint8Array[] = [];
    const endParts: Uint32Array[] = [];
    let count = 0;
    let end = 0;
    for await (const { names, vectors } of rows.batches()) {
      await file.write(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
      for (const name of names) checkName(`writeSafetensorsVectors: ${path}`, name, () => undefined);
      const encoded = names.map((name) => encoder.encode(name));
      endParts.push(
        Uint32Array.from(encoded, ({ length }) => {
          end += length;
          return end;
        }),
      );
      if (end >= 2 ** 32) throw new RangeError(`writeSafetensorsVectors: ${path}: names of more than 4 GiB`);
      nameParts.push(joined(encoded));
      count += names.length;
    }
    checkNotEmpty(rows, count);
    for (const ends of endParts) await file.write(new Uint8Array(ends.buffer));
    for (const names of nameParts) await file.write(names);
    const tensors = [
      { name: "vectors", dtype: "F32" as const, shape: [count, dimensions] },
      { name: "name_ends", dtype: "U32" as const, shape: [count] },
      { name: "names", dtype: "U8" as const, shape: [end] },
    ];
    await file.writeAt(encodeHeader(tensors, {}, headerBytes), 0);
    await file.commit();
    return count;
  } finally {
    await file.discard();
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
