import { decodeUtf8 } from "../../io/utf8.js";
import { type ExternalRange, ExternalRangeReader } from "./external-range.js";
import { dataTypes, TensorProto } from "./fields.js";
import { longestName, longestText, mostDimensions } from "./limits.js";
import { elementCount, type OnnxTensor, type OnnxTensorData, type OnnxTensorType, tensorArrays } from "./model.js";
import type { WireReader, WireSpan } from "./wire-reader.js";

/** A tensor with its name, which may be "", and where its bytes are if not in the model's file. */
export interface NamedTensor {
  name: string;
  tensor: OnnxTensor;
  external: ExternalRange | undefined;
}

/** The one field besides raw_data that may hold a type's elements. */
const typedFields: Record<OnnxTensorType, keyof typeof TensorProto> = {
  float32: "float_data",
  uint8: "int32_data",
  int8: "int32_data",
  uint16: "int32_data",
  int16: "int32_data",
  int32: "int32_data",
  int64: "int64_data",
  string: "string_data",
  bool: "int32_data",
  float16: "int32_data",
  float64: "double_data",
  uint32: "uint64_data",
  uint64: "uint64_data",
  bfloat16: "int32_data",
};

/** The elements that int32_data may hold for a type, which is wider than most of its types. */
const ranges: Partial<Record<OnnxTensorType, [least: number, most: number]>> = {
  uint8: [0, 0xff],
  int8: [-0x80, 0x7f],
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  bool: [0, 1],
  float16: [0, 0xffff],
  bfloat16: [0, 0xffff],
};

/**
 * Reads the TensorProto that the reader has entered, to its end. Elements of raw_data are a view of the file's bytes
 * where these are aligned, else a copy; the number of elements is compared with the bytes before anything is allocated.
 * `owner` tells in messages whose tensor it is.
 */
export function readTensor(wire: WireReader, owner: string): NamedTensor {
  const at = wire.fieldAt;
  let met = 0;
  let name = "";
  let dataType = 0;
  let isExternal = false;
  const dims: (number | bigint)[] = [];
  const content = new Map<number, WireSpan[]>(); // by field, since a type may stand after its data
  const range = new ExternalRangeReader();
  while (wire.next()) {
    switch (wire.field) {
      case TensorProto.dims:
        wire.ints(dims);
        break;
      case TensorProto.data_type:
        met = wire.once(met);
        dataType = wire.size("data_type");
        break;
      case TensorProto.name:
        met = wire.once(met);
        name = wire.text(longestName);
        break;
      case TensorProto.data_location:
        met = wire.once(met);
        isExternal = readLocation(wire);
        break;
      case TensorProto.external_data:
        range.readEntry(wire);
        break;
      case TensorProto.segment:
        throw wire.error("unsupported", `${owner} is a segment of a tensor, which is not read`);
      case TensorProto.raw_data:
        met = wire.once(met);
        addSpan(content, wire);
        break;
      case TensorProto.float_data:
      case TensorProto.int32_data:
      case TensorProto.string_data:
      case TensorProto.int64_data:
      case TensorProto.double_data:
      case TensorProto.uint64_data:
        addSpan(content, wire);
        break;
      default:
        wire.skip();
    }
  }
  const label = name === "" ? owner : `tensor ${JSON.stringify(name)}`;
  const type = typeOf(dataType, label, wire, at);
  const shape = shapeOf(dims, label, wire, at);
  const reader = new ElementReader(wire, label, type, shape, at);
  if (!isExternal) return { name, tensor: { type, shape, data: reader.read(content) }, external: undefined };
  if (content.size > 0) throw wire.error("header", `${label} has data in the file and in another`, at);
  if (type === "string") throw wire.error("header", `${label} has text in another file, where only numbers may be`, at);
  const bytes = reader.bytes();
  const external = range.finish(label, bytes, at, wire);
  return { name, tensor: { type, shape, data: new tensorArrays[type](0) }, external };
}

/** The type of a number of TensorProto.DataType. */
export function typeOf(dataType: number, label: string, wire: WireReader, at = wire.fieldAt): OnnxTensorType {
  const type: string | undefined = dataTypes[dataType];
  if (type !== undefined && Object.hasOwn(tensorArrays, type)) return type as OnnxTensorType;
  const found = type ?? `number ${dataType}`;
  throw wire.error("unsupported", `${label} has elements of type ${found}, which are not read`, at);
}

