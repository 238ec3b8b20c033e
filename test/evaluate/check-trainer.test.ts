import { expect, test } from "vitest";
import { type CheckedTrainer, checkTrainer, glove, Space, type TrainerOptions } from "../../dist/index.js";
import { Checkpoints } from "../../dist/io/checkpoint.js";
import { integerOption, knownOptions } from "../../dist/io/options.js";
import { sharedPool } from "../../dist/kernels/pool.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";

const promises = [
  "data with nothing in them are refused",
  "a single item is refused",
  "data that cannot be learned from are refused",
  "constant data are learned or refused, without NaN",
  "unknown options are refused by name",
  "options out of range are refused by name",
  "data and options stay as they were",
  "one dimension is enough",
  "trained twice, the bytes are equal",
  "another seed gives other bytes",
  "any number of threads gives the same bytes",
  "saved and loaded, vectors and answers are equal",
  "progress rises to its total",
  "aborting rejects with the reason, at once",
  "stopped anywhere and resumed, the bytes are equal and no work is done twice",
];

// ---------------------------------------------------------------------------------------------------------- GloVe

const lines = Array.from({ length: 120 }, (_, k) => {
  const rng = new Rng(3, k);
  return Array.from({ length: 8 }, () => `word${(k % 3) * 10 + rng.below(10)}`).join(" ");
});

test("P12 glove keeps every promise of a trainer", async () => {
  const kept = await checkTrainer(
    {
      name: "glove",
      train: (texts: string[], options) =>
        glove({ texts }, { dimensions: 4, epochs: 4, minCount: 1, window: 3, ...options }),
      data: {
        usual: lines,
        nothing: [],
        oneItem: ["word"],
        constant: Array.from({ length: 20 }, () => "one two"),
        refused: {
          "a vocabulary of 1": ["word word word word", "word"],
          "text without words": ["- + 、\n\n", ""],
          "no two words in one line": ["one", "two", "three"],
          "half of a surrogate pair": ["one \ud800 two"],
        },
      },
      badOptions: {
        epochs: [0, -1, 1.5, Number.NaN, "3"],
        window: [0, 1.5, 1001, Number.NaN],
        minCount: [0, 1.5, Number.NaN],
        maxWords: [1, 1.5, Number.NaN],
        xMax: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "10"],
        alpha: [-1, Number.NaN, Number.POSITIVE_INFINITY],
        learningRate: [0, -1, Number.NaN, "0.05"],
        gradientClip: [0, -1, Number.NaN],
        biasStep: ["other", 1],
        lowerCase: ["yes", 1],
        numbers: [1],
        symmetric: [0],
        windowsCrossLines: ["no"],
        encodingErrors: ["ignore"],
        memoryLimit: [0, -1, 1000, Number.NaN, "1 GB"],
        scratchFolder: [1],
        fast: ["yes", 1],
        checkpoints: [
          "folder",
          {},
          { folder: 1 },
          { folder: "" },
          { folder: "checkpoint", every: -1 },
          { folder: "checkpoint", every: Number.NaN },
          { folder: "checkpoint", resume: "yes" },
          { folder: "checkpoint", evry: 1 },
        ],
      },
    },
    { folder: temporaryFolder() },
  );
  expect(kept).toEqual(promises);
});

// --------------------------------------------------------------------------------- trainers that break one promise

type Train = CheckedTrainer<string[]>["train"];

/** An honest little trainer: vectors by hashes of the names that take five steps of nothing. */
const train: Train = async (names, options) => {
  knownOptions("toy", options, ["dimensions", "seed", "threads", "checkpoints", "signal", "onProgress"]);
  const dimensions = integerOption("toy", "dimensions", options.dimensions ?? 4, 1);
  const seed = integerOption("toy", "seed", options.seed ?? 1, 0);
  sharedPool({ threads: options.threads });
  if (new Set(names).size < 2) throw new RangeError(`toy: two names were needed, got ${new Set(names).size}`);
  const { checkpoints, signal, onProgress } = options;
  signal?.throwIfAborted();
  const slots = checkpoints && new Checkpoints(checkpoints.folder);
  const saved = checkpoints?.resume ? await slots?.open() : null;
  await saved?.close();
  for (let done = Number(saved?.state.done ?? 0) + 1; done <= 5; done++) {
    onProgress?.({ stage: "training", unit: "rows", done, total: 5, rate: 1 });
    if (signal?.aborted) await slots?.save({ done }, 0, (async function* () {})());
    signal?.throwIfAborted();
  }
  return spaceOf(names, dimensions, (rng) => rng.uniform() - 0.5, seed);
};

