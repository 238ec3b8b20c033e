/**
 * From which size on ONNX Runtime is ahead of the package's own kernels: training steps (forward, backward, Adam) of
 * classifiers of two hidden layers, 64 items a step, of rising width, by both executors.
 *
 *     npm run bench -- executors [--widths 16,32,64,128,256,512] [--rounds 5] [--json]
 *
 * `mostOperations` of src/networks/executable.ts, the size at which `compile` changes from one to the other, was chosen by
 * it. Times are medians of steps in rounds, in which both executors take turns. The figure is the size from which on ONNX
 * Runtime's step takes less; the notes show each.
 */
import { setTimeout as delay } from "node:timers/promises";
import { NdArray } from "../dist/networks/array.js";
import { compileStep } from "../dist/networks/compile.js";
import { operationsOf } from "../dist/networks/cost.js";
import { mostOperations } from "../dist/networks/executable.js";
import { valueAndGrad } from "../dist/networks/gradients.js";
import { applyDense, initDense } from "../dist/networks/layers/dense.js";
import { relu } from "../dist/networks/ops/elementwise.js";
import { adam } from "../dist/networks/optimizers/adam.js";
import { trace } from "../dist/networks/trace.js";
import { generator, lossOf } from "./networks/models.mjs";

const [items, classes] = [64, 10];
const executors = ["kernels", "onnx"];
/** Milliseconds of steps of one executor in a round, and those in which threads of ONNX Runtime come to rest before. */
const [spell, rest] = [200, 300];

function stepOf(width) {
  const sizes = [width, width, width, classes];
  const model = {
    logits: (layers, x) => layers.reduce((h, layer, k) => applyDense(layer, k === 0 ? h : relu(h)), x),
  };
  const rng = generator(1);
  const params = sizes.slice(1).map((outputs, k) => initDense(rng, { inputs: sizes[k], outputs }));
  const optimizer = adam();
  const step = (state, batch) => {
    const { value, grad } = valueAndGrad(lossOf(model))(state.params, batch);
    const next = optimizer.update(grad, state.moments, state.params);
    return [{ params: next.params, moments: next.state }, value];
  };
  const batch = {
    x: new NdArray(
      "float32",
      [items, width],
      Float32Array.from({ length: items * width }, () => rng.uniform()),
    ),
    y: new NdArray(
      "int32",
      [items],
      Int32Array.from({ length: items }, () => rng.below(classes)),
    ),
  };
  return { step, first: { params, moments: optimizer.init(params) }, batch };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export default async function bench({ threads, log, options }) {
  const widths = String(options.widths ?? "16,32,64,128,256,512")
    .split(",")
    .map(Number);
  const rounds = Number(options.rounds ?? 5);
  const notes = [`changes at ${mostOperations} operations`];
  const rows = [];
  for (const width of widths) {
    const { step, first, batch } = stepOf(width);
    const { graph } = trace(step, first, batch);
    const operations = operationsOf({ ...graph, nodes: graph.nodes.filter(({ op }) => op.foreign === undefined) });
    const times = { kernels: [], onnx: [] };
    const compiled = Object.fromEntries(
      executors.map((executor) => [executor, compileStep(step, first, { executor })]),
    );
    for (const executor of executors) for (let k = 0; k < 20; k++) await compiled[executor](batch);
    for (let round = 0; round < rounds; round++) {
      for (const executor of executors) {
        await delay(rest);
        const end = performance.now() + spell;
        do {
          const start = performance.now();
          await compiled[executor](batch);
          times[executor].push(performance.now() - start);
        } while (performance.now() < end);
      }
    }
    for (const executor of executors) await compiled[executor].close();
    const [kernels, onnx] = executors.map((executor) => median(times[executor]));
    rows.push({ operations, kernels, onnx });
    notes.push(
      `width ${width}: ${operations} operations, kernels ${kernels.toFixed(3)} ms, onnx ${onnx.toFixed(3)} ms`,
    );
    log(notes.at(-1));
  }
  const ahead = rows.findLastIndex(({ kernels, onnx }) => kernels <= onnx);
  return {
    figures: { operationsKernelsAhead: ahead < 0 ? 0 : rows[ahead].operations },
    peers: {},
    settings: { threads, rounds, widths, items },
    units: {},
    notes,
  };
}
