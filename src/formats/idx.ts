import { createAtomic } from "../io/atomic.js";
import { FormatError } from "../io/errors.js";
import { integerOption, wordOption } from "../io/options.js";
import { type ByteStream, openStream } from "../io/source.js";

/**
 * IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist/, "The IDX file format"): two zero bytes, the type of the
 * numbers, how many sizes there are, the sizes as u32, then the numbers, the last index running fastest; all big endian.
 */

/** By type: its code in a file, and the array that holds its numbers. */
const types = {
  u8: { code: 0x08, array: Uint8Array },
  i8: { code: 0x09, array: Int8Array },
  i16: { code: 0x0b, array: Int16Array },
  i32: { code: 0x0c, array: Int32Array },
  f32: { code: 0x0d, array: Float32Array },
  f64: { code: 0x0e, array: Float64Array },
} as const;

export type IdxType = keyof typeof types;
const typeNames = Object.keys(types) as IdxType[];

/** An array of any of the types, of 1 to 8 sizes, none of them 0. */
export type IdxArray = {
  [T in IdxType]: {
    type: T;
    shape: number[];
    /** Row-major; as many numbers as the product of the shape. */
    data: InstanceType<(typeof types)[T]["array"]>;
  };
}[IdxType];

/** The format allows 255. */
const mostSizes = 8;
/** Of the numbers, in one file; MNIST's largest has 47 MB. */
const mostBytes = 2 ** 31;
/** How much is allocated at first where a stream does not tell how long it is. */
const firstBytes = 2 ** 18;

/**
 * Reads a file, gzip or not (`-` is standard input), or a stream, to its end. Numbers are those of the file bit for bit,
 * infinite ones and NaN too. Nothing of a declared size is allocated unless the file is as long; of gzip and standard input
 * at most three times what came is held, and unpacking ends with what was declared. Throws FormatError.
 */
export async function readIdx(input: string | ByteStream): Promise<IdxArray> {
  const stream = typeof input === "string" ? await openStream(input) : input;
  const portions = new Portions(stream);
  try {
    const { type, shape, bytes } = await readHeader(portions);
    const known = stream.compressed ? undefined : stream.size;
    const end = portions.position + bytes;
    if (known !== undefined && known < end) {
      throw portions.error("truncated", known, `a shape of [${shape}] ends at byte ${end}, the file at ${known}`);
    }
    const trailing = (what: string) => portions.error("trailing", end, `${what} after the array`);
    if (known !== undefined && known > end) throw trailing(`${known - end} bytes`);
    const data = await portions.take(bytes, known === undefined ? firstBytes : bytes);
    if ((await portions.fill(new Uint8Array(1))) > 0) throw trailing("bytes"); // to its end, where gzip has its checksum
    reverseNumbers(data, types[type].array.BYTES_PER_ELEMENT);
    return { type, shape, data: new types[type].array(data.buffer) } as IdxArray;
  } finally {
    await portions.close();
  }
}

async function readHeader(portions: Portions): Promise<{ type: IdxType; shape: number[]; bytes: number }> {
  const magic = new Uint8Array(4);
  const got = await portions.fill(magic);
  if (got === 0) throw portions.error("empty", undefined, "the file is empty");
  if (magic[0] !== 0 || magic[1] !== 0) {
    throw portions.error(
      "header",
      0,
      `expected two zero bytes, as IDX begins, found ${hex(magic[0])} ${hex(magic[1])}`,
    );
  }
  if (got < 4) throw portions.truncated(4);
  const type = typeNames.find((name) => types[name].code === magic[2]);
  if (type === undefined) {
    const known = typeNames.map((name) => `${hex(types[name].code)} ${name}`).join(", ");
    throw portions.error("unsupported", 2, `numbers of type ${hex(magic[2])}; read are ${known}`);
  }
  const rank = magic[3];
  if (rank === 0) throw portions.error("header", 3, "an array of no sizes");
  if (rank > mostSizes) throw portions.error("limit", 3, `an array of ${rank} sizes, at most ${mostSizes} are read`);

  const sizes = new DataView((await portions.take(4 * rank)).buffer);
  const shape = Array.from({ length: rank }, (_, k) => sizes.getUint32(4 * k));
  if (shape.includes(0)) throw portions.error("empty", 4, `a shape of [${shape}] holds no numbers`);
  const bytes = byteLength(type, shape);
  if (bytes > mostBytes) {
    throw portions.error("limit", 4, `a shape of [${shape}] takes ${bytes} bytes, at most ${mostBytes} are read`);
  }
  return { type, shape, bytes };
}