function spaceOf(names: readonly string[], dimensions: number, number: (rng: Rng) => number, seed = 1): Space {
  const unique = [...new Set(names)];
  const rng = new Rng(seed, 9);
  const vectors = Float32Array.from({ length: unique.length * dimensions }, () => number(rng));
  return Space.from({ names: unique, vectors, dimensions, seed, method: "toy" });
}

const data = {
  usual: ["ant", "bee", "cow", "dog"],
  nothing: [],
  oneItem: ["ant"],
  constant: ["ant", "bee"],
  refused: { "a vocabulary of 1": ["ant", "ant", "ant"] },
};

const check = (trainer: Partial<CheckedTrainer<string[]>>) =>
  checkTrainer({ name: "toy", train, data, ...trainer }, { folder: temporaryFolder() });

test("P12 an honest trainer passes", async () => {
  expect(await check({})).toEqual(promises);
});

/** Tells the first call from the later ones. */
function onSecondCall(): () => boolean {
  let calls = 0;
  return () => ++calls > 1;
}
const untrained = (options: TrainerOptions) => Object.keys(options).length === 0;

const broken: Record<string, [promise: number, says: RegExp, train: Train]> = {
  "takes nothing": [
    0,
    /^nothing was taken$/,
    async (names, options) => (names.length === 0 ? spaceOf(["ant", "bee"], 4, () => 1) : train(names, options)),
  ],
  "refuses nothing by an engine's message": [
    0,
    /not by a clear error: TypeError: Cannot read properties of undefined/,
    async (names, options) => (names[0].length < 0 ? spaceOf([], 4, () => 1) : train(names, options)),
  ],
  "calls nothing a bug": [
    0,
    /not by a clear error: RangeError: internal: no names/,
    async (names, options) => {
      if (names.length === 0) throw new RangeError("internal: no names");
      return train(names, options);
    },
  ],
  "throws no Error": [
    1,
    /not by a clear error: one name/,
    async (names, options) => {
      if (names.length === 1) throw "one name";
      return train(names, options);
    },
  ],
  "takes one item": [
    1,
    /^oneItem was taken$/,
    async (names, options) => (names.length === 1 ? spaceOf(names, 4, () => 1) : train(names, options)),
  ],
  "takes a vocabulary of 1": [
    2,
    /^a vocabulary of 1 was taken$/,
    async (names, options) => (names.length === 3 ? spaceOf(names, 4, () => 1) : train(names, options)),
  ],
  "refuses constant data by an unknown error": [
    3,
    /constant data was refused, but not by a clear error: Error: no/,
    async (names, options) => {
      if (names.length === 2) throw new Error("no");
      return train(names, options);
    },
  ],
  "passes over unknown options": [
    4,
    /^noSuchOption: 1 was taken$/,
    (names, { dimensions, seed, threads, signal, onProgress, checkpoints }) =>
      train(names, { dimensions, seed, threads, signal, onProgress, checkpoints }),
  ],
  "takes a default for a bad seed": [
    5,
    /^seed: -1 was taken$/,
    (names, options) => train(names, Number(options.seed) >= 0 ? options : { ...options, seed: undefined }),
  ],
  "does not name the option": [
    5,
    /^dimensions: 0 was refused without its name: RangeError: toy: bad$/,
    (names, options) => {
      if (options.dimensions === 0) throw new RangeError("toy: bad");
      return train(names, options);
    },
  ],
  "sorts the data": [
    6,
    /^the data were changed$/,
    async (names, options) => {
      const space = await train(names, options);
      names.reverse();
      return space;
    },
  ],
  "writes to the options": [
    6,
    /^the options were changed$/,
    async (names, options) => {
      const space = await train(names, options);
      options.dimensions ??= 4;
      if (options.seed !== undefined) options.seed += 1;
      return space;
    },
  ],
  "needs two dimensions": [
    7,
    /training failed with RangeError: toy: dimensions/,
    (names, options) => {
      if (options.dimensions === 1) throw new RangeError("toy: dimensions must be above 1");
      return train(names, options);
    },
  ],
  "leaves two dimensions for one": [
    7,
    /^the space has 2 dimensions$/,
    (names, options) => train(names, options.dimensions === 1 ? { ...options, dimensions: 2 } : options),
  ],
  "knows no seed": [
    9,
    /^the vectors are the same$/,
    (names, options) => train(names, { ...options, seed: options.seed && 1 }),
  ],
  "takes 32 bits of the seed": [
    9,
    /^the vectors are the same$/,
    (names, options) =>
      train(names, { ...options, seed: Number(options.seed) >= 0 ? Number(options.seed) % 2 ** 32 : options.seed }),
  ],
  "depends on the threads": [
    10,
    /^items-1.parquet, space.json, vectors-1.safetensors of the saved space differ with 2 threads$/,
    (names, options) => train(options.threads === 2 ? [...names].concat("threads") : names, options),
  ],
  "reports nothing": [12, /^nothing was reported$/, (names, { onProgress: _, ...options }) => train(names, options)],
  "ends before the total": [
    12,
    /training 4 of 5 was the last of its stage$/,
    (names, { onProgress, ...options }) =>
      train(names, { ...options, onProgress: (report) => (report.done < 5 ? onProgress?.(report) : undefined) }),
  ],
  "goes back": [
    12,
    /^report 4, training 2 of 5: before it were 3$/,
    (names, { onProgress, ...options }) =>
      train(names, {
        ...options,
        onProgress: (report) => onProgress?.({ ...report, done: [0, 1, 2, 3, 2, 5][report.done] }),
      }),
  ],
  "goes beyond the total": [
    12,
    /this is more than the total$/,
    (names, { onProgress, ...options }) =>
      train(names, { ...options, onProgress: (report) => onProgress?.({ ...report, total: 4 }) }),
  ],
  "changes the total": [
    12,
    /^report 2, training 2 of 7: before it the total was 6$/,
    (names, { onProgress, ...options }) =>
      train(names, { ...options, onProgress: (report) => onProgress?.({ ...report, total: 5 + report.done }) }),
  ],
  "reports a loss of NaN": [
    12,
    /^report 1, training 1 of 5: loss is NaN$/,
    (names, { onProgress, ...options }) =>
      train(names, { ...options, onProgress: (report) => onProgress?.({ ...report, loss: Number.NaN }) }),
  ],
  "does not stop": [
    13,
    /aborted before it began, it went on to the end/,
    (names, { signal: _, ...options }) => train(names, options),
  ],
  "stops at the end": [
    13,
    /^aborted at training 1, it reported 4 times more$/,
    async (names, { signal, ...options }) => {
      signal?.throwIfAborted();
      const space = await train(names, options);
      signal?.throwIfAborted();
      return space;
    },
  ],
  "rejects with an error of its own": [
    13,
    /failed with Error: aborted, not with the reason$/,
    (names, options) =>
      train(names, options).catch((error: unknown) => {
        throw options.signal?.aborted ? new Error("aborted") : error;
      }),
  ],
  "starts anew when it should resume": [
    14,
    /^stopped at training 1, the resumed run reported 1 first$/,
    (names, { checkpoints: _, ...options }) => train(names, options),
  ],
  "resumes to other bytes": [
    14,
    /^items-1.parquet, space.json, vectors-1.safetensors of the saved space differ after a stop at training 1$/,
    (names, options) => train(options.checkpoints && !options.signal ? [...names].concat("resumed") : names, options),
  ],
};

