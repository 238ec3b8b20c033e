import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { condensedTree } from "../../../dist/maps/clusters/condensed-tree.js";
import { DisjointSets } from "../../../dist/maps/clusters/disjoint-sets.js";
import { type HdbscanOptions, hdbscan } from "../../../dist/maps/clusters/hdbscan.js";
import { kruskalTrees, primTree } from "../../../dist/maps/clusters/spanning-tree.js";
import { neighborGraph } from "../../../dist/maps/neighbor-graph.js";
import { Rng } from "../../../dist/numerics/random.js";
import { inRows, plantedRows, randomRows, spaceOf } from "../rows.js";

interface Golden {
  metric: "cosine" | "euclidean";
  minClusterSize: number;
  minSamples: number;
  unique: boolean;
  labels: number[];
  probabilities: number[];
}

const golden = JSON.parse(readFileSync(new URL("../../golden/clusters.json", import.meta.url), "utf8"));
const rows = inRows(golden.rows, 3);

/** Items whose cluster is not the one that most items of their expected cluster have; noise is expected to be noise. */
function disagreements(labels: ArrayLike<number>, expected: ArrayLike<number>): number {
  let others = 0;
  for (const cluster of new Set(Array.from(expected))) {
    const counts = new Map<number, number>();
    for (let i = 0; i < expected.length; i++) {
      if (expected[i] === cluster) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
    }
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    others += all - (cluster < 0 ? (counts.get(-1) ?? 0) : Math.max(0, ...counts.values()));
  }
  return others;
}

/** Whether two divisions are one but for the numbers of the clusters. */
function expectSameDivision(labels: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect([disagreements(labels, expected), disagreements(expected, labels)]).toEqual([0, 0]);
}

