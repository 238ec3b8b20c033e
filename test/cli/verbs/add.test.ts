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

  describe("nodes", () => {
    const circle = (names: string[]) => names.flatMap((a, k) => names.slice(k + 1).map((b) => `${a},${b}`));
    const edges = [...circle(["ann", "bob", "cat", "dan"]), ...circle(["fay", "gus", "hal", "ida"]), "dan,fay"];

    async function friends(folder: string, ...flags: string[]): Promise<string> {
      const path = join(folder, "friends.csv");
      writeFileSync(path, `source,target\n${edges.join("\n")}\n`);
      const space = join(folder, "friends.space");
      expect((await runHere(["graph", path, "-o", space, "-q", ...flags])).code).toBe(0);
      return space;
    }

    test("come from edges to nodes that the space has, and bring their edges along", async () => {
      const folder = temporaryFolder();
      const space = await friends(folder, "--method", "linear", "--dimensions", "16");
      const more = join(folder, "more.csv");
      writeFileSync(more, "source,target\nzoe,ann\nbob,zoe\nann,bob\nzoe,yan\nyan,xia\n");
      const { code, stdout, stderr } = await runHere(["add", space, more, "--json"]);
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ before: 8, after: 9, added: ["zoe"] });
      expect(stderr).toContain("1 new node, 2 left out (no neighbor in the space)");
      const near = JSON.parse((await runHere(["near", space, "zoe", "-k", "4", "--json"])).stdout);
      expect(near.neighbors.map(({ name }: { name: string }) => name).sort()).toEqual(["ann", "bob", "cat", "dan"]);
      // The graph has the node now, with its edges to old nodes and no others.
      const ranks = await runHere(["rank", space, "--from", "zoe", "-k", "3", "--json"]);
      expect(ranks.stderr).toContain("space of 9 items with 15 relations");
      const [ranking] = JSON.parse(ranks.stdout);
      expect(ranking.nodes[0].name).toBe("zoe");
    });

    test("of sgc take their features from a table", async () => {
      const folder = temporaryFolder();
      const nodes = join(folder, "nodes.csv");
      const rows = ["ann", "bob", "cat", "dan", "fay", "gus", "hal", "ida"].map((name, k) =>
        [name, k < 4 ? "left" : "right", k % 4 < 2 ? "train" : "test", k < 4 ? 1 : 0, k < 4 ? 0 : 1].join(),
      );
      writeFileSync(nodes, `node,label,split,x,y\n${rows.join("\n")}\n`);
      const space = await friends(folder, "--nodes", nodes, "--method", "sgc");
      const more = join(folder, "more.csv");
      writeFileSync(more, "source,target\nzoe,dan\n");
      const table = join(folder, "more-nodes.csv");
      writeFileSync(table, "node,x,y\nzoe,0,1\n");
      for (const [flags, target] of [
        [[], "plain"],
        [["--nodes", table], "featured"],
      ] as const) {
        const added = await runHere(["add", space, more, ...flags, "-o", join(folder, `${target}.space`)]);
        expect(added.code, added.stderr).toBe(0);
      }
      const [plain, featured] = await Promise.all(
        ["plain", "featured"].map(async (name) => (await rowsOf(join(folder, `${name}.space`)))[1][8]),
      );
      expect(plain[0]).toBeGreaterThan(plain[1]); // like Dan, it is left
      expect(featured[0] - featured[1]).toBeLessThan(plain[0] - plain[1]); // its own feature says right
      writeFileSync(table, "node,x\nzoe,0\n");
      const narrow = await runHere(["add", space, more, "--nodes", table]);
      expect([narrow.code, narrow.stderr]).toEqual([2, expect.stringContaining("2 finite features, got 1 values")]);
    });

    test("edges between numbers are no vectors, and --nodes needs a space of a graph", async () => {
      const folder = temporaryFolder();
      const path = join(folder, "numbers.txt");
      writeFileSync(path, "1 2 1\n2 3 1\n3 1 1\n");
      const space = join(folder, "n.space");
      expect((await runHere(["graph", path, "-o", space, "-q", "--method", "linear"])).code).toBe(0);
      const more = join(folder, "more.txt");
      writeFileSync(more, "4 1 0.5\n4 2 0.5\n");
      const { stdout, stderr } = await runHere(["add", space, more, "--json"]);
      expect(JSON.parse(stdout || stderr)).toMatchObject({ added: ["4"] });
      const words = join(folder, "w.space");
      await Space.from({ names: ["a"], vectors: Float32Array.of(1, 2, 3) }).save(words);
      const refused = await runHere(["add", words, vectorFile(folder), "--nodes", path]);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--nodes goes with edges")]);
      const none = await runHere(["rank", words]);
      expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("a space that keeps relations was needed")]);
      const flag = await runHere(["wl", space, "--delimiter", "tab"]);
      expect([flag.code, flag.stderr]).toEqual([2, expect.stringContaining("--delimiter is for files")]);
    });
  });
});
