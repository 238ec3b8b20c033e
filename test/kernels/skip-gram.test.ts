import { describe, expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { drawNegatives, rejected } from "../../dist/kernels/twins/negatives.js";
import { Rng } from "../../dist/numerics/random.js";
import { type BlockSetup, blockLayout, randomPairs } from "./block-memory.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const rate = 0.025;

function setupOf(
  rng: Rng,
  { D = 8, K = 5, count = 9, rows = 7, columns = 6, scale = 1, rate: step = rate } = {},
): BlockSetup {
  const value = () => scale * (rng.uniform() - 0.5);
  return {
    rows: Float32Array.from({ length: rows * D }, value),
    columns: Float32Array.from({ length: columns * D }, value),
    rowLength: D,
    pairs: randomPairs((n) => rng.below(n), count, rows, columns),
    parameters: [step],
    negatives: { weights: Array.from({ length: columns }, () => rng.uniform() + 0.01), perPair: K },
    seed: rng.uint32() * 2 ** 20,
    pass: rng.uint32(),
    block: rng.uint32(),
    first: rng.below(1000),
    loss: rng.below(2) === 0 ? 0 : 3.5,
  };
}

function expectTwin(setup: BlockSetup, build = { shared: false, fast: false }): Uint8Array {
  const { args, ...layout } = blockLayout(setup);
  return expectSameBytes("skip-gram", "block", args, { ...build, ...layout });
}

/** The negatives of pair n, as the twin draws them; rejected ones left out. */
function negativesOf(setup: BlockSetup, n: number): number[] {
  const { bytes, fill, args } = blockLayout(setup);
  const memory = createMemory(bytes);
  fill(new Uint8Array(memory.buffer));
  const K = setup.negatives?.perPair ?? 0;
  const draws = drawNegatives(memory, args[0], ((setup.first ?? 0) + n) * K, K, setup.pairs[n][1]);
  return [...draws].filter((column) => column !== rejected);
}

describe.each(builds)("over $name", (build) => {
  test("P11 the kernel equals its twin for 0 to 257 pairs", () => {
    const rng = new Rng(1);
    for (let count = 0; count <= 257; count++) expectTwin(setupOf(rng, { count, D: 4 + 4 * (count % 3) }), build);
  });

  test("P11 the kernel equals its twin for 0 to 63 negatives a pair", () => {
    const rng = new Rng(2);
    for (let K = 0; K <= 63; K++) {
      for (const columns of [1, 2, 50]) expectTwin(setupOf(rng, { K, columns }), build);
    }
  });

  test("P11 the kernel equals its twin for widths of 4 to 260", () => {
    const rng = new Rng(3);
    for (let D = 4; D <= 260; D += 4) expectTwin(setupOf(rng, { D }), build);
  });

  test("P11 the kernel equals its twin for saturated dots, denormal numbers, zeros of both signs and large steps", () => {
    const rng = new Rng(4);
    for (const scale of [0, -0, 1e-44, 1e-38, 30, 1e4, 1e18]) {
      for (const step of [rate, 0, 10]) expectTwin(setupOf(rng, { scale, rate: step, count: 20 }), build);
    }
  });
});

test("draws are counted modulo 2^32, and alike in kernel and twin where a pair's draws pass it", () => {
  const rng = new Rng(5);
  for (const first of [858_993_458, 858_993_459, 2 ** 32 - 5]) expectTwin({ ...setupOf(rng), first });
});

test("a block in pieces is the block as a whole: the draws go by the pair's number, the loss is carried on", () => {
  const rng = new Rng(6);
  const setup = setupOf(rng, { count: 40 });
  const whole = expectTwin(setup);
  const at = blockLayout(setup);
  const values = (memory: Uint8Array, from: number, length: number) => new Float32Array(memory.buffer, from, length);

  const first = { ...setup, pairs: setup.pairs.slice(0, 13) };
  const afterFirst = expectTwin(first);
  const atFirst = blockLayout(first);
  const rest = {
    ...setup,
    pairs: setup.pairs.slice(13),
    first: (setup.first ?? 0) + 13,
    rows: values(afterFirst, atFirst.rows, setup.rows.length),
    columns: values(afterFirst, atFirst.columns, setup.columns.length),
  };
  const afterRest = expectTwin(rest);
  const atRest = blockLayout(rest);
  for (const [key, length] of [
    ["rows", setup.rows.length],
    ["columns", setup.columns.length],
  ] as const) {
    expect(values(afterRest, atRest[key], length)).toEqual(values(whole, at[key], length));
  }
});

// ------------------------------------------------------------------------------------------ against the loss in f64

/** -ln s(u_0 . v) - sum_k ln s(-u_k . v) of rows v, u_0 and the negatives, in f64. */
function loss(v: number[], target: number[], negatives: number[][]): number {
  const dot = (u: number[]) => u.reduce((sum, x, d) => sum + x * v[d], 0);
  return negatives.reduce((sum, u) => sum + Math.log1p(Math.exp(dot(u))), Math.log1p(Math.exp(-dot(target))));
}

function slope(value: () => number, values: number[], d: number): number {
  const h = 1e-5;
  const old = values[d];
  values[d] = old + h;
  const above = value();
  values[d] = old - h;
  const below = value();
  values[d] = old;
  return (above - below) / (2 * h);
}

test("P1 a pair steps down the gradient of its loss: central differences in f64, relative error below 1e-3", () => {
  const rng = new Rng(7);
  const D = 12;
  for (let round = 0; round < 20; round++) {
    // many columns, so that no negative comes twice: the gradient is then the kernel's step
    const setup = setupOf(rng, { D, K: 4, count: 1, columns: 3000, scale: 2, rate: 1 });
    const [i, j] = setup.pairs[0];
    const negatives = negativesOf(setup, 0);
    if (new Set(negatives).size < negatives.length) continue;
    const rowOf = (values: Float32Array, k: number) => [...values.subarray(k * D, (k + 1) * D)];
    const v = rowOf(setup.rows, i);
    const columns = [j, ...negatives];
    const u = columns.map((column) => rowOf(setup.columns, column));
    const value = () => loss(v, u[0], u.slice(1));

    const memory = expectTwin({ ...setup, loss: 0 });
    const at = blockLayout(setup);
    const moved = (from: number, k: number) => [...new Float32Array(memory.buffer, from + 4 * D * k, D)];
    const sides = [
      { old: v, now: moved(at.rows, i) },
      ...columns.map((column, k) => ({ old: u[k], now: moved(at.columns, column) })),
    ];
    for (const { old, now } of sides) {
      const wanted = old.map((_, d) => -slope(value, old, d));
      const length = Math.hypot(...wanted);
      for (let d = 0; d < D; d++) expect(Math.abs(now[d] - old[d] - wanted[d])).toBeLessThan(1e-3 * length);
    }
  }
});

test("the loss is that of the definition in f64, before the step of each pair, to a relative error of 1e-6", () => {
  const rng = new Rng(8);
  const setup = { ...setupOf(rng, { D: 8, K: 5, count: 50, scale: 4, rate: 0 }), loss: 0 };
  const rowOf = (values: Float32Array, k: number) => [...values.subarray(k * 8, (k + 1) * 8)];
  const wanted = setup.pairs.reduce((sum, [i, j], n) => {
    const negatives = negativesOf(setup, n).map((column) => rowOf(setup.columns, column));
    return sum + loss(rowOf(setup.rows, i), rowOf(setup.columns, j), negatives);
  }, 0);
  const { bytes, fill, args } = blockLayout(setup);
  const memory = createMemory(bytes);
  fill(new Uint8Array(memory.buffer));
  expect(Math.abs(instantiate("skip-gram", memory).block(...args) / wanted - 1)).toBeLessThan(1e-6);
});

test("a negative drawn twice moves twice, and the row sees its second step from where the first left it", () => {
  const D = 4;
  const setup: BlockSetup = {
    rows: Float32Array.of(0.5, -0.25, 1, 0.125),
    columns: Float32Array.of(0.25, 0.5, -0.5, 1, -1, 0.5, 0.25, 0.75),
    rowLength: D,
    pairs: [[0, 0, 1]],
    parameters: [0.5],
    negatives: { weights: [0, 1], perPair: 3 }, // always column 1
  };
  const v = [...setup.rows];
  const target = [...setup.columns.subarray(0, D)];
  const negative = [...setup.columns.subarray(D)];
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, d) => sum + x * b[d], 0);
  const up = 0.5 * (1 - sigmoid(dot(v, target)));
  const down = -0.5 * sigmoid(dot(v, negative));
  const wanted = { v: [...v], target: [...target], negative: [...negative] };
  for (let d = 0; d < D; d++) {
    wanted.v[d] += up * target[d];
    wanted.target[d] += up * v[d];
    for (let k = 0; k < 3; k++) {
      wanted.v[d] += down * wanted.negative[d];
      wanted.negative[d] += down * v[d];
    }
  }
  const memory = expectTwin(setup);
  const at = blockLayout(setup);
  const got = [...new Float32Array(memory.buffer, at.rows, D), ...new Float32Array(memory.buffer, at.columns, 2 * D)];
  for (const [k, x] of [...wanted.v, ...wanted.target, ...wanted.negative].entries())
    expect(Math.abs(got[k] - x)).toBeLessThan(5e-7);
});

test("a draw equal to the target is rejected: with one column only the pair itself counts", () => {
  const rng = new Rng(9);
  const setup = setupOf(rng, { columns: 1, K: 5, count: 1 });
  const alone = { ...setup, negatives: { weights: [1], perPair: 0 } };
  expect(negativesOf(setup, 0)).toEqual([]);
  const memories = [setup, alone].map((scene) => {
    const memory = expectTwin(scene);
    const at = blockLayout(scene);
    return [at.rows, at.columns].map((from) => [...new Float32Array(memory.buffer, from, 8)]);
  });
  expect(memories[0]).toEqual(memories[1]);
});
