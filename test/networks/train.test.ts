import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../dist/io/errors.js";
import type { Progress } from "../../dist/io/progress.js";
import { NdArray } from "../../dist/networks/array.js";
import { add, exp, log, mul, square, sub } from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { mean } from "../../dist/networks/ops/reductions.js";
import { adam } from "../../dist/networks/optimizers/adam.js";
import { sgd } from "../../dist/networks/optimizers/sgd.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { orderOf } from "../../dist/networks/training/data.js";
import type { EpochReport } from "../../dist/networks/training/options.js";
import { Trainer, train } from "../../dist/networks/training/train.js";
import { Rng } from "../../dist/numerics/random.js";
import { root } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hashOfTraining, plantedData, plantedLoss, plantedOptions, plantedParams } from "./planted-network.js";

const vector = (...values: number[]) => new NdArray("float32", [values.length], Float32Array.from(values));
const validation = { data: plantedData(60, 2), metric: "accuracy", goal: "max" } as const;

describe("train", () => {
  test("finds what was planted: classes around centers, on items that it has not seen", async () => {
    const { history, bestEpoch, steps, stopped } = await train(plantedOptions({ epochs: 20, validation }));
    const last = history[history.length - 1];
    expect(last.validation?.accuracy).toBeGreaterThan(0.95);
    expect(last.training.loss).toBeLessThan(history[0].training.loss / 3);
    expect(history.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, k) => k + 1));
    expect([steps, stopped]).toEqual([20 * 7, "epochs"]);
    const accuracies = history.map(({ validation: found }) => found?.accuracy ?? 0);
    expect(bestEpoch).toBe(1 + accuracies.indexOf(Math.max(...accuracies)));
  });

  test("gradient descent on a quadratic goes the way of its closed form", async () => {
    // loss = mean over items of |w - x|^2 / 2 with one batch an epoch: w <- w - rate (w - mean x)
    const x = new NdArray("float32", [4, 2], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    const { params } = await train({
      params: { w: vector(0, 0) },
      loss: ({ w }: { w: Tensor }, { x: items }: { x: Tensor }) => mean(square(sub(w, items))),
      optimizer: sgd({ learningRate: 0.5 }),
      data: { x },
      batchSize: 4,
      epochs: 5,
    } as never);
    const left = 0.5 ** 5; // the mean over 2 coordinates halves the derivative 2 (w - x): a step of 0.5 halves the distance
    const { w } = params as unknown as { w: NdArray };
    expect(Array.from(w.data as Float32Array)).toEqual([4 * (1 - left), 5 * (1 - left)]);
  });

  test("D2 the same seed gives the same bytes, another seed others; inputs stay as they were", async () => {
    const params = plantedParams();
    const data = plantedData(100, 1);
    const before = structuredClone({ w: params.hidden.weights.data, x: data.x.data });
    const first = hashOfTraining(await train(plantedOptions({ params, data, validation })));
    expect(hashOfTraining(await train(plantedOptions({ validation })))).toBe(first);
    expect(hashOfTraining(await train(plantedOptions({ validation, seed: 2 })))).not.toBe(first);
    expect({ w: params.hidden.weights.data, x: data.x.data }).toEqual(before);
  });

  test("one step at a time is the whole run", async () => {
    const whole = await train(plantedOptions());
    const trainer = await Trainer.create(plantedOptions());
    const losses: number[] = [];
    for (let report = await trainer.step(); report !== null; report = await trainer.step()) losses.push(report.loss);
    expect(losses.length).toBe(whole.steps);
    expect(hashOfTraining(trainer.result())).toBe(hashOfTraining(whole));
    await trainer.close();
  });

  test("the last batch of an epoch is smaller, or dropped", async () => {
    expect((await train(plantedOptions({ epochs: 1 }))).steps).toBe(7);
    expect((await train(plantedOptions({ epochs: 1, lastBatch: "drop" }))).steps).toBe(6);
    await expect(train(plantedOptions({ batchSize: 101, lastBatch: "drop" }))).rejects.toThrow(
      'train: no batch of 101 fits 100 items; lastBatch: "keep" would take them',
    );
  });

  test("every epoch sees every item once, in an order of its own that follows from the seed", () => {
    const orders = [0, 1, 2].map((epoch) => orderOf(1000, 7, epoch, true));
    for (const order of orders)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, k) => k));
    expect(orders[0]).toEqual(orderOf(1000, 7, 0, true));
    expect(orders[0]).not.toEqual(orders[1]);
    expect(orderOf(5, 7, 3, false)).toEqual(Uint32Array.of(0, 1, 2, 3, 4));
  });

  test("early stopping ends a run that no longer improves, and the best epoch's parameters come back", async () => {
    const losses: number[] = [];
    const options = plantedOptions({
      epochs: 200,
      validation: { data: plantedData(30, 3) },
      earlyStopping: { patience: 3 },
      onEpoch: ({ validation: found }: EpochReport) => losses.push(found?.loss ?? Number.NaN),
    });
    const { stopped, bestEpoch, history } = await train(options);
    expect(stopped).toBe("early stopping");
    expect(bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    expect(history.length).toBe(bestEpoch + 3);
    // as many epochs as were best, without restoring, give the same parameters
    const short = await train({ ...options, epochs: bestEpoch, earlyStopping: undefined, restoreBest: false });
    const long = await train({ ...options, onEpoch: undefined });
    expect(long.params).toEqual(short.params);
  });

  test("progress rises to its total, with epoch, loss and rate", async () => {
    const reports: Progress[] = [];
    const epochs: EpochReport[] = [];
    await train(
      plantedOptions({
        onProgress: (report: Progress) => reports.push(report),
        onEpoch: (report: EpochReport) => epochs.push(report),
      }),
    );
    expect(reports.map(({ done }) => done)).toEqual(reports.map(({ done }) => done).sort((a, b) => a - b));
    expect(reports.at(-1)).toMatchObject({ stage: "training", unit: "items", done: 400, total: 400, epochs: 4 });
    expect(epochs.length).toBe(4);
  });

  test("T3 aborted at any moment it rejects with the reason, and a trainer goes on from the step before", async () => {
    const whole = hashOfTraining(await train(plantedOptions()));
    for (let at = 0; at < 28; at += 3) {
      const trainer = await Trainer.create(plantedOptions());
      for (let k = 0; k < at; k++) await trainer.step();
      const reason = new Error("stopped");
      const controller = new AbortController();
      const aborted = await Trainer.create(plantedOptions({ signal: controller.signal }));
      for (let k = 0; k < at; k++) await aborted.step();
      controller.abort(reason);
      await expect(aborted.step()).rejects.toBe(reason);
      expect(aborted.params()).toEqual(trainer.params());
      expect(hashOfTraining(await trainer.run())).toBe(whole);
      await trainer.close();
      await aborted.close();
    }
  });
});

