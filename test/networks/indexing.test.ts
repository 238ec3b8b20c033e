import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, type NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { vectorJacobianProduct } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { mul } from "../../dist/networks/ops/elementwise.js";
import * as i from "../../dist/networks/ops/indexing.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { type Traceable, trace } from "../../dist/networks/trace.js";
import { sizeOf } from "../../dist/networks/types.js";

async function inFloat64(fn: Traceable, ...inputs: NdArray[]): Promise<number[][]> {
  const results = await interpret(trace(fn, ...inputs).graph, inputs);
  return results.map(({ data }) => [...data]);
}

const labels = (values: number[]) => array(values, { dtype: "int64" });
const x32 = array([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe("indices", () => {
  test("that are constant and outside of the axis are refused while tracing, with the range", () => {
    const tracing = (fn: Traceable) => () => trace(fn, x32);
    expect(tracing((x: Tensor) => i.gather(x, [0, 3]))).toThrow("gather: indices must be from -3 to 2, got 3");
    expect(tracing((x: Tensor) => i.gather(x, -4))).toThrow("gather: indices must be from -3 to 2, got -4");
    expect(tracing((x: Tensor) => i.gather(x, labels([2]), 1))).toThrow("gather: indices must be from -2 to 1, got 2");
    expect(tracing((x: Tensor) => i.scatterAdd(x, [0, 1, 9], 4))).toThrow(
      "scatterAdd: indices must be from -4 to 3, got 9",
    );
    expect(tracing((x: Tensor) => i.takeAlongAxis(x, array([[0, 3]], { dtype: "int32" }), 0))).toThrow(
      "takeAlongAxis: indices must be from -3 to 2, got 3",
    );
  });

  test("that only a run knows are refused by the interpreter and by ONNX Runtime", async () => {
    const pick = (x: Tensor, at: Tensor) => i.gather(x, at);
    const along = (x: Tensor, at: Tensor) => i.takeAlongAxis(x, at, 0);
    const wrong = array([[0, 3]], { dtype: "int64" });
    for (const fn of [pick, along]) {
      await expect(inFloat64(fn, x32, wrong)).rejects.toThrow("indices must be from -3 to 2, got 3");
      const compiled = compile(fn);
      await expect(compiled(x32, wrong)).rejects.toThrow(/out of (data )?bounds|index|indices/i);
      await compiled.close();
    }
    await expect(inFloat64((x: Tensor, at: Tensor) => i.scatterAdd(x, at, 3), x32, labels([0, 1, 3]))).rejects.toThrow(
      "scatterAdd: indices must be from -3 to 2, got 3",
    );
  });

  test("that are no integers are refused", () => {
    expect(() => trace((x: Tensor) => i.gather(x, x), x32)).toThrow(
      "gather: indices: int32 or int64 was needed, got float32[3, 2]",
    );
    expect(() => trace((x: Tensor) => i.gather(x, [0.5]), x32)).toThrow("gather: indices must be integers, got 0.5");
    expect(() => trace((x: Tensor) => i.oneHot(x, 3), x32)).toThrow(
      "oneHot: int32 or int64 was needed, got float32[3, 2]",
    );
  });

  test("and shapes that do not belong together are refused", () => {
    const at = { dtype: "int64", shape: [2] } as const;
    const tracing = (fn: Traceable) => () => trace(fn, x32, at);
    expect(tracing((x: Tensor, k: Tensor) => i.scatterAdd(x, k, 3))).toThrow(
      "scatterAdd: updates must have the axes of the indices first, got [3, 2] for indices [2]",
    );
    expect(tracing((x: Tensor, k: Tensor) => i.takeAlongAxis(x, k))).toThrow(
      "takeAlongAxis: indices may differ from the tensor in axis 1 alone, got [3, 2] and [2]",
    );
    expect(tracing((x: Tensor) => i.topK(x, 3).values)).toThrow(
      "topK: k must be an integer from 1 to 2, the size of axis 1, got 3",
    );
    expect(tracing((x: Tensor) => i.gather(x, 0, 2))).toThrow("gather: axis must be an integer from -2 to 1, got 2");
    expect(() => i.arange(0, 1, 0)).toThrow("arange: finite numbers and a step other than 0 were needed, got 0, 1, 0");
    expect(() => i.iota(-1)).toThrow("iota: size must be an integer >= 0, got -1");
  });
});

test("oneHot gives zeros for an index without a place", async () => {
  const [rows] = await inFloat64((at: Tensor) => i.oneHot(at, 3), labels([1, -1, 3]));
  expect(rows).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0]);
});

