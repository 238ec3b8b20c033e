/**
 * The multi-layer perceptron of bench/networks.mjs in TensorFlow.js on its WebAssembly backend: milliseconds of training
 * steps (forward, loss, backward, Adam). Speaks as pytorch_networks.py does. (That backend has no gradient of the
 * convolution, so the other networks cannot train.)
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs"); // with the gradients, which its core alone has not
const wasm = require("@tensorflow/tfjs-backend-wasm");

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => {
  const { value, done } = await lines.next();
  return done ? null : JSON.parse(value);
};
const { threads } = await next();

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

const version = `${tf.version["tfjs-core"]}, ${wasm.getThreadsCount()} threads`;
console.log(JSON.stringify({ version, networks: ["mlp"] }));
for (let request = await next(); request !== null; request = await next()) {
  const times = [];
  for (let step = 0; step < request.steps; step++) {
    const start = performance.now();
    const value = optimizer.minimize(loss, true);
    value.dataSync();
    value.dispose();
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify({ times }));
}
process.exit(0); // its threads would keep the process alive