/** The planted validation data as a source that calls `visit` before each batch, with its number from 0 over all epochs. */
function watchedValidation(visit: (batch: number) => void) {
  const data = plantedData(60, 2);
  let batches = 0;
  const rows = (array: NdArray, items: Uint32Array) => {
    const width = array.size / array.shape[0];
    const picked = Array.from(items, (item) => Array.from(array.data.slice(item * width, (item + 1) * width), Number));
    const elements = array.dtype === "int32" ? Int32Array.from(picked.flat()) : Float32Array.from(picked.flat());
    return new NdArray(array.dtype, [items.length, ...array.shape.slice(1)], elements);
  };
  return {
    count: 60,
    batch: (items: Uint32Array) => {
      visit(batches++);
      return { x: rows(data.x, items), y: rows(data.y, items) };
    },
    fingerprint: async () => "planted",
  };
}

test("T3 aborted between the parts of a step, parameters are those of the step before, and the run goes on from there", async () => {
  const after: unknown[] = []; // parameters after each step of an undisturbed run
  const undisturbed = await Trainer.create(plantedOptions());
  do after.push(undisturbed.params());
  while (await undisturbed.step());
  const whole = hashOfTraining(undisturbed.result());
  await undisturbed.close();
  for (let at = 2; at <= 26; at++) {
    const controller = new AbortController();
    const { signal } = controller;
    let looks = 0;
    signal.throwIfAborted = () => {
      if (++looks === at) controller.abort(new Error("stopped"));
      AbortSignal.prototype.throwIfAborted.call(signal);
    };
    const checkpoints = { folder: temporaryFolder(), every: 3600, resume: true };
    const trainer = await Trainer.create(plantedOptions({ signal, checkpoints }));
    await expect(trainer.run()).rejects.toThrow("stopped");
    const { params, steps } = trainer.result();
    expect(params).toEqual(after[steps]);
    await trainer.close();
    expect(hashOfTraining(await train(plantedOptions({ checkpoints })))).toBe(whole);
  }
});

