/**
 * The elementwise part of an optimizer as one foreign step over all parameters: ONNX Runtime would make a dozen passes over
 * memory where the kernel (src/kernels/twins/optimizers.ts) makes one. The same update is written in ordinary ops as
 * well, for backends that a kernel cannot reach, for derivatives through an update, and as its definition.
 */
import { kernelOver } from "../../kernels/kernel.js";
import { NdArray, zeros } from "../array.js";
import { vectorJacobianProduct } from "../gradients.js";
import { graphOf } from "../graph.js";
import { interpret } from "../interpret.js";
import type { ForeignCall, Op } from "../op.js";
import { add, cast, div, mul, sub, tanh } from "../ops/elementwise.js";
import { type Attributes, applyAll, input, isOperand, type Operand, Tensor, tensor } from "../tensor.js";
import { flatten, unflatten } from "../tree.js";
import { type DType, sameShape, showType, type TensorType } from "../types.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import { type LearningRate, rateAt } from "./schedules.js";

/** How one method updates a parameter. S are its settings, numbers and booleans. */
export interface Rule<S extends Attributes> {
  /** Name of the op. */
  readonly name: string;
  /** The kernel's function: count, parameter, gradient, kept ..., new parameter, new kept ..., numbers. */
  readonly kernel: string;
  /** Names of what is kept beside each parameter. */
  readonly kept: readonly string[];
  /** The kernel's numbers for update t, counted from 1, at a learning rate and the parameter's weight decay. */
  numbers(t: number, rate: number, decay: number, settings: S): number[];
  /** The new parameter and what is kept, in ordinary ops; t and rate are float32 scalars. */
  update(values: RuleValues, decay: number, settings: S): readonly Tensor[];
}

export interface RuleValues {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly kept: readonly Tensor[];
  readonly t: Tensor;
  readonly rate: Tensor;
}

type Settings<S extends Attributes> = Readonly<{ decays: readonly number[]; settings: S }>;

/**
 * The op of a rule. Inputs: rate, steps so far (int32), then all parameters, all gradients, and all of each kind that is
 * kept; outputs: steps, parameters, kept.
 */
export function updateOp<S extends Attributes>(rule: Rule<S>): Op<Settings<S>> {
  const kinds = rule.kept.length;
  const countOf = (inputs: readonly unknown[]) => (inputs.length - 2) / (2 + kinds);
  /** The inputs of which the outputs are the next values: all but the rate and the gradients. */
  const nextOf = <T>(inputs: readonly T[]): readonly T[] => {
    const count = countOf(inputs);
    return [inputs[1], ...inputs.slice(2, 2 + count), ...inputs.slice(2 + 2 * count)];
  };

  const lower = (inputs: readonly Tensor[], { decays, settings }: Settings<S>): readonly Tensor[] => {
    const count = countOf(inputs);
    const [rate, steps] = inputs;
    const next = add(steps, 1);
    const group = (k: number) => inputs.slice(2 + k * count, 2 + (k + 1) * count);
    const [parameters, gradients] = [group(0), group(1)];
    const kept = rule.kept.map((_, k) => group(2 + k));
    const updated = decays.map((decay, i) => {
      const values = { parameter: parameters[i], gradient: gradients[i], kept: kept.map((kind) => kind[i]) };
      return rule.update({ ...values, rate, t: cast(next, "float32") }, decay, settings);
    });
    return [next, ...[parameters, ...kept].flatMap((_, k) => updated.map((results) => results[k]))];
  };

  const run = ({ inputs, outputs, attributes: { decays, settings }, memory }: ForeignCall<Settings<S>>) => {
    const functions = kernelOver("optimizers", memory);
    const [rate, steps] = inputs.map(({ data }) => Number(data[0]));
    const t = steps + 1;
    (outputs[0].data as Int32Array)[0] = t;
    const count = decays.length;
    for (let i = 0; i < count; i++) {
      const pointers: number[] = [];
      for (let at = 2 + i; at < inputs.length; at += count) pointers.push(inputs[at].data.byteOffset);
      for (let at = 1 + i; at < outputs.length; at += count) pointers.push(outputs[at].data.byteOffset);
      functions[rule.kernel](inputs[2 + i].size, ...pointers, ...rule.numbers(t, rate, decays[i], settings));
    }
  };

  return {
    name: rule.name,
    shape: nextOf,
    onnx: null,
    grad: ({ inputs, attributes }, _, ds) => {
      // Steps are integers and have no gradient, neither as input nor as output.
      const [rate, steps, ...rest] = inputs;
      const { value, pullback } = vectorJacobianProduct(
        ([first, ...others]: Tensor[]) => lower([first, steps, ...others], attributes).slice(1),
        [rate, ...rest],
      );
      const cotangents = value.map((output, k) => ds[k + 1] ?? mul(output, 0));
      const [first, ...others] = pullback(cotangents);
      return [first, null, ...others];
    },
    evaluate: (inputs, attributes) => {
      const dtypes: DType[] = inputs.map((_, k) => (k === 1 ? "int32" : "float32"));
      const symbols = inputs.map(({ shape }, k) => input({ dtype: dtypes[k], shape }));
      return interpret(graphOf(symbols, lower(symbols, attributes)), inputs);
    },
    text: ({ decays, settings }) => {
      const same = decays.every((decay) => decay === decays[0]);
      return JSON.stringify({ ...settings, weightDecay: same ? decays[0] : decays });
    },
    foreign: { run, lower, overwrites: (inputs) => nextOf(inputs.map((_, k) => k)) },
  };
}

