import { readdirSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type GloveOptions, glove, type Progress, Space } from "../../dist/index.js";
import { type Outcome, runModule } from "../child.js";
import { atEveryFileCall } from "../io/failing-files.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hashFolder, hashSpace, plantedLines, wikiText } from "./planted-text.js";

const options = { dimensions: 6, epochs: 4, minCount: 1, window: 4, seed: 3, threads: 2 } satisfies GloveOptions;
const planted = { texts: plantedLines(300) };
const checkpointsIn = (folder: string, resume = true) => ({ folder, every: 0, resume });

/** Trains until the epoch of a report is `epoch`, and is aborted there. */
async function trainUntil(epoch: number, folder: string, more: GloveOptions = {}): Promise<void> {
  const controller = new AbortController();
  const onProgress = (progress: Progress) => {
    if (progress.epoch === epoch) controller.abort(new Error("stopped"));
  };
  const run = glove(planted, {
    ...{ ...options, ...more, onProgress },
    ...{ signal: controller.signal, checkpoints: checkpointsIn(folder, false) },
  });
  await expect(run).rejects.toThrow("stopped");
}

const resume = (folder: string, more: GloveOptions = {}) =>
  glove(planted, { ...options, ...more, checkpoints: checkpointsIn(folder) });

let undisturbed: Record<string, string>;
beforeAll(async () => {
  undisturbed = await hashOnce(await glove(planted, options));
});

