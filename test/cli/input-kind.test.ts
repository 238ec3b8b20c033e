import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inputKind } from "../../dist/cli/input-kind.js";
import { Space } from "../../dist/space/space.js";
import { countCooccurrences } from "../../dist/words/count.js";
import { temporaryFolder } from "../temporary-folder.js";
import { topicFile } from "./run-cli.js";

describe("what a path is", () => {
  test.each<[string, string, string]>([
    ["prose", "Call me Ishmael. Some years ago\nnever mind how long\n", "text"],
    ["prose with figures", "in 1984 and 1985\nthere were 12\n", "text"],
    ["two words", "hello world", "text"],
    ["one long line", "word ".repeat(30_000), "text"],
    ["a year and months", "1984 1985 1986\nsome words here\n", "text"],
    ["GloVe's vectors", "the 0.1 -0.2 3e-3\nof 1 2 3\n", "glove"],
    ["one vector", "the 0.1 -0.2 0.3\n", "glove"],
    ["GloVe's vectors of names with spaces", "new york 0.1 -0.2\nparis 1 2\n", "glove"],
    ["word2vec's text", "2 3\nthe 0.1 -0.2 0.3\nof 1 2 3\n", "word2vec-text"],
  ])("%s, packed or not", async (_, content, expected) => {
    const folder = temporaryFolder();
    const [plain, packed] = [join(folder, "file.txt"), join(folder, "file.txt.gz")];
    writeFileSync(plain, content);
    writeFileSync(packed, gzipSync(content));
    for (const path of [plain, packed]) {
      const found = await inputKind(path);
      expect(found.kind === "vectors" ? found.format : found.kind).toBe(expected);
    }
  });

  test("spaces, folders, counts, standard input", async () => {
    const folder = temporaryFolder();
    const space = join(folder, "x.space");
    await Space.from({ names: ["a"], vectors: Float32Array.of(1, 2) }).save(space);
    mkdirSync(join(folder, "texts"));
    const { counts } = await countCooccurrences(topicFile(folder, 100));
    await counts.save(join(folder, "c.safetensors"));
    await counts.close();
    expect(await inputKind(space)).toEqual({ kind: "space" });
    expect(await inputKind(join(folder, "texts"))).toEqual({ kind: "folder" });
    expect(await inputKind(join(folder, "c.safetensors"))).toEqual({ kind: "counts" });
    expect(await inputKind("-")).toEqual({ kind: "text" });
    await expect(inputKind(join(folder, "nothing"))).rejects.toThrow("no such file or folder");
  });
});
