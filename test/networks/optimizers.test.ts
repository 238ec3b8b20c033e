import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile, compileStep } from "../../dist/networks/compile.js";
import { grad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { lowerForeign } from "../../dist/networks/lower.js";
import { add, div, mul, sqrt, sub } from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { adagrad } from "../../dist/networks/optimizers/adagrad.js";
import { adam, adamW } from "../../dist/networks/optimizers/adam.js";
import { averaged, averageOf, movingAverage } from "../../dist/networks/optimizers/average.js";
import { clipped, globalNorm } from "../../dist/networks/optimizers/clipping.js";
import type { Optimizer, OptimizerState } from "../../dist/networks/optimizers/optimizer.js";
import { riemannianSgd } from "../../dist/networks/optimizers/riemannian.js";
import { rmsprop } from "../../dist/networks/optimizers/rmsprop.js";
import {
  constantRate,
  cosineDecay,
  exponentialDecay,
  joinSchedules,
  type Schedule,
  stepDecay,
  warmUp,
} from "../../dist/networks/optimizers/schedules.js";
import { sgd } from "../../dist/networks/optimizers/sgd.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import { flatten, unflatten } from "../../dist/networks/tree.js";
import { root } from "../child.js";
import { problemsOf } from "./check-op.js";
import { floats, op } from "./op-cases.js";

/** By test/golden/record_optimizers.py. */
const golden = JSON.parse(readFileSync(join(root, "test/golden/expected-optimizers.json"), "utf8")) as {
  start: number[][];
  gradients: number[][][];
  updates: Record<string, number[][][]>;
  rates: Record<string, number[]>;
};

type Params = { a: Tensor; list: Tensor[] };
const treeOf = ([a, b]: number[][]) => ({ a: array(a, { shape: [2, 3] }), list: [array(b)] });
const start = treeOf(golden.start);

const cases: Record<string, Optimizer> = {
  sgd: sgd({ learningRate: 0.1 }),
  "sgd decay": sgd({ learningRate: 0.1, weightDecay: 0.05 }),
  "sgd momentum": sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  "sgd nesterov": sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adagrad: adagrad({ learningRate: 0.1, weightDecay: 0.01 }),
  "adagrad epsilon": adagrad({ learningRate: 0.1, epsilon: 1e-3 }),
  adam: adam(),
  "adam settings": adam({ learningRate: 0.02, beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 }),
  adamW: adamW(),
  "adamW chosen": adamW({ learningRate: 0.05, weightDecay: 0.2, decays: (path) => path === "a" }),
  rmsprop: rmsprop(),
  "rmsprop momentum": rmsprop({ learningRate: 0.02, smoothing: 0.9, epsilon: 1e-3, momentum: 0.8, weightDecay: 0.1 }),
  "clipped by norm": clipped(sgd({ learningRate: 0.1 }), { norm: 0.5 }),
  "clipped by value": clipped(sgd({ learningRate: 0.1 }), { value: 0.01 }),
  average: averaged(sgd({ learningRate: 0.1 }), { decay: 0.9 }),
};

test("there is a case for every recorded path", () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(golden.updates).sort());
});

const isArray = (value: unknown): value is NdArray => value instanceof NdArray;
const floatsOf = (tree: unknown) => flatten(tree, isArray).leaves.map(({ data }) => Array.from(data as Float32Array));

/** Largest difference relative to the larger of the two and to 1e-3. */
function worst(got: number[][], expected: number[][]): number {
  const pairs = got.flatMap((list, k) => list.map((x, i) => [x, expected[k][i]]));
  return Math.max(...pairs.map(([x, y]) => Math.abs(x - y) / Math.max(Math.abs(y), 1e-3)));
}

type State = { params: Params; moments: OptimizerState };
const stepOf = (optimizer: Optimizer) => (state: State, gradients: Params) => {
  const next = optimizer.update(gradients, state.moments, state.params);
  return [{ params: next.params, moments: next.state }, {}] as const;
};

