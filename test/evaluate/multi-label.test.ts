import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { multiLabelScores, scoresOfSplit } from "../../dist/evaluate/multi-label.js";
import { Rng } from "../../dist/numerics/random.js";

const golden = JSON.parse(readFileSync(new URL("../golden/multi-label.json", import.meta.url), "utf8"));
const matrix = (values: readonly number[], columns: number) => ({
  rows: values.length / columns,
  columns,
  values: Float64Array.from(values),
});

test("micro- and macro-F1 of one split are those of scikit-learn's logistic regressions and f1_score", () => {
  const { x, labels, order, microF1, macroF1 } = golden;
  const half = order.length / 2;
  const split = { training: order.slice(0, half), test: order.slice(half), C: 1 };
  const scores = scoresOfSplit(matrix(x, 4), labels, split);
  expect(scores.microF1).toBeCloseTo(microF1, 12);
  expect(scores.macroF1).toBeCloseTo(macroF1, 12);
});

test("by hand: two guesses of three are right; the labels' F1 are 1, 2/3 and 0", () => {
  // one dimension tells label 0 from 1; thing 5 has label 2, which looks like label 1
  const x = matrix([-4, 4, 9, -4, 4, 4], 1);
  const labels = [[0], [1], [2], [0], [1], [2]];
  const { microF1, macroF1 } = scoresOfSplit(x, labels, { training: [0, 1, 2], test: [3, 4, 5], C: 100 });
  expect(microF1).toBeCloseTo(2 / 3, 12);
  expect(macroF1).toBeCloseTo((1 + 2 / 3 + 0) / 3, 12);
});

test("vectors that name the labels score 1, random ones about the share of the most frequent label", () => {
  const rng = new Rng(1);
  const labels = Array.from({ length: 400 }, () => (rng.uniform() < 0.6 ? [0] : [1]));
  const oracle = matrix(
    labels.flatMap(([label]) => [10 * label, 10 - 10 * label]),
    2,
  );
  expect(multiLabelScores(oracle, labels)).toEqual({ microF1: 1, macroF1: 1 });
  const random = matrix(
    Array.from({ length: 800 }, () => rng.uniform()),
    2,
  );
  expect(multiLabelScores(random, labels, { repeats: 5 }).microF1).toBeLessThan(0.7);
});

test("things without labels are neither trained on nor tested, and a label without examples in training is not predicted", () => {
  const labels = [[0], [], [1], [0], [], [1], [0], [1]];
  const x = matrix(
    labels.map((own) => (own[0] === 1 ? 5 : own[0] === 0 ? -5 : 0)),
    1,
  );
  expect(multiLabelScores(x, labels).microF1).toBe(1);
  const { microF1, macroF1 } = scoresOfSplit(x, labels, { training: [0, 3], test: [6, 7], C: 1 });
  expect(microF1).toBeCloseTo(1 / 2, 12); // label 0 is guessed for both
  expect(macroF1).toBeCloseTo((2 / 3 + 0) / 2, 12);
});

test("the same seed gives the same halves; what does not fit is refused", () => {
  const { x, labels } = golden;
  const vectors = matrix(x, 4);
  expect(multiLabelScores(vectors, labels)).toEqual(multiLabelScores(vectors, labels, { seed: 1 }));
  expect(multiLabelScores(vectors, labels)).not.toEqual(multiLabelScores(vectors, labels, { seed: 2 }));
  expect(() => multiLabelScores(vectors, labels.slice(1))).toThrow("a list of labels a row, 120, got 119");
  expect(() => multiLabelScores(vectors, labels.with(3, [0.5]))).toThrow("a label of thing 3 must be an integer");
  for (const [name, value] of Object.entries({ trainShare: 0, C: -1, repeats: 0.5, seed: -1, halves: 2 })) {
    expect(() => multiLabelScores(vectors, labels, { [name]: value })).toThrow(name);
  }
  expect(() => multiLabelScores(matrix([1, 2], 1), [[0], []])).toThrow("things to train on and to test were needed");
});
