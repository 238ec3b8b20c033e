import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Graph } from "../../dist/messages/graph.js";
import { laplacian } from "../../dist/messages/operators/laplacian.js";
import { randomWalk } from "../../dist/messages/operators/random-walk.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { SparseOperator, symmetricOperator } from "../../dist/messages/sparse-operator.js";
import { spmmHere } from "../../dist/messages/spmm.js";
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
  return { matrix: new SparseOperator(from), from };
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
      const symmetric = symmetricOperator(await path());
      const factors = normal([matrix.numEntries], 4);
      const cases = [
        { ...one, label: "sparse features", fn: (w: Tensor) => sparseMatMul(matrix, w), inputs: [normal([5, 3])] },
        {
          ...one,
          label: "with factors",
          fn: (w: Tensor) => sparseMatMul(matrix, w, { factors }),
          inputs: [normal([5, 17])],
        },
        { ...one, label: "any square matrix", fn: (x: Tensor) => propagate(square, x), inputs: [normal([5, 4])] },
        { ...one, label: "symmetric", fn: (x: Tensor) => propagate(symmetric, mul(x, x)), inputs: [normal([5, 2])] },
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

describe("symmetricOperator", () => {
  test("is D^-1/2 (A + I) D^-1/2, by hand on a path with a loop and an isolated node", async () => {
    const { offsets, indices, values } = symmetricOperator(await path()).read();
    expect([...offsets]).toEqual([0, 2, 5, 8, 10, 11]);
    expect([...indices]).toEqual([0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4]);
    const [half, third, mixed] = [1 / 2, 1 / 3, 1 / Math.sqrt(6)];
    const expected = [half, mixed, mixed, third, third, third, third, mixed, mixed, half, 1];
    for (const [k, value] of expected.entries()) expect(values?.[k]).toBeCloseTo(value, 7);
  });

  test("keeps loops where asked to, so that they count twice", async () => {
    const { values } = symmetricOperator(await path(), { selfLoops: "keep" }).read();
    expect(values?.[6]).toBeCloseTo(2 / 4, 7);
  });

  test("a directed graph is refused", async () => {
    const edges = { sources: Uint32Array.of(0), targets: Uint32Array.of(1) };
    const graph = await Graph.fromEdges(edges, { directed: true });
    expect(() => symmetricOperator(graph)).toThrow(/undirected/);
  });
});

describe("SparseOperator", () => {
  test("of an operator of messages is the matrix that its products are made with", async () => {
    const edges = {
      sources: Uint32Array.of(0, 1, 2, 2, 3),
      targets: Uint32Array.of(1, 2, 2, 3, 1),
      weights: Float64Array.of(1, 2, 3, 4, 5),
    };
    for (const { weights, ...plain } of [edges, { ...edges, weights: null }]) {
      const graph = await Graph.fromEdges({ ...plain, weights });
      const { memory } = graph;
      const [x, y] = [memory.allocate(64), memory.allocate(64)];
      memory.f32(x, 16).set(Array.from({ length: 16 }, (_, k) => (k % 5 === 0 ? 1 : 0)));
      for (const operator of [symmetric(graph), laplacian(graph), randomWalk(graph)]) {
        spmmHere(operator, x, y, { width: 4 });
        const { offsets, indices, values } = SparseOperator.from(operator).read();
        const dense = new Float32Array(16);
        for (let i = 0; i < 4; i++) {
          for (let k = offsets[i]; k < offsets[i + 1]; k++) dense[4 * i + indices[k]] = values?.[k] ?? 1;
        }
        for (const [k, value] of memory.f32(y, 16).entries()) expect(dense[k]).toBeCloseTo(value, 6);
      }
    }
  });

  test("refuses what is no matrix of finite numbers", () => {
    const matrix = { rows: 2, columns: 2, starts: [0, 1, 2], indices: [0, 1], values: Float32Array.of(1, 2) };
    expect(() => new SparseOperator({ ...matrix, starts: [0, 3, 2] })).toThrow(RangeError);
    expect(() => new SparseOperator({ ...matrix, columns: 1 })).toThrow(RangeError);
    expect(() => new SparseOperator({ ...matrix, values: Float32Array.of(Number.NaN, 1) })).toThrow(/NaN in row 0/);
  });
});