describe.each(Object.entries(cases))("%s", (name, optimizer) => {
  const path = golden.updates[name];
  const paramsOf = (state: { params: unknown; moments: Record<string, unknown> }) =>
    name === "average" ? averageOf(state.moments) : state.params;

  test.each(["cpu", "wasm"] as const)("goes the way of torch.optim, on %s", async (backend) => {
    const initial = { params: start, moments: optimizer.init(start) };
    const step = compileStep(stepOf(optimizer), initial, { backend });
    for (const [k, expected] of path.entries()) {
      await step(treeOf(golden.gradients[k]));
      expect(worst(floatsOf(paramsOf(step.state())), expected)).toBeLessThan(2e-6);
    }
    await step.close();
  });

  test("is the same in ordinary ops, compiled and in 64-bit floats", async () => {
    let state = { params: start, moments: optimizer.init(start) };
    const { graph, result } = trace(stepOf(optimizer), state, treeOf(golden.gradients[0]));
    const lowered = lowerForeign(graph);
    expect(lowered.nodes.some(({ op }) => op.foreign)).toBe(false);
    for (const [k, expected] of path.entries()) {
      const leaves = flatten([state, treeOf(golden.gradients[k])], isArray).leaves;
      const found = await interpret(lowered, leaves);
      expect(await interpret(graph, leaves)).toEqual(found);
      const rounded = found.map(({ shape, data }, i) => {
        const { dtype } = graph.outputs[i];
        return dtype === "int32"
          ? new NdArray(dtype, shape, Int32Array.from(data))
          : new NdArray("float32", shape, Float32Array.from(data));
      });
      state = (unflatten(result, rounded) as unknown as [typeof state])[0];
      expect(worst(floatsOf(paramsOf(state)), expected)).toBeLessThan(2e-6);
    }
  });
});

test("the number of updates counts", async () => {
  const step = compileStep(stepOf(adam()), { params: start, moments: adam().init(start) });
  for (let k = 0; k < 5; k++) await step(treeOf(golden.gradients[0]));
  expect((step.state().moments.steps as unknown as NdArray).item()).toBe(5);
  await step.close();
});

test("the first Adam step of any size is the learning rate long, to 1e-6", async () => {
  // m / (1 - beta1) = g and sqrt(v / (1 - beta2)) = |g|: bias corrections must not lose digits
  const optimizer = adam({ learningRate: 0.5, epsilon: 0 });
  const state = { params: array([0, 0, 0]), moments: optimizer.init(array([0, 0, 0])) };
  const update = (params: Tensor, moments: OptimizerState, gradient: Tensor) =>
    optimizer.update(gradient, moments, params).params;
  const next = compile(update);
  const moved = await next(state.params, state.moments, array([1e-3, -1, 1e3]));
  expect(worst([Array.from(moved.data as Float32Array)], [[-0.5, 0.5, -0.5]])).toBeLessThan(1e-6);
  await next.close();
});

/** Kept values by name, each a tensor of its own. */
const updated = (optimizer: Optimizer, names: readonly string[]) => {
  return (p: Tensor, g: Tensor, ...kept: Tensor[]) => {
    const steps = array(2, { dtype: "int32", shape: [] });
    const state = { steps, ...Object.fromEntries(names.map((name, k) => [name, kept[k]])) };
    const next = optimizer.update(g, state, p);
    return [next.params, ...names.map((name) => next.state[name] as Tensor)];
  };
};

describe("P1 values and first and second derivatives of an update are right", () => {
  const [any, above] = [floats([3, 5]), floats([3, 5], 0.5, 2)];
  const settings = { weightDecay: 0.1, learningRate: 0.3 };
  const updates = [
    op("sgdUpdate", updated(sgd(settings), []), [any, any]),
    op("momentumUpdate", updated(sgd({ ...settings, momentum: 0.5 }), ["momentum"]), [any, any, any]),
    op("momentumUpdate", updated(sgd({ ...settings, momentum: 0.5, nesterov: true }), ["momentum"]), [any, any, any], {
      note: "Nesterov",
    }),
    op("adagradUpdate", updated(adagrad(settings), ["squares"]), [any, any, above]),
    op("adamUpdate", updated(adam(settings), ["mean", "square"]), [any, any, any, above]),
    op("adamUpdate", updated(adamW(settings), ["mean", "square"]), [any, any, any, above], { note: "decoupled" }),
    op("rmspropUpdate", updated(rmsprop({ ...settings, momentum: 0.5 }), ["square", "momentum"]), [
      any,
      any,
      above,
      any,
    ]),
    op("averageUpdate", (a, x) => movingAverage(a, x, 0.9), [any, any]),
  ];
  test.each(updates.map((one) => [one.label, one] as const))("of %s", async (_, one) => {
    for (const backend of ["cpu", "wasm"] as const) expect(await problemsOf(one, backend)).toEqual([]);
  });
});

