import fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { hyperbolicDistance } from "../../dist/space/hyperbolic-distance.js";
import { Space } from "../../dist/space/space.js";
import { pointSets } from "./hnsw/points.js";

/** Ball -> hyperboloid: (1 + |p|^2, 2p) / (1 - |p|^2). */
function toLorentz(p: ArrayLike<number>): number[] {
  const squares = Array.from(p).reduce((sum, x) => sum + x * x, 0);
  return [1 + squares, ...Array.from(p, (x) => 2 * x)].map((x) => x / (1 - squares));
}

test("distances: worked by hand, and the same in the ball and on the hyperboloid", () => {
  expect(hyperbolicDistance("poincare", [0, 0], [0.5, 0])).toBeCloseTo(Math.log(3), 14); // ln((1 + r) / (1 - r))
  expect(hyperbolicDistance("poincare", [0.3, 0.1], [0.3, 0.1])).toBe(0);
  for (const [a, b] of [
    [0.5, 2],
    [1, 1 + 1e-7],
    [-3, 4],
  ]) {
    const on = (x: number) => [Math.cosh(x), Math.sinh(x)];
    const distance = hyperbolicDistance("lorentz", on(a), on(b));
    expect(Math.abs(distance - Math.abs(a - b)) / Math.abs(a - b)).toBeLessThan(1e-7);
  }
  const inBall = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -0.5, max: 0.5, noNaN: true })));
  fc.assert(
    fc.property(inBall, inBall, (x, y) => {
      const distance = hyperbolicDistance("poincare", x, y);
      expect(hyperbolicDistance("lorentz", toLorentz(x), toLorentz(y))).toBeCloseTo(distance, 6);
      expect(hyperbolicDistance("poincare", y, x)).toBe(distance);
      const t =
        (2 * x.reduce((sum, v, d) => sum + (v - y[d]) ** 2, 0)) /
        [x, y].reduce((p, v) => p * (1 - v.reduce((s, u) => s + u * u, 0)), 1);
      expect(distance).toBeCloseTo(Math.acosh(1 + t), 6);
    }),
  );
});

test("near gives the items at the least distance, exactly and by an index, in either model the same", async () => {
  const [items, dimensions] = [400, 4];
  const rows = pointSets.random(items, dimensions, new Rng(1));
  for (let r = 0; r < items; r++) {
    const row = rows.subarray(r * dimensions, (r + 1) * dimensions);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    row.set(row.map((x) => (0.9 * x) / (1 + length)));
  }
  const point = (r: number) => rows.subarray(r * dimensions, (r + 1) * dimensions);
  const names = Array.from({ length: items }, (_, r) => `n${r}`);
  const ball = Space.from({ names, vectors: rows, geometry: "poincare" });
  const sheet = Space.from({
    names,
    vectors: Float32Array.from(names.flatMap((_, r) => toLorentz(point(r)))),
    geometry: "lorentz",
  });
  await ball.buildIndex({ threads: 1 });
  await sheet.buildIndex({ threads: 1 });
  const brute = names
    .map((name, r) => ({ name, distance: hyperbolicDistance("poincare", point(7), point(r)) }))
    .filter(({ name }) => name !== "n7")
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 12);
  for (const space of [ball, sheet]) {
    for (const exact of [true, false]) {
      const found = await space.near("n7", { count: 12, exact });
      expect(found.map(({ name }) => name)).toEqual(brute.map(({ name }) => name));
      found.forEach(({ score }, k) => {
        expect(score).toBeCloseTo(brute[k].distance, 3); // f32 points
      });
    }
    const odd = (_name: string, row: number) => row % 2 === 1;
    const filtered = await space.near("n7", { count: 3, among: odd });
    expect(filtered.every(({ row }) => row % 2 === 1)).toBe(true);
    expect((await space.estimateRecall({ queries: 50, ef: 100 })).recall).toBeGreaterThan(0.98);
  }
  expect((await ball.near(point(3), { count: 1 }))[0].name).toBe("n3");
});

test("sums of items and vectors off the space are refused with the reason", async () => {
  const ball = Space.from({ names: ["a", "b"], vectors: Float32Array.of(0, 0.5, 0.2, 0), geometry: "poincare" });
  await expect(ball.near("a + b")).rejects.toThrow("in geometry poincare sums of items have no meaning");
  await expect(ball.near([1, 0])).rejects.toThrow("a point within the unit ball, got one of length 1");
  await expect(ball.near("c")).rejects.toThrow("c is not in the space");
  expect((await ball.near("a"))[0].name).toBe("b");
  const sheet = Space.from({ names: ["a"], vectors: Float32Array.of(1, 0), geometry: "lorentz" });
  await expect(sheet.near([1, 1])).rejects.toThrow("a point of the hyperboloid");
});
