import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fuzzyGraph } from "../../dist/maps/fuzzy-graph.js";
import { neighborGraph } from "../../dist/maps/neighbor-graph.js";
import { type UmapOptions, umap } from "../../dist/maps/umap.js";
import { fitCurve } from "../../dist/maps/umap-curve.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";

interface Golden {
  curves: { minDist: number; spread: number; a: number; b: number }[];
  graphs: { neighbors: number; points: number[][]; entries: [number, number, number][] }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("../golden/umap.json", import.meta.url), "utf8"));

function spaceOf(rows: readonly (readonly number[])[], geometry: "cosine" | "euclidean" = "euclidean") {
  return Space.from(
    {
      names: rows.map((_, i) => `item${i}`),
      vectors: Float32Array.from(rows.flat()),
      dimensions: rows[0].length,
      kind: "items",
      geometry,
    },
    { onWarning: () => {} },
  );
}

/** `clusters` clouds of `each` points, far from each other; points of a cloud stand together. */
function clouds(clusters: number, each: number, seed: number, width = 6): number[][] {
  const rng = new Rng(seed);
  const centers = Array.from({ length: clusters }, () => Array.from({ length: width }, () => 6 * rng.normal()));
  return centers.flatMap((center) => Array.from({ length: each }, () => center.map((x) => x + rng.normal())));
}

const quick: UmapOptions = { epochs: 30, onWarning: () => {} };