test("an update can be differentiated by learning rate and gradients (a step of a step)", async () => {
  // after one SGD step on p^2 / 2 with rate r: p (1 - r); loss (p (1 - r))^2 / 2, by r: -p^2 (1 - r)
  const after = (rate: Tensor, p: Tensor) => {
    const optimizer = sgd({ learningRate: () => rate });
    const inner = grad((x: Tensor) => mul(0.5, sum(mul(x, x))))(p);
    const { params } = optimizer.update(inner, optimizer.init(p), p);
    return mul(0.5, sum(mul(params, params)));
  };
  const slope = compile((rate: Tensor, p: Tensor) => [
    grad(after)(rate, p),
    grad(after, { argument: 1 })(rate, p),
    grad((r: Tensor) => grad(after)(r, p))(rate),
  ]);
  const [byRate, byPoint, second] = await slope(0.25, array([3]));
  expect(byRate.item()).toBeCloseTo(-9 * 0.75, 5);
  expect(byPoint.data[0]).toBeCloseTo(3 * 0.75 ** 2, 5);
  expect(second.item()).toBeCloseTo(9, 5);
  await slope.close();
});

// ---------------------------------------------------------------------------------------------------------- schedules

const schedules: Record<string, Schedule> = {
  warmUp: warmUp(10, 0.3),
  cosineDecay: cosineDecay(0.3, 20, 0.01),
  stepDecay: stepDecay(0.3, 7, 0.5),
  exponentialDecay: exponentialDecay(0.3, 0.9),
};

async function ratesOf(schedule: Schedule, count: number): Promise<number[]> {
  const rate = compile((step: Tensor) => add(schedule(step), 0));
  const found: number[] = [];
  for (let step = 0; step < count; step++) found.push((await rate(step)).item());
  await rate.close();
  return found;
}

test.each(Object.entries(schedules))("%s gives the rates of torch's scheduler", async (name, schedule) => {
  const expected = golden.rates[name];
  expect(worst([await ratesOf(schedule, expected.length)], [expected])).toBeLessThan(1e-5);
});

test("a step decay changes at whole multiples of its steps, to a hundred of them", async () => {
  for (const steps of [1, 3, 7, 49]) {
    const rates = await ratesOf(stepDecay(1, steps, 0.5), 100);
    expect(rates).toEqual(rates.map((_, step) => 0.5 ** Math.floor(step / steps)));
  }
});

test("schedules follow each other, the second counts from its beginning", async () => {
  const schedule = joinSchedules(warmUp(4, 0.5), 4, exponentialDecay(0.25, 0.5));
  expect(await ratesOf(schedule, 7)).toEqual([0.125, 0.25, 0.375, 0.5, 0.25, 0.125, 0.0625]);
  expect(await ratesOf(constantRate(0.5), 2)).toEqual([0.5, 0.5]);
});

test("an optimizer asks its schedule for the number of updates before this one", async () => {
  const optimizer = sgd({ learningRate: (step) => add(step, 1) });
  const step = compileStep(stepOf(optimizer), { params: start, moments: optimizer.init(start) });
  const ones = { a: array([1, 1, 1, 1, 1, 1], { shape: [2, 3] }), list: [array([1, 1, 1, 1, 1])] };
  for (let k = 0; k < 3; k++) await step(ones);
  const expected = golden.start.map((list) => list.map((x) => x - 1 - 2 - 3));
  expect(worst(floatsOf(step.state().params), expected)).toBeLessThan(1e-6);
  await step.close();
});

// ---------------------------------------------------------------------------------------------------------- manifolds