describe("hdbscan", () => {
  test.each(golden.hdbscan as Golden[])(
    "clusters and probabilities are scikit-learn's: $metric, at least $minClusterSize items, $minSamples samples",
    async ({ unique, labels, probabilities, ...options }) => {
      const found = await hdbscan(spaceOf(rows, options.metric), options);
      expect(found).toMatchObject({
        exact: true,
        minClusterSize: options.minClusterSize,
        minSamples: options.minSamples,
      });
      if (unique) {
        expectSameDivision(found.labels, labels);
        for (const [i, one] of found.probabilities.entries()) expect(one).toBeCloseTo(probabilities[i], 9);
      } else expect(disagreements(found.labels, labels)).toBeLessThan(3); // there the order of the rows decides
    },
  );

  test("the order of the items changes nothing, though core distances make many weights equal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 2, max: 9 }), fc.boolean(), async (seed, size, onGrid) => {
        const points = randomRows(40, 2, seed).map((row) => (onGrid ? row.map((x) => Math.round(2 * x)) : row));
        const order = Uint32Array.from(points.keys());
        const rng = new Rng(seed, 1);
        for (let i = 39; i > 0; i--) {
          const k = rng.below(i + 1);
          [order[i], order[k]] = [order[k], order[i]];
        }
        const shuffled = Array.from(order, (row) => points[row]);
        const [one, other] = await Promise.all(
          [points, shuffled].map((all) => hdbscan(spaceOf(all, "euclidean"), { minClusterSize: size })),
        );
        expectSameDivision(
          other.labels,
          Int32Array.from(order, (row) => one.labels[row]),
        );
        expect(other.probabilities).toEqual(Float64Array.from(order, (row) => one.probabilities[row]));
      }),
      { numRuns: 40 },
    );
  });

  test("by the tree of near neighbors it finds the same where clusters lie apart", async () => {
    const planted = plantedRows(300, 6, 5, 0.1, 3);
    for (const metric of ["cosine", "euclidean"] as const) {
      const space = spaceOf(planted, metric);
      const [exact, near] = await Promise.all([true, false].map((exact) => hdbscan(space, { exact, minSamples: 5 })));
      expect(near.exact).toBe(false);
      expect(exact.sizes.length).toBe(5);
      expectSameDivision(near.labels, [...exact.labels]);
      for (let i = 0; i < 300; i++) {
        const [one, other] = [exact.labels[i], exact.labels[i % 5]];
        if (one >= 0 && other >= 0) expect(one).toBe(other);
      }
    }
  });

  test("the same bytes come from 1, 2 and 4 threads, for both trees", async () => {
    const space = spaceOf(plantedRows(250, 9, 4, 0.6, 1), "cosine");
    for (const exact of [true, false]) {
      const [one, ...others] = await Promise.all([1, 2, 4].map((threads) => hdbscan(space, { threads, exact })));
      for (const other of others) {
        expect(other.labels).toEqual(one.labels);
        expect(other.probabilities).toEqual(one.probabilities);
      }
    }
  });

  test("equal points are all noise, since all together are never a cluster; two heaps of equals are two clusters", async () => {
    const heap = (count: number, x: number) => Array.from({ length: count }, () => [x, 1]);
    expect(await hdbscan(spaceOf(heap(12, 1), "euclidean"))).toMatchObject({ sizes: [], noise: 12 });
    const two = await hdbscan(spaceOf([...heap(7, 1), ...heap(6, 9)], "euclidean"));
    expect(two).toMatchObject({ sizes: [7, 6], noise: 0 });
    expect(two.probabilities.every((one) => one === 1)).toBe(true);
  });

  test("fewer items than a cluster needs are noise, one cannot be compared", async () => {
    expect(await hdbscan(spaceOf([[0], [1]], "euclidean"))).toMatchObject({ sizes: [], noise: 2, minSamples: 2 });
    await expect(hdbscan(spaceOf([[0]], "euclidean"))).rejects.toThrow("at least two items are needed");
  });

  test("what cannot be done is named", async () => {
    const space = spaceOf(randomRows(30, 2, 1), "euclidean");
    const refused = (options: object) => hdbscan(space, options as HdbscanOptions).then(() => "", String);
    expect(await refused({ minClusterSize: 1 })).toContain("hdbscan: minClusterSize must be an integer >= 2, got 1");
    expect(await refused({ minSamples: 31 })).toContain(
      "hdbscan: minSamples must be at most 30, the items of the space, got 31",
    );
    expect(await refused({ neighbors: 3 })).toContain("hdbscan: there is no option neighbors");
    expect(await refused({ exact: "yes" })).toContain("hdbscan: exact must be true or false");
    expect(await refused({ memoryLimit: 1000 })).toContain(
      "primTree: 30 items of 2 numbers take 1832 bytes, 1000 are allowed (memoryLimit)",
    );
    expect(await refused({ memoryLimit: 1000, exact: false })).toContain(
      "kruskalTrees: 450 neighbors take 10200 bytes",
    );
    (await space.vectors()).set(2, [Number.NaN, 0]);
    expect(await refused({})).toContain('that of "item2" (row 2) is not finite');
  });

  test("a signal stops it, and progress says how far it is", async () => {
    const space = spaceOf(randomRows(300, 8, 2), "cosine");
    const seen: string[] = [];
    await hdbscan(space, { onProgress: ({ stage, done }) => seen.push(`${stage} ${done}`) });
    expect(seen).toContain("neighbors 300");
    expect(seen.at(-1)).toBe("spanning tree 300");
    await expect(hdbscan(space, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("spanning trees", () => {
  test("that of a graph of all pairs is that of all pairs", async () => {
    const shape = fc.record({
      seed: fc.nat(1e6),
      count: fc.integer({ min: 2, max: 25 }),
      samples: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, fc.boolean(), async ({ seed, count, samples: wanted }, onGrid) => {
        const samples = Math.min(wanted, count);
        const points = randomRows(count, 2, seed).map((row) => (onGrid ? row.map(Math.round) : row));
        const space = spaceOf(points, "euclidean");
        const graph = await neighborGraph(space, { neighbors: count - 1 });
        const exact = await primTree(await space.vectors(), graph, { samples });
        const near = await kruskalTrees(graph, { samples });
        const weightOf = ({ weights }: { weights: Float64Array }) => weights.toSorted();
        expect(near.weights.length).toBe(count - 1);
        weightOf(near).forEach((weight, k) => {
          expect(Math.abs(weight - weightOf(exact)[k])).toBeLessThan(1e-6 * (1 + weight));
        });
      }),
      { numRuns: 40 },
    );
  });

  test("parts that no neighbor joins are trees of their own", async () => {
    const graph = await neighborGraph(spaceOf([[0], [1], [10], [12]], "euclidean"), { neighbors: 1 });
    const tree = await kruskalTrees(graph, { samples: 1 });
    expect([[...tree.lower], [...tree.higher], [...tree.weights]]).toEqual([
      [0, 2],
      [1, 3],
      [1, 2],
    ]);
  });
});

describe("condensedTree", () => {
  test("worked by hand: two pairs at distance 1 and 2, joined at 4, and a loner at 8", () => {
    const tree = {
      lower: Uint32Array.of(0, 2, 1, 3),
      higher: Uint32Array.of(1, 3, 2, 4),
      weights: Float64Array.of(1, 2, 4, 8),
    };
    const { parents, stabilities, ends, clusters, densities } = condensedTree(tree, 5, 2);
    expect(parents).toEqual([-1, 0, 0]);
    // of the first: the loner leaves at 1/8, the four others at 1/4
    expect(stabilities).toEqual([1 / 8 + 1, 2 * (1 - 1 / 4), 2 * (1 / 2 - 1 / 4)]);
    expect(ends).toEqual([1 / 4, 1, 1 / 2]);
    expect([...clusters]).toEqual([1, 1, 2, 2, 0]);
    expect([...densities]).toEqual([1, 1, 1 / 2, 1 / 2, 1 / 8]);
  });

  test("edges of equal weight join all their parts at once", () => {
    const tree = {
      lower: Uint32Array.of(0, 2, 4, 1, 3, 5),
      higher: Uint32Array.of(1, 3, 5, 2, 4, 6),
      weights: Float64Array.of(1, 1, 1, 2, 2, 2),
    };
    const { parents, stabilities, clusters } = condensedTree(tree, 7, 2);
    expect(parents).toEqual([-1, 0, 0, 0]);
    expect(stabilities).toEqual([7 / 2, 1, 1, 1]);
    expect(new Set(clusters).size).toBe(4);
    expect(clusters[6]).toBe(0);
  });

  test("parts that no edge joins are joined at density 0", () => {
    const tree = { lower: Uint32Array.of(0, 2), higher: Uint32Array.of(1, 3), weights: Float64Array.of(1, 2) };
    const { parents, stabilities } = condensedTree(tree, 4, 2);
    expect(parents).toEqual([-1, 0, 0]);
    expect(stabilities).toEqual([0, 2, 1]);
  });
});

test("disjoint sets are the connected components of their joins", () => {
  const joins = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 14 });
  fc.assert(
    fc.property(joins, (pairs) => {
      const sets = new DisjointSets(12);
      const part = Array.from({ length: 12 }, (_, i) => i);
      for (const [i, j] of pairs) {
        const [one, other] = [part[i], part[j]];
        expect(sets.join(i, j)).toBe(one !== other);
        for (let k = 0; k < 12; k++) if (part[k] === other) part[k] = one;
      }
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < i; j++) expect(sets.find(i) === sets.find(j)).toBe(part[i] === part[j]);
      }
    }),
  );
});
