import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Graph } from "../../dist/messages/graph.js";
import { chebyshev } from "../../dist/messages/operators/chebyshev.js";
import { laplacian } from "../../dist/messages/operators/laplacian.js";
import { Operator } from "../../dist/messages/operators/operator.js";
import { personalizedPageRank } from "../../dist/messages/operators/personalized-pagerank.js";
import { randomWalk } from "../../dist/messages/operators/random-walk.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { propagate as propagateTable } from "../../dist/messages/propagate.js";
import { Rows } from "../../dist/messages/rows.js";
import { NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { grad } from "../../dist/networks/gradients.js";
import { add, mul } from "../../dist/networks/ops/elementwise.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { propagate, sparseMatMul } from "../../dist/networks/ops/sparse.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { show } from "../../dist/networks/trace.js";
import { Rng } from "../../dist/numerics/random.js";
import { problemsOf } from "./check-op.js";

/** A random matrix with about half of its entries stored. */
function randomMatrix(rows: number, columns: number, seed = 1, ones = false) {
  const rng = new Rng(seed);
  const offsets = [0];
  const indices: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (rng.uniform() < 0.5) indices.push(j);
    offsets.push(indices.length);
  }
  const from = {
    rows,
    columns,
    starts: offsets,
    indices,
    values: Float32Array.from(indices, () => (ones ? 1 : rng.normal())),
  };
  return { matrix: new Operator(Rows.from(from)), from };
}

