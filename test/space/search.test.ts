import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pool } from "../../dist/kernels/pool.js";
import { Rng } from "../../dist/numerics/random.js";
import { type Metric, metrics, type Neighbors, search } from "../../dist/space/search.js";
import { Vectors } from "../../dist/space/vectors.js";

function randomRows(count: number, dimensions: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: count * dimensions }, () => rng.normal());
}

/** Scores in f64, for comparison. */
function exactScore(metric: Metric, x: Float32Array, q: Float32Array): number {
  let [dot, xx, qq, distance] = [0, 0, 0, 0];
  for (let d = 0; d < x.length; d++) {
    dot += x[d] * q[d];
    xx += x[d] * x[d];
    qq += q[d] * q[d];
    distance += (x[d] - q[d]) ** 2;
  }
  if (metric === "dot") return dot;
  if (metric === "euclidean") return -distance;
  return xx === 0 || qq === 0 ? 0 : dot / Math.sqrt(xx * qq);
}

function part(values: Float32Array, dimensions: number, row: number): Float32Array {
  return values.subarray(row * dimensions, (row + 1) * dimensions);
}

/** Every row's score in f64 and the rows in their order, ties by the lower row. */
function bruteForce(metric: Metric, rows: Float32Array, query: Float32Array, allowed: (row: number) => boolean) {
  const dimensions = query.length;
  return Array.from({ length: rows.length / dimensions }, (_, row) => ({
    row,
    score: exactScore(metric, part(rows, dimensions, row), query),
  }))
    .filter(({ row }) => allowed(row))
    .sort((a, b) => b.score - a.score || a.row - b.row);
}

function answer(result: Neighbors, q: number): { row: number; score: number }[] {
  const count = result.found.length === 0 ? 0 : result.rows.length / result.found.length;
  return Array.from({ length: result.found[q] }, (_, k) => ({
    row: result.rows[q * count + k],
    score: result.scores[q * count + k],
  }));
}

const onePool = new Pool({ threads: 1 });
const twoPool = new Pool({ threads: 2 });
const fourPool = new Pool({ threads: 4 });

describe("search", () => {
  test("P5: finds what brute force in f64 finds, for every metric, width and number of queries", async () => {
    for (const metric of metrics) {
      for (const [count, dimensions, queryCount] of [
        [1, 1, 1],
        [3, 2, 2],
        [50, 3, 5],
        [257, 16, 3],
        [400, 50, 7],
        [100, 301, 4],
      ]) {
        const rows = randomRows(count, dimensions, 1);
        const queries = randomRows(queryCount, dimensions, 2);
        const result = await search(Vectors.from(dimensions, rows), queries, { metric, count: 5 });
        for (let q = 0; q < queryCount; q++) {
          const expected = bruteForce(metric, rows, part(queries, dimensions, q), () => true).slice(0, 5);
          const got = answer(result, q);
          expect(got.map(({ row }) => row)).toEqual(expected.map(({ row }) => row));
          got.forEach(({ score }, k) => {
            expect(Math.abs(score - expected[k].score)).toBeLessThan(1e-5 * (1 + Math.abs(expected[k].score)));
          });
        }
      }
    }
  });

  test("P5: equal scores are ordered by row, also where they cross the end of the result", async () => {
    const rows = Float32Array.from({ length: 300 }, (_, i) => [1, 0, 0][i % 3]);
    const result = await search(Vectors.from(3, rows), Float32Array.of(1, 1, 0), { count: 7, metric: "dot" });
    expect([...result.rows]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...result.found]).toEqual([7]);
  });
});
