import { describe, expect, test } from "vitest";
import { array, type NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { grad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { add, mul } from "../../dist/networks/ops/elementwise.js";
import { mean, sum } from "../../dist/networks/ops/reductions.js";
import { Random, randomKey } from "../../dist/networks/random.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import { sizeOf } from "../../dist/networks/types.js";
import { philox } from "../../dist/numerics/philox.js";
import { chiSquare, chiSquareLimit } from "../numerics/chi-square.js";
import { kolmogorovSmirnov, kolmogorovSmirnovLimit } from "../numerics/kolmogorov-smirnov.js";
import { normalCdf } from "../numerics/normal.js";

const draws = (key: Tensor) => {
  const random = new Random(key);
  return {
    uniform: random.uniform([3, 7], -1, 2),
    normal: random.normal([1001], 0.5, 2),
    mask: random.bernoulli([5, 5, 5], 0.8),
    integers: random.integers([33], 10),
    again: random.normal([1001], 0.5, 2),
  };
};
const names = ["again", "integers", "mask", "normal", "uniform"] as const; // in the order of results
const key = randomKey(2 ** 40 + 3, 2 ** 33 + 5);

describe.each([
  { backend: "cpu", threads: 1 },
  { backend: "cpu", threads: 2 },
  { backend: "wasm", threads: 1 },
] as const)("on $backend with $threads threads", ({ backend, threads }) => {
  test("D2 the numbers are those of the twin, in every run and in any order of runs", async () => {
    const expected = await interpret(trace(draws, key).graph, [key]);
    const program = compile((k: Tensor, x: Tensor) => ({ ...draws(k), x: add(x, 1) }), { backend, threads });
    const others = [program(randomKey(1, 1), 0), program(key, 1), program(randomKey(1, 2), 0), program(key, 2)];
    const results = await Promise.all(others);
    for (const result of [results[1], results[3]]) {
      for (const [k, name] of names.entries()) {
        expect(Array.from(result[name].data as Float32Array)).toEqual(Array.from(expected[k].data));
      }
    }
    await program.close();
  });
});

test("value i of draw n comes from counter (i / 4, step low, 2^31 + n, step high) under the seed's words", async () => {
  const uniform = (k: Tensor) => {
    const random = new Random(k);
    random.normal([2]); // draw 0, which nothing needs
    return random.uniform([9]);
  };
  const [{ data }] = await interpret(trace(uniform, key).graph, [key]);
  const block = new Uint32Array(4);
  for (const [i, value] of data.entries()) {
    philox(block, i >> 2, 5, 2 ** 31 + 1, 2, 3, 2 ** 8);
    expect(value).toBe((block[i % 4] >>> 8) / 2 ** 24);
  }
});

test("draws of one trace differ, and so do those of other seeds and steps", async () => {
  const program = compile(draws);
  const seen = new Set<string>();
  for (const [seed, step] of [
    [1, 1],
    [1, 2],
    [2, 1],
    [1, 2 ** 32 + 1],
    [2 ** 32 + 1, 1],
  ]) {
    const { normal, again } = await program(randomKey(seed, step));
    for (const { data } of [normal, again]) seen.add(Array.from(data as Float32Array).join());
  }
  expect(seen.size).toBe(10);
  await program.close();
});

test("the numbers have their distributions", async () => {
  const size = 100_000;
  const program = compile((k: Tensor) => {
    const random = new Random(k);
    const [uniform, normal] = [random.uniform([size], -1, 3), random.normal([size], 2, 0.5)];
    return { uniform, normal, mask: random.bernoulli([size], 0.7), integers: random.integers([size], 7) };
  });
  const { uniform, normal, mask, integers } = await program(randomKey(7, 0));
  const numbers = ({ data }: NdArray) => Float64Array.from(data as Float32Array);
  expect(kolmogorovSmirnov(numbers(uniform), (x) => (x + 1) / 4)).toBeLessThan(kolmogorovSmirnovLimit(size));
  expect(kolmogorovSmirnov(numbers(normal), (x) => normalCdf((x - 2) / 0.5))).toBeLessThan(
    kolmogorovSmirnovLimit(size),
  );
  const counts = new Array<number>(7).fill(0);
  for (const value of numbers(integers)) counts[value]++;
  expect(chiSquare(counts, new Array(7).fill(size / 7))).toBeLessThan(chiSquareLimit(6));
  const kept = numbers(mask).filter((x) => x !== 0);
  expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]));
  expect(Math.abs(kept.length / size - 0.7)).toBeLessThan(5 * Math.sqrt((0.7 * 0.3) / size));
  await program.close();
});

