/** Differentiation of traced functions. Gradients are graphs of the same ops, so they can be differentiated again. */
import { reachable } from "./graph.js";
import { sameBytes } from "./native.js";
import type { Op } from "./op.js";
import { add } from "./ops/elementwise.js";
import { sumTo } from "./ops/reductions.js";
import { broadcastTo } from "./ops/shape.js";
import { apply, isOperand, type Node, type Operand, Tensor, tensor } from "./tensor.js";
import { flatten, type Tree, unflatten } from "./tree.js";
import { sameShape, showShape, showType } from "./types.js";

/** Marks where a function's argument begins, so that only what the function does with it counts. */
const argumentOp: Op = {
  name: "argument",
  shape: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  onnx: "Identity",
  native: sameBytes,
  grad: (_, d) => [d],
  evaluate: ([x]) => [x],
};

/**
 * The gradients of sum_k outputs_k . cotangents_k with respect to `targets`, by reverse accumulation. Targets that the
 * outputs do not depend on get zeros.
 */
export function gradients(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  targets: readonly Tensor[],
): Tensor[] {
  const nodes = reachable(outputs);
  const wanted = new Set<Node>(targets.map(({ node }) => node));
  for (const node of nodes) if (node.inputs.some((input) => wanted.has(input.node))) wanted.add(node);

  const sums = new Map<Tensor, Tensor>();
  const give = (to: Tensor, gradient: Tensor) => {
    const before = sums.get(to);
    sums.set(to, before === undefined ? gradient : add(before, gradient));
  };
  for (const [k, output] of outputs.entries()) if (wanted.has(output.node)) give(output, cotangents[k]);

  const ends = new Set(targets.map(({ node }) => node));
  for (const node of nodes.reverse()) {
    if (!wanted.has(node) || node.op.grad === null) continue;
    if (ends.has(node) && !node.inputs.some((input) => wanted.has(input.node))) continue;
    const ds = node.outputs.map((output) => sums.get(output) ?? null);
    if (ds.every((d) => d === null)) continue;
    const { inputs, outputs: outs, attributes } = node;
    const first = ds[0] ?? zerosLike(outs[0]);
    const given = node.op.grad({ inputs, outputs: outs, out: outs[0], attributes }, first, ds);
    for (const [k, gradient] of given.entries()) {
      const to = inputs[k];
      if (gradient !== null && wanted.has(to.node) && to.dtype === "float32") give(to, sumTo(gradient, to.shape));
    }
  }
  return targets.map((target) => sums.get(target) ?? zerosLike(target));
}

/** Zeros of a tensor's shape. */
export function zerosLike(x: Tensor): Tensor {
  return broadcastTo(tensor(0, x.dtype), x.shape);
}

/** Ones of a tensor's shape. */
export function onesLike(x: Tensor): Tensor {
  return broadcastTo(tensor(1, x.dtype), x.shape);
}

// biome-ignore lint/suspicious/noExplicitAny: parameters of functions are contravariant, so `unknown` would fit none
type Differentiable = (...args: any[]) => Tree<Operand>;

/** Which argument to differentiate by, counted from 0. */
export interface GradOptions<N extends number = number> {
  argument?: N;
}

/** Calls `fn` with one argument's tensors marked; returns those and the result. */
function callMarked(where: string, fn: Differentiable, args: unknown[], argument: number) {
  if (!(argument in args))
    throw new RangeError(`${where}: argument ${argument} was asked for, ${args.length} were given`);
  const { leaves, paths, structure } = flatten(args[argument], isOperand, `argument ${argument}`);
  const marked = leaves.map((leaf, k) => {
    const operand = tensor(leaf);
    if (operand.dtype !== "float32") {
      throw new TypeError(`${where}: ${paths[k]} must be float32 to be differentiated by, got ${showType(operand)}`);
    }
    return apply(argumentOp, [operand], {});
  });
  const result = fn(...args.map((arg, k) => (k === argument ? unflatten(structure, marked) : arg)));
  return { marked, structure, result };
}