async function hashOnce(space: Space): Promise<Record<string, string>> {
  const folder = join(process.env.TMPDIR ?? "/tmp", `thing2vec-test-${process.pid}.space`);
  try {
    return await hashSpace(space, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// ----------------------------------------------------------------------------------------------------------- kills

const child = `
  import { files } from "./dist/platform/node.js";
  import { glove } from "./dist/index.js";
  const { corpus, options, space, kill } = JSON.parse(process.env.CHILD);
  let left = kill?.at ?? Infinity;
  const die = () => {
    process.kill(process.pid, "SIGKILL");
    for (;;);
  };
  const visit = (call, name) => call === kill?.call && new RegExp(kill.name).test(name) && --left === 0;
  const { create, rename } = files;
  files.create = async (path, mode) => {
    const file = await create(path, mode);
    return {
      ...file,
      async write(bytes, position) {
        if (visit("write", path)) {
          await file.write(bytes.subarray(0, bytes.length >> 1), position);
          die();
        }
        await file.write(bytes, position);
      },
    };
  };
  files.rename = async (from, to) => {
    if (visit("rename", to)) die();
    await rename(from, to);
    if (visit("renamed", to)) die();
  };
  const onProgress = ({ stage }) => visit("progress", stage) && die();
  if (kill?.call === "time") setTimeout(die, kill.at);
  const trained = await glove(corpus, { ...options, onProgress });
  await trained.save(space);
`;

interface Kill {
  call: "write" | "rename" | "renamed" | "progress" | "time";
  name?: string;
  /** Which of these calls, from 1; or milliseconds. */
  at: number;
}

/** In the order in which a run meets them, so that each kill is of a run that has come further. */
const kills: Kill[] = [
  { call: "progress", name: "reading", at: 1 },
  { call: "progress", name: "counting", at: 1 },
  { call: "write", name: "counts", at: 3 },
  { call: "rename", name: "counts", at: 1 },
  { call: "renamed", name: "counts", at: 1 },
  { call: "write", name: "slot-0", at: 2 },
  { call: "time", at: 60 },
  { call: "renamed", name: "slot-1", at: 2 },
  { call: "rename", name: "slot-0", at: 3 },
  { call: "time", at: 120 },
  { call: "progress", name: "training", at: 2 },
  { call: "write", name: "vectors", at: 2 },
  { call: "renamed", name: "vectors", at: 1 },
  { call: "rename", name: "space.json", at: 1 },
];

test("C2 C3 killed at any moment and resumed, the saved space is that of an undisturbed run, to the last byte", async () => {
  const folder = temporaryFolder();
  const corpus = join(folder, "text.txt");
  await writeFile(corpus, wikiText(400_000));
  const [checkpoint, space] = [join(folder, "checkpoint"), join(folder, "words.space")];
  // 9,000 words: 16 parts, and 32 checkpoints on the way
  const settings = { dimensions: 8, epochs: 2, minCount: 1, window: 5, threads: 2 };
  const run = (kill: Kill | null): Promise<Outcome> => {
    const CHILD = { corpus, space, kill, options: { ...settings, checkpoints: checkpointsIn(checkpoint) } };
    return runModule(child, { env: { CHILD: JSON.stringify(CHILD) } });
  };
  for (const kill of kills) {
    const outcome = await run(kill);
    expect(outcome, JSON.stringify(kill)).toMatchObject({ signal: "SIGKILL", stderr: "" });
    await expect(Space.load(space)).rejects.toThrow("no such file or folder");
  }
  expect(await run(null)).toMatchObject({ code: 0, stderr: "" });

  const whole = join(folder, "whole.space");
  await (await glove(corpus, settings)).save(whole);
  expect(await hashFolder(space)).toEqual(await hashFolder(whole));
  expect((await readdir(checkpoint)).sort()).toEqual(["counts.safetensors", "slot-0", "slot-1"]);
});

// ------------------------------------------------------------------------------------------- what resuming refuses

test("C4 another corpus, other settings or options are refused, naming what differs", async () => {
  const folder = temporaryFolder();
  await trainUntil(2, folder);
  const before = await hashFolder(folder);
  const refused: [GloveOptions, string][] = [
    [{ window: 5 }, "window was 4, is 5"],
    [{ lowerCase: false, maxWords: 50 }, "maxWords was null, is 50; lowerCase was true, is false"],
    [{ dimensions: 7 }, "dimensions was 6, is 7"],
    [{ epochs: 5 }, "epochs was 4, is 5"],
    [{ seed: 4 }, "seed was 3, is 4"],
    [{ xMax: 11 }, "xMax was 10, is 11"],
    [{ biasStep: "adagrad" }, "biasStep was reference, is adagrad"],
    [{ encodingErrors: "skip" }, "of another corpus, or encodingErrors was not skip"],
  ];
  for (const [more, message] of refused) {
    await expect(resume(folder, more)).rejects.toThrow(RangeError);
    await expect(resume(folder, more)).rejects.toThrow(message);
  }
  const other = { texts: [...planted.texts, "one line more"] };
  await expect(glove(other, { ...options, checkpoints: checkpointsIn(folder) })).rejects.toThrow(
    `glove: the checkpoint in ${folder} is of another corpus`,
  );
  expect(await hashFolder(folder)).toEqual(before);
  expect(await hashOnce(await resume(folder))).toEqual(undisturbed);
});

test("without resume a run starts anew over what the folder holds", async () => {
  const folder = temporaryFolder();
  await trainUntil(2, folder, { dimensions: 7 });
  await trainUntil(2, folder);
  expect(await hashOnce(await resume(folder))).toEqual(undisturbed);
});

test("resuming where there is nothing starts anew, and makes the folder", async () => {
  const folder = join(temporaryFolder(), "not", "there", "yet");
  expect(await hashOnce(await resume(folder))).toEqual(undisturbed);
  expect(await readdir(folder)).toContain("counts.safetensors");
});

test("a resumed run neither counts again nor saves the counts again", async () => {
  const folder = temporaryFolder();
  await trainUntil(2, folder);
  const counts = join(folder, "counts.safetensors");
  const { ino } = await stat(counts);
  const stages = new Set<string>();
  const space = await resume(folder, { onProgress: ({ stage }) => stages.add(stage) });
  expect(stages).toEqual(new Set(["training"]));
  expect((await stat(counts)).ino).toBe(ino);
  expect(await hashOnce(space)).toEqual(undisturbed);
});

test("C2 counting is part of the interval: counts that took longer are kept before training goes on", async () => {
  const folder = join(temporaryFolder(), "checkpoint");
  const found: string[][] = [];
  await glove(planted, {
    ...options,
    checkpoints: { folder, every: 0.3 },
    onCounts: () => new Promise((resolve) => setTimeout(resolve, 400)),
    onProgress: ({ stage }) => stage === "training" && found.push(readdirSync(folder)),
  });
  expect(found[0].sort()).toEqual(["counts.safetensors", "slot-0"]);
});

test("one thread resumes what four began, and the other way round", async () => {
  for (const [threads, later] of [
    [4, 1],
    [1, 4],
  ]) {
    const folder = temporaryFolder();
    await trainUntil(3, folder, { threads });
    expect(await hashOnce(await resume(folder, { threads: later }))).toEqual(undisturbed);
  }
});

test("C4 damaged counts are told and counted again, whatever byte is damaged", async () => {
  const folder = temporaryFolder();
  await trainUntil(2, folder);
  const path = join(folder, "counts.safetensors");
  const whole = await readFile(path);
  for (let k = 0; k < 12; k++) {
    const damaged = Buffer.from(whole);
    const at = Math.floor(((k + 0.5) * whole.length) / 12);
    damaged[at] ^= 1;
    await writeFile(path, k === 11 ? whole.subarray(0, at) : damaged);
    const notes: string[] = [];
    const space = await resume(folder, { onNote: (note) => notes.push(note) });
    expect(notes).toEqual([expect.stringMatching(/^.*counts\.safetensors.*; counting again$/)]);
    expect(await hashOnce(space)).toEqual(undisturbed);
    await rm(folder, { recursive: true });
    await trainUntil(2, folder);
  }
});

test("C4 a damaged checkpoint falls back to the one before, and says so; two are an error", async () => {
  const folder = temporaryFolder();
  await trainUntil(3, folder);
  const newest = await newestSlot(folder);
  await damage(join(folder, newest));
  const notes: string[] = [];
  expect(await hashOnce(await resume(folder, { onNote: (note) => notes.push(note) }))).toEqual(undisturbed);
  expect(notes).toEqual([expect.stringMatching(`${newest}.*damaged or cut short; going on from .*slot-`)]);

  await trainUntil(3, folder);
  for (const slot of ["slot-0", "slot-1"]) await damage(join(folder, slot));
  await expect(resume(folder)).rejects.toMatchObject({ name: "FormatError", code: "checksum" });
});

async function newestSlot(folder: string): Promise<string> {
  const sequences = await Promise.all(
    ["slot-0", "slot-1"].map(async (slot) => {
      const start = (await readFile(join(folder, slot))).subarray(12, 60).toString();
      return Number(/"sequence":(\d+)/.exec(start)?.[1]);
    }),
  );
  return sequences[0] > sequences[1] ? "slot-0" : "slot-1";
}

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 40] ^= 1;
  await writeFile(path, bytes);
}

// ------------------------------------------------------------------------------------------------------- disk full

test("C5 a disk that fills up while counts, checkpoints or the space are written is told, and nothing is half-written", async () => {
  const folder = temporaryFolder();
  const [checkpoint, space] = [join(folder, "checkpoint"), join(folder, "words.space")];
  const small = { texts: planted.texts.slice(0, 40) };
  const settings = { ...options, epochs: 2, threads: 1 };
  const expected = await hashOnce(await glove(small, settings));
  const work = async () => {
    const made = await glove(small, { ...settings, checkpoints: checkpointsIn(checkpoint) });
    await made.save(space);
  };
  const calls = await atEveryFileCall({
    codes: ["ENOSPC"],
    prepare: async () => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
    },
    work,
    check: async ({ error, call }) => {
      if (error !== null) {
        expect(error).toMatchObject({ name: "ResourceError" });
        expect(error.message).toContain("no space left on the device");
        expect(error.message).toContain(folder);
      }
      // what is there is whole, and once there is room a resumed run goes on from it
      const there = await readdir(folder);
      for (const name of there) {
        const left = (await readdir(join(folder, name))).filter((file) => file.endsWith(".tmp"));
        if (call.name !== "remove") expect(left).toEqual([]);
      }
      await rm(space, { recursive: true, force: true });
      await work();
      expect(await hashFolder(space)).toEqual(expected);
    },
  });
  expect(calls).toBeGreaterThan(60);
});
