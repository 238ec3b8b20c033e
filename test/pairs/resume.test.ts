import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { FormatError } from "../../dist/io/errors.js";
import { Rng } from "../../dist/numerics/random.js";
import { isSliced, type PairMethod } from "../../dist/pairs/method.js";
import { type CheckpointOptions, type TrainOptions, train } from "../../dist/pairs/train.js";
import { root } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hashOf, plantedGlove, plantedSkipGram } from "./planted.js";

const methods = {
  glove: plantedGlove({ items: 64, size: 8 }, 8),
  skipGram: plantedSkipGram({ items: 64, size: 8, slices: 3, pairsPerSlice: 6000, dimensions: 8 }),
};
type Name = keyof typeof methods;
const names = Object.keys(methods) as Name[];
const base: TrainOptions = { epochs: 3, parts: 16, threads: 1 };
/** Bytes that do not take the pairs and the tables. */
const capped = 42_000;

const undisturbed = {} as Record<Name, string>;
beforeAll(async () => {
  for (const name of names) undisturbed[name] = await hashOf(await train(methods[name], base));
});

function checkpointsIn(folder: string, more: Partial<CheckpointOptions> = {}): CheckpointOptions {
  return { folder, every: 3600, resume: true, fingerprint: { corpus: "planted" }, ...more };
}

/** A method that aborts before its block number `at`, or before it makes its slice of that number. */
function abortingAt(
  method: PairMethod,
  at: number,
  what: "block" | "slice",
): { method: PairMethod; signal: AbortSignal } {
  const controller = new AbortController();
  let calls = 0;
  const count = (kind: typeof what) => {
    if (kind === what && calls++ === at) controller.abort(new Error("enough"));
  };
  const { pairs } = method;
  return {
    signal: controller.signal,
    method: {
      ...method,
      parameters: (place) => {
        count("block");
        return method.parameters(place);
      },
      pairs: isSliced(pairs)
        ? {
            ...pairs,
            slice: (epoch, slice) => {
              count("slice");
              return pairs.slice(epoch, slice);
            },
          }
        : pairs,
    },
  };
}

/** Trains until the abort, then goes on from the checkpoint. */
async function abortAndResume(
  name: Name,
  at: number,
  what: "block" | "slice",
  more: Partial<TrainOptions>,
  every = 3600,
) {
  const folder = temporaryFolder();
  const { method, signal } = abortingAt(methods[name], at, what);
  const options = { ...base, ...more, checkpoints: checkpointsIn(folder, { every }) };
  const outcome = await train(method, { ...options, signal }).catch((reason: Error) => reason);
  if (outcome instanceof Error) {
    expect(outcome.message).toBe("enough");
    expect(readdirSync(folder).every((file) => /^slot-[01]$/.test(file))).toBe(true);
    expect(readdirSync(folder)).not.toEqual([]);
  } else await outcome.close();
  return hashOf(await train(methods[name], options));
}

describe.each(names)("%s", (name) => {
  test("C3 aborted at 30 random blocks, by one and two threads, it is resumed to the undisturbed bytes", async () => {
    const rng = new Rng(1);
    const blocks = 3 * 256 * (name === "glove" ? 1 : 3);
    for (let k = 0; k < 30; k++) {
      expect(await abortAndResume(name, rng.below(blocks), "block", { threads: 1 + (k % 2) })).toBe(undisturbed[name]);
    }
  });

  test("C3 likewise with pairs and tables on scratch storage, where a round is several batches", async () => {
    const scratchFolder = join(temporaryFolder(), "missing");
    await expect(train(methods[name], { ...base, memoryLimit: capped, scratchFolder })).rejects.toThrow(/^scratch/);
    const rng = new Rng(2);
    for (let k = 0; k < 4; k++) {
      const more = { threads: 1 + (k % 2), memoryLimit: capped };
      expect(await abortAndResume(name, rng.below(700), "block", more)).toBe(undisturbed[name]);
    }
  });

  test("C3 aborted, resumed with other threads and less memory, the bytes are still the same", async () => {
    const folder = temporaryFolder();
    const checkpoints = checkpointsIn(folder);
    const { method, signal } = abortingAt(methods[name], 400, "block");
    await expect(train(method, { ...base, threads: 2, signal, checkpoints })).rejects.toThrow("enough");
    const resumed = await train(methods[name], { ...base, threads: 1, memoryLimit: capped, checkpoints });
    expect(await hashOf(resumed)).toBe(undisturbed[name]);
  });

  test("C3 a checkpoint after every batch changes nothing, and each of them is a place to go on from", async () => {
    const folder = temporaryFolder();
    const checkpoints = checkpointsIn(folder, { every: 0 });
    expect(await hashOf(await train(methods[name], { ...base, epochs: 1, checkpoints }))).toBe(
      await hashOf(await train(methods[name], { ...base, epochs: 1 })),
    );
    expect(readdirSync(folder)).toEqual(["slot-0", "slot-1"]);
    expect(await abortAndResume(name, 500, "block", {}, 0)).toBe(undisturbed[name]);
  });
});

