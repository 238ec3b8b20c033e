/** One epoch of a network over all nodes of a graph, as a compiled step. */
import { NdArray } from "../networks/array.js";
import { type Arrays, type CompiledStep, type CompileOptions, compileStep } from "../networks/compile.js";
import { valueAndGrad } from "../networks/gradients.js";
import { add, cast, equal, mul, neg } from "../networks/ops/elementwise.js";
import { logSoftmax } from "../networks/ops/normalization.js";
import { argMax, mean, sum } from "../networks/ops/reductions.js";
import { adam } from "../networks/optimizers/adam.js";
import { Random } from "../networks/random.js";
import { type Tensor, tensor } from "../networks/tensor.js";
import type { Rng } from "../numerics/random.js";
import type { SpaceData } from "../space/contents.js";
import type { EncoderLoader } from "../space/space.js";
import type { CheckedNodes } from "./labeled-nodes.js";

/** A network that gives every node of a graph a vector and a logit a class; P is a tree of its weights. */
export interface NodeNetwork<P> {
  /** The first weights. */
  init(rng: Rng): Arrays<P>;
  /** A hidden layer [N, H] and the logits, [N, C], or with `nodes` those of these nodes alone; with `random` with dropout. */
  apply(params: P, how?: { random?: Random; nodes?: Uint32Array }): { hidden: Tensor; logits: Tensor };
  /** What the loss has besides the cross-entropy, such as the norm of the weights; a scalar. */
  penalty(params: P): Tensor;
  /** What a space of the hidden layer keeps for `encoder`, which embeds new nodes. */
  keep?(params: Arrays<P>): NonNullable<SpaceData["tensors"]>;
  encoder?: EncoderLoader;
}

/** Scalars of an epoch: the loss as the step saw it, the others after the step and without dropout. */
export interface NodeStepResult {
  readonly loss: Tensor;
  readonly crossEntropy: Tensor;
  readonly accuracy: Tensor;
  readonly penalty: Tensor;
}

interface NodeState<P> {
  params: P;
  moments: Record<string, unknown>;
}

export type NodeStep<P> = CompiledStep<NodeState<P>, [key: Tensor], NodeStepResult>;

/** Weights to begin with, and Adam's moments, which are 0. */
export function firstState<P>(network: NodeNetwork<P>, rng: Rng, learningRate: number) {
  const params = network.init(rng);
  return { params, moments: adam({ learningRate }).init(params) };
}

/** A step of Adam over all nodes: the loss is of the training nodes, cross-entropy and accuracy of the validation nodes. */
export function makeStep<P>(
  network: NodeNetwork<P>,
  nodes: CheckedNodes,
  first: ReturnType<typeof firstState<P>>,
  { learningRate, ...options }: CompileOptions & { learningRate: number; signal?: AbortSignal },
): NodeStep<P> {
  const optimizer = adam({ learningRate });
  const [train, validation] = [targetsOf(nodes, nodes.train), targetsOf(nodes, nodes.validation)];
  const loss = (params: P, random: Random) => {
    const { logits } = network.apply(params, { random, nodes: nodes.train });
    return add(crossEntropy(logits, train), network.penalty(params));
  };
  const step = ({ params, moments }: NodeState<P>, key: Tensor) => {
    const { value, grad } = valueAndGrad(loss)(params, new Random(key));
    const next = optimizer.update(grad, moments as never, params);
    const { logits } = network.apply(next.params, { nodes: nodes.validation });
    const result = {
      loss: value,
      crossEntropy: crossEntropy(logits, validation),
      accuracy: accuracy(logits, validation),
      penalty: network.penalty(next.params),
    };
    return [{ params: next.params, moments: next.state }, result] as const;
  };
  return compileStep(step, first as never, options);
}

/** The classes of nodes [n], and these as one-hot rows, each divided by n: [n, C]. */
interface Targets {
  readonly labels: NdArray<"int64">;
  readonly shares: NdArray<"float32">;
}

/** What the loss of a part of the split is made of; null where that has no nodes. */
function targetsOf({ labels, classes }: CheckedNodes, part: Uint32Array): Targets | null {
  if (part.length === 0) return null;
  const shares = new Float32Array(part.length * classes.length);
  for (const [k, node] of part.entries()) shares[k * classes.length + labels[node]] = 1 / part.length;
  return {
    labels: new NdArray(
      "int64",
      [part.length],
      BigInt64Array.from(part, (node) => BigInt(labels[node])),
    ),
    shares: new NdArray("float32", [part.length, classes.length], shares),
  };
}

/** The mean of -ln softmax(logits_n)_c over the nodes n and their classes c; 0 without nodes. */
function crossEntropy(logits: Tensor, targets: Targets | null): Tensor {
  return targets === null ? tensor(0) : neg(sum(mul(targets.shares, logSoftmax(logits))));
}

/** Share of the nodes whose largest logit is that of their class; 0 without nodes. */
function accuracy(logits: Tensor, targets: Targets | null): Tensor {
  return targets === null ? tensor(0) : mean(cast(equal(argMax(logits), targets.labels), "float32"));
}
