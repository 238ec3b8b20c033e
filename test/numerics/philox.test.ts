import fc from "fast-check";
import { expect, test } from "vitest";
import { philox } from "../../dist/numerics/philox.js";

const mask = 0xffffffffn;

/** Philox-4x32-10 in exact integers, after the paper's section 3.3. */
function exactPhilox(counter: readonly number[], key: readonly number[]): number[] {
  let [a, b, c, d] = counter.map(BigInt);
  let [key0, key1] = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const product0 = 0xd2511f53n * a;
    const product1 = 0xcd9e8d57n * c;
    [a, b, c, d] = [(product1 >> 32n) ^ b ^ key0, product1 & mask, (product0 >> 32n) ^ d ^ key1, product0 & mask];
    key0 = (key0 + 0x9e3779b9n) & mask;
    key1 = (key1 + 0xbb67ae85n) & mask;
  }
  return [a, b, c, d].map(Number);
}

function words(counter: readonly number[], key: readonly number[]): number[] {
  const out = new Uint32Array(4);
  philox(out, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  return Array.from(out);
}

const ones = 0xffffffff;

/** The lines "philox4x32 10" of Random123's tests/kat_vectors. */
test.each([
  ["zeros", [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  ["ones", [ones, ones, ones, ones], [ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    "digits of pi",
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])("the known answer for a counter and key of %s comes out", (_name, counter, key, answer) => {
  expect(words(counter, key)).toEqual(answer);
  expect(exactPhilox(counter, key)).toEqual(answer);
});

test("any counter and key give what exact integers give", () => {
  const word = fc.integer({ min: 0, max: ones });
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
      expect(words(counter, key)).toEqual(exactPhilox(counter, key));
    }),
    { numRuns: 1000 },
  );
});

test("signed words are the same as unsigned ones", () => {
  expect(words([-1, -2, -3, -4], [-5, -6])).toEqual(
    words(
      [-1, -2, -3, -4].map((x) => x >>> 0),
      [-5 >>> 0, -6 >>> 0],
    ),
  );
});
