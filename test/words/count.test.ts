import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FileError, FormatError, ResourceError } from "../../dist/io/errors.js";
import type { Progress } from "../../dist/io/progress.js";
import { Pool } from "../../dist/kernels/pool.js";
import { Rng } from "../../dist/numerics/random.js";
import type { Cooccurrence } from "../../dist/words/cooccurrence.js";
import type { Corpus } from "../../dist/words/corpus.js";
import { type CooccurrenceOptions, checkSettings, countCooccurrences, countWithPlan } from "../../dist/words/count.js";
import { type MemoryPlan, planMemory } from "../../dist/words/memory-plan.js";
import { runModule } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { contents, countPlainly } from "./oracle.js";

const pools = new Map([1, 2, 4].map((threads) => [threads, new Pool({ threads })]));
const poolOf = (threads: number) => pools.get(threads) as Pool;
afterAll(() => {
  for (const pool of pools.values()) pool.close();
});

const roomy = planMemory(2 ** 28, 2);
/** Everything as small as it can be: many segments, slices and rounds, all in scratch storage. */
const cramped: MemoryPlan = {
  ...roomy,
  segmentBytes: 4000,
  tokenBytes: 0,
  pairBytes: 0,
  sliceTokens: 100,
  outputPairs: 1,
};

async function count(corpus: Corpus, options: CooccurrenceOptions = {}, { threads = 1, plan = roomy } = {}) {
  return await countWithPlan(corpus, checkSettings(options), plan, poolOf(threads));
}

async function digest(counts: Cooccurrence): Promise<string> {
  const hash = createHash("sha256");
  hash.update([...counts.vocabulary.words].join("\n"));
  for (const array of [counts.vocabulary.counts, counts.rowSums]) hash.update(new Uint8Array(array.buffer));
  for await (const { length, i, j, weight } of counts.batches()) {
    for (const array of [i, j, weight]) hash.update(new Uint8Array(array.buffer, 0, 4 * length));
  }
  await counts.close();
  return hash.digest("hex");
}

/** A word of letters for each number, in order of length, then of the alphabet. */
function lettersOf(n: number): string {
  let word = "";
  for (let rest = n + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    word = String.fromCharCode(97 + ((rest - 1) % 26)) + word;
  }
  return word;
}

/** Text of words with ranks as in language, in lines of up to 60 words. */
function zipfText(tokens: number, words: number, seed: number): string {
  const rng = new Rng(seed);
  const out: string[] = [];
  for (let k = 0; k < tokens; k++) {
    const word = Math.floor(words ** rng.uniform());
    out.push(`w${word.toString(36).replace(/\d/g, (digit) => "qxyzvkjhgf"[Number(digit)])}`);
    out.push(rng.below(30) === 0 ? ".\n" : " ");
  }
  return out.join("");
}

