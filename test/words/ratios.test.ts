import { expect, test } from "vitest";
import { NotFoundError } from "../../dist/io/errors.js";
import { countCooccurrences } from "../../dist/words/count.js";
import { ratioTable } from "../../dist/words/ratios.js";

const lines = [
  ...Array(8).fill("ice solid"),
  ...Array(6).fill("ice water"),
  ...Array(2).fill("ice gas"),
  ...Array(5).fill("steam water"),
  ...Array(10).fill("steam gas"),
  "steam solid",
  "ice cold",
  "steam hot",
  "fashion week",
];
const counted = async () => (await countCooccurrences({ texts: lines }, { minCount: 1, threads: 1 })).counts;

test("probabilities are shares of a word's co-occurrences, worked by hand", async () => {
  const table = await ratioTable(await counted(), "ice", "steam", ["solid", "water", "gas"]);
  expect(table).toMatchObject({ a: "ice", b: "steam", occurrences: [17, 17], sums: [17, 17] });
  expect(table.rows.map(({ probe, counts, ratio }) => [probe, counts, ratio])).toEqual([
    ["solid", [8, 1], 8 / 17 / (1 / 17)],
    ["water", [6, 5], 6 / 17 / (5 / 17)],
    ["gas", [2, 10], 2 / 17 / (10 / 17)],
  ]);
  expect(table.rows[0].probabilities).toEqual([8 / 17, 1 / 17]);
});

test("a ratio from fewer than 5 co-occurrences on either side is marked", async () => {
  const { rows } = await ratioTable(await counted(), "ice", "steam", ["solid", "water", "gas"]);
  expect(rows.map(({ reliable }) => reliable)).toEqual([false, true, false]);
});

test("where a probability is 0 the ratio is 0, infinite or undefined, in words, and survives JSON", async () => {
  const { rows } = await ratioTable(await counted(), "ice", "steam", ["hot", "cold", "fashion"]);
  expect(JSON.parse(JSON.stringify(rows)).map(({ ratio }: { ratio: unknown }) => ratio)).toEqual([
    0,
    "infinite",
    "undefined",
  ]);
  expect(rows.every(({ reliable }) => !reliable)).toBe(true);
});

test("words are folded as the counts were, and a probe may be one of the two words", async () => {
  const { a, rows } = await ratioTable(await counted(), "ICE", "Steam", ["Water", "ice"]);
  expect([a, rows[0].probe, rows[1].counts]).toEqual(["ice", "water", [0, 0]]);
});

test("a word that was not counted is an error that names the closest", async () => {
  const error = await ratioTable(await counted(), "ice", "stream", ["water"]).catch((reason) => reason);
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error.item).toBe("stream");
  expect(error.suggestions).toEqual(["steam"]);
  expect(error.message).toBe(
    'ratioTable: "stream" is not among the 9 words counted (minCount 1); did you mean "steam"?',
  );
  await expect(ratioTable(await counted(), "ice", "steam", [])).rejects.toThrow("ratioTable: at least one probe word");
});
