import fc from "fast-check";
import { expect, test } from "vitest";
import { fromWire, toWire } from "../../dist/explorer/wire.js";

const arrays = fc.oneof(
  fc.uint8Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array({ noNaN: false }),
  fc.float64Array(),
);
const keys = fc.string({ maxLength: 5 }).filter((key) => key !== "__proto__");
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, "", "$", 0, -1.5),
    fc.string(),
    arrays,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test("what was written comes back, arrays with their types and bits", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(fromWire(toWire(value).buffer)).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

test("an answer that is cut short, or is none, is refused by name", () => {
  const whole = toWire({ a: Float32Array.of(1, 2, 3), b: "text" });
  for (let length = 0; length < whole.length; length++) {
    // the last array may be followed by padding alone
    if (length >= whole.length - 4) continue;
    expect(() => fromWire(whole.slice(0, length).buffer), `${length} bytes`).toThrow(/no answer of a space|cut short/);
  }
  expect(() => fromWire(new TextEncoder().encode("<html>not an answer").buffer)).toThrow("no answer of a space");
});
