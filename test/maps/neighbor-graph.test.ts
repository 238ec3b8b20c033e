import { describe, expect, test } from "vitest";
import { type NeighborMetric, neighborGraph } from "../../dist/maps/neighbor-graph.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";

function spaceOf(rows: readonly (readonly number[])[], geometry: "cosine" | "euclidean" | "dot" | "lorentz") {
  return Space.from(
    {
      names: rows.map((_, i) => `item${i}`),
      vectors: Float32Array.from(rows.flat()),
      dimensions: rows[0]?.length ?? 1,
      kind: "items",
      geometry,
    },
    { onWarning: () => {} },
  );
}

function randomRows(count: number, dimensions: number, seed: number): number[][] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => Array.from({ length: dimensions }, () => Math.fround(rng.normal())));
}

function distance(metric: NeighborMetric, x: readonly number[], y: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, d) => sum + value * b[d], 0);
  if (metric === "euclidean") return Math.sqrt(x.reduce((sum, value, d) => sum + (value - y[d]) ** 2, 0));
  const lengths = Math.sqrt(dot(x, x) * dot(y, y));
  return lengths === 0 ? 1 : 1 - dot(x, y) / lengths;
}

/** All others by (distance, row). */
function bruteForce(rows: readonly (readonly number[])[], metric: NeighborMetric, i: number) {
  return rows
    .map((row, j) => ({ j, distance: distance(metric, rows[i], row) }))
    .filter(({ j }) => j !== i)
    .sort((a, b) => a.distance - b.distance || a.j - b.j);
}

