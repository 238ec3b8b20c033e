/**
 * How answers travel: 8 bytes with the length of the head, the head as JSON, and behind it the arrays as they lie in memory,
 * little-endian, each at an offset that is a multiple of 8. Within the head an array is `{"$array": [type, offset, length]}`, with
 * the offset from the first array; so coordinates of a million items are one read and no parse.
 */
type TypedArray = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const types = { Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array } as const;
const mark = "$array";
/** Bytes before the head. */
const prefix = 8;

/** A value of plain data and typed arrays as bytes. */
export function encodeWire(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { array: TypedArray; offset: number }[] = [];
  let end = 0;
  const head = JSON.stringify(value, (_, part) => {
    if (!ArrayBuffer.isView(part)) return part;
    const array = part as TypedArray;
    const type = Object.keys(types).find((name) => array instanceof types[name as keyof typeof types]);
    if (type === undefined) throw new TypeError(`internal: a wire carries no ${part.constructor.name}`);
    const offset = end;
    arrays.push({ array, offset });
    end = padded(end + array.byteLength);
    return { [mark]: [type, offset, array.length] };
  });
  const text = new TextEncoder().encode(head ?? "null");
  const start = prefix + padded(text.length);
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, prefix);
  for (const { array, offset } of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + offset);
  }
  return bytes;
}

/** The value again; its arrays are views of the bytes. Throws where the bytes are cut short. */
export function decodeWire(bytes: ArrayBuffer): unknown {
  const length = bytes.byteLength < prefix ? 0 : new DataView(bytes).getUint32(0, true);
  const start = prefix + padded(length);
  if (length === 0 || start > bytes.byteLength) {
    throw new RangeError(`wire: a head of ${length} bytes was announced, ${bytes.byteLength} bytes came`);
  }
  return JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, prefix, length)), (_, part) => {
    const [type, offset, count] = part?.[mark] ?? [];
    if (!Object.hasOwn(types, String(type))) return part;
    const array = types[type as keyof typeof types];
    const end = start + offset + count * array.BYTES_PER_ELEMENT;
    if (end > bytes.byteLength) {
      throw new RangeError(`wire: an array up to byte ${end} was announced, ${bytes.byteLength} bytes came`);
    }
    return new array(bytes, start + offset, count);
  });
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
