import { readFileSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ResourceError } from "../../dist/io/errors.js";
import type { Progress } from "../../dist/io/progress.js";
import { hasRelaxedSimd } from "../../dist/kernels/relaxed-simd.js";
import { Rng } from "../../dist/numerics/random.js";
import type { PairMethod } from "../../dist/pairs/method.js";
import { type TrainOptions, train } from "../../dist/pairs/train.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hashOf, plantedGlove, plantedSkipGram, recovered, rowsOf, sourceOf } from "./planted.js";

/** `parts: 16` divides tables that by the rule would stay whole. */
const methods = {
  glove: { method: plantedGlove({ items: 96, size: 12 }, 10), options: { epochs: 4, parts: 16, threads: 1 } },
  skipGram: { method: plantedSkipGram({ items: 160, size: 20 }), options: { epochs: 3, parts: 16, threads: 1 } },
  oneTable: {
    method: plantedSkipGram({ items: 160, size: 20, rate: 0.02, oneTable: true }),
    options: { epochs: 2, parts: 16, threads: 1 },
  },
} satisfies Record<string, { method: PairMethod; options: TrainOptions }>;
type Name = keyof typeof methods;
const names = Object.keys(methods) as Name[];

const frozen: Record<Name, { losses: number[]; sha256: string }> = JSON.parse(
  readFileSync(new URL("frozen.json", import.meta.url), "utf8"),
);