test("Riemannian SGD on the sphere finds the first eigenvector", async () => {
  const A = array([
    [2, 1, 0],
    [1, 3, 1],
    [0, 1, 1],
  ]);
  const sphere = {
    gradient: (x: Tensor, d: Tensor) => sub(d, mul(sum(mul(x, d)), x)),
    retract: (x: Tensor, t: Tensor) => {
      const moved = add(x, t);
      return div(moved, sqrt(sum(mul(moved, moved))));
    },
  };
  const optimizer = riemannianSgd({ learningRate: 0.1, manifold: (path) => (path === "x" ? sphere : null) });
  const initial = { x: array([[1], [0], [0]]), free: array([1]) };
  type Point = { x: Tensor; free: Tensor };
  const loss = ({ x, free }: Point) => sub(sum(mul(free, free)), sum(mul(x, matmul(A, x))));
  const step = compileStep(
    ({ params, moments }: { params: Point; moments: OptimizerState }) => {
      const next = optimizer.update(grad(loss)(params), moments, params);
      return [{ params: next.params, moments: next.state }, {}] as const;
    },
    { params: initial, moments: optimizer.init(initial) },
  );
  for (let k = 0; k < 200; k++) await step();
  const { x, free } = step.state().params;
  const [a, b, c] = x.data as Float32Array;
  expect(Math.hypot(a, b, c)).toBeCloseTo(1, 6);
  // (2 - l)((3 - l)(1 - l) - 1) - (1 - l) = 0: the largest root by bisection
  const characteristic = (l: number) => (2 - l) * ((3 - l) * (1 - l) - 1) - (1 - l);
  let [low, high] = [3, 6];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (characteristic(middle) > 0) low = middle;
    else high = middle;
  }
  expect((2 * a + b) / a).toBeCloseTo(low, 4);
  expect(free.item()).toBeCloseTo(0, 6);
  await step.close();
});

// ---------------------------------------------------------------------------------------------------------- refusals

test("bad settings are refused by name", () => {
  expect(() => sgd({ learningRate: -1 })).toThrow("sgd: learningRate must be a finite number >= 0, got -1");
  expect(() => sgd({ learningRate: 1, momentum: 2 })).toThrow("sgd: momentum must be");
  expect(() => sgd({ learningRate: 1, nesterov: true })).toThrow("sgd: nesterov needs a momentum above 0, got 0");
  expect(() => adam({ beta2: 1 })).toThrow("adam: beta2 must be");
  expect(() => adamW({ epsilon: Number.NaN })).toThrow("adamW: epsilon must be a finite number >= 0, got NaN");
  expect(() => adam({ betas: [0.9, 0.999] } as never)).toThrow("adam: there is no option betas; there are");
  expect(() => rmsprop({ smoothing: -0.1 })).toThrow("rmsprop: smoothing");
  expect(() => adagrad({ weightDecay: -1 })).toThrow("adagrad: weightDecay");
  expect(() => clipped(adam(), {})).toThrow("clipped: norm or value was needed, got neither");
  expect(() => warmUp(0, 1)).toThrow("warmUp: steps must be an integer >= 1, got 0");
});

test("what is no tree of float32 is refused, and gradients of another structure or shape", () => {
  expect(() => adam().init({})).toThrow("adam: there are no parameters");
  expect(() => adam().init({ n: array([1], { dtype: "int32" }) })).toThrow("adam: n must be float32, got int32[1]");
  const wrong = (gradients: unknown) => () => show((p) => adam().update(gradients, adam().init(p), p).params, start);
  expect(wrong({ a: start.a, list: [array([1])] })).toThrow(
    "adam: gradients must be like the parameters, list[0] as float32[5], got list[0] as float32[1]",
  );
  expect(wrong({ a: start.a })).toThrow("list[0] as float32[5], got nothing");
});

test("the norm of all gradients is that of one vector", async () => {
  const norm = compile((tree: Params) => globalNorm(tree));
  expect((await norm({ a: array([[3]]), list: [array([4]), array([12])] })).item()).toBeCloseTo(13, 5);
  await norm.close();
});

test("in text an update is one line", () => {
  const text = show((p: Params) => adam().update(p, adam().init(p), p).params, start);
  expect(text.split("\n").filter((line) => line.includes("= adamUpdate("))).toHaveLength(1);
});