/**
 * A function that returns { value, grad }: the result of `fn` and the gradient with respect to one argument, in that
 * argument's structure. `fn` returns a scalar, or an object with a scalar `loss` beside whatever else it reports; `value`
 * is what it returned.
 */
export function valueAndGrad<A extends unknown[], R extends Tensor | { loss: Tensor }, N extends number = 0>(
  fn: (...args: A) => R,
  { argument = 0 as N }: GradOptions<N> = {},
): (...args: A) => { value: R; grad: A[N] } {
  return (...args) => {
    const { marked, structure, result } = callMarked("valueAndGrad", fn as Differentiable, args, argument);
    const loss = result instanceof Tensor ? result : (result as { loss?: unknown })?.loss;
    if (!(loss instanceof Tensor) || loss.rank !== 0 || loss.dtype !== "float32") {
      const got = loss instanceof Tensor ? showType(loss) : String(loss);
      throw new RangeError(
        `valueAndGrad: the function must return a float32 scalar, or an object with one as loss, got ${got}`,
      );
    }
    const found = gradients([loss], [tensor(1)], marked);
    return { value: result as R, grad: unflatten(structure, found) as A[N] };
  };
}

/** A function that returns the gradient of a scalar function with respect to one argument, in that argument's structure. */
export function grad<A extends unknown[], N extends number = 0>(
  fn: (...args: A) => Tensor | { loss: Tensor },
  options: GradOptions<N> = {},
): (...args: A) => A[N] {
  const both = valueAndGrad(fn, options);
  return (...args) => both(...args).grad;
}

/**
 * The transpose of the derivative: for y = fn(x), returns y and the function that takes a cotangent of y's structure to
 * J^T cotangent, of x's.
 */
export function vectorJacobianProduct<X, Y>(fn: (x: X) => Y, x: X): { value: Y; pullback: (cotangent: Y) => X } {
  const { marked, structure, result } = callMarked("vectorJacobianProduct", fn as Differentiable, [x], 0);
  const out = flatten(result, isOperand);
  const outputs = out.leaves.map((leaf) => tensor(leaf));
  return {
    value: result as Y,
    pullback: (cotangent) => {
      const given = flatten(cotangent, isOperand, "cotangent").leaves.map((leaf) => tensor(leaf));
      checkLike("vectorJacobianProduct: cotangent", given, outputs);
      return unflatten(structure, gradients(outputs, given, marked)) as X;
    },
  };
}

/**
 * The derivative along a direction: for y = fn(x) returns y and J tangent, where the tangent has x's structure. The
 * pull-back is linear in its cotangent, so its own transpose is the derivative (transposed twice).
 */
export function jacobianVectorProduct<X, Y>(fn: (x: X) => Y, x: X, tangent: X): { value: Y; tangent: Y } {
  const { marked, result } = callMarked("jacobianVectorProduct", fn as Differentiable, [x], 0);
  const out = flatten(result, isOperand);
  const outputs = out.leaves.map((leaf) => tensor(leaf));
  const along = flatten(tangent, isOperand, "tangent").leaves.map((leaf) => tensor(leaf));
  checkLike("jacobianVectorProduct: tangent", along, marked);
  const cotangents = outputs.map((output) => apply(argumentOp, [zerosLike(output)], {}));
  const back = gradients(outputs, cotangents, marked);
  return { value: result as Y, tangent: unflatten(out.structure, gradients(back, along, cotangents)) as Y };
}

function checkLike(where: string, given: readonly Tensor[], expected: readonly Tensor[]): void {
  const differs = expected.findIndex((tensor, k) => given[k] === undefined || !sameShape(tensor.shape, given[k].shape));
  if (given.length === expected.length && differs < 0) return;
  const show = (list: readonly Tensor[]) => list.map(({ shape }) => showShape(shape)).join(", ");
  throw new RangeError(`${where} must have shapes ${show(expected)}, got ${show(given)}`);
}
