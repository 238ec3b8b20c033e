import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { twoSampleTest } from "../../dist/evaluate/two-sample.js";
import { monotoneMap, valueAt } from "../../dist/images/monotone-map.js";
import type { TargetName } from "../../dist/images/target-names.js";
import { targetOf } from "../../dist/images/targets.js";
import { applyTransport, fitTransport, roundsFor, type Transport } from "../../dist/images/transport.js";
import { NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { Rng } from "../../dist/numerics/random.js";

const apply = compile(applyTransport as never) as unknown as (t: Transport<NdArray>, z: NdArray) => Promise<NdArray>;

async function through(transport: Transport<NdArray>, codes: Float32Array, d: number): Promise<Float32Array> {
  return (await apply(transport, new NdArray("float32", [codes.length / d, d], codes))).data as Float32Array;
}

/** Three clouds of points, one of them long: nothing like a normal distribution. */
function clusters(count: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  const points = new Float32Array(2 * count);
  for (let n = 0; n < count; n++) {
    const [x, y, length] = [
      [0, 0, 0.3],
      [4, 1, 0.5],
      [1, 5, 2],
    ][rng.below(3)];
    points.set([x + 0.4 * rng.normal(), y + length * rng.normal()], 2 * n);
  }
  return points;
}

async function pValue(codes: Float32Array, target: TargetName): Promise<number> {
  const { point } = targetOf("test", target, 2);
  const rng = new Rng(7);
  const points = new Float32Array(1000);
  for (let n = 0; n < 500; n++) points.set(point(rng), 2 * n);
  return (await twoSampleTest(codes.slice(0, 1000), points, 2, { permutations: 200 })).pValue;
}

const largest = (values: ArrayLike<number>) => Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe("monotoneMap", () => {
  const sorted = (count: number, of: (share: number) => number) =>
    Float64Array.from({ length: count }, (_, k) => of((k + 0.5) / count));

  test("takes each quantile to its own", () => {
    const map = monotoneMap(
      sorted(4000, (p) => p),
      sorted(4000, (p) => 2 * p + 1),
    );
    for (const x of [0.01, 0.2, 0.5, 0.77, 0.99]) expect(valueAt(map, x)).toBeCloseTo(2 * x + 1, 5);
    const squared = monotoneMap(
      sorted(4000, (p) => p),
      sorted(4000, (p) => p * p),
    );
    for (const x of squared.x) expect(valueAt(squared, x)).toBeCloseTo(x * x, 2); // between knots it is a chord
  });

  test("moves what is constant, and keeps slopes in bounds", () => {
    const still = new Float64Array(100).fill(3);
    const map = monotoneMap(
      still,
      sorted(100, (p) => p),
    );
    expect([valueAt(map, 2.5), valueAt(map, 3), valueAt(map, 3.5)]).toEqual([0, 0.5, 1]);
    const steep = monotoneMap(
      sorted(100, (p) => p),
      sorted(100, (p) => 1000 * p),
    );
    expect(valueAt(steep, 1) - valueAt(steep, 0)).toBeCloseTo(16, 4);
  });

  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 200 });
  test("rises everywhere, whatever the values", () => {
    fc.assert(
      fc.property(values, values, (from, to) => {
        const map = monotoneMap(Float64Array.from(from).sort(), Float64Array.from(to).sort());
        let before = valueAt(map, -101);
        for (let x = -100; x <= 101; x++) {
          const value = valueAt(map, x);
          expect(value).toBeGreaterThan(before);
          before = value;
        }
      }),
    );
  });
});

describe("fitTransport", () => {
  test.each(["normal", "cube", "sphere", "simplex"] as const)(
    "brings clusters to the target, new points of them too: %s",
    async (name) => {
      const { forward } = await fitTransport(clusters(6000, 1), targetOf("test", name, 2), { rounds: 20, seed: 1 });
      const fresh = clusters(500, 2);
      expect(await pValue(fresh, name)).toBeLessThan(0.01);
      expect(await pValue(await through(forward, fresh, 2), name)).toBeGreaterThan(0.05);
    },
  );

  test("can be undone, and back again, beyond the points that it was fitted to as well", async () => {
    const { forward, inverse } = await fitTransport(clusters(2000, 1), targetOf("test", "normal", 2), {
      rounds: 64,
      seed: 3,
    });
    const far = clusters(300, 2).map((x, k) => (k % 10 === 0 ? 5 * x : x));
    const there = await through(forward, far, 2);
    const back = await through(inverse, there, 2);
    expect(largest(there.map((z, k) => z - far[k]))).toBeGreaterThan(1);
    expect(largest(back.map((z, k) => z - far[k]))).toBeLessThan(1e-3);
    const wanted = clusters(300, 5).map((x) => x / 3);
    const again = await through(forward, await through(inverse, wanted, 2), 2);
    expect(largest(again.map((z, k) => z - wanted[k]))).toBeLessThan(1e-3);
  });

  test("on a line it is the rising map between the distributions", async () => {
    const rng = new Rng(1);
    const uniform = Float32Array.from({ length: 20_000 }, () => 3 * rng.uniform());
    const { forward } = await fitTransport(uniform, targetOf("test", "normal", 1), { rounds: 1, seed: 1 });
    // 3 Phi(q) goes to q
    const found = await through(forward, Float32Array.of(0.068251, 0.475966, 1.5, 2.524034, 2.931749), 1);
    for (const [k, q] of [-2, -1, 0, 1, 2].entries()) expect(Math.abs(found[k] - q)).toBeLessThan(0.1);
  });

  test("a coordinate that is constant gives no NaN and can be undone", async () => {
    const codes = clusters(400, 1).map((x, k) => (k % 2 === 0 ? x : 0));
    const { forward, inverse } = await fitTransport(codes, targetOf("test", "normal", 2), { rounds: 3, seed: 1 });
    const back = await through(inverse, await through(forward, codes, 2), 2);
    expect(largest(back.map((z, k) => z - codes[k]))).toBeLessThan(1e-4);
  });

  test("D2 gives the same bytes for the same seed, others for another", async () => {
    const fitted = (seed: number) => fitTransport(clusters(500, 1), targetOf("test", "normal", 2), { rounds: 2, seed });
    expect(await fitted(1)).toEqual(await fitted(1));
    expect((await fitted(2)).forward.axes.data).not.toEqual((await fitted(1)).forward.axes.data);
  });

  test("stops where it is asked to", async () => {
    const stopped = fitTransport(clusters(20_000, 1), targetOf("test", "normal", 2), {
      ...{ rounds: 500, seed: 1 },
      signal: AbortSignal.timeout(20),
    });
    await expect(stopped).rejects.toThrow(/timeout/i);
  });

  test("is left out by itself where there are few codes", () => {
    expect([10, 9999, 10_000].map(roundsFor)).toEqual([0, 0, 64]);
  });
});
