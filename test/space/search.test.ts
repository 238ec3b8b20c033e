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

  test("P5: on small integers the answer is brute force's to the bit, restricted, excluded and over shards", async () => {
    const row = (dimensions: number) =>
      fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dimensions, maxLength: dimensions });
    const cases = fc.integer({ min: 1, max: 7 }).chain((dimensions) =>
      fc.record({
        dimensions: fc.constant(dimensions),
        rows: fc.array(row(dimensions), { minLength: 1, maxLength: 60 }),
        queries: fc.array(row(dimensions), { minLength: 1, maxLength: 5 }),
        metric: fc.constantFrom<Metric>("dot", "euclidean"),
        count: fc.integer({ min: 1, max: 70 }),
        mostRowsPerShard: fc.integer({ min: 1, max: 20 }),
        forbidden: fc.array(fc.nat(59), { maxLength: 8 }),
        modulus: fc.integer({ min: 1, max: 4 }),
        asList: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        cases,
        async ({ dimensions, rows, queries, metric, count, mostRowsPerShard, forbidden, modulus, asList }) => {
          const flat = Float32Array.from(rows.flat());
          const vectors = Vectors.create(dimensions, { mostRowsPerShard });
          vectors.append(flat);
          const test = (r: number) => r % modulus === 0;
          const allowed = asList ? rows.map((_, r) => rows.length - 1 - r).filter(test) : test;
          const exclude = queries.map((_, q) => (q % 2 === 0 ? forbidden.filter((r) => r < rows.length) : []));
          const result = await search(vectors, Float32Array.from(queries.flat()), {
            metric,
            count,
            allowed,
            exclude,
            pool: onePool,
          });
          queries.forEach((query, q) => {
            const may = (r: number) => test(r) && !exclude[q].includes(r);
            const expected = bruteForce(metric, flat, Float32Array.from(query), may).slice(0, count);
            expect(answer(result, q).map(({ row, score }) => [row, score + 0])).toEqual(
              expected.map(({ row, score }) => [row, score + 0]),
            );
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test("D1: one, two or four threads, one query or many, one memory or several, give the same bytes", async () => {
    const [count, dimensions, queryCount] = [6000, 50, 23];
    const rows = randomRows(count, dimensions, 3);
    const queries = randomRows(queryCount, dimensions, 4);
    const whole = Vectors.from(dimensions, rows);
    const shards = Vectors.create(dimensions, { mostRowsPerShard: 1234 });
    shards.append(rows);
    for (const metric of metrics) {
      const expected = await search(whole, queries, { metric, pool: onePool });
      for (const pool of [twoPool, fourPool]) expect(await search(whole, queries, { metric, pool })).toEqual(expected);
      expect(await search(shards, queries, { metric, pool: twoPool })).toEqual(expected);
      for (let q = 0; q < queryCount; q++) {
        const alone = await search(whole, part(queries, dimensions, q), { metric, pool: twoPool });
        expect(answer(alone, 0)).toEqual(answer(expected, q));
      }
      const all = (row: number) => row >= 0;
      expect(await search(whole, queries, { metric, pool: fourPool, allowed: all })).toEqual(expected);
    }
  });

  test("D1: with relaxed SIMD scores differ by rounding alone", async () => {
    const pool = new Pool({ threads: 2, fast: true });
    expect(pool.fast).toBe(true);
    const rows = randomRows(3000, 50, 11);
    const vectors = Vectors.from(50, rows);
    const queries = rows.subarray(0, 50 * 30);
    for (const metric of metrics) {
      const exact = await search(vectors, queries, { metric, pool: twoPool, count: 3000 });
      const fast = await search(vectors, queries, { metric, pool, count: 3000 });
      const scale = Math.max(...exact.scores.map(Math.abs));
      let worst = 0;
      for (let q = 0; q < 30; q++) {
        const scores = new Map(answer(exact, q).map(({ row, score }) => [row, score]));
        for (const { row, score } of answer(fast, q)) worst = Math.max(worst, Math.abs(score - (scores.get(row) ?? 0)));
      }
      expect(worst).toBeLessThan(1e-6 * scale);
    }
    pool.close();
  });

  test("more queries than pass over the rows together are answered as well", async () => {
    const rows = randomRows(50, 4096, 5);
    const result = await search(Vectors.from(4096, rows), rows, { count: 1 });
    expect([...result.rows]).toEqual(Array.from({ length: 50 }, (_, row) => row));
  });

  test("P5: a restriction still gives as many as asked for where they exist", async () => {
    const rows = randomRows(500, 8, 6);
    const vectors = Vectors.from(8, rows);
    const query = part(rows, 8, 0);
    const allowed = [499, 3, 77, 3, 250];
    const result = await search(vectors, query, { count: 4, allowed });
    const expected = bruteForce("cosine", rows, query, (row) => allowed.includes(row));
    expect([...result.rows]).toEqual(expected.map(({ row }) => row));
    expect([...(await search(vectors, query, { count: 6, allowed })).found]).toEqual([4]);
    const none = await search(vectors, query, { count: 2, allowed: () => false });
    expect(none).toEqual({
      rows: Uint32Array.of(2 ** 32 - 1, 2 ** 32 - 1),
      scores: Float32Array.of(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY),
      found: Uint32Array.of(0),
    });
  });

  test("no rows and no queries are no error", async () => {
    expect([...(await search(Vectors.create(3), Float32Array.of(1, 2, 3))).found]).toEqual([0]);
    expect((await search(Vectors.from(3, Float32Array.of(1, 2, 3)), new Float32Array(0))).rows.length).toBe(0);
  });

  test("all rows can be asked for", async () => {
    const rows = randomRows(3000, 5, 7);
    const query = part(rows, 5, 9);
    const result = await search(Vectors.from(5, rows), query, { count: 3000, metric: "euclidean", pool: twoPool });
    expect(new Set(result.rows).size).toBe(3000);
    for (let k = 1; k < 3000; k++) expect(result.scores[k]).toBeLessThanOrEqual(result.scores[k - 1]);
  });

  test("P6: the cosine is within [-1, 1], does not depend on lengths, and is 0 for a zero vector", async () => {
    const base = randomRows(200, 7, 8);
    const scaled = base.map((x, i) => x * [1e-30, 1, 1e30][Math.floor(i / 7) % 3]);
    scaled.fill(0, 0, 7);
    const vectors = Vectors.from(7, scaled);
    const query = part(base, 7, 5);
    const { rows, scores } = await search(vectors, query, { count: 200 });
    rows.forEach((row, k) => {
      const expected = row === 0 ? 0 : exactScore("cosine", part(base, 7, row), query);
      expect(Math.abs(scores[k])).toBeLessThanOrEqual(1);
      expect(scores[k]).toBeCloseTo(expected, 5);
    });
    for (const factor of [1e-35, 1e35]) {
      const other = await search(
        vectors,
        query.map((x) => x * factor),
        { count: 200 },
      );
      expect(other.rows.slice(0, 20)).toEqual(rows.slice(0, 20));
    }
    expect([...(await search(vectors, new Float32Array(7), { count: 2 })).scores]).toEqual([0, 0]);
  });

  test("the Euclidean distance of near duplicates is exact, not a difference of large squares", async () => {
    const rows = Float32Array.of(10000, 10000, 10000, 10000.001953125, 10000, 9999.9990234375);
    const { rows: found, scores } = await search(Vectors.from(2, rows), Float32Array.of(10000, 10000), {
      count: 3,
      metric: "euclidean",
    });
    expect([...found]).toEqual([0, 2, 1]);
    expect([...scores]).toEqual([-0, -(2 ** -20), -(2 ** -18)]);
  });

  test("rows that hold NaN are never found", async () => {
    const rows = Float32Array.of(1, 0, Number.NaN, 1, 0, 1);
    for (const metric of metrics) {
      const { rows: found } = await search(Vectors.from(2, rows), Float32Array.of(1, 1), { count: 2, metric });
      expect([...found].sort()).toEqual([0, 2]);
    }
  });

  test("searches at the same time over the same vectors do not disturb each other", async () => {
    const rows = randomRows(3000, 40, 9);
    const vectors = Vectors.from(40, rows);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, q) =>
        search(vectors, part(rows, 40, q), { count: 1 + q, pool: q % 2 ? twoPool : onePool }),
      ),
    );
    answers.forEach(({ rows }, q) => {
      expect(rows[0]).toBe(q);
    });
  });

  test("rows that were added or changed are found by the next search", async () => {
    const vectors = Vectors.from(2, Float32Array.of(1, 0, 0, 1));
    const query = Float32Array.of(1, 1);
    expect((await search(vectors, query, { count: 1 })).scores[0]).toBeCloseTo(Math.SQRT1_2, 6);
    vectors.append(Float32Array.of(5, 5));
    expect([...(await search(vectors, query, { count: 1 })).rows]).toEqual([2]);
    vectors.set(2, [0, 0]);
    vectors.set(1, [-3, 3.5]);
    const { rows, scores } = await search(vectors, query, { count: 3 });
    expect([...rows]).toEqual([0, 1, 2]);
    expect(scores[1]).toBeCloseTo(0.5 / Math.sqrt(2 * (9 + 12.25)), 6);
  });

  test("while a search runs rows cannot be added, and an aborted search leaves the vectors usable", async () => {
    const rows = randomRows(40000, 64, 10);
    const vectors = Vectors.from(64, rows);
    const queries = rows.subarray(0, 64 * 64);
    const controller = new AbortController();
    const running = search(vectors, queries, { pool: twoPool, signal: controller.signal });
    await Promise.resolve();
    expect(() => vectors.append(new Float32Array(64))).toThrow("Vectors.append: a search or a load is running");
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await expect(search(vectors, queries, { signal: controller.signal })).rejects.toThrow("enough");
    expect((await search(vectors, part(rows, 64, 7), { count: 1 })).rows[0]).toBe(7);
  });

  test("bad queries and options are refused with what was needed and what came", async () => {
    const vectors = Vectors.from(2, Float32Array.of(1, 0, 0, 1));
    const query = Float32Array.of(1, 1);
    const refused = (message: string, options: object, queries = query) =>
      expect(search(vectors, queries, options)).rejects.toThrow(message);
    await refused("queries must be finite numbers, got NaN as number 1 of query 0", {}, Float32Array.of(1, Number.NaN));
    await refused("got Infinity as number 0 of query 1", {}, Float32Array.of(1, 1, Number.POSITIVE_INFINITY, 1));
    await refused("queries of 2 numbers each are needed, got 3 numbers", {}, new Float32Array(3));
    await refused("count must be an integer", { count: 0 });
    await refused("metric must be one of cosine, dot, euclidean", { metric: "manhattan" });
    await refused("a row of allowed must be an integer from 0 to 1, got 2", { allowed: [2] });
    await refused("exclude must hold a list for each of 1 queries, got 2 lists", { exclude: [[], []] });
    await refused("a row of exclude must be an integer from 0 to 1, got -1", { exclude: [[-1]] });
    await refused("at most 268435456 results are given at once", { count: 2 ** 30 });
    await refused("there is no option k", { k: 3 });
  });
});
