import { beforeAll, describe, expect, test } from "vitest";
import { Graph } from "../../dist/messages/graph.js";
import { chebyshev } from "../../dist/messages/operators/chebyshev.js";
import { heat, scaledBessel } from "../../dist/messages/operators/heat.js";
import { laplacian } from "../../dist/messages/operators/laplacian.js";
import { Operator } from "../../dist/messages/operators/operator.js";
import { personalizedPageRank } from "../../dist/messages/operators/personalized-pagerank.js";
import type { Propagation } from "../../dist/messages/operators/propagation.js";
import { randomWalk } from "../../dist/messages/operators/random-walk.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { type PropagateOptions, propagate } from "../../dist/messages/propagate.js";
import { Rng } from "../../dist/numerics/random.js";
import { type Dense, functionOf, gap, matrixOf } from "./dense.js";

const numNodes = 40;
const width = 5;
let graph: Graph;
let directed: Graph;
/** The operator S and the Laplacian as dense matrices. */
let s: Dense;
let l: Dense;

beforeAll(async () => {
  const rng = new Rng(5);
  const node = () => rng.below(numNodes - 1); // the last node is isolated
  const edges = {
    numNodes,
    sources: Uint32Array.from({ length: 90 }, node),
    targets: Uint32Array.from({ length: 90 }, node),
    weights: Float64Array.from({ length: 90 }, () => 0.5 + rng.uniform()),
  };
  graph = await Graph.fromEdges(edges);
  directed = await Graph.fromEdges(edges, { directed: true });
  s = matrixOf(symmetric(graph, { precision: "f64" }));
  l = matrixOf(laplacian(graph, { precision: "f64" }));
});

/** A table of normal numbers. */
function table(seed: number): Float64Array {
  const rng = new Rng(seed);
  return Float64Array.from({ length: numNodes * width }, () => rng.normal());
}

/** A dense matrix times a table. */
function times(matrix: Dense, x: Float64Array): Float64Array {
  return Float64Array.from({ length: matrix.length * width }, (_, at) => {
    const [i, c] = [Math.floor(at / width), at % width];
    return matrix[i].reduce((sum, value, j) => sum + value * x[j * width + c], 0);
  });
}

/** Expects that a propagation equals a dense matrix, in f64, on a table. */
async function expectImage(propagation: Propagation, matrix: Dense, options: PropagateOptions = {}, limit = 1e-12) {
  const x = table(1);
  const image = await propagate(propagation, x, options);
  expect(gap([Array.from(image)], [Array.from(times(matrix, x))])).toBeLessThan(limit);
}

const f64 = { precision: "f64" } as const;
const power = (value: number, k: number) => value ** k;