const normal = (shape: number[], seed = 2) => {
  const rng = new Rng(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return new NdArray(
    "float32",
    shape,
    Float32Array.from({ length: size }, () => rng.normal()),
  );
};

const path = () =>
  Graph.fromEdges({ sources: Uint32Array.of(0, 1, 2, 2), targets: Uint32Array.of(1, 2, 2, 3), numNodes: 5 });

const one = { op: "sparseMatMul", by: [0], tolerance: 1e-6 };

describe("sparse products in networks", () => {
  test.each(["cpu", "wasm", "kernels"] as const)(
    "values and derivatives hold against central differences on %s",
    async (backend) => {
      const { matrix } = randomMatrix(6, 5);
      const square = randomMatrix(5, 5, 3, true).matrix;
      const graph = await path();
      const { rows } = matrix;
      const [before, after] = [5, 6].map((length) => Float64Array.from(normal([length], length).data));
      const scaled = new Operator(rows, { before, after });
      const ones = new Operator(randomMatrix(6, 5, 7, true).matrix.rows, { before, after });
      const factors = (of: Operator) => normal([of.rows.numEntries], 4);
      const cases = [
        { ...one, label: "sparse features", fn: (w: Tensor) => sparseMatMul(matrix, w), inputs: [normal([5, 3])] },
        {
          ...one,
          label: "with factors",
          fn: (w: Tensor) => sparseMatMul(matrix, w, { factors: factors(matrix) }),
          inputs: [normal([5, 17])],
        },
        { ...one, label: "any square matrix", fn: (x: Tensor) => propagate(square, x), inputs: [normal([5, 4])] },
        ...[scaled, ones].flatMap((by, k) => [
          {
            ...one,
            label: `rows and columns scaled ${k}`,
            fn: (w: Tensor) => sparseMatMul(by, w),
            inputs: [normal([5, 4])],
          },
          {
            ...one,
            label: `rows and columns scaled, with factors ${k}`,
            fn: (w: Tensor) => sparseMatMul(by, w, { factors: factors(by) }),
            inputs: [normal([5, 2])],
          },
        ]),
        ...[symmetric(graph), randomWalk(graph), personalizedPageRank(symmetric(graph), { steps: 3 })].map((by, k) => ({
          ...one,
          label: `propagation ${k}`,
          fn: (x: Tensor) => propagate(by, mul(x, x)),
          inputs: [normal([5, 2])],
        })),
        {
          ...one,
          label: "factors of a symmetric operator",
          fn: (x: Tensor) => sparseMatMul(symmetric(graph), x, { factors: factors(symmetric(graph)) }),
          inputs: [normal([5, 3])],
        },
      ];
      for (const each of cases) expect(await problemsOf(each, backend), each.label).toEqual([]);
    },
  );

  test("a product is that of the dense matrix, and its gradient that of the transposed one, for any shape", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(5),
        fc.nat(1000),
        async (rows, columns, width, seed) => {
          const { matrix, from } = randomMatrix(rows, columns, seed);
          const dense = Array.from({ length: rows }, (_, i) => {
            const row = new Array<number>(columns).fill(0);
            for (let k = from.starts[i]; k < from.starts[i + 1]; k++) row[from.indices[k]] = from.values[k];
            return row;
          });
          const [x, d] = [normal([columns, width], seed), normal([rows, width], seed + 1)];
          const both = compile((w: Tensor) => {
            const by = grad((v: Tensor) => sum(mul(sparseMatMul(matrix, v), d)))(w);
            return { y: sparseMatMul(matrix, w), by };
          });
          const { y, by } = await both(x);
          await both.close();
          for (let c = 0; c < width; c++) {
            for (let i = 0; i < rows; i++) {
              const expected = dense[i].reduce((sum, value, j) => sum + value * x.data[j * width + c], 0);
              expect(y.data[i * width + c]).toBeCloseTo(expected, 4);
            }
            for (let j = 0; j < columns; j++) {
              const expected = dense.reduce((sum, row, i) => sum + row[j] * d.data[i * width + c], 0);
              expect(by.data[j * width + c]).toBeCloseTo(expected, 4);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("products with the same matrix merge, those with another do not, and the text tells matrices apart", () => {
    const [a, b] = [randomMatrix(3, 3, 1).matrix, randomMatrix(3, 3, 2).matrix];
    const x = normal([3, 2]);
    const count = (text: string) => text.match(/= sparseMatMul/g)?.length;
    expect(count(show((w) => add(sparseMatMul(a, w), sparseMatMul(a, w)), x))).toBe(1);
    expect(count(show((w) => add(sparseMatMul(a, w), sparseMatMul(b, w)), x))).toBe(2);
    expect(show((w) => sparseMatMul(a, w), x)).not.toBe(show((w) => sparseMatMul(b, w), x));
  });

  test("sizes that do not fit are refused with both", () => {
    const { matrix } = randomMatrix(3, 4);
    expect(() => sparseMatMul(matrix, normal([3, 2]))).toThrow(/sparseMatMul: inner sizes differ, \[3, 4\] x \[3, 2\]/);
    expect(() => sparseMatMul(matrix, normal([4, 2]), { factors: normal([1]) })).toThrow(/factors must be/);
    expect(() => propagate(matrix, normal([4, 2]))).toThrow("propagate: a square matrix was needed, got [3, 4]");
  });
});

describe("propagation in networks", () => {
  test("is what `propagate` of messages does, for operators and their polynomials", async () => {
    const graph = await path();
    const x = normal([5, 3]);
    for (const by of [
      symmetric(graph, { selfLoops: "replace" }),
      laplacian(graph),
      personalizedPageRank(randomWalk(graph), { steps: 4, teleport: 0.2 }),
      chebyshev(laplacian(graph), { coefficients: [0.5, -1, 0.25, 2, 0.125] }),
    ]) {
      const expected = await propagateTable(by, Float32Array.from(x.data));
      const run = compile((given: Tensor) => propagate(by, given));
      const { data } = await run(x);
      await run.close();
      for (const [k, value] of expected.entries()) expect(data[k]).toBeCloseTo(value, 5);
    }
  });

  test("an operator of f64 is refused", async () => {
    const operator = symmetric(await path(), { precision: "f64" });
    expect(() => propagate(operator, normal([5, 2]))).toThrow(/precision "f32" was needed, got "f64"/);
  });
});
