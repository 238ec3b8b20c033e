import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ResourceError } from "../../dist/io/errors.js";
import { inFolder } from "../../dist/io/new-folder.js";
import { temporaryFolder } from "../temporary-folder.js";
import { withFault } from "./failing-files.js";

const fail = async () => {
  throw new Error("no");
};

test("the folder is there while the work is done, and stays", async () => {
  const folder = join(temporaryFolder(), "a/b");
  expect(await inFolder(folder, async () => existsSync(folder))).toBe(true);
  expect(existsSync(folder)).toBe(true);
});

test("folders made for work that fails are removed, those that were there before are not", async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "old"));
  await expect(inFolder(join(root, "old/new/newer"), fail)).rejects.toThrow("no");
  expect(readdirSync(join(root, "old"))).toEqual([]);
  await expect(inFolder(join(root, "old"), fail)).rejects.toThrow("no");
  expect(readdirSync(root)).toEqual(["old"]);
});

test("what the failed work left as a file keeps its folder", async () => {
  const folder = join(temporaryFolder(), "a/b");
  const work = async () => {
    writeFileSync(join(folder, "kept"), "kept");
    throw new Error("no");
  };
  await expect(inFolder(folder, work)).rejects.toThrow("no");
  expect(readdirSync(folder)).toEqual(["kept"]);
});

test("C5 a folder that cannot be made is a ResourceError where space is short", async () => {
  const folder = join(temporaryFolder(), "a");
  const made = withFault({ at: 1, code: "ENOSPC", lasting: false }, () => inFolder(folder, async () => undefined));
  await expect(made).rejects.toBeInstanceOf(ResourceError);
});