describe("the response at every eigenvalue is the closed form", () => {
  test.each([0, 1, 2, 3, 10])("S^K, K = %i: x^K", async (steps) => {
    await expectImage(
      symmetric(graph, f64),
      functionOf(s, (x) => power(x, steps)),
      { steps },
    );
  });

  test.each([
    [0.1, 1],
    [0.1, 2],
    [0.15, 3],
    [0.05, 10],
    [1, 4],
  ])("APPNP, a = %d, K = %i: ((1-a) x)^K + a sum ((1-a) x)^k", async (teleport, steps) => {
    const response = (x: number) => {
      let sum = power((1 - teleport) * x, steps);
      for (let k = 0; k < steps; k++) sum += teleport * power((1 - teleport) * x, k);
      return sum;
    };
    const operator = symmetric(graph, f64);
    await expectImage(personalizedPageRank(operator, { teleport, steps }), functionOf(s, response));
    await expectImage(operator, functionOf(s, response), { steps, teleport });
  });

  test("PPNP: a / (1 - (1-a) x), within the tolerance", async () => {
    for (const teleport of [0.05, 0.1, 0.5]) {
      const limit = personalizedPageRank(symmetric(graph, f64), { teleport, tolerance: 1e-12 });
      await expectImage(
        limit,
        functionOf(s, (x) => teleport / (1 - (1 - teleport) * x)),
        {},
        1e-10,
      );
    }
  });

  test.each([0, 1, 2, 3, 4, 5, 17])("Chebyshev, the term k = %i of L: cos(k arccos(m - 1))", async (k) => {
    const coefficients = Array.from({ length: k + 1 }, (_, j) => (j === k ? 1 : 0));
    const clamp = (x: number) => Math.min(1, Math.max(-1, x));
    const expected = functionOf(l, (m) => Math.cos(k * Math.acos(clamp(m - 1))));
    await expectImage(chebyshev(laplacian(graph, f64), { coefficients }), expected, {}, 1e-9);
  });

  test("Chebyshev, several terms, of S and of D - A, whose spectrum is mapped to -1 .. 1", async () => {
    const coefficients = [0.5, -1, 0.25, 2];
    const response = (x: number) => 0.5 - x + 0.25 * (2 * x * x - 1) + 2 * (4 * x * x * x - 3 * x);
    await expectImage(chebyshev(symmetric(graph, f64), { coefficients }), functionOf(s, response));
    const plain = laplacian(graph, { normalized: false, ...f64 });
    const high = plain.spectrum?.[1] ?? Number.NaN;
    const expected = functionOf(matrixOf(plain), (m) => response((2 * m) / high - 1));
    await expectImage(chebyshev(plain, { coefficients }), expected, {}, 1e-11);
  });

  test.each([0, 1e-9, 0.1, 1, 5, 50])("heat, t = %d: exp(-t m)", async (time) => {
    await expectImage(
      heat(laplacian(graph, f64), { time }),
      functionOf(l, (m) => Math.exp(-time * m)),
    );
    await expectImage(
      heat(laplacian(graph, { selfLoops: true, ...f64 }), { time }),
      functionOf(s, (x) => Math.exp(-time * (1 - x))),
    );
  });
});

test("scaledBessel gives e^-a I_k(a) (scipy.special.ive of SciPy 1.17.1)", () => {
  const recorded = new Map([
    [1, [0.4657596075936404, 0.20791041534970842, 5.883195092054049e-7]],
    [5, [0.18354081260932834, 0.16397226694454237, 0.0017282088952139869]],
    [50, [0.0565616266474542, 0.0559931238928954, 0.03450716478240559]],
  ]);
  for (const [a, expected] of recorded) {
    const values = scaledBessel(a, 1e-16);
    for (const [place, k] of [0, 1, 7].entries()) expect(values[k] / expected[place]).toBeCloseTo(1, 13);
  }
  for (const a of [1e-12, 0.3, 20, 3000]) {
    const [first, ...rest] = scaledBessel(a, 1e-18);
    expect(first + 2 * rest.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  }
});

describe("the transpose moves what the map collects: <y, P x> = <P' y, x>", () => {
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k], 0);

  test.each<[string, () => Propagation]>([
    ["a walk over a directed, weighted graph", () => randomWalk(directed, f64)],
    ["personal PageRank on it", () => personalizedPageRank(randomWalk(directed, f64), { steps: 3 })],
    [
      "the limit of personal PageRank on it",
      () => personalizedPageRank(randomWalk(directed, f64), { tolerance: 1e-9 }),
    ],
    [
      "Chebyshev of a walk over an undirected graph",
      () => chebyshev(randomWalk(graph, f64), { coefficients: [1, 2, 3] }),
    ],
    ["heat", () => heat(laplacian(graph, f64), { time: 2 })],
  ])("%s", async (_, make) => {
    const propagation = make();
    const [x, y] = [table(2), table(3)];
    const forward = dot(y, await propagate(propagation, x));
    const back = dot(await propagate(await propagation.transpose(), y), x);
    expect(back).toBeCloseTo(forward, 10);
  });
});

