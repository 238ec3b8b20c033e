import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe("rank", () => {
  test("ranks nodes by those that point to them, with how far the ranks may be from exact", async () => {
    const { code, stdout, stderr } = await runHere(["rank", file("e.csv", "0,1\n"), "--tolerance", "1e-12"]);
    expect(code).toBe(0);
    // damping .85, the dangling node's mass redistributed: (.3508772, .6491228)
    expect(stdout).toBe("node      rank\n1     0.649123\n0     0.350877\n");
    expect(stderr).toMatch(/ranked {4}\d+ iterations, last change \S+, at most \S+ from exact/);
  });

  test("better teams beat better teams: a table of results ranks who won against winners", async () => {
    const results = "loser,winner,margin\nA,B,2\nB,C,1\nA,C,3\nD,A,1\nD,E,4\nE,C,1\n";
    const args = ["--source", "loser", "--target", "winner", "--weight", "margin", "--json"];
    const { stdout } = await runHere(["rank", file("results.csv", results), ...args]);
    const { nodes, converged } = JSON.parse(stdout);
    expect(converged).toBe(true);
    expect(nodes[0].name).toBe("C");
    expect(nodes.at(-1).name).toBe("D");
    expect(nodes.reduce((sum: number, { rank }: { rank: number }) => sum + rank, 0)).toBeCloseTo(1, 12);
  });

  test("several rankings from nodes of choice at once, and all ranks as a table", async () => {
    const path = file("path.csv", "a,b\nb,c\nc,d\n");
    const target = join(temporaryFolder(), "ranks.csv");
    const args = ["--no-directed", "--from", "a", "--from", "c,d", "-o", target, "--json"];
    const { stdout } = await runHere(["rank", path, ...args]);
    const rankings = JSON.parse(stdout);
    expect(rankings.map(({ from }: { from: string }) => from)).toEqual(["a", "c,d"]);
    expect(readFileSync(target, "utf8").split("\n")[0]).toBe('node,rank from a,"rank from c,d"');
    expect(readFileSync(target, "utf8").split("\n")).toHaveLength(6);
  });

  test("--into keeps the ranks as a column of a space, null where an item is no node", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "nodes.space");
    const space = Space.from({ names: ["b", "x", "a"], vectors: Float32Array.of(1, 2, 3), method: "hand" });
    await space.save(path);
    const edges = file("e.csv", "a,b\n");
    const { code, stderr } = await runHere(["rank", edges, "--into", path, "--tolerance", "1e-12"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("rank for 2 items, 1 item without, being no node")]);
    const again = await Space.load(path);
    const [b, x, a] = (await again.columns()).get("rank") ?? [];
    expect(b).toBeCloseTo(0.6491228, 7);
    expect(x).toBe(null);
    expect(a).toBeCloseTo(0.3508772, 7);
    expect([again.method, [...(await again.names())]]).toEqual(["hand", ["b", "x", "a"]]);
    await again.close();

    expect((await runHere(["rank", edges, "--into", path, "--from", "a", "--from", "b"])).code).toBe(0);
    const more = await Space.load(path);
    expect([...(await more.columns()).keys()]).toEqual(["rank", "rank from a", "rank from b"]);
    await more.close();

    const strangers = await runHere(["rank", file("f.csv", "p,q\n"), "--into", path]);
    expect([strangers.code, strangers.stderr]).toEqual([2, expect.stringContaining("no item of")]);
    const noSpace = await runHere(["rank", edges, "--into", edges]);
    expect([noSpace.code, noSpace.stderr]).toEqual([3, expect.stringContaining("a space was needed")]);
  });

  test("--listing ranks as it is taught, and says what is lost", async () => {
    const edges = file("e.csv", "0,1\n");
    const sparse = JSON.parse((await runHere(["rank", edges, "--listing", "sparse", "--json"])).stdout);
    expect(sparse.nodes.map(({ rank }: { rank: number }) => rank)).toEqual([
      expect.closeTo(0.13875, 7),
      expect.closeTo(0.075, 7),
    ]);
    expect(sparse.sum).toBeCloseTo(0.21375, 7);
    const dense = await runHere(["rank", edges, "--listing", "dense"]);
    expect(dense.stderr).toMatch(
      /listing {3}dense, \d+ iterations; ranks sum to \S+e-\S+: nodes without out-edges lose/,
    );
    const circle = await runHere(["rank", file("c.csv", "0,1\n1,2\n2,0\n"), "--listing", "dense"]);
    expect(circle.stderr).toMatch(/ranks sum to 1\.000$/m);
    const both = await runHere(["rank", edges, "--listing", "dense", "--from", "0"]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("--from goes without it")]);
  });

  test("without convergence the ranks are given, with a warning", async () => {
    const { code, stdout, stderr } = await runHere([
      "rank",
      file("e.csv", "0,1\n1,2\n2,0\n0,2\n"),
      "--max-iterations",
      "2",
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("node");
    expect(stderr).toContain("warning: not converged");
  });

  test("a start that is no node is not found, and a damping of 1 is refused", async () => {
    const path = file("e.csv", "a,b\n");
    const missing = await runHere(["rank", path, "--from", "z"]);
    expect([missing.code, missing.stderr]).toEqual([4, expect.stringContaining("there is no node z")]);
    const refused = await runHere(["rank", path, "--damping", "1"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("below 1, got 1")]);
  });

  test("a name with a comma in it can be jumped to", async () => {
    const path = join(temporaryFolder(), "authors.csv");
    writeFileSync(path, 'source,target\n"Smith, Ann",bob\nbob,carl\ncarl,"Smith, Ann"\n');
    const { code, stdout } = await runHere(["rank", path, "--from", "Smith, Ann", "--json", "-k", "1"]);
    expect([code, JSON.parse(stdout)[0].nodes[0].name]).toEqual([0, "Smith, Ann"]);
  });
});
