import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runCli, runHere, topicFile, vectorFile } from "../run-cli.js";

async function smallSpace(): Promise<string> {
  const path = join(temporaryFolder(), "small.space");
  const vectors = Float32Array.of(1, 0, 0, 1);
  const about = { method: "glove", options: { xMax: 10 }, seed: 7, metrics: { loss: 0.25 } };
  await Space.from({ names: ["a", "b"], vectors, ...about }).save(path);
  return path;
}

describe("info", () => {
  test("of a space: items, dimensions, method, flags, seed, metrics, size", async () => {
    const path = await smallSpace();
    const { code, stdout } = await runHere(["info", path, "--json", "--verify"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      ...{ path, kind: "space", holds: "things", items: 2, dimensions: 2, geometry: "cosine", method: "glove" },
      ...{ options: { xMax: 10 }, seed: 7, fast: false, metrics: { loss: 0.25 }, directions: [], generation: 1 },
      verified: true,
    });
    expect(report.files.map(({ name }: { name: string }) => name)).toEqual([
      "items-1.parquet",
      "vectors-1.safetensors",
    ]);
    const text = (await runHere(["info", path])).stdout;
    expect(text).toContain("items       2\n");
    expect(text).toContain("options     xMax 10\n");
    expect(text).toContain("metrics     loss 0.25\n");
  });

  test("--verify finds a changed byte", async () => {
    const path = await smallSpace();
    const file = join(path, readdirSync(path).find((name) => name.startsWith("vectors")) as string);
    const { readFileSync } = await import("node:fs");
    const bytes = readFileSync(file);
    bytes[bytes.length - 4] ^= 1;
    writeFileSync(file, bytes);
    const { code, stderr } = await runHere(["info", path, "--verify"]);
    expect(code).toBe(3);
    expect(stderr).toContain("vectors-1.safetensors: the SHA-256 is not that of space.json");
  });

  test("of files: vectors, text, several of them", async () => {
    const folder = temporaryFolder();
    const [vectors, text] = [vectorFile(folder), topicFile(folder, 10)];
    const { stdout } = await runHere(["info", vectors, text, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([
      { path: vectors, kind: "vectors", format: "word2vec-text", items: 5, dimensions: 3 },
      { path: text, kind: "text", files: 1, gzip: 0, skipped: 0 },
    ]);
  });

  test("L4 of standard input", async () => {
    const { code, stdout } = await runCli(["info", "-", "--json"], { input: "red 1 2\nblue 3 4\n" });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ path: "-", kind: "vectors", items: 2, dimensions: 2 });
  });

  test("of what is nothing of ours: refused by name", async () => {
    const folder = temporaryFolder();
    const zip = join(folder, "archive.npz");
    writeFileSync(zip, "PK\x03\x04rest");
    const { code, stderr } = await runHere(["info", zip]);
    expect(code).toBe(3);
    expect(stderr).toContain("this is a zip archive");
    expect(await runHere(["info", join(folder, "nothing")])).toMatchObject({ code: 3 });
    expect(await runHere(["info"])).toMatchObject({ code: 2 });
    expect(await runHere(["info", vectorFile(folder), "--verify"])).toMatchObject({ code: 2 });
  });

  test("--methods prints the table of what is there", async () => {
    const { code, stdout } = await runHere(["info", "--methods", "--json"]);
    expect(code).toBe(0);
    const { methods } = JSON.parse(stdout);
    const known = ["GloVe", "PageRank", "Weisfeiler-Leman", "node2vec, DeepWalk", "random GCN", "linear", "spectral"];
    expect(methods.map(({ method }: { method: string }) => method)).toEqual([
      ...known,
      "SGC",
      "GCN",
      "autoencoder, generative autoencoder, VAE",
      "PCA of pictures",
    ]);
    for (const row of methods) {
      expect(Object.keys(row)).toEqual([
        ...["method", "verb", "directed", "weighted", "features", "newItems", "deterministic"],
      ]);
    }
    expect((await runHere(["info", "--methods"])).stdout).toMatch(/GloVe +words .*seeded/);
  });
});
