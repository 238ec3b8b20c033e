import { describe, expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { Rng } from "../../dist/numerics/random.js";
import { gloveObjective } from "../../dist/words/glove-objective.js";
import { type BlockSetup, blockLayout, randomPairs } from "./block-memory.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const xMax = 10;

interface Options {
  eta: number;
  biasEta: number;
  xMax: number;
  alpha: number;
  clip: number;
}
const defaults: Options = { eta: 0.05, biasEta: 1, xMax, alpha: 0.75, clip: 100 };

const parametersOf = ({ eta, biasEta, xMax, alpha, clip }: Options) => [eta, biasEta, Math.log(xMax), alpha, clip];
const widthOf = (D: number) => Math.ceil(D / 4) * 4;
const lengthOf = (D: number) => 2 * (widthOf(D) + 4);

/** Rows [w, 0.., bias, 0, 0, 0] and behind them [r.., rBias, r, r, r]. */
function randomRows(rows: number, D: number, value: () => number, inverse: () => number): Float32Array {
  const width = widthOf(D);
  const values = new Float32Array(rows * lengthOf(D));
  for (let row = 0; row < rows; row++) {
    const at = row * lengthOf(D);
    for (let d = 0; d < D; d++) values[at + d] = value();
    values[at + width] = value();
    for (let d = 0; d < width + 4; d++) values[at + width + 4 + d] = inverse();
  }
  return values;
}

/** The kinds of numbers that send a pair one way or another through the kernel. */
const kinds = {
  /** Steps small enough for the series. */
  ordinary: (rng: Rng) => rng.uniform() - 0.5,
  /** Gradients beyond the bound, and steps beyond 1/8. */
  large: (rng: Rng) => 60 * (rng.uniform() - 0.5),
  /** Zeros of both signs, denormal numbers, and pairs that overflow or are no numbers, which are skipped. */
  strange: (rng: Rng) =>
    [0, -0, 1e-40, -1e-45, 1, -0.5, 3e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][
      rng.below(40) < 36 ? rng.below(6) : rng.below(10)
    ],
};
type Kind = keyof typeof kinds;

function setupOf(rng: Rng, D: number, count: number, kind: Kind): BlockSetup {
  const value = () => kinds[kind](rng);
  const inverse = () => (kind === "ordinary" || rng.below(2) === 0 ? 1 : 0.01 + rng.uniform());
  const weights = [xMax, Math.fround(2 ** -126), 1 / 15, 9.999999, 10.000001, 1e30];
  const weight = () => (rng.below(2) === 0 ? 20 * rng.uniform() + 1e-3 : weights[rng.below(weights.length)]);
  const clip = kind === "large" && rng.below(2) === 0 ? 1 : 100;
  return {
    rows: randomRows(7, D, value, inverse),
    columns: randomRows(5, D, value, inverse),
    rowLength: lengthOf(D),
    pairs: randomPairs((n) => rng.below(n), count, 7, 5, weight),
    parameters: parametersOf({ ...defaults, clip }),
    loss: rng.below(2) === 0 ? 0 : rng.normal(),
  };
}

function expectTwin(setup: BlockSetup, build: { shared: boolean; fast: boolean }): Uint8Array {
  const { args, ...layout } = blockLayout(setup);
  return expectSameBytes("glove", "block", args, { ...build, ...layout });
}

describe.each(builds)("over $name", (build) => {
  test.each(Object.keys(kinds) as Kind[])("P11 the kernel equals its twin for 0 to 257 pairs of %s numbers", (kind) => {
    const rng = new Rng(1);
    for (let count = 0; count <= 257; count++) expectTwin(setupOf(rng, 1 + (count % 11), count, kind), build);
  });

  test.each(Object.keys(kinds) as Kind[])(
    "P11 the kernel equals its twin for widths 1 to 257 and %s numbers",
    (kind) => {
      const rng = new Rng(2);
      for (let D = 1; D <= 257; D++) expectTwin(setupOf(rng, D, 9, kind), build);
    },
  );
});

test("a pair whose gradient is not finite is skipped: nothing moves and the loss stays", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38]) {
    const rng = new Rng(3);
    const setup = setupOf(rng, 6, 0, "ordinary");
    setup.rows[2] = bad; // of row 0
    setup.columns[2] = 2;
    const layout = blockLayout({ ...setup, pairs: [[0, 0, 5]] });
    const memory = expectTwin({ ...setup, pairs: [[0, 0, 5]], loss: 7 }, { shared: false, fast: false });
    expect(new Float32Array(memory.buffer, layout.rows, setup.rows.length)).toEqual(setup.rows);
    expect(new Float32Array(memory.buffer, layout.columns, setup.columns.length)).toEqual(setup.columns);
  }
});