describe("fitCurve", () => {
  test("finds the reference's parameters, which end its search a little earlier", () => {
    for (const { minDist, spread, a, b } of golden.curves) {
      const found = fitCurve(minDist, spread);
      expect(Math.abs(found.a / a - 1)).toBeLessThan(1e-5);
      expect(Math.abs(found.b / b - 1)).toBeLessThan(1e-5);
    }
  });

  test("no a and b nearby are better", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (share, spread) => {
          const minDist = share * spread;
          const loss = (a: number, b: number) => {
            let sum = 0;
            for (let k = 0; k < 300; k++) {
              const x = (3 * spread * k) / 299;
              const wanted = x < minDist ? 1 : Math.exp(-(x - minDist) / spread);
              sum += (wanted - 1 / (1 + a * x ** (2 * b))) ** 2;
            }
            return sum;
          };
          const { a, b } = fitCurve(minDist, spread);
          const least = loss(a, b);
          for (const step of [-1e-3, 1e-3]) {
            expect(loss(a * (1 + step), b)).toBeGreaterThan(least);
            expect(loss(a, b * (1 + step))).toBeGreaterThan(least);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("fuzzyGraph", () => {
  test("has the weights of umap-learn, also with points that coincide", async () => {
    for (const { neighbors, points, entries } of golden.graphs) {
      const near = await neighborGraph(spaceOf(points), { neighbors: neighbors - 1 });
      const { rows, numArcs } = await fuzzyGraph(near);
      expect(numArcs).toBe(2 * entries.length);
      const { offsets, indices, values } = rows;
      for (const [i, j, weight] of entries) {
        const e = indices.subarray(offsets[i], offsets[i + 1]).indexOf(j) + offsets[i];
        expect(e).toBeGreaterThanOrEqual(offsets[i]);
        expect(Math.abs((values as Float64Array)[e] - weight)).toBeLessThan(2e-5);
      }
    }
  });

  test("by hand: two neighbors each, whose memberships sum to log2 3", async () => {
    // on a line at 0, 1, 3: from 0 the distances are 1 and 3, so exp(-2 / sigma) = log2 3 - 1
    const near = await neighborGraph(spaceOf([[0], [1], [3]]), { neighbors: 2 });
    const { values } = (await fuzzyGraph(near)).rows;
    const far = Math.log2(3) - 1;
    const union = (x: number, y: number) => x + y - x * y;
    const expected = [union(1, 1), union(far, far), union(1, 1), union(far, 1), union(far, far), union(far, 1)];
    expect(values).toHaveLength(6);
    expected.forEach((weight, e) => {
      expect(Math.abs((values as Float64Array)[e] - weight)).toBeLessThan(2e-5);
    });
  });
});

describe("umap", () => {
  test("D1: the same bytes come from 1, 2 and 4 threads, and others from another seed", async () => {
    const space = spaceOf(clouds(8, 160, 1));
    const [one, ...others] = await Promise.all([1, 2, 4].map((threads) => umap(space, { ...quick, threads })));
    for (const { coordinates } of others) expect(coordinates).toEqual(one.coordinates);
    expect((await umap(space, { ...quick, seed: 2 })).coordinates).not.toEqual(one.coordinates);
  });

  test("clouds far from each other stay apart on the map", async () => {
    const rows = clouds(5, 40, 2);
    for (const dimensions of [1, 2, 3]) {
      const { coordinates } = await umap(spaceOf(rows), { dimensions, neighbors: 10, epochs: 200 });
      const found = await neighborGraph(
        spaceOf(rows.map((_, i) => [...coordinates.subarray(i * dimensions, (i + 1) * dimensions)])),
        { neighbors: 5 },
      );
      let same = 0;
      found.rows.forEach((row, e) => {
        if (Math.floor(row / 40) === Math.floor(Math.floor(e / 5) / 40)) same++;
      });
      expect(same / found.rows.length).toBeGreaterThan(dimensions === 1 ? 0.9 : 0.99);
    }
  });

  test("a circle stays a circle: neighbors on the map are neighbors on it", async () => {
    const count = 120;
    const angle = (i: number) => (2 * Math.PI * i) / count;
    const rows = Array.from({ length: count }, (_, i) => [Math.cos(angle(i)), Math.sin(angle(i)), 0]);
    const { coordinates, metrics } = await umap(spaceOf(rows), { neighbors: 7, seed: 3 });
    expect(metrics.components).toBe(1);
    const map = spaceOf(rows.map((_, i) => [...coordinates.subarray(2 * i, 2 * i + 2)]));
    const found = await neighborGraph(map, { neighbors: 2 });
    const apart = Array.from(found.rows, (row, e) => {
      const steps = Math.abs(row - Math.floor(e / 2));
      return Math.min(steps, count - steps);
    });
    expect(apart.filter((steps) => steps > 5)).toHaveLength(0);
  });

  test("what was used is said, and layouts come from the first to the last", async () => {
    const seen: { epoch: number; first: number }[] = [];
    const stages = new Set<string>();
    const map = await umap(spaceOf(clouds(1, 60, 3), "cosine"), {
      ...quick,
      seed: 7,
      onLayout: (coordinates, epoch) => seen.push({ epoch, first: coordinates[0] }),
      onProgress: ({ stage }) => stages.add(stage),
    });
    expect(map).toMatchObject({ method: "umap", dimensions: 2, seed: 7 });
    expect(map.settings).toEqual({
      ...{ dimensions: 2, neighbors: 15, minDist: 0.1, spread: 1, epochs: 30, negatives: 5, repulsion: 1 },
      ...{ learningRate: 1, metric: "cosine", exactNeighbors: true, start: "spectral" },
    });
    expect(seen[0].epoch).toBe(0);
    expect(seen.at(-1)).toEqual({ epoch: 30, first: map.coordinates[0] });
    expect([...stages]).toEqual(["neighbors", "spectrum", "layout"]);
  });

  test("it starts from principal components, or from an earlier map, whose look it keeps", async () => {
    const space = spaceOf(clouds(4, 30, 9));
    const first = await umap(space, { start: "pca", seed: 3 });
    expect(first.settings.start).toBe("pca");
    const again = await umap(space, { start: first.coordinates, epochs: 50, learningRate: 0.1, seed: 4 });
    expect(again.settings.start).toBe("given");
    let [moved, extent] = [0, 0];
    for (let k = 0; k < 240; k++) {
      moved = Math.max(moved, Math.abs(again.coordinates[k] - first.coordinates[k]));
      extent = Math.max(extent, Math.abs(first.coordinates[k] - first.coordinates[k % 2]));
    }
    expect(moved).toBeLessThan(extent / 4);
    const none = await umap(space, { start: first.coordinates, epochs: 0 });
    expect(none.coordinates).toEqual(first.coordinates);
    const short = { start: new Float32Array(5) };
    await expect(umap(space, short)).rejects.toThrow(
      "umap: start must hold 120 x 2 finite numbers, a row an item, got 5",
    );
  });

  test("two items, few items and equal items have maps, of finite numbers", async () => {
    const warnings: string[] = [];
    for (const rows of [
      [[0], [1]],
      [[0], [1], [5]],
      [[0], [0]],
      Array.from({ length: 30 }, () => [1, 2]),
      [...clouds(1, 20, 1, 2), ...clouds(1, 2, 2, 2).map((row) => row.map((x) => x + 1e6))],
    ]) {
      for (const dimensions of [1, 2, 5]) {
        const onWarning = (message: string) => warnings.push(message);
        const { coordinates } = await umap(spaceOf(rows), { dimensions, neighbors: 2, epochs: 20, onWarning });
        expect(coordinates).toHaveLength(rows.length * dimensions);
        expect(coordinates.every(Number.isFinite)).toBe(true);
      }
    }
    expect(new Set(warnings)).toEqual(
      new Set([2, 30].map((items) => `umap: all ${items} vectors are equal; what the map shows is chance`)),
    );
  });

  test("groups of neighbors that nothing joins stand apart, small ones that are drawn and large ones with eigenvectors", async () => {
    for (const [count, each] of [
      [4, 25],
      [3, 70],
      [60, 6],
    ]) {
      const rows = Array.from({ length: count }, (_, c) => c).flatMap((c) =>
        clouds(1, each, c + 1, 3).map(([x, y, z]) => [x + 1000 * c, y, z]),
      );
      const { coordinates, metrics } = await umap(spaceOf(rows), { neighbors: 6, seed: 5, epochs: 200 });
      expect(metrics.components).toBeGreaterThanOrEqual(count);
      const map = spaceOf(rows.map((_, i) => [...coordinates.subarray(2 * i, 2 * i + 2)]));
      const found = await neighborGraph(map, { neighbors: 4 });
      const groupOf = (row: number) => Math.floor(row / each);
      const strangers = found.rows.filter((row, e) => groupOf(row) !== groupOf(Math.floor(e / 4)));
      expect(strangers.length / found.rows.length).toBeLessThan(0.02);
    }
  });

  test("a new vector goes where it belongs, and to the same place alone, in a batch and on any number of threads", async () => {
    const rows = clouds(4, 50, 6);
    for (const metric of ["euclidean", "cosine"] as const) {
      const maps = await Promise.all([1, 3].map((threads) => umap(spaceOf(rows), { metric, neighbors: 10, threads })));
      const { coordinates, transform } = maps[0];
      const place = transform as NonNullable<typeof transform>;
      const rng = new Rng(8);
      const fresh = Array.from({ length: 300 }, (_, q) => rows[(q * 7) % 200].map((x) => x + 0.3 * rng.normal()));
      const together = await place(fresh);
      expect(together).toHaveLength(600);
      expect(await maps[1].transform?.(fresh)).toEqual(together);
      for (const q of [0, 17, 299]) expect(await place([fresh[q]])).toEqual(together.slice(2 * q, 2 * q + 2));
      const backwards = await place(fresh.toReversed());
      for (let q = 0; q < 300; q++) {
        expect(backwards.subarray(2 * (299 - q), 2 * (299 - q) + 2)).toEqual(together.subarray(2 * q, 2 * q + 2));
      }
      // in the middle of its cloud rather than of another
      const middle = (c: number, d: number) => {
        let sum = 0;
        for (let i = 50 * c; i < 50 * (c + 1); i++) sum += coordinates[2 * i + d];
        return sum / 50;
      };
      let right = 0;
      for (let q = 0; q < 300; q++) {
        const far = [0, 1, 2, 3].map((c) =>
          [0, 1].reduce((sum, d) => sum + (together[2 * q + d] - middle(c, d)) ** 2, 0),
        );
        if (far.indexOf(Math.min(...far)) === Math.floor(((q * 7) % 200) / 50)) right++;
      }
      expect(right / 300).toBeGreaterThan(0.97);
    }
  });

  test("items that were added after the map was made draw no new vectors", async () => {
    const space = spaceOf(clouds(2, 20, 4));
    const { transform } = await umap(space, quick);
    const fresh = clouds(1, 3, 5);
    const before = await transform?.(fresh);
    await space.add(fresh.map((vector, k) => ({ name: `new${k}`, vector })));
    expect(await transform?.(fresh)).toEqual(before);
    expect(await transform?.([])).toHaveLength(0);
    await expect(transform?.([[1, 2]])).rejects.toThrow("umap.transform: vector 0 must have 6 numbers, got 2");
    await expect(transform?.([fresh[0], [1, 2, 3, 4, 5, Number.NaN]])).rejects.toThrow(
      "umap.transform: vectors must be finite, vector 1 holds NaN",
    );
  });

  test("what cannot be done is named", async () => {
    const space = spaceOf(clouds(1, 6, 1));
    const near = await neighborGraph(space, { neighbors: 3 });
    for (const [given, options, message] of [
      [spaceOf([[1]]), {}, "umap: at least two items are needed, the space has 1"],
      [space, { neighbors: 7 }, "umap: the space has 6 items, neighbors (the item itself counted) is 7; ask for fewer"],
      [space, { neighbors: 1 }, "umap: neighbors must be an integer >= 2, got 1"],
      [space, { minDist: 2 }, "umap: minDist must be a finite number >= 0 and <= 1, got 2"],
      [space, { dimensions: 0 }, "umap: dimensions must be an integer from 1 to 256, got 0"],
      [space, { min_dist: 0.1 } as UmapOptions, "umap: there is no option min_dist"],
      [space, { neighborGraph: near, neighbors: 4 }, "umap: neighbors and metric are the neighborGraph's own"],
      [spaceOf([[1], [2]]), { neighborGraph: near }, "umap: the neighborGraph has 6 items, the space 2"],
      [space, { signal: AbortSignal.abort(new Error("enough")) }, "enough"],
    ] as [Space, UmapOptions, string][]) {
      await expect(umap(given, options)).rejects.toThrow(message);
    }
  });

  test("a signal ends it in the middle of the layout", async () => {
    const stop = new AbortController();
    const onLayout = (_: unknown, epoch: number) => epoch > 0 && stop.abort(new Error("seen enough"));
    const running = umap(spaceOf(clouds(4, 100, 1)), { epochs: 1e6, signal: stop.signal, onLayout });
    await expect(running).rejects.toThrow("seen enough");
  });
});
