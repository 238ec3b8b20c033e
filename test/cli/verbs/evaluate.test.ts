import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

/** Two countries with their capitals in a rectangle; the second space has one capital elsewhere. */
async function spaces(folder: string): Promise<[string, string]> {
  const names = ["paris", "france", "rome", "italy", "tree"];
  const right = Float32Array.of(0.2, 1, 1, 0, 1, 0, 0.2, 1, 0, 1, 1, 0, 0, 0, 1, -1, 0.5, 0, -1, -1);
  const wrong = right.slice();
  wrong.set([-1, -1, 0, 0], 8);
  const paths: [string, string] = [join(folder, "right.space"), join(folder, "wrong.space")];
  await Space.from({ names, vectors: right }).save(paths[0]);
  await Space.from({ names, vectors: wrong }).save(paths[1]);
  return paths;
}

function testSets(folder: string): { analogies: string; similarity: string } {
  const analogies = join(folder, "questions.txt");
  writeFileSync(
    analogies,
    ": capital-world\nFrance Paris Italy Rome\nItaly Rome France Paris\nFrance Paris Peru Lima\n",
  );
  const similarity = join(folder, "pairs.tsv");
  writeFileSync(similarity, "paris\trome\t9\nfrance\titaly\t8\nparis\ttree\t1\nparis\tlima\t5\n");
  return { analogies, similarity };
}

describe("evaluate", () => {
  test("counts answers by section, and shows what is unknown", async () => {
    const folder = temporaryFolder();
    const [right] = await spaces(folder);
    const { analogies, similarity } = testSets(folder);
    const { code, stdout } = await runHere(["evaluate", right, "--analogies", analogies, "--similarity", similarity]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^capital-world +2 +2 +3 +100\.00 %$/m);
    expect(stdout).toMatch(/^total +2 +2 +3 +100\.00 %$/m);
    expect(stdout).toMatch(/^syntactic +0 +0 +0 +-$/m);
    expect(stdout).toContain("words were looked up in lower case");
    expect(stdout).toContain("unknown words, with the questions they stand in: Lima (1), Peru (1)");
    expect(stdout).toMatch(/Spearman -?[\d.]+, Pearson -?[\d.]+, 3 of 4 pairs seen/);
  });

  test("of several spaces gives mean and deviation, in text and JSON", async () => {
    const folder = temporaryFolder();
    const paths = await spaces(folder);
    const { analogies, similarity } = testSets(folder);
    const args = ["evaluate", ...paths, "--analogies", analogies, "--similarity", similarity, "--method", "3CosMul"];
    const { code, stdout } = await runHere([...args, "--json"]);
    expect(code).toBe(0);
    const { spaces: reports, statistics } = JSON.parse(stdout);
    expect(reports.map(({ space }: { space: string }) => space)).toEqual(paths);
    expect(reports[0].analogies[0]).toMatchObject({
      method: "3CosMul",
      total: { correct: 2, seen: 2, total: 3, accuracy: 1 },
    });
    const total = statistics.find(({ figure }: { figure: string }) => figure === "total");
    const [a, b] = total.values as [number, number];
    expect([a, b < 1]).toEqual([1, true]);
    expect(total.mean).toBeCloseTo((a + b) / 2, 12);
    expect(total.deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
    expect((await runHere(args)).stdout).toMatch(/^2 spaces +figure +mean +deviation$/m);
  });

  test("refuses to do nothing, and names a broken line of a test set", async () => {
    const folder = temporaryFolder();
    const [right] = await spaces(folder);
    expect(await runHere(["evaluate", right])).toMatchObject({ code: 2, stdout: "" });
    const broken = join(folder, "broken.txt");
    writeFileSync(broken, ": family\nboy girl brother sister\nboy girl brother\n");
    const { code, stderr } = await runHere(["evaluate", right, "--analogies", broken]);
    expect(code).toBe(3);
    expect(stderr).toContain("broken.txt line 3: four words were expected, got 3");
  });

  test("labels are told from vectors, beside what the most frequent ones reach", async () => {
    const folder = temporaryFolder();
    const count = 40;
    const names = Array.from({ length: count }, (_, k) => `n${k}`);
    const side = (k: number) => (k % 5 < 3 ? 1 : -1); // 3 of 5 are left
    const told = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? Math.sin(i) / 4 : side(i >> 1)));
    await Space.from({ names, vectors: told }).save(join(folder, "told.space"));
    await Space.from({ names, vectors: new Float32Array(2 * count).fill(1) }).save(join(folder, "same.space"));
    const labels = join(folder, "labels.csv");
    const rows = names.map((name, k) => `${name},${side(k) > 0 ? "left" : "right"}`);
    writeFileSync(labels, `node,team\n${rows.join("\n")}\nstranger,left\n`);
    const args = ["--labels", labels, "--label", "team", "--repeats", "3"];
    const good = await runHere(["evaluate", join(folder, "told.space"), ...args, "--json"]);
    const [report] = JSON.parse(good.stdout).spaces[0].labels;
    expect(report).toMatchObject({ classes: 2, seen: 40, total: 41, microF1: 1, macroF1: 1, repeats: 3 });
    expect(report.baseline.microF1).toBeGreaterThan(0.5);
    expect(report.baseline.microF1).toBeLessThan(0.7);
    const blind = await runHere(["evaluate", join(folder, "same.space"), ...args]);
    expect(blind.stdout).toContain("the most frequent labels do as well as the vectors");
    const several = await runHere(["evaluate", join(folder, "told.space"), join(folder, "same.space"), ...args]);
    expect(several.stdout).toMatch(/labels\.csv +micro-F1 +\d/);
    const missing = await runHere(["evaluate", join(folder, "told.space"), "--labels", labels]);
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining("a column label, class, y, target")]);
    writeFileSync(labels, "node,label\nn1,left\nn1,left\n");
    const twice = await runHere(["evaluate", join(folder, "told.space"), "--labels", labels]);
    expect([twice.code, twice.stderr]).toEqual([3, expect.stringContaining('line 3: the item "n1" has the label')]);
  });
});
