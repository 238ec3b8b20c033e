import { expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { checkSkipGramOptions, skipGramDefaults, skipGramMethod, sliceCount } from "../../dist/pairs/skip-gram.js";
import { train } from "../../dist/pairs/train.js";
import { fullPairs, type SlicedSequences } from "../../dist/pairs/windows.js";

/** Sentences over V items in groups, which occur with their own group only. */
function plantedSentences(V: number, groups: number, sentences: number): SlicedSequences & { counts: Float64Array } {
  const rng = new Rng(5);
  const length = 10;
  const items = new Uint32Array(sentences * length);
  const counts = new Float64Array(V);
  for (let s = 0; s < sentences; s++) {
    const group = rng.below(groups);
    for (let k = 0; k < length; k++) {
      const item = group + groups * rng.below(V / groups);
      items[s * length + k] = item;
      counts[item]++;
    }
  }
  const ends = Array.from({ length: sentences }, (_, s) => (s + 1) * length);
  const slices = 3;
  const slice = (_epoch: number, number: number) => {
    const [first, end] = [number, number + 1].map((k) => Math.floor((k * sentences) / slices));
    return {
      items: items.subarray(first * length, end * length),
      ends: ends.slice(first, end).map((place) => place - first * length),
    };
  };
  return { vocabulary: V, slices, slice, counts, mostPairs: fullPairs({ items, ends }, 3) };
}

async function vectorsOf(sequences: ReturnType<typeof plantedSentences>, threads: number) {
  const options = { ...skipGramDefaults, dimensions: 10, window: 3, learningRate: 0.1, seed: 1 };
  const trained = await train(skipGramMethod("test", { sequences, counts: sequences.counts }, options), {
    ...{ epochs: 3, seed: 1, threads },
  });
  const rows: number[][] = [];
  await trained.eachRow((row, [v]) => {
    rows[row] = [...v];
  });
  const { losses } = trained;
  await trained.close();
  return { rows, losses };
}

test.each([
  { V: 60, parts: "one part" },
  { V: 4098, parts: "16 parts" },
])(
  "items that occur together come out near each other, in $parts, with the same bytes on 1 and 3 threads",
  async ({ V }) => {
    const groups = 6;
    const sequences = plantedSentences(V, groups, V < 100 ? 3000 : 6 * V);
    const { rows, losses } = await vectorsOf(sequences, 1);
    expect(losses[2]).toBeLessThan(losses[0]);
    const cosine = (a: number[], b: number[]) => {
      const dot = a.reduce((sum, x, d) => sum + x * b[d], 0);
      return dot / Math.hypot(...a) / Math.hypot(...b);
    };
    for (let item = 0; item < 60; item++) {
      const scores = rows.slice(0, 60).map((row) => cosine(row, rows[item]));
      const nearest = scores.map((_, k) => k).sort((a, b) => scores[b] - scores[a]);
      for (const near of nearest.slice(0, 9)) expect(near % groups).toBe(item % groups);
    }
    expect(await vectorsOf(sequences, 3)).toEqual({ rows, losses });
  },
);

test("the rate falls linearly, by slices, to a ten-thousandth", () => {
  const sequences = plantedSentences(60, 6, 60);
  const options = { ...skipGramDefaults, learningRate: 0.5, seed: 1 };
  const { parameters } = skipGramMethod("test", { sequences, counts: sequences.counts }, options);
  const at = (epoch: number, slice: number) => parameters({ epoch, epochs: 2, slice, slices: 5 })[0];
  expect(at(0, 0)).toBeCloseTo(0.5 * 0.95, 12);
  expect(at(1, 0)).toBeCloseTo(0.5 * 0.45, 12);
  expect(at(1, 4)).toBeCloseTo(0.5 * 0.05, 12);
  expect(parameters({ epoch: 0, epochs: 1, slice: 99_999, slices: 100_000 })[0]).toBe(0.5 * 1e-4);
});

test("negatives weigh as the counts to the power .75", () => {
  const sequences = { ...plantedSentences(60, 6, 60), counts: Float64Array.of(1, 16, 81) };
  const { negatives } = skipGramMethod(
    "test",
    { sequences, counts: sequences.counts },
    { ...skipGramDefaults, seed: 1 },
  );
  expect([...Float64Array.from(negatives?.weights ?? [])]).toEqual([1, 8, 27].map((x) => expect.closeTo(x, 10)));
});

test("a run has at least 17 slices, and none of more than 2^20 items", () => {
  expect(sliceCount(10, 1)).toBe(17);
  expect(sliceCount(10, 5)).toBe(4);
  expect(sliceCount(10, 100)).toBe(1);
  expect(sliceCount(100 * 2 ** 20 + 1, 5)).toBe(101);
});

test("options out of range are refused by name", () => {
  const bad = { dimensions: 0, window: 0.5, negatives: 64, learningRate: 0, noiseExponent: Number.NaN, epochs: 0 };
  for (const [name, value] of Object.entries(bad)) {
    expect(() => checkSkipGramOptions("test", { ...skipGramDefaults, [name]: value })).toThrow(`test: ${name} must be`);
  }
});