describe("countCooccurrences", () => {
  test("X is the sum of 1 / distance on both sides, worked by hand", async () => {
    const { counts, report } = await count({ texts: ["a b c a"] }, { minCount: 1, window: 2 });
    expect(await contents(counts)).toEqual({
      words: [
        ["a", 2],
        ["b", 1],
        ["c", 1],
      ],
      pairs: [
        ["a", "b", 1.5], // a b at 1, b . a at 2
        ["a", "c", 1.5],
        ["b", "a", 1.5],
        ["b", "c", 1],
        ["c", "a", 1.5],
        ["c", "b", 1],
      ],
    });
    expect([...counts.rowSums]).toEqual([3, 2.5, 2.5]);
    expect(report.lines).toBe(1);
  });

  test("a word near itself counts from both ends, and X_ij is X_ji", async () => {
    const { counts } = await count({ texts: ["a a b"] }, { minCount: 1, window: 15 });
    expect((await contents(counts)).pairs).toEqual([
      ["a", "a", 2],
      ["a", "b", 1.5],
      ["b", "a", 1.5],
    ]);
  });

  test("one-sided, a row counts what follows its word", async () => {
    const { counts } = await count({ texts: ["a b c"] }, { minCount: 1, symmetric: false });
    expect((await contents(counts)).pairs).toEqual([
      ["a", "b", 1],
      ["a", "c", 0.5],
      ["b", "c", 1],
    ]);
  });

  test("words below minCount take no place in a window", async () => {
    const { counts } = await count({ texts: ["a x b", "a y b"] }, { minCount: 2, window: 1 });
    expect((await contents(counts)).pairs).toEqual([
      ["a", "b", 2],
      ["b", "a", 2],
    ]);
  });

  test("windows stop at line ends, or only at the ends of files", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "1.txt"), "a b\nc");
    writeFileSync(join(folder, "2.txt"), "d e");
    const stopping = await count(folder, { minCount: 1 });
    expect((await contents(stopping.counts)).pairs.map(([i, j]) => i + j)).toEqual(["ab", "ba", "de", "ed"]);
    const crossing = await count(folder, { minCount: 1, windowsCrossLines: true });
    const pairs = (await contents(crossing.counts)).pairs.map(([i, j]) => i + j);
    expect(pairs).toEqual(["ab", "ac", "ba", "bc", "ca", "cb", "de", "ed"]);
  });

  test("P8 it counts what a plain counter counts, in all settings", async () => {
    const word = fc.constantFrom(
      "a",
      "b",
      "B",
      "c",
      "dd",
      "É",
      "é",
      "ΟΔΟΣ",
      "οδος",
      "東京",
      "7",
      "42",
      "x'y",
      "𝔘",
      "e\u0301",
    );
    const gap = fc.constantFrom(" ", " ", " ", ", ", "\n", "\r\n", "\t—", "\0");
    const text = fc.array(fc.tuple(word, gap), { maxLength: 120 }).map((parts) => parts.flat().join(""));
    const options = fc.record({
      window: fc.integer({ min: 1, max: 20 }),
      minCount: fc.integer({ min: 1, max: 4 }),
      maxWords: fc.option(fc.integer({ min: 2, max: 6 }), { nil: undefined }),
      lowerCase: fc.boolean(),
      numbers: fc.boolean(),
      symmetric: fc.boolean(),
      windowsCrossLines: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(text, options, fc.boolean(), async (content, settings, tight) => {
        const expected = countPlainly([content], settings);
        if (expected.words.length < 2 || expected.pairs.length === 0) return;
        const plan = tight ? cramped : roomy;
        const { counts } = await count({ texts: [new TextEncoder().encode(content)] }, settings, { plan });
        const got = await contents(counts);
        await counts.close();
        expect(got.words).toEqual(expected.words);
        expect(got.pairs.map(([i, j]) => [i, j])).toEqual(expected.pairs.map(([i, j]) => [i, j]));
        got.pairs.forEach(([, , x], k) => {
          expect(Math.abs(x / expected.pairs[k][2] - 1)).toBeLessThan(1e-7);
        });
      }),
      { numRuns: 150 },
    );
  });

  test("windows beyond 22, where 1 / d is rounded to 2^-32, stay within 1e-7 of the plain counter", async () => {
    const text = zipfText(500, 20, 3).replaceAll("\n", " ");
    const { counts } = await count({ texts: [text] }, { window: 100, minCount: 1 });
    const [got, expected] = [await contents(counts), countPlainly([text], { window: 100, minCount: 1 })];
    expect(got.pairs.length).toBe(expected.pairs.length);
    got.pairs.forEach(([, , x], k) => {
      expect(Math.abs(x / expected.pairs[k][2] - 1)).toBeLessThan(1e-7);
    });
  });

  test("D1 M2 threads, memory and scratch storage do not change a byte", async () => {
    const corpus = { texts: [zipfText(60_000, 3000, 1), zipfText(20_000, 5000, 2)] };
    const whole = await digest((await count(corpus, { minCount: 2 })).counts);
    for (const threads of [1, 2, 4]) {
      const inSlices = { ...cramped, sliceTokens: 7001, outputPairs: 40_000 };
      for (const plan of [roomy, inSlices]) {
        expect(await digest((await count(corpus, { minCount: 2 }, { threads, plan })).counts)).toBe(whole);
      }
    }
    const { counts } = await countCooccurrences(corpus, { minCount: 2, threads: 2, memoryLimit: 24 * 2 ** 20 });
    expect(await digest(counts)).toBe(whole);
  });

  test("D1 without shared memory one thread counts the same bytes, also while the memory grows", async () => {
    const text = zipfText(150_000, 100_000, 12);
    const path = join(temporaryFolder(), "text");
    writeFileSync(path, text);
    const program = `
      await import("node:fs"); // which needs it itself while it is loaded
      delete globalThis.SharedArrayBuffer;
      const { countCooccurrences } = await import("./dist/words/count.js");
      const { createHash } = await import("node:crypto");
      const { counts } = await countCooccurrences(${JSON.stringify(path)}, { minCount: 2, threads: 4 });
      const hash = createHash("sha256");
      hash.update([...counts.vocabulary.words].join("\\n"));
      for (const array of [counts.vocabulary.counts, counts.rowSums]) hash.update(new Uint8Array(array.buffer));
      for await (const { length, i, j, weight } of counts.batches()) {
        for (const array of [i, j, weight]) hash.update(new Uint8Array(array.buffer, 0, 4 * length));
      }
      console.log(hash.digest("hex"));`;
    const { stdout, stderr } = await runModule(program);
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe(await digest((await count(path, { minCount: 2 }, { threads: 2 })).counts));
  });

  test("D3 pieces of any length from a stream, and gzip, give the same counts and fingerprint", async () => {
    const folder = temporaryFolder();
    const text = zipfText(20_000, 1000, 4);
    const bytes = new TextEncoder().encode(text);
    writeFileSync(join(folder, "a.txt"), text);
    writeFileSync(join(folder, "b"), gzipSync(text));
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
    }
    const results = [];
    for (const corpus of [join(folder, "a.txt"), join(folder, "b"), { texts: pieces() }]) {
      const { counts } = await count(corpus);
      results.push([counts.fingerprint, await digest(counts)]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("D3 the fingerprint changes with the text, the settings and where texts end, and with nothing else", async () => {
    const print = async (texts: Uint8Array[], options: CooccurrenceOptions = {}, plan = roomy) => {
      const folder = temporaryFolder();
      texts.forEach((text, k) => {
        writeFileSync(join(folder, `${k}.txt`), text);
      });
      return (await count(folder, { minCount: 1, ...options }, { plan })).counts.fingerprint;
    };
    const bytes = (text: string) => new TextEncoder().encode(text);
    const prints = [
      await print([bytes("a b c\n")]),
      await print([bytes("a b d\n")]),
      await print([bytes("a b"), bytes(" c\n")]),
      await print([bytes("a b c\n")], { window: 3 }),
      await print([bytes("a b c\n")], { lowerCase: false }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(await print([bytes("a b c\n")], {}, cramped)).toBe(prints[0]);
  });

  test("files of a folder are read by name, listed ones as given, and order does not change the counts", async () => {
    const folder = temporaryFolder();
    const [one, two] = [join(folder, "b.txt"), join(folder, "a.txt")];
    writeFileSync(one, zipfText(5000, 200, 5));
    writeFileSync(two, zipfText(5000, 200, 6));
    const forward = await count([one, two]);
    const backward = await count([two, one]);
    const inFolder = await count(folder);
    expect(forward.report.texts).toEqual([one, two]);
    expect(inFolder.report.texts).toEqual([two, one]);
    expect(inFolder.counts.fingerprint).toBe(backward.counts.fingerprint);
    const digests = [await digest(forward.counts), await digest(backward.counts), await digest(inFolder.counts)];
    expect(new Set(digests).size).toBe(1);
  });

  test("standard input is read once, as plain text or gzip", async () => {
    const text = "the cat and the dog and the cow\n";
    for (const input of [text, gzipSync(text)]) {
      const program = `
        import { countCooccurrences } from "./dist/words/count.js";
        const { counts, report } = await countCooccurrences("-", { minCount: 1, threads: 2 });
        console.log(JSON.stringify([counts.pairs, counts.vocabulary.words.get(0), report.texts]));`;
      const { stdout, stderr } = await runModule(program, { input });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual([countPlainly([text], { minCount: 1 }).pairs.length, "the", ["<stdin>"]]);
    }
  });

  test("ties at the border of maxWords go by UTF-8 bytes", async () => {
    const { counts } = await count({ texts: ["z é b a z"] }, { minCount: 1, maxWords: 3 });
    expect([...counts.vocabulary.words]).toEqual(["z", "a", "b"]);
    expect([counts.vocabulary.distinct, counts.vocabulary.tokens]).toEqual([4, 5]);
  });

  test("lower case follows Unicode: a final sigma is one, and forms of a word are added up", async () => {
    const { counts } = await count({ texts: ["ΟΔΟΣ οδος Οδος straße STRASSE Straße"] }, { minCount: 1 });
    expect((await contents(counts)).words).toEqual([
      ["οδος", 3],
      ["straße", 2],
      ["strasse", 1],
    ]);
  });

  test("progress runs through both stages to their ends", async () => {
    const seen: Progress[] = [];
    const task = { onProgress: (progress: Progress) => void seen.push({ ...progress }) };
    const { counts } = await countWithPlan(
      { texts: ["a b a b"] },
      checkSettings({ minCount: 1 }),
      roomy,
      poolOf(1),
      task,
    );
    expect(seen.map(({ stage }) => stage)).toContain("reading");
    expect(seen.at(-1)).toMatchObject({ stage: "counting", done: 4, total: 4, unit: "tokens" });
    await counts.close();
  });

  test("an aborted count rejects with the signal's reason and leaves no scratch file", async () => {
    const scratch = temporaryFolder();
    for (const when of ["reading", "counting"]) {
      const abort = new AbortController();
      const task = {
        signal: abort.signal,
        onProgress: ({ stage }: Progress) => {
          if (stage === when) abort.abort(new Error(`stopped while ${when}`));
        },
      };
      const plan = { ...cramped, sliceTokens: 10_000, outputPairs: 10_000, scratch };
      const texts = [zipfText(400_000, 2000, 8)];
      const counting = countWithPlan({ texts }, checkSettings({}), plan, poolOf(2), task);
      await expect(counting).rejects.toThrow(`stopped while ${when}`);
      expect(readdirSync(scratch)).toEqual([]);
    }
  });
});

test("an abort is heard while standard input is silent", async () => {
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<string>>(() => {}) }) };
  const counting = countCooccurrences({ texts: silent }, { signal: AbortSignal.timeout(50), threads: 2 });
  await expect(counting).rejects.toThrow("timeout");
});

describe("H14 corpora that are no ordinary text", () => {
  test("a line of 40 MB without spaces runs in bounded memory and ends in an error that says what it was", async () => {
    async function* endless() {
      const piece = new Uint8Array(1 << 20).fill(0x78);
      for (let k = 0; k < 40; k++) yield piece;
    }
    const memory = process.memoryUsage().rss;
    const error = await count({ texts: endless(), name: "long.txt" }).catch((reason) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      "long.txt: there are no words in 41943040 bytes of text, 1 longer than 1,000 bytes (long.txt line 1); at least two were needed",
    );
    expect(process.memoryUsage().rss - memory).toBeLessThan(200 * 2 ** 20);
  });

  test("words around overlong ones are counted as if those were not there, wherever text is cut", async () => {
    for (const letter of ["x", "é", "東", "𝔘"]) {
      const long = letter.repeat(30_000);
      const text = `one two ${long} three\n${long} four one 7${long}8 two\n${long}`;
      for (const plan of [roomy, cramped]) {
        const { counts, report } = await count({ texts: [text], name: "t" }, { minCount: 1 }, { plan });
        expect((await contents(counts)).pairs).toEqual(
          (await contents((await count({ texts: [text.replaceAll(long, " ")] }, { minCount: 1 })).counts)).pairs,
        );
        expect([report.longTokens, report.firstLongToken]).toEqual([4, "t line 1"]);
        await counts.close();
      }
    }
  });

  test("text without any ASCII separator is cut where letters end", async () => {
    const rng = new Rng(9);
    const text = Array.from(
      { length: 20_000 },
      () => "東西南北中"[rng.below(5)].repeat(1 + rng.below(3)) + "。、"[rng.below(2)],
    ).join("");
    const { counts } = await count({ texts: [text] }, { window: 3 }, { plan: cramped });
    const expected = countPlainly([text], { window: 3 });
    const got = await contents(counts);
    expect(got.words).toEqual(expected.words);
    expect(got.pairs.length).toBe(expected.pairs.length);
  });

  test("a million distinct words are numbered, sorted and counted", async () => {
    async function* numbered() {
      for (let k = 0; k < 1_000_000; k += 1000) {
        yield Array.from({ length: 1000 }, (_, j) => lettersOf(k + j)).join(" ");
      }
      yield `${lettersOf(7)} ${lettersOf(5)} ${lettersOf(7)}`;
    }
    const plan = planMemory(2 ** 30, 2);
    const options = { minCount: 1, window: 1, maxWords: 1000 };
    const { counts, report } = await count({ texts: numbered() }, options, { threads: 2, plan });
    expect([counts.vocabulary.distinct, counts.vocabulary.tokens]).toEqual([1_000_000, 1_000_003]);
    expect((await contents(counts)).words.slice(0, 3)).toEqual([
      [lettersOf(7), 3],
      [lettersOf(5), 2],
      [lettersOf(0), 1],
    ]);
    expect(report.lines).toBe(1001);
    await counts.close();
  });

  test("NUL bytes separate words as any other byte that is no letter", async () => {
    const { counts } = await count({ texts: ["a\0b\0\0c"] }, { minCount: 1, window: 1 });
    expect((await contents(counts)).pairs.map(([i, j]) => i + j)).toEqual(["ab", "ba", "bc", "cb"]);
  });

  test("many short files are read in order", async () => {
    const folder = temporaryFolder();
    const texts = Array.from({ length: 700 }, (_, k) => `file ${"abcdefg"[k % 7]} has ${"hij"[k % 3]} words`);
    texts.forEach((text, k) => {
      writeFileSync(join(folder, `${String(k).padStart(4, "0")}.txt`), text);
    });
    const { counts, report } = await count(folder, {}, { threads: 2 });
    expect((await contents(counts)).pairs.length).toBe(countPlainly(texts).pairs.length);
    expect(report.lines).toBe(700);
    await counts.close();
  });
});

describe("H4 text that is not UTF-8", () => {
  const latin1 = Uint8Array.from([...Buffer.from("caf é caf\ncaf"), 0xe9, ...Buffer.from(" caf caf")]);

  test("the first invalid byte is named with file, line and byte, wherever text is cut and whatever reads it", async () => {
    const folder = temporaryFolder();
    const lines = Buffer.from("a line of text\n".repeat(3000));
    const path = join(folder, "bad.txt");
    writeFileSync(path, Buffer.concat([lines, Buffer.from("and "), Uint8Array.of(0xe9, 0x20, 0xff)]));
    for (const threads of [1, 2, 4]) {
      for (const plan of [roomy, cramped]) {
        const error = await count(path, {}, { threads, plan }).catch((reason) => reason);
        expect(error).toBeInstanceOf(FormatError);
        expect(error.place).toEqual({ file: path, line: 3001, offset: 45_004 });
        expect(error.message).toContain(
          `${path} line 3001 byte 45004: not valid UTF-8 (byte 0xE9); repair the text, or set encodingErrors`,
        );
      }
    }
  });

  test("it is replaced, which ends words, or skipped, which joins them; both are counted", async () => {
    const bytes = { texts: [Uint8Array.from([...Buffer.from("na"), 0xef, ...Buffer.from("ve na ve nave")])] };
    const replaced = await count(bytes, { minCount: 1, encodingErrors: "replace" });
    expect((await contents(replaced.counts)).words).toEqual([
      ["na", 2],
      ["ve", 2],
      ["nave", 1],
    ]);
    const skipped = await count(bytes, { minCount: 1, encodingErrors: "skip" });
    expect((await contents(skipped.counts)).words).toEqual([
      ["nave", 2],
      ["na", 1],
      ["ve", 1],
    ]);
    expect([replaced.report.invalidBytes, skipped.report.invalidBytes]).toEqual([1, 1]);
    await expect(count({ texts: [latin1] })).rejects.toThrow("<text> line 2 byte 14: not valid UTF-8 (byte 0xE9)");
  });

  test("UTF-16 is recognized by its mark or by its NULs, and named", async () => {
    const text = "words in the other encoding ".repeat(4);
    const little = Buffer.from(text, "utf16le");
    const big = Buffer.from(little).swap16();
    for (const encodingErrors of ["error", "replace"] as const) {
      for (const [bytes, name] of [
        [little, "UTF-16LE"],
        [Buffer.concat([Buffer.from([0xff, 0xfe]), little]), "UTF-16LE"],
        [big, "UTF-16BE"],
        [Buffer.concat([Buffer.from([0xfe, 0xff]), big]), "UTF-16BE"],
      ] as const) {
        await expect(count({ texts: [bytes] }, { encodingErrors })).rejects.toThrow(
          `<text>: UTF-8 was needed, this is ${name}; convert it`,
        );
      }
    }
  });

  test("a mark at the start of UTF-8 is no part of the first word", async () => {
    const { counts } = await count({ texts: ["\ufeffone two"] }, { minCount: 1 });
    expect([...counts.vocabulary.words]).toEqual(["one", "two"]);
  });

  test("half of a surrogate pair in a string is refused", async () => {
    await expect(count({ texts: ["fine", "\ud800"] })).rejects.toThrow("<text>: text 1 holds half of a surrogate pair");
  });
});

describe("what cannot be counted is refused in one line", () => {
  const refused: [string, string[], CooccurrenceOptions, string][] = [
    ["an empty text", [], {}, "<text>: there are no words in 0 bytes of text; at least two were needed"],
    [
      "text without words",
      ["... --- !!!"],
      {},
      "<text>: there are no words in 12 bytes of text; at least two were needed",
    ],
    [
      "one word",
      ["word word Word"],
      { minCount: 1 },
      "<text>: there is one word only, 3 times; at least two were needed",
    ],
    [
      "no word often enough",
      ["a b a c a b"],
      {},
      "<text>: of 3 words none occurs minCount = 5 times or more, at least two were needed; the most frequent occur 3 and 2 times: set minCount to 2 or less",
    ],
    [
      "one word often enough",
      ["a b a c a b"],
      { minCount: 3 },
      "<text>: of 3 words one occurs minCount = 3 times or more, at least two were needed; the most frequent occur 3 and 2 times: set minCount to 2 or less",
    ],
    [
      "no two words in one line",
      ["a\nb\na\nb"],
      { minCount: 2 },
      "<text>: no two of the 2 words kept stand in one line; set windowsCrossLines, or a minCount below 2",
    ],
  ];
  test.each(refused)("%s", async (_, texts, options, message) => {
    const error = await count({ texts }, options).catch((reason) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.code).toBe("empty");
    expect(error.message).toBe(message);
  });

  test("a file that is missing, also when it is the last of a list, before work starts", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "there.txt");
    writeFileSync(path, "a b");
    const error = await count([path, join(folder, "gone.txt")]).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toBe(`${join(folder, "gone.txt")}: no such file or folder`);
  });

  test("a gzip file that is cut short is named", async () => {
    const path = join(temporaryFolder(), "cut.gz");
    const whole = gzipSync(zipfText(20_000, 500, 1));
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(count(path)).rejects.toThrow(`${path}: the gzip stream is damaged or cut short`);
  });

  test("scratch storage that cannot be had, naming its folder", async () => {
    const plan = { ...cramped, scratch: "/no/such/folder" };
    const error = await count({ texts: [zipfText(400_000, 500, 1)] }, {}, { plan }).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toBe("scratch storage in /no/such/folder: no such file or folder");
  });

  test("M2 a memory limit that is too small, with what is needed", async () => {
    const error = await countCooccurrences({ texts: ["a b"] }, { memoryLimit: 1_000_000, threads: 2 }).catch(
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(ResourceError);
    expect(error.message).toBe(
      "countCooccurrences: memoryLimit must be at least 25165824 bytes with 2 threads, got 1000000; raise it or use fewer threads",
    );
  });

  test("M2 more words than the memory limit has room for, while reading and while counting", async () => {
    const texts = [zipfText(300_000, 200_000, 3)];
    const reading = count({ texts }, {}, { plan: { ...roomy, tableBytes: 6 * 2 ** 20, segmentBytes: 4000 } });
    await expect(reading).rejects.toThrow(
      /the distinct words need \d+ bytes of memory, there are 6291456; raise memoryLimit/,
    );
    const counting = count({ texts }, { minCount: 1 }, { plan: { ...roomy, countingBytes: 1000 } });
    await expect(counting).rejects.toThrow(
      /countCooccurrences: \d+ words on 1 threads need \d+ bytes .* set memoryLimit to \d+ MiB/,
    );
  });

  test.each([
    [{ window: 0 }, "countCooccurrences: window must be an integer from 1 to 1000, got 0"],
    [{ minCount: 2.5 }, "countCooccurrences: minCount must be an integer >= 1, got 2.5"],
    [{ maxWords: 1 }, "countCooccurrences: maxWords must be an integer >= 2, got 1"],
    [{ lowerCase: 1 as unknown as boolean }, "countCooccurrences: lowerCase must be true or false, got 1"],
    [
      { encodingErrors: "ignore" as "skip" },
      'countCooccurrences: encodingErrors must be one of error, replace, skip, got "ignore"',
    ],
    [{ windows: 3 } as CooccurrenceOptions, "countCooccurrences: there is no option windows"],
  ])("the options %j", async (options, message) => {
    await expect(countCooccurrences({ texts: ["a b"] }, options)).rejects.toThrow(message);
  });
});
