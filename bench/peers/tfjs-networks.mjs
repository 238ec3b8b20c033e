/**
 * The multi-layer perceptron of bench/networks.mjs in TensorFlow.js on its WebAssembly backend: milliseconds of a training
 * step (forward, loss, backward, Adam), the median of many. Reads one line of JSON with `threads` and `steps` on standard
 * input and prints one line of JSON. (That backend has no gradient of the convolution, so the other networks cannot train.)
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs"); // with the gradients, which its core alone has not
const wasm = require("@tensorflow/tfjs-backend-wasm");

let text = "";
for await (const piece of process.stdin) text += piece;
const { threads, steps } = JSON.parse(text);

wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
wasm.setThreadsCount(threads);
await tf.setBackend("wasm");
await tf.ready();

const sizes = [784, 512, 512, 10];
const layers = sizes.slice(1).map((size, k) => ({
  weights: tf.variable(tf.randomNormal([sizes[k], size], 0, 0.05)),
  bias: tf.variable(tf.zeros([size])),
}));
const x = tf.randomUniform([128, 784]);
const y = tf.oneHot(tf.randomUniform([128], 0, 10, "int32"), 10);
const optimizer = tf.train.adam(1e-3);

function loss() {
  let h = x;
  for (const [k, { weights, bias }] of layers.entries()) {
    h = tf.add(tf.matMul(h, weights), bias);
    if (k < layers.length - 1) h = tf.relu(h);
  }
  return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(h)), -1)));
}

const times = [];
for (let step = 0; step < steps + 5; step++) {
  const start = performance.now();
  const value = optimizer.minimize(loss, true);
  value.dataSync();
  value.dispose();
  if (step >= 5) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const version = `${tf.version["tfjs-core"]}, ${wasm.getThreadsCount()} threads`;
console.log(JSON.stringify({ mlpStepMilliseconds: times[times.length >> 1], version }));
process.exit(0); // its threads would keep the process alive
