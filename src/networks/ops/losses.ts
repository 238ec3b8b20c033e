/** Losses, each a scalar: the mean over all items, in nats where it is one of probabilities. */
import { type Operand, type Tensor, tensor } from "../tensor.js";
import { sameShape, showShape, showType } from "../types.js";
import {
  abs,
  add,
  div,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  minimum,
  mul,
  neg,
  softplus,
  square,
  sub,
  where,
} from "./elementwise.js";
import { oneHot } from "./indexing.js";
import { logSoftmax } from "./normalization.js";
import { mean, sum } from "./reductions.js";

export interface CrossEntropyOptions {
  /** Share of each target that is spread evenly over all classes (Szegedy et al. 2016); 0 by default, often 0.1. */
  labelSmoothing?: number;
  /** A weight for each item, [...]: the loss is the weighted mean. 0 leaves an item out, such as a padded place. */
  weights?: Operand;
}

/**
 * -sum_c target_c ln softmax(logits)_c, the mean over all items. logits [..., C]; targets are labels [...] (int32 or int64;
 * a label outside of 0 .. C - 1 makes the loss NaN, unless its weight is 0) or distributions [..., C].
 */
export function crossEntropy(
  logits: Operand,
  targets: Operand,
  { labelSmoothing = 0, weights }: CrossEntropyOptions = {},
): Tensor {
  const [x, given] = [tensor(logits), tensor(targets, "int64")];
  if (x.rank < 1) throw new RangeError(`crossEntropy: logits must be [..., C], got ${showShape(x.shape)}`);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`crossEntropy: labelSmoothing must be from 0 to 1, got ${labelSmoothing}`);
  }
  const items = x.shape.slice(0, -1);
  const classes = x.shape[x.rank - 1];
  const isLabels = given.dtype === "int32" || given.dtype === "int64";
  if (!sameShape(given.shape, isLabels ? items : x.shape) || given.dtype === "bool") {
    throw new RangeError(
      `crossEntropy: labels ${showShape(items)} or float32 distributions ${showShape(x.shape)} were needed, got ${showType(given)}`,
    );
  }
  let target = isLabels ? oneHot(given, classes) : given;
  if (labelSmoothing > 0) target = add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  // A class that is no target costs nothing, also where its logit is -Infinity: 0 times that would be NaN.
  const products = where(equal(target, 0), 0, mul(target, logSoftmax(x)));
  const costs = isLabels ? where(known(given, classes), neg(sum(products, -1)), Number.NaN) : neg(sum(products, -1));
  if (weights === undefined) return mean(costs);
  const w = tensor(weights);
  if (!sameShape(w.shape, items)) {
    throw new RangeError(`crossEntropy: weights must be ${showShape(items)}, got ${showShape(w.shape)}`);
  }
  return div(sum(where(equal(w, 0), 0, mul(costs, w))), sum(w));
}

/** Which labels are those of a class. */
function known(labels: Tensor, classes: number): Tensor {
  return logicalAnd(greaterEqual(labels, 0), less(labels, classes));
}

/**
 * -(t ln p + (1 - t) ln(1 - p)) with p = sigmoid(logits), the mean over all elements: softplus(x) - x t. Targets are from 0
 * to 1.
 */
export function binaryCrossEntropyWithLogits(logits: Operand, targets: Operand): Tensor {
  const [x, t] = pair("binaryCrossEntropyWithLogits", logits, targets);
  return mean(sub(softplus(x), mul(x, t)));
}

/** Mean of (prediction - target)^2. */
export function meanSquaredError(predictions: Operand, targets: Operand): Tensor {
  const [x, t] = pair("meanSquaredError", predictions, targets);
  return mean(square(sub(x, t)));
}

/** Mean of |prediction - target|. */
export function meanAbsoluteError(predictions: Operand, targets: Operand): Tensor {
  const [x, t] = pair("meanAbsoluteError", predictions, targets);
  return mean(abs(sub(x, t)));
}

/** Half the square of the error up to `delta`, beyond it linear, delta (|error| - delta / 2) (Huber 1964). */
export function huberLoss(predictions: Operand, targets: Operand, { delta = 1 }: { delta?: number } = {}): Tensor {
  if (!(delta > 0)) throw new RangeError(`huberLoss: delta must be a number > 0, got ${delta}`);
  const [x, t] = pair("huberLoss", predictions, targets);
  const distance = abs(sub(x, t));
  const near = minimum(distance, delta);
  return mean(mul(near, sub(distance, mul(near, 0.5))));
}

/** Both as tensors of one shape: broadcasting a target would hide a mistake. */
function pair(where: string, predictions: Operand, targets: Operand): [Tensor, Tensor] {
  const [x, t] = [tensor(predictions), tensor(targets)];
  if (!sameShape(x.shape, t.shape)) {
    throw new RangeError(`${where}: shapes must be equal, got ${showShape(x.shape)} and ${showShape(t.shape)}`);
  }
  return [x, t];
}
