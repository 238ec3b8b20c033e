import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere, topicFile } from "../run-cli.js";

interface Row {
  probe: string;
  counts: [number, number];
  probabilities: [number, number];
  ratio: number | string;
  reliable: boolean;
}

describe("ratios", () => {
  test("of a text that can be counted by hand", async () => {
    const file = join(temporaryFolder(), "tiny.txt");
    // X(ice, solid) = 1 + 1, X(ice, water) = 1/2 + 1/2; X(steam, gas) = 1, X(steam, water) = 1/2, X(steam, solid) = 1
    writeFileSync(file, "ice solid water\nice solid water\nsteam gas water\nsolid steam\n");
    const args = ["ratios", "ice", "steam", "--with", "solid,gas,water", file, "--min-count", "1", "--window", "5"];
    const { code, stdout } = await runHere([...args, "--json"]);
    expect(code).toBe(0);
    const { rows, sums, occurrences } = JSON.parse(stdout) as { rows: Row[]; sums: number[]; occurrences: number[] };
    expect([occurrences, sums]).toEqual([
      [2, 2],
      [3, 2.5],
    ]);
    expect(rows.map(({ probe, counts, ratio, reliable }) => [probe, counts, ratio, reliable])).toEqual([
      ["solid", [2, 1], expect.closeTo(2 / 3 / (1 / 2.5), 6), false],
      ["gas", [0, 1], 0, false],
      ["water", [1, 0.5], expect.closeTo(1 / 3 / (0.5 / 2.5), 6), false],
    ]);
    const text = (await runHere(args)).stdout;
    expect(text).toMatch(/^solid +6\.67e-1 +4\.00e-1 +1\.67 +2\.0 +1\.0 +few$/m);
    expect(text).toMatch(/^gas +0 +4\.00e-1 +0 +0\.0 +1\.0 +few$/m);
    expect(text).toContain("ice occurs 2 times, steam 2 times.");
  });

  test("from the counts that words --keep-counts leaves, by the space or by themselves, as from the text", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder, 300);
    const space = join(folder, "x.space");
    await runHere(["words", text, "-o", space, "--dimensions", "4", "--epochs", "1", "--keep-counts", "-q"]);
    const rowsFrom = async (source: string) => {
      const { code, stdout } = await runHere(["ratios", "ship", "cow", "--with", "wave,milk,the", source, "--json"]);
      expect(code).toBe(0);
      return JSON.parse(stdout).rows;
    };
    const rows = await rowsFrom(text);
    expect(await rowsFrom(join(folder, "x.counts.safetensors"))).toEqual(rows);
    expect(await rowsFrom(space)).toEqual(rows);

    await runHere(["words", text, "-o", space, "--dimensions", "4", "--epochs", "1", "-q", "--force", "--window", "2"]);
    const stale = await runHere(["ratios", "ship", "cow", "--with", "wave", space]);
    expect([stale.code, stale.stderr]).toEqual([3, expect.stringContaining("are not the counts that")]);
  });

  test("refuses what cannot be answered", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder, 100);
    const space = join(folder, "x.space");
    await runHere(["words", text, "-o", space, "--dimensions", "4", "--epochs", "1", "-q"]);
    const refused = async (code: number, message: string, ...args: string[]) => {
      const outcome = await runHere(["ratios", ...args]);
      expect(outcome.stderr).toContain(message);
      expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    };
    await refused(2, "--with WORDS", "ship", "cow", text);
    await refused(2, "one is empty", "ship", "cow", text, "--with", "wave,,sail");
    await refused(4, 'did you mean "wave"', "ship", "cow", text, "--with", "wav");
    await refused(3, "words --keep-counts", "ship", "cow", space, "--with", "wave");
  });
});