test.each(Object.entries(broken))("P12 a trainer that %s is caught", async (_, [promise, says, train]) => {
  const error = await check({ train }).catch((error: Error) => error);
  expect(error).toBeInstanceOf(Error);
  const [summary, ...sentences] = (error as Error).message.split("\n");
  const sentence = sentences.find((line) => line.startsWith(`${promises[promise]}: `));
  expect(summary).toMatch(/^toy breaks \d+ of 15 promises:$/);
  expect(sentence?.slice(promises[promise].length + 2)).toMatch(says);
});

test("P12 a trainer that leaves NaN for constant data is caught", async () => {
  const nan: Train = async (names, options) => {
    const space = await train(names, options);
    if (names.length !== 2) return space;
    const data = Float32Array.of(0, 1, Number.NaN);
    return Space.from({ names: ["ant", "bee"], vectors: new Float32Array(8), tensors: { bias: { shape: [3], data } } });
  };
  await expect(check({ train: nan })).rejects.toThrow(`${promises[3]}: number 2 of bias is NaN`);
});

test("P12 a trainer whose second run differs is caught", async () => {
  const second = onSecondCall();
  const twice: Train = (names, options) =>
    train(untrained(options) && names.length === 4 && second() ? [...names].concat("second") : names, options);
  await expect(check({ train: twice })).rejects.toThrow(
    `${promises[8]}: items-1.parquet, space.json, vectors-1.safetensors of the saved space differ`,
  );
});

test("P12 a trainer whose space answers otherwise once loaded is caught", async () => {
  const asked = onSecondCall();
  await expect(check({ answers: async () => asked() })).rejects.toThrow(`${promises[11]}: the answers differ`);
});

test("P12 threads may matter where the trainer says so", async () => {
  const [, , byThreads] = broken["depends on the threads"];
  expect(await check({ train: byThreads, dependsOnThreads: true })).toEqual(promises);
});
