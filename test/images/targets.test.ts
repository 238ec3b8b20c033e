import { describe, expect, test } from "vitest";
import { type TargetName, targetNames } from "../../dist/images/target-names.js";
import { simplexCorners, targetOf } from "../../dist/images/targets.js";
import { compile } from "../../dist/networks/compile.js";
import { Random, randomKey } from "../../dist/networks/random.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { Rng } from "../../dist/numerics/random.js";

const count = 4000;
const dimensions = 6;

/** Points [count, D] drawn in a traced function, and by hand. */
async function samples(name: TargetName): Promise<{ how: string; points: Float32Array }[]> {
  const target = targetOf("test", name, dimensions);
  const draw = compile((key: Tensor) => target.draw(new Random(key), count), { executor: "kernels" });
  const traced = (await draw(randomKey(3, 4))).data as Float32Array;
  const rng = new Rng(5);
  const plain = new Float32Array(count * dimensions);
  for (let n = 0; n < count; n++) plain.set(target.point(rng), n * dimensions);
  return [
    { how: "in a traced function", points: traced },
    { how: "one by one", points: plain },
  ];
}

/** Mean of each coordinate, variance of all, mean of fourth powers, and mean |z|^2 with its deviation. */
function momentsOf(points: Float32Array) {
  const means = new Float64Array(dimensions);
  let [squares, fourths, lengths] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    let length2 = 0;
    for (let d = 0; d < dimensions; d++) {
      const value = points[n * dimensions + d];
      means[d] += value / count;
      squares += value ** 2 / (count * dimensions);
      fourths += value ** 4 / (count * dimensions);
      length2 += value ** 2;
    }
    lengths += length2 ** 2 / count;
  }
  return { means: [...means], squares, fourths, deviation2: lengths - (squares * dimensions) ** 2 };
}

/** E z_d^2 and E z_d^4 of a coordinate, and Var |z|^2, by hand; null where it is not known in closed form. */
const expected: Record<TargetName, { squares: number; fourths: number | null; deviation2: number }> = {
  normal: { squares: 1, fourths: 3, deviation2: 12 },
  cube: { squares: 1 / 3, fourths: 1 / 5, deviation2: 6 * (1 / 5 - 1 / 9) },
  sphere: { squares: 1 / 6, fourths: 3 / (6 * 8), deviation2: 0 },
  // |corner|^2 = 1, plus .04 in each direction; |z|^2 varies by 2 D s^4 + 4 s^2
  simplex: { squares: 1 / 6 + 0.04, fourths: null, deviation2: 2 * 6 * 0.04 ** 2 + 4 * 0.04 },
  "sphere simplex": { squares: 1 / 6, fourths: null, deviation2: 0 },
  // cos of a uniform angle has the fourth moment 3 / 8; circles have the radius 1 / sqrt(3)
  torus: { squares: 1 / 6, fourths: 3 / 8 / 9, deviation2: 0 },
};

describe.each(targetNames)("%s", (name) => {
  test("has the moments that its definition gives, drawn either way", async () => {
    for (const { points } of await samples(name)) {
      const { means, squares, fourths, deviation2 } = momentsOf(points);
      const want = expected[name];
      const error = 5 / Math.sqrt(count);
      for (const mean of means) expect(Math.abs(mean)).toBeLessThan(error * Math.sqrt(want.squares));
      expect(Math.abs(squares / want.squares - 1)).toBeLessThan(0.05);
      if (want.fourths !== null) expect(Math.abs(fourths / want.fourths - 1)).toBeLessThan(0.1);
      if (want.deviation2 > 0) expect(Math.abs(deviation2 / want.deviation2 - 1)).toBeLessThan(0.2);
      else expect(Math.abs(deviation2)).toBeLessThan(1e-5);
    }
  });

  test("tells the mean squared distance of two points", async () => {
    const { distance2 } = targetOf("test", name, dimensions);
    const [{ points }] = await samples(name);
    let total = 0;
    for (let n = 0; n < count; n += 2)
      for (let d = 0; d < dimensions; d++) {
        total += (points[n * dimensions + d] - points[(n + 1) * dimensions + d]) ** 2 / (count / 2);
      }
    expect(Math.abs(total / distance2 - 1)).toBeLessThan(0.06);
  });
});

test("the corners of a simplex have length 1 and products of -1 / D; in the plane they are a triangle", () => {
  for (const d of [1, 2, 5, 9]) {
    const corners = simplexCorners(d);
    expect(corners.length).toBe(d + 1);
    for (const [a, one] of corners.entries())
      for (const [b, other] of corners.entries()) {
        const product = one.reduce((total, value, k) => total + value * other[k], 0);
        expect(product).toBeCloseTo(a === b ? 1 : -1 / d, 12);
      }
  }
  const [first, second, third] = simplexCorners(2);
  expect(first).toEqual([1, 0]);
  expect(second[1]).toBeCloseTo(Math.sqrt(3) / 2, 12);
  expect(third[1]).toBeCloseTo(-Math.sqrt(3) / 2, 12);
});

test("a torus of an odd number of dimensions, and targets that there are not, are refused", () => {
  expect(() => targetOf("here", "torus", 7)).toThrow("here: the torus needs an even number of dimensions, got 7");
  expect(() => targetOf("here", "flower", 8)).toThrow(/here: target must be one of normal, cube, .*, got "flower"/);
});