// ------------------------------------------------------------------------------------- against the definition in f64

/** A row as the reference program has it: D components and the bias, and G of each. */
interface Row {
  values: Float64Array;
  squares: Float64Array;
}

/** The reference program's update (stanfordnlp/GloVe at 52f7dbc, src/glove.c), in f64. Returns .5 f diff^2. */
function adagrad(w: Row, c: Row, x: number, { eta, biasEta, xMax, alpha, clip }: Options): number {
  const D = w.values.length - 1;
  let diff = w.values[D] + c.values[D] - Math.log(x);
  for (let k = 0; k < D; k++) diff += w.values[k] * c.values[k];
  const g = Math.min(1, (x / xMax) ** alpha) * diff;
  const bounded = (gradient: number) => Math.min(Math.max(gradient, -clip), clip);
  const step = (row: Row, k: number, t: number) => {
    row.values[k] -= t / Math.sqrt(row.squares[k]);
    row.squares[k] += t * t;
  };
  for (let k = 0; k < D; k++) {
    const t1 = eta * bounded(g * c.values[k]);
    const t2 = eta * bounded(g * w.values[k]);
    step(w, k, t1);
    step(c, k, t2);
  }
  step(w, D, biasEta * g);
  step(c, D, biasEta * g);
  return 0.5 * g * diff;
}

function referenceRows(values: Float32Array, rows: number, D: number): Row[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = values.subarray(row * lengthOf(D), (row + 1) * lengthOf(D));
    return {
      values: Float64Array.of(...own.subarray(0, D), own[widthOf(D)]),
      squares: new Float64Array(D + 1).fill(1),
    };
  });
}

/** The largest difference between the kernel's parameters, or roots of accumulators, and the reference's. */
function largestDifference(values: Float32Array, rows: Row[], D: number): { value: number; inverse: number } {
  const width = widthOf(D);
  let value = 0;
  let inverse = 0;
  for (const [row, { values: wanted, squares }] of rows.entries()) {
    for (let k = 0; k <= D; k++) {
      const at = row * lengthOf(D) + (k < D ? k : width);
      value = Math.max(value, Math.abs(values[at] - wanted[k]));
      inverse = Math.max(inverse, Math.abs(values[at + width + 4] * Math.sqrt(squares[k]) - 1));
    }
  }
  return { value, inverse };
}

test.each([
  // 150 steps of a row, each off by a few roundings (6e-8) of numbers up to 3
  { name: "as by default", options: defaults, start: 0.5 / 20, count: 3000, tolerance: 1e-5 },
  { name: "with plain bias steps", options: { ...defaults, biasEta: 0.05 }, start: 0.5, count: 3000, tolerance: 1e-5 },
  {
    // clipped gradients keep their sign however small they are, so a rounding near zero is as large as a step
    name: "with clipped gradients",
    options: { ...defaults, clip: 0.1, alpha: 0.5, xMax: 3 },
    start: 1,
    count: 3000,
    tolerance: 1e-4,
  },
  // such steps overshoot and magnify every rounding from pair to pair (a thousandfold in 100), so these are few
  { name: "with steps beyond 1/8", options: { ...defaults, eta: 0.7 }, start: 1, count: 20, tolerance: 1e-5 },
])("$count pairs move the parameters as the reference program's AdaGrad in f64 does, $name", (scene) => {
  const { options, start, count, tolerance } = scene;
  const D = 20;
  const rng = new Rng(4);
  const value = () => start * (2 * rng.uniform() - 1);
  const setup: BlockSetup = {
    rows: randomRows(20, D, value, () => 1),
    columns: randomRows(20, D, value, () => 1),
    rowLength: lengthOf(D),
    pairs: randomPairs(
      (n) => rng.below(n),
      count,
      20,
      20,
      () => Math.fround(30 * rng.uniform() ** 3 + 1 / 15),
    ),
    parameters: parametersOf(options),
  };
  const rows = referenceRows(setup.rows, 20, D);
  const columns = referenceRows(setup.columns, 20, D);
  for (const [i, j, x] of setup.pairs) adagrad(rows[i], columns[j], x, options);

  const layout = blockLayout(setup);
  const memory = expectTwin(setup, { shared: false, fast: false });
  for (const [at, wanted] of [
    [layout.rows, rows],
    [layout.columns, columns],
  ] as const) {
    const difference = largestDifference(new Float32Array(memory.buffer, at, setup.rows.length), wanted, D);
    expect(difference.value).toBeLessThan(tolerance);
    expect(difference.inverse).toBeLessThan(tolerance);
  }
});