test("stopped in the middle of a validation and resumed, the validation is done anew and the bytes are the same", async () => {
  const options = (more: object, visit: (batch: number) => void = () => {}) =>
    plantedOptions({ ...more, validation: { ...validation, data: watchedValidation(visit) } });
  const whole = hashOfTraining(await train(options({})));
  for (const at of [1, 5, 14]) {
    const checkpoints = { folder: temporaryFolder(), every: 3600, resume: true };
    const controller = new AbortController();
    const run = train(
      options({ checkpoints, signal: controller.signal }, (batch) => {
        if (batch === at + 1) controller.abort(new Error("stopped")); // the batch for tracing is number 0
      }),
    );
    await expect(run).rejects.toThrow("stopped");
    expect(hashOfTraining(await train(options({ checkpoints })))).toBe(whole);
  }
});

describe("bad input", () => {
  test("NaN and infinity in data are refused with array and item before anything runs", async () => {
    for (const [bad, text] of [
      [Number.NaN, "NaN"],
      [Number.NEGATIVE_INFINITY, "-Infinity"],
    ] as const) {
      const data = plantedData(100, 1);
      (data.x.data as Float32Array)[37 * 6 + 4] = bad;
      await expect(train(plantedOptions({ data }))).rejects.toThrow(
        `train: data.x holds ${text} in item 37 of [100, 6], at [4] of it`,
      );
    }
    const params = plantedParams();
    (params.output.bias.data as Float32Array)[1] = Number.NaN;
    await expect(train(plantedOptions({ params }))).rejects.toThrow("train: params.output.bias holds NaN");
  });

  test("data without items, of unequal lengths, or of another shape than the loss takes", async () => {
    const { y } = plantedData(100, 1);
    const none = {
      x: new NdArray("float32", [0, 6], new Float32Array(0)),
      y: new NdArray("int32", [0], new Int32Array(0)),
    };
    await expect(train(plantedOptions({ data: none }))).rejects.toThrow("at least one item was needed");
    await expect(train(plantedOptions({ data: { x: plantedData(99, 1).x, y } }))).rejects.toThrow(
      "all data must have equally many items, got data.x with 99 and data.y with 100",
    );
    const narrow = new NdArray("float32", [100, 5], new Float32Array(500));
    await expect(train(plantedOptions({ data: { x: narrow, y } }))).rejects.toThrow("[16, 5]");
  });

  test("options are checked by name", async () => {
    const refused: [object, string][] = [
      [{ epochs: 0 }, "train: epochs must be an integer >= 1, got 0"],
      [{ batchSize: 1.5 }, "train: batchSize must be an integer >= 1, got 1.5"],
      [{ lastBatch: "half" }, 'train: lastBatch must be one of keep, drop, got "half"'],
      [{ epoch: 3 }, "train: there is no option epoch"],
      [{ earlyStopping: { patience: 2 } }, "train: earlyStopping needs validation"],
      [{ restoreBest: true }, "train: restoreBest needs validation"],
      [{ seed: -1 }, "seed must be an integer from 0"],
      [{ threads: 0 }, "train: threads must be an integer from 1 to 256, got 0"],
      [{ optimizer: {} }, "train: optimizer must be one of"],
      [
        { validation: { data: plantedData(10, 1), metric: "recall" } },
        'train: validation.metric must be one of loss, accuracy, got "recall"',
      ],
    ];
    for (const [more, message] of refused) await expect(train(plantedOptions(more)), message).rejects.toThrow(message);
  });

  test("a loss that is not finite ends the run with the step and the first op that gave it", async () => {
    const data = { x: new NdArray("float32", [6, 2], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0.5, -1, 2, 2)) };
    const options = {
      params: { w: vector(1, 1) },
      loss: ({ w }: { w: Tensor }, { x }: { x: Tensor }) => mean(log(mul(w, x))), // the fifth item has a negative number
      optimizer: sgd({ learningRate: 0 }),
      data,
      batchSize: 2,
      shuffle: false,
    } as never;
    await expect(train(options)).rejects.toThrow(
      /^train: step 3, epoch 1: log_\d+ = log of float32\[2, 2\] gave NaN at \[0, 1\], its inputs were finite; the loss became NaN\./,
    );
  });

  test("parameters that left the finite numbers in an update are traced to the step before the loss showed it", async () => {
    const options = {
      params: { w: vector(1) },
      loss: ({ w }: { w: Tensor }, { x }: { x: Tensor }) => mean(exp(mul(w, x))),
      optimizer: sgd({ learningRate: 1e38 }), // 1 - 1e38 e^x leaves f32 in the first step
      data: { x: new NdArray("float32", [4, 1], Float32Array.of(5, 5, 5, 5)) },
      batchSize: 1,
      epochs: 2,
    } as never;
    await expect(train(options)).rejects.toThrow(
      /^train: step 1, epoch 1: sgdUpdate_\S+ = sgdUpdate of .* gave -Infinity at \[0\], its inputs were finite/,
    );
  });

  test("parameters that leave the finite numbers in the last update of all are found as well", async () => {
    const options = {
      params: { w: vector(1) },
      loss: ({ w }: { w: Tensor }, { x }: { x: Tensor }) => mean(mul(w, x)),
      optimizer: sgd({ learningRate: 1e38 }),
      data: { x: new NdArray("float32", [2, 1], Float32Array.of(0, 9)) },
      batchSize: 1,
      shuffle: false,
      epochs: 1,
    } as never;
    await expect(train(options)).rejects.toThrow(
      /^train: step 2, epoch 1: sgdUpdate_\S+ = sgdUpdate of .* gave -Infinity at \[0\], its inputs were finite; an update left/,
    );
  });

  test("a validation that is not finite names its op and its items", async () => {
    const options = {
      params: { w: vector(1) },
      loss: ({ w }: { w: Tensor }, { x }: { x: Tensor }) => mean(log(mul(w, x))),
      optimizer: sgd({ learningRate: 0 }),
      data: { x: new NdArray("float32", [2, 1], Float32Array.of(1, 2)) },
      validation: { data: { x: new NdArray("float32", [3, 1], Float32Array.of(1, 2, 0)) } },
      batchSize: 2,
      epochs: 1,
    } as never;
    await expect(train(options)).rejects.toThrow(
      /^train: validation after epoch 1, items 2 to 2: log_\d+ = log of float32\[1, 1\] gave -Infinity at \[0, 0\]/,
    );
  });

  test("data of a source of one's own that are not finite are named by path and place", async () => {
    const source = {
      count: 4,
      batch: (items: Uint32Array) => ({
        x: new NdArray(
          "float32",
          [items.length, 1],
          Float32Array.from(items, (item) => (item === 3 ? Number.NaN : 1)),
        ),
      }),
      fingerprint: async () => "",
    };
    const options = {
      params: { w: vector(1) },
      loss: ({ w }: { w: Tensor }, { x }: { x: Tensor }) => mean(mul(w, x)),
      optimizer: sgd({ learningRate: 0.1 }),
      data: source,
      batchSize: 2,
      shuffle: false,
    } as never;
    await expect(train(options)).rejects.toThrow("train: step 2, epoch 1: data.x gave NaN at [1, 0] before the step");
  });

  test("a program that takes more memory than there is ends in a clear error, and the process lives", async () => {
    const options = {
      params: { w: new NdArray("float32", [1, 1], Float32Array.of(1)) },
      loss: ({ w }: { w: Tensor }, { x }: { x: Tensor }) => {
        // [B, 1] x [1, 1] + [1, 2^21] twice over: 2^42 numbers
        const row = new NdArray("float32", [1, 2 ** 21], new Float32Array(2 ** 21));
        const column = new NdArray("float32", [2 ** 21, 1], new Float32Array(2 ** 21));
        return mean(exp(add(mul(mean(matmul(x, w)), column), row)));
      },
      optimizer: sgd({ learningRate: 0.1 }),
      data: { x: new NdArray("float32", [2, 1], Float32Array.of(1, 2)) },
    } as never;
    await expect(train(options)).rejects.toMatchObject({ name: "ResourceError" });
    expect((await train(plantedOptions({ epochs: 1 }))).steps).toBe(7);
  });
});

