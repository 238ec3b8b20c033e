/**
 * A small classifier with everything that a training loop must carry from step to step: dropout, running statistics, the
 * optimizer's moments. Also run in processes that are killed, so it imports the built package alone.
 */
import { createHash } from "node:crypto";
import { NdArray } from "../../dist/networks/array.js";
import { add, cast, equal, mul, relu, sub } from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { crossEntropy } from "../../dist/networks/ops/losses.js";
import { argMax, mean } from "../../dist/networks/ops/reductions.js";
import { adam } from "../../dist/networks/optimizers/adam.js";
import { Rng } from "../../dist/numerics/random.js";

export const features = 6;
export const classes = 3;

/** Points around one center a class; which class is learned from the nearest center. */
export function plantedData(count, seed) {
  const centers = new Rng(99);
  const center = Array.from({ length: classes * features }, () => 2 * centers.normal());
  const rng = new Rng(seed);
  const y = Int32Array.from({ length: count }, () => rng.below(classes));
  const x = Float32Array.from({ length: count * features }, (_, k) => {
    return center[y[Math.floor(k / features)] * features + (k % features)] + rng.normal();
  });
  return { x: new NdArray("float32", [count, features], x), y: new NdArray("int32", [count], y) };
}

export function plantedParams(seed = 1) {
  const rng = new Rng(seed);
  const normal = (rows, columns) =>
    new NdArray(
      "float32",
      [rows, columns],
      Float32Array.from({ length: rows * columns }, () => rng.normal() / Math.sqrt(rows)),
    );
  const zeros = (size) => new NdArray("float32", [size], new Float32Array(size));
  return {
    hidden: { weights: normal(features, 16), bias: zeros(16) },
    output: { weights: normal(16, classes), bias: zeros(classes) },
  };
}

export function plantedLoss({ hidden, output }, { x, y }, { random, training, state }) {
  const running = state.mean;
  const own = mean(x, 0);
  const centered = sub(x, training ? own : running);
  let h = relu(add(matmul(centered, hidden.weights), hidden.bias));
  if (training) h = mul(h, random.bernoulli(h.shape, 0.9));
  const logits = add(matmul(h, output.weights), output.bias);
  const right = equal(cast(argMax(logits), "int32"), y);
  return {
    loss: crossEntropy(logits, y),
    metrics: { accuracy: mean(cast(right, "float32")) },
    state: { mean: add(mul(0.9, running), mul(0.1, own)) },
  };
}

export function plantedOptions(more = {}) {
  return {
    params: plantedParams(),
    state: { mean: new NdArray("float32", [features], new Float32Array(features)) },
    loss: plantedLoss,
    optimizer: adam({ learningRate: 0.01 }),
    data: plantedData(100, 1),
    batchSize: 16,
    epochs: 4,
    threads: 1,
    ...more,
  };
}

/** A hash of all that a run gives. */
export function hashOfTraining({ params, state, history }) {
  const hash = createHash("sha256");
  for (const { data } of [
    params.hidden.weights,
    params.hidden.bias,
    params.output.weights,
    params.output.bias,
    state.mean,
  ]) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.update(JSON.stringify(history)).digest("hex");
}
