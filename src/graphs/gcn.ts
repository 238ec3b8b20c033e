/**
 * Graph convolutional networks for classes of nodes, of which few are known (Kipf and Welling 2017,
 * https://arxiv.org/abs/1609.02907, section 3; their program: tkipf/gcn):
 *
 *   Z = S act(S X W0) W1,    S = D~^-1/2 (A + I) D~^-1/2
 *
 * The loss is the mean of -ln softmax(Z_n)_c over the nodes n whose class c is known, and half the squared norm of the
 * weights.
 */
import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import type { Graph } from "../messages/graph.js";
import { GraphMemory } from "../messages/memory.js";
import { selectRows } from "../messages/operators/entries.js";
import type { Operator } from "../messages/operators/operator.js";
import { symmetric } from "../messages/operators/symmetric.js";
import type { NdArray } from "../networks/array.js";
import { type DropoutOptions, dropout } from "../networks/layers/dropout.js";
import { glorotUniform } from "../networks/layers/initializers.js";
import { add, mul, relu, square, tanh } from "../networks/ops/elementwise.js";
import { matmul } from "../networks/ops/linear.js";
import { sum } from "../networks/ops/reductions.js";
import { propagate, sparseMatMul } from "../networks/ops/sparse.js";
import type { Operand, Tensor } from "../networks/tensor.js";
import { gcnEncoder } from "./gcn-encoder.js";
import { checkNodes, type LabeledNodes } from "./labeled-nodes.js";
import { featuresOf, type NodeFeatures, numbersTimes, timesFeatures, widthOf } from "./node-features.js";
import type { NodeNetwork } from "./node-step.js";
import {
  checkNodeTraining,
  type NodeClassification,
  type NodeTrainingOptions,
  nodeTrainingOptions,
  trainNodes,
} from "./node-training.js";

/** W0 [F, H] and W1 [H, C]. */
export interface GcnParams<T = Tensor> {
  first: T;
  second: T;
}

/** What a network works on: S [N, N] and X [N, F]; where only some nodes are asked for their rows of S. */
export interface GcnInputs {
  readonly operator: Operator;
  readonly features: NodeFeatures;
  readonly asked?: Operator;
}

const activations = { relu, tanh };
export type GcnActivation = keyof typeof activations;

/**
 * Z = S act(S X W0) W1, [N, C], or the rows of Z that are asked for, and the hidden layer act(S X W0), [N, H]. Dropout, where
 * there is any, is of what both layers take: of sparse features the stored entries are dropped, of dense ones all.
 */
export function applyGcn(
  { first, second }: GcnParams<Operand>,
  { operator, features, asked = operator }: GcnInputs,
  { activation = "relu", drop }: { activation?: GcnActivation; drop?: DropoutOptions } = {},
): { hidden: Tensor; logits: Tensor } {
  const hidden = activations[activation](propagate(operator, timesFeatures(features, first, drop)));
  return { hidden, logits: sparseMatMul(asked, matmul(dropout(hidden, drop), second)) };
}

export interface GcnOptions extends NodeTrainingOptions {
  /** H, the width of the hidden layer; 16 by default, 8 to 64 are usual. */
  hidden?: number;
  /** "relu" by default; "tanh" makes better pictures of two hidden dimensions. */
  activation?: GcnActivation;
  /** Share of both layers' inputs that is dropped while training, in [0, 1); 0.5 by default, 0 for tiny graphs. */
  dropout?: number;
  /** Weight of half the squared norm of the weights in the loss; 5e-4 by default, useful from 0 to 1e-2. */
  weightDecay?: number;
  /** Of which weights the norm is taken: those of the "first" layer, as the authors do (default), or of "all". */
  decayed?: "first" | "all";
  /** Whether the features of each node are divided by their sum; true by default. */
  normalizeFeatures?: boolean;
  /** Edges from a node to itself count as nothing, or beside the loop that each node gets; "drop" by default. */
  selfLoops?: "keep" | "drop";
}

/**
 * Trains a network on the classes of a few nodes and predicts those of all. The graph is undirected; weights of edges count.
 * Throws RangeError where nodes, labels and features do not fit together.
 */
export async function gcn(
  graph: Graph,
  nodes: LabeledNodes,
  options: GcnOptions = {},
): Promise<NodeClassification<GcnParams<NdArray>>> {
  const settings = checkOptions(options);
  const checked = checkNodes("gcn", graph, nodes);
  const { hidden, activation, dropout: rate, weightDecay, decayed } = settings;
  const memory = new GraphMemory(0, "gcn");
  const inputs = {
    operator: symmetric(graph, { memory, selfLoops: settings.selfLoops === "keep" ? true : "replace" }),
    features: featuresOf("gcn", graph, nodes, { normalize: settings.normalizeFeatures, memory }),
  };
  const rowsOf = (some: Uint32Array) => (some.length === 0 ? inputs.operator : selectRows(inputs.operator, some));
  const network = {
    init: (rng) => ({
      first: glorotUniform(rng, [widthOf(inputs.features), hidden]),
      second: glorotUniform(rng, [hidden, checked.classes.length]),
    }),
    apply: (params, { random, nodes: some } = {}) => {
      const drop = random && { rate, random };
      return applyGcn(params, { ...inputs, asked: some && rowsOf(some) }, { activation, drop });
    },
    penalty: ({ first, second }) => {
      const norms = decayed === "all" ? add(sum(square(first)), sum(square(second))) : sum(square(first));
      return mul(weightDecay / 2, norms);
    },
    keep: ({ first }) => ({
      weights: { shape: first.shape, data: first.data as Float32Array },
      projected: { shape: [graph.numNodes, hidden], data: numbersTimes(inputs.features, first) },
    }),
    encoder: gcnEncoder,
  } satisfies NodeNetwork<GcnParams>;
  return trainNodes("gcn", graph, checked, network, settings, options);
}

function checkOptions(options: GcnOptions) {
  const own = ["hidden", "activation", "dropout", "weightDecay", "decayed", "normalizeFeatures", "selfLoops"];
  knownOptions("gcn", options, [...own, ...nodeTrainingOptions]);
  const { dropout: rate = 0.5, weightDecay = 5e-4 } = options;
  return {
    hidden: integerOption("gcn", "hidden", options.hidden ?? 16, 1),
    activation: wordOption("gcn", "activation", options.activation ?? "relu", ["relu", "tanh"]),
    dropout: numberOption("gcn", "dropout", rate, { least: 0, most: 1 - 2 ** -24 }),
    weightDecay: numberOption("gcn", "weightDecay", weightDecay, { least: 0 }),
    decayed: wordOption("gcn", "decayed", options.decayed ?? "first", ["first", "all"]),
    normalizeFeatures: options.normalizeFeatures ?? true,
    selfLoops: wordOption("gcn", "selfLoops", options.selfLoops ?? "drop", ["keep", "drop"]),
    ...checkNodeTraining("gcn", options),
  };
}
