/** The networks of bench/networks.mjs: parameters, loss and a batch of each, as bench/peers/pytorch_networks.py has them. */
import { NdArray } from "../../dist/networks/array.js";
import { applyConv, initConv } from "../../dist/networks/layers/conv.js";
import { applyDense, initDense } from "../../dist/networks/layers/dense.js";
import { applyEmbedding, initEmbedding } from "../../dist/networks/layers/embedding.js";
import { applyLayerNorm, initNorm } from "../../dist/networks/layers/norms.js";
import { applyTransformerBlock, initTransformerBlock } from "../../dist/networks/layers/transformer.js";
import { add, cast, equal, relu } from "../../dist/networks/ops/elementwise.js";
import { crossEntropy } from "../../dist/networks/ops/losses.js";
import { maxPool } from "../../dist/networks/ops/pooling.js";
import { argMax, mean } from "../../dist/networks/ops/reductions.js";
import { reshape } from "../../dist/networks/ops/shape.js";
import { Rng } from "../../dist/numerics/random.js";

const floats = (rng, shape) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NdArray(
    "float32",
    shape,
    Float32Array.from({ length: size }, () => rng.uniform()),
  );
};
const labels = (rng, shape, classes) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NdArray(
    "int32",
    shape,
    Int32Array.from({ length: size }, () => rng.below(classes)),
  );
};

/** 784-512-512-10. */
export const mlp = {
  init: (rng) => [784, 512, 512].map((inputs, k) => initDense(rng, { inputs, outputs: [512, 512, 10][k] })),
  logits: (layers, x) => layers.reduce((h, layer, k) => applyDense(layer, k === 0 ? h : relu(h)), x),
  batch: (rng) => ({ x: floats(rng, [128, 784]), y: labels(rng, [128], 10) }),
};

/** Convolution 5 x 5 to 32, pool, 5 x 5 to 64, pool, dense 512, dense 10. */
export const cnn = {
  init: (rng) => ({
    conv1: initConv(rng, { inputs: 1, outputs: 32, kernel: [5, 5] }),
    conv2: initConv(rng, { inputs: 32, outputs: 64, kernel: [5, 5] }),
    dense1: initDense(rng, { inputs: 7 * 7 * 64, outputs: 512 }),
    dense2: initDense(rng, { inputs: 512, outputs: 10 }),
  }),
  logits: ({ conv1, conv2, dense1, dense2 }, x) => {
    let h = maxPool(relu(applyConv(conv1, x, { padding: 2 })), 2); // [B, 32, 14, 14]
    h = maxPool(relu(applyConv(conv2, h, { padding: 2 })), 2); //     [B, 64, 7, 7]
    return applyDense(dense2, relu(applyDense(dense1, reshape(h, [-1, 7 * 7 * 64]))));
  },
  batch: (rng) => ({ x: floats(rng, [64, 1, 28, 28]), y: labels(rng, [64], 10) }),
};

/** 4 layers, 4 heads, width 128, context 64, 65 tokens. */
export const transformer = {
  init: (rng) => ({
    token: initEmbedding(rng, { count: 65, dimensions: 128 }),
    place: initEmbedding(rng, { count: 64, dimensions: 128 }),
    blocks: Array.from({ length: 4 }, () => initTransformerBlock(rng, { width: 128, heads: 4 })),
    norm: initNorm(128),
    head: initDense(rng, { inputs: 128, outputs: 65, bias: false }),
  }),
  logits: ({ token, place, blocks, norm, head }, ids) => {
    let h = add(applyEmbedding(token, ids), place.vectors);
    for (const block of blocks) h = applyTransformerBlock(block, h, { heads: 4, causal: true });
    return applyDense(head, applyLayerNorm(norm, h));
  },
  batch: (rng) => ({ x: labels(rng, [12, 64], 65), y: labels(rng, [12, 64], 65) }),
};

/** 50 dense layers of 256, batch 64. */
export const deep = {
  init: (rng) => Array.from({ length: 50 }, () => initDense(rng, { inputs: 256, outputs: 256 })),
  logits: (layers, x) => layers.reduce((h, layer) => relu(applyDense(layer, h)), x),
  batch: (rng) => ({ x: floats(rng, [64, 256]), y: labels(rng, [64], 256) }),
};

export const generator = (seed) => new Rng(seed);

/** Mean cross-entropy in nats. */
export const lossOf =
  ({ logits }) =>
  (params, { x, y }) =>
    crossEntropy(logits(params, x), y);

/** The same with the share of right answers, for `train`. */
export const classifierLoss =
  ({ logits }) =>
  (params, { x, y }) => {
    const scores = logits(params, x);
    const right = equal(cast(argMax(scores), "int32"), y);
    return { loss: crossEntropy(scores, y), metrics: { accuracy: mean(cast(right, "float32")) } };
  };
