import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NotFoundError } from "../../dist/io/errors.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";

/** N codes of D normal numbers; column "age" is 40 + 10 x_0 + noise, "adult" whether x_0 + x_1 > 0. */
function people(count: number, dimensions: number, seed = 1, noise = 1): Space {
  const rng = new Rng(seed);
  const vectors = Float32Array.from({ length: count * dimensions }, () => rng.normal());
  const at = (n: number, d: number) => vectors[n * dimensions + d];
  const rows = Array.from({ length: count }, (_, n) => n);
  return Space.from({
    names: rows.map((n) => `p${n}`),
    vectors,
    geometry: "euclidean",
    columns: {
      age: Float64Array.from(rows, (n) => 40 + 10 * at(n, 0) + noise * rng.normal()),
      adult: rows.map((n) => at(n, 0) + at(n, 1) > 0),
      coin: rows.map(() => (rng.uniform() < 0.5 ? "heads" : "tails")),
      city: rows.map((n) => ["Oslo", "Rome", "Wien"][n % 3]),
      same: rows.map(() => "x"),
    },
  });
}

const length = (v: ArrayLike<number>) => Math.sqrt(Array.from(v).reduce((sum, x) => sum + x * x, 0));
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, x, d) => sum + x * b[d], 0) / (length(a) * length(b));

describe("a direction from two groups", () => {
  const square = () =>
    Space.from({
      names: ["a", "b", "c", "d"],
      vectors: Float32Array.of(0, 0, 0, 2, 3, 0, 3, 2),
      geometry: "euclidean",
    });

  test("is the difference of their means, worked by hand", async () => {
    const { vector, metrics } = await square().direction("right", { from: ["a", "b"], to: ["c", "d"], scale: "raw" });
    expect([...vector]).toEqual([3, 0]);
    expect(metrics).toMatchObject({ method: "mean-difference", items: [2, 2], scale: "raw", deviation: 1.5 });
  });

  test("has a standard deviation of the items' projections as its unit, unless raw", async () => {
    const { vector } = await square().direction("right", { from: ["a", "b"], to: ["c", "d"] });
    expect([...vector]).toEqual([1.5, 0]); // projections 0, 0, 3, 3
  });

  test("of a cosine space is that of items scaled to length 1, as expressions count them", async () => {
    const space = Space.from({ names: ["a", "b"], vectors: Float32Array.of(10, 0, 0, 0.1) });
    const { vector } = await space.direction("turn", { from: ["a"], to: ["b"], scale: "raw" });
    expect(Array.from(vector)).toEqual([-1, 1]);
  });

  test("has no accuracy where a side has one item, which leaves none to be held out", async () => {
    const { metrics } = await square().direction("right", { from: ["a"], to: ["c"] });
    expect(metrics).not.toHaveProperty("accuracy");
  });

  test("takes part in expressions by its name, and is saved with the space", async () => {
    const space = square();
    await space.direction("right", { from: ["a", "b"], to: ["c", "d"], scale: "raw" });
    expect([...(await space.vector("a + 0.5 * right"))]).toEqual([1.5, 0]);
    const folder = join(temporaryFolder(), "square.space");
    await space.save(folder);
    const loaded = await Space.load(folder);
    expect(loaded.directions).toEqual(space.directions);
    expect(loaded.removeDirection("right")).toBe(true);
    expect(loaded.removeDirection("right")).toBe(false);
    await expect(loaded.vector("a + right")).rejects.toThrow(NotFoundError);
    await loaded.close();
  });
});

