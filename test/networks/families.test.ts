/** Whole families of ops over random shapes: values of ONNX Runtime, and slopes of the interpreter. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NdArray } from "../../dist/networks/array.js";
import { grad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import type { Dense } from "../../dist/networks/op.js";
import * as e from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import * as r from "../../dist/networks/ops/reductions.js";
import * as s from "../../dist/networks/ops/shape.js";
import type { Operand, Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { broadcastShapes, type Shape, sizeOf } from "../../dist/networks/types.js";
import { backendProblems, compare, type OpCase, weights } from "./check-op.js";
import { distinct, draw } from "./op-cases.js";

type Fn = (...x: Tensor[]) => Tensor;
interface Application {
  readonly label: string;
  readonly fn: Fn;
  readonly inputs: readonly NdArray[];
}

const size = fc.nat(4);
const shape = fc.array(size, { maxLength: 4 });
const positive = (of: Shape, seed: number) => {
  const { data } = weights(seed, of);
  return new NdArray("float32", of, data.map(Math.abs));
};
const show = (label: string, inputs: readonly NdArray[]) => `${label} ${inputs.map((x) => `[${x.shape}]`).join(" ")}`;

const unaryFns: Record<string, (x: Operand) => Tensor> = {
  ...{ neg: e.neg, exp: e.exp, log: e.log, sqrt: e.sqrt, reciprocal: e.reciprocal, sin: e.sin, cos: e.cos },
  ...{ atan: e.atan, tanh: e.tanh, sigmoid: e.sigmoid, erf: e.erf, softplus: e.softplus, gelu: e.gelu, silu: e.silu },
};
const unary = fc
  .record({ name: fc.constantFrom(...Object.keys(unaryFns)), shape, seed: fc.nat(99) })
  .map(({ name, shape, seed }): Application => {
    const inputs = [positive(shape, seed)];
    return { label: show(name, inputs), fn: (x) => unaryFns[name](x), inputs };
  });

const binaryFns: Record<string, (a: Operand, b: Operand) => Tensor> = {
  ...{ add: e.add, sub: e.sub, mul: e.mul, div: e.div, pow: e.pow },
};
/** A shape, and two that broadcast to it: some sizes 1, some axes in front left out. */
const pair = fc.record({
  shape,
  ones: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  cut: fc.nat(3),
  left: fc.boolean(),
});
const binary = fc
  .record({ name: fc.constantFrom(...Object.keys(binaryFns)), pair, seed: fc.nat(99) })
  .map(({ name, pair: { shape, ones, cut, left }, seed }): Application => {
    const a = shape.map((n, k) => (ones[k] ? 1 : n));
    const b = shape.map((n, k) => (ones[k + 4] && !ones[k] ? 1 : n));
    const [x, y] = left ? [a.slice(cut), b] : [a, b.slice(cut)];
    const inputs = [positive(x, seed), positive(y, seed + 1)];
    return { label: show(name, inputs), fn: (p, q) => binaryFns[name](p, q), inputs };
  });

const reductionFns = { sum: r.sum, mean: r.mean, logSumExp: r.logSumExp, variance: r.variance, max: r.max, min: r.min };
const reduction = fc
  .record({
    name: fc.constantFrom(...(Object.keys(reductionFns) as (keyof typeof reductionFns)[])),
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
    chosen: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    keepDims: fc.boolean(),
    seed: fc.nat(99),
  })
  .map(({ name, shape, chosen, keepDims, seed }): Application => {
    const axes = shape.map((_, axis) => axis).filter((axis) => chosen[axis]);
    const inputs = [draw(distinct(shape), seed)]; // a maximum has no slope where two elements are about equal
    return {
      label: show(`${name} over [${axes}]${keepDims ? " kept" : ""}`, inputs),
      fn: (x) => reductionFns[name](x, axes, { keepDims }),
      inputs,
    };
  });

const product = fc
  .record({ pair, i: size, k: size, j: size, seed: fc.nat(99) })
  .map(({ pair: { shape, ones, cut, left }, i, k, j, seed }): Application => {
    const a = shape.slice(0, 2).map((n, axis) => (ones[axis] ? 1 : n));
    const b = shape.slice(0, 2).map((n, axis) => (ones[axis + 4] && !ones[axis] ? 1 : n));
    const [x, y] = left ? [a.slice(cut), b] : [a, b.slice(cut)];
    const inputs = [weights(seed, [...x, i, k]), weights(seed + 1, [...y, k, j])];
    return { label: show("matmul", inputs), fn: (p, q) => matmul(p, q), inputs };
  });

