import { describe, expect, test } from "vitest";
import {
  add,
  array,
  compile,
  compileStep,
  exp,
  matmul,
  mean,
  mul,
  NdArray,
  sqrt,
  sub,
  sum,
  type Tensor,
  valueAndGrad,
  zeros,
} from "../../dist/networks/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { runModule } from "../child.js";

const numbers = (value: NdArray) => Array.from(value.data as Float32Array);

function random(shape: number[], seed: number): NdArray {
  const rng = new Rng(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return new NdArray(
    "float32",
    shape,
    Float32Array.from({ length: size }, () => rng.normal()),
  );
}

describe("compile", () => {
  test("arguments and results are trees; a number is a scalar; inputs and constants may be results", async () => {
    const fn = compile(({ a, b: [c] }: { a: Tensor; b: Tensor[] }, scale: Tensor) => ({
      sum: add(a, mul(scale, c)),
      same: [a, a],
      seven: array([7]),
      one: 1,
    }));
    const a = array([1, 2]);
    const result = await fn({ a, b: [array([10, 20])] }, 0.5);
    expect(numbers(result.sum)).toEqual([6, 12]);
    expect(result.same.map(numbers)).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect([numbers(result.seven as never), (result.one as unknown as NdArray).item()]).toEqual([[7], 1]);
    (result.same[0].data as Float32Array)[0] = 99; // results are the caller's
    expect(numbers(a)).toEqual([1, 2]);
    await fn.close();
  });

  test("keys that look like numbers are no places in a list, in no call", async () => {
    const fn = compile((x: Record<string, Tensor>) => ({ "10": mul(x["9"], 1), "9": mul(x["10"], 1), "": x[""] }));
    for (let call = 0; call < 3; call++) {
      const result = await fn({ "9": array([9]), "10": array([10]), "": array([0]) });
      expect([result["10"], result["9"], result[""]].map(numbers)).toEqual([[9], [10], [0]]);
    }
    await fn.close();
  });

  test("a function is traced once for each combination of shapes and kinds, calls that overlap included", async () => {
    let traced = 0;
    const fn = compile((x: Tensor) => {
      traced++;
      return sum(mul(x, x));
    });
    const results = await Promise.all([fn(array([3, 4])), fn(array([1, 2])), fn(array([[2]]))]);
    expect(results.map((value) => value.item())).toEqual([25, 5, 4]);
    await fn(array([5, 6]));
    expect(traced).toBe(2);
    await fn(zeros([2], "int32"));
    expect(traced).toBe(3);
    await fn.close();
  });

  test("elements in shared memory, or within a larger buffer, are taken as they are", async () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([3, 4]);
    const within = Float32Array.of(0, 0, 6, 8, 0).subarray(2, 4);
    const norm = compile((x: Tensor) => sqrt(sum(mul(x, x))));
    expect((await norm(new NdArray("float32", [2], shared))).item()).toBe(5);
    expect((await norm(new NdArray("float32", [2], within))).item()).toBe(10);
    await norm.close();
  });

  test("every kind goes in and comes out", async () => {
    const fn = compile((...all: Tensor[]) => all.map((x) => add(x, x)));
    const big = new NdArray("int64", [1], BigInt64Array.of(2n ** 60n));
    const [a, b, c] = await fn(array([1.5]), array([7], { dtype: "int32" }), big);
    expect([a.data[0], b.data[0], c.data[0]]).toEqual([3, 14, 2n ** 61n]);
    const keep = compile((x: Tensor) => x);
    expect(Array.from((await keep(array([1, 0], { dtype: "bool" }))).data as Uint8Array)).toEqual([1, 0]);
  });

  test("D2 with one number of threads every run has the same bytes, with another they differ by rounding only", async () => {
    const [x, w] = [random([96, 200], 1), random([200, 300], 2)];
    const loss = (params: Tensor, input: Tensor) => mean(exp(mul(0.01, matmul(input, params))));
    const gradients: Float32Array[] = [];
    for (const threads of [1, 1, 2, 2, 4]) {
      const fn = compile(valueAndGrad(loss), { threads });
      for (let k = 0; k < 5; k++) gradients.push((await fn(w, x)).grad.data as Float32Array);
      await fn.close();
    }
    const largest = Math.max(...gradients[0].map(Math.abs));
    for (const [k, gradient] of gradients.entries()) {
      const same = gradients[k < 10 ? 0 : k < 20 ? 10 : 20];
      expect(Buffer.compare(Buffer.from(gradient.buffer), Buffer.from(same.buffer)), `run ${k}`).toBe(0);
      const worst = Math.max(...gradient.map((value, at) => Math.abs(value - gradients[0][at])));
      expect(worst).toBeLessThanOrEqual(1e-5 * largest);
    }
  });

  test("wrong calls and options are named", async () => {
    const fn = compile((x: Tensor) => add(x, 1));
    await expect(fn("1" as never)).rejects.toThrow(
      "arguments[0]: a tensor, a list or a plain object was needed, got 1",
    );
    await expect(fn({ dtype: "float32", shape: [2] } as never)).rejects.toThrow(
      "compile: arguments[0] must be an array or a number, got float32[2]",
    );
    expect(() => compile((x: Tensor) => x, { backend: "gpu" as never })).toThrow(
      'compile: backend must be one of cpu, wasm, webgpu, got "gpu"',
    );
    expect(() => compile((x: Tensor) => x, { threads: 0 })).toThrow(
      "compile: threads must be an integer from 1 to 256, got 0",
    );
    expect(() => compile((x: Tensor) => x, { thread: 1 } as never)).toThrow("compile: there is no option thread");
    const step = (state: Tensor) => [matmul(state, state), sum(state)] as const;
    await expect(compileStep(step as never, zeros([2]) as never)()).rejects.toThrow(
      "matmul: two axes or more were needed",
    );
    const grows = (state: Tensor) => [add(state, zeros([3, 2])), sum(state)] as const;
    await expect(compileStep(grows as never, zeros([2]) as never)()).rejects.toThrow(
      "compileStep: state went in as float32[2], it came out as float32[3, 2]",
    );
    await expect(compileStep(((s: Tensor) => s) as never, zeros([2]) as never)()).rejects.toThrow(
      "compileStep: the function must return [state, result]",
    );
  });

  test("a step whose mistake shows while tracing leaves the state as it was", async () => {
    const step = compileStep(
      (state: Tensor, x: Tensor) => [add(state, sum(matmul(x, x))), sum(state)] as const,
      zeros([2]),
    );
    await step(array([[1]]));
    await expect(step(zeros([2, 3]))).rejects.toThrow("matmul: inner sizes differ");
    expect(numbers(step.state())).toEqual([1, 1]);
    await step(array([[2]]));
    expect(numbers(step.state())).toEqual([5, 5]);
    await step.close();
  });

  test("a program that memory does not hold is refused with a ResourceError, and the next one runs", async () => {
    const fn = compile((x: Tensor, y: Tensor) => sum(exp(sub(mul(x, y), 1))));
    const [row, column] = [zeros([1, 2 ** 21]), zeros([2 ** 21, 1])];
    await expect(fn(row, column)).rejects.toMatchObject({ name: "ResourceError" }); // 2^42 numbers between
    const small = compile((x: Tensor) => sum(exp(x)));
    expect((await small(zeros([3]))).item()).toBe(3);
  });
});

