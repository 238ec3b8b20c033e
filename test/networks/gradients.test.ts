import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, type NdArray, zeros } from "../../dist/networks/array.js";
import { grad, jacobianVectorProduct, valueAndGrad, vectorJacobianProduct } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import {
  abs,
  add,
  cast,
  exp,
  maximum,
  minimum,
  mul,
  pow,
  relu,
  sin,
  stopGradient,
  sub,
} from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { max, sum } from "../../dist/networks/ops/reductions.js";
import { concat, reshape, slice, transpose } from "../../dist/networks/ops/shape.js";
import type { Operand, Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { compare, weights } from "./check-op.js";

/** The results of a function of tensors, in float64. */
async function valuesOf(fn: (...x: Tensor[]) => Operand | Operand[], ...inputs: (NdArray | number)[]) {
  const { graph } = trace(fn, ...inputs);
  return (await interpret(graph, inputs)).map(({ data }) => Array.from(data));
}

describe("grad", () => {
  test("of a closed form: d/dx sum(x^3) = 3 x^2, and to the third order 6", async () => {
    const f = (x: Tensor) => sum(mul(x, mul(x, x)));
    const first = grad(f);
    const second = grad((x: Tensor) => sum(first(x)));
    const third = grad((x: Tensor) => sum(second(x)));
    const values = await valuesOf((x) => [first(x), second(x), third(x)], array([1, 2]));
    expect(values).toEqual([
      [3, 12],
      [6, 12],
      [6, 6],
    ]);
  });

  test("of powers is right where a base is 0 or below, to the third order", async () => {
    const slopes = async (exponent: number, x: number) => {
      let f = (a: Tensor): Tensor => pow(a, exponent);
      const found: number[] = [];
      for (let order = 0; order < 4; order++) {
        found.push(...(await valuesOf(f, x)).flat());
        f = grad(f);
      }
      return found;
    };
    expect(await slopes(0, 0)).toEqual([1, 0, 0, 0]);
    expect(await slopes(0, -2)).toEqual([1, 0, 0, 0]);
    expect(await slopes(1, 0)).toEqual([0, 1, 0, 0]);
    expect(await slopes(2, 0)).toEqual([0, 0, 2, 0]);
    expect(await slopes(3, 0)).toEqual([0, 0, 0, 6]);
    expect(await slopes(3, -2)).toEqual([-8, 12, -12, 6]);
    expect(await slopes(-1, -2)).toEqual([-1 / 2, -1 / 4, -1 / 4, -3 / 8]);
    expect((await slopes(0.5, 0)).slice(0, 2)).toEqual([0, Number.POSITIVE_INFINITY]);
    expect((await slopes(0.5, -1)).slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
    const byExponent = grad((b: Tensor) => sum(pow(array([0, -2, 2]), b)));
    const [values] = await valuesOf(byExponent, array([2, 2, 2]));
    expect(values.map((value) => value.toFixed(12))).toEqual([0, 0, 4 * Math.LN2].map((value) => value.toFixed(12)));
  });

  test("the fifth derivative of sin is cos", async () => {
    let f = (x: Tensor): Tensor => sin(x);
    for (let k = 0; k < 5; k++) f = grad(f);
    const [[value]] = await valuesOf(f, 0.5);
    expect(value).toBeCloseTo(Math.cos(0.5), 12);
  });

  test("counts only what the function does with its argument, not what it closes over", async () => {
    const inside = (x: Tensor) => grad((y: Tensor) => sum(mul(x, y)))(x); // d/dy x.y at y = x
    const both = (x: Tensor) => grad((y: Tensor) => sum(mul(x, y)))(y0(x));
    const y0 = (x: Tensor) => mul(2, x);
    expect(await valuesOf((x) => [inside(x), both(x)], array([3, 4]))).toEqual([
      [3, 4],
      [3, 4],
    ]);
    // d/dx of (d/dy x^2 y^3 at y = x) = d/dx 3 x^4 = 12 x^3
    const nested = grad((x: Tensor) => sum(grad((y: Tensor) => sum(mul(mul(x, x), mul(y, mul(y, y)))))(x)));
    expect(await valuesOf(nested, array([2]))).toEqual([[96]]);
  });

  test("ends at stopGradient, and is zero where nothing depends on the argument", async () => {
    const f = (x: Tensor) => sum(mul(x, stopGradient(mul(x, x))));
    expect(await valuesOf(grad(f), array([3]))).toEqual([[9]]);
    expect(
      await valuesOf(
        grad((_: Tensor) => sum(array([1]))),
        array([3, 4]),
      ),
    ).toEqual([[0, 0]]);
    expect(
      await valuesOf(
        grad((x: Tensor) => sum(cast(cast(x, "int32"), "float32"))),
        array([3.5]),
      ),
    ).toEqual([[0]]);
  });

  test("sums over broadcast axes, wherever they are", async () => {
    const f = (x: Tensor) =>
      sum(
        mul(
          x,
          array([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        ),
      );
    expect(await valuesOf(grad(f), array([1]))).toEqual([[21]]);
    expect(await valuesOf(grad(f), 1)).toEqual([[21]]);
    expect(await valuesOf(grad(f), array([[1], [1]]))).toEqual([[6, 15]]);
    expect(await valuesOf(grad(f), array([1, 1, 1]))).toEqual([[5, 7, 9]]);
    expect(await valuesOf(grad(f), array([[[1]]]))).toEqual([[21]]);
  });

  test("at a kink is the convention of each op: halves at ties, 0 at relu's and abs's corner", async () => {
    const at = (f: (x: Tensor) => Tensor, ...x: number[]) =>
      valuesOf(
        grad((y: Tensor) => sum(f(y))),
        array(x),
      );
    expect(await at((x) => maximum(x, array([1, 1])), 1, 2)).toEqual([[0.5, 1]]);
    expect(await at((x) => minimum(x, array([1, 1])), 1, 2)).toEqual([[0.5, 0]]);
    expect(await at((x) => max(x), 3, 3, 1, 3)).toEqual([[1 / 3, 1 / 3, 0, 1 / 3]]);
    expect(await at(relu, 0, 1, -1)).toEqual([[0, 1, 0]]);
    expect(await at(abs, 0, 2, -2)).toEqual([[0, 1, -1]]);
  });

  test("keeps the argument's structure, and takes the argument that is asked for", async () => {
    type Params = { layers: { w: Tensor }[]; b: Tensor };
    const f = (scale: Tensor, { layers, b }: Params) => sum(mul(scale, add(mul(layers[0].w, 3), b)));
    const fn = (scale: Tensor, params: Params) => {
      const { layers, b } = grad(f, { argument: 1 })(scale, params);
      return [layers[0].w, b];
    };
    const examples = [2, { layers: [{ w: array([1, 1]) }], b: array([1, 1]) }] as const;
    const { graph } = trace(fn, ...examples);
    const results = await interpret(graph, [2, array([1, 1]), array([1, 1])]);
    expect(results.map(({ data }) => [...data])).toEqual([
      [6, 6],
      [2, 2],
    ]);
  });

  test("takes a loss beside other results, and refuses what has none", () => {
    const { value, grad: slope } = valueAndGrad((x: Tensor) => ({ loss: sum(x), twice: mul(x, 2) }))(
      trace((x: Tensor) => x, zeros([2])).graph.inputs[0],
    );
    expect([Object.keys(value), slope.shape]).toEqual([["loss", "twice"], [2]]);
    const refused = (fn: (x: Tensor) => Tensor) => () => trace((x: Tensor) => grad(fn)(x), zeros([2]));
    expect(refused((x) => x)).toThrow("must return a float32 scalar, or an object with one as loss, got float32[2]");
    expect(refused(() => 1 as never)).toThrow("or an object with one as loss, got undefined");
    expect(refused((x) => cast(sum(x), "int32"))).toThrow("got int32[]");
    expect(() => trace((k: Tensor) => grad((x: Tensor) => sum(x))(k), zeros([2], "int64"))).toThrow(
      "valueAndGrad: argument 0 must be float32 to be differentiated by, got int64[2]",
    );
    expect(() =>
      trace((x: Tensor) => grad((y: Tensor) => sum(y), { argument: 2 as number as 0 })(x), zeros([2])),
    ).toThrow("valueAndGrad: argument 2 was asked for, 1 were given");
  });
});

describe("Jacobian products", () => {
  const f = (x: Tensor) => ({ a: matmul(x, transpose(x)), b: exp(slice(x, [0], [1])) });

  test("u . J v = v . J^T u for outputs of several parts", async () => {
    const [x, v] = [weights(1, [2, 3]), weights(2, [2, 3])];
    const u = { a: weights(3, [2, 2]), b: weights(4, [1, 3]) };
    const both = (point: Tensor) => {
      const forward = jacobianVectorProduct(f, point, v as never).tangent;
      const back = vectorJacobianProduct(f, point).pullback(u as never);
      return [add(sum(mul(forward.a, u.a)), sum(mul(forward.b, u.b))), sum(mul(back, v))];
    };
    const [[left], [right]] = await valuesOf(both, x);
    expect(left).toBeCloseTo(right, 12);
  });

  test("jvp of vjp is the Hessian times a vector: of x^T A x it is (A + A^T) v", async () => {
    const a = array([
      [1, 2],
      [3, 4],
    ]);
    const form = (x: Tensor) => sum(mul(x, reshape(matmul(a, reshape(x, [2, 1])), [2])));
    const slope = (x: Tensor) => vectorJacobianProduct(form, x).pullback(1 as never);
    const hessianTimes = (x: Tensor) => jacobianVectorProduct(slope, x, array([1, -1]) as never).tangent;
    const twice = (x: Tensor) => grad((y: Tensor) => sum(mul(grad(form)(y), array([1, -1]))))(x);
    expect(await valuesOf((x) => [hessianTimes(x), twice(x)], array([5, 7]))).toEqual([
      [-3, -3],
      [-3, -3],
    ]);
  });

  test("a function that does not depend on its argument has a tangent of zeros", async () => {
    const constantly = (_: Tensor) => exp(array([1, 2]));
    expect(await valuesOf((x) => jacobianVectorProduct(constantly, x, x).tangent, array([1]))).toEqual([[0, 0]]);
  });

  test("tangents and cotangents of another shape are refused", () => {
    expect(() => trace((x: Tensor) => jacobianVectorProduct(exp, x, array([1]) as never).tangent, zeros([2]))).toThrow(
      "jacobianVectorProduct: tangent must have shapes [2], got [1]",
    );
    expect(() => trace((x: Tensor) => vectorJacobianProduct(exp, x).pullback(array([1]) as never), zeros([2]))).toThrow(
      "vectorJacobianProduct: cotangent must have shapes [2], got [1]",
    );
  });
});

/** Random compositions of ops that keep a matrix [2, 2]; smooth, and bounded as sin is. */
const steps: ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => mul(x, y),
  (x, y) => matmul(x, y),
  (x) => sin(x),
  (x, y) => sub(x, transpose(y)),
  (x) => mul(x, sum(x, 0)),
  (x, y) => slice(concat([x, y]), [1], [3]),
  (x) => reshape(transpose(x), [2, 2]),
  (x, y) => jacobianVectorProduct(sin, x, y).tangent,
  (x) => grad((z: Tensor) => sum(mul(sin(z), z)))(x),
];
const program = fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(20), fc.nat(20)), { minLength: 1, maxLength: 7 });

test("P1 the slope of 1,000 random compositions along a direction is that of central differences", async () => {
  await fc.assert(
    fc.asyncProperty(program, fc.nat(1000), async (list, seed) => {
      const f = (x: Tensor) => {
        const made = [x, mul(x, 0.5)];
        for (const [op, a, b] of list) made.push(sin(steps[op](made[a % made.length], made[b % made.length])));
        return sum(mul(made[made.length - 1], weights(seed, [2, 2])));
      };
      const [x, v] = [weights(seed + 1, [2, 2]), weights(seed + 2, [2, 2])];
      const slopes = (p: Tensor) => [
        sum(mul(grad(f)(p), v)),
        jacobianVectorProduct(f, p, v as never).tangent,
        sum(mul(grad((q: Tensor) => sum(mul(grad(f)(q), v)))(p), v)),
      ];
      const { graph } = trace((p: Tensor) => [f(p), sum(mul(grad(f)(p), v))], x);
      const at = async (h: number) => {
        const data = Float64Array.from(x.data, (value, k) => value + h * v.data[k]);
        return (await interpret(graph, [{ shape: [2, 2], data }])).map((value) => value.data[0]);
      };
      const h = 1e-5;
      const [before, after] = [await at(-h), await at(h)];
      const differences = after.map((value, k) => (value - before[k]) / (2 * h));
      const found = (await interpret(trace(slopes, x).graph, [x])).map((value) => value.data[0]);
      const dense = (...data: number[]) => ({ shape: [3], data: Float64Array.from(data) });
      const wanted = dense(differences[0], differences[0], differences[1]);
      // Compositions of seven steps have large third derivatives, which the differences' error grows with.
      expect(compare("slopes", dense(...found), wanted, 1e-5)).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
