import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { findTexts, utf16Order } from "../../dist/words/corpus.js";
import { temporaryFolder } from "../temporary-folder.js";

test("of a folder come the files that look like text, in the order of their names, and it says what is left out", async () => {
  const folder = temporaryFolder();
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, "AA"));
  write("AA/wiki_00", "text without an ending");
  write("z.txt", "last");
  write("Z.txt", "before a");
  write("a.txt.gz", gzipSync("packed"));
  write("photo.jpg", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 1, 2, 3));
  write("program", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0, 1));
  write("empty.txt", "");
  write(".hidden", "text");
  write("all.tar.gz", gzipSync("archive"));
  write("cut.txt", `${"x".repeat(4095)}é`); // the look ends within a character
  write("wide.txt", Buffer.from("words in the other encoding", "utf16le"));
  symlinkSync(folder, join(folder, "loop"));
  const { texts, skipped, bytes } = await findTexts(folder);
  const names = ["AA/wiki_00", "Z.txt", "a.txt.gz", "cut.txt", "wide.txt", "z.txt"];
  expect(texts.map(({ name }) => name)).toEqual(names.map((name) => `${folder}/${name}`));
  expect(bytes).toBeUndefined(); // one is packed
  expect(Object.fromEntries(skipped.map(({ path, reason }) => [path.slice(folder.length + 1), reason]))).toEqual({
    ".hidden": "its name begins with a dot",
    "all.tar.gz": "an archive",
    "empty.txt": "empty",
    loop: "a link to a folder",
    "photo.jpg": "not text: it holds NUL bytes",
    program: "not text: it holds NUL bytes",
  });
});

test("several paths come in the order given, with their size", async () => {
  const folder = temporaryFolder();
  const [one, two] = [join(folder, "1"), join(folder, "2")];
  writeFileSync(one, "abc");
  writeFileSync(two, "de");
  const { texts, bytes } = await findTexts([two, one]);
  expect(texts.map(({ name, size }) => [name, size])).toEqual([
    [two, 2],
    [one, 3],
  ]);
  expect(bytes).toBe(5);
});

test("what is no corpus is refused with what was needed", async () => {
  const folder = temporaryFolder();
  await expect(findTexts([])).rejects.toThrow("corpus: at least one path is needed, got none");
  await expect(findTexts(["-", "-"])).rejects.toThrow("corpus: standard input can be read once, - is given twice");
  await expect(findTexts([7 as unknown as string])).rejects.toThrow("corpus: a path must be a string, got number");
  await expect(findTexts({ texts: "a text" })).rejects.toThrow("corpus: give paths, or { texts }");
  await expect(findTexts(folder)).rejects.toThrow(`${folder}: there is no text in this folder`);
  await expect(findTexts(join(folder, "no"))).rejects.toThrow(`${join(folder, "no")}: no such file or folder`);
});

test.skipIf(process.platform === "win32")("a pipe in a folder is left out, not waited for", async () => {
  const folder = temporaryFolder();
  execFileSync("mkfifo", [join(folder, "pipe")]);
  writeFileSync(join(folder, "text"), "text");
  const { texts, skipped } = await findTexts(folder);
  expect(texts.length).toBe(1);
  expect(skipped).toEqual([{ path: `${folder}/pipe`, reason: "a device, pipe or socket" }]);
});

test("H4 the byte order of UTF-16 is told by its mark or by where its NULs are", () => {
  const order = (bytes: Iterable<number>) => utf16Order(Uint8Array.from(bytes));
  const little = Buffer.from("words, words", "utf16le");
  expect(order(little)).toBe("little");
  expect(order(Buffer.from(little).swap16())).toBe("big");
  expect(order([0xff, 0xfe])).toBe("little");
  expect(order([0xfe, 0xff])).toBe("big");
  expect(order(Buffer.from("plain words\0with one NUL"))).toBeNull();
  expect(order([])).toBeNull();
});

test("a space among texts is left out, also one of an interrupted run, so that nothing learns from its own files", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "text.txt"), "words");
  for (const name of ["done", "begun.space"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "done/space.json"), '{"kind":"words"}');
  writeFileSync(join(folder, "begun.space/notes.txt"), "not to be read");
  const { texts, skipped } = await findTexts(folder);
  expect(texts.map(({ name }) => name)).toEqual([`${folder}/text.txt`]);
  expect(skipped).toEqual(["begun.space", "done"].map((name) => ({ path: `${folder}/${name}`, reason: "a space" })));
});