// -------------------------------------------------------------------------------------------------- the objective

/** Five words at D = 2, each in one pair as word and in one as context, so that no step touches another's term. */
const fiveWords = {
  vectors: [
    [1, 2],
    [0, 1],
    [-1, 1],
    [0.5, 0.5],
    [3, 0],
  ],
  biases: [0.1, -0.5, 0, 0.25, -1],
  contexts: [
    [1, 1],
    [0.5, -0.25],
    [2, 3],
    [1, 7],
    [2, -1],
  ],
  contextBiases: [1, 0.2, 0.5, -2, 0.25],
};
const fivePairs: [number, number, number][] = [
  [0, 1, 1], //       f 1/8,  diff 0 + .1 + .2 - 0         term .01125
  [1, 2, 16], //      f 1,    diff 3 - .5 + .5 - 4 ln 2    term .0517158892525353687
  [2, 0, 32], //      f 1,    diff 0 + 0 + 1 - 5 ln 2      term 6.07985354235558252
  [3, 4, 1], //       f 1/8,  diff .5 + .25 + .25 - 0      term .125
  [4, 3, 1 / 16], //  f 1/64, diff 3 - 1 - 2 + 4 ln 2      term .120113253479550356
];
const byHand = 6.387932685087668;
const sixteen = { ...defaults, xMax: 16 };

test("the objective of five words equals the sum worked by hand to 1e-10", () => {
  expect(Math.abs(gloveObjective(fiveWords, fivePairs, sixteen) - byHand)).toBeLessThan(1e-10);
});

function rowsOf(vectors: number[][], biases: number[]): Float32Array {
  return Float32Array.from(vectors.flatMap((vector, i) => [...vector, 0, 0, biases[i], 0, 0, 0, ...Array(8).fill(1)]));
}

test("the kernel's loss of the five words is half that objective, to f32", () => {
  const { bytes, fill, args } = blockLayout({
    rows: rowsOf(fiveWords.vectors, fiveWords.biases),
    columns: rowsOf(fiveWords.contexts, fiveWords.contextBiases),
    rowLength: lengthOf(2),
    pairs: fivePairs,
    parameters: parametersOf(sixteen),
  });
  const memory = createMemory(bytes);
  fill(new Uint8Array(memory.buffer));
  expect(Math.abs(instantiate("glove", memory).block(...args) - byHand / 2)).toBeLessThan(2e-6);
});

test("P1 the kernel steps down the gradient of the objective: central differences in f64, relative error below 1e-3", () => {
  const rng = new Rng(5);
  const D = 7;
  const vector = () => Array.from({ length: D }, () => Math.fround(rng.uniform() - 0.5));
  for (const x of [0.2, 3, 10, 50]) {
    const model = {
      vectors: [vector()],
      biases: [Math.fround(rng.uniform())],
      contexts: [vector()],
      contextBiases: [0.25],
    };
    const half = () => 0.5 * gloveObjective(model, [[0, 0, x]], defaults);
    const slope = (values: number[], k: number) => {
      const h = 1e-5;
      const value = values[k];
      values[k] = value + h;
      const above = half();
      values[k] = value - h;
      const below = half();
      values[k] = value;
      return (above - below) / (2 * h);
    };
    const rows = (vector: number[], bias: number) =>
      Float32Array.from([...vector, 0, bias, 0, 0, 0, ...Array(12).fill(1)]);
    const setup: BlockSetup = {
      rows: rows(model.vectors[0], model.biases[0]),
      columns: rows(model.contexts[0], model.contextBiases[0]),
      rowLength: lengthOf(D),
      pairs: [[0, 0, x]],
      parameters: parametersOf(defaults),
    };
    const layout = blockLayout(setup);
    const memory = expectTwin(setup, { shared: false, fast: false });
    const sides = [
      { at: layout.rows, old: setup.rows, vector: model.vectors[0], bias: model.biases },
      { at: layout.columns, old: setup.columns, vector: model.contexts[0], bias: model.contextBiases },
    ];
    for (const { at, old, vector, bias } of sides) {
      const moved = new Float32Array(memory.buffer, at, old.length);
      const wanted = [...vector.map((_, k) => defaults.eta * slope(vector, k)), slope(bias, 0)];
      const got = [...vector.map((_, k) => old[k] - moved[k]), old[8] - moved[8]];
      const length = Math.hypot(...wanted);
      for (const [k, step] of got.entries()) {
        // an f32 near .5 is known to 3e-8, so a small component of the step is judged by the largest
        expect(Math.abs(step - wanted[k])).toBeLessThan(1e-3 * Math.max(Math.abs(wanted[k]), 0.1 * length));
      }
    }
  }
});