// ------------------------------------------------------------------------------------------------- checkpoints

const resumable = (folder: string, more: object = {}) =>
  plantedOptions({ epochs: 8, validation, checkpoints: { folder, every: 0, resume: true }, ...more });

/**
 * Trains in a process of its own, killed a moment after it looked at its signal so many times, some five times a step;
 * the run's hash, or null where it was killed.
 */
function trainAndKill(folder: string, looks: number, delay: number): Promise<string | null> {
  const script = `
    import { writeSync } from "node:fs";
    import { Trainer } from "./dist/networks/training/train.js";
    import { hashOfTraining, plantedData, plantedOptions } from "./test/networks/planted-network.js";
    const checkpoints = { folder: ${JSON.stringify(folder)}, every: 0, resume: true };
    const validation = { data: plantedData(60, 2), metric: "accuracy", goal: "max" };
    const signal = { aborted: false, throwIfAborted: () => writeSync(1, ".") };
    const trainer = await Trainer.create(plantedOptions({ epochs: 8, validation, checkpoints, signal }));
    console.log("=" + hashOfTraining(await trainer.run()));
  `;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { cwd: root });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length >= looks) setTimeout(() => child.kill("SIGKILL"), delay);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(null);
      else if (code === 0) resolve(output.split("=")[1].trim());
      else reject(new Error(errors));
    });
  });
}

