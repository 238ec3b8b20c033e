import { expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { noNode } from "../../dist/kernels/twins/walks.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes } from "./same-bytes.js";

interface Setup {
  /** Targets of each node, ascending, with weights where there are any. */
  rows: readonly (readonly number[])[];
  weights: readonly (readonly number[])[] | null;
  starts: readonly number[];
  length: number;
  number?: number;
  p?: number;
  q?: number;
}

const line = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Where everything lies; offsets, indices, values, starts and walks, with room between. */
function layout({ rows, weights, starts, length, number = 0, p = 1, q = 1 }: Setup) {
  const arcs = rows.flat();
  const offsetsAt = 64;
  const indicesAt = offsetsAt + line(4 * (rows.length + 1)) + 64;
  const valuesAt = indicesAt + line(4 * arcs.length) + 64;
  const startsAt = valuesAt + line(8 * arcs.length) + 64;
  const walksAt = startsAt + line(4 * starts.length) + 64;
  return {
    bytes: walksAt + line(4 * starts.length * length) + 64,
    walksAt,
    cumulate: [offsetsAt, valuesAt, valuesAt, 0, rows.length],
    walks: [
      ...[offsetsAt, indicesAt, weights === null ? 0 : valuesAt, startsAt, starts.length, number, length, walksAt],
      ...[p, q, 7, 9],
    ],
    fill({ buffer }: { buffer: ArrayBufferLike }) {
      const offsets = new Uint32Array(buffer, offsetsAt, rows.length + 1);
      offsets[0] = 0;
      rows.forEach((row, i) => {
        offsets[i + 1] = offsets[i] + row.length;
      });
      new Uint32Array(buffer, indicesAt, arcs.length).set(arcs);
      const values = new Float64Array(buffer, valuesAt, arcs.length);
      values.set(weights === null ? arcs.map(() => 1) : weights.flat());
      new Uint32Array(buffer, startsAt, starts.length).set(starts);
      if (weights === null) return;
      for (let i = 0; i < rows.length; i++) {
        for (let k = offsets[i] + 1; k < offsets[i + 1]; k++) values[k] += values[k - 1];
      }
    },
  };
}

function randomSetup(rng: Rng, { nodes = 12, density = 0.4, weighted = false, length = 9, p = 1, q = 1 }): Setup {
  const rows = Array.from({ length: nodes }, () =>
    Array.from({ length: nodes }, (_, j) => j).filter(() => rng.uniform() < density),
  );
  const weights = weighted ? rows.map((row) => row.map(() => 0.1 + 3 * rng.uniform())) : null;
  const starts = Array.from({ length: nodes }, (_, i) => i);
  return { rows, weights, starts, length, number: rng.below(20), p, q };
}

function expectTwin(setup: Setup, build = { shared: false, fast: false }): Uint32Array {
  const { bytes, fill, walks, walksAt } = layout(setup);
  const memory = expectSameBytes("walks", "walks", walks, { ...build, bytes, fill });
  return new Uint32Array(memory.buffer, walksAt, setup.starts.length * setup.length);
}

test.each(builds)(
  "P11 the kernel equals its twin over $name: any p and q, weighted or not, with dead ends and loops",
  (build) => {
    const rng = new Rng(1);
    for (const weighted of [false, true]) {
      for (const density of [0.05, 0.2, 0.9]) {
        for (const [p, q] of [
          [1, 1],
          [0.25, 0.25],
          [4, 0.5],
          [0.5, 4],
          [1e-6, 1],
          [1e6, 1e-6],
          [1e-6, 1e6],
          [1e6, 1e6],
        ]) {
          for (const length of [1, 2, 9]) expectTwin(randomSetup(rng, { weighted, density, p, q, length }), build);
        }
      }
    }
  },
);

test.each(builds)("P11 sums of weights up to each arc equal the twin's over $name", (build) => {
  const rng = new Rng(2);
  for (const nodes of [1, 2, 17]) {
    const { bytes, fill, cumulate } = layout(randomSetup(rng, { nodes, weighted: true }));
    expectSameBytes("walks", "cumulate", cumulate, { ...build, bytes, fill });
  }
});

test("walks follow arcs, and end at a node without any", () => {
  const rng = new Rng(3);
  for (let round = 0; round < 50; round++) {
    const setup = randomSetup(rng, { density: 0.15, weighted: round % 2 === 0, p: 0.5, q: 2 });
    const walks = expectTwin(setup);
    setup.starts.forEach((start, k) => {
      const walk = [...walks.subarray(k * setup.length, (k + 1) * setup.length)];
      expect(walk[0]).toBe(start);
      for (let s = 1; s < walk.length; s++) {
        const from = walk[s - 1];
        if (from === noNode || setup.rows[from].length === 0) expect(walk[s]).toBe(noNode);
        else expect(setup.rows[from]).toContain(walk[s]);
      }
    });
  }
});

test("a walk depends on its start and its number, not on the walks beside it", () => {
  const setup = randomSetup(new Rng(4), { weighted: true, p: 0.25, q: 4 });
  const all = expectTwin(setup);
  const backwards = expectTwin({ ...setup, starts: setup.starts.toReversed() });
  const { length } = setup;
  for (const start of setup.starts) {
    const place = (setup.starts.length - 1 - start) * length;
    expect(backwards.subarray(place, place + length)).toEqual(all.subarray(start * length, (start + 1) * length));
  }
});

// ------------------------------------------------------------------------------------------------------------- P8

/** A small graph with triangles, a square, a hub, a self-loop and an arc of one direction only. */
const rows = [[0, 1, 2, 3], [0, 2, 4], [0, 1, 3, 5], [0, 2, 4], [1, 3, 5], [2, 4, 0].sort()];
const weights = [
  [2, 1, 0.5, 3],
  [1, 4, 1],
  [0.25, 4, 2, 1],
  [3, 2, 1],
  [1, 1, 0.125],
  [5, 1, 1],
];

/** P(x | t, v) by the definition, x by place in the row of v. */
function exact(t: number, v: number, { weighted, p, q }: { weighted: boolean; p: number; q: number }): number[] {
  const shares = rows[v].map((x, k) => {
    const weight = weighted ? weights[v][k] : 1;
    return weight * (x === t ? 1 / p : rows[t].includes(x) ? 1 : 1 / q);
  });
  const sum = shares.reduce((a, b) => a + b);
  return shares.map((share) => share / sum);
}

/** Upper 1e-6 quantile of chi-square with `freedom` degrees, by Wilson and Hilferty's cube (1931); z is that of 1e-6. */
function chiSquareLimit(freedom: number, z = 4.7534): number {
  return freedom * (1 - 2 / (9 * freedom) + z * Math.sqrt(2 / (9 * freedom))) ** 3;
}

test.each([
  { p: 1, q: 1, weighted: false },
  { p: 0.25, q: 0.25, weighted: false },
  { p: 0.25, q: 4, weighted: true },
  { p: 4, q: 0.25, weighted: true },
  { p: 0.001, q: 1, weighted: true }, // mostly back, which is drawn by itself
  { p: 100, q: 0.002, weighted: true }, // few candidates are kept where all are common neighbors: drawn by sums
  { p: 0.5, q: 0.001, weighted: false },
])("P8 steps follow the exact second-order probabilities: p $p, q $q, weighted $weighted (chi-square)", (setting) => {
  const starts = Array.from({ length: 6 }, (_, i) => i);
  const length = 60_000;
  const {
    bytes,
    fill,
    walks: args,
    walksAt,
  } = layout({ rows, weights: setting.weighted ? weights : null, starts, length, ...setting });
  const memory = createMemory(bytes);
  fill(memory);
  instantiate("walks", memory).walks(...args);
  const walks = new Uint32Array(memory.buffer, walksAt, starts.length * length);
  const counts = new Map<string, number[]>();
  for (const start of starts) {
    const walk = walks.subarray(start * length, (start + 1) * length);
    for (let s = 2; s < length; s++) {
      const key = `${walk[s - 2]} ${walk[s - 1]}`;
      const own = counts.get(key) ?? rows[walk[s - 1]].map(() => 0);
      counts.set(key, own);
      own[rows[walk[s - 1]].indexOf(walk[s])]++;
    }
  }
  let chiSquare = 0;
  let freedom = 0;
  for (const [key, own] of counts) {
    const [t, v] = key.split(" ").map(Number);
    const expected = exact(t, v, setting);
    const steps = own.reduce((a, b) => a + b);
    own.forEach((count, k) => {
      // cells of fewer than five expected steps are not told by chi-square
      if (steps * expected[k] < 5) return;
      chiSquare += (count - steps * expected[k]) ** 2 / (steps * expected[k]);
      freedom++;
    });
    freedom--;
  }
  expect(counts.size).toBeGreaterThan(10);
  expect(chiSquare).toBeLessThan(chiSquareLimit(Math.max(1, freedom)));
});

test("P8 first steps follow the weights (chi-square)", () => {
  const setup = { rows, weights, starts: Array.from({ length: 40_000 }, () => 0), length: 2 };
  const counts = rows[0].map(() => 0);
  const { bytes, fill, walks: args, walksAt } = layout(setup);
  const memory = createMemory(bytes);
  fill(memory);
  const { walks } = instantiate("walks", memory);
  // one start gives one walk a number
  args[4] = 1;
  for (let number = 0; number < 40_000; number++) {
    args[5] = number;
    walks(...args);
    counts[rows[0].indexOf(new Uint32Array(memory.buffer, walksAt, 2)[1])]++;
  }
  const chiSquare = counts.reduce((sum, count, k) => {
    const expected = (40_000 * weights[0][k]) / 6.5;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  expect(chiSquare).toBeLessThan(chiSquareLimit(3));
});
