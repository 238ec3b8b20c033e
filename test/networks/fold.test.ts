import { expect, test } from "vitest";
import { array } from "../../dist/networks/array.js";
import { known, mostFolded } from "../../dist/networks/fold.js";
import { add, cast, div, mul } from "../../dist/networks/ops/elementwise.js";
import { iota } from "../../dist/networks/ops/indexing.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { broadcastTo, concat, slice } from "../../dist/networks/ops/shape.js";
import { Random } from "../../dist/networks/random.js";
import { constant, input, type Tensor, tensor } from "../../dist/networks/tensor.js";

const values = (x: Tensor) => {
  const value = known(x);
  return value && Array.from(value.data);
};

test("what follows from constants is known, also parts of what does not", () => {
  const x = input({ dtype: "int64", shape: [2] });
  const sizes = constant(array([3, 4], { dtype: "int64" }));
  expect(values(slice(concat([mul(sizes, 2), sizes]), [1], [3]))).toEqual([8, 3]);
  expect(values(add(sizes, x))).toBeUndefined();
  expect(values(add(sizes, 1))).toEqual([4, 5]);
});

test("float32 is rounded at every step, as where the model runs", () => {
  const third = div(tensor(1), 3);
  expect(values(third)).toEqual([Math.fround(1 / 3)]);
  expect(values(cast(mul(third, 3), "int64"))).toEqual([Math.trunc(Math.fround(Math.fround(1 / 3) * 3))]);
});

test("what is large, takes long, or runs outside of ONNX is unknown", () => {
  expect(values(iota(mostFolded))).toHaveLength(mostFolded);
  expect(values(iota(mostFolded + 1))).toBeUndefined();
  const wide = broadcastTo(tensor(1), [1, mostFolded]);
  expect(values(matmul(wide, broadcastTo(tensor(1), [mostFolded, 1])))).toEqual([mostFolded]);
  const square = broadcastTo(tensor(1), [256, 256]);
  expect(values(matmul(square, square))).toBeUndefined();
  expect(values(new Random(array([1, 2, 3, 4], { dtype: "int32" })).normal([2]))).toBeUndefined();
});

test("a chain of a hundred thousand steps is worked out without recursion", () => {
  let x = tensor(0, "int64");
  for (let k = 0; k < 100_000; k++) x = add(x, 1);
  expect(values(x)).toEqual([100_000]);
});
