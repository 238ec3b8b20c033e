import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere, topicFile, topics, topicText, vectorFile } from "../run-cli.js";

async function rowsOf(path: string): Promise<[string[], Float32Array[]]> {
  const space = await Space.load(path);
  const names = [...(await space.names())];
  const rows = await Promise.all(names.map((name) => space.vector(name)));
  await space.close();
  return [names, rows];
}

describe("add", () => {
  test("appends items with their vectors; the old keep rows and bytes", async () => {
    const folder = temporaryFolder();
    const space = join(folder, "x.space");
    await Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 2, 3, 4, 5, 6) }).save(space);
    const [, before] = await rowsOf(space);
    const { code, stdout } = await runHere(["add", space, vectorFile(folder), "--json"]);
    expect(code).toBe(0);
    const added = ["red", "green", "blue", "yellow", "new"];
    expect(JSON.parse(stdout)).toEqual({ space, before: 2, after: 7, added });
    const [names, rows] = await rowsOf(space);
    expect(names).toEqual(["a", "b", ...added]);
    expect(rows.slice(0, 2)).toEqual(before);
    expect(rows[2]).toEqual(Float32Array.of(1, 0, 0));
    expect(readdirSync(space)).toContain("vectors-2.safetensors");

    const again = await runHere(["add", space, vectorFile(folder)]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('"red" is in the space already')]);
    expect((await rowsOf(space))[0]).toEqual(names);
  });

  test("places a new word of a text among those of its topic, and can write another space", async () => {
    const folder = temporaryFolder();
    const space = join(folder, "topics.space");
    await runHere(["words", topicFile(folder, 3000), "-o", space, "--epochs", "60", "--dimensions", "8", "-q"]);
    const news = join(folder, "news.txt");
    // a pirate keeps the company of a ship
    writeFileSync(news, `${topicText(600, 9).replaceAll("ship", "pirate")}rare cow\n`);
    const larger = join(folder, "larger.space");
    const { code, stderr } = await runHere(["add", space, news, "-o", larger, "--min-count", "4"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("1 new words, 1 left out (below --min-count 4");
    const { stdout } = await runHere(["near", larger, "pirate", "-k", "18", "--among", topics.flat().join(), "--json"]);
    const { neighbors } = JSON.parse(stdout) as { neighbors: { name: string; score: number }[] };
    const means = topics.map((topic) => {
      const own = neighbors.filter(({ name }) => topic.includes(name));
      return own.reduce((sum, { score }) => sum + score, 0) / own.length;
    });
    expect(means[0]).toBeGreaterThan(Math.max(means[1], means[2]) + 0.1);
    const [before, rows] = await rowsOf(space);
    const [after, largerRows] = await rowsOf(larger);
    expect(after).toEqual([...before, "pirate"]);
    expect(largerRows.slice(0, before.length)).toEqual(rows);
  });

  test("refuses what has no place", async () => {
    const folder = temporaryFolder();
    const vectors = vectorFile(folder);
    const space = join(folder, "x.space");
    await Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 2, 3, 4) }).save(space);
    const refused = async (code: number, message: string, ...args: string[]) => {
      const outcome = await runHere(["add", ...args]);
      expect(outcome.stderr).toContain(message);
      expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    };
    await refused(3, "a space was needed, this is a file of vectors", vectors, vectors);
    await refused(2, "must have 2 numbers, got 3", space, vectors);
    await refused(2, "need a space made by glove", space, topicFile(folder, 10));
    await refused(3, "no such file", space, join(folder, "nothing"));
  });
});
