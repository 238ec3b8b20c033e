import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeWire, encodeWire } from "../../src/explorer/wire.js";

const arrays = fc.oneof(fc.uint8Array(), fc.int32Array(), fc.uint32Array(), fc.float32Array(), fc.float64Array());
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    arrays,
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.dictionary(fc.constantFrom("a", "b", "points", "日本"), tie("value"), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
})).value;

test("what is sent comes out again, arrays with their types and every bit of theirs", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(decodeWire(encodeWire(value).buffer)).toEqual(value);
    }),
  );
});

test("the layout is as stated: length, head, arrays at multiples of 8", () => {
  const bytes = encodeWire({ a: Uint8Array.of(1, 2, 3), b: Float32Array.of(1) });
  const head = '{"a":{"$array":["Uint8Array",0,3]},"b":{"$array":["Float32Array",8,1]}}';
  expect(bytes[0]).toBe(head.length);
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + head.length))).toBe(head);
  const start = 8 + Math.ceil(head.length / 8) * 8;
  expect([...bytes.subarray(start)]).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 0]);
});

test("views of larger buffers send only their own part", () => {
  const part = Float64Array.of(1, 2, 3, 4).subarray(1, 3);
  expect(decodeWire(encodeWire(part).buffer)).toEqual(Float64Array.of(2, 3));
});

test("bytes that are cut short are refused, not read beyond their end", () => {
  const whole = encodeWire({ a: Float32Array.of(1, 2, 3, 4), text: "x" });
  for (let length = 0; length < whole.length; length += 3) {
    expect(() => decodeWire(whole.slice(0, length).buffer)).toThrow(/^wire: /);
  }
});
