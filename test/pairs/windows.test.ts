import { expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { fullPairs, type Sequences, windowPairs } from "../../dist/pairs/windows.js";

function sequencesOf(lists: readonly (readonly number[])[]): Sequences {
  const ends: number[] = [];
  for (const list of lists) ends.push((ends.at(-1) ?? 0) + list.length);
  return { items: Uint32Array.from(lists.flat()), ends };
}

/** All pairs of a slice, [neighbor, middle] each, in order. */
async function pairsOf(
  sequences: Sequences,
  window: number,
  { seed = 1, epoch = 0 } = {},
): Promise<[number, number][]> {
  const mostPairs = fullPairs(sequences, window);
  const source = await windowPairs(
    { vocabulary: 1000, slices: 1, mostPairs, slice: () => sequences },
    { window, seed },
  ).slice(epoch, 0);
  const pairs: [number, number][] = [];
  for await (const { length, i, j, weight } of source.batches()) {
    for (let k = 0; k < length; k++) {
      pairs.push([i[k], j[k]]);
      if (weight[k] !== 1) throw new Error("weights are 1");
    }
  }
  expect(pairs.length).toBe(source.pairs);
  expect(pairs.length).toBeLessThanOrEqual(mostPairs);
  return pairs;
}

test("a window of 1 gives each item its two neighbors, within its own sequence", async () => {
  const sequences = sequencesOf([[1, 2, 3], [], [4], [5, 5]]);
  expect(await pairsOf(sequences, 1)).toEqual([
    [2, 1],
    [1, 2],
    [3, 2],
    [2, 3],
    [5, 5],
    [5, 5],
  ]);
});

test("the width of each window is uniform in 1 .. window: a distance d is met in (window - d + 1) / window of the cases", async () => {
  const window = 5;
  const length = 40_000;
  // items tell their place modulo 1000, so that distances can be told
  const pairs = await pairsOf(sequencesOf([Array.from({ length }, (_, k) => k % 1000)]), window);
  const met = new Float64Array(window + 1);
  for (const [neighbor, middle] of pairs) {
    const distance = ((neighbor - middle + 1500) % 1000) - 500;
    met[Math.abs(distance)]++;
  }
  for (let d = 1; d <= window; d++) {
    const expected = (window - d + 1) / window;
    // five standard deviations of the share of `length` windows
    expect(Math.abs(met[d] / (2 * length) - expected)).toBeLessThan(5 * Math.sqrt(0.25 / length));
  }
});

test("a window reaches equally far to both sides, and takes in all that lies between", async () => {
  const window = 7;
  const pairs = await pairsOf(sequencesOf([Array.from({ length: 900 }, (_, k) => k)]), window);
  const reached = new Map<number, number[]>();
  for (const [neighbor, middle] of pairs) reached.set(middle, [...(reached.get(middle) ?? []), neighbor - middle]);
  for (let middle = window; middle < 900 - window; middle++) {
    const own = reached.get(middle) ?? [];
    const b = own.length / 2;
    expect(own).toEqual([...Array.from({ length: b }, (_, k) => k - b), ...Array.from({ length: b }, (_, k) => k + 1)]);
  }
});

test("many batches hold the same pairs as one, and the widths follow from seed and pass", async () => {
  const rng = new Rng(1);
  const lists = Array.from({ length: 3000 }, () => Array.from({ length: rng.below(40) }, () => rng.below(1000)));
  const sequences = sequencesOf(lists);
  const pairs = await pairsOf(sequences, 6);
  expect(pairs.length).toBeGreaterThan(3 * 65_536); // so that there were several
  expect(await pairsOf(sequences, 6)).toEqual(pairs);
  expect(await pairsOf(sequences, 6, { seed: 2 })).not.toEqual(pairs);
  expect(await pairsOf(sequences, 6, { epoch: 1 })).not.toEqual(pairs);
});
