/** The wire format of protocol buffers by hand, so that tests can write files that no program would. */

type Value = number | bigint | string | Uint8Array;

export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** A field: numbers as varints, text and bytes with their length. */
export function field(number: number, value: Value): Uint8Array<ArrayBuffer> {
  if (typeof value === "number" || typeof value === "bigint") {
    return Uint8Array.from([...varint(number * 8), ...varint(value)]);
  }
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return join(Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes);
}

export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A message from [field number, value] pairs. */
export function message(...fields: [number, Value][]): Uint8Array<ArrayBuffer> {
  return join(...fields.map(([number, value]) => field(number, value)));
}

/** A model of IR version 10 and operator set 21 whose graph has these fields, with more fields of its own. */
export function modelBytes(graph: [number, Value][], ...more: [number, Value][]): Uint8Array<ArrayBuffer> {
  return message([1, 10], [7, message(...graph)], [8, message([2, 21])], ...more);
}

/** A node that takes and makes the values of these names. */
export function nodeBytes(
  op: string,
  inputs: string[],
  outputs: string[],
  ...more: [number, Value][]
): [1, Uint8Array] {
  const names = (number: number, list: string[]) => list.map((name): [number, Value] => [number, name]);
  return [1, message(...names(1, inputs), ...names(2, outputs), [4, op], ...more)];
}

/** An input (11) or output (12) of type f32 without a shape. */
export function valueBytes(role: 11 | 12, name: string): [number, Uint8Array] {
  return [role, message([1, name], [2, message([1, message([1, 1])])])];
}

/** An initializer of two f32, in another file. */
export function externalBytes(entries: Record<string, string>, dims: (number | bigint)[] = [2]): [5, Uint8Array] {
  const pairs = Object.entries(entries).map(([key, value]): [number, Value] => [13, message([1, key], [2, value])]);
  return [5, message(...dims.map((size): [number, Value] => [1, size]), [2, 1], [8, "w"], ...pairs, [14, 1])];
}