/** What every optimizer takes besides its own settings. */
export interface DecayOptions {
  /** Added to the gradient as weightDecay times the parameter (L2 regularization); 0 by default, useful to about 1e-2. */
  weightDecay?: number;
  /** Which parameters decay, by their path such as `layers[0].weights`; all by default. */
  decays?: (path: string, shape: readonly number[]) => boolean;
}

/** The optimizer of a rule. */
export function optimizerOf<S extends Attributes>(
  where: string,
  op: Op<Settings<S>>,
  kept: readonly string[],
  settings: S,
  { learningRate, weightDecay = 0, decays = () => true }: DecayOptions & { learningRate: LearningRate },
): Optimizer {
  return {
    init: (params) => {
      const { leaves, structure } = floats(where, params);
      const tree = () =>
        unflatten(
          structure,
          leaves.map(({ shape }) => zeros(shape)),
        );
      return { steps: zeros([], "int32"), ...Object.fromEntries(kept.map((name) => [name, tree()])) };
    },
    update: <P>(gradients: P, state: OptimizerState, params: P) => {
      const own = floats(where, params);
      const { structure } = own;
      const steps = stepsOf(where, state);
      const trees = [gradients, ...kept.map((name) => state[name])].map((tree, k) =>
        matching(where, k === 0 ? "gradients" : kept[k - 1], tree, own),
      );
      const outputs = applyAll(op, [rateFor(where, learningRate, steps), steps, ...own.leaves, ...trees.flat()], {
        decays: own.leaves.map(({ shape }, k) => (decays(own.paths[k], shape) ? weightDecay : 0)),
        settings,
      });
      const count = own.leaves.length;
      const tree = (k: number) => unflatten(structure, outputs.slice(1 + k * count, 1 + (k + 1) * count));
      const next = Object.fromEntries(kept.map((name, k) => [name, tree(1 + k)]));
      return { params: tree(0) as P, state: { steps: outputs[0], ...next } };
    },
  };
}

/** The number of updates so far. Throws TypeError where the state is none of this optimizer's. */
function stepsOf(where: string, state: OptimizerState): Tensor {
  const given: unknown = state?.steps;
  const steps = isLeaf(given) ? tensor(given) : undefined;
  if (steps?.dtype === "int32" && steps.rank === 0) return steps;
  const got = steps === undefined ? String(given) : showType(steps);
  throw new TypeError(`${where}: the state must come from ${where}().init(params), with steps as int32[]; got ${got}`);
}

/** The learning rate of the next update, from the number of those that were. */
export function rateFor(where: string, rate: LearningRate, steps: Tensor): Tensor {
  return typeof rate === "number" ? tensor(rate) : rateAt(where, rate, cast(steps, "float32"));
}

type Leaf = Tensor | NdArray;

function isLeaf(value: unknown): value is Leaf {
  return value instanceof Tensor || value instanceof NdArray;
}

/** The leaves of a tree of parameters. */
export function floats(where: string, tree: unknown) {
  const flat = flatten(tree, isLeaf);
  if (flat.leaves.length === 0) throw new RangeError(`${where}: there are no parameters`);
  for (const [k, leaf] of flat.leaves.entries()) {
    if (leaf.dtype !== "float32") {
      throw new TypeError(`${where}: ${flat.paths[k] || "the parameter"} must be float32, got ${showType(leaf)}`);
    }
  }
  return flat;
}

/** The leaves of a tree that must be like the parameters'. */
export function matching(where: string, name: string, tree: unknown, like: ReturnType<typeof floats>): Operand[] {
  if (tree === undefined) {
    throw new TypeError(`${where}: there is no ${name}; the state must come from ${where}().init(params)`);
  }
  const { leaves, paths } = flatten(tree, isOperand);
  const found = leaves.map((leaf) => tensor(leaf));
  const differs = like.leaves.findIndex(
    (leaf, k) => found[k] === undefined || paths[k] !== like.paths[k] || !sameShape(found[k].shape, leaf.shape),
  );
  if (differs < 0 && found.length === like.leaves.length) return found;
  const k = Math.max(differs, 0);
  const show = (path: string | undefined, type: TensorType | undefined) =>
    type === undefined ? "nothing" : `${path || "a tensor"} as ${showType(type)}`;
  throw new RangeError(
    `${where}: ${name} must be like the parameters, ${show(like.paths[k], like.leaves[k])}, got ${show(paths[k], found[k])}`,
  );
}

/** 1 - beta^t = -expm1(t ln beta) = 2 h / (h - 1), h = tanh(t ln(beta) / 2): accurate where beta^t is near 1. */
export function oneMinusPower(beta: number, t: Tensor): Tensor {
  if (beta === 0) return tensor(1);
  const h = tanh(mul(t, Math.log(beta) / 2));
  return div(mul(2, h), sub(h, 1));
}

/** The gradient with weight decay. */
export function decayed({ gradient, parameter }: RuleValues, decay: number): Tensor {
  return decay === 0 ? gradient : add(gradient, mul(decay, parameter));
}