test("C3 aborted while a slice is made, the run is resumed to the undisturbed bytes", async () => {
  for (const at of [0, 1, 4, 8]) expect(await abortAndResume("skipGram", at, "slice", {})).toBe(undisturbed.skipGram);
});

test("C3 aborted three times over, the run is resumed to the undisturbed bytes, and its progress goes on", async () => {
  const folder = temporaryFolder();
  const checkpoints = checkpointsIn(folder);
  const done: number[] = [];
  const onProgress = (progress: { done: number }) => done.push(progress.done);
  for (const at of [100, 200, 300]) {
    const { method, signal } = abortingAt(methods.glove, at, "block");
    await expect(train(method, { ...base, signal, checkpoints, onProgress })).rejects.toThrow("enough");
  }
  expect(await hashOf(await train(methods.glove, { ...base, checkpoints, onProgress }))).toBe(undisturbed.glove);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done[done.length - 1]).toBe(3 * 64 * 63);
});

test("a signal that is aborted already stops the run at once, with its reason", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(train(methods.glove, { ...base, signal })).rejects.toThrow("enough");
});

test("one thread lets a timer abort a run whose batches are short", async () => {
  const signal = AbortSignal.timeout(300);
  await expect(train(methods.glove, { ...base, epochs: 1_000_000, signal })).rejects.toThrow(signal.reason);
});

test("an abort without checkpoints rejects with the reason", async () => {
  const { method, signal } = abortingAt(methods.glove, 30, "block");
  await expect(train(method, { ...base, signal })).rejects.toThrow("enough");
});

test("what a resumed run would have to make anew is kept before the first checkpoint, once", async () => {
  const order: string[] = [];
  const folder = temporaryFolder();
  const prepare = async () => {
    order.push(`prepare with ${readdirSync(folder).length} files`);
  };
  await (await train(methods.glove, { ...base, checkpoints: checkpointsIn(folder, { every: 0, prepare }) })).close();
  expect(order).toEqual(["prepare with 0 files"]);
});

// ---------------------------------------------------------------------------------------------- refused and damaged

