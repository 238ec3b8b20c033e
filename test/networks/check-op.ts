/**
 * The one helper that every op passes through: its value and its derivatives against the reference interpreter, whose own
 * values are held to PyTorch's by golden.test.ts. Nothing here needs Node, so that a page runs the same.
 */
import { NdArray } from "../../dist/networks/array.js";
import { createExecutable } from "../../dist/networks/executable.js";
import { grad, jacobianVectorProduct, vectorJacobianProduct } from "../../dist/networks/gradients.js";
import type { Graph } from "../../dist/networks/graph.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import type { Dense } from "../../dist/networks/op.js";
import { add, mul } from "../../dist/networks/ops/elementwise.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import type { Backend } from "../../dist/networks/runtime.js";
import { constant, type Tensor, tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { type Shape, sizeOf } from "../../dist/networks/types.js";
import { Rng } from "../../dist/numerics/random.js";

/** A function over tensors, and what it is tried on. */
export interface OpCase {
  /** Name of the op in the table of ops. */
  readonly op: string;
  /** Says which of the op's cases this is; no two have the same. */
  readonly label: string;
  readonly fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly NdArray[];
  /** The inputs by which it can be differentiated. */
  readonly by: readonly number[];
  /** Largest error of a value that a backend computes in f32, relative to the largest value. */
  readonly tolerance: number;
  /** The same in Python, over torch tensors x, y, z, w in f64. */
  readonly python?: string;
}

/** A backend of ONNX Runtime, or the package's own kernels. */
export type Place = Backend | "kernels";

type Many = (inputs: readonly Tensor[]) => readonly Tensor[];

/** h of central differences, whose error is about h^2 = 1e-10 of the third derivative, plus 1e-16 / h = 1e-11 of the value. */
const h = 1e-5;
/** Of a gradient against central differences, relative to its largest element. */
const gradientTolerance = 1e-6;
/** Of a compiled f32 gradient against the interpreter's; sums of products of f32 lose some of its 7 digits. */
const compiledTolerance = 1e-3;
/** WGSL asks of sin and cos no more than 2^-11, and leaves other functions room as well. */
const leastTolerance: Record<Place, number> = { kernels: 0, cpu: 0, wasm: 0, webgpu: 1e-3 };
/** Where all elements are smaller than this the error is relative to it: sums cancel to zeros that are not exact. */
const floor = 1e-2;

/** All checks of a case; returns what is wrong, a line each. */
export async function problemsOf(one: OpCase, backend: Place): Promise<string[]> {
  return [
    ...(await valueProblems(one, backend)),
    ...(await gradientProblems(one)),
    ...(await compiledGradientProblems(one, backend)),
    ...(await directionProblems(one)),
  ];
}

/**
 * Values, first and second derivatives of many cases on a backend, in one program: what a slow backend is asked. Where the
 * program fails, each case is tried by itself, so that the failing one is named.
 */
export async function backendProblems(cases: readonly OpCase[], backend: Place): Promise<string[]> {
  try {
    return await joinedProblems(cases, backend);
  } catch (error) {
    if (cases.length === 1) return [`${cases[0].label} on ${backend}: ${error}`];
    const problems: string[] = [];
    for (const one of cases) problems.push(...(await backendProblems([one], backend)));
    return problems.length > 0 ? problems : [`${cases[0].op} on ${backend}, all cases in one program: ${error}`];
  }
}

async function joinedProblems(cases: readonly OpCase[], backend: Place): Promise<string[]> {
  const limits: { label: string; tolerance: number }[] = [];
  const everything = (...given: Tensor[][]) =>
    given.map((all, k) => {
      const one = cases[k];
      const f = byInputs(one);
      const values = [one.fn(...all)].flat();
      const derivatives =
        one.by.length === 0 ? [] : [gradOf(f(all)), gradOf(gradOf(f(all)), 2)].flatMap((d) => d(chosen(one, all)));
      const tolerance = Math.max(one.tolerance, leastTolerance[backend]);
      for (const _ of values) limits.push({ label: `${one.label}: value on ${backend}`, tolerance });
      for (const [by] of derivatives.entries()) {
        const order = by < one.by.length ? "gradient" : "second derivative";
        limits.push({ label: `${one.label}: ${order} ${by} on ${backend}`, tolerance: compiledTolerance });
      }
      return [values, derivatives];
    });
  const { graph } = trace(everything, ...cases.map(({ inputs }) => inputs));
  const inputs = cases.flatMap((one) => one.inputs);
  const expected = await interpret(graph, inputs);
  const got = await run(graph, inputs, backend);
  return got.flatMap((value, k) => compareOnBackend(limits[k].label, value, expected[k], limits[k].tolerance));
}

/** The value on a backend, against the interpreter. */
export async function valueProblems(one: OpCase, backend: Place): Promise<string[]> {
  const { graph } = trace(one.fn, ...one.inputs);
  const expected = await interpret(graph, one.inputs);
  const got = await run(graph, one.inputs, backend);
  return got.flatMap((value, k) => {
    const tolerance = Math.max(one.tolerance, leastTolerance[backend]);
    return compareOnBackend(`${one.label}: value on ${backend}`, value, expected[k], tolerance);
  });
}

/** First and second derivatives by every input, against central differences in the interpreter. */
export async function gradientProblems(one: OpCase): Promise<string[]> {
  if (one.by.length === 0) return [];
  const f = byInputs(one);
  const first = (all: readonly Tensor[]) => gradOf(f(all))(chosen(one, all));
  const problems = await differenceProblems(one, "gradient", (all) => [projected(f(all), 1)(chosen(one, all))], first);
  const second = (all: readonly Tensor[]) => gradOf(gradOf(f(all)), 2)(chosen(one, all));
  const slope = (all: readonly Tensor[]) => [projected(gradOf(f(all)), 2)(chosen(one, all))];
  return [...problems, ...(await differenceProblems(one, "second derivative", slope, second))];
}

/** The graph of the gradients of sum_k weights(100 + k) . output_k. */
export function projectedGradient(one: OpCase): Graph {
  return trace((...all: Tensor[]) => gradOf(byInputs(one)(all))(chosen(one, all)), ...one.inputs).graph;
}

/** First and second derivatives on a backend, against the interpreter. */
export async function compiledGradientProblems(one: OpCase, backend: Place): Promise<string[]> {
  if (one.by.length === 0) return [];
  const f = byInputs(one);
  const both = (...all: Tensor[]) => [
    ...gradOf(f(all))(chosen(one, all)),
    ...gradOf(gradOf(f(all)), 2)(chosen(one, all)),
  ];
  const { graph } = trace(both, ...one.inputs);
  const expected = await interpret(graph, one.inputs);
  const got = await run(graph, one.inputs, backend);
  return got.flatMap((value, k) => {
    const what = k < one.by.length ? "gradient" : "second derivative";
    const by = one.by[k % one.by.length];
    return compare(
      `${one.label}: ${what} by input ${by} on ${backend}`,
      denseOf(value),
      expected[k],
      compiledTolerance,
    );
  });
}

/** The derivative J v along a direction, against central differences along it, and u . J v against v . J^T u. */
export async function directionProblems(one: OpCase): Promise<string[]> {
  if (one.by.length === 0) return [];
  const f = byInputs(one);
  const along = one.by.map((k) => weights(3 + k, one.inputs[k].shape));
  const values = trace((...all: Tensor[]) => f(all)(chosen(one, all)), ...one.inputs).graph;
  const derivatives = trace(
    (...all: Tensor[]) => {
      const x = chosen(one, all);
      const directions = along.map(constant);
      const { tangent } = jacobianVectorProduct(f(all), x, directions);
      const us = tangent.map((y, k) => constant(weights(50 + k, y.shape)));
      const { pullback } = vectorJacobianProduct(f(all), x);
      return [...tangent, dot(us, tangent), dot(pullback(us), directions)];
    },
    ...one.inputs,
  ).graph;

  const results = await interpret(derivatives, one.inputs);
  const [uJv, vJu] = results.splice(-2);
  const at = async (step: number) => {
    const moved = one.inputs.map((x, k) => {
      const direction = along[one.by.indexOf(k)];
      const { shape, data } = denseOf(x);
      return direction === undefined ? x : { shape, data: data.map((value, i) => value + step * direction.data[i]) };
    });
    return interpret(values, moved);
  };
  const [before, after] = [await at(-h), await at(h)];
  const problems = results.flatMap((tangent, k) => {
    const data = tangent.data.map((_, i) => (after[k].data[i] - before[k].data[i]) / (2 * h));
    return compare(`${one.label}: J v of output ${k}`, tangent, { shape: tangent.shape, data }, gradientTolerance);
  });
  return [...problems, ...compare(`${one.label}: u . J v and v . J^T u`, uJv, vJu, 1e-9)];
}

/** The float outputs as a function of the inputs to differentiate by; the others are closed over. */
function byInputs({ fn, by }: OpCase): (all: readonly Tensor[]) => Many {
  return (all) => (some) => {
    const inputs = all.map((x, k) => (by.includes(k) ? some[by.indexOf(k)] : x));
    return [fn(...inputs)].flat().filter(({ dtype }) => dtype === "float32");
  };
}

const chosen = ({ by }: OpCase, all: readonly Tensor[]) => by.map((k) => all[k]);

/** Gradients of a random projection. */
const gradOf = (f: Many, seed = 1): Many => grad(projected(f, seed));

/** A random projection of all outputs: one number that depends on every element. */
function projected(f: Many, seed: number): (inputs: readonly Tensor[]) => Tensor {
  return (inputs) => {
    const outputs = f(inputs);
    return dot(
      outputs.map((y, k) => constant(weights(100 * seed + k, y.shape))),
      outputs,
    );
  };
}

function dot(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  return a.map((x, k) => sum(mul(x, b[k]))).reduce((total, term) => add(total, term), tensor(0));
}

/** Numbers in [0.5, 1.5) or their negatives, the same for one seed. */
export function weights(seed: number, shape: Shape): NdArray<"float32"> {
  const rng = new Rng(seed, 7);
  const draw = () => (rng.uniform() + 0.5) * (rng.uniform() < 0.5 ? -1 : 1);
  return new NdArray("float32", shape, Float32Array.from({ length: sizeOf(shape) }, draw));
}

/** `derivative` of the scalar `f` against (f(x + h) - f(x - h)) / 2h for each element of the inputs. */
async function differenceProblems(one: OpCase, what: string, f: Many, derivative: Many): Promise<string[]> {
  const { graph } = trace((...all: Tensor[]) => f(all), ...one.inputs);
  const analytic = await interpret(trace((...all: Tensor[]) => derivative(all), ...one.inputs).graph, one.inputs);
  const inputs: Dense[] = one.inputs.map(denseOf);
  const problems: string[] = [];
  for (const [k, input] of one.by.entries()) {
    const { shape, data } = inputs[input];
    const numeric = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const x = data[i];
      data[i] = x + h;
      const [after] = await interpret(graph, inputs);
      data[i] = x - h;
      const [before] = await interpret(graph, inputs);
      data[i] = x;
      numeric[i] = (after.data[0] - before.data[0]) / (2 * h);
    }
    const label = `${one.label}: ${what} by input ${input}`;
    problems.push(...compare(label, analytic[k], { shape, data: numeric }, gradientTolerance));
  }
  return problems;
}

