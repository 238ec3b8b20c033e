import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Cooccurrence, FormatError, type GloveOptions, glove, type Progress, type Space } from "../../dist/index.js";
import { ResourceError } from "../../dist/io/errors.js";
import { Pool, sharedPool } from "../../dist/kernels/pool.js";
import { hasRelaxedSimd } from "../../dist/kernels/relaxed-simd.js";
import { Rng } from "../../dist/numerics/random.js";
import { checkSettings, countWithPlan } from "../../dist/words/count.js";
import { runModule } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { countPlainly } from "./oracle.js";
import {
  countries,
  hashFolder,
  hashSpace,
  plantedLines,
  subjectWords,
  vectorsByName,
  wikiText,
} from "./planted-text.js";

/** Of real text: 16,647 words, so that the tables are divided in 16 parts, and 1.3 M pairs. */
const wikiOptions = { dimensions: 25, epochs: 2, minCount: 1, window: 10, seed: 5 } satisfies GloveOptions;
let wiki: { texts: string[] };
let wikiSums: Record<string, string>;

/** Of the planted lines. */
const options = { dimensions: 12, epochs: 40, minCount: 1, window: 6 } satisfies GloveOptions;
const planted = { texts: plantedLines() };

const train = (more: GloveOptions = {}) => glove(planted, { ...options, ...more });
const newFolder = () => join(temporaryFolder(), "words.space");

beforeAll(() => {
  wiki = { texts: [wikiText(1_000_000)] };
});
afterEach(() => {
  vi.restoreAllMocks();
});

// ------------------------------------------------------------------------------------------------ what is learned

/** The share of questions "countrya is to capitala as countryb is to ?" whose first answer is capitalb. */
async function analogyShare(space: Space): Promise<number> {
  const questions = countries.flatMap((a) => countries.filter((b) => b !== a).map((b) => [a, b]));
  const answers = await Promise.all(
    questions.map(([a, b]) => space.analogy(`country${a}`, `capital${a}`, `country${b}`, { count: 1 })),
  );
  return answers.filter(([{ name }], k) => name === `capital${questions[k][1]}`).length / questions.length;
}

test("a planted analogy is found: nine in ten of 132 questions, chance is one in a hundred", async () => {
  expect(await analogyShare(await train())).toBeGreaterThan(0.9);
});

test("the loss falls from epoch to epoch, on planted and on real text", async () => {
  for (const [corpus, settings] of [[planted, options] as const, [wiki, { ...wikiOptions, epochs: 3 }] as const]) {
    const losses = new Map<number, number>();
    const onProgress = ({ stage, epoch = 0, loss = Number.NaN }: Progress) => {
      if (stage === "training") losses.set(epoch, loss); // the last of an epoch stays
    };
    const space = await glove(corpus, { ...settings, onProgress });
    const curve = [...losses.values()];
    expect(curve).toHaveLength(settings.epochs);
    for (let epoch = 1; epoch < curve.length; epoch++) expect(curve[epoch]).toBeLessThan(curve[epoch - 1]);
    expect(space.metrics.loss).toBe(curve.at(-1));
  }
});

test("a space says what made it", async () => {
  const space = await train({ seed: 7 });
  expect(space).toMatchObject({
    kind: "words",
    geometry: "cosine",
    method: "glove",
    seed: 7,
    fast: false,
    threads: null,
  });
  const { names, metrics, options: said } = { ...space, names: await space.names() };
  expect(said).toEqual({
    ...{ dimensions: 12, epochs: 40, xMax: 10, alpha: 0.75, learningRate: 0.05, gradientClip: 100 },
    ...{ biasStep: "reference", window: 6, minCount: 1, maxWords: null, lowerCase: true, numbers: true },
    ...{ symmetric: true, windowsCrossLines: false },
  });
  const { words, pairs } = countPlainly([planted.texts.join("\n")], options);
  expect(metrics).toEqual({ loss: metrics.loss, tokens: 33_000, distinct: words.length, pairs: pairs.length });
  expect([...names]).toEqual(words.map(([word]) => word));
  expect([...((await space.columns()).get("count") as Float64Array)]).toEqual(words.map(([, count]) => count));
});

// ------------------------------------------------------------------------------------------------------ new words