describe("propagate", () => {
  test("rows are scaled to length 1 after each step; zero rows stay", async () => {
    const walk = randomWalk(graph, f64);
    const matrix = matrixOf(walk);
    for (const [normalize, measure] of [
      ["l1", (row: Float64Array) => row.reduce((sum, value) => sum + Math.abs(value), 0)],
      ["l2", (row: Float64Array) => Math.hypot(...row)],
      ["max", (row: Float64Array) => Math.max(...row.map(Math.abs))],
    ] as const) {
      let expected = table(4);
      for (let step = 0; step < 3; step++) {
        expected = times(matrix, expected);
        for (let i = 0; i < numNodes; i++) {
          const row = expected.subarray(i * width, (i + 1) * width);
          const length = measure(row);
          if (length > 0) row.set(row.map((value) => value / length));
        }
      }
      const image = await propagate(walk, table(4), { steps: 3, normalize });
      expect(gap([Array.from(image)], [Array.from(expected)])).toBeLessThan(1e-13);
      expect(image.slice(-width)).toEqual(new Float64Array(width));
    }
  });

  test("leaves its argument and the memory as they were, in f32 too", async () => {
    const operator = symmetric(graph);
    const x = Float32Array.from(table(1));
    const before = [x.slice(), graph.memory.used] as const;
    const image = await propagate(operator, x, { steps: 2 });
    expect([x, graph.memory.used]).toEqual(before);
    expect(image).toBeInstanceOf(Float32Array);
    const exact = times(
      functionOf(s, (value) => value * value),
      Float64Array.from(x),
    );
    expect(gap([Array.from(image)], [Array.from(exact)])).toBeLessThan(1e-6);
  });

  test("refuses tables of another shape or precision, steps and operators that do not fit", async () => {
    const operator = symmetric(graph);
    await expect(propagate(operator, new Float64Array(numNodes))).rejects.toThrow(
      "propagate: x must hold numbers of the operator's precision, f32",
    );
    await expect(propagate(operator, new Float32Array(numNodes + 1))).rejects.toThrow(
      `propagate: x must hold ${numNodes} rows, got ${numNodes + 1} numbers`,
    );
    await expect(propagate(operator, new Float32Array(numNodes), { steps: -1 })).rejects.toThrow("steps must be");
    await expect(propagate(operator, new Float32Array(numNodes), { teleport: 2 })).rejects.toThrow("teleport must be");
    expect(() => chebyshev(randomWalk(directed), { coefficients: [1, 1] })).toThrow("known bounds of its eigenvalues");
    expect(() => chebyshev(operator, { coefficients: [] })).toThrow("at least one");
    expect(() => heat(operator, { time: 1 })).toThrow("heat: a Laplacian was needed");
    expect(() => heat(laplacian(graph), { time: -1 })).toThrow("time must be a finite number");
    expect(() => personalizedPageRank(operator, { teleport: 0 })).toThrow("teleport must be");
    expect(() => personalizedPageRank(operator, { steps: 3, tolerance: 1e-6 })).toThrow("steps or tolerance");
  });

  test("an aborted signal stops it, and the memory is given back", async () => {
    const walk = randomWalk(graph, f64);
    const used = graph.memory.used;
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(propagate(walk, table(1), { signal })).rejects.toThrow("enough");
    expect(graph.memory.used).toBe(used);
  });

  test("several may run at the same time, and operators be made meanwhile", async () => {
    const walk = randomWalk(graph, f64);
    const alone = [await propagate(walk, table(1), { steps: 3 }), await propagate(walk, table(2), { steps: 5 })];
    const both = [propagate(walk, table(1), { steps: 3 }), propagate(walk, table(2), { steps: 5 })];
    const made = symmetric(graph, f64);
    expect(await Promise.all(both)).toEqual(alone);
    await propagate(walk, table(3));
    expect(gap(matrixOf(made), s)).toBe(0);
  });
});

test("an operator checks the lengths of its parts", () => {
  expect(() => new Operator(graph.rows, { before: new Float64Array(3) })).toThrow(
    `Operator: before must hold ${numNodes} numbers, got 3`,
  );
});
