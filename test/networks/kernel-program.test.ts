import { describe, expect, test } from "vitest";
import { GraphMemory } from "../../dist/messages/memory.js";
import { array, NdArray, zeros } from "../../dist/networks/array.js";
import { compile, compileStep } from "../../dist/networks/compile.js";
import { createExecutable } from "../../dist/networks/executable.js";
import { grad, valueAndGrad } from "../../dist/networks/gradients.js";
import type { ForeignCall, Op } from "../../dist/networks/op.js";
import { add, mul, pow, relu } from "../../dist/networks/ops/elementwise.js";
import { gather } from "../../dist/networks/ops/indexing.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { crossEntropy } from "../../dist/networks/ops/losses.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { reshape, transpose } from "../../dist/networks/ops/shape.js";
import { adam } from "../../dist/networks/optimizers/adam.js";
import { averaged } from "../../dist/networks/optimizers/average.js";
import { Random, randomKey } from "../../dist/networks/random.js";
import { apply, type Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { train } from "../../dist/networks/training/train.js";
import { Rng } from "../../dist/numerics/random.js";
import { backendProblems } from "./check-op.js";
import { cases } from "./op-cases.js";

describe("P1 every case of every op is right by the package's own kernels", () => {
  for (const op of new Set(cases.map((one) => one.op))) {
    test(`of ${op}`, async () => {
      const group = cases.filter((one) => one.op === op);
      expect(await backendProblems(group, "kernels")).toEqual([]);
    });
  }
});

const normals = (seed: number, shape: readonly number[]) => {
  const rng = new Rng(seed);
  const size = shape.reduce((product, count) => product * count, 1);
  return array(
    Float32Array.from({ length: size }, () => 0.5 * rng.normal()),
    { shape },
  );
};

interface Layer {
  weights: Tensor;
  bias: Tensor;
}
const layer = (seed: number, from: number, to: number) => ({ weights: normals(seed, [from, to]), bias: zeros([to]) });

/** A classifier with dropout whose loss looks at some rows. */
function classifier(executor: "onnx" | "kernels", optimizer = adam({ learningRate: 0.02, weightDecay: 1e-3 })) {
  const params = { hidden: layer(1, 9, 7), out: layer(2, 7, 3) };
  const initial = { params, moments: optimizer.init(params) };
  type State = { params: { hidden: Layer; out: Layer }; moments: never };
  return compileStep(
    ({ params: own, moments }: State, x: Tensor, labels: Tensor, rows: Tensor, key: Tensor) => {
      const loss = ({ hidden, out }: State["params"]) => {
        const h = relu(add(matmul(x, hidden.weights), hidden.bias));
        const kept = mul(h, new Random(key).bernoulli(h.shape, 0.8));
        const logits = add(matmul(kept, out.weights), out.bias);
        return crossEntropy(gather(logits, rows), gather(labels, rows));
      };
      const { value, grad } = valueAndGrad(loss)(own);
      const next = optimizer.update(grad, moments, own);
      return [{ params: next.params, moments: next.state as never }, value] as const;
    },
    initial as never,
    { executor },
  );
}

const x = normals(3, [30, 9]);
const labels = array(
  Int32Array.from({ length: 30 }, (_, k) => k % 3),
  { dtype: "int32" },
);
const rows = array([0, 3, 4, 7, 8, 11, 20, 29], { dtype: "int32" });

async function losses(step: ReturnType<typeof classifier>, steps: number): Promise<number[]> {
  const found: number[] = [];
  for (let k = 0; k < steps; k++) {
    found.push(((await step(x as never, labels as never, rows as never, randomKey(1, k) as never)) as NdArray).item());
  }
  return found;
}

describe("a training step by the package's own kernels", () => {
  for (const [name, optimizer] of [
    ["adam", adam({ learningRate: 0.02, weightDecay: 1e-3 })],
    ["averaged adam", averaged(adam({ learningRate: 0.02 }), { decay: 0.9 })],
  ] as const) {
    test(`follows that of ONNX Runtime, with ${name}, and learns`, async () => {
      const [kernels, onnx] = [classifier("kernels", optimizer), classifier("onnx", optimizer)];
      const [own, other] = [await losses(kernels, 60), await losses(onnx, 60)];
      for (const [k, loss] of own.entries()) expect(loss).toBeCloseTo(other[k], 3);
      expect(own[59]).toBeLessThan(0.5 * own[0]);
      expect(kernels.executor()).toEqual({ executor: "kernels", reason: "it was asked for" });
      expect(kernels.timings()).toMatchObject({ runs: 60, sessions: 0 });
      const [a, b] = [kernels.state(), onnx.state()].map(
        ({ params }) => (params as unknown as { out: { weights: NdArray } }).out.weights,
      );
      for (const [k, value] of Array.from(a.data as Float32Array).entries()) {
        expect(value).toBeCloseTo((b.data as Float32Array)[k], 2);
      }
      await Promise.all([kernels.close(), onnx.close()]);
    });
  }

  test("gives the same bytes each time", async () => {
    const [first, second] = [classifier("kernels"), classifier("kernels")];
    expect(await losses(first, 20)).toEqual(await losses(second, 20));
    expect(second.state()).toEqual(first.state());
  });
});

/** A foreign step that waits, and may be made to fail. */
function waiting(during: () => void): Op {
  return {
    name: "waiting",
    shape: ([a]) => [a],
    onnx: null,
    grad: null,
    evaluate: ([a]) => [a],
    foreign: {
      run: async ({ inputs, outputs }: ForeignCall) => {
        await Promise.resolve();
        during();
        (outputs[0].data as Float32Array).set(inputs[0].data as Float32Array);
      },
    },
  };
}

test("an abort or a failure between steps leaves the state as it was, and the next step goes on from there", async () => {
  const controller = new AbortController();
  let trouble: "none" | "abort" | "failure" = "none";
  const op = waiting(() => {
    if (trouble === "abort") controller.abort();
    if (trouble === "failure") throw new Error("a foreign step failed");
  });
  const step = compileStep(
    (state: { a: Tensor; b: Tensor }, k: Tensor) => {
      const a = add(state.a, k);
      return [{ a, b: add(apply(op, [a], {}), state.b) }, sum(a)] as const;
    },
    { a: array([1, 2]), b: array([0, 0]) },
    { executor: "kernels", signal: controller.signal },
  );
  expect((await step(1)).item()).toBe(5);
  trouble = "failure";
  await expect(step(1)).rejects.toThrow("a foreign step failed");
  trouble = "none";
  expect(step.state().a).toEqual(array([2, 3]));
  expect((await step(1)).item()).toBe(7);
  trouble = "abort";
  await expect(step(1)).rejects.toThrow();
  expect(step.state()).toEqual({ a: array([3, 4]), b: array([5, 7]) });
});

test("state that changes places, stays, or is given out as well comes out right", async () => {
  const step = compileStep(
    ({ a, b, c }: { a: Tensor; b: Tensor; c: Tensor }) =>
      [{ a: b, b: a, c: reshape(add(c, a), [2]) }, [a, add(c, a)]] as const,
    { a: array([1, 2]), b: array([3, 4]), c: array([0, 0]) },
    { executor: "kernels" },
  );
  const [old, next] = await step();
  expect([old, next]).toEqual([array([1, 2]), array([1, 2])]);
  await step();
  expect(step.state()).toEqual({ a: array([1, 2]), b: array([3, 4]), c: array([4, 6]) });
});

test("a foreign step works in the memory that it names, where its values lie beside the graph", async () => {
  const memory = new GraphMemory();
  const before = memory.used;
  const seen: WebAssembly.Memory[] = [];
  const doubled: Op = {
    name: "doubled",
    shape: ([a]) => [a],
    onnx: null,
    grad: null,
    evaluate: ([a]) => [{ shape: a.shape, data: a.data.map((value) => 2 * value) }],
    foreign: {
      memory: () => memory,
      run: ({ inputs, outputs, memory: own }) => {
        seen.push(own);
        memory.free(memory.allocate(2 ** 20)); // grows, so that arrays over it are made anew
        const [from, to] = [inputs[0], outputs[0]].map(({ data }) => memory.f32(data.byteOffset, data.length));
        for (let k = 0; k < from.length; k++) to[k] = 2 * from[k];
      },
    },
  };
  const { graph } = trace((a: Tensor) => add(apply(doubled, [add(a, 1)], {}), a), zeros([5]));
  const program = await createExecutable(graph, { executor: "kernels" });
  for (let k = 0; k < 3; k++)
    expect(await program.run([array([1, 2, 3, 4, k])])).toEqual([array([5, 8, 11, 14, 3 * k + 2])]);
  expect(seen).toEqual([memory.memory, memory.memory, memory.memory]);
  expect(memory.used).toBeGreaterThan(before);
  await program.close();
  expect(memory.used).toBe(before);
});

describe("the executor", () => {
  const of = async (fn: (a: Tensor) => Tensor, shape: number[], options = {}) => {
    const program = compile(fn, options);
    expect(program.executor()).toBeNull();
    await program(zeros(shape));
    const found = program.executor();
    await program.close();
    return found;
  };

  test("is chosen by size, says why, and can be forced", async () => {
    const square = (a: Tensor) => matmul(a, transpose(a));
    expect(await of(square, [20, 20])).toMatchObject({ executor: "kernels", reason: expect.stringMatching(/small/) });
    expect(await of(square, [400, 400])).toMatchObject({
      executor: "onnx",
      reason: expect.stringMatching(/more than/),
    });
    expect(await of(square, [400, 400], { executor: "kernels" })).toMatchObject({ executor: "kernels" });
    expect(await of(square, [20, 20], { executor: "onnx" })).toEqual({ executor: "onnx", reason: "it was asked for" });
    expect(await of(square, [20, 20], { backend: "cpu" })).toMatchObject({
      executor: "onnx",
      reason: expect.stringMatching(/backend cpu/),
    });
    expect(() => compile(square, { executor: "fast" as never })).toThrow(/executor must be one of onnx, kernels/);
  });

  test("of a training is chosen in the same way", async () => {
    const run = (executor?: "onnx") =>
      train({
        params: { w: zeros([2, 1]) },
        loss: ({ w }, batch: { x: Tensor; y: Tensor }) => {
          const error = add(matmul(batch.x, w), mul(-1, batch.y));
          return sum(mul(error, error));
        },
        optimizer: adam({ learningRate: 0.05 }),
        data: { x: normals(4, [16, 2]), y: normals(5, [16, 1]) } as never,
        epochs: 3,
        executor,
      });
    const [own, other] = [await run(), await run("onnx")];
    expect([own.executor, other.executor]).toEqual(["kernels", "onnx"]);
    for (const [k, { training }] of own.history.entries()) {
      expect(training.loss).toBeCloseTo(other.history[k].training.loss, 3);
    }
  });
});

test("powers of 0, 1 and numbers below 0 are those of IEEE 754, and so are their slopes, whatever runs them", async () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  const a = array([0, 0, -2, -2, -2, 1, -1, 3, 0]);
  const b = array([0, 2, 3, 0, 0.5, nan, infinity, 0, -1]);
  for (const executor of ["kernels", "onnx"] as const) {
    const run = compile((x: Tensor, y: Tensor) => [pow(x, y), grad((z: Tensor) => sum(pow(z, y)))(x)], { executor });
    const [values, slopes] = await run(a, b);
    expect([...values.data]).toEqual([1, 0, -8, 1, nan, 1, 1, 1, infinity]);
    expect(Array.from(slopes.data as Float32Array, Math.abs).slice(0, 4)).toEqual([0, 0, 12, 0]);
    expect(slopes.data[7]).toBe(0);
    await run.close();
  }
});

test("an index outside of its axis is refused where it is seen", async () => {
  const program = compile((a: Tensor, at: Tensor) => gather(a, at), { executor: "kernels" });
  const at = new NdArray("int32", [2], Int32Array.of(0, 3));
  await expect(program(array([1, 2, 3]), at)).rejects.toThrow("gather: an index is outside of the axis that it names");
});