/** The planted loss over weighted features. */
function weighted(weight: number): typeof plantedLoss {
  const weights = new NdArray("float32", [6], new Float32Array(6).fill(weight));
  return (params, { x, y }, context) => plantedLoss(params, { x: mul(x, weights), y }, context);
}

describe("checkpoints", () => {
  test("C3 stopped at any of 30 steps and resumed, a run comes to the bytes of an unbroken one", async () => {
    const whole = hashOfTraining(await train(resumable(temporaryFolder())));
    const rng = new Rng(5);
    for (let k = 0; k < 30; k++) {
      const folder = temporaryFolder();
      const at = 1 + rng.below(8 * 7 - 1);
      const controller = new AbortController();
      const trainer = await Trainer.create(resumable(folder, { signal: controller.signal }));
      for (let step = 0; step < at; step++) await trainer.step();
      controller.abort(new Error("stopped"));
      await expect(trainer.run()).rejects.toThrow("stopped");
      await trainer.close();
      const again = await Trainer.create(resumable(folder));
      expect((await again.step())?.step).toBe(at + 1);
      expect(hashOfTraining(await again.run())).toBe(whole);
      await again.close();
    }
  });

  test("C2 killed 20 times at random moments and resumed, it comes to the undisturbed bytes", async () => {
    const wanted = hashOfTraining(await train(resumable(temporaryFolder())));
    const rng = new Rng(3);
    let folder = temporaryFolder();
    let finished = 0;
    for (let kills = 0; kills < 20; ) {
      const hash = await trainAndKill(folder, 1 + rng.below(200), rng.below(8));
      if (hash === null) {
        kills++;
        continue;
      }
      expect(hash).toBe(wanted);
      finished++;
      folder = temporaryFolder();
    }
    expect(await trainAndKill(folder, Number.POSITIVE_INFINITY, 0)).toBe(wanted);
    expect(readdirSync(folder).filter((name) => !/^slot-[01]$/.test(name))).toEqual([]);
    expect(finished).toBeLessThan(20);
  });

  test("C4 a damaged newer slot is passed over with a note, two damaged ones are an error, never a wrong run", async () => {
    const whole = hashOfTraining(await train(resumable(temporaryFolder())));
    const folder = temporaryFolder();
    const trainer = await Trainer.create(resumable(folder));
    for (let k = 0; k < 20; k++) await trainer.step();
    await trainer.close();
    const partial = await Trainer.create(resumable(folder, { epochs: 8, signal: AbortSignal.abort() })).catch(
      () => null,
    );
    expect(partial).toBeNull();
    // Two checkpoints: stop after 20 and after 30 steps.
    for (const stop of [20, 10]) {
      const controller = new AbortController();
      const part = await Trainer.create(resumable(folder, { signal: controller.signal }));
      for (let k = 0; k < stop; k++) await part.step();
      controller.abort(new Error("stopped"));
      await expect(part.run()).rejects.toThrow("stopped");
      await part.close();
    }
    const slots = ["slot-0", "slot-1"].map((name) => join(folder, name));
    const kept = slots.map((path) => readFileSync(path));
    const rng = new Rng(11);
    for (let k = 0; k < 12; k++) {
      const notes: string[] = [];
      const damaged = Buffer.from(kept[1]);
      damaged[rng.below(damaged.length)] ^= 1 << rng.below(8);
      writeFileSync(slots[0], kept[0]);
      writeFileSync(slots[1], damaged);
      const again = await Trainer.create(resumable(folder, { onNote: (note: string) => notes.push(note) }));
      expect(notes.join()).toContain("going on from");
      expect((await again.step())?.step).toBe(21);
      if (k === 0) expect(hashOfTraining(await again.run())).toBe(whole);
      await again.close();
    }
    for (const path of slots) writeFileSync(path, kept[0].subarray(0, kept[0].length - 5));
    await expect(train(resumable(folder))).rejects.toBeInstanceOf(FormatError);
  });

  test("C4 other data, options, parameters or another network are refused by what differs", async () => {
    const folder = temporaryFolder();
    await train(resumable(folder, { epochs: 2 }));
    const changes: [object, RegExp][] = [
      [{ seed: 2 }, /seed was 1, is 2/],
      [{ batchSize: 8 }, /batchSize was 16, is 8/],
      [{ epochs: 3 }, /epochs was 2, is 3/],
      [{ executor: "onnx" }, /executor was kernels, is onnx/],
      [{ shuffle: false }, /shuffle was true, is false/],
      [{ data: plantedData(100, 9) }, /data was another/],
      [{ validation: { ...validation, data: plantedData(60, 9) } }, /validation was/],
      [{ params: plantedParams(2) }, /params was/],
      [{ optimizer: sgd({ learningRate: 0.1 }) }, /program was/],
      [{ optimizer: adam({ learningRate: 0.02 }) }, /program was|constants was/],
      [
        { optimizer: adam({ learningRate: 0.01, weightDecay: 0.1, decays: (path) => path.endsWith("bias") }) },
        /program was/,
      ],
      [{ loss: weighted(1) }, /program was/],
    ];
    // the threads of ONNX Runtime count where it runs
    const threaded = temporaryFolder();
    await train(resumable(threaded, { epochs: 2, executor: "onnx", threads: 1 }));
    await expect(train(resumable(threaded, { epochs: 2, executor: "onnx", threads: 2 }))).rejects.toThrow(
      /threads was 1, is 2/,
    );
    // arrays that a loss holds stand in no text
    const inner = temporaryFolder();
    await train(resumable(inner, { epochs: 2, loss: weighted(1) }));
    await expect(train(resumable(inner, { epochs: 2, loss: weighted(2) }))).rejects.toThrow(/constants was/);
    for (const [more, message] of changes) {
      await expect(train(resumable(folder, { epochs: 2, ...more })), String(message)).rejects.toThrow(message);
    }
    expect((await train(resumable(folder, { epochs: 2 }))).steps).toBe(14); // a finished run is there at once
  });
});
