import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expOf32, logOf32, sigmoidOf32, softplusOf32, tanhOf32 } from "../../dist/kernels/twins/everywhere32.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const bytes = 65536;
const [at1, at2, at3, out, table] = [64, 8192, 16384, 24576, 40960];

const unaries = [
  ...["neg", "abs", "sign", "floor", "ceil", "round", "sqrt", "reciprocal", "relu", "isNotZero"],
  ...["exp", "log", "tanh", "sigmoid", "softplus"],
];

/** Any f32, those that are special more often than they would come up. */
const anyFloat = fc.oneof(
  fc.float(),
  fc.constantFrom(
    Number.NaN,
    Infinity,
    -Infinity,
    -0,
    0,
    1e-42,
    -1e-42,
    3e38,
    88.7,
    -103.9,
    0.625,
    0.5,
    1.5,
    2.5,
    -0.5,
  ),
);

/** Walks of two or three operands: what is repeated has stride 0. */
const walks = (operands: number): readonly (readonly number[])[] => {
  const one = (list: number[]) => list.slice(0, operands);
  return [
    [1, 1, ...one([1, 1, 1]), 0],
    [1, 129, ...one([1, 1, 1]), 0],
    [1, 37, ...one([1, 0, 1]), 0],
    [1, 37, ...one([0, 1, 1]), 0],
    [2, 5, ...one([7, 0, 7]), 0, 7, ...one([1, 1, 1]), 0],
    [2, 5, ...one([1, 7, 1]), 0, 7, ...one([0, 1, 0]), 0],
    [3, 2, ...one([12, 0, 4]), 0, 3, ...one([4, 4, 0]), 0, 4, ...one([1, 1, 1]), 0],
  ];
};

const sizeOf = ([axes, ...rest]: readonly number[], words: number) =>
  Array.from({ length: axes }, (_, axis) => rest[axis * words]).reduce((product, size) => product * size, 1);

function fillAny(seed: number, walk: readonly number[] = []) {
  return (all: Uint8Array) => {
    const rng = new Rng(seed);
    const special = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 0.5];
    const floats = new Float32Array(all.buffer, 0, out / 4);
    for (let i = 0; i < floats.length; i++) floats[i] = i % 11 === 0 ? special[(i / 11) % 8] : 3 * rng.normal();
    new Int32Array(all.buffer, table, walk.length).set(walk);
  };
}

function fillWhole(seed: number, most: number, walk: readonly number[]) {
  return (all: Uint8Array) => {
    const rng = new Rng(seed);
    for (let i = 0; i < out; i++) all[i] = rng.below(most);
    new Int32Array(all.buffer, table, walk.length).set(walk);
  };
}

describe.each(builds)("over $name", ({ shared }) => {
  test("P11 functions of one f32 equal their twins for lengths 0 to 9 and more, and any number", () => {
    for (const [k, fn] of unaries.entries()) {
      for (const count of [...Array(10).keys(), 16, 37]) {
        const fill = fillAny(100 * k + count);
        expectSameBytes("elementwise", fn, [at1, out, count], { bytes, shared, fill, floats: [0, table] });
      }
      fc.assert(
        fc.property(fc.array(anyFloat, { minLength: 9, maxLength: 9 }), (values) => {
          const fill = (all: Uint8Array) => new Float32Array(all.buffer, at1, 9).set(values);
          expectSameBytes("elementwise", fn, [at1, out, 9], { bytes, shared, fill, floats: [0, table] });
        }),
        { numRuns: 40 },
      );
    }
    const fill = fillAny(7);
    const floats = [0, table] as const;
    expectSameBytes("elementwise", "leakyRelu", [at1, out, 37, 0.2], { bytes, shared, fill, floats });
  });

  test("P11 functions of two and the choice equal their twins, operands repeated or not", () => {
    for (const walk of walks(2)) {
      for (let code = 0; code < 6; code++) {
        const options = { bytes, shared, fill: fillAny(code, walk), floats: [0, table] as const };
        expectSameBytes("elementwise", "binary", [code, at1, at2, out, table], options);
      }
      for (const kind of [1, 2]) {
        for (const code of [0, 1, 2, 4, 5]) {
          const fill = fillWhole(code, 256, walk);
          expectSameBytes("elementwise", "integers", [kind, code, at1, at2, out, table], { bytes, shared, fill });
        }
      }
      for (const code of [2, 4]) {
        const fill = fillWhole(code, 2, walk);
        expectSameBytes("elementwise", "integers", [3, code, at1, at2, out, table], { bytes, shared, fill });
      }
      for (let code = 0; code < 4; code++) {
        const floats = [0, out] as const;
        const args = [at1, at2, out, table];
        expectSameBytes("elementwise", "compare", [0, code, ...args], {
          bytes,
          shared,
          fill: fillAny(code, walk),
          floats,
        });
        for (const kind of [1, 2, 3]) {
          const fill = fillWhole(code, 3, walk);
          expectSameBytes("elementwise", "compare", [kind, code, ...args], { bytes, shared, fill });
        }
      }
    }
    for (const walk of walks(3)) {
      for (const size of [1, 4, 8]) {
        const fill = fillWhole(size, 2, walk);
        expectSameBytes("elementwise", "select", [size, at1, at2, at3, out, table], { bytes, shared, fill });
      }
    }
  });

  test("P11 conversions equal their twins, beyond the range of the kind as well", () => {
    const values = [0, -0, 0.5, -1.5, 3e9, -3e9, 1e30, -1e30, Infinity, -Infinity, Number.NaN, 7, 16777217, 2147483520];
    for (const [from, to] of [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].map((b) => [a, b]))) {
      if (from === to) continue;
      const fill = (all: Uint8Array) => {
        if (from === 0) new Float32Array(all.buffer, at1, values.length).set(values);
        else if (from === 3) all.set([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1], at1);
        else fillWhole(from, 256, [])(all);
      };
      expectSameBytes("elementwise", "cast", [from, to, at1, out, values.length], { bytes, shared, fill });
    }
  });
});

test("the walk's rows are those of the operands", () => {
  expect(sizeOf(walks(2)[6], 4)).toBe(24);
});

test("exp, log, tanh, sigmoid and softplus are as accurate as they say, on their whole range", () => {
  const worst = (f: (x: number) => number, g: (x: number) => number, xs: readonly number[]) =>
    xs.reduce((most, x) => {
      const at = Math.fround(x);
      const wanted = g(at);
      return Math.abs(wanted) < 1.2e-38 ? most : Math.max(most, Math.abs(f(at) / wanted - 1));
    }, 0);
  const range = (low: number, high: number) => Array.from({ length: 4001 }, (_, k) => low + ((high - low) * k) / 4000);
  expect(worst(expOf32, Math.exp, range(-87, 88.7))).toBeLessThan(3e-7);
  expect(worst(logOf32, Math.log, [...range(1e-3, 0.5), ...range(2, 1e5), 1e-40, 3e38])).toBeLessThan(2.5e-7);
  expect(worst(tanhOf32, Math.tanh, range(-12, 12))).toBeLessThan(5e-7);
  expect(worst(sigmoidOf32, (x) => 1 / (1 + Math.exp(-x)), range(-80, 30))).toBeLessThan(5e-7);
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  expect(worst(softplusOf32, softplus, range(-80, 40))).toBeLessThan(6e-7);
  expect([expOf32(-Infinity), expOf32(Infinity), logOf32(0), logOf32(Infinity)]).toEqual([
    0,
    Infinity,
    -Infinity,
    Infinity,
  ]);
  expect([logOf32(-1), expOf32(Number.NaN), tanhOf32(Number.NaN)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});
