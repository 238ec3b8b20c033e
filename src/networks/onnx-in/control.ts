/** Operators that choose between graphs, and those that only training has. */
import { broadcastTo } from "../ops/shape.js";
import { tensor } from "../tensor.js";
import { float, graph, int, maybe, type Operators, operator } from "./operator.js";

export const control: Operators = {
  If: operator(
    1,
    { then_branch: graph(), else_branch: graph() },
    (node) => node.run(node.number(0) !== 0 ? node.attributes.then_branch : node.attributes.else_branch),
    [0],
  ),
  // As it is outside of training, where nothing is dropped: ratio and seed change nothing.
  Dropout: operator(
    [1, 3],
    { ratio: maybe(float()), seed: maybe(int()) },
    (node) => {
      const x = node.input(0);
      if (node.optional(2) !== undefined && node.number(2) !== 0) {
        throw new RangeError("training_mode drops elements at random; only inference is done");
      }
      return [x, broadcastTo(tensor(true), x.shape)];
    },
    [2],
  ),
};
