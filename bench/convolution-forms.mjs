/**
 * Ways to write a convolution's forward pass and gradients, and those of 2 x 2 max pooling, as ONNX operators.
 *
 *     npm run bench -- convolution-forms [--threads 2] [--rounds 15] [--only c1|c2|c3|c4|c5|c6|c7|c8|pool]
 *
 * Milliseconds, the least of many rounds in which all forms of a task take turns, so that a busy machine slows all alike.
 * What src/networks/ops/convolution-forms.ts and pooling.ts chose is marked "chosen". Tasks: c1 and c2, the convolutions of
 * bench/networks.mjs's network (5 x 5, batch 64, 1 to 32 channels at 28 x 28 and 32 to 64 at 14 x 14); c3, 3 x 3, 32 to 64
 * at 28 x 28; c4, 4 x 4 with stride 2, 32 to 64 from 14 x 14 to 7 x 7, batch 128, of bench/images/vae-step.mjs; c5 and c6,
 * 3 x 3, 64 to 128 at 8 x 8 and 32 to 64 at 10 x 10; c7, the first of vae-step's, 4 x 4 with stride 2, 1 to 32 from 28 x 28;
 * c8, 3 x 3, 1 to 16 at 28 x 28, batch 128; pool, 32 channels of 28 x 28 behind relu.
 */
import { NdArray } from "../dist/networks/array.js";
import { compile } from "../dist/networks/compile.js";
import { vectorJacobianProduct } from "../dist/networks/gradients.js";
import { conv } from "../dist/networks/ops/convolution.js";
import { maxPool } from "../dist/networks/ops/pooling.js";
import { sum } from "../dist/networks/ops/reductions.js";
import { apply } from "../dist/networks/tensor.js";
import { Rng } from "../dist/numerics/random.js";

const settings = { batch: 64, rounds: 15, seed: 1 };
const convolutions = {
  c1: { C: 1, K: 32, W: 28, k: 5 },
  c2: { C: 32, K: 64, W: 14, k: 5 },
  c3: { C: 32, K: 64, W: 28, k: 3 },
  c4: { C: 32, K: 64, W: 14, k: 4, s: 2, N: 128 },
  c5: { C: 64, K: 128, W: 8, k: 3 },
  c6: { C: 32, K: 64, W: 10, k: 3 },
  c7: { C: 1, K: 32, W: 28, k: 4, s: 2, N: 128 },
  c8: { C: 1, K: 16, W: 28, k: 3, N: 128 },
};

/** A function over tensors from ONNX nodes: `write(node, ints, inputs)` returns a name, `shape` is the result's. */
const written = (shape, write) => {
  const onnx = (emit, _, inputs) => {
    const node = (opType, ins, attributes, outputs, domain) => {
      const made = emit.node(opType, ins, attributes, outputs, domain);
      return made.length === 1 ? made[0] : made;
    };
    return [write(node, (...list) => emit.ints(list), inputs)];
  };
  const op = { name: "form", shape: () => [{ dtype: "float32", shape }], onnx, grad: null, evaluate: () => [] };
  return (...inputs) => apply(op, inputs, { shape, write });
};

