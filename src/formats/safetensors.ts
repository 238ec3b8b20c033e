import { createAtomic } from "../io/atomic.js";
import { FormatError } from "../io/errors.js";
import { readExactly, type Source } from "../io/source.js";
import { decodeUtf8, isWellFormed } from "../io/utf8.js";

/**
 * safetensors (https://github.com/huggingface/safetensors, "Format"): 8 bytes with the header's length, a JSON header,
 * then the tensors' bytes, little endian, without gaps. The reader is as strict as the reference: the header begins
 * with `{`, names no tensor twice, and its tensors cover the rest of the file exactly, without gap or overlap.
 */

/** Bytes of one element. */
const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof elementBytes;

/** A tensor of a file, not yet read. */
export interface TensorInfo {
  name: string;
  dtype: Dtype;
  /** Row-major; [] is a single number. */
  shape: number[];
  /** Byte offset from the front of the file. */
  offset: number;
  /** Length in bytes: the product of the shape times the bytes of an element. */
  bytes: number;
}

export interface SafetensorsHeader {
  /** By name, in order of the header. */
  tensors: Map<string, TensorInfo>;
  /** The strings of `__metadata__`. */
  metadata: Map<string, string>;
}

/** The limit of the reference implementation. */
const longestHeader = 100_000_000;
const mostDimensions = 64;

/**
 * Reads and checks the header; no tensor is read. Everything is checked against the file's size before anything of a
 * declared size is allocated. Throws FormatError.
 */
export async function readSafetensorsHeader(source: Source): Promise<SafetensorsHeader> {
  const lengthBytes = await readExactly(source, 0, 8);
  const headerLength = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
  if (headerLength > longestHeader) {
    const message = `the header would be ${headerLength} bytes long, at most ${longestHeader} are read; is this a safetensors file?`;
    throw new FormatError("limit", { file: source.name, offset: 0 }, message);
  }
  if (8 + headerLength > source.size) {
    const message = `a header of ${headerLength} bytes was announced, the file ends after ${source.size - 8}`;
    throw new FormatError("truncated", { file: source.name, offset: source.size }, message);
  }
  const bytes = await readExactly(source, 8, headerLength);
  const header = new HeaderParser(source.name, bytes).parse(8 + headerLength);
  checkLayout(source, 8 + headerLength, header.tensors);
  return header;
}

/** The tensors must cover [dataStart, end of file) exactly. */
function checkLayout(source: Source, dataStart: number, tensors: Map<string, TensorInfo>): void {
  const inFileOrder = [...tensors.values()].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataStart;
  for (const { name, offset, bytes } of inFileOrder) {
    if (offset !== end) {
      const what = offset > end ? "a gap" : "an overlap";
      const message = `tensor ${JSON.stringify(name)} begins at byte ${offset}, expected ${end}: ${what}`;
      throw new FormatError("header", { file: source.name, offset }, message);
    }
    end = offset + bytes;
  }
  if (end > source.size) {
    const message = `the tensors end at byte ${end}, the file at ${source.size}`;
    throw new FormatError("truncated", { file: source.name, offset: source.size }, message);
  }
  if (end < source.size) {
    throw new FormatError(
      "trailing",
      { file: source.name, offset: end },
      `${source.size - end} bytes after the last tensor`,
    );
  }
}