describe("the optional runtime", () => {
  test("I6 the package is imported, and spaces are used, without loading it", async () => {
    const { code, stdout, stderr } = await runModule(`
      import { Space } from "./dist/index.js";
      import { trace, grad, sum, mul, array } from "./dist/networks/index.js";
      const space = Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 0, 0, 1) });
      await space.near("a");
      trace(grad((x) => sum(mul(x, x))), array([1, 2]));
      const { createRequire } = await import("node:module");
      const loaded = Object.keys(createRequire(import.meta.url).cache ?? {});
      const shared = process.report.getReport().sharedObjects;
      console.log(JSON.stringify([...loaded, ...shared].filter((name) => name.includes("onnxruntime"))));
    `);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  test("I6 where it is missing, the error is the line that installs it", async () => {
    const hook = `export async function resolve(name, context, next) {
      if (name.startsWith("onnxruntime")) throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context);
    }`;
    for (const [backend, name] of [
      ["cpu", "onnxruntime-node"],
      ["webgpu", "onnxruntime-node"],
      ["wasm", "onnxruntime-web"],
    ]) {
      const { stdout } = await runModule(`
        import { register } from "node:module";
        register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
        const { compile, array } = await import("./dist/networks/index.js");
        try { await compile((x) => x, { backend: "${backend}" })(array([1])); } catch (error) { console.log(error.name + ": " + error.message); }
      `);
      expect(stdout.trim()).toBe(
        `ResourceError: networks: the backend ${backend} needs ${name}, which is not installed; run: npm install ${name}`,
      );
    }
  });
});