async function hashBy(name: Name, more: Partial<TrainOptions> = {}): Promise<string> {
  const { method, options } = methods[name];
  return hashOf(await train(method, { ...options, ...more }));
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

// ------------------------------------------------------------------------------------------------ what is learned

test("GloVe recovers planted communities at P = 16: 95 % of the ten nearest are of the item's own, chance is 12 %", async () => {
  const trained = await train(plantedGlove(), { epochs: 15, parts: 16, threads: 2 });
  const { rows, losses } = await rowsOf(trained);
  await trained.close();
  expect(
    recovered(
      rows.map(([w, c]) => w.subarray(0, 12).map((x, d) => x + c[d])),
      20,
      10,
    ),
  ).toBeGreaterThan(0.95);
  // what is left is the noise of the counts: ln of a number in (.5, 1.5) has variance .08, f is at most 1
  expect(losses[14]).toBeLessThan(0.04);
  for (let epoch = 1; epoch < 15; epoch++) expect(losses[epoch]).toBeLessThan(losses[epoch - 1]);
});

test("skip-gram recovers planted communities at P = 16: 95 % of the ten nearest are of the item's own, chance is 12 %", async () => {
  const trained = await train(plantedSkipGram({ items: 160, size: 20 }), { epochs: 5, parts: 16, threads: 2 });
  const { rows, losses } = await rowsOf(trained);
  await trained.close();
  expect(
    recovered(
      rows.map(([v]) => v),
      20,
      10,
    ),
  ).toBeGreaterThan(0.95);
  // 6 ln 2 = 4.16 before the first step, less the negatives that are rejected: one in ten
  expect(losses[0]).toBeLessThan(6 * Math.LN2);
  expect(losses[4]).toBeLessThan(0.8 * losses[0]);
});

test.each(names)("D5 the bytes and the loss curve of %s by seed 1 are those of the first release", async (name) => {
  // a change of frozen.json takes a line in the changelog
  const { method, options } = methods[name];
  const trained = await train(method, options);
  const losses = [...trained.losses];
  expect({ losses, sha256: await hashOf(trained) }).toEqual(frozen[name]);
});

test("another seed gives other bytes", async () => {
  expect(await hashBy("glove", { seed: 2 })).not.toBe(frozen.glove.sha256);
  expect(await hashBy("skipGram", { seed: 2 })).not.toBe(frozen.skipGram.sha256);
});

// ------------------------------------------------------------------------- what the result does not depend on

test.each(names)("D1 %s leaves the same bytes with 1, 2, 4 and 8 threads", async (name) => {
  for (const threads of [1, 2, 4, 8]) expect(await hashBy(name, { threads })).toBe(frozen[name].sha256);
});

test.each(names)(
  "D1 %s leaves the same bytes over memory that is not shared, by one thread, which it says",
  async (name) => {
    vi.stubGlobal("crossOriginIsolated", false);
    const notes: string[] = [];
    expect(await hashBy(name, { threads: 5, onNote: (note) => notes.push(note) })).toBe(frozen[name].sha256);
    if (name === names[0]) expect(notes).toEqual([expect.stringMatching(/^one thread: SharedArrayBuffer is missing/)]);
  },
);

test("the tables alone decide how many parts there are: one below 4,096 rows, 16 from there", async () => {
  for (const [items, size, parts] of [
    [4095, 63, 1],
    [4096, 64, 16],
  ]) {
    const method = plantedSkipGram({ items, size, dimensions: 4, slices: 1 });
    const options = { epochs: 1, threads: 2 };
    expect(await hashOf(await train(method, options))).toBe(await hashOf(await train(method, { ...options, parts })));
  }
});

test("D1 with relaxed SIMD one epoch differs by roundings only", async ({ skip }) => {
  if (!hasRelaxedSimd()) skip("this engine has no relaxed SIMD");
  for (const name of names) {
    const { method, options } = methods[name];
    const [plain, fast] = [
      await train(method, { ...options, epochs: 1 }),
      await train(method, { ...options, epochs: 1, fast: true }),
    ];
    expect([plain.fast, fast.fast]).toEqual([false, true]);
    const [wanted, got] = [await rowsOf(plain), await rowsOf(fast)];
    for (const trained of [plain, fast]) await trained.close();
    let largest = 0;
    for (const [row, tables] of got.rows.entries())
      for (const [table, values] of tables.entries())
        for (const [k, x] of values.entries()) largest = Math.max(largest, Math.abs(x - wanted.rows[row][table][k]));
    expect(largest).toBeLessThan(1e-4); // some hundred steps a row, each off by a rounding of 6e-8
  }
});

/** The least memory limit that a run takes, by what the errors say. */
async function leastLimit(name: Name, more: Partial<TrainOptions>): Promise<number> {
  let limit = 1;
  for (;;) {
    const error = await hashBy(name, { ...more, memoryLimit: limit }).then(
      () => null,
      (reason: Error) => reason,
    );
    if (error === null) return limit;
    expect(error).toBeInstanceOf(ResourceError);
    const needed = Number(/training needs at least (\d+) bytes of memory/.exec(error.message)?.[1]);
    expect(needed).toBeGreaterThan(limit);
    limit = needed;
  }
}

describe.each(names)("%s under a memory limit", (name) => {
  test.each([1, 2, 4])(
    "D1 leaves the same bytes with pairs and tables on scratch storage, by %d threads",
    async (threads) => {
      const limit = await leastLimit(name, { threads });
      const scratchFolder = temporaryFolder();
      expect(await hashBy(name, { threads, memoryLimit: limit, scratchFolder })).toBe(frozen[name].sha256);
      expect(await readdir(scratchFolder)).toEqual([]);
      await expect(hashBy(name, { threads, memoryLimit: limit - 1 })).rejects.toThrow(
        /^training needs at least \d+ bytes of memory.*raise memoryLimit/,
      );
    },
  );
});

test("D1 blocks larger than a lane's buffer come in pieces: same bytes and losses", async () => {
  const rng = new Rng(1);
  const pairs = Array.from({ length: 200_000 }, (): [number, number, number] => [
    rng.below(64),
    rng.below(64),
    1 + rng.below(20),
  ]);
  for (const base of [
    { ...plantedGlove({ items: 64, size: 8 }), pairs: sourceOf(64, pairs) },
    plantedSkipGram({ items: 64, size: 8, slices: 2, pairsPerSlice: 200_000, dimensions: 8, rate: 0.01 }),
  ]) {
    const options = { epochs: 1, parts: 4, threads: 2 };
    const whole = await hashOf(await train(base, options));
    // 12,500 pairs a block; two buffers of some 60 KB hold 7,500 pairs each
    const reads = vi.spyOn(await fileHandlePrototype(), "read");
    expect(await hashOf(await train(base, { ...options, memoryLimit: 130_000 }))).toBe(whole);
    expect(reads.mock.calls.length).toBeGreaterThan(16);
    vi.restoreAllMocks();
  }
});

test("D1 pairs alone on scratch storage leave the same bytes", async () => {
  const rng = new Rng(2);
  const pairs = Array.from({ length: 1_100_000 }, (): [number, number, number] => [
    rng.below(200),
    rng.below(200),
    1 + rng.below(20),
  ]);
  const method = { ...plantedGlove({ items: 200, size: 20 }, 4), pairs: sourceOf(200, pairs) };
  const options = { epochs: 1, parts: 4, threads: 1 };
  const whole = await hashOf(await train(method, options));
  expect(await hashOf(await train(method, { ...options, memoryLimit: 8_600_000 }))).toBe(whole);
});

// -------------------------------------------------------------------------------------------------------- reports

test("progress rises to the total, with epochs and losses", async () => {
  const { method, options } = methods.glove;
  const reports: Progress[] = [];
  const trained = await train(method, { ...options, onProgress: (progress) => reports.push(progress) });
  const total = 4 * 96 * 95;
  expect(reports.length).toBeGreaterThanOrEqual(4);
  for (const [k, report] of reports.entries()) {
    expect(report).toMatchObject({ stage: "training", unit: "pairs", total, epochs: 4 });
    expect(report.done).toBeGreaterThanOrEqual(k === 0 ? 0 : reports[k - 1].done);
  }
  const last = reports[reports.length - 1];
  expect(last).toMatchObject({ done: total, epoch: 4, loss: trained.losses[3] });
  expect(trained.pairsPerSecond).toBeGreaterThan(0);
  await trained.close();
});

test("progress of sliced pairs, whose number is not known, counts those trained", async () => {
  const { method, options } = methods.skipGram;
  const reports: Progress[] = [];
  const trained = await train(method, { ...options, onProgress: (progress) => reports.push(progress) });
  expect(reports[reports.length - 1]).toMatchObject({ done: 3 * 4 * 8000, total: undefined, epoch: 3 });
  await trained.close();
});

// ---------------------------------------------------------------------------------------------------- bad input

test.each([
  [{ epochs: 0 }, "glove: epochs must be an integer >= 1, got 0"],
  [{ epochs: 1, seed: -1 }, "glove: seed must be an integer >= 0, got -1"],
  [{ epochs: 1, memoryLimit: 0 }, "glove: memoryLimit must be a finite number > 0, got 0"],
  [{ epochs: 1, threads: 0 }, "threads must be an integer from 1 to 256, got 0"],
] as [TrainOptions, string][])("options %j are refused", async (options, message) => {
  await expect(train(methods.glove.method, options)).rejects.toThrow(new RangeError(message));
});

test.each([
  [[96, 0, 1], /rows below 96, columns below 96 .* got \(96, 0\) of weight 1$/],
  [[0, 96, 1], /got \(0, 96\) of weight 1$/],
  [[0, 0, Number.NaN], /of weight NaN$/],
  [[0, 0, Number.POSITIVE_INFINITY], /of weight Infinity$/],
  [[0, 0, 0], /finite weights >= 1\.17\d+e-38 were needed, got \(0, 0\) of weight 0$/],
  [[0, 0, -1], /of weight -1$/],
] as [[number, number, number], RegExp][])("a pair %j is refused", async (pair, message) => {
  const { method, options } = methods.glove;
  await expect(train({ ...method, pairs: sourceOf(96, [[1, 1, 1], pair]) }, options)).rejects.toThrow(message);
});

test("a weight that is not finite is refused by methods that take negative ones", async () => {
  const { method, options } = methods.oneTable;
  const pairs = sourceOf(160, [
    [1, 2, -1],
    [0, 0, Number.NEGATIVE_INFINITY],
  ]);
  await expect(train({ ...method, pairs }, options)).rejects.toThrow(
    "pairs: rows below 160, columns below 160 and finite weights were needed, got (0, 0) of weight -Infinity",
  );
});

test("no pairs leave the first values", async () => {
  const { method, options } = methods.glove;
  const trained = await train({ ...method, pairs: sourceOf(96, []) }, options);
  expect(trained.losses).toEqual([0, 0, 0, 0]);
  await trained.close();
});

test("training that diverges is refused instead of leaving NaN", async () => {
  const method = plantedSkipGram({ items: 160, size: 20, rate: 1e30 });
  await expect(train(method, methods.skipGram.options)).rejects.toThrow(
    "skipGram: training diverged in epoch 1 of 3: the loss is no longer finite; lower learningRate",
  );
});

test("a source that gives another number of pairs than it says is a bug, and told", async () => {
  const { method, options } = methods.glove;
  const source = { ...sourceOf(96, [[1, 2, 3]]), pairs: 2 };
  await expect(train({ ...method, pairs: source }, options)).rejects.toThrow("internal: a source of 2 pairs gave 1");
});

// ---------------------------------------------------------------------------------------------- scratch storage

/** What all open files of this process have their methods from. */
async function fileHandlePrototype() {
  const file = await open(new URL(import.meta.url), "r");
  await file.close();
  return Object.getPrototypeOf(file) as typeof file;
}

test.each([
  ["ENOSPC", "write", /^scratch storage in .*: no space left on the device, at least \d+ bytes are needed$/],
  ["EDQUOT", "write", /no space left on the device/],
  ["EIO", "write", /^scratch storage in .*: the storage device reported an error$/],
  ["EIO", "read", /the storage device reported an error$/],
] as const)(
  "C5 %s of a %s of scratch storage ends the run with that error, whenever it comes, and leaves nothing",
  async (code, call, message) => {
    const { method, options } = methods.skipGram;
    const scratchFolder = temporaryFolder();
    const limited = { ...options, epochs: 1, memoryLimit: await leastLimit("skipGram", {}), scratchFolder };
    const prototype = await fileHandlePrototype();
    const original = prototype[call] as (...args: unknown[]) => Promise<unknown>;
    for (const at of [1, 2, 20, 700]) {
      let calls = 0;
      vi.spyOn(prototype, call).mockImplementation(function (this: unknown, ...args: unknown[]) {
        if (++calls === at) return Promise.reject(Object.assign(new Error(code), { code }));
        return original.apply(this, args) as never;
      });
      const error = await train(method, limited).catch((reason: Error) => reason);
      vi.restoreAllMocks();
      expect(error).toMatchObject({ name: code === "EIO" ? "FileError" : "ResourceError" });
      expect((error as Error).message).toMatch(message);
      expect(await readdir(scratchFolder)).toEqual([]);
    }
  },
);

test("a folder for scratch storage that is not there is named", async () => {
  const scratchFolder = join(temporaryFolder(), "missing");
  await expect(hashBy("glove", { memoryLimit: await leastLimit("glove", {}), scratchFolder })).rejects.toThrow(
    `scratch storage in ${scratchFolder}: no such file or folder`,
  );
});