describe("a word that training did not see", () => {
  const word = "capitalc";
  const others = planted.texts.map((line) => line.replaceAll(word, " "));
  const near = countPlainly([planted.texts.join("\n")], options).pairs.filter(
    ([name, other]) => name === word && other !== word,
  );
  const cooccurrences = new Map(near.map(([, other, count]) => [other, count]));

  test("is embedded beside its subject's words: each is nearer than any other subject's", async () => {
    const space = await glove({ texts: others }, options);
    expect(await space.has(word)).toBe(false);
    await space.add([{ name: word, thing: { cooccurrences } }]);
    const likeness = async (country: string) =>
      Promise.all(subjectWords(country).map((subject) => space.similarity(word, subject)));
    const own = await likeness("c");
    for (const country of countries) {
      if (country !== "c") expect(Math.max(...(await likeness(country)))).toBeLessThan(Math.min(...own));
    }
    // and where training would have put it, for the analogy
    expect((await space.near("capitala - countrya + countryc", { count: 1 }))[0].name).toBe(word);
  });

  test("leaves the other vectors as they are when added, to the last bit, also on disk", async () => {
    const space = await glove({ texts: others }, options);
    const before = await vectorsByName(space);
    await space.add([{ name: word, thing: { cooccurrences } }]);
    const after = await vectorsByName(space);
    expect([...after.keys()]).toEqual([...before.keys(), word]);
    for (const [name, vector] of before) expect(after.get(name)).toEqual(vector);
    const [embedded] = await space.embed([{ cooccurrences }]);
    expect(after.get(word)).toEqual(embedded);
  });

  test("is embedded where all pairs weighed alike, and refused where counts are of one side", async () => {
    const alike = await glove({ texts: others }, { ...options, alpha: 0 });
    expect(await alike.embed([{ cooccurrences }])).toHaveLength(1);
    const oneSided = await glove({ texts: others }, { ...options, epochs: 1, symmetric: false });
    await expect(oneSided.embed([{ cooccurrences }])).rejects.toThrow("symmetric: false");
  });
});

// ------------------------------------------------------------------------- what the result does not depend on