describe("a direction from a column", () => {
  test("of numbers finds the planted one, and its correlation is that of held-out items", async () => {
    const space = people(400, 8, 1, 5);
    const { vector, metrics } = await space.direction("age", { column: "age" });
    expect(cosine(vector, [1, 0, 0, 0, 0, 0, 0, 0])).toBeGreaterThan(0.99);
    expect(metrics).toMatchObject({ method: "ridge", column: "age", items: 400, folds: 5 });
    // x_0 of deviation 10 beside noise of deviation 5
    expect(metrics.correlation).toBeCloseTo(10 / Math.sqrt(125), 1);
  });

  test("of two classes finds the normal of the plane between them", async () => {
    const { vector, metrics } = await people(600, 6).direction("adult", { column: "adult" });
    expect(cosine(vector, [1, 1, 0, 0, 0, 0])).toBeGreaterThan(0.99);
    expect(metrics).toMatchObject({ method: "logistic", positive: true });
    expect(metrics.accuracy).toBeGreaterThan(0.97);
  });

  test("that says nothing is as good as a coin on held-out items, though it parts those it is made of", async () => {
    // 30 items in 40 dimensions: a plane parts any labels
    const accuracies: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const { metrics } = await people(30, 40, seed).direction("coin", { column: "coin", method: "mean-difference" });
      accuracies.push(metrics.accuracy as number);
    }
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.07); // 3 deviations of 600 tosses: .061
  });

  test("of more than two classes needs the one that it goes to", async () => {
    const space = people(60, 4);
    await expect(space.direction("city", { column: "city" })).rejects.toThrow(/has 3 classes; positive must say/);
    const { metrics } = await space.direction("rome", { column: "city", positive: "Rome" });
    expect(metrics).toMatchObject({ positive: "Rome", items: [40, 20], baseline: 40 / 60 });
  });

  test("passes over items without a value", async () => {
    const space = Space.from({
      names: ["a", "b", "c", "d"],
      vectors: Float32Array.of(0, 0, 1, 0, 9, 9, 0, 5),
      geometry: "euclidean",
      columns: { side: ["left", "right", null, null] },
    });
    const direction = await space.direction("side", { column: "side", method: "mean-difference", scale: "raw" });
    expect([...direction.vector]).toEqual([1, 0]);
  });
});

describe("of a regression a direction", () => {
  /** x = t (3, 0, 0) + u (1, 1, 0) + noise: t is told best by x_0 - x_1, and rows change by (3, 0, 0) with it. */
  const planted = (count: number) => {
    const rng = new Rng(3);
    const t = Float64Array.from({ length: count }, () => rng.normal());
    const vectors = new Float32Array(3 * count);
    for (let n = 0; n < count; n++) {
      const u = 4 * rng.normal();
      vectors.set([3 * t[n] + u + 0.1 * rng.normal(), u + 0.1 * rng.normal(), rng.normal()], 3 * n);
    }
    const space = Space.from({
      names: Array.from(t, (_, n) => `r${n}`),
      vectors,
      geometry: "euclidean",
      columns: { t, side: Array.from(t, (value) => (value > 0 ? "right" : "left")) },
    });
    return { space, t, vectors };
  };

  test("is how items change with the property, not the weights that tell it best", async () => {
    const { space } = planted(4000);
    const pattern = await space.direction("t", { column: "t" });
    expect(cosine(pattern.vector, [1, 0, 0])).toBeGreaterThan(0.995);
    expect(length(pattern.vector)).toBeCloseTo(3, 0); // t has deviation 1
    expect(pattern.metrics).toMatchObject({ method: "ridge", vector: "pattern" });
    expect(pattern.metrics.correlation).toBeGreaterThan(0.99);
    const weights = await space.direction("w", { column: "t", vector: "weights" });
    expect(cosine(weights.vector, [1, -1, 0])).toBeGreaterThan(0.995);
    expect(weights.metrics).toMatchObject({ vector: "weights", correlation: pattern.metrics.correlation });
    const side = await space.direction("side", { column: "side" });
    expect(cosine(side.vector, [1, 0, 0])).toBeGreaterThan(0.995);
  });

  test("raw is the change of items with one unit of the number, or the weights by which it is predicted", async () => {
    const { space, t, vectors } = planted(4000);
    const { vector } = await space.direction("t", { column: "t", scale: "raw" });
    expect(vector[0]).toBeCloseTo(3, 0);
    const weights = await space.direction("w", { column: "t", vector: "weights", scale: "raw" });
    for (let n = 0; n < 20; n++) {
      const row = vectors.subarray(3 * n, 3 * n + 3);
      const score = row.reduce((sum, x, d) => sum + x * weights.vector[d], 0);
      expect(Math.abs(score - t[n])).toBeLessThan(0.5); // the mean of t is about 0
    }
  });

  test("moves items by a deviation of their scores a unit: a walk of one unit raises the score by it", async () => {
    const { space, vectors } = planted(500);
    const weights = await space.direction("w", { column: "t", vector: "weights", scale: "raw" });
    const { vector } = await space.direction("t", { column: "t" });
    const scores = Array.from({ length: 500 }, (_, n) =>
      weights.vector.reduce((sum, w, d) => sum + w * vectors[3 * n + d], 0),
    );
    const mean = scores.reduce((sum, score) => sum + score, 0) / 500;
    const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 500);
    const raised = weights.vector.reduce((sum, w, d) => sum + w * vector[d], 0);
    expect(raised).toBeCloseTo(deviation, 5);
  });
});