test("gradients pass around the noise (Kingma and Welling 2014): d E[(mu + sigma e)^2] = 2 mu, 2 sigma", async () => {
  const size = 50_000;
  const loss = ({ mu, sigma }: { mu: Tensor; sigma: Tensor }, k: Tensor) => {
    const z = add(mu, mul(sigma, new Random(k).normal([size])));
    return mean(mul(z, z));
  };
  const slope = compile(grad(loss));
  const { mu, sigma } = await slope({ mu: 1.5, sigma: 0.5 }, randomKey(3, 0));
  // deviations of the two means are 2 sigma / sqrt(size) and below 5 / sqrt(size)
  expect(Math.abs(mu.item() - 3)).toBeLessThan(5 / Math.sqrt(size));
  expect(Math.abs(sigma.item() - 1)).toBeLessThan(25 / Math.sqrt(size));
  await slope.close();
});

test("a dropout's gradient is its mask", async () => {
  const dropped = (x: Tensor, k: Tensor) => sum(mul(x, new Random(k).bernoulli(x.shape, 0.5)));
  const both = compile((x: Tensor, k: Tensor) => [grad(dropped)(x, k), new Random(k).bernoulli(x.shape, 0.5)]);
  const [slope, mask] = await both(array(new Array(64).fill(2)), randomKey(1, 1));
  expect(slope.data).toEqual(mask.data);
  await both.close();
});

test("a draw may be empty, have no axes, or be long", async () => {
  const program = compile((k: Tensor) => {
    const random = new Random(k);
    return [random.normal([0, 3]), random.uniform([]), random.bernoulli([1, 257], 1)];
  });
  const [nothing, one, all] = await program(randomKey(0, 0));
  expect([sizeOf(nothing.shape), one.shape, new Set(all.data as Float32Array)]).toEqual([0, [], new Set([1])]);
  await program.close();
});

test("in text a draw shows its number and its range", () => {
  const text = show((k: Tensor) => add(new Random(k).uniform([2], 0, 3), 1), key);
  expect(text).toContain("randomUniform_0: float32[2] = randomUniform(x0, draw=0, 0, 3)");
});

test("what cannot be drawn is refused", () => {
  const asked = (ask: (random: Random) => unknown) => () => ask(new Random(key));
  expect(() => new Random(array([1, 2]))).toThrow(
    "Random: the key must be int32[4], such as randomKey gives, got float32[2]",
  );
  expect(() => randomKey(-1, 0)).toThrow("seed must be an integer from 0 to 2^53 - 1, got -1");
  expect(() => randomKey(0, 0.5)).toThrow("randomKey: step must be an integer from 0 to 2^53 - 1, got 0.5");
  expect(asked((random) => random.bernoulli([1], 0))).toThrow("bernoulli: keep must be in (0, 1], got 0");
  expect(asked((random) => random.uniform([1], 2, 1))).toThrow("uniform: high must be at least low, got 2 and 1");
  expect(asked((random) => random.normal([1], 0, -1))).toThrow("normal: deviation must be at least 0, got -1");
  expect(asked((random) => random.normal([1], Number.NaN))).toThrow("normal: mean must be a finite number, got NaN");
  expect(asked((random) => random.integers([1], 2 ** 31))).toThrow("integers: n must be an integer from 1 to 2^31 - 1");
  expect(asked((random) => random.normal([-1]))).toThrow("randomNormal: sizes must be integers >= 0, got [-1]");
});
