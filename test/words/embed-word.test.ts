import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { embedWord, type GloveTables } from "../../dist/words/embed-word.js";

/** Tables of random rows. */
function randomTables(words: number, dimensions: number, seed: number): GloveTables {
  const rng = new Rng(seed);
  const normal = (length: number) => Float32Array.from({ length }, () => rng.normal());
  return {
    dimensions,
    word: normal(words * dimensions),
    context: normal(words * dimensions),
    wordBias: normal(words),
    contextBias: normal(words),
  };
}

const dot = (a: ArrayLike<number>, b: Float32Array, at: number) => {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[at + d];
  return sum;
};

describe("embedWord", () => {
  test("recovers a word that explains its counts exactly", () => {
    const [words, dimensions] = [60, 5];
    const tables = randomTables(words, dimensions, 7);
    const rng = new Rng(8);
    const w = Array.from({ length: dimensions }, () => rng.normal() / 2);
    const bias = 0.3;
    // Symmetric tables, so that w also explains the counts as a context row.
    tables.word = tables.context;
    tables.wordBias = tables.contextBias;
    const counts = new Map<number, number>();
    for (let j = 0; j < words; j++)
      counts.set(j, Math.exp(dot(w, tables.context, j * dimensions) + bias + tables.contextBias[j]));
    const vector = embedWord(tables, counts, { xMax: 10, alpha: 0.75, ridge: 1e-9 });
    vector.forEach((value, d) => {
      expect(value).toBeCloseTo(2 * w[d], 4); // w + c
    });
  });

  test("one dimension, two counts: the normal equations worked by hand", () => {
    const tables: GloveTables = {
      dimensions: 1,
      word: Float32Array.of(1, 2),
      context: Float32Array.of(1, -1),
      wordBias: Float32Array.of(0, 0),
      contextBias: Float32Array.of(0, 0),
    };
    const ridge = 0.5;
    // Both counts e, with weight 1 each above xMax: targets are 1.
    //   word:    rows (1, 1), (-1, 1): A^T A = 2 I, A^T y = (0, 2)             -> w = 0
    //   context: rows (1, 1), (2, 1):  A^T A = [[5, 3], [3, 2]], A^T y = (3, 2) -> (5.5 * 2.5 - 9) c = 3 * 2.5 - 3 * 2
    const vector = embedWord(
      tables,
      new Map([
        [0, Math.E],
        [1, Math.E],
      ]),
      { xMax: 1, alpha: 0.75, ridge },
    );
    expect(vector[0]).toBeCloseTo(0 + 1.5 / 4.75, 6);
  });

  test("the order of the counts does not matter", () => {
    const tables = randomTables(30, 4, 1);
    const counts = Array.from({ length: 30 }, (_, j): [number, number] => [j, 1 + (j % 7)]);
    const options = { xMax: 10, alpha: 0.75 };
    expect(embedWord(tables, new Map(counts), options)).toEqual(embedWord(tables, new Map(counts.reverse()), options));
  });

  test("refuses nothing to go by, unknown rows, and counts that are none", () => {
    const tables = randomTables(3, 2, 1);
    const options = { xMax: 10, alpha: 0.75 };
    expect(() => embedWord(tables, new Map(), options)).toThrow("got none");
    expect(() => embedWord(tables, new Map([[3, 1]]), options)).toThrow("rows must be integers from 0 to 2, got 3");
    for (const count of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => embedWord(tables, new Map([[0, count]]), options)).toThrow("must be a positive number");
    }
  });
});