/** JSON of the header's shape and nothing else, so that depth, repeated keys and number forms are no concern. */
class HeaderParser {
  readonly #file: string;
  readonly #text: string;
  #at = 0;

  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    try {
      this.#text = decodeUtf8(bytes);
    } catch {
      throw new FormatError("encoding", { file, offset: 8 }, "the header is not valid UTF-8");
    }
  }

  parse(dataStart: number): SafetensorsHeader {
    if (this.#text[0] !== "{") throw this.#error("the header must begin with {; is this a safetensors file?");
    const tensors = new Map<string, TensorInfo>();
    let metadata: Map<string, string> | undefined;
    this.#object((name) => {
      if (name === "__metadata__") {
        if (metadata !== undefined) throw this.#error("__metadata__ stands twice", "duplicate");
        metadata = this.#metadata();
      } else {
        if (tensors.has(name)) throw this.#error(`tensor ${JSON.stringify(name)} stands twice`, "duplicate");
        tensors.set(name, this.#tensor(name, dataStart));
      }
    });
    this.#space();
    if (this.#at < this.#text.length) throw this.#error("text after the header's closing brace", "trailing");
    return { tensors, metadata: metadata ?? new Map() };
  }

  #metadata(): Map<string, string> {
    const metadata = new Map<string, string>();
    this.#object((key) => {
      if (metadata.has(key)) throw this.#error(`metadata key ${JSON.stringify(key)} stands twice`, "duplicate");
      metadata.set(key, this.#string());
    });
    return metadata;
  }

  #tensor(name: string, dataStart: number): TensorInfo {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object((key) => {
      if (key === "dtype" && dtype === undefined) dtype = this.#string();
      else if (key === "shape" && shape === undefined) shape = this.#integers(mostDimensions);
      else if (key === "data_offsets" && offsets === undefined) offsets = this.#integers(2);
      else throw this.#error(`${JSON.stringify(key)} is repeated or no key of a tensor (dtype, shape, data_offsets)`);
    });
    const label = `tensor ${JSON.stringify(name)}`;
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
      throw this.#error(`${label} needs dtype, shape and two data_offsets`);
    }
    if (!isDtype(dtype)) throw this.#error(`${label} has unknown dtype ${JSON.stringify(dtype)}`, "unsupported");
    const [begin, end] = offsets;
    if (end < begin) throw this.#error(`${label} ends at ${end}, before it begins at ${begin}`);
    const bytes = tensorBytes(dtype, shape);
    if (bytes !== end - begin) {
      throw this.#error(
        `${label}: ${dtype} [${shape.join(", ")}] takes ${bytes} bytes, data_offsets span ${end - begin}`,
      );
    }
    return { name, dtype, shape, offset: dataStart + begin, bytes };
  }

  #object(member: (key: string) => void): void {
    this.#expect("{");
    if (this.#next("}")) return;
    do {
      const key = this.#string();
      this.#expect(":");
      member(key);
    } while (this.#next(","));
    this.#expect("}");
  }

  #integers(most: number): number[] {
    const values: number[] = [];
    this.#expect("[");
    if (this.#next("]")) return values;
    do {
      if (values.length === most) throw this.#error(`more than ${most} numbers`, "limit");
      values.push(this.#integer());
    } while (this.#next(","));
    this.#expect("]");
    return values;
  }

  #integer(): number {
    const digits = this.#match(/(?:0|[1-9][0-9]*)(?![0-9.eE])/y);
    if (digits === undefined) throw this.#error("expected an integer >= 0");
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) throw this.#error(`expected an integer below 2^53, got ${digits.slice(0, 40)}`);
    return value;
  }

  #string(): string {
    const literal = this.#stringLiteral();
    let value: string;
    try {
      value = JSON.parse(literal);
    } catch {
      throw this.#error("a string has a wrong escape or a control character");
    }
    if (!isWellFormed(value)) throw this.#error("a string has a surrogate without its partner", "encoding");
    return value;
  }

  /** The text from an opening to its closing quote; a loop, since a regular expression would backtrack over megabytes. */
  #stringLiteral(): string {
    this.#space();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#error("expected a string");
    for (let i = start + 1; i < this.#text.length; i++) {
      if (this.#text[i] === "\\") i++;
      else if (this.#text[i] === '"') {
        this.#at = i + 1;
        return this.#text.slice(start, this.#at);
      }
    }
    throw this.#error("a string has no closing quote");
  }

  #expect(character: string): void {
    if (!this.#next(character)) throw this.#error(`expected ${character}`);
  }

  #next(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at])) this.#at++;
  }

  #match(pattern: RegExp): string | undefined {
    this.#space();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #error(message: string, code: FormatError["code"] = "header"): FormatError {
    const offset = 8 + new TextEncoder().encode(this.#text.slice(0, this.#at)).length;
    return new FormatError(code, { file: this.#file, offset }, message);
  }
}

function isDtype(word: string): word is Dtype {
  return Object.hasOwn(elementBytes, word);
}

/** May be beyond 2^53 and then inexact; it is then no safe integer and equals no span of offsets. */
function tensorBytes(dtype: Dtype, shape: number[]): number {
  return shape.reduce((product, size) => product * size, elementBytes[dtype]);
}

/** Arrays whose elements are those of a dtype, bit for bit. */
export interface DtypeArrays {
  U8: Uint8Array;
  U16: Uint16Array;
  I32: Int32Array;
  U32: Uint32Array;
  F32: Float32Array;
  F64: Float64Array;
}

/** Fills `into` with elements of a tensor from element `start` on. */
export async function readTensor<T extends keyof DtypeArrays>(
  source: Source,
  tensor: TensorInfo & { dtype: T },
  start: number,
  into: DtypeArrays[T],
): Promise<void> {
  const width = elementBytes[tensor.dtype];
  const position = start * width;
  if (into.BYTES_PER_ELEMENT !== width || start < 0 || position + into.byteLength > tensor.bytes) {
    throw new RangeError(
      `internal: elements ${start} to ${start + into.length} of tensor ${tensor.name} (${tensor.dtype})`,
    );
  }
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const got = await source.read(bytes, tensor.offset + position);
  if (got < bytes.length) {
    const offset = tensor.offset + position + got;
    throw new FormatError("truncated", { file: source.name, offset }, "the file became shorter while it was read");
  }
}

/** The tensor of a name, which must have the dtype and number of dimensions; throws FormatError otherwise. */
export function requireTensor<T extends Dtype>(
  file: string,
  header: SafetensorsHeader,
  name: string,
  dtype: T,
  dimensions: number,
): TensorInfo & { dtype: T } {
  const tensor = header.tensors.get(name);
  if (tensor === undefined) {
    const names = [...header.tensors.keys()].slice(0, 10).map((known) => JSON.stringify(known));
    const message = `expected a tensor ${JSON.stringify(name)}, found ${names.join(", ") || "none"}`;
    throw new FormatError("unsupported", { file }, message);
  }
  if (tensor.dtype !== dtype || tensor.shape.length !== dimensions) {
    const found = `${tensor.dtype} [${tensor.shape.join(", ")}]`;
    const message = `tensor ${JSON.stringify(name)} must be ${dtype} with ${dimensions} dimensions, found ${found}`;
    throw new FormatError("unsupported", { file, offset: tensor.offset }, message);
  }
  return tensor as TensorInfo & { dtype: T };
}

/** A tensor to be written; `data` yields its bytes in pieces of any length, little endian. */
export interface TensorOut {
  name: string;
  dtype: Dtype;
  shape: number[];
  data: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Writes a file atomically, a piece at a time. Tensors with larger elements come first and data begins at a multiple of
 * 8, so that every tensor is aligned for programs that map files. Throws RangeError where a tensor's data is not as
 * long as its shape says, or a name cannot be written.
 */
export async function writeSafetensors(
  path: string,
  tensors: TensorOut[],
  metadata: Record<string, string> = {},
): Promise<void> {
  const ordered = [...tensors].sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  const header = encodeHeader(ordered, metadata);
  const file = await createAtomic(path);
  try {
    await file.write(header);
    for (const { name, dtype, shape, data } of ordered) {
      const start = file.length;
      for await (const piece of data()) await file.write(piece);
      const written = file.length - start;
      if (written !== tensorBytes(dtype, shape)) {
        const needed = tensorBytes(dtype, shape);
        throw new RangeError(
          `writeSafetensors: ${path}: tensor ${JSON.stringify(name)} needs ${needed} bytes, got ${written}`,
        );
      }
    }
    await file.commit();
  } finally {
    await file.discard();
  }
}

/**
 * Length and header of a file with these tensors in this order, padded with spaces to a multiple of 8 bytes, or to
 * `paddedTo` bytes.
 */
export function encodeHeader(
  tensors: Pick<TensorOut, "name" | "dtype" | "shape">[],
  metadata: Record<string, string>,
  paddedTo?: number,
): Uint8Array {
  const members: string[] = [];
  if (Object.keys(metadata).length > 0) members.push(`"__metadata__":${JSON.stringify(checkMetadata(metadata))}`);
  const seen = new Set<string>();
  let end = 0;
  for (const { name, dtype, shape } of tensors) {
    if (name === "__metadata__" || seen.has(name) || !isWellFormed(name)) {
      throw new RangeError(
        `writeSafetensors: a tensor cannot be named ${JSON.stringify(name)}: reserved, repeated or not Unicode`,
      );
    }
    seen.add(name);
    const bytes = tensorBytes(dtype, shape);
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [end, end + bytes] })}`);
    end += bytes;
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = paddedTo ?? 8 + Math.ceil(json.length / 8) * 8;
  if (8 + json.length > length) {
    throw new RangeError(`internal: a header of ${json.length} bytes does not fit ${length}`);
  }
  const bytes = new Uint8Array(length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length - 8), true);
  bytes.set(json, 8);
  return bytes;
}

function checkMetadata(metadata: Record<string, string>): Record<string, string> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string" || !isWellFormed(key) || !isWellFormed(value)) {
      throw new RangeError(
        `writeSafetensors: metadata must be Unicode strings, got ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
      );
    }
  }
  return metadata;
}
