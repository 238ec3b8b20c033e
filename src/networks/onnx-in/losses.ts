/** Losses over classes. */
import { div, equal, mul, neg, where } from "../ops/elementwise.js";
import { iota } from "../ops/indexing.js";
import { logSoftmax } from "../ops/normalization.js";
import { sum } from "../ops/reductions.js";
import { broadcastTo, expandDims, reshape } from "../ops/shape.js";
import { type Tensor, tensor } from "../tensor.js";
import { sameShape, showShape } from "../types.js";
import { int, maybe, type Operators, operator, requireKinds, word } from "./operator.js";

type Reduction = "mean" | "sum" | "none";

/** -weight[label] logp[label] for each label, and the mean weighted alike; logp [N, C, ...], labels [N, ...]. */
function negativeLogLikelihood(
  logp: Tensor,
  labels: Tensor,
  weights: Tensor | undefined,
  { ignore_index, reduction }: { ignore_index?: number; reduction: Reduction },
): Tensor {
  requireKinds(labels, "int32", "int64");
  const [samples, classes, ...places] = logp.shape;
  if (logp.rank < 2 || !sameShape(labels.shape, [samples, ...places])) {
    throw new RangeError(
      `a label for each place of [N, C, ...] was needed, got ${showShape(labels.shape)} for ${showShape(logp.shape)}`,
    );
  }
  const perClass = (x: Tensor) => reshape(x, [classes, ...places.map(() => 1)]);
  const hit = equal(expandDims(labels, 1), perClass(iota(classes, labels.dtype)));
  const pick = (x: Tensor) => sum(where(hit, x, 0), 1);
  let weight = pick(perClass(weights ?? broadcastTo(tensor(1), [classes])));
  if (ignore_index !== undefined) weight = where(equal(labels, ignore_index), 0, weight);
  const loss = mul(weight, neg(pick(logp)));
  if (reduction === "none") return loss;
  return reduction === "sum" ? sum(loss) : div(sum(loss), sum(weight));
}

const attributes = { ignore_index: maybe(int()), reduction: word<Reduction>("mean", "sum", "none") };

export const losses: Operators = {
  NegativeLogLikelihoodLoss: operator([2, 3], attributes, (node) =>
    negativeLogLikelihood(node.input(0), node.input(1), node.optional(2), node.attributes),
  ),
  SoftmaxCrossEntropyLoss: operator([2, 3], attributes, (node) => {
    const logp = logSoftmax(node.input(0), 1);
    return [negativeLogLikelihood(logp, node.input(1), node.optional(2), node.attributes), logp];
  }),
};