describe("C4 a checkpoint of another run is refused, naming what differs:", () => {
  const other: [string, PairMethod, Partial<TrainOptions>, Partial<CheckpointOptions>, RegExp][] = [
    [
      "seed",
      methods.glove,
      { seed: 2 },
      {},
      /: seed was 1, is 2\. Resume with the same values, or start anew without resume$/,
    ],
    ["epochs", methods.glove, { epochs: 4 }, {}, /: epochs was 3, is 4\./],
    ["parts", methods.glove, { parts: 8 }, {}, /: parts was 16, is 8\./],
    [
      "dimensions",
      plantedGlove({ items: 64, size: 8 }, 16),
      {},
      {},
      /: tables was 64 x 24 f32, 64 x 24 f32, is 64 x 40 f32/,
    ],
    ["items", plantedGlove({ items: 72, size: 8 }, 8), {}, {}, /: tables was 64 x 24 f32/],
    [
      "method",
      { ...methods.glove, name: "other" },
      {},
      {},
      /^other: the checkpoint in .* method was glove, is other\./,
    ],
    ["corpus", methods.glove, {}, { fingerprint: { corpus: "another" } }, /: corpus was planted, is another\./],
    [
      "an option more",
      methods.glove,
      {},
      { fingerprint: { corpus: "planted", xMax: 5 } },
      /: xMax was undefined, is 5\./,
    ],
    [
      "an option less",
      methods.glove,
      { seed: 3 },
      { fingerprint: {} },
      /: seed was 1, is 3; corpus was planted, is undefined\./,
    ],
  ];
  test.each(other)("%s", async (_, method, options, checkpoint, message) => {
    const folder = temporaryFolder();
    const first = abortingAt(methods.glove, 50, "block");
    await expect(
      train(first.method, { ...base, signal: first.signal, checkpoints: checkpointsIn(folder) }),
    ).rejects.toThrow("enough");
    const error = await train(method, { ...base, ...options, checkpoints: checkpointsIn(folder, checkpoint) }).catch(
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toMatch(message);
    expect(await hashOf(await train(methods.glove, { ...base, checkpoints: checkpointsIn(folder) }))).toBe(
      undisturbed.glove,
    );
  });
});

test("C4 the newer checkpoint damaged, the run goes on from the older and says so; both damaged, it is refused", async () => {
  const folder = temporaryFolder();
  const { method, signal } = abortingAt(methods.glove, 300, "block");
  const checkpoints = checkpointsIn(folder, { every: 0 });
  await expect(train(method, { ...base, signal, checkpoints })).rejects.toThrow("enough");
  writeFileSync(join(folder, "slot-0"), "t2v-ckp1 cut short", { flag: "w" });
  const notes: string[] = [];
  const options = { ...base, checkpoints: checkpointsIn(folder), onNote: (note: string) => notes.push(note) };
  expect(await hashOf(await train(methods.glove, options))).toBe(undisturbed.glove);
  expect(notes).toEqual([expect.stringMatching(/slot-0.*; going on from .*slot-1$/)]);

  for (const slot of ["slot-0", "slot-1"]) writeFileSync(join(folder, slot), "damaged");
  await expect(train(methods.glove, options)).rejects.toThrow(FormatError);
});

test("a run that starts anew in the folder of another replaces its checkpoints", async () => {
  const folder = temporaryFolder();
  const old = abortingAt(methods.glove, 600, "block");
  await expect(
    train(old.method, { ...base, seed: 9, signal: old.signal, checkpoints: checkpointsIn(folder, { every: 0 }) }),
  ).rejects.toThrow("enough");
  const next = abortingAt(methods.glove, 20, "block");
  await expect(
    train(next.method, { ...base, signal: next.signal, checkpoints: checkpointsIn(folder, { resume: false }) }),
  ).rejects.toThrow("enough");
  expect(await hashOf(await train(methods.glove, { ...base, checkpoints: checkpointsIn(folder) }))).toBe(
    undisturbed.glove,
  );
});

// ---------------------------------------------------------------------------------------------------------- kills

/** Trains GloVe in a process of its own, with a checkpoint after every batch; prints a line a round and the hash. */
const program = (folder: string) => `
  import { createHash } from "node:crypto";
  import { writeSync } from "node:fs";
  import { train } from "./dist/pairs/train.js";
  import { gloveDefaults, gloveMethod } from "./dist/words/glove-method.js";
  const items = 200;
  const source = { rows: items, columns: items, pairs: items * items, async *batches() {
    const i = Uint32Array.from({ length: items * items }, (_, k) => Math.floor(k / items));
    const j = Uint32Array.from({ length: items * items }, (_, k) => k % items);
    yield { length: i.length, i, j, weight: Float32Array.from(i, (row, k) => 1 + ((row * 7 + j[k] * 3) % 11)) };
  } };
  const method = gloveMethod(source, { ...gloveDefaults, dimensions: 40 });
  const trained = await train({ ...method, parameters: (place) => {
    writeSync(1, ".");
    return method.parameters(place);
  } }, { epochs: 3, parts: 16, threads: Number(process.argv[1]), checkpoints: {
    folder: ${JSON.stringify(folder)}, every: 0, resume: true, fingerprint: {} } });
  const hash = createHash("sha256");
  const rows = [];
  await trained.eachRow((row, values) => { rows[row] = values.map((value) => value.slice()); });
  for (const values of rows) for (const value of values) hash.update(value);
  hash.update(Float64Array.from(trained.losses));
  writeSync(1, "\\n" + hash.digest("hex"));
`;

/** Runs the program and kills it a moment after it has worked on `blocks` blocks; its hash, or null if it was killed. */
function runAndKill(folder: string, threads: number, blocks: number, delay: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program(folder), `${threads}`], {
      cwd: root,
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length >= blocks) setTimeout(() => child.kill("SIGKILL"), delay);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(null);
      else if (code === 0) resolve(output.split("\n")[1]);
      else reject(new Error(errors));
    });
  });
}

test("C2 killed 20 times at random moments and resumed, the run comes to the undisturbed bytes", async () => {
  const rng = new Rng(3);
  const never = Number.POSITIVE_INFINITY;
  const wanted = await runAndKill(temporaryFolder(), 1, never, 0);
  expect(wanted).toMatch(/^[0-9a-f]{64}$/);
  let folder = temporaryFolder();
  let kills = 0;
  while (kills < 20) {
    // 16 blocks a round, 48 rounds: about five kills a run
    const hash = await runAndKill(folder, 1 + rng.below(2), 16 + rng.below(200), rng.below(8));
    if (hash === null) kills++;
    else {
      expect(hash).toBe(wanted);
      folder = temporaryFolder();
    }
    for (const file of readdirSync(folder)) expect(file).toMatch(/^slot-[01](\.\d+-\d+\.tmp)?$/);
  }
  expect(await runAndKill(folder, 2, never, 0)).toBe(wanted);
  expect(readdirSync(folder).filter((file) => !file.endsWith(".tmp"))).toEqual(["slot-0", "slot-1"]);
});
