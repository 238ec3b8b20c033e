import { describe, expect, test } from "vitest";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile, compileStep } from "../../dist/networks/compile.js";
import { grad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import type { Op } from "../../dist/networks/op.js";
import { add, exp, mul } from "../../dist/networks/ops/elementwise.js";
import { mean, sum } from "../../dist/networks/ops/reductions.js";
import { Queue } from "../../dist/networks/queue.js";
import { apply, type Tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";

const numbers = ({ data }: NdArray) => Array.from(data as Float32Array);
const backends = ["cpu", "wasm"] as const;

/** A foreign step: out[i] = x[0] + ... + x[i], or from the end; each is the other's transpose. */
interface SumAttributes {
  readonly [key: string]: unknown;
  readonly backwards: boolean;
}
let fails = false;
const runningSumOp: Op<SumAttributes> = {
  name: "runningSum",
  shape: ([{ dtype, shape }]) => [{ dtype, shape }],
  onnx: null,
  grad: ({ attributes: { backwards } }, d) => [runningSum(d, !backwards)],
  evaluate: ([{ shape, data }], { backwards }) => {
    const out = Float64Array.from(data);
    runInto(out, backwards);
    return [{ shape, data: out }];
  },
  foreign: {
    run: async ({ inputs: [x], outputs: [out], attributes: { backwards }, memory }) => {
      expect([x.data.buffer, out.data.buffer]).toEqual([memory.buffer, memory.buffer]);
      await Promise.resolve();
      if (fails) throw new Error("the step failed");
      (out.data as Float32Array).set(x.data as Float32Array);
      runInto(out.data as Float32Array, backwards);
    },
  },
};
function runInto(data: Float32Array | Float64Array, backwards: boolean): void {
  if (backwards) data.reverse();
  for (let k = 1; k < data.length; k++) data[k] += data[k - 1];
  if (backwards) data.reverse();
}
const runningSum = (x: Tensor, backwards = false): Tensor => apply(runningSumOp, [x], { backwards });

describe.each(backends)("a foreign step on %s", (backend) => {
  // segment, step, segment, step, segment
  const f = (x: Tensor) => mean(exp(mul(0.1, runningSum(mul(runningSum(mul(x, 2)), x)))));

  test("runs between segments, with its gradient and second derivative", async () => {
    const x = array([0.5, -1, 0.25]);
    const along = (fn: (x: Tensor) => Tensor) => (point: Tensor) => sum(fn(point));
    const all = (point: Tensor) => [f(point), grad(f)(point), grad(along(grad(f)))(point)];
    const { graph } = trace(all, x);
    const expected = await interpret(graph, [x]);
    const run = compile(all, { backend });
    for (const [k, value] of (await run(x)).entries()) {
      for (const [i, got] of numbers(value).entries()) expect(got).toBeCloseTo(expected[k].data[i], 4);
    }
    await run.close();
  });

  test("stands in the text", () => {
    expect(show((x: Tensor) => runningSum(mul(x, 2)), array([1]))).toContain("= runningSum(mul_1, backwards=false)");
  });

  test("that fails leaves the state as it was, and the next run is right", async () => {
    const step = compileStep((s: Tensor, x: Tensor) => [add(runningSum(s), x), sum(s)] as const, array([1, 2]), {
      backend,
    });
    await step(1);
    fails = true;
    await expect(step(1)).rejects.toThrow("the step failed");
    fails = false;
    expect(numbers(step.state())).toEqual([2, 4]);
    await step(1);
    expect(numbers(step.state())).toEqual([3, 7]);
    await step.close();
  });
});

describe.each(backends)("compileStep on %s", (backend) => {
  const addTo = (s: Tensor, x: Tensor) => [add(s, sum(x)), mul(s, 1)] as const;

  test("keeps the state from step to step, whatever the shapes of the other arguments, also where calls overlap", async () => {
    const step = compileStep(addTo, 0, { backend });
    const given = [array([1]), array([2, 3]), 4, array([5]), array([[6]]), array([7, 8])];
    const results = await Promise.all(given.map((x) => step(x)));
    expect(results.map((before) => before.item())).toEqual([0, 1, 6, 10, 15, 21]);
    expect(step.state().item()).toBe(36);
    await step.close();
  });

  test("results are the caller's: no later step changes them", async () => {
    const step = compileStep((s: Tensor) => [add(s, 1), { before: s, after: add(s, 1) }] as const, array([0, 0]), {
      backend,
    });
    const first = await step();
    await step();
    await step();
    expect([numbers(first.before), numbers(first.after)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    await step.close();
  });

  test("an array whose elements have changed is read anew, one in shared memory too", async () => {
    const shared = new NdArray("float32", [2], new Float32Array(new SharedArrayBuffer(8)));
    const own = array([0, 0]);
    const step = compileStep((s: Tensor, a: Tensor, b: Tensor) => [add(s, add(a, b)), {}] as const, array([0, 0]), {
      backend,
    });
    for (let k = 1; k <= 3; k++) {
      own.data.fill(k);
      shared.data.fill(10 * k);
      await step(own, shared);
    }
    expect(numbers(step.state())).toEqual([66, 66]);
    await step.close();
  });

  test("state that goes out as it came, is a constant, or comes twice", async () => {
    const initial = { same: array([1]), fixed: array([2]), a: array([3]), b: array([4]), swap: array([5]) };
    type State = { [K in keyof typeof initial]: Tensor };
    const step = compileStep(
      (s: State) => {
        const twice = add(s.a, s.b);
        return [{ same: s.same, fixed: add(array([7]), 0), a: twice, b: twice, swap: s.same }, {}] as const;
      },
      initial,
      { backend },
    );
    await step();
    await step();
    const { same, fixed, a, b, swap } = step.state();
    expect([same, fixed, a, b, swap].map((x) => x.item())).toEqual([1, 7, 14, 14, 1]);
    await step.close();
  });

  test("setState replaces it, between steps of any shape", async () => {
    const step = compileStep(addTo, 0, { backend });
    await step(array([1]));
    step.setState(100);
    await step(array([1, 1]));
    expect(step.state().item()).toBe(102);
    step.setState(0);
    expect(step.state().item()).toBe(0);
    await step(array([1]));
    expect(step.state().item()).toBe(1);
    expect(() => step.setState(array([1]) as never)).toThrow("setState: the state must have the structure and shapes");
    await step.close();
  });
});

test("a call like the one before is known by structure and types, not by names of classes or order of keys", async () => {
  const run = compile((x: { a: Tensor; b: Tensor[] }) => add(x.a, x.b[0]));
  expect(numbers(await run({ a: array([1]), b: [array([2])] }))).toEqual([3]);
  expect(numbers(await run({ b: [array([20])], a: array([10]) }))).toEqual([30]);
  expect((await run({ a: 1, b: [2] })).item()).toBe(3);
  expect(numbers(await run({ a: array([1, 2]), b: [array([2])] }))).toEqual([3, 4]);
  await expect(run({ a: array([1]), b: ["2"] } as never)).rejects.toThrow(
    "arguments[0].b[0]: a tensor, a list or a plain object was needed, got 2",
  );
  await run.close();
});

test("a queue runs its tasks in order, after failures too", async () => {
  const queue = new Queue();
  const seen: number[] = [];
  const task = (k: number) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 5 - k));
    seen.push(k);
    if (k === 2) throw new Error("two");
    return k;
  };
  const runs = [0, 1, 2, 3].map((k) => queue.run(task(k)));
  expect((await Promise.allSettled(runs)).map(({ status }) => status)).toEqual([
    ...["fulfilled", "fulfilled", "rejected", "fulfilled"],
  ]);
  await queue.idle();
  expect(seen).toEqual([0, 1, 2, 3]);
  expect(await queue.run(async () => 4)).toBe(4);
});
