import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapQuality } from "../../dist/maps/quality.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";

const golden = JSON.parse(readFileSync(new URL("../golden/projections.json", import.meta.url), "utf8"));

const spaceOf = (rows: number[][], geometry: "euclidean" | "cosine" = "euclidean") =>
  Space.from({ names: rows.map((_, i) => `n${i}`), vectors: Float32Array.from(rows.flat()), geometry });
const normals = (count: number, seed: number) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length: count }, () => rng.normal());
};
const randomSpace = (items: number, dimensions: number, geometry: "euclidean" | "cosine" = "euclidean") =>
  Space.from({
    names: Array.from({ length: items }, (_, i) => `n${i}`),
    vectors: normals(items * dimensions, 1),
    dimensions,
    geometry,
  });

describe("mapQuality", () => {
  test.each(["euclidean", "cosine"] as const)("equals what scikit-learn computes, metric %s", async (metric) => {
    const places = Float32Array.from(golden.places.flat());
    const quality = await mapQuality(spaceOf(golden.vectors), places, { metric, neighbors: golden.neighbors });
    const expected = golden.quality[metric];
    expect(quality.trustworthiness).toBeCloseTo(expected.trustworthiness, 12);
    expect(quality.continuity).toBeCloseTo(expected.continuity, 12);
    expect(quality.preservation).toBeCloseTo(expected.preservation, 12);
    expect(quality.stress).toBeCloseTo(expected.stress, 6); // distances are float32
    expect(quality.chance).toBe(golden.neighbors / 39);
    expect(quality.standardErrors).toBeNull();
  });

  test("a worked case: five items on a line, the middle one last on the map", async () => {
    const quality = await mapQuality(spaceOf([[0], [1], [2], [3], [4]]), Float32Array.of(0, 1, 9, 3, 4), {
      neighbors: 1,
    });
    // nearest in the space, lower rows first: 1 0 1 2 3; on the map: 1 0 4 4 3. Items 2 and 3 have another one there:
    // 4 is fourth from 2 (after 1, 3 and 0) and second from 3 (after 2): penalties 3 and 1. On the map 1 is third from 2
    // (after 4 and 3), and 2 last from 3: penalties 2 and 3. The scale is 2 / (5 (10 - 3 - 1)).
    expect(quality.trustworthiness).toBeCloseTo(1 - (2 / 30) * 4, 12);
    expect(quality.continuity).toBeCloseTo(1 - (2 / 30) * 5, 12);
    expect(quality.preservation).toBeCloseTo(3 / 5, 12);
  });

  test("is perfect for the space itself at any scale and shift, whatever the seed and k", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 40 }), fc.nat(100), fc.nat(20), async (items, seed, wish) => {
        const neighbors = 1 + (wish % (Math.ceil(items / 2) - 1));
        const plane = normals(2 * items, seed);
        const space = spaceOf(Array.from({ length: items }, (_, i) => [plane[2 * i], plane[2 * i + 1]]));
        const quality = await mapQuality(
          space,
          plane.map((x) => 4 * x),
          { neighbors },
        );
        expect(quality).toMatchObject({ trustworthiness: 1, continuity: 1, preservation: 1, neighbors });
        expect(quality.stress).toBeLessThan(1e-3); // sqrt of what rounding leaves
      }),
      { numRuns: 30 },
    );
  });

  test("exchanging space and map exchanges trustworthiness and continuity", async () => {
    const [a, b] = [normals(120, 1), normals(120, 2)];
    const rowsOf = (x: Float32Array) => Array.from({ length: 60 }, (_, i) => [x[2 * i], x[2 * i + 1]]);
    const one = await mapQuality(spaceOf(rowsOf(a)), b);
    const other = await mapQuality(spaceOf(rowsOf(b)), a);
    expect(other.trustworthiness).toBe(one.continuity);
    expect(other.continuity).toBe(one.trustworthiness);
    expect(other.preservation).toBe(one.preservation);
  });

  test("is the same for 1, 2 and 4 threads, and anchors are ranked among all items", async () => {
    const space = randomSpace(1200, 7, "cosine");
    const map = normals(2400, 9);
    const whole = await mapQuality(space, map, { threads: 2 });
    const some = await Promise.all([1, 2, 4].map((threads) => mapQuality(space, map, { anchors: 300, threads })));
    expect(some[1]).toEqual(some[0]);
    expect(some[2]).toEqual(some[0]);
    expect(some[0].anchors).toBe(300);
    for (const figure of ["trustworthiness", "continuity", "preservation"] as const) {
      const error = some[0].standardErrors?.[figure] ?? 0;
      expect(error).toBeGreaterThan(0);
      expect(Math.abs(some[0][figure] - whole[figure])).toBeLessThan(4 * error);
    }
    const other = await mapQuality(space, map, { anchors: 300, seed: 2 });
    expect(other.trustworthiness).not.toBe(some[0].trustworthiness);
  });

  test("items that are all equal, and zero vectors under the cosine, are ranked by their rows", async () => {
    const equal = spaceOf(Array.from({ length: 8 }, () => [1, 2]));
    const quality = await mapQuality(equal, new Float32Array(16), { neighbors: 3 });
    expect(quality).toMatchObject({ trustworthiness: 1, continuity: 1, preservation: 1, stress: null });
    const zeros = spaceOf(
      [
        [0, 0],
        [0, 0],
        [1, 0],
        [1, 0.1],
        [0, 1],
      ],
      "cosine",
    );
    // item 2 has 3 at its side, then the zero vectors and 4 at a distance of 1
    const map = Float32Array.of(5, 9, 0, 0.1, 7);
    expect((await mapQuality(zeros, map, { neighbors: 1 })).preservation).toBe(2 / 5);
  });

  test("refuses what cannot be judged, and says why", async () => {
    const space = randomSpace(10, 3);
    const map = normals(20, 1);
    await expect(mapQuality(space, map, { neighbors: 5 })).rejects.toThrow(
      "mapQuality: neighbors must be below half of the 10 items, got 5",
    );
    await expect(mapQuality(space, normals(21, 1))).rejects.toThrow("d numbers for each of 10 items, got 21");
    await expect(mapQuality(space, map.with(7, Number.NaN))).rejects.toThrow("must be finite, got NaN in row 3");
    await expect(mapQuality(randomSpace(2, 3), map)).rejects.toThrow(
      "at least three items are needed, the space has 2",
    );
    const hyperbolic = Space.from({ names: ["a", "b", "c"], vectors: normals(6, 1), geometry: "poincare" });
    await expect(mapQuality(hyperbolic, normals(6, 1))).rejects.toThrow("geometry poincare are not available");
    const long = spaceOf([[1e30], [1], [2]]);
    await expect(mapQuality(long, normals(6, 1))).rejects.toThrow(
      'that of "n0" (row 0) is of length 1.0000000150474662e+30',
    );
    await expect(mapQuality(space, map, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
  });
});