/** Forms of one convolution, whose size is the same but for its stride: functions of (x, w, y). */
function convolutionForms({ C, K, W, k, s = 1, N = settings.batch }) {
  const p = Math.floor((k - 1) / 2);
  const P = W * W;
  const [xs, ws, ys] = [
    [N, C, W, W],
    [K, C, k, k],
    [N, K, W / s, W / s],
  ];
  const same = { kernel_shape: [k, k], strides: [s, s], pads: [p, p, p, p] };
  const options = { padding: p, strides: s };
  const swap = (node, name) => node("Transpose", [name], { perm: [1, 0, 2, 3] });
  const flip = (node, ints, w) =>
    swap(node, node("Slice", [w, ints(-1, -1), ints(-(2 ** 31), -(2 ** 31)), ints(2, 3), ints(-1, -1)]));
  const padded = (node, ints, x) => node("Pad", [x, ints(0, 0, p, p, 0, 0, p, p)]);
  /** x between zeros, shifted to each tap. */
  const shifts = (node, ints, x) => {
    const wide = padded(node, ints, x);
    const taps = Array.from({ length: k * k }, (_, tap) => [Math.floor(tap / k), tap % k]);
    return taps.map(([i, j]) => node("Slice", [wide, ints(i, j), ints(i + W, j + W), ints(2, 3)]));
  };
  const samplesInnermost = (node, ints, x, from, w, to) => {
    const moved = node("Transpose", [x], { perm: [1, 2, 3, 0] });
    const data = node("Reshape", [moved, ints(1, from, W, W * N)]);
    const pads = [p, p * N, p, p * N];
    const found = node("Conv", [data, w], { kernel_shape: [k, k], pads, dilations: [1, N] });
    return node("Transpose", [node("Reshape", [found, ints(to, W, W, N)])], { perm: [3, 0, 1, 2] });
  };
  const channelsInnermost = (node, ints, x, y, bySample) => {
    const data = node("Reshape", [node("Transpose", [x], { perm: [0, 2, 3, 1] }), ints(1, N, W, W * C)]);
    const weights = bySample ? node("Reshape", [y, ints(N * K, 1, W, W)]) : swap(node, y);
    const shape = { kernel_shape: [W, W], dilations: [1, C], pads: [p, p * C, p, p * C] };
    const found = node("Conv", [data, weights], { ...shape, group: bySample ? N : 1 });
    const parts = node("Reshape", [found, ints(bySample ? N : 1, K, k, k, C)]);
    return node("Transpose", [node("ReduceSum", [parts, ints(0)], { keepdims: 0 })], { perm: [0, 3, 1, 2] });
  };
  /** Samples as an axis more, along which windows are 1 wide. */
  const samplesLast = (node, ints, x, w) => {
    const data = node("Unsqueeze", [node("Transpose", [x], { perm: [1, 2, 3, 0] }), ints(0)]);
    const attributes = { kernel_shape: [k, k, 1], strides: [s, s, 1], pads: [p, p, 0, p, p, 0] };
    const found = node("Conv", [data, node("Unsqueeze", [w, ints(4)])], attributes);
    return node("Transpose", [node("Squeeze", [found, ints(0)])], { perm: [3, 0, 1, 2] });
  };
  const forward = {
    chosen: (x, w) => conv(x, w, options),
    Conv: written(ys, (node, _, [x, w]) => node("Conv", [x, w], same)),
    "Conv, samples last": written(ys, (node, ints, [x, w]) => samplesLast(node, ints, x, w)),
  };
  const inputGradient = {
    chosen: (x, w, y) => vectorJacobianProduct((at) => conv(at, w, options), x).pullback(y),
    ConvTranspose: written(xs, (node, _, [, w, y]) => node("ConvTranspose", [y, w], same)),
  };
  const weightGradient = {
    chosen: (x, w, y) => vectorJacobianProduct((at) => conv(x, at, options), w).pullback(y),
  };
  const shapes = [xs, ws, ys];
  if (s > 1) {
    return { forward, "input's gradient": inputGradient, "weights' gradient": weightGradient, shapes };
  }
  return {
    forward: {
      ...forward,
      "Conv, samples beside the last axis": written(ys, (node, ints, [x, w]) =>
        samplesInnermost(node, ints, x, C, w, K),
      ),
    },
    "input's gradient": {
      ...inputGradient,
      "Conv by flipped weights": written(xs, (node, ints, [, w, y]) => node("Conv", [y, flip(node, ints, w)], same)),
      "the same, samples beside the last axis": written(xs, (node, ints, [, w, y]) =>
        samplesInnermost(node, ints, y, K, flip(node, ints, w), C),
      ),
    },
    "weights' gradient": {
      ...weightGradient,
      "Conv, channels innermost": written(ws, (node, ints, [x, , y]) => channelsInnermost(node, ints, x, y, false)),
      "the same, by samples": written(ws, (node, ints, [x, , y]) => channelsInnermost(node, ints, x, y, true)),
      "Conv, channels as samples": written(ws, (node, _, [x, , y]) =>
        swap(node, node("Conv", [swap(node, x), swap(node, y)], { ...same, kernel_shape: [W, W] })),
      ),
      "a product each tap": written([k * k * K, C], (node, ints, [x, , y]) => {
        const rows = node("Reshape", [y, ints(N, K, P)]);
        const products = shifts(node, ints, x).map((shifted) => {
          const columns = node("Transpose", [node("Reshape", [shifted, ints(N, C, P)])], { perm: [0, 2, 1] });
          return node("ReduceSum", [node("MatMul", [rows, columns]), ints(0)], { keepdims: 0 });
        });
        return node("Concat", products, { axis: 0 });
      }),
      "all taps, a product a sample": written([K, k * k * C], (node, ints, [x, , y]) => {
        const all = node("Concat", shifts(node, ints, x), { axis: 1 });
        const columns = node("Transpose", [node("Reshape", [all, ints(N, k * k * C, P)])], { perm: [0, 2, 1] });
        const products = node("MatMul", [node("Reshape", [y, ints(N, K, P)]), columns]);
        return node("ReduceSum", [products, ints(0)], { keepdims: 0 });
      }),
      "columns shifted in x, rows in y": written([k * K, k * C], (node, ints, [x, , y]) => {
        const wide = swap(node, padded(node, ints, x));
        const across = Array.from({ length: k }, (_, j) => node("Slice", [wide, ints(j), ints(j + W), ints(3)]));
        const swapped = swap(node, y);
        const down = Array.from({ length: k }, (_, i) => node("Pad", [swapped, ints(0, 0, i, 0, 0, 0, k - 1 - i, 0)]));
        const flat = (list, rows) => node("Reshape", [node("Concat", list, { axis: 0 }), ints(rows, -1)]);
        return node("Gemm", [flat(down, k * K), flat(across, k * C)], { transB: 1 });
      }),
    },
    shapes,
  };
}

