import fc from "fast-check";
import { expect, test } from "vitest";
import { builds, expectSameBytes } from "./same-bytes.js";

const none = 0xffffffff;
const token = fc.oneof(
  fc.constantFrom("0", "1", "42", "4294967294", "4294967295", "007", "-1", "1.5", "2e3", "0.25", "123456789012345678"),
  fc.constantFrom('"1"', '"a ""b"""', '"x', "a", "\u00e9", "", " ", "\r", "\t", "#", "%c", ",", ";", '"'),
  fc.nat({ max: 4294967295 }).map(String),
  fc.double({ min: 0, max: 1e9, noNaN: true }).map(String),
);
const line = fc.tuple(token, fc.constantFrom(",", " ", "\t", ", "), token, fc.constantFrom("", ",", " "), token);
const text = fc.array(
  fc.tuple(
    line.map((parts) => parts.join("")),
    fc.constantFrom("\n", "\r\n", "\n\n", ""),
  ),
  { maxLength: 12 },
);
const utf8 = (lines: [string, string][]) => new TextEncoder().encode(lines.flat().join(""));

for (const { name, shared } of builds) {
  test(`P11 edges equals its twin over ${name}, whatever the text, delimiter and columns`, () => {
    const columns = fc.constantFrom([2, 0, 1, none], [3, 0, 1, 2], [3, 2, 0, 1], [3, 1, 2, none]);
    fc.assert(
      fc.property(
        text,
        columns,
        fc.constantFrom(0, 9, 44, 59),
        fc.constantFrom(0, 1),
        (lines, shape, delimiter, spans) => {
          const bytes = utf8(lines);
          const fill = (all: Uint8Array) => all.set(bytes, 64);
          const args = [64, bytes.length, delimiter, ...shape, 35, 37, spans, 8192, 16384, 24576, 32768];
          expectSameBytes("edge-list", "edges", args, { shared, fill });
        },
      ),
      { numRuns: 1000 },
    );
  });

  test(`P11 adjacency equals its twin over ${name}, whatever the text`, () => {
    fc.assert(
      fc.property(text, fc.constantFrom(0, 1), fc.constantFrom(0, 1), (lines, nodeFirst, spans) => {
        const bytes = utf8(lines);
        const fill = (all: Uint8Array) => all.set(bytes, 64);
        const args = [64, bytes.length, nodeFirst, 35, none, spans, 8192, 16384, 32768];
        expectSameBytes("edge-list", "adjacency", args, { shared, fill });
      }),
      { numRuns: 1000 },
    );
  });
}

test("weights of up to 15 digits are the numbers that JavaScript reads, others are left to it with their place", () => {
  const numbers = ["0.1", "3", "123456789.012345", "1e5", "0", "0.30000000000000004", ".5", "5."];
  const bytes = new TextEncoder().encode(numbers.map((weight) => `1,2,${weight}\n`).join(""));
  const args = [64, bytes.length, 44, 3, 0, 1, 2, 35, 37, 0, 8192, 16384, 24576, 32768];
  const all = expectSameBytes("edge-list", "edges", args, { fill: (memory) => memory.set(bytes, 64) });
  const values = new Float64Array(all.buffer, 24576, numbers.length);
  const plain = [0.1, 3, 123456789.012345, Number.NaN, Number.NaN, Number.NaN, 0.5, 5];
  expect([...values]).toEqual(plain);
  const place = new Uint32Array(all.buffer, 24576 + 8 * 5, 2);
  const at = 64 + place[0];
  expect(new TextDecoder().decode(all.slice(at, at + (place[1] & 0xffff)))).toBe(numbers[5]);
});