/** Elements of numbers that lie in the file as they do in memory. Throws FormatError where a bool is neither 0 nor 1. */
export function elementsOf(
  type: Exclude<OnnxTensorType, "string">,
  bytes: Uint8Array<ArrayBuffer>,
  fail: (index: number, message: string) => Error,
): Exclude<OnnxTensorData, string[]> {
  const Elements = tensorArrays[type];
  const width = Elements.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const elements = new Elements(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
  if (type === "bool") {
    const wrong = (elements as Uint8Array).findIndex((value) => value > 1);
    if (wrong >= 0) throw fail(wrong, `element ${wrong} is ${elements[wrong]}, a bool is 0 or 1`);
  }
  return elements;
}

function readLocation(wire: WireReader): boolean {
  const location = wire.size("data_location");
  if (location > 1) throw wire.error("unsupported", `data_location ${location}, expected 0 (here) or 1 (another file)`);
  return location === 1;
}

function addSpan(content: Map<number, WireSpan[]>, wire: WireReader): void {
  const { field } = wire;
  const spans = content.get(field);
  const span = wire.span();
  if (spans === undefined) content.set(field, [span]);
  else spans.push(span);
}

function shapeOf(dims: (number | bigint)[], label: string, wire: WireReader, at: number): number[] {
  if (dims.length > mostDimensions) {
    throw wire.error("limit", `${label} has ${dims.length} dimensions, at most ${mostDimensions} are read`, at);
  }
  return dims.map((size) => {
    if (typeof size === "number" && size >= 0) return size;
    throw wire.error("header", `${label}: a size must be an integer from 0 to 2^53 - 1, got ${size}`, at);
  });
}

/** Makes the elements of one tensor out of the fields that hold them. */
class ElementReader {
  readonly #wire: WireReader;
  readonly #label: string;
  readonly #type: OnnxTensorType;
  readonly #count: number;
  readonly #at: number;

  constructor(wire: WireReader, label: string, type: OnnxTensorType, shape: number[], at: number) {
    this.#wire = wire;
    this.#label = label;
    this.#type = type;
    this.#count = elementCount(shape);
    this.#at = at;
    const widest = 8;
    if (!Number.isSafeInteger(this.#count * widest)) {
      throw this.#error("header", `a shape of [${shape.join(", ")}] is more than can be counted`);
    }
  }

  /** The length in bytes of a tensor of numbers. */
  bytes(): number {
    const Elements = tensorArrays[this.#type];
    return "BYTES_PER_ELEMENT" in Elements ? this.#count * Elements.BYTES_PER_ELEMENT : 0;
  }

  read(content: Map<number, WireSpan[]>): OnnxTensorData {
    if (content.size > 1) throw this.#error("header", "the data stand in two kinds of fields");
    const [[field, spans]] = content.size === 0 ? [[0, []] as [number, WireSpan[]]] : content;
    const type = this.#type;
    const typed = typedFields[type];
    if (type !== "string" && field === TensorProto.raw_data) return this.#raw(type, spans[0]);
    if (field !== 0 && field !== TensorProto[typed]) {
      throw this.#error("header", `${type} stands in raw_data or ${typed}, found field ${field}`);
    }
    if (type === "string") return this.#strings(spans);
    if (typed === "float_data" || typed === "double_data") return this.#fixed(type, spans);
    return this.#varints(type, spans);
  }

  #raw(type: Exclude<OnnxTensorType, "string">, { start, end, packed }: WireSpan): OnnxTensorData {
    if (!packed) throw this.#error("header", "raw_data is a number, expected bytes", start);
    this.#expectBytes(end - start);
    return elementsOf(type, this.#wire.bytes.subarray(start, end), (index, message) =>
      this.#error("number", message, start + index),
    );
  }

  /** float_data and double_data: the bytes of raw_data, perhaps in pieces. */
  #fixed(type: "float32" | "float64" | OnnxTensorType, spans: WireSpan[]): OnnxTensorData {
    if (spans.length === 1) return this.#raw(type as "float32", { ...spans[0], packed: true });
    const length = spans.reduce((sum, { start, end }) => sum + end - start, 0);
    this.#expectBytes(length);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const { start, end } of spans) {
      bytes.set(this.#wire.bytes.subarray(start, end), at);
      at += end - start;
    }
    return elementsOf(type as "float32", bytes, (_, message) => this.#error("number", message));
  }

  #varints(type: Exclude<OnnxTensorType, "string">, spans: WireSpan[]): OnnxTensorData {
    const bytes = spans.reduce((sum, { start, end }) => sum + end - start, 0);
    if (this.#count > bytes) this.#wrongCount(`at most ${bytes}`); // each takes a byte at least
    const elements = new tensorArrays[type](this.#count);
    const into = elementSetter(type, elements);
    let found = 0;
    for (const span of spans) {
      this.#wire.varints(span, (low, high) => {
        if (found === this.#count) this.#wrongCount("more");
        if (!into(found, low, high)) throw this.#error("number", `element ${found} is no ${type}`, span.start);
        found++;
      });
    }
    if (found !== this.#count) this.#wrongCount(String(found));
    return elements;
  }

  #strings(spans: WireSpan[]): string[] {
    if (spans.length !== this.#count) this.#wrongCount(String(spans.length));
    return spans.map(({ start, end, packed }) => {
      if (!packed) throw this.#error("header", "string_data is a number, expected text", start);
      if (end - start > longestText) {
        throw this.#error("limit", `a text of ${end - start} bytes, at most ${longestText} are read`, start);
      }
      try {
        return decodeUtf8(this.#wire.bytes.subarray(start, end));
      } catch {
        throw this.#error("encoding", "a text is not valid UTF-8", start);
      }
    });
  }

  #expectBytes(found: number): void {
    const needed = this.bytes();
    if (found === needed) return;
    throw this.#error("header", `${this.#type} of its shape takes ${needed} bytes, found ${found}`);
  }

  #wrongCount(found: string): never {
    throw this.#error("header", `its shape needs ${this.#count} elements, found ${found}`);
  }

  #error(code: "header" | "number" | "limit" | "encoding", message: string, at = this.#at): Error {
    return this.#wire.error(code, `${this.#label}: ${message}`, at);
  }
}

/** Stores a varint of 64 bits as an element; false where the type has no such element. */
function elementSetter(
  type: OnnxTensorType,
  elements: OnnxTensorData,
): (index: number, low: number, high: number) => boolean {
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) {
    const halves = new Uint32Array(elements.buffer); // little endian, as every engine's
    return (index, low, high) => {
      halves[2 * index] = low;
      halves[2 * index + 1] = high;
      return true;
    };
  }
  const numbers = elements as Exclude<typeof elements, string[]>;
  if (type === "uint32") {
    return (index, low, high) => {
      numbers[index] = low >>> 0;
      return high === 0;
    };
  }
  const [least, most] = ranges[type] ?? [0, 0];
  return (index, low, high) => {
    const value = low | 0;
    numbers[index] = value;
    return high === value >> 31 && value >= least && value <= most; // the sign must go on in the high half
  };
}
