import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Rng } from "../../../dist/numerics/random.js";
import { Space } from "../../../dist/space/space.js";
import { root } from "../../child.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere, vectorFile } from "../run-cli.js";

async function savedSpace(items = 1500): Promise<string> {
  const path = join(temporaryFolder(), "some.space");
  const rng = new Rng(1);
  await Space.from({
    names: Array.from({ length: items }, (_, row) => `n${row}`),
    vectors: Float32Array.from({ length: 6 * items }, () => rng.normal()),
  }).save(path);
  return path;
}

describe("index", () => {
  test("builds an index, says what it finds, and near uses it and tells", async () => {
    const space = await savedSpace();
    const made = await runHere([
      "index",
      space,
      "--m",
      "8",
      "--ef-construction",
      "50",
      "--ef",
      "40",
      "--json",
      "--progress",
      "none",
    ]);
    expect(made.code).toBe(0);
    const result = JSON.parse(made.stdout);
    expect(result).toMatchObject({
      space,
      items: 1500,
      settings: { m: 8, efConstruction: 50, seed: 1, precision: "f32", geometry: "cosine" },
      recall: { count: 10, ef: 40, queries: 200 },
    });
    expect(result.recall.recall).toBeGreaterThan(0.95);
    expect(made.stderr).toMatch(
      /1,500 items in .* s, \d+ bytes an item in memory\nef 40: recall@10 \d\.\d{3} \+- \d\.\d{3} \(200 sampled items\)/,
    );

    const byIndex = await runHere(["near", space, "n1", "--approximate", "--ef", "40"]);
    expect(byIndex.stderr).toMatch(
      /^approximate: by the index, ef 40; recall@10 \d\.\d{3} \+- \d\.\d{3} \(200 sampled items\)\n$/,
    );
    const exactly = await runHere(["near", space, "n1", "--exact"]);
    expect(exactly.stderr).toBe("exact: every item was compared, of 1,500\n");
    expect(byIndex.stdout).toBe(exactly.stdout);
    const few = JSON.parse((await runHere(["near", space, "n1 + n2", "--approximate", "-k", "3", "--json"])).stdout);
    expect(few.search).toMatchObject({ method: "hnsw", ef: 64, recall: { count: 3, ef: 64 } });
  });

  test("removes it again, and writes elsewhere", async () => {
    const space = await savedSpace(50);
    const other = join(temporaryFolder(), "other.space");
    expect((await runHere(["index", space, "-o", other, "--precision", "i8"])).code).toBe(0);
    expect((await Space.load(space)).hasIndex).toBe(false);
    expect((await Space.load(other)).hasIndex).toBe(true);
    const removed = await runHere(["index", other, "--remove"]);
    expect(removed).toMatchObject({ code: 0, stderr: `${other} has no index\n` });
    expect((await Space.load(other)).hasIndex).toBe(false);
  });

  test("what does not make sense is a wrong usage", async () => {
    const space = await savedSpace(20);
    for (const [args, message] of [
      [["index", space, "--m", "1"], "--m must be an integer from 2 to 128, got 1"],
      [["index", space, "--precision", "f8"], "--precision must be one of f32, f16, i8"],
      [["index", space, "--remove", "--m", "4"], "--remove takes no settings"],
      [["near", space, "n1", "--approximate"], "approximate search needs an index"],
      [["near", space, "n1", "--exact", "--ef", "9"], "--exact does not go with"],
    ] as const) {
      const { code, stderr } = await runHere([...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
    const { code, stderr } = await runHere(["index", vectorFile(temporaryFolder())]);
    expect([code, stderr]).toEqual([3, expect.stringContaining("a space was needed, this is a file of vectors")]);
  });
});

test("kill -9 while an index is built or saved leaves a whole space, with or without one (C2)", async () => {
  const path = await savedSpace(3000);
  const main = join(root, "dist/cli/main.js");
  for (const milliseconds of [150, 350, 600]) {
    const child = spawn(process.execPath, [main, "index", path, "--ef-construction", "30", "-q"], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    setTimeout(() => child.kill("SIGKILL"), milliseconds);
    await ended;
    const space = await Space.load(path, { verify: true });
    expect(await space.near("n1", { exact: space.hasIndex ? false : undefined, count: 3 })).toHaveLength(3);
    await space.close();
  }
  expect((await runHere(["index", path, "-q"])).code).toBe(0);
  const left = readdirSync(path).map((name) => name.replace(/-\d+\./, "."));
  expect(left.sort()).toEqual(["index.safetensors", "items.parquet", "space.json", "vectors.safetensors"]);
});
