import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Progress } from "../../dist/io/progress.js";
import { affinitiesOf } from "../../dist/maps/affinities.js";
import { neighborGraph } from "../../dist/maps/neighbor-graph.js";
import { mapQuality } from "../../dist/maps/quality.js";
import { type TsneOptions, tsne } from "../../dist/maps/tsne.js";
import { layOutTsne } from "../../dist/maps/tsne-layout.js";
import { Rng } from "../../dist/numerics/random.js";
import type { Geometry } from "../../dist/space/manifest.js";
import { Space } from "../../dist/space/space.js";

const golden = JSON.parse(readFileSync(new URL("../golden/projections.json", import.meta.url), "utf8"));

const spaceOf = (vectors: Float32Array, dimensions: number, geometry: Geometry = "euclidean") =>
  Space.from({
    names: Array.from({ length: vectors.length / dimensions }, (_, i) => `n${i}`),
    ...{ vectors, dimensions, geometry },
  });
/** Clusters round the corners of a simplex, items in turn. */
const clusters = (items: number, count: number, dimensions: number) => {
  const rng = new Rng(4);
  return Float32Array.from({ length: items * dimensions }, (_, at) => {
    const [i, d] = [Math.floor(at / dimensions), at % dimensions];
    return rng.normal() + (d === i % count ? 12 : 0);
  });
};
const descent = {
  ...{ iterations: 0, exaggeration: 1, exaggerationIterations: 0, learningRate: () => 1, momentum: 0, theta: 0.1 },
  ...{ threads: 1, signal: undefined, onProgress: undefined, onLayout: undefined },
};
const goldenSpace = spaceOf(Float32Array.from(golden.vectors.flat()), 6);
const goldenAffinities = async () => {
  const near = await neighborGraph(goldenSpace, { neighbors: 3 * golden.tsne.perplexity });
  return affinitiesOf(near, golden.tsne.perplexity, {});
};

describe("against others", () => {
  test("affinities equal openTSNE's", async () => {
    const { memory, offsetsAt, indicesAt, valuesAt, numPairs, total } = await goldenAffinities();
    const N = golden.vectors.length;
    const offsets = memory.u32(offsetsAt, N + 1);
    const [indices, values] = [memory.u32(indicesAt, offsets[N]), memory.f32(valuesAt, offsets[N])];
    const dense = Array.from({ length: N }, () => Array<number>(N).fill(0));
    for (let i = 0; i < N; i++) for (let e = offsets[i]; e < offsets[i + 1]; e++) dense[i][indices[e]] += values[e];
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        expect(dense[i][j]).toBeCloseTo(golden.tsne.affinities[i][j], 7);
        expect(dense[i][j]).toBe(dense[j][i]);
      }
    }
    expect(numPairs).toBe(golden.tsne.affinities.flat().filter((p: number) => p > 0).length);
    expect(total).toBeCloseTo(1, 6);
    memory.close();
  });

  test("divergence and gradient at given places equal scikit-learn's on openTSNE's affinities", async () => {
    const affinities = await goldenAffinities();
    const places = Float32Array.from(golden.places.flat());
    const { divergence } = await layOutTsne(affinities, places, descent);
    expect(divergence).toBeCloseTo(golden.tsne.loss, 4);
    const one = await layOutTsne(affinities, places, { ...descent, iterations: 1 });
    // the first step is -1.2 g, since gains of 1 are raised where nothing moved before; the mean is taken off
    const mean = [0, 1].map(
      (axis) => golden.places.reduce((sum: number, place: number[]) => sum + place[axis], 0) / 40,
    );
    golden.tsne.gradient.forEach((gradient: number[], i: number) => {
      for (let axis = 0; axis < 2; axis++) {
        const step = one.coordinates[2 * i + axis] - (golden.places[i][axis] - mean[axis]);
        expect(step).toBeCloseTo(-1.2 * gradient[axis], 4);
      }
    });
    affinities.memory.close();
  });
});