describe("the bytes of a saved space", () => {
  beforeAll(async () => {
    wikiSums = await hashSpaceOf(await glove(wiki, { ...wikiOptions, threads: 1 }));
  });

  test("D5 are those of the first release", async () => {
    // a change of frozen.json takes a line in the changelog
    const frozen = JSON.parse(readFileSync(new URL("frozen.json", import.meta.url), "utf8"));
    const space = await train({ seed: 1 });
    const { "vectors-1.safetensors": vectors } = await hashSpace(space, newFolder());
    expect({ planted: { loss: space.metrics.loss, vectors }, wiki: wikiSums["vectors-1.safetensors"] }).toEqual(
      frozen.glove,
    );
  });

  test.each([1, 2, 4])("D1 are the same again, with %d threads", async (threads) => {
    expect(await hashSpaceOf(await glove(wiki, { ...wikiOptions, threads }))).toEqual(wikiSums);
  });

  test("D1 are the same where counting and training go through scratch storage", async () => {
    const scratchFolder = temporaryFolder();
    const pool = sharedPool({ threads: 2 });
    const plan = {
      ...{ segmentBytes: 1 << 14, tableBytes: 2 ** 25, tokenBytes: 0, pairBytes: 0, sliceTokens: 40_000 },
      ...{ outputPairs: 100_000, countingBytes: 2 ** 25, scratch: scratchFolder },
    };
    const { window, minCount } = wikiOptions;
    const { counts } = await countWithPlan(wiki, checkSettings({ window, minCount }), plan, pool);
    expect(counts.memoryBytes).toBeLessThan(4 * 2 ** 20); // the last MiB of each column; 10 MB in all
    const memoryLimit = await leastLimit(counts);
    const writes = vi.spyOn(await fileHandlePrototype(), "write");
    const space = await glove(counts, { ...wikiOptions, threads: 2, memoryLimit, scratchFolder });
    expect(writes.mock.calls.length).toBeGreaterThan(100);
    vi.restoreAllMocks();
    expect(await hashSpaceOf(space)).toEqual(wikiSums);
    await counts.close();
    expect(await readdir(scratchFolder)).toEqual([]);
  });

  test("D1 are the same under a memory limit given to glove, which both stages keep to", async () => {
    const memoryLimit = 24 * 2 ** 20;
    expect(await hashSpaceOf(await glove(wiki, { ...wikiOptions, threads: 2, memoryLimit }))).toEqual(wikiSums);
  });

  test("D3 are the same whatever the order in which threads make their calls", async () => {
    const rng = new Rng(8);
    const run = Pool.prototype.run;
    let shuffled = 0;
    vi.spyOn(Pool.prototype, "run").mockImplementation(async function (this: Pool, work) {
      const order = work.calls.map((_, call) => call);
      for (let k = order.length - 1; k > 0; k--) {
        const other = rng.below(k + 1);
        [order[k], order[other]] = [order[other], order[k]];
      }
      if (order.length > 1) shuffled++;
      const found = await run.call(this, { ...work, calls: order.map((call) => work.calls[call]) });
      const results = new Float64Array(found.length);
      for (const [k, call] of order.entries()) results[call] = found[k];
      return results;
    });
    expect(await hashSpaceOf(await glove(wiki, { ...wikiOptions, threads: 2 }))).toEqual(wikiSums);
    expect(shuffled).toBeGreaterThan(30);
  });

  test("D3 are the same in any locale and time zone, with threads that stop at random", async () => {
    const turkish = "İstanbul ısı IŞIK straße STRASSE ﬁ Σίσυφος ΣΊΣΥΦΟΣ naïve noël a b c\n".repeat(40);
    const folder = temporaryFolder();
    const text = join(folder, "text.txt");
    await writeFile(text, turkish + wiki.texts[0].slice(0, 250_000));
    const delays = join(folder, "delays.cjs");
    await writeFile(
      delays,
      `const { isMainThread, threadId } = require("node:worker_threads");
       const { writeFileSync } = require("node:fs");
       if (!isMainThread) {
         const add = Atomics.add;
         const never = new Int32Array(new SharedArrayBuffer(4));
         Atomics.add = (...args) => {
           Atomics.wait(never, 0, 0, Math.random() * 2);
           return add(...args);
         };
         writeFileSync(process.env.DELAYED + threadId, "");
       }`,
    );
    const script = `
      import { glove } from "./dist/index.js";
      const space = await glove(
        process.env.TEXT,
        { dimensions: 8, epochs: 2, minCount: 1, window: 3, threads: 3 },
      );
      await space.save(process.env.SPACE);`;
    const sums: Record<string, string>[] = [];
    const environments = [
      { LC_ALL: "C", TZ: "UTC" },
      { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Asia/Kolkata", NODE_OPTIONS: `--require ${delays}` },
      { LC_ALL: "el_GR.UTF-8", LANG: "lt_LT.UTF-8", TZ: "Pacific/Apia", NODE_OPTIONS: `--require ${delays}` },
    ];
    for (const [k, environment] of environments.entries()) {
      const space = join(folder, `${k}.space`);
      const env = { ...environment, TEXT: text, SPACE: space, DELAYED: join(folder, `delayed-${k}-`) };
      expect(await runModule(script, { env })).toMatchObject({ code: 0, stderr: "" });
      sums.push(await hashFolder(space));
    }
    expect(sums[1]).toEqual(sums[0]);
    expect(sums[2]).toEqual(sums[0]);
    expect((await readdir(folder)).filter((name) => name.startsWith("delayed-"))).toHaveLength(6);
  });

  test("D3 are the same whatever the order in which a folder is listed", async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, "texts", "more"), { recursive: true });
    for (const [k, name] of ["b.txt", "a.txt", "C.txt", "more/é.txt", "more/e.txt"].entries()) {
      await writeFile(join(folder, "texts", name), planted.texts.slice(20 * k, 20 * (k + 1)).join("\n"));
    }
    const script = `
      import fs from "node:fs/promises";
      import { syncBuiltinESMExports } from "node:module";
      const readdir = fs.readdir;
      fs.readdir = async (...args) => (await readdir(...args)).sort().sort(() => Number(process.env.ORDER));
      syncBuiltinESMExports();
      const { glove } = await import("./dist/index.js");
      const space = await glove(process.env.TEXTS, { dimensions: 8, epochs: 2, minCount: 1 });
      await space.save(process.env.SPACE);`;
    const sums: Record<string, string>[] = [];
    for (const ORDER of ["1", "-1"]) {
      const SPACE = join(folder, `${ORDER}.space`);
      const env = { ORDER, SPACE, TEXTS: join(folder, "texts") };
      expect(await runModule(script, { env })).toMatchObject({ code: 0, stderr: "" });
      sums.push(await hashFolder(SPACE));
    }
    expect(sums[1]).toEqual(sums[0]);
  });

  test("hold no time: a space that is trained and saved later is the same", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2061-07-28T12:00:00Z") });
    try {
      expect(await hashSpaceOf(await glove(wiki, { ...wikiOptions, threads: 2 }))).toEqual(wikiSums);
    } finally {
      vi.useRealTimers();
    }
  });
});

// --------------------------------------------------------------------------------------------------------- memory

