/** Matrix products. */
import { product } from "../native.js";
import type { Op } from "../op.js";
import { apply, type Operand, type Tensor, tensor } from "../tensor.js";
import { broadcastShapes, type Shape, showShape, sizeOf } from "../types.js";
import { broadcastStrides, denseZeros, offsetsOf } from "./dense.js";
import { requireKind } from "./elementwise.js";
import { reshape, transpose } from "./shape.js";

const matmulOp: Op = {
  name: "matmul",
  native: product,
  shape: ([a, b]) => {
    requireKind("matmul", a, ["float32"]);
    requireKind("matmul", b, ["float32"]);
    if (a.shape.length < 2 || b.shape.length < 2) {
      throw new RangeError(`matmul: two axes or more were needed, ${showShape(a.shape)} x ${showShape(b.shape)}`);
    }
    const [rows, inner] = a.shape.slice(-2);
    const [innerB, columns] = b.shape.slice(-2);
    if (inner !== innerB)
      throw new RangeError(`matmul: inner sizes differ, ${showShape(a.shape)} x ${showShape(b.shape)}`);
    return [
      {
        dtype: "float32",
        shape: [...broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns],
      },
    ];
  },
  onnx: (emit, { inputs: [a], outputs: [out] }, inputs) =>
    // Sums of nothing are 0; ONNX Runtime's WebGPU ends the process on them.
    a.shape[a.rank - 1] === 0
      ? emit.node("Expand", [emit.scalar(0, "float32"), emit.ints(out.shape)])
      : emit.node("MatMul", inputs),
  operations: ([a], _, [out]) => 2 * sizeOf(out.shape) * a.shape[a.shape.length - 1],
  grad: ({ inputs: [a, b] }, d) => [matmul(d, transpose(b)), matmul(transpose(a), d)],
  evaluate: ([a, b], _, [{ shape }]) => {
    const [rows, columns] = shape.slice(-2);
    const inner = a.shape[a.shape.length - 1];
    const out = denseZeros(shape);
    const batch = shape.slice(0, -2);
    const starts = (x: Shape, size: number) =>
      offsetsOf(batch, broadcastStrides(x.slice(0, -2), batch)).map((matrix) => matrix * size);
    const startsA = starts(a.shape, rows * inner);
    const startsB = starts(b.shape, inner * columns);
    for (let m = 0; m < startsA.length; m++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < inner; k++)
            sum += a.data[startsA[m] + i * inner + k] * b.data[startsB[m] + k * columns + j];
          out.data[(m * rows + i) * columns + j] = sum;
        }
      }
    }
    return [out];
  },
};

export const ops = [matmulOp] as readonly Op[];

/**
 * Products of matrices [..., i, k] x [..., k, j] -> [..., i, j]; the axes in front are broadcast. Where one factor is a
 * single matrix, the rows of all others are multiplied at once.
 */
export function matmul(a: Operand, b: Operand): Tensor {
  const [x, y] = [tensor(a), tensor(b)];
  if (y.rank === 2 && x.rank > 2) {
    const [rows, inner] = [x.shape.slice(0, -1), x.shape[x.rank - 1]];
    return reshape(apply(matmulOp, [reshape(x, [sizeOf(rows), inner]), y], {}), [...rows, y.shape[1]]);
  }
  return apply(matmulOp, [x, y], {});
}
