import { expect } from "vitest";
import type { VectorRows } from "../../dist/formats/vector-rows.js";
import { FormatError } from "../../dist/io/errors.js";
import { Rng } from "../../dist/numerics/random.js";

/** Reads bytes as a file; resolves when they are a valid one. */
export type Reader = (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

/** Guards against a reader that hangs or nearly so; generous, since machines are loaded. */
const slowest = 5_000; // milliseconds for one input

export interface FuzzOptions {
  /** Default 20,000, or FUZZ_INPUTS of the environment: `FUZZ_INPUTS=1000000 npx vitest run fuzz --testTimeout=0`. */
  inputs?: number;
  /** Default 1, or FUZZ_SEED of the environment. */
  seed?: number;
  /** Files of other formats, parts of which are spliced in. */
  others?: Uint8Array[];
}

/**
 * Mutates valid files and gives them to a reader, which must accept them or throw a FormatError (F1 to F4). A failing
 * input is reported in base64, with its seed.
 */
export async function fuzz(
  files: Uint8Array[],
  read: Reader,
  {
    inputs = Number(process.env.FUZZ_INPUTS ?? 20_000),
    seed = Number(process.env.FUZZ_SEED ?? 1),
    others = [],
  }: FuzzOptions = {},
) {
  const rng = new Rng(seed);
  let accepted = 0;
  for (let k = 0; k < inputs; k++) {
    let bytes = files[rng.below(files.length)].slice() as Uint8Array<ArrayBuffer>;
    for (let steps = 1 + rng.below(3); steps > 0; steps--) bytes = mutate(bytes, rng, [...files, ...others]);
    if (await outcome(bytes, read, `seed ${seed}, input ${k}`)) accepted++;
  }
  expect(accepted, "every mutated input was refused: the mutations or the reader are too strict").toBeGreaterThan(0);
  expect(accepted, "every mutated input was accepted").toBeLessThan(inputs);
}

/** Gives a reader every beginning of a file. */
export async function everyCut(file: Uint8Array, read: Reader): Promise<{ accepted: number[] }> {
  const accepted: number[] = [];
  for (let length = 0; length < file.length; length++) {
    if (await outcome(file.slice(0, length) as Uint8Array<ArrayBuffer>, read, `cut to ${length} bytes`))
      accepted.push(length);
  }
  return { accepted };
}

/** Whether the reader accepts the bytes; throws where it does anything but accept them or throw a FormatError. */
async function outcome(bytes: Uint8Array<ArrayBuffer>, read: Reader, label: string): Promise<boolean> {
  const start = performance.now();
  let accepted = true;
  try {
    await read(bytes);
  } catch (error) {
    accepted = false;
    const proper = error instanceof FormatError && error.code.length > 0 && error.place.file.length > 0;
    if (!proper) throw new Error(`${label}: ${error}\n${base64(bytes)}`, { cause: error });
  }
  const milliseconds = performance.now() - start;
  if (milliseconds > slowest) throw new Error(`${label}: took ${Math.round(milliseconds)} ms\n${base64(bytes)}`);
  return accepted;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

type Mutator = (bytes: Uint8Array<ArrayBuffer>, rng: Rng, others: Uint8Array[]) => Uint8Array<ArrayBuffer>;

function mutate(bytes: Uint8Array<ArrayBuffer>, rng: Rng, others: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return bytes.length === 0 ? bytes : mutators[rng.below(mutators.length)](bytes, rng, others);
}

const sizes = [
  0n,
  1n,
  2n ** 16n - 1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 2n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
];
const words = [
  "0",
  "1",
  "-1",
  "2147483648",
  "4294967296",
  "9007199254740993",
  "1000000000000000000",
  "1e400",
  "0x10",
  "1_0",
  "1,5",
  "nan",
  "-inf",
  "",
];

const mutators: Mutator[] = [
  function flipBit(bytes, rng) {
    bytes[rng.below(bytes.length)] ^= 1 << rng.below(8);
    return bytes;
  },
  function runOfBytes(bytes, rng) {
    const start = rng.below(bytes.length);
    const value = rng.below(2) === 0 ? rng.below(256) : -1;
    for (let i = start; i < Math.min(bytes.length, start + 1 + rng.below(16)); i++)
      bytes[i] = value < 0 ? rng.below(256) : value;
    return bytes;
  },
  function doubleBlock(bytes, rng) {
    const [start, end] = block(bytes, rng);
    return concat(bytes.subarray(0, end), bytes.subarray(start));
  },
  function removeBlock(bytes, rng) {
    const [start, end] = block(bytes, rng);
    return concat(bytes.subarray(0, start), bytes.subarray(end));
  },
  function swapBlocks(bytes, rng) {
    const [a, b, c] = [0, 0, 0].map(() => rng.below(bytes.length + 1)).sort((x, y) => x - y);
    return concat(bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c));
  },
  function splice(bytes, rng, others) {
    const other = others[rng.below(others.length)];
    const [start, end] = block(other, rng);
    const at = rng.below(bytes.length + 1);
    return concat(
      bytes.subarray(0, at),
      other.subarray(start, end),
      bytes.subarray(rng.below(2) === 0 ? at : bytes.length),
    );
  },
  function setLength(bytes, rng) {
    const width = [2, 4, 8][rng.below(3)];
    if (bytes.length < width) return bytes;
    const at = rng.below(bytes.length - width + 1);
    const view = new DataView(bytes.buffer);
    const value = sizes[rng.below(sizes.length)];
    const little = rng.below(4) > 0;
    if (width === 2) view.setUint16(at, Number(value & 0xffffn), little);
    else if (width === 4) view.setUint32(at, Number(value & 0xffffffffn), little);
    else view.setBigUint64(at, value, little);
    return bytes;
  },
  function replaceNumber(bytes, rng) {
    const isDigit = (i: number) => bytes[i] >= 0x30 && bytes[i] <= 0x39;
    let start = rng.below(bytes.length);
    while (start < bytes.length && !isDigit(start)) start++;
    let end = start;
    while (end < bytes.length && isDigit(end)) end++;
    return concat(
      bytes.subarray(0, start),
      new TextEncoder().encode(words[rng.below(words.length)]),
      bytes.subarray(end),
    );
  },
  function cut(bytes, rng) {
    return bytes.slice(0, rng.below(bytes.length));
  },
];

function block(bytes: Uint8Array, rng: Rng): [start: number, end: number] {
  const start = rng.below(bytes.length);
  return [start, Math.min(bytes.length, start + 1 + rng.below(64))];
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reads all rows, which must be what the interface promises: as many numbers as names say, all finite. */
export async function drain(rows: VectorRows): Promise<void> {
  let some = false;
  for await (const { names, vectors } of rows.batches()) {
    some = true;
    if (names.length === 0 || vectors.length !== names.length * rows.dimensions)
      throw new Error("a batch of the wrong size");
    if (!names.every((name) => typeof name === "string")) throw new Error("a name that is no string");
    if (!vectors.every(Number.isFinite)) throw new Error("a number that is not finite");
  }
  if (!some) throw new Error("no rows");
}
