import { expect, test } from "vitest";
import {
  add,
  array,
  compile,
  div,
  exp,
  grad,
  jacobianVectorProduct,
  matmul,
  mul,
  NdArray,
  relu,
  sin,
  square,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  trace,
  transpose,
  valueAndGrad,
  vectorJacobianProduct,
} from "../../dist/networks/index.js";
import { interpret } from "../../dist/networks/interpret.js";

/** All outputs of a function, in 64-bit floats. */
async function evaluate(fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<number[][]> {
  const { graph } = trace(fn as never, ...args);
  const { flatten } = await import("../../dist/networks/tree.js");
  const { leaves } = flatten(
    args,
    (value): value is NdArray | number => value instanceof NdArray || typeof value === "number",
  );
  return (await interpret(graph, leaves)).map(({ data }) => Array.from(data));
}

const cube = (x: Tensor) => sum(mul(x, mul(x, x)));

test("derivatives of any order: of x^3 they are 3 x^2, 6 x, 6 and 0", async () => {
  const first = grad(cube);
  const second = grad((x: Tensor) => sum(first(x)));
  const third = grad((x: Tensor) => sum(second(x)));
  const fourth = grad((x: Tensor) => sum(third(x)));
  const x = array([1, -2, 0.5]);
  const [[a, b, c], two, three, four] = [
    (await evaluate(first as never, x))[0],
    (await evaluate(second as never, x))[0],
    (await evaluate(third as never, x))[0],
    (await evaluate(fourth as never, x))[0],
  ];
  expect([a, b, c]).toEqual([3, 12, 0.75]);
  expect(two).toEqual([6, -12, 3]);
  expect(three).toEqual([6, 6, 6]);
  expect(four).toEqual([0, 0, 0]);
});

test("the sixth derivative of sin is -sin", async () => {
  let fn: (x: Tensor) => Tensor = (x) => sum(sin(x));
  for (let order = 0; order < 6; order++) {
    const before = fn;
    fn = (x) => sum(grad(before)(x));
  }
  const [[value]] = await evaluate(fn as never, array([0.3, 1.2]));
  expect(value).toBeCloseTo(-Math.sin(Math.fround(0.3)) - Math.sin(Math.fround(1.2)), 12);
});

test("only what a function does with its argument counts, not what it has of it from outside", async () => {
  const fn = (x: Tensor) => grad((y: Tensor) => sum(mul(x, square(y))))(x); // 2 x y at y = x, not 3 x^2
  expect((await evaluate(fn as never, array([3])))[0]).toEqual([18]);
});

test("a stopped gradient is a constant to every derivative, and the value stays", async () => {
  const fn = (x: Tensor) => valueAndGrad((y: Tensor) => sum(mul(stopGradient(exp(y)), y)))(x);
  const [gradient, value] = await evaluate(fn as never, array([1, 2]));
  const outputs = { gradient, value: value[0] };
  expect(outputs.gradient[0]).toBeCloseTo(Math.E, 12);
  expect(outputs.gradient[1]).toBeCloseTo(Math.exp(2), 12);
  expect(outputs.value).toBeCloseTo(Math.E + 2 * Math.exp(2), 12);
});

test("what the result does not depend on has a gradient of zeros", async () => {
  const fn = ({ a }: { a: Tensor; b: Tensor }) => sum(a);
  const [a, b] = await evaluate(grad(fn) as never, { a: array([1, 2]), b: array([[1], [2]]) });
  expect([a, b]).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

test("an argument may be any of several, and a tree", async () => {
  const fn = (scale: Tensor, { x, rest: [y] }: { x: Tensor; rest: Tensor[] }) => sum(mul(scale, mul(x, y)));
  const by = grad(fn, { argument: 1 });
  const [y, x] = await evaluate(by as never, 2, { x: array([3, 4]), rest: [array([5, 6])] });
  expect({ y, x }).toEqual({ y: [6, 8], x: [10, 12] });
});

test("a gradient is summed back over what was broadcast", async () => {
  const fn = (x: Tensor, b: Tensor) => sum(mul(add(x, b), array([[1, 2, 3]])));
  const [gradient] = await evaluate(
    grad(fn, { argument: 1 }) as never,
    array([
      [1, 1, 1],
      [1, 1, 1],
    ]),
    array([0, 0, 0]),
  );
  expect(gradient).toEqual([2, 4, 6]);
});

test("J v and J^T u belong together: u . (J v) = v . (J^T u); of a linear map J v is the map", async () => {
  const w = array([
    [1, -2],
    [0.5, 3],
  ]);
  const fn = (x: Tensor) => tanh(matmul(x, w));
  const [x, v, u] = [array([[0.2, -0.4]]), array([[1, 0.5]]), array([[-0.3, 0.7]])];
  const pair = (a: Tensor, b: Tensor, c: Tensor) => [
    sum(mul(c, jacobianVectorProduct(fn, a, b).tangent)),
    sum(mul(b, vectorJacobianProduct(fn, a).pullback(c))),
  ];
  const [[left], [right]] = await evaluate(pair as never, x, v, u);
  expect(left).toBeCloseTo(right, 14);
  const linear = (a: Tensor, b: Tensor) => jacobianVectorProduct((y: Tensor) => matmul(y, w), a, b).tangent;
  expect((await evaluate(linear as never, x, v))[0]).toEqual([1.25, -0.5]);
});

test("a product with the Hessian, forward over reverse, is that of x^T A x: (A + A^T) v", async () => {
  const a = array([
    [1, 2],
    [5, -3],
  ]);
  const form = (x: Tensor) => sum(mul(x, matmul(x, transpose(a))));
  const fn = (x: Tensor, v: Tensor) => jacobianVectorProduct(grad(form), x, v).tangent;
  expect((await evaluate(fn as never, array([[0.3, 0.4]]), array([[1, 2]])))[0]).toEqual([16, -5]);
});

test("a gradient of 5,000 layers overflows no stack and takes no square of the time", async () => {
  const deep = (x: Tensor) => {
    let y = x;
    for (let k = 0; k < 5_000; k++) y = relu(div(add(y, 1), 2));
    return sum(y);
  };
  const { graph } = trace(grad(deep) as never, array([1]));
  expect(graph.nodes.length).toBeLessThan(50_000);
});

test("the runtime agrees: value and gradient compiled are those in 64-bit floats", async () => {
  const fn = valueAndGrad((x: Tensor) => sum(tanh(matmul(x, transpose(x)))));
  const x = array([
    [0.1, 0.2, -0.3],
    [0.5, -0.1, 0.7],
  ]);
  const { value, grad: gradient } = await compile(fn)(x);
  const [exact, exactValue] = await evaluate(fn as never, x);
  expect(value.item()).toBeCloseTo(exactValue[0], 5);
  Array.from(gradient.data as Float32Array).forEach((element, k) => {
    expect(element).toBeCloseTo(exact[k], 5);
  });
});

test("misuse is named", () => {
  expect(() => trace(grad((x: Tensor) => mul(x, x)) as never, array([1, 2]))).toThrow(
    "valueAndGrad: the function must return a float32 scalar, or an object with one as loss, got float32[2]",
  );
  expect(() => trace(grad((x: Tensor) => sum(x)) as never, new NdArray("int32", [2], Int32Array.of(1, 2)))).toThrow(
    "valueAndGrad: argument 0 must be float32 to be differentiated by, got int32[2]",
  );
  expect(() => trace(grad(cube, { argument: 3 }) as never, array([1]))).toThrow(
    "valueAndGrad: argument 3 was asked for, 1 were given",
  );
  const wrong = (x: Tensor) => jacobianVectorProduct(cube, x, array([1, 2, 3]) as never).tangent;
  expect(() => trace(wrong as never, array([1]))).toThrow(
    "jacobianVectorProduct: tangent must have shapes [1], got [3]",
  );
});