function poolingForms() {
  const shapes = [
    [settings.batch, 32, 28, 28],
    [settings.batch, 32, 14, 14],
  ];
  const windows = { kernel_shape: [2, 2], strides: [2, 2] };
  return {
    "values and gradient": {
      "by comparing (chosen)": (x, y) => {
        const { value, pullback } = vectorJacobianProduct((at) => maxPool(at, 2), x);
        return [value, pullback(y)];
      },
      "MaxPool with indices": written(shapes[0], (node, ints, [x, y]) => {
        const [, indices] = node("MaxPool", [x], windows, 2);
        return node("MaxUnpool", [y, indices, ints(...shapes[0])], windows);
      }),
      "the same, ScatterElements": written(shapes[0], (node, ints, [x, y]) => {
        const [, indices] = node("MaxPool", [x], windows, 2);
        const zeros = node("Sub", [x, x]);
        const parts = [zeros, indices, y].map((name) => node("Reshape", [name, ints(-1)]));
        return node("Reshape", [node("ScatterElements", parts, { axis: 0 }), ints(...shapes[0])]);
      }),
    },
    shapes,
  };
}

function drawn(shape, seed) {
  const rng = new Rng(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: size }, () => Math.max(0, rng.uniform() - 0.5));
  return new NdArray("float32", shape, data);
}

/** Least milliseconds of each form; results are summed, so that none of them is copied. */
async function race(forms, inputs, threads, rounds) {
  const summed =
    (form) =>
    (...tensors) =>
      [form(...tensors)].flat().map((result) => sum(result));
  const runs = Object.entries(forms).map(([name, form]) => ({
    name,
    run: compile(summed(form), { threads, backend: "cpu" }),
    least: 1e9,
  }));
  for (let round = 0; round < rounds + 2; round++) {
    for (const one of runs) {
      const start = performance.now();
      await one.run(...inputs);
      if (round >= 2) one.least = Math.min(one.least, performance.now() - start);
    }
  }
  for (const { run } of runs) await run.close();
  return runs;
}

/** The bench, for run.mjs. */
export default async function bench({ threads, log, options }) {
  const rounds = Number(options.rounds ?? settings.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`convolution-forms: --rounds must be an integer >= 1, got ${options.rounds}`);
  }
  const tasks = [...Object.keys(convolutions), "pool"];
  if (options.only !== undefined && !tasks.includes(options.only)) {
    throw new RangeError(`convolution-forms: --only must be one of ${tasks.join(", ")}, got ${options.only}`);
  }
  const figures = {};
  for (const task of tasks) {
    if (options.only !== undefined && options.only !== task) continue;
    const { shapes, ...parts } = task === "pool" ? poolingForms() : convolutionForms(convolutions[task]);
    const inputs = shapes.map((shape, k) => drawn(shape, settings.seed + k));
    for (const [part, forms] of Object.entries(parts)) {
      log(`convolution-forms: ${task}, ${part}`);
      for (const { name, least } of await race(forms, inputs, threads, rounds))
        figures[`${task} ${part}: ${name}`] = least;
    }
  }
  const units = Object.fromEntries(Object.keys(figures).map((name) => [name, "ms"]));
  return { figures, settings: { ...settings, rounds, threads }, units };
}
