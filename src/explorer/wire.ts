/**
 * Answers as bytes: a JSON head, and behind it the arrays of the answer as they lie in memory, little-endian.
 *
 *   bytes 0 .. 4    "t2v1"
 *   bytes 4 .. 8    length of the head, unsigned 32 bits
 *   then            the head, UTF-8: { value, arrays: [{ at, type, offset, length }] }; `value` has null where an array was,
 *                   `at` is its path, `offset` counts bytes from `start`, `length` elements
 *   start           the next multiple of 8; every array begins at one
 */
const magic = 0x31763274; // "t2v1"
const types = {
  Uint8Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;
type TypeName = keyof typeof types;
type WireArray = InstanceType<(typeof types)[TypeName]>;

interface Placed {
  at: (string | number)[];
  type: TypeName;
  offset: number;
  length: number;
}

const up = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** The bytes of a value of plain objects, arrays, texts, numbers and typed arrays. Throws TypeError for another array. */
export function toWire(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Placed[] = [];
  const data: WireArray[] = [];
  let end = 0;
  const withoutArrays = (part: unknown, at: (string | number)[]): unknown => {
    if (ArrayBuffer.isView(part)) {
      const type = part.constructor.name as TypeName;
      if (!Object.hasOwn(types, type)) throw new TypeError(`internal: no wire form of ${type}`);
      const array = part as WireArray;
      arrays.push({ at, type, offset: end, length: array.length });
      data.push(array);
      end += up(array.byteLength);
      return null;
    }
    if (Array.isArray(part)) return part.map((inner, k) => withoutArrays(inner, [...at, k]));
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, withoutArrays(inner, [...at, name])]));
  };
  const head = new TextEncoder().encode(JSON.stringify({ value: withoutArrays(value, []) ?? null, arrays }));
  const start = up(8 + head.length);
  const bytes = new Uint8Array(start + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, head.length, true);
  bytes.set(head, 8);
  for (const [k, array] of data.entries())
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + arrays[k].offset);
  return bytes;
}

/** The value again; its arrays are views of the bytes, which must not change. Throws RangeError for other bytes. */
export function fromWire(buffer: ArrayBuffer): unknown {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== magic)
    throw new RangeError("fromWire: no answer of a space");
  const length = view.getUint32(4, true);
  if (8 + length > buffer.byteLength) throw new RangeError("fromWire: the answer is cut short");
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const start = up(8 + length);
  const root: { value: unknown } = { value: head.value };
  for (const { at, type, offset, length } of head.arrays as Placed[]) {
    if (!Object.hasOwn(types, type)) throw new RangeError(`fromWire: no array type ${type}`);
    const bytes = length * types[type].BYTES_PER_ELEMENT;
    if (start + offset + bytes > buffer.byteLength) throw new RangeError("fromWire: the answer is cut short");
    put(root, ["value", ...at], new types[type](buffer, start + offset, length));
  }
  return root.value;
}

function put(root: object, path: readonly (string | number)[], array: WireArray): void {
  let inner = root as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) inner = inner[step] as Record<string | number, unknown>;
  inner[path[path.length - 1]] = array;
}
