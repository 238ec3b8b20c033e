import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSpace, Space } from "../../dist/index.js";
import { temporaryFolder } from "../temporary-folder.js";

test("a folder is opened as a space, with the encoders of the package", async () => {
  const path = join(temporaryFolder(), "pair.space");
  const pair = Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 0, 0, 1), method: "glove" });
  await pair.save(path);
  const space = await loadSpace(path);
  expect([...(await space.names())]).toEqual(["a", "b"]);
  await expect(space.embed([{ cooccurrences: new Map([["a", 1]]) }])).rejects.toThrow(
    "embed: the space was saved without the tensor context",
  );
  await space.close();
});

test("a file is read as vectors, whatever its format", async () => {
  const path = join(temporaryFolder(), "vectors.txt");
  writeFileSync(path, "3 2\nking 1 0\nqueen 0.9 0.1\nking 0 1\n");
  const warnings: string[] = [];
  const space = await loadSpace(path, { onWarning: (message) => warnings.push(message) });
  expect(space.length).toBe(2);
  expect(await space.near("king", { count: 1 })).toMatchObject([{ name: "queen", row: 1 }]);
  expect(warnings).toHaveLength(1);
  await expect(loadSpace(path, { duplicates: "error" })).rejects.toThrow(/king/);
  await space.close();
});

test("a path that is not there is named", async () => {
  await expect(loadSpace("no-such.space")).rejects.toThrow("no-such.space: no such file or folder");
});