describe("a direction from a component", () => {
  test("is the axis of the largest spread, its largest entry positive", async () => {
    const space = Space.from({
      names: ["a", "b", "c", "d"],
      vectors: Float32Array.of(-3, -3, 3, 3, -1, 1, 1, -1),
      geometry: "euclidean",
    });
    const first = await space.direction("first", { component: 1, scale: "raw" });
    for (const value of first.vector) expect(value).toBeCloseTo(Math.SQRT1_2, 6);
    expect(first.metrics.explainedVariance).toBeCloseTo(36 / 40, 12);
    const second = await space.direction("second", { component: 2 });
    expect(length(second.vector)).toBeCloseTo(1, 6); // 2 of 4 items at 2 ** .5 on either side
  });
});

describe("orthogonalTo", () => {
  test("takes off what the new direction shares with others, even where they share much themselves", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), async (seed) => {
        const space = people(50, 5, seed);
        await space.direction("age", { column: "age" });
        await space.direction("adult", { column: "adult" });
        const { vector } = await space.direction("coin", { column: "coin", orthogonalTo: ["age", "adult"] });
        for (const name of ["age", "adult"])
          expect(Math.abs(cosine(vector, space.directions.get(name)?.vector ?? []))).toBeLessThan(1e-6);
      }),
      { numRuns: 10 },
    );
  });

  test("refuses the direction that it would replace", async () => {
    const space = people(50, 3);
    const { vector } = await space.direction("age", { column: "age" });
    const again = space.direction("age", { column: "adult", orthogonalTo: ["age"] });
    await expect(again).rejects.toThrow('"age" cannot be orthogonal to the direction that it would replace');
    expect(space.directions.get("age")?.vector).toBe(vector);
  });

  test("refuses a direction of which nothing is left", async () => {
    const space = people(50, 2);
    await space.direction("age", { column: "age" });
    await space.direction("rest", { column: "adult", orthogonalTo: ["age"] });
    await expect(space.direction("none", { column: "age", orthogonalTo: ["age", "rest"] })).rejects.toThrow(
      /nothing is left of it/,
    );
  });
});

test.each<[string, Parameters<Space["direction"]>[1], RegExp]>([
  ["nothing", {}, /from and to, a column or a component was needed/],
  ["one side", { from: ["p0"] }, /from and to/],
  ["an empty side", { from: [], to: ["p1"] }, /from must name one item or more/],
  ["an item on both sides", { from: ["p0", "p1"], to: ["p1"] }, /"p1" stands on both sides/],
  ["an unknown item", { from: ["p0"], to: ["zz"] }, /"?zz"? is not in the space/],
  ["an unknown column", { column: "agee" }, /no column "agee"; the space has "age"/],
  ["a constant column", { column: "same" }, /two values or more, got only "x"/],
  ["an unknown class", { column: "city", positive: "Bonn" }, /no item has "Bonn"/],
  ["ridge for classes", { column: "adult", method: "ridge" }, /must be mean-difference or logistic/],
  ["logistic for numbers", { column: "age", method: "logistic" }, /must be ridge for a column of numbers/],
  ["weights of a mean difference", { from: ["p0"], to: ["p1"], vector: "weights" }, /vector is of regressions/],
  ["an unknown vector", { column: "age", vector: "normal" } as object, /vector must be/],
  ["column and groups", { column: "age", from: ["p0"] }, /column and from exclude each other/],
  ["a component too many", { component: 5 }, /component must be an integer from 1 to 4/],
  ["an unknown direction", { column: "age", orthogonalTo: ["smile"] }, /no direction "smile"; there are none/],
  ["an unknown option", { column: "age", positve: 1 } as object, /there is no option positve/],
])("direction refuses %s by name", async (_, options, message) => {
  const space = people(30, 4);
  await expect(space.direction("x", options)).rejects.toThrow(message);
  expect(space.directions.size).toBe(0);
});
