import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runCli, runHere, vectorFile } from "../run-cli.js";

describe("convert", () => {
  test("goes through all formats and spaces and comes back to the same bytes", async () => {
    const folder = temporaryFolder();
    const path = (name: string) => join(folder, name);
    const start = vectorFile(folder);
    const names = ["--names", path("npy-names.txt")];
    const steps: [string, string, string[]][] = [
      [start, path("a.bin"), []],
      [path("a.bin"), path("b.space"), []],
      [path("b.space"), path("c.safetensors"), []],
      [path("c.safetensors"), path("d.tsv"), []],
      [path("d.tsv"), path("e.npy"), ["--output-names", path("npy-names.txt")]],
      [path("e.npy"), path("glove-f.txt"), names],
      [path("glove-f.txt"), path("g.space"), []],
      [path("g.space"), path("end.vec"), []],
    ];
    for (const [from, to, flags] of steps) {
      const { code, stdout, stderr } = await runHere(["convert", from, to, ...flags]);
      expect([code, stdout], stderr).toEqual([0, ""]);
      expect(stderr).toContain("wrote   5 rows");
    }
    const normal = path("normal.vec");
    await runHere(["convert", start, normal]);
    expect(readFileSync(path("end.vec"), "utf8")).toBe(readFileSync(normal, "utf8"));
    const loaded = await Space.load(path("g.space"));
    expect(Array.from(await loaded.vector("yellow"))).toEqual([Math.fround(0.9), Math.fround(0.8), 0]);
    await loaded.close();
  });

  test("says what it understood, and the result as JSON", async () => {
    const folder = temporaryFolder();
    const [from, to] = [vectorFile(folder), join(folder, "x.bin")];
    const { stdout, stderr } = await runHere(["convert", from, to, "--limit", "2", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ from, to, format: "word2vec-binary", rows: 2, dimensions: 3 });
    expect(stderr).toContain(`${from}: word2vec-text, 3 dimensions, 2 rows`);
  });

  test("L4 reads standard input and writes standard output, and nothing else there", async () => {
    const input = "2 2\nred 1 0\nblue 0 1\n";
    const { code, stdout } = await runCli(["convert", "-", "-", "--to", "glove"], { input });
    expect([code, stdout]).toEqual([0, "red 1 0\nblue 0 1\n"]);
    const space = join(temporaryFolder(), "x.space");
    expect((await runCli(["convert", "-", space], { input })).code).toBe(0);
    expect((await runCli(["convert", space, "-", "--to", "word2vec-text", "--limit", "1"])).stdout).toBe(
      "1 2\nred 1 0\n",
    );
  });

  test.each([
    ["first", [1, 0]],
    ["last", [3, 4]],
    ["mean", [2, 2]],
  ])("of names that stand twice --duplicates %s is kept, in spaces and in files", async (policy, vector) => {
    const folder = temporaryFolder();
    const from = join(folder, "twice.vec");
    writeFileSync(from, "3 2\nred 1 0\nblue 0 1\nred 3 4\n");
    for (const to of ["x.space", "x.bin"].map((name) => join(folder, name))) {
      const { code, stderr } = await runHere(["convert", from, to, "--duplicates", policy]);
      expect(code).toBe(0);
      expect(stderr).toMatch(/warning: .*rows whose name came before: 1, first "red"/);
      const { stdout } = await runHere(["near", to, "blue", "--include-inputs", "--metric", "dot", "--json"]);
      const found = JSON.parse(stdout).neighbors as { name: string; score: number }[];
      expect(found.find(({ name }) => name === "red")?.score).toBeCloseTo(vector[1], 6);
      expect(found).toHaveLength(2);
    }
    for (const to of ["y.space", "y.bin"].map((name) => join(folder, name))) {
      expect((await runHere(["convert", from, to, "--duplicates", "error"])).code).toBe(3);
      expect(existsSync(to)).toBe(false);
    }
  });

  test("refuses what cannot be, and leaves nothing half-written", async () => {
    const folder = temporaryFolder();
    const from = vectorFile(folder);
    const refused = async (code: number, message: string, ...args: string[]) => {
      const outcome = await runHere(["convert", ...args]);
      expect(outcome.stderr).toContain(message);
      expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    };
    await refused(2, "does not tell the format", from, join(folder, "x"));
    await refused(2, "standard output has no name", from, "-");
    await refused(2, "is several", from, "-", "--to", "projector");
    await refused(2, "limit must be an integer >= 1", from, join(folder, "x.bin"), "--limit", "0");
    writeFileSync(join(folder, "cut.vec"), "3 2\nred 1 0\nblue 0\n");
    await refused(3, "line 3", join(folder, "cut.vec"), join(folder, "x.bin"));
    writeFileSync(join(folder, "prose.txt"), "This is no file of vectors.\nIt is text.\n");
    await refused(3, "this is text", join(folder, "prose.txt"), join(folder, "x.bin"));
    expect(readdirSync(folder).sort()).toEqual(["cut.vec", "prose.txt", "small.vec"]);
    expect(existsSync(join(folder, "x.bin"))).toBe(false);
  });
});
