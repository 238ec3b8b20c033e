import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { energy } from "../../dist/images/divergences/energy.js";
import { mmd } from "../../dist/images/divergences/mmd.js";
import type { Divergence } from "../../dist/images/divergences/pairwise.js";
import { sinkhorn } from "../../dist/images/divergences/sinkhorn.js";
import { slicedWasserstein } from "../../dist/images/divergences/sliced.js";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { valueAndGrad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { Rng } from "../../dist/numerics/random.js";

const golden = JSON.parse(readFileSync(new URL("../golden/divergences.json", import.meta.url), "utf8"));
const rows = (list: number[][]) => ({ shape: [list.length, list[0].length], data: Float64Array.from(list.flat()) });
const [x, y] = [rows(golden.x), rows(golden.y)];
const six = rows(golden.x.slice(0, 6));
const directions = array(golden.directions as number[][]);

type Points = { shape: readonly number[]; data: Float64Array };
const typed = ({ shape }: Points) => ({ dtype: "float32" as const, shape });

/** The divergence in 64-bit floats. */
async function inFull(divergence: Divergence, x: Points, y: Points): Promise<number> {
  return (await interpret(trace(divergence, typed(x), typed(y)).graph, [x, y]))[0].data[0];
}

/** `count` normal points in four dimensions around (shift, 0, 0, 0). */
function cloud(seed: number, count: number, shift = 0): NdArray {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: 4 * count }, (_, at) => rng.normal() + (at % 4 === 0 ? shift : 0));
  return new NdArray("float32", [count, 4], data);
}
const many = Array.from({ length: 12 }, (_, k) => Array.from(cloud(50 + k, 1).data as Float32Array));

/** Each, as it is trained with; deviations of its value over samples of 200 equal clouds are about `noise`. */
const divergences: { name: string; of: Divergence; noise: number; biased?: true }[] = [
  { name: "mmd", of: (x, y) => mmd(x, y, 8), noise: 0.01 },
  { name: "energy", of: energy, noise: 0.02 },
  { name: "sliced", of: (x, y) => slicedWasserstein(x, y, tensor(array(many))), noise: 0.02, biased: true },
  { name: "sinkhorn", of: (x, y) => sinkhorn(x, y, { blur: 1, diameter: 6 }), noise: 0.03, biased: true },
];

describe.each(divergences)("$name", ({ of, noise, biased }) => {
  const run = compile(of);
  const at = async (shift: number, seed: number) =>
    (await run(cloud(2 * seed, 200, shift), cloud(2 * seed + 1, 200))).item();

  test("is 0 between samples of one distribution up to sampling error", async () => {
    const values = await Promise.all(Array.from({ length: 12 }, (_, seed) => at(0, seed)));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / 11);
    expect(deviation).toBeLessThan(2 * noise);
    if (biased) expect(mean).toBeLessThan(4 * noise);
    else expect(Math.abs(mean)).toBeLessThan((4 * deviation) / Math.sqrt(12));
  });

  test("grows with the shift between two clouds, far beyond sampling error", async () => {
    const values = await Promise.all([0, 1, 2, 4].map((shift) => at(shift, 1)));
    for (let k = 1; k < values.length; k++) expect(values[k]).toBeGreaterThan(values[k - 1] + 2 * noise);
  });

  test("is the same from either side, and 0 or below of a cloud and itself", async () => {
    const [a, b] = [cloud(1, 50, 1), cloud(2, 50)];
    const [there, back] = [(await run(a, b)).item(), (await run(b, a)).item()];
    expect(Math.abs(there - back)).toBeLessThan(1e-4 * Math.abs(there));
    expect((await run(a, a)).item()).toBeLessThan(1e-4);
  });

  test("refuses clouds of different widths", () => {
    expect(() => trace(of, cloud(1, 5), { dtype: "float32", shape: [5, 3] })).toThrow(/two clouds \[N, D\] and/);
  });
});