describe("tsne", () => {
  test("keeps planted clusters apart, and reports what is left", async () => {
    const space = spaceOf(clusters(150, 3, 8), 8);
    const layouts: number[] = [];
    const reports: Progress[] = [];
    const map = await tsne(space, {
      iterations: 300,
      perplexity: 15,
      onLayout: (coordinates, iteration) => {
        expect(coordinates.length).toBe(300);
        layouts.push(iteration);
      },
      onProgress: (progress) => reports.push(progress),
    });
    const near = await neighborGraph(spaceOf(map.coordinates, 2), { neighbors: 10 });
    near.rows.forEach((row, at) => {
      expect(row % 3).toBe(Math.floor(at / 10) % 3);
    });
    expect((await mapQuality(space, map.coordinates)).trustworthiness).toBeGreaterThan(0.9);
    expect(map.settings).toMatchObject({
      perplexity: 15,
      iterations: 300,
      exaggerationIterations: 100,
      metric: "euclidean",
    });
    expect(map.metrics.divergence).toBeGreaterThan(0);
    expect(map.metrics.divergence).toBeLessThan(1);
    expect([layouts[0], layouts.at(-1)]).toEqual([0, 300]);
    const last = reports.at(-1);
    expect(last).toMatchObject({ stage: "layout", epoch: 300, epochs: 300, done: 300 * 150, secondsLeft: 0 });
    expect(reports.find(({ stage, epoch }) => stage === "layout" && epoch === 1)?.loss).toBeGreaterThan(
      last?.loss ?? 9,
    );
  });

  test.each<[string, Geometry]>([
    ["euclidean", "euclidean"],
    ["cosine", "cosine"],
  ])("gives the same bytes with 1, 2 and 4 threads, and others with another seed: %s", async (_, geometry) => {
    const space = spaceOf(clusters(1100, 5, 6), 6, geometry);
    const run = (options: TsneOptions) => tsne(space, { iterations: 25, perplexity: 10, ...options });
    const [one, two, four] = await Promise.all([1, 2, 4].map((threads) => run({ threads })));
    expect(two.coordinates).toEqual(one.coordinates);
    expect(four.coordinates).toEqual(one.coordinates);
    expect(four.metrics).toEqual(one.metrics);
    expect((await run({ seed: 2 })).coordinates).not.toEqual(one.coordinates);
  });

  test("lengths are of no account under the cosine", async () => {
    const vectors = clusters(60, 3, 5);
    const longer = vectors.map((value, at) => value * 2 ** (Math.floor(at / 5) % 3));
    const [one, other] = await Promise.all(
      [vectors, longer].map((rows) => tsne(spaceOf(rows, 5, "cosine"), { iterations: 30 })),
    );
    expect(other.coordinates).toEqual(one.coordinates);
  });

  test("more steps leave less divergence, and a descent is at rest in the end", async () => {
    const space = spaceOf(clusters(90, 3, 5), 5);
    const left = [];
    for (const iterations of [60, 200, 600]) {
      left.push(
        Number((await tsne(space, { iterations, perplexity: 10, exaggerationIterations: 50 })).metrics.divergence),
      );
    }
    expect(left[1]).toBeLessThan(left[0]);
    expect(left[2]).toBeLessThan(left[1] + 0.01);
  });

  test("equal vectors, zero vectors under the cosine and one dimension give finite maps, with a warning", async () => {
    const warnings: string[] = [];
    const options: TsneOptions = { iterations: 40, onWarning: (message) => warnings.push(message) };
    const equal = await tsne(spaceOf(new Float32Array(40).fill(2), 2), options);
    expect(equal.coordinates.every(Number.isFinite)).toBe(true);
    expect(warnings).toEqual(["tsne: all 20 vectors are equal; what the map shows is chance"]);
    const zeros = clusters(20, 2, 3);
    zeros.fill(0, 0, 9);
    const some = await tsne(spaceOf(zeros, 3, "cosine"), options);
    expect(some.coordinates.every(Number.isFinite)).toBe(true);
    expect(warnings[1]).toContain("3 vectors are 0");
    const line = await tsne(
      spaceOf(
        Float32Array.from({ length: 20 }, (_, i) => i),
        1,
      ),
      options,
    );
    expect(line.coordinates.every(Number.isFinite)).toBe(true);
  });

  test("takes an approximate neighbor graph, and says that it was one", async () => {
    const space = spaceOf(clusters(300, 4, 6), 6);
    const near = await neighborGraph(space, { neighbors: 30, exact: false });
    const map = await tsne(space, { perplexity: 10, iterations: 150, neighborGraph: near });
    expect(map.settings.exactNeighbors).toBe(false);
    expect((await mapQuality(space, map.coordinates)).trustworthiness).toBeGreaterThan(0.85);
  });

  test("takes four items", async () => {
    const map = await tsne(spaceOf(Float32Array.of(0, 0, 1, 0, 0, 1, 9, 9), 2), { iterations: 20 });
    expect(map.coordinates.every(Number.isFinite)).toBe(true);
    expect(map.settings.perplexity).toBe(1);
  });

  test("refuses what it cannot place, and says why", async () => {
    const space = spaceOf(clusters(20, 2, 3), 3);
    await expect(tsne(space, { perplexity: 7 })).rejects.toThrow(
      "tsne: perplexity must be at most (N - 1) / 3, which is 6.33 for 20 items, got 7",
    );
    await expect(tsne(spaceOf(clusters(3, 2, 3), 3))).rejects.toThrow(
      "at least four items are needed, the space has 3",
    );
    await expect(tsne(spaceOf(clusters(1, 2, 3), 3))).rejects.toThrow("the space has 1; pca takes two");
    await expect(tsne(space, { dimensions: 3 })).rejects.toThrow(
      "dimensions must be 2, got 3; pca and umap take others",
    );
    await expect(tsne(space, { perplexity: Number.NaN })).rejects.toThrow("perplexity must be a finite number");
    await expect(tsne(spaceOf(clusters(20, 2, 3), 3, "poincare"))).rejects.toThrow("poincare");
    const near = await neighborGraph(space, { neighbors: 5 });
    await expect(tsne(space, { perplexity: 5, neighborGraph: near })).rejects.toThrow(
      "a neighborGraph of 20 items with 15 neighbors was needed, got 20 with 5",
    );
    const broken = spaceOf(clusters(20, 2, 3), 3);
    (await broken.vectors()).set(4, [1, Number.NaN, 0]);
    await expect(tsne(broken)).rejects.toThrow('"n4" (row 4) is not finite');
  });

  test("stops when it is told to", async () => {
    const stop = new AbortController();
    const running = tsne(spaceOf(clusters(200, 2, 3), 3), {
      iterations: 1e6,
      signal: stop.signal,
      onLayout: () => stop.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
  });
});