const settingsOf = (place: Place) =>
  place === "kernels" ? ({ executor: place } as const) : { backend: place, threads: 1 };

async function run(graph: Graph, inputs: readonly NdArray[], place: Place): Promise<NdArray[]> {
  const program = await createExecutable(graph, settingsOf(place));
  try {
    return await program.run(inputs);
  } finally {
    await program.close();
  }
}

/** Integers and truth exactly; floats as far as f32 goes, beyond whose 3.4e38 all is infinite. */
function compareOnBackend(label: string, got: NdArray, { shape, data }: Dense, tolerance: number): string[] {
  if (got.dtype !== "float32") return compare(label, denseOf(got), { shape, data }, 0);
  return compare(label, denseOf(got), { shape, data: data.map(Math.fround) }, tolerance);
}

/** What differs: shapes, NaN and infinities exactly, finite elements by more than `tolerance` of the largest. */
export function compare(label: string, got: Dense, expected: Dense, tolerance: number): string[] {
  if (String(got.shape) !== String(expected.shape)) {
    return [`${label}: shape [${got.shape}] in place of [${expected.shape}]`];
  }
  const largest = expected.data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), floor);
  let [worst, place] = [0, -1];
  for (const [i, value] of got.data.entries()) {
    const wanted = expected.data[i];
    const error = Object.is(value, wanted) || value === wanted ? 0 : Math.abs(value - wanted) / largest;
    const bothNaN = Number.isNaN(value) && Number.isNaN(wanted);
    const measured = bothNaN ? 0 : Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    if (measured > worst) [worst, place] = [measured, i];
  }
  if (worst <= tolerance) return [];
  const pair = `${got.data[place]} in place of ${expected.data[place]}`;
  return [
    `${label}: element ${place} is ${pair}, ${worst.toExponential(1)} of the largest (${largest.toPrecision(3)})`,
  ];
}
