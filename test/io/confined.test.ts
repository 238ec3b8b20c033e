import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openConfined } from "../../dist/io/confined.js";
import { FileError } from "../../dist/io/errors.js";
import { readExactly } from "../../dist/io/source.js";
import { files } from "../../dist/platform/node.js";
import { temporaryFolder } from "../temporary-folder.js";

class Refused extends Error {}
const refuse = (why: string) => new Refused(why);

const original = { ...files };
afterEach(() => {
  Object.assign(files, original);
});

/** A folder with the file `below/a`. */
async function folderWithFile(): Promise<string> {
  const folder = temporaryFolder();
  await mkdir(join(folder, "below"));
  await writeFile(join(folder, "below/a"), "abc");
  return folder;
}

test("a file of the folder, or of one below, is opened", async () => {
  const folder = await folderWithFile();
  for (const name of ["below/a", "./below/./a"]) {
    const source = await openConfined(folder, name, refuse);
    expect(source.size).toBe(3);
    expect(await readExactly(source, 1, 2)).toEqual(Uint8Array.from(Buffer.from("bc")));
    await source.close();
  }
});

test("the folder itself may be reached through a link", async () => {
  const folder = await folderWithFile();
  const way = join(temporaryFolder(), "way");
  await symlink(folder, way);
  await (await openConfined(way, "below/a", refuse)).close();
});

test.each(["../a", "below/../below/a", "/etc/hostname", "below//a", "", ".", "below/", "C:a", "below\\a", "a\0"])(
  "the name %j is refused before anything is looked at",
  async (name) => {
    Object.assign(files, { entry: () => Promise.reject(new Error("looked")) });
    await expect(openConfined("/tmp", name, refuse)).rejects.toThrow(Refused);
  },
);

test("links of either kind, folders and what is not there are refused", async () => {
  const folder = await folderWithFile();
  await symlink("below", join(folder, "way"));
  await symlink("below/a", join(folder, "soft"));
  await link(join(folder, "below/a"), join(folder, "hard"));
  await expect(openConfined(folder, "way/a", refuse)).rejects.toThrow(
    /needs a plain folder at .*way, found a symbolic link/,
  );
  await expect(openConfined(folder, "soft", refuse)).rejects.toThrow(/found a symbolic link/);
  await expect(openConfined(folder, "hard", refuse)).rejects.toThrow(/has 2 names/);
  await expect(openConfined(folder, "below", refuse)).rejects.toThrow(/needs a plain file at .*below, found a folder/);
  await expect(openConfined(folder, "nothing", refuse)).rejects.toThrow(FileError);
  await expect(openConfined(folder, "below/a/b", refuse)).rejects.toThrow(
    /needs a plain folder at .*below\/a, found a file/,
  );
});

test("a file that is replaced between the look and the opening is refused, and closed", async () => {
  const folder = await folderWithFile();
  await writeFile(join(folder, "other"), "x");
  let closed = 0;
  Object.assign(files, {
    openEntry: async () => {
      const file = await original.openEntry(join(folder, "other"));
      return { ...file, close: () => file.close().then(() => void closed++) };
    },
  });
  await expect(openConfined(folder, "below/a", refuse)).rejects.toThrow(/was replaced while it was opened/);
  expect(closed).toBe(1);
});

test("a link that appears after the look is not followed", async () => {
  const folder = await folderWithFile();
  await symlink("below/a", join(folder, "soft"));
  const isFile = await original.entry(join(folder, "below/a"));
  Object.assign(files, { entry: async () => isFile });
  await expect(openConfined(folder, "soft", refuse)).rejects.toThrow(FileError); // too many symbolic links
});

test("a path whose canonical form lies elsewhere is refused", async () => {
  const folder = await folderWithFile();
  Object.assign(files, {
    canonical: async (path: string) => (path.endsWith("/below/a") ? `${folder}-other/a` : folder),
  });
  await expect(openConfined(folder, "below/a", refuse)).rejects.toThrow(/leads out of the folder/);
});
