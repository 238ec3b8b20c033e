import { integerOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import type { NdArray } from "../array.js";
import { add, mul, requireKind, where } from "../ops/elementwise.js";
import { causalMask } from "../ops/indexing.js";
import { matmul } from "../ops/linear.js";
import { softmax } from "../ops/normalization.js";
import { concat, reshape, split, transpose } from "../ops/shape.js";
import { type Operand, type Tensor, tensor } from "../tensor.js";
import { showShape } from "../types.js";
import { applyDense, type DenseParams, initDense } from "./dense.js";
import { type DropoutOptions, dropout } from "./dropout.js";
import type { Initializer } from "./initializers.js";

export interface AttentionMask {
  /** Each place sees itself and those before it. */
  causal?: boolean;
  /** Which places may be seen: bool, repeated to [B, H, queries, keys], such as [B, 1, 1, keys] for padded keys. */
  mask?: Operand;
}

/** What is added to the score of a place that may not be seen: its weight is then 0, but of a row without any all are equal. */
const hidden = -1e9;

/**
 * softmax(q k^T / sqrt(d)) v (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, eq. 1): q [..., queries, d],
 * k [..., keys, d], v [..., keys, e] -> [..., queries, e].
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { causal = false, mask, dropout: drop }: AttentionMask & { dropout?: DropoutOptions } = {},
): Tensor {
  const width = q.shape[q.rank - 1];
  let scores = matmul(mul(q, 1 / Math.sqrt(width)), transpose(k));
  if (causal) scores = hide(scores, causalMask(q.shape[q.rank - 2], k.shape[k.rank - 2]));
  if (mask !== undefined) scores = hide(scores, tensor(mask));
  return matmul(dropout(softmax(scores), drop), v);
}

function hide(scores: Tensor, seen: Tensor): Tensor {
  requireKind("attention: mask", seen, ["bool"]);
  return add(scores, where(seen, tensor(0), tensor(hidden)));
}

/** The mask of attention from which keys count, bool [B, keys]: padded ones do not. */
export function maskOfKeys(counts: Operand): Tensor {
  const keys = tensor(counts);
  if (keys.rank !== 2) throw new RangeError(`maskOfKeys: [batch, keys] was needed, got ${showShape(keys.shape)}`);
  return reshape(keys, [keys.shape[0], 1, 1, keys.shape[1]]);
}

/** Parameters of multi-head attention. */
export interface AttentionParams<T = Tensor> {
  /** [width, H d], of queries, and [context width, H d] of keys and values. */
  query: DenseParams<T>;
  key: DenseParams<T>;
  value: DenseParams<T>;
  /** [H d, width]. */
  output: DenseParams<T>;
}

export interface AttentionOptions {
  /** Width of what attends, and of the result. */
  width: number;
  /** Number of heads H; it divides the width. */
  heads: number;
  /** Width of what is attended to; that of what attends by default. */
  contextWidth?: number;
  /** Whether the projections have biases; true by default. */
  bias?: boolean;
  initializer?: Initializer;
}

export function initAttention(
  rng: Rng,
  { width, heads, contextWidth = width, bias, initializer }: AttentionOptions,
): AttentionParams<NdArray> {
  integerOption("initAttention", "heads", heads, 1);
  checkHeads("initAttention", heads, integerOption("initAttention", "width", width, 1));
  const project = (inputs: number) => initDense(rng, { inputs, outputs: width, bias, initializer });
  return { query: project(width), key: project(contextWidth), value: project(contextWidth), output: project(width) };
}

function checkHeads(where: string, heads: number, width: number): void {
  if (width % heads === 0) return;
  throw new RangeError(`${where}: heads must divide the width ${width}, got ${heads}`);
}

export interface AttentionCall extends AttentionMask {
  heads: number;
  /** What is attended to, [B, keys, context width]; by default x itself (self-attention). */
  context?: Operand;
  /** Drops weights of places. */
  dropout?: DropoutOptions;
}

/** Multi-head attention (Vaswani et al. 2017, section 3.2.2) of x [B, T, width] -> [B, T, width]. */
export function applyAttention(
  params: AttentionParams<Operand>,
  x: Operand,
  { heads, context = x, ...options }: AttentionCall,
): Tensor {
  const [from, to] = [tensor(x), tensor(context)];
  for (const operand of [from, to]) {
    if (operand.rank !== 3) {
      throw new RangeError(`applyAttention: [batch, places, width] was needed, got ${showShape(operand.shape)}`);
    }
  }
  const [q, k, v] = project(params, from, to).map((projected) => splitHeads(projected, heads));
  return applyDense(params.output, joinHeads(scaledDotProductAttention(q, k, v, options)));
}

/** Queries, keys and values. Where a sequence attends to itself, as one product: three narrow ones take longer. */
function project({ query, key, value }: AttentionParams<Operand>, from: Tensor, to: Tensor): readonly Tensor[] {
  const parts = [query, key, value];
  const biases = parts.flatMap(({ bias }) => (bias === undefined ? [] : [bias]));
  if (from !== to || (biases.length !== 0 && biases.length !== 3)) {
    return [applyDense(query, from), applyDense(key, to), applyDense(value, to)];
  }
  const weights = parts.map((part) => tensor(part.weights));
  const all = { weights: concat(weights, 1), bias: biases.length === 0 ? undefined : concat(biases, 0) };
  return split(
    applyDense(all, from),
    weights.map(({ shape }) => shape[1]),
  );
}

/** [B, T, H d] -> [B, H, T, d]. */
function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, places, width] = x.shape;
  checkHeads("applyAttention", heads, width);
  return transpose(reshape(x, [batch, places, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, H, T, d] -> [B, T, H d]. */
function joinHeads(x: Tensor): Tensor {
  const [batch, heads, places, width] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, places, heads * width]);
}
