import fc from "fast-check";
import { expect, test } from "vitest";
import { Space } from "../../dist/space/space.js";

const codes = () =>
  Space.from({
    names: ["me", "you", "up"],
    vectors: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 1, 0, 1, 0, 0),
    geometry: "euclidean",
    directions: {
      age: { vector: Float32Array.of(1, 0, 0, 2), metrics: {} },
      up: { vector: Float32Array.of(5, 0, 0, 0), metrics: {} },
    },
  });

test("a walk adds each coefficient of the direction to the start", async () => {
  const { coefficients, vectors } = await codes().walk("me", { along: "age", from: -1, to: 1, steps: 3 });
  expect(coefficients).toEqual([-1, 0, 1]);
  expect(vectors.map((v) => [...v])).toEqual([
    [0, 2, 3, 2],
    [1, 2, 3, 4],
    [2, 2, 3, 6],
  ]);
});

test("the talk's calls have the talk's labels, none of them a negative zero", async () => {
  const labels = async (from: number, to: number) =>
    (await codes().walk("me", { along: "age", from, to, steps: 10 })).coefficients.map((c) => c.toFixed(1));
  expect((await labels(-5, 2)).join(" ")).toBe("-5.0 -4.2 -3.4 -2.7 -1.9 -1.1 -0.3 0.4 1.2 2.0");
  expect((await labels(-1, 2)).join(" ")).toBe("-1.0 -0.7 -0.3 0.0 0.3 0.7 1.0 1.3 1.7 2.0");
});

test("start and direction are expressions, and after along a name is a direction's first", async () => {
  const { vectors } = await codes().walk("me + 0.5 * you", { along: "up + 0.3 * age", from: 1, to: 1, steps: 1 });
  // in an expression an item wins, as everywhere; the coefficient of age is .3
  expect(vectors[0][1]).toBeCloseTo(3, 6);
  const alone = await codes().walk("me", { along: "up", from: 1, to: 1, steps: 1 });
  expect([...alone.vectors[0]]).toEqual([6, 2, 3, 4]);
});

test("with layers only the rows of that range move", async () => {
  const move = async (layers: object) => [
    ...(await codes().walk("me", { along: "age", from: 1, to: 1, steps: 1, layers: layers as never })).vectors[0],
  ];
  expect(await move({ of: 2, from: 0, to: 1 })).toEqual([2, 2, 3, 4]);
  expect(await move({ of: 2, from: 1, to: 2 })).toEqual([1, 2, 3, 6]);
  expect(await move({ of: 4 })).toEqual([2, 2, 3, 4]); // the first 4/9: 1 of 4
  await expect(move({ of: 3 })).rejects.toThrow(/layers.of must divide the 4 numbers/);
  await expect(move({ of: 2, from: 1, to: 1 })).rejects.toThrow(/layers.to must be an integer from 2 to 2/);
});

test("a straight way between two items goes through their mean, a round one keeps its length", async () => {
  const space = Space.from({ names: ["x", "y"], vectors: Float32Array.of(2, 0, 0, 2), geometry: "euclidean" });
  const straight = await space.interpolate("x", "y", { steps: 3 });
  expect([...straight.vectors[1]]).toEqual([1, 1]);
  const round = await space.interpolate("x", "y", { steps: 4, method: "spherical" });
  round.vectors.forEach((v, k) => {
    expect(v[0]).toBeCloseTo(2 * Math.cos((k * Math.PI) / 6), 6);
    expect(v[1]).toBeCloseTo(2 * Math.sin((k * Math.PI) / 6), 6);
  });
});

test("a round way meets both ends, and turns evenly, for any two vectors", async () => {
  const numbers = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(numbers, numbers, async (a, b) => {
      const [x, y] = [Float32Array.from(a), Float32Array.from(b)];
      const norm = (v: Float32Array) => Math.hypot(...v);
      fc.pre(norm(x) > 0.1 && norm(y) > 0.1);
      const space = Space.from({ names: ["x", "y"], vectors: Float32Array.from([...x, ...y]), geometry: "euclidean" });
      const { vectors } = await space.interpolate("x", "y", { steps: 3, method: "spherical" });
      const error = (v: Float32Array, w: Float32Array) => Math.max(...v.map((value, d) => Math.abs(value - w[d])));
      expect(error(vectors[0], x)).toBeLessThan(1e-4);
      expect(error(vectors[2], y)).toBeLessThan(1e-4);
    }),
  );
});

test.each([
  ["steps", { along: "age", steps: 0 }, /steps must be an integer >= 1/],
  ["from", { along: "age", from: Number.NaN }, /from must be a finite number/],
  ["along", { along: "smile" }, /smile"? is not in the space/],
])("a walk refuses a wrong %s", async (_, options, message) => {
  await expect(codes().walk("me", options)).rejects.toThrow(message);
});
