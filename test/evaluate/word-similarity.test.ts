import { describe, expect, test } from "vitest";
import { evaluateMany } from "../../dist/evaluate/evaluate.js";
import { readWordPairs } from "../../dist/evaluate/word-pairs.js";
import { wordSimilarity } from "../../dist/evaluate/word-similarity.js";
import { memoryStream } from "../../dist/io/source.js";
import { tinySpace } from "./tiny-space.js";

const stream = (text: string) => memoryStream(new TextEncoder().encode(text), "pairs.tsv", 5);

const plane = tinySpace({ up: [0, 1], left: [-1, 0], steep: [0.1, 1], slope: [1, 1], nothing: [0, 0] });

describe("readWordPairs", () => {
  test("reads tabs, commas or spaces, and says which line it took for a header", async () => {
    const pairs = [
      { a: "tiger", b: "cat", score: 7.35 },
      { a: "New York", b: "city", score: 1e1 },
    ];
    expect(await readWordPairs(stream("tiger\tcat\t7.35\nNew York\tcity\t10\n"))).toEqual({
      name: "pairs.tsv",
      pairs,
      header: null,
    });
    const commas = await readWordPairs(
      stream("# a comment\nWord 1,Word 2,Human (mean)\r\ntiger, cat,7.35\r\nNew York,city,1e1"),
    );
    expect(commas).toEqual({ name: "pairs.tsv", pairs, header: "Word 1,Word 2,Human (mean)" });
    expect((await readWordPairs(stream("tiger  cat 7.35\n\na b -.5"))).pairs[1].score).toBe(-0.5);
  });

  test("any other line is an error that names it", async () => {
    const refused = (text: string, code: string, message: string) =>
      expect(readWordPairs(stream(text))).rejects.toMatchObject({ code, message });
    await refused(
      "a\tb\t1\na\tb\n",
      "fields",
      'pairs.tsv line 2: two words and a number were expected, got 2 fields: "a\\tb"',
    );
    await refused("a\tb\t1\na\tb\tNaN\n", "number", 'pairs.tsv line 2: a finite number was expected, got "NaN"');
    await refused("a b 1\na b 1e999\n", "number", 'pairs.tsv line 2: a finite number was expected, got "1e999"');
    await refused("a b 1\na b 0x10\n", "number", 'pairs.tsv line 2: a finite number was expected, got "0x10"');
    await refused("word1 word2 score\n", "empty", "pairs.tsv: there are no pairs behind the header");
    await refused("# nothing\n", "empty", "pairs.tsv: there are no pairs");
  });
});

describe("wordSimilarity", () => {
  test("correlates cosines with scores over the pairs seen, and lists the others", async () => {
    // Cosines: up-left 0, up-steep .995, up-slope .707, left-slope -.707; people rank them 2, 4, 3, 1.
    const test = await readWordPairs(stream("up left 3\nup steep 9\nUp Slope 5\nleft slope 1\nup down 0\nleft down 1"));
    const report = wordSimilarity(plane, test);
    expect(report).toMatchObject({ seen: 4, total: 6, caseFold: true, unknown: [{ word: "down", count: 2 }] });
    expect(report.spearman).toBeCloseTo(1, 14);
    expect(report.unknownPairs).toEqual([
      { a: "up", b: "down", score: 0 },
      { a: "left", b: "down", score: 1 },
    ]);
    const [x, y] = [
      [0, 1 / Math.hypot(0.1, 1), Math.SQRT1_2, -Math.SQRT1_2],
      [3, 9, 5, 1],
    ];
    const [mx, my] = [x, y].map((list) => list.reduce((a, b) => a + b) / 4);
    const sum = (f: (i: number) => number) => [0, 1, 2, 3].reduce((s, i) => s + f(i), 0);
    const r =
      sum((i) => (x[i] - mx) * (y[i] - my)) / Math.sqrt(sum((i) => (x[i] - mx) ** 2) * sum((i) => (y[i] - my) ** 2));
    expect(report.pearson).toBeCloseTo(r, 6);
  });

  test("a zero vector is similar to nothing, and too few pairs have no correlation", async () => {
    const report = wordSimilarity(plane, await readWordPairs(stream("up nothing 1\nup down 2")));
    expect(report).toMatchObject({ seen: 1, spearman: null, pearson: null });
  });
});

describe("evaluateMany", () => {
  test("gives each space's reports, and mean and deviation of every figure", async () => {
    const other = tinySpace({ up: [0, 1], left: [-1, 0], steep: [-1, 0.1], slope: [1, 1], nothing: [0, 0] });
    const pairs = await readWordPairs(stream("up left 3\nup steep 9\nup slope 5\nleft slope 1"));
    const questions = {
      name: "<questions>",
      sections: [{ name: "family", questions: [["up", "up", "left", "steep"] as const] }],
    };
    const { evaluations, statistics } = await evaluateMany([plane, other], {
      analogies: [questions],
      similarity: [pairs],
    });
    const rho = evaluations.map(({ similarity }) => similarity[0].spearman as number);
    expect(rho[0]).toBe(1);
    expect(rho[1]).toBeLessThan(1);
    const found = statistics.find(({ figure }) => figure === "spearman");
    expect(found).toMatchObject({ test: "pairs.tsv", values: rho });
    expect(found?.mean).toBeCloseTo((rho[0] + rho[1]) / 2, 14);
    expect(found?.deviation).toBeCloseTo(Math.abs(rho[0] - rho[1]) / Math.SQRT2, 14);
    expect(statistics.find(({ figure }) => figure === "total")).toMatchObject({ values: [0, 1], mean: 0.5 });
    expect(statistics.find(({ figure }) => figure === "syntactic")).toMatchObject({
      values: [null, null],
      mean: null,
      deviation: null,
    });
  });
});
