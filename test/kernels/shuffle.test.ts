import { describe, expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { chiSquare, chiSquareLimit } from "../numerics/chi-square.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const at = 64;
const numbered = (count: number) => (bytes: Uint8Array) =>
  new BigUint64Array(bytes.buffer, at, count).set(Array.from({ length: count }, (_, k) => BigInt(k)));

describe.each(builds)("over $name", ({ shared, fast }) => {
  test("P11 the kernel equals its twin for 0 to 257 pairs and leaves a permutation of them", () => {
    for (let count = 0; count <= 257; count++) {
      const args = [at, count, 5, 3, count * 7, 0x12345678, 0xdeadbeef];
      const bytes = expectSameBytes("shuffle", "shuffle", args, { shared, fast, fill: numbered(count) });
      const pairs = new BigUint64Array(bytes.buffer, at, count);
      expect([...pairs].map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, k) => k));
    }
  });
});

/** How often each order of 0 .. count - 1 comes, over so many blocks. */
function orders(count: number, blocks: number): Map<string, number> {
  const memory = createMemory(65536);
  const { shuffle } = instantiate("shuffle", memory);
  const pairs = new BigUint64Array(memory.buffer, at, count);
  const seen = new Map<string, number>();
  for (let block = 0; block < blocks; block++) {
    numbered(count)(new Uint8Array(memory.buffer));
    shuffle(at, count, 0, 3, block, 1, 0);
    const order = pairs.join(" ");
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  return seen;
}

test.each([2, 3, 4, 5])("P8 every order of %d pairs is equally likely (chi-square, p > 1e-4)", (count) => {
  const blocks = 60_000;
  const factorial = [1, 1, 2, 6, 24, 120][count];
  const seen = [...orders(count, blocks).values()];
  expect(seen).toHaveLength(factorial);
  expect(chiSquare(seen, Array(factorial).fill(blocks / factorial))).toBeLessThan(chiSquareLimit(factorial - 1));
});

test("P8 every pair of a long block is equally likely to come to every place (chi-square, p > 1e-4)", () => {
  const count = 23;
  const blocks = 20_000;
  const memory = createMemory(65536);
  const { shuffle } = instantiate("shuffle", memory);
  const pairs = new BigUint64Array(memory.buffer, at, count);
  const places = new Float64Array(count * count);
  for (let block = 0; block < blocks; block++) {
    numbered(count)(new Uint8Array(memory.buffer));
    shuffle(at, count, 0, 3, block, 1, 0);
    for (const [place, pair] of pairs.entries()) places[place * count + Number(pair)]++;
  }
  const expected = new Float64Array(count * count).fill(blocks / count);
  expect(chiSquare(places, expected)).toBeLessThan(chiSquareLimit((count - 1) ** 2));
});

test("passes, streams, blocks and seeds shuffle differently", () => {
  const memory = createMemory(65536);
  const { shuffle } = instantiate("shuffle", memory);
  const argumentLists = [
    [0, 3, 0, 1, 0],
    [1, 3, 0, 1, 0],
    [0, 4, 0, 1, 0],
    [0, 3, 1, 1, 0],
    [0, 3, 0, 2, 0],
    [0, 3, 0, 1, 1],
  ];
  const seen = argumentLists.map((args) => {
    numbered(30)(new Uint8Array(memory.buffer));
    shuffle(at, 30, ...args);
    return new BigUint64Array(memory.buffer, at, 30).join(" ");
  });
  expect(new Set(seen).size).toBe(argumentLists.length);
});
