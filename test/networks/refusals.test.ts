import { describe, expect, test } from "vitest";
import {
  adam,
  add,
  applyGru,
  argMax,
  array,
  compile,
  compileStep,
  conv,
  crossEntropy,
  exp,
  exportOnnx,
  grad,
  initGru,
  logSigmoid,
  logSumExp,
  mean,
  mul,
  NdArray,
  Rng,
  sgd,
  softmax,
  sum,
  type Tensor,
  Trainer,
  trace,
  train,
  valueAndGrad,
  zeros,
} from "../../dist/networks/index.js";
import { interpret } from "../../dist/networks/interpret.js";

const labels = (...values: number[]) => array(values, { dtype: "int32" });
const numbers = (value: NdArray) => Array.from(value.data as Float32Array);

describe("nothing wrong comes out in silence", () => {
  test("JavaScript's operators on tensors and arrays are refused, not NaN", async () => {
    const times = (x: Tensor) => sum(((x as unknown as number) * 2) as unknown as Tensor);
    expect(() => trace(times as never, array([1, 2]))).toThrow("write mul(x, y) for x * y");
    expect(() => trace(((x: Tensor) => ((x as unknown as number) > 0 ? x : x)) as never, array([1]))).toThrow(
      "where(...)",
    );
    expect(() => `${array([1]) as unknown as number}`).toThrow("item() gives the element");
  });

  test("state that comes out under another name, or not at all, is refused by the name", async () => {
    const swapped = ({ a, b }: { a: Tensor; b: Tensor }) => [{ z: a, b }, sum(a)] as const;
    await expect(compileStep(swapped as never, { a: array([1]), b: array([2]) } as never)()).rejects.toThrow(
      "compileStep: state.a went in as float32[1], it did not come out",
    );
    const more = ({ a }: { a: Tensor }) => [{ a, b: a }, sum(a)] as const;
    await expect(compileStep(more as never, { a: array([1]) } as never)()).rejects.toThrow(
      "compileStep: state.b came out and did not go in",
    );
  });

  test("steps of a trainer that are asked for at once are made one after the other", async () => {
    const trainer = await Trainer.create({
      params: { w: array([0]) },
      loss: (p, { x }) => mean(mul(sum(p.w), x)),
      optimizer: sgd({ learningRate: 1 }),
      data: { x: array([1, 10, 100, 1000]) },
      batchSize: 1,
      epochs: 1,
      shuffle: false,
    });
    await Promise.all([trainer.step(), trainer.step(), trainer.step(), trainer.step()]);
    expect(numbers(trainer.params().w)).toEqual([-1111]);
    await trainer.close();
  });

  test("two results that are one value have elements of their own", async () => {
    const fn = compile((x: Tensor) => {
      const y = exp(x);
      return { a: y, b: y };
    });
    const { a, b } = await fn(array([0]));
    a.data[0] = 9;
    expect(b.data[0]).toBe(1);
    await fn.close();
  });

  test("logits of -Infinity cost what they should, and their gradient is finite", async () => {
    const fn = compile(valueAndGrad((x: Tensor, y: Tensor) => crossEntropy(x, y)));
    const { value, grad: gradient } = await fn(array([[1, 2, Number.NEGATIVE_INFINITY]]), labels(0));
    expect(value.item()).toBeCloseTo(Math.log(1 + Math.E), 5); // as PyTorch: 1.3133
    expect(numbers(gradient).every(Number.isFinite)).toBe(true);
    await fn.close();
  });

  test("a label outside of the classes makes the loss NaN, and training names it; a weight of 0 leaves it out", async () => {
    const fn = compile((x: Tensor, y: Tensor, w: Tensor) => [crossEntropy(x, y), crossEntropy(x, y, { weights: w })]);
    const logits = array([
      [1, 2],
      [3, 4],
    ]);
    const [plain, weighted] = await fn(logits, labels(0, 7), array([1, 0]));
    expect(plain.item()).toBeNaN();
    expect(weighted.item()).toBeCloseTo(Math.log(1 + Math.E), 5);
    await fn.close();
    const options = {
      params: { w: array([[0.1, 0.2]]) },
      loss: (p: { w: Tensor }, batch: { x: Tensor; y: Tensor }) => crossEntropy(mul(batch.x, p.w), batch.y),
      optimizer: sgd({ learningRate: 0.1 }),
      data: { x: array([[1], [2]]), y: labels(1, 9) },
    };
    await expect(train(options as never)).rejects.toMatchObject({
      name: "DivergedError",
      message: expect.stringContaining("the loss became NaN"),
    });
  });

  test("logSumExp of infinities is what the limit says", async () => {
    const fn = compile((x: Tensor) => logSumExp(x));
    const inf = Number.POSITIVE_INFINITY;
    expect((await fn(array([-inf, -inf]))).item()).toBe(-inf);
    expect((await fn(array([inf, 0]))).item()).toBe(inf);
    expect((await fn(array([1000, 1000]))).item()).toBeCloseTo(1000 + Math.LN2, 3);
    await fn.close();
  });

  test("logSigmoid is right where the runtime's sigmoid is 0, and so is its gradient", async () => {
    const fn = compile(valueAndGrad((x: Tensor) => logSigmoid(x)));
    for (const x of [-50, -20, 0, 20]) {
      const { value, grad: gradient } = await fn(x);
      expect(value.item()).toBeCloseTo(-Math.log1p(Math.exp(-x)), 4);
      expect(gradient.item()).toBeCloseTo(1 / (1 + Math.exp(x)), 5);
    }
    await fn.close();
  });

  test("the interpreter takes extremes: NaN in argMax, softmax of 1e38, wrong inputs by name", async () => {
    const run = async (fn: (x: Tensor) => unknown, x: NdArray) =>
      Array.from((await interpret(trace(fn as never, x).graph, [x]))[0].data);
    for (const share of await run((x) => softmax(x), array([1e38, 1e38, 1e38]))) expect(share).toBeCloseTo(1 / 3, 15);
    expect((await run((x) => argMax(x), array([1, Number.NaN, 2])))[0]).toBeGreaterThanOrEqual(0);
    const { graph } = trace((x) => exp(x), array([1, 2]));
    await expect(interpret(graph, [array([1, 2, 3])])).rejects.toThrow("interpret: input 0 must be [2], got [3]");
    await expect(interpret(graph, [])).rejects.toThrow("interpret: the graph takes 1 inputs, got 0");
  });
});