test("equal masks are one node", () => {
  const { graph } = trace((x: Tensor) => [i.tril(x), i.tril(mul(x, 2))], { dtype: "float32", shape: [40, 40] });
  expect(graph.nodes.filter(({ op }) => op.name === "lessEqual").length).toBe(1);
});

test("a causal mask lets the last queries see all keys", async () => {
  const [square, wide] = await inFloat64(() => [i.causalMask(3), i.causalMask(2, 4)]);
  expect(square).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1]);
  expect(wide).toEqual([1, 1, 1, 0, 1, 1, 1, 1]);
});

describe("scatterAdd", () => {
  const program = compile((u: Tensor, at: Tensor, like: Tensor) => i.scatterAdd(u, at, like.shape[0]), { threads: 2 });

  test("adds up every repeated index on two threads, many times over", async () => {
    for (const size of [3, 40]) {
      const count = 5000;
      const u = array(new Float32Array(count * 16).fill(1), { shape: [count, 16] });
      const at = labels(Array.from({ length: count }, (_, k) => (k * k) % size));
      const counts = new Array(size).fill(0);
      for (const index of at.data) counts[Number(index)]++;
      for (let run = 0; run < 20; run++) {
        const result = await program(u, at, array(new Float32Array(size)));
        expect([...result.data].filter((_, k) => k % 16 === 0)).toEqual(counts);
      }
    }
  });

  test("is the transpose of gather: <gather(x), u> = <x, scatterAdd(u)>", async () => {
    const shapes = fc.record({
      axis: fc.nat(2),
      shape: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      indices: fc.array(fc.nat(100), { minLength: 0, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ axis, shape, indices }) => {
        const size = shape[axis];
        const at = labels(indices.map((index) => (index % (2 * size)) - size));
        const x = array(
          Float32Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(k + 1)),
          { shape },
        );
        const wide = shape.map((old, k) => (k === axis ? indices.length : old));
        const u = array(
          Float32Array.from({ length: sizeOf(wide) }, (_, k) => Math.cos(3 * k)),
          { shape: wide },
        );
        const products = (y: Tensor, v: Tensor, k: Tensor) => [
          sum(mul(i.gather(y, k, axis), v)),
          sum(mul(y, i.scatterAdd(v, k, size, axis))),
          vectorJacobianProduct((z: Tensor) => i.gather(z, k, axis), y).pullback(v),
          i.scatterAdd(v, k, size, axis),
        ];
        const [left, right, pulled, added] = await inFloat64(products, x, u, at);
        expect(left[0]).toBeCloseTo(right[0], 10);
        expect(pulled).toEqual(added);
      }),
      { numRuns: 100 },
    );
  });
});

test("P10 sorting, its indices and cumulative sums agree with plain loops on random lists with ties", async () => {
  const rows = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(rows, async (list) => {
      const fn = (x: Tensor) => {
        const { values, indices } = i.sort(x);
        return [values, i.takeAlongAxis(x, indices), i.cumulativeSum(x), i.cumulativeSum(x, 0, { exclusive: true })];
      };
      const [values, taken, sums, before] = await inFloat64(fn, array(list));
      const sorted = list.toSorted((a, b) => a - b);
      expect(values).toEqual(sorted);
      expect(taken).toEqual(sorted);
      let total = 0;
      list.forEach((value, k) => {
        expect(before[k]).toBe(total);
        total += value;
        expect(sums[k]).toBe(total);
      });
    }),
    { numRuns: 100 },
  );
});