describe("against numpy and scipy", () => {
  test("MMD and energy distance", async () => {
    expect(await inFull((x, y) => mmd(x, y, 6), x, y)).toBeCloseTo(golden.mmd, 5);
    expect(await inFull(energy, x, y)).toBeCloseTo(golden.energy, 10);
  });

  test("sliced Wasserstein distance", async () => {
    expect(await inFull((x, y) => slicedWasserstein(x, y, tensor(directions)), six, y)).toBeCloseTo(
      golden.slicedOfSix,
      6,
    );
  });

  test.each(golden.sinkhorn as { p: 1 | 2; blur: number; value: number }[])(
    "Sinkhorn divergence, p = $p, blur $blur, with 60 updates in the end",
    async ({ p, blur, value }) => {
      const slowly = { p, blur, last: 150, diameter: 5 };
      expect(await inFull((x, y) => sinkhorn(x, y, slowly), x, y)).toBeCloseTo(value, 5);
    },
  );
});

test("by hand: two points against two", async () => {
  const [a, b] = [rows([[0], [2]]), rows([[1], [5]])];
  const k = (squares: number) =>
    [0.1, 0.2, 0.5, 1, 2, 5, 10].reduce((total, s) => total + (4 * s) / (4 * s + squares), 0);
  const between = (k(1) + k(25) + k(1) + k(9)) / 2;
  expect(await inFull((x, y) => mmd(x, y, 4), a, b)).toBeCloseTo(k(4) + k(16) - between, 7);
  expect(await inFull(energy, a, b)).toBeCloseTo((1 + 5 + 1 + 3) / 2 - 2 - 4, 12);
  expect(await inFull((x, y) => slicedWasserstein(x, y, tensor(array([[3]]))), a, b)).toBeCloseTo((1 + 9) / 2, 12);
  // with little blur the plan is that of the sorted points, at a cost of half the squared distances
  const sharp = { blur: 0.05, scaling: 0.9, diameter: 5 };
  expect(await inFull((x, y) => sinkhorn(x, y, sharp), a, b)).toBeCloseTo((1 + 9) / 4, 2);
});

describe("gradients by the points are central differences", () => {
  const [three, four] = [rows(golden.x.slice(0, 3)), rows(golden.y.slice(0, 4))];
  const long = { scaling: 0.3, last: 25, diameter: 4 };
  test.each<{ name: string; of: Divergence; b: Points; tolerance: number }>([
    { name: "mmd", of: (x, y) => mmd(x, y, 6), b: four, tolerance: 1e-7 },
    { name: "energy", of: energy, b: four, tolerance: 1e-7 },
    {
      name: "sliced",
      of: (x, y) => slicedWasserstein(x, y, tensor(directions)),
      b: rows(golden.y.slice(0, 3)),
      tolerance: 1e-7,
    },
    // where the potentials are at their fixed point
    { name: "sinkhorn", of: (x, y) => sinkhorn(x, y, { ...long, blur: 1.2 }), b: four, tolerance: 1e-5 },
    { name: "sinkhorn, p = 1", of: (x, y) => sinkhorn(x, y, { ...long, blur: 1, p: 1 }), b: four, tolerance: 1e-5 },
  ])("$name", async ({ of, b, tolerance }) => {
    const { graph } = trace((x, y) => valueAndGrad(of)(x, y).grad, typed(three), typed(b));
    const [{ data }] = await interpret(graph, [three, b]);
    const plain = trace(of, typed(three), typed(b)).graph;
    const h = 1e-5;
    const largest = Math.max(...data.map(Math.abs));
    for (let k = 0; k < three.data.length; k++) {
      const [up, down] = await Promise.all(
        [h, -h].map(async (by) => {
          const moved = { ...three, data: three.data.map((value, i) => (i === k ? value + by : value)) };
          return (await interpret(plain, [moved, b]))[0].data[0];
        }),
      );
      expect(Math.abs((up - down) / (2 * h) - data[k])).toBeLessThan(tolerance * largest);
    }
  });

  test("and finite where points meet", async () => {
    const same = array([
      [1, 2],
      [1, 2],
      [0, 1],
    ]);
    for (const of of [energy, (x, y) => sinkhorn(x, y, { p: 1, blur: 0.5, diameter: 2 })] as Divergence[]) {
      const gradient = await compile(valueAndGrad(of))(same, same);
      expect((gradient.grad.data as Float32Array).every(Number.isFinite)).toBe(true);
    }
  });
});