describe("refusals", () => {
  test("arrays that do not hold what they are given", () => {
    const refused: [() => unknown, string][] = [
      [() => array([1.5], { dtype: "int32" }), "array: int32 takes integers from -2^31, below 2^31, got 1.5"],
      [() => array([3e9], { dtype: "int32" }), "got 3000000000"],
      [() => array([Number.NaN], { dtype: "int64" }), "array: int64 takes integers"],
      [
        () => array([1], { dtype: "float64" as never }),
        "array: dtype must be one of float32, int32, int64, bool, got float64",
      ],
      [() => zeros([1], "float16" as never), "zeros: dtype must be one of"],
      [() => array(null as never), "array: a number or a list was needed, got null"],
      [() => array("abc" as never), "array: a number or a list was needed, got abc"],
      [() => array([1, [2]] as never), "array: some elements are numbers, others of the level are lists"],
      [() => new NdArray("bool", [1], Uint8Array.of(2)), "the bytes of bool are 0 and 1"],
    ];
    for (const [work, message] of refused) expect(work, message).toThrow(message);
  });

  test("a state that is none of the optimizer's is refused with what would make one", () => {
    const params = { w: array([1, 2]) };
    const update = (state: object) =>
      trace((w: Tensor) => adam().update({ w }, state as never, { w }).params as never, params.w);
    const good = adam().init(params);
    expect(() => update({ ...good, steps: array([5]) })).toThrow(
      "adam: the state must come from adam().init(params), with steps as int32[]; got float32[1]",
    );
    expect(() => update({})).toThrow("with steps as int32[]; got undefined");
    expect(() => update(sgd({ learningRate: 1 }).init(params))).toThrow("adam: there is no mean");
    update(good);
  });

  test("a closed function refuses calls; those before it come to their end", async () => {
    const fn = compile((x: Tensor) => exp(x));
    const before = fn(array([0]));
    const closing = fn.close();
    expect(numbers(await before)).toEqual([1]);
    await closing;
    await expect(fn(array([0]))).rejects.toThrow("compile: the function was called after it was closed");
  });

  test("what a loss returns beside what training knows is refused, and a metric that is NaN ends the run", async () => {
    const options = (result: (loss: Tensor) => unknown) =>
      ({
        params: { w: array([1]) },
        loss: (p: { w: Tensor }, { x }: { x: Tensor }) => result(mean(mul(p.w, x))),
        optimizer: sgd({ learningRate: 0 }),
        data: { x: array([[1], [2]]) },
      }) as never;
    await expect(train(options((loss) => ({ loss, metric: { a: loss } })))).rejects.toThrow(
      "there is no option metric",
    );
    await expect(train(options((loss) => ({ loss, metrics: { a: mul(loss, Number.NaN) } })))).rejects.toThrow(
      "the metric a became NaN",
    );
  });
});

test("a recurrent network is saved for any batch size", () => {
  const params = initGru(new Rng(1), { inputs: 3, width: 4 });
  const model = exportOnnx(
    ((p: never, x: Tensor) => applyGru(p, x).state) as never,
    [{ dtype: "float32", shape: ["batch", 5, 3] }],
    {
      parameters: params as never,
    },
  );
  expect(model.graph.inputs[0].shape).toEqual(["batch", 5, 3]);
});

test("no items are a batch too: a convolution and its gradients over none", async () => {
  const fn = compile(grad((w: Tensor, x: Tensor) => sum(conv(x, w, { padding: 1 }))));
  const gradient = await fn(zeros([4, 2, 3, 3]), zeros([0, 2, 5, 5]));
  expect(numbers(gradient).every((value) => value === 0)).toBe(true);
  await fn.close();
});

test("a program of thousands of nodes compiles in a time that grows with them, not with their square", async () => {
  const chain = compile((x: Tensor) => {
    let y = x;
    for (let k = 0; k < 3000; k++) y = add(exp(mul(y, -1)), 0.001 * (k + 1));
    return sum(y);
  });
  expect(Number.isFinite((await chain(array([0.5, 1]))).item())).toBe(true);
  await chain.close();
});