/** May be beyond 2^53 and then inexact, but no less than 2^53. */
function byteLength(type: IdxType, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, types[type].array.BYTES_PER_ELEMENT);
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

/** Turns big endian into little endian, the order of our arrays, and back. */
function reverseNumbers(bytes: Uint8Array, bytesPerNumber: number): void {
  for (let start = 0; bytesPerNumber > 1 && start < bytes.length; start += bytesPerNumber) {
    for (let i = start, j = start + bytesPerNumber - 1; i < j; i++, j--) {
      const byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
  }
}

/** A stream's bytes in the portions that are asked for. */
class Portions {
  /** Bytes taken so far. */
  position = 0;
  readonly #file: string;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(stream: ByteStream) {
    this.#file = stream.name;
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** Fills `into`, or as much of it as there are bytes; returns how many were. */
  async fill(into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      if (this.#piece.length === 0) {
        const next = await this.#pieces.next();
        if (next.done) break;
        this.#piece = next.value;
      }
      const part = this.#piece.subarray(0, into.length - filled);
      into.set(part, filled);
      filled += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
    this.position += filled;
    return filled;
  }

  /** The next `length` bytes, or FormatError "truncated". No more than `atOnce` is allocated before as much has come. */
  async take(length: number, atOnce = length): Promise<Uint8Array<ArrayBuffer>> {
    const end = this.position + length;
    let bytes = new Uint8Array(Math.min(length, atOnce));
    let filled = 0;
    for (;;) {
      filled += await this.fill(bytes.subarray(filled));
      if (filled < bytes.length) throw this.truncated(end);
      if (filled === length) return bytes;
      const larger = new Uint8Array(Math.min(length, 2 * filled));
      larger.set(bytes);
      bytes = larger;
    }
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  truncated(needed: number): FormatError {
    return this.error("truncated", this.position, `the file ends here, ${needed} bytes were needed`);
  }

  error(code: FormatError["code"], offset: number | undefined, message: string): FormatError {
    return new FormatError(code, { file: this.#file, offset }, message);
  }
}

/** Bytes that are turned and written at a time; a multiple of every number's. */
const writtenAtOnce = 2 ** 18;

/** Writes a file atomically, bit for bit, not compressed. Throws TypeError or RangeError where `readIdx` would refuse it. */
export async function writeIdx(path: string, array: IdxArray): Promise<void> {
  const { type, shape, data } = array;
  checkArray(array);
  const header = new Uint8Array(4 + 4 * shape.length);
  header.set([0, 0, types[type].code, shape.length]);
  for (const [k, size] of shape.entries()) new DataView(header.buffer).setUint32(4 + 4 * k, size);

  const file = await createAtomic(path);
  try {
    await file.write(header);
    for (let at = 0; at < data.byteLength; at += writtenAtOnce) {
      const length = Math.min(writtenAtOnce, data.byteLength - at);
      const bytes = new Uint8Array(data.buffer, data.byteOffset + at, length).slice();
      reverseNumbers(bytes, data.BYTES_PER_ELEMENT);
      await file.write(bytes);
    }
    await file.commit();
  } finally {
    await file.discard();
  }
}

function checkArray({ type, shape, data }: IdxArray): void {
  wordOption("writeIdx", "type", type, typeNames);
  const wanted = types[type].array.name;
  if (!(data instanceof types[type].array)) {
    throw new TypeError(`writeIdx: data of type ${type} must be a ${wanted}, got ${kindOf(data)}`);
  }
  if (shape.length < 1 || shape.length > mostSizes) {
    throw new RangeError(`writeIdx: shape must have 1 to ${mostSizes} sizes, got ${shape.length}`);
  }
  for (const [k, size] of shape.entries()) integerOption("writeIdx", `shape[${k}]`, size, 1, 2 ** 32 - 1);
  const bytes = byteLength(type, shape);
  if (bytes !== data.byteLength) {
    const numbers = bytes / data.BYTES_PER_ELEMENT;
    throw new RangeError(`writeIdx: a shape of [${shape}] needs ${numbers} numbers, got ${data.length}`);
  }
  if (bytes > mostBytes) throw new RangeError(`writeIdx: at most ${mostBytes} bytes are written, got ${bytes}`);
}

function kindOf(value: unknown): string {
  return value instanceof Object ? value.constructor.name : String(value);
}
