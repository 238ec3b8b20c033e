/** Products of matrices, and what is made of them. */

import { einsum } from "../ops/einsum.js";
import { add, mul } from "../ops/elementwise.js";
import { matmul } from "../ops/linear.js";
import { expandDims, reshape, transpose } from "../ops/shape.js";
import type { Tensor } from "../tensor.js";
import { showShape } from "../types.js";
import { flag, float, type Operators, operator, text } from "./operator.js";

/** As NumPy's: a vector is a row on the left and a column on the right, and its axis is dropped. */
function product(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0) {
    throw new RangeError(`an axis or more was needed, got ${showShape(a.shape)} x ${showShape(b.shape)}`);
  }
  const left = a.rank === 1 ? expandDims(a, 0) : a;
  const right = b.rank === 1 ? expandDims(b, 1) : b;
  const out = matmul(left, right);
  const rows = a.rank === 1 ? [] : out.shape.slice(-2, -1);
  const columns = b.rank === 1 ? [] : out.shape.slice(-1);
  return reshape(out, [...out.shape.slice(0, -2), ...rows, ...columns]);
}

export const linear: Operators = {
  MatMul: operator(2, {}, (node) => product(node.input(0), node.input(1))),
  Gemm: operator([2, 3], { alpha: float(1), beta: float(1), transA: flag(false), transB: flag(false) }, (node) => {
    const { alpha, beta, transA, transB } = node.attributes;
    const [a, b] = [node.input(0), node.input(1)];
    if (a.rank !== 2 || b.rank !== 2) {
      throw new RangeError(`two matrices were needed, got ${showShape(a.shape)} and ${showShape(b.shape)}`);
    }
    const scaled = (x: Tensor, factor: number) => (factor === 1 ? x : mul(x, factor));
    const out = scaled(matmul(transA ? transpose(a) : a, transB ? transpose(b) : b), alpha);
    const bias = node.optional(2);
    return bias === undefined || beta === 0 ? out : add(out, scaled(bias, beta));
  }),
  Einsum: operator([1, Infinity], { equation: text() }, (node) => {
    const operands = node.all();
    const [{ dtype }] = operands;
    if (dtype === "float32") return einsum(node.attributes.equation, ...operands);
    throw new RangeError(`float32 was needed, got ${operands.map((x) => x.dtype).join(", ")}`);
  }),
};
