import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileError, FormatError } from "../../dist/io/errors.js";
import { Cooccurrence } from "../../dist/words/cooccurrence.js";
import { countCooccurrences } from "../../dist/words/count.js";
import { temporaryFolder } from "../temporary-folder.js";
import { contents } from "./oracle.js";

const data = fileURLToPath(new URL("data", import.meta.url));
const recorded = (name: string) =>
  readFileSync(join(data, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
const corpus = join(data, "corpus.txt");

test("vocabulary and counts are those of the C program, to the last bit of a float", async () => {
  const { counts } = await countCooccurrences(corpus, { window: 10, minCount: 3, lowerCase: false, threads: 2 });
  const { words, pairs } = await contents(counts);
  expect(words).toEqual(recorded("vocabulary.txt").map(([word, count]) => [word, Number(count)]));
  const rows = new Map(words.map(([word], row) => [word, row + 1]));
  const numbered = pairs.map(([a, b, x]) => [rows.get(a), rows.get(b), x]);
  expect(numbered).toEqual(
    recorded("cooccurrence.txt").map(([i, j, x]) => [Number(i), Number(j), Math.fround(Number(x))]),
  );
});

test("a row holds what the batches hold, and sums to its row sum", async () => {
  const { counts } = await countCooccurrences(corpus, { threads: 1 });
  const all: [number, number, number][] = [];
  for await (const { length, i, j, weight } of counts.batches()) {
    for (let k = 0; k < length; k++) all.push([i[k], j[k], weight[k]]);
  }
  expect(all.length).toBe(counts.pairs);
  for (const i of [0, 17, counts.rows - 1]) {
    const { columns, weights } = await counts.row(i);
    const expected = all.filter(([row]) => row === i);
    expect(Array.from(columns, (column, k) => [i, column, weights[k]])).toEqual(expected);
    expect(weights.reduce((sum, x) => sum + x, 0) / counts.rowSums[i]).toBeCloseTo(1, 6);
  }
  await expect(counts.row(counts.rows)).rejects.toThrow(
    `Cooccurrence.row: row must be an integer from 0 to ${counts.rows - 1}`,
  );
});

test("pairs may be asked for again, also side by side, across several batches", async () => {
  const text = Array.from(
    { length: 4000 },
    (_, k) => `w${"abcdefghijklmnopqrst"[k % 19]}${"abcdefghijklmnopqrst"[(k * 7) % 20]}`,
  );
  const { counts } = await countCooccurrences({ texts: [text.join(" ")] }, { window: 200, minCount: 1, threads: 1 });
  expect(counts.pairs).toBeGreaterThan(2 * 65536);
  const [first, second] = [counts.batches(), counts.batches()];
  for (let done = 0; done < counts.pairs; ) {
    const [a, b] = [(await first.next()).value, (await second.next()).value];
    if (a === undefined || b === undefined) throw new Error("the batches ended early");
    expect(Buffer.compare(Buffer.from(a.i.buffer), Buffer.from(b.i.buffer))).toBe(0);
    expect(Buffer.compare(Buffer.from(a.weight.buffer), Buffer.from(b.weight.buffer))).toBe(0);
    done += a.length;
  }
  expect(await first.next()).toEqual({ done: true, value: undefined });
});

test("what was saved is loaded alike, and saved again the same bytes", async () => {
  const folder = temporaryFolder();
  const [one, two] = [join(folder, "1.counts"), join(folder, "2.counts")];
  const { counts } = await countCooccurrences([corpus], { minCount: 2, maxWords: 50, window: 7, threads: 1 });
  await counts.save(one);
  const loaded = await Cooccurrence.load(one);
  expect(await contents(loaded)).toEqual(await contents(counts));
  expect(loaded.settings).toEqual(counts.settings);
  expect([loaded.fingerprint, loaded.pairs, loaded.rows]).toEqual([counts.fingerprint, counts.pairs, counts.rows]);
  expect(loaded.rowSums).toEqual(counts.rowSums);
  expect([loaded.vocabulary.distinct, loaded.vocabulary.tokens]).toEqual([
    counts.vocabulary.distinct,
    counts.vocabulary.tokens,
  ]);
  await loaded.save(two);
  expect(Buffer.compare(readFileSync(two), readFileSync(one))).toBe(0);
  await loaded.close();
  await counts.close();
  expect(readdirSync(folder)).toEqual(["1.counts", "2.counts"]);
});

test("F1 a damaged file is refused or read, and never more than that", async () => {
  const folder = temporaryFolder();
  const whole = join(folder, "whole");
  const { counts } = await countCooccurrences({ texts: ["a b c a b d é"] }, { minCount: 1, threads: 1 });
  await counts.save(whole);
  const bytes = readFileSync(whole);
  const path = join(folder, "damaged");
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
      const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes);
      if (!cut) damaged[at] = byte;
      writeFileSync(path, damaged);
      try {
        const loaded = await Cooccurrence.load(path);
        for await (const { length, i, j } of loaded.batches()) {
          for (let k = 0; k < length; k++) expect(Math.max(i[k], j[k])).toBeLessThan(loaded.rows);
        }
        await loaded.close();
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect((error as Error).message).toContain(path);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a file of another kind is refused by name, a missing one too", async () => {
  const folder = temporaryFolder();
  await expect(Cooccurrence.load(join(folder, "no"))).rejects.toBeInstanceOf(FileError);
  await expect(Cooccurrence.load(corpus)).rejects.toThrow(`${corpus} byte 0: `);
});