/** Peak resident bytes of a process that trains, less those of the same process after a tiny run. */
async function peakOver(memoryLimit: number): Promise<number> {
  const { code, stdout, stderr } = await runModule(`
    import { glove } from "./dist/index.js";
    import { Rng } from "./dist/numerics/random.js";
    function* texts(lines, words) {
      const rng = new Rng(1);
      const names = Array.from({ length: words }, (_, k) => "w" + k.toString(26).replace(/[0-9]/g, (d) => "qrstuvwxyz"[d]));
      for (let line = 0; line < lines; line++) yield Array.from({ length: 20 }, () => names[rng.below(words)]).join(" ");
    }
    const peak = () => process.resourceUsage().maxRSS * 1024;
    const options = { dimensions: 150, epochs: 1, minCount: 1, window: 5, threads: 2, memoryLimit: ${memoryLimit} };
    await glove({ texts: texts(100, 50) }, options);
    const base = peak();
    await glove({ texts: texts(10_000, 60_000) }, options);
    console.log(peak() - base);`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return Number(stdout);
}

test("M1 a run stays within its memory limit and 64 MiB, tables, pairs and the space together", async () => {
  const limit = 130 * 2 ** 20;
  const most = limit + 2 ** 26;
  expect(await peakOver(limit)).toBeLessThan(most);
  expect(await peakOver(2 ** 30)).toBeGreaterThan(most); // without the limit it takes more
});

test("M2 the least memory limit counts what the space and the counts take", async () => {
  const { counts } = await countWithPlan(wiki, checkSettings({ window: 10, minCount: 1 }), roomy, sharedPool());
  const least = await leastLimit(counts);
  expect(least).toBeGreaterThan(counts.memoryBytes + counts.rows * 8 * wikiOptions.dimensions);
  await counts.close();
});

// --------------------------------------------------------------------------------------------------- relaxed SIMD

test.runIf(hasRelaxedSimd())(
  "D1 relaxed SIMD is recorded, and within 1e-4 of the ordinary after an epoch",
  async () => {
    const [plain, fast] = [await train({ epochs: 1 }), await train({ epochs: 1, fast: true })];
    expect([plain.fast, fast.fast]).toEqual([false, true]);
    const vectors = await vectorsByName(fast);
    for (const [name, vector] of await vectorsByName(plain)) {
      const other = vectors.get(name) as Float32Array;
      const distance = Math.hypot(...vector.map((value, d) => value - other[d]));
      expect(distance).toBeLessThanOrEqual(1e-4 * Math.hypot(...vector));
    }
    expect(await hashSpace(fast, newFolder())).toEqual(
      await hashSpace(await train({ epochs: 1, fast: true }), newFolder()),
    );
  },
);

// ---------------------------------------------------------------------------------------------- counts, bad input

test("counts in place of a corpus give the same bytes, and stay open for the caller", async () => {
  const folder = temporaryFolder();
  const space = await train({
    onCounts: async (made) => {
      await made.save(join(folder, "counts"));
    },
  });
  const counts = await Cooccurrence.load(join(folder, "counts"));
  const again = await glove(counts, options);
  expect(await hashSpace(again, join(folder, "b.space"))).toEqual(await hashSpace(space, join(folder, "a.space")));
  expect((await counts.row(0)).columns.length).toBeGreaterThan(0);
  await counts.close();
});

test("options that the counts were not made with are refused, by name", async () => {
  const { counts } = await countWithPlan(planted, checkSettings(options), roomy, sharedPool());
  await expect(glove(counts, { window: 7, lowerCase: false })).rejects.toThrow(
    new RangeError("glove: the counts were made with other options: window was 6, is 7; lowerCase was true, is false"),
  );
  await glove(counts, { ...options, maxWords: undefined, epochs: 1 });
  await counts.close();
});

const roomy = {
  ...{ segmentBytes: 1 << 14, tableBytes: 2 ** 25, tokenBytes: 2 ** 25, pairBytes: 2 ** 25, sliceTokens: 1e6 },
  ...{ outputPairs: 100_000, countingBytes: 2 ** 25 },
};

test("training that diverges is refused and names the option that helps", async () => {
  await expect(train({ learningRate: 1e30, gradientClip: 1e38 })).rejects.toThrow(
    /^glove: training diverged in epoch 1 of 40: .*; lower learningRate$/,
  );
});

test("a corpus without pairs above the count says what would help", async () => {
  const error = await glove({ texts: ["a b c d"] }).catch((reason: Error) => reason);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as Error).message).toMatch(/minCount = 5 times or more.*set minCount to 1 or less$/);
});

// --------------------------------------------------------------------------------------------------------- helpers

/** Saved to a folder of its own: the hooks of a group have no test whose folder they could take. */
async function hashSpaceOf(space: Space): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "thing2vec-test-"));
  try {
    return await hashSpace(space, join(folder, "words.space"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The least memory limit that training on these counts takes, by what the errors say. */
async function leastLimit(counts: Cooccurrence): Promise<number> {
  for (let limit = 1; ; ) {
    const run = glove(counts, { ...wikiOptions, epochs: 1, threads: 2, memoryLimit: limit });
    const error = await run.then(
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

/** What all open files of this process have their methods from. */
async function fileHandlePrototype() {
  const file = await open(new URL(import.meta.url), "r");
  await file.close();
  return Object.getPrototypeOf(file) as typeof file;
}
