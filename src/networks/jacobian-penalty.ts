/**
 * Penalties on the Jacobian J = df/dx of a function by its input, which keep it smooth around the items of a batch. They
 * are made of gradients, so that training by them differentiates twice (double back-propagation).
 *
 * `f` takes a batch x [B, ...] to float32 [B, ...], each item by itself: with statistics of the batch between them, the
 * items' Jacobians are not what is penalized. Where the loss applies the same `f` to the same x, nothing of it is computed
 * twice; masks of dropout are drawn outside of `f` then, since each call would draw its own.
 */
import { booleanOption, knownOptions } from "../numerics/options.js";
import { NdArray } from "./array.js";
import { vectorJacobianProduct } from "./gradients.js";
import { add, div, mul, square } from "./ops/elementwise.js";
import { sum } from "./ops/reductions.js";
import { broadcastTo } from "./ops/shape.js";
import { type Operand, type Tensor, tensor } from "./tensor.js";
import { type Shape, showType, sizeOf } from "./types.js";

/** What draws standard normal numbers, as `Random` does. */
export interface NormalSource {
  normal(shape: Shape): Tensor;
}

export interface SpectralPenaltyOptions {
  /** One eps for the whole batch, as the authors' program has it; false by default: each item has its own. */
  perBatch?: boolean;
  /**
   * A factor for each squared derivative, broadcast to x; 1 by default. The variance of each coordinate of x makes the penalty
   * one of derivatives by x in standard deviations.
   */
  weights?: Operand;
}

/**
 * Spectral Regularizer (Varga, Csiszarik and Zombori 2017, "Gradient regularization improves accuracy of discriminative
 * models", https://arxiv.org/abs/1712.09936):
 *
 *   mean over the batch of |grad_x (eps . f(x))|^2,   eps ~ N(0, I) over the outputs of an item,
 *
 * whose mean over eps is `frobeniusPenalty`, at the cost of one gradient instead of one for each output. With an eps for
 * each item the draws of a batch average out; with one for all they do not. Returns a scalar; useful weights of logits are
 * about .001 to .03 of a loss in nats.
 */
export function spectralPenalty(
  f: (x: Tensor) => Tensor,
  x: Operand,
  random: NormalSource,
  options: SpectralPenaltyOptions = {},
): Tensor {
  const where = "spectralPenalty";
  knownOptions(where, options, ["perBatch", "weights"]);
  const perBatch = booleanOption(where, "perBatch", options.perBatch ?? false);
  const { items, shape, pullback } = jacobianOf(where, f, x);
  const eps = perBatch ? broadcastTo(random.normal([1, ...shape.slice(1)]), shape) : random.normal(shape);
  const squares = square(pullback(eps));
  return div(sum(options.weights === undefined ? squares : mul(squares, options.weights)), items);
}

/**
 * The exact squared Frobenius norm, mean over the batch of |J|_F^2 = sum over outputs k of |grad_x f_k(x)|^2, by one gradient
 * for each output of an item. Returns a scalar.
 *
 * Of losses, f(x) [B], one an item, it is the double back-propagation of Drucker and LeCun (1992, "Improving generalization
 * performance using double backpropagation"; "DataGrad"): the squared gradient of each item's loss by the item.
 */
export function frobeniusPenalty(f: (x: Tensor) => Tensor, x: Operand): Tensor {
  const { items, shape, pullback } = jacobianOf("frobeniusPenalty", f, x);
  const inner = [1, ...shape.slice(1)];
  const outputs = sizeOf(inner);
  let total = tensor(0);
  for (let k = 0; k < outputs; k++) {
    const one = new Float32Array(outputs);
    one[k] = 1;
    total = add(total, sum(square(pullback(broadcastTo(new NdArray("float32", inner, one), shape)))));
  }
  return div(total, items);
}

/** Items of the batch, the shape of f's outputs, and v -> J^T v, in the shape of x. */
function jacobianOf(where: string, f: (x: Tensor) => Tensor, x: Operand) {
  const operand = tensor(x);
  const { value, pullback } = vectorJacobianProduct(f, operand);
  const { dtype, shape } = value;
  if (
    dtype !== "float32" ||
    shape.length === 0 ||
    operand.rank === 0 ||
    shape[0] !== operand.shape[0] ||
    shape[0] === 0
  ) {
    const got = `${showType(value)} of ${showType(operand)}`;
    throw new RangeError(`${where}: f must take a batch [B, ...] of one item or more to float32 [B, ...], got ${got}`);
  }
  return { items: shape[0], shape, pullback };
}