describe("neighborGraph", () => {
  test.each<NeighborMetric>(["cosine", "euclidean"])("finds what brute force finds, by %s", async (metric) => {
    for (const [count, width, neighbors] of [
      [2, 1, 1],
      [5, 3, 4],
      [70, 7, 5],
      [150, 33, 20],
    ]) {
      const rows = randomRows(count, width, count);
      const found = await neighborGraph(spaceOf(rows, metric), { neighbors });
      expect(found).toMatchObject({ numItems: count, neighbors, metric, exact: true });
      for (let i = 0; i < count; i++) {
        const expected = bruteForce(rows, metric, i).slice(0, neighbors);
        if (width > 1 || metric === "euclidean") {
          const own = found.rows.subarray(i * neighbors, (i + 1) * neighbors);
          expect([...own]).toEqual(expected.map(({ j }) => j));
        }
        expected.forEach((one, k) => {
          expect(Math.abs(found.distances[i * neighbors + k] - one.distance)).toBeLessThan(1e-6);
        });
      }
    }
  });

  test("the same bytes come from 1, 2 and 4 threads", async () => {
    const space = spaceOf(randomRows(900, 24, 3), "cosine");
    const [one, ...others] = await Promise.all([1, 2, 4].map((threads) => neighborGraph(space, { threads })));
    for (const other of others) {
      expect(other.rows).toEqual(one.rows);
      expect(other.distances).toEqual(one.distances);
    }
  });

  test("among equal distances the lower row comes first, and near duplicates come in their true order", async () => {
    const equal = await neighborGraph(
      spaceOf(
        Array.from({ length: 40 }, () => [1, 2]),
        "cosine",
      ),
      { neighbors: 3 },
    );
    expect([...equal.rows.subarray(0, 9)]).toEqual([1, 2, 3, 0, 2, 3, 0, 1, 3]);
    expect(Math.max(...equal.distances)).toBe(0);
    // cosines that all round to 1 in float32
    const near = await neighborGraph(
      spaceOf(
        [0, 4e-5, 1e-5, 3e-5, 2e-5].map((x) => [1, x]),
        "cosine",
      ),
      { neighbors: 4 },
    );
    expect([...near.rows.subarray(0, 4)]).toEqual([2, 4, 3, 1]);
  });

  test("where rounding to 16 bits might hide neighbors, items are compared again", async () => {
    // more copies of a row than a list holds, in two lengths, and rows whose cosines differ by less than rounding
    const rows = randomRows(300, 5, 9);
    for (let i = 0; i < 40; i++) rows[7 * i] = rows[0].map((x) => x * (i % 2 === 0 ? 1 : 2));
    for (let i = 0; i < 25; i++)
      rows[11 * i + 4] = rows[1].map((x, d) => Math.fround(x + (d === i % 5 ? 4e-4 * i : 0)));
    const neighbors = 4;
    const found = await neighborGraph(spaceOf(rows, "cosine"), { neighbors });
    for (let i = 0; i < rows.length; i++) {
      const expected = bruteForce(rows, "cosine", i).slice(0, neighbors);
      expected.forEach((one, k) => {
        expect(Math.abs(found.distances[i * neighbors + k] - one.distance)).toBeLessThan(2e-7);
      });
    }
  });

  test("by descent nearly all neighbors are found, the same with 1, 2 and 4 threads", async () => {
    const rng = new Rng(5);
    const centers = randomRows(30, 16, 6);
    const rows = Array.from({ length: 1600 }, (_, i) => centers[i % 30].map((x) => Math.fround(2 * x + rng.normal())));
    for (const metric of ["cosine", "euclidean"] as const) {
      const space = spaceOf(rows, metric);
      const exact = await neighborGraph(space, { neighbors: 10 });
      const [one, ...others] = await Promise.all(
        [1, 2, 4].map((threads) => neighborGraph(space, { neighbors: 10, exact: false, threads })),
      );
      expect(one.exact).toBe(false);
      for (const other of others) expect(other.rows).toEqual(one.rows);
      let hits = 0;
      for (let i = 0; i < rows.length; i++) {
        const own = new Set(one.rows.subarray(10 * i, 10 * i + 10));
        for (const row of exact.rows.subarray(10 * i, 10 * i + 10)) if (own.has(row)) hits++;
      }
      expect(hits / exact.rows.length).toBeGreaterThan(0.97);
    }
  });

  test("by descent small spaces, equal vectors and zero vectors have all the neighbors that they are asked for", async () => {
    for (const rows of [randomRows(2, 3, 1), randomRows(40, 3, 2), Array.from({ length: 300 }, (_, i) => [i % 2, 0])]) {
      for (const metric of ["cosine", "euclidean"] as const) {
        const neighbors = Math.min(20, rows.length - 1);
        const found = await neighborGraph(spaceOf(rows, metric), {
          neighbors,
          metric,
          exact: false,
          onWarning: () => {},
        });
        for (let i = 0; i < rows.length; i++) {
          const own = [...found.rows.subarray(i * neighbors, (i + 1) * neighbors)];
          expect(new Set(own).size).toBe(neighbors);
          expect(own.every((row) => row >= 0 && row < rows.length && row !== i)).toBe(true);
        }
        expect(found.distances.every(Number.isFinite)).toBe(true);
      }
    }
  });

  test("the graph joins two items where one is a neighbor of the other", async () => {
    const found = await neighborGraph(spaceOf([[0], [1], [3], [7]], "euclidean"), { neighbors: 1 });
    expect([...found.rows]).toEqual([1, 0, 1, 2]);
    const graph = await found.graph();
    expect(graph.directed).toBe(false);
    expect([...graph.rows.offsets]).toEqual([0, 1, 3, 5, 6]);
    expect([...graph.rows.indices]).toEqual([1, 0, 2, 1, 3, 2]);
    expect(graph.weighted).toBe(false);
  });

  test("a small space has all others as neighbors by default, a space of dot products those by cosine", async () => {
    const found = await neighborGraph(spaceOf(randomRows(4, 2, 1), "dot"));
    expect(found).toMatchObject({ neighbors: 3, metric: "cosine" });
  });

  test("zero vectors under cosine are at distance 1 from everything, with a warning", async () => {
    const warnings: string[] = [];
    const found = await neighborGraph(
      spaceOf(
        [
          [0, 0],
          [1, 0],
          [0, 0],
        ],
        "cosine",
      ),
      { onWarning: (message) => warnings.push(message) },
    );
    expect([...found.distances]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(warnings).toEqual([
      "neighborGraph: 2 vectors are 0 and have no direction; the cosine distance to everything counts as 1",
    ]);
  });

  test("what cannot be done is named", async () => {
    const space = spaceOf(randomRows(4, 2, 1), "cosine");
    await expect(neighborGraph(spaceOf([[1]], "cosine"))).rejects.toThrow(
      "neighborGraph: at least two items are needed, the space has 1",
    );
    await expect(neighborGraph(space, { neighbors: 4 })).rejects.toThrow(
      "neighborGraph: each of 4 items has 3 others, neighbors is 4; ask for fewer",
    );
    await expect(neighborGraph(space, { neighbors: 0 })).rejects.toThrow("neighbors must be an integer >= 1, got 0");
    await expect(neighborGraph(space, { metric: "dot" as NeighborMetric })).rejects.toThrow(
      "metric must be one of cosine, euclidean",
    );
    await expect(neighborGraph(spaceOf(randomRows(4, 2, 1), "lorentz"))).rejects.toThrow(
      "neighborGraph: distances of geometry lorentz are not available; metric takes cosine, euclidean",
    );
    await expect(neighborGraph(spaceOf([[1], [1e19]], "euclidean"))).rejects.toThrow(
      'neighborGraph: vectors must be finite and shorter than 1000000000000000000, that of "item1" (row 1) is of length',
    );
    (await space.vectors()).set(2, [Number.NaN, 0]);
    await expect(neighborGraph(space)).rejects.toThrow('that of "item2" (row 2) is not finite');
  });

  test("a signal stops it, and progress says how far it is", async () => {
    const space = spaceOf(randomRows(300, 8, 2), "cosine");
    const seen: number[] = [];
    await neighborGraph(space, { onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBe(300);
    await expect(neighborGraph(space, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});