/** Chains of ops that move elements, each with parameters that fit what came before. */
const move = fc.record({ op: fc.nat(7), a: fc.nat(9), b: fc.nat(9), c: fc.nat(9) });
const moves = fc
  .record({ shape, list: fc.array(move, { minLength: 1, maxLength: 4 }), seed: fc.nat(99) })
  .map(({ shape, list, seed }): Application => {
    const names: string[] = [];
    const fn: Fn = (x) => {
      names.length = 0;
      return list.reduce((y, { op, a, b, c }) => {
        const axis = y.rank === 0 ? 0 : a % y.rank;
        const n = y.shape[axis] ?? 1;
        const choices: [string, () => Tensor][] = [
          [
            "transpose",
            () =>
              s.transpose(
                y,
                y.shape.map((_, k) => (k + b) % y.rank),
              ),
          ],
          ["slice", () => s.sliceAxis(y, axis, b % (n + 1), n, (c % 3) + 1)],
          [
            "slice backwards",
            () =>
              s.slice(
                y,
                y.shape.map((_, k) => (k === axis ? b - 5 : undefined)),
                [],
                y.shape.map((_, k) => (k === axis ? -1 - (c % 2) : 1)),
              ),
          ],
          [
            "pad",
            () =>
              s.pad(
                y,
                y.shape.map((_, k) => (k === axis ? b % 3 : 0)),
                y.shape.map((_, k) => (k === axis ? c % 3 : 0)),
                c,
              ),
          ],
          ["concat", () => s.concat([y, s.sliceAxis(y, axis, 0, b % (n + 1))], axis)],
          ["reshape", () => s.reshape(y, b % 2 === 0 ? [y.size] : [...y.shape, 1])],
          ["broadcastTo", () => s.broadcastTo(y, [(b % 2) + 1, ...y.shape])],
          ["reverse", () => s.reverse(y, [axis])],
        ];
        const [name, make] = choices[op];
        if (y.rank === 0 && op < 5) return y;
        if (y.rank === 0 && op === 7) return y;
        if (y.size > 2000) return y;
        names.push(name);
        return make();
      }, x);
    };
    const inputs = [weights(seed, shape)];
    trace(fn, ...inputs);
    return { label: show(names.join(", "), inputs), fn, inputs };
  });

/** The interpreter's gradient along a direction, against central differences along it. */
async function slopeProblems({ label, fn, inputs }: Application): Promise<string[]> {
  const h = 1e-5;
  const along = inputs.map((x, k) => weights(300 + k, x.shape));
  const total = (x: readonly Tensor[]) => {
    const y = fn(...x);
    return r.sum(e.mul(y, weights(400, y.shape)));
  };
  const slope = (...x: Tensor[]) => {
    const parts = grad(total)(x).map((d, k) => r.sum(e.mul(d, along[k])));
    return parts.reduce((a, b) => e.add(a, b));
  };
  const value = trace((...x: Tensor[]) => total(x), ...inputs).graph;
  const at = async (step: number) => {
    const moved = inputs.map(({ shape, data }, k): Dense => {
      return { shape, data: Float64Array.from(data as Float32Array, (x, i) => x + step * along[k].data[i]) };
    });
    return (await interpret(value, moved))[0].data[0];
  };
  const difference = ((await at(h)) - (await at(-h))) / (2 * h);
  const [found] = await interpret(trace(slope, ...inputs).graph, inputs);
  // Relative to 1 or more: sums of many terms of either sign cancel.
  const scale = Math.max(1, Math.abs(difference));
  const ratio = (x: number): Dense => ({ shape: [], data: Float64Array.of(x / scale) });
  return compare(`slope of ${label}`, ratio(found.data[0]), ratio(difference), 1e-6);
}

const asCase = ({ label, fn, inputs }: Application): OpCase => {
  return { op: label, label, fn, inputs, by: inputs.map((_, k) => k), tolerance: 1e-5 };
};

const families = { unary, binary, reduction, product, moves };
for (const [name, family] of Object.entries(families)) {
  test(`P1 slopes of 1,000 random shapes: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(family, async (application) => {
        expect(await slopeProblems(application)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test(`P1 values and derivatives of 1,000 random shapes by ONNX Runtime: ${name}`, async () => {
    const many = fc.sample(family, { numRuns: 1000, seed: 1 });
    for (let k = 0; k < many.length; k += 50) {
      expect(await backendProblems(many.slice(k, k + 50).map(asCase), "cpu")).toEqual([]);
    }
  });
}

test("broadcasting is NumPy's for 1,000 pairs of shapes: the largest size, or 0, wherever both have the axis", () => {
  fc.assert(
    fc.property(pair, ({ shape, ones, cut }) => {
      const a = shape.map((n, k) => (ones[k] ? 1 : n));
      const b = shape.map((n, k) => (ones[k + 4] && !ones[k] ? 1 : n)).slice(cut);
      const common = broadcastShapes("test", a, b);
      const padded = [...a.map(() => 1).slice(b.length), ...b];
      expect(common).toEqual(a.map((n, k) => (n === 1 ? padded[k] : n)));
      expect(sizeOf(common) === 0).toBe(sizeOf(a) === 0 || sizeOf(b) === 0);
    }),
    { numRuns: 1000 },
  );
});
