import { expect, test } from "vitest";
import { checkTrainer, Space, type TrainerOptions } from "../../dist/index.js";
import { integerOption, knownOptions } from "../../dist/io/options.js";
import { NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { meanSquaredError } from "../../dist/networks/ops/losses.js";
import { adam } from "../../dist/networks/optimizers/adam.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { train } from "../../dist/networks/training/train.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";

interface Things {
  names: string[];
  /** [N, width]. */
  numbers: Float32Array;
}
const width = 5;

function things(count: number, value: (k: number) => number): Things {
  return {
    names: Array.from({ length: count }, (_, k) => `thing${k}`),
    numbers: Float32Array.from({ length: count * width }, (_, k) => value(k)),
  };
}
const rng = new Rng(4);
const usual = things(40, () => rng.normal());
const withNaN = things(40, (k) => (k === 17 ? Number.NaN : k));

/** A linear autoencoder: codes = x encode, x is about codes decode. */
async function autoencode({ names, numbers }: Things, options: TrainerOptions): Promise<Space> {
  knownOptions("autoencode", options, ["dimensions", "seed", "threads", "checkpoints", "signal", "onProgress"]);
  const { dimensions = 2, seed = 1, threads = 1, checkpoints, signal, onProgress } = options;
  integerOption("autoencode", "dimensions", dimensions, 1);
  integerOption("autoencode", "seed", seed, 0);
  if (names.length < 2) throw new RangeError(`autoencode: at least two things were needed, got ${names.length}`);
  const random = new Rng(seed);
  const weights = (rows: number, columns: number) =>
    new NdArray(
      "float32",
      [rows, columns],
      Float32Array.from({ length: rows * columns }, () => 0.3 * random.normal()),
    );
  const x = new NdArray("float32", [names.length, width], numbers);
  const { params, ...run } = await train({
    params: { encode: weights(width, dimensions), decode: weights(dimensions, width) },
    loss: ({ encode, decode }, batch) => meanSquaredError(matmul(matmul(batch.x, encode), decode), batch.x),
    optimizer: adam({ learningRate: 0.02 }),
    data: { x },
    batchSize: 8,
    epochs: 5,
    seed,
    threads,
    checkpoints,
    signal,
    onProgress,
  });
  const encoder = compile((all: Tensor, w: Tensor) => matmul(all, w), { threads });
  const codes = await encoder(x, params.encode);
  await encoder.close();
  return Space.from({
    names,
    vectors: codes.data as Float32Array,
    kind: "things",
    method: "autoencode",
    options: { dimensions },
    seed: run.seed,
    threads: run.threads,
  });
}

test("P12 a method built on the training loop keeps every promise of a trainer", async () => {
  const kept = await checkTrainer(
    {
      name: "autoencode",
      train: autoencode,
      data: {
        usual,
        nothing: things(0, () => 0),
        oneItem: things(1, () => 1),
        constant: things(20, () => 0.5),
        refused: { "numbers that are NaN": withNaN },
      },
      dependsOnThreads: true,
    },
    { folder: temporaryFolder() },
  );
  expect(kept).toContain("stopped anywhere and resumed, the bytes are equal and no work is done twice");
});
