import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import * as browser from "../../dist/platform/browser.js";
import * as node from "../../dist/platform/node.js";
import { runModule } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";

const { files } = node;

/** Replaces a method of all file handles until the current test has finished. */
async function replaceMethod<K extends "read" | "write">(name: K, make: (original: FileHandle[K]) => FileHandle[K]) {
  const handle = await open(new URL(import.meta.url));
  await handle.close();
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  const original = prototype[name];
  prototype[name] = make(original);
  onTestFinished(() => {
    prototype[name] = original;
  });
}

const bytes = new Uint8Array(1000).map((_, k) => k % 256);

test("both platforms offer the same names", () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
});

test("C5 short writes are continued until everything is written", async () => {
  await replaceMethod(
    "write",
    (original) =>
      function (this: FileHandle, part: Uint8Array, offset: number, length: number, position: number) {
        return (original as (...args: unknown[]) => unknown).call(this, part, offset, Math.ceil(length / 3), position);
      } as unknown as FileHandle["write"],
  );
  const path = join(temporaryFolder(), "a");
  const file = await files.create(path);
  await file.write(bytes, 0);
  await file.close();
  expect(readFileSync(path)).toEqual(Buffer.from(bytes));
});

test("C5 a device that takes nothing and reports no error is an error, not a loop without end", async () => {
  await replaceMethod(
    "write",
    () => (async () => ({ bytesWritten: 0, buffer: bytes })) as unknown as FileHandle["write"],
  );
  const file = await files.create(join(temporaryFolder(), "a"));
  await expect(file.write(bytes, 0)).rejects.toMatchObject({ code: "EIO" });
  await file.close();
});

test("short reads are continued until the buffer is full or the file ends", async () => {
  await replaceMethod(
    "read",
    (original) =>
      function (this: FileHandle, into: Uint8Array, offset: number, length: number, position: number) {
        return (original as (...args: unknown[]) => unknown).call(this, into, offset, Math.ceil(length / 3), position);
      } as unknown as FileHandle["read"],
  );
  const path = join(temporaryFolder(), "a");
  writeFileSync(path, bytes);
  const file = await files.open(path);
  const into = new Uint8Array(600);
  expect(await file.read(into, 300)).toBe(600);
  expect(into).toEqual(bytes.subarray(300, 900));
  expect(await file.read(into, 900)).toBe(100);
  expect(await file.read(into, 1000)).toBe(0);
  await file.close();
});

test("a folder lists its names by code unit, and what is no file is told apart", async () => {
  const folder = temporaryFolder();
  for (const name of ["b", "B", "ä", "a10", "a9"]) writeFileSync(join(folder, name), "x");
  expect(await files.list(folder)).toEqual(["B", "a10", "a9", "b", "ä"]);
  expect(await files.info(folder)).toMatchObject({ kind: "folder" });
  expect(await files.info(join(folder, "b"))).toMatchObject({ kind: "file", size: 1 });
  await files.makeFolder(join(folder, "c", "d"));
  await files.remove(folder);
  await files.remove(folder);
  await expect(files.info(folder)).rejects.toMatchObject({ code: "ENOENT" });
});

test("folders are made with those above them, and the first that had to be made is told", async () => {
  const folder = temporaryFolder();
  expect(await files.makeFolder(join(folder, "a", "b", "c"))).toBe(join(folder, "a"));
  expect(await files.makeFolder(join(folder, "a", "b"))).toBeUndefined();
  writeFileSync(join(folder, "file"), "x");
  await expect(files.makeFolder(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(files.makeFolder(join(folder, "file", "d"))).rejects.toMatchObject({ code: "ENOTDIR" });
  const both = await Promise.all([files.makeFolder(join(folder, "x", "y")), files.makeFolder(join(folder, "x", "y"))]);
  expect(both).toContain(join(folder, "x"));
});

test.runIf(process.platform === "linux")("a file system that makes no folders is an error, not a wait", async () => {
  await expect(files.makeFolder("/proc/thing2vec-none")).rejects.toMatchObject({ code: "ENOENT" });
});

test("a living process is told from one that is gone", async () => {
  expect(node.isAlive(node.processId)).toBe(true);
  expect(node.isAlive(process.ppid)).toBe(true);
  const { stdout } = await runModule("console.log(process.pid)");
  expect(node.isAlive(Number(stdout))).toBe(false);
});

test("memory and processors are positive numbers", () => {
  expect(node.cpuCount()).toBeGreaterThanOrEqual(1);
  expect(node.availableMemory()).toBeGreaterThan(0);
});

test("scratch storage has no name, even while it is open, and refuses to read beyond what was written", async () => {
  const folder = temporaryFolder();
  const scratch = await node.openScratch(folder);
  if (process.platform !== "win32") expect(readdirSync(folder)).toEqual([]);
  await scratch.write(bytes, 500);
  await expect(scratch.read(new Uint8Array(10), 1495)).rejects.toThrow("internal: scratch ended 5 bytes early at 1495");
  await scratch.close();
  expect(readdirSync(folder)).toEqual([]);
});

test("scratch storage of Node and of a page give back the same bytes", async () => {
  const write = fc.record({
    position: fc.nat({ max: 3 << 20 }),
    length: fc.nat({ max: 5000 }),
    value: fc.nat({ max: 255 }),
  });
  const end = 4 << 20;
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 10 }), async (writes) => {
      const [disk, memory] = [await node.openScratch(), await browser.openScratch()];
      const got = [disk, memory].map(() => new Uint8Array(end));
      for (const [k, scratch] of [disk, memory].entries()) {
        for (const { position, length, value } of writes)
          await scratch.write(new Uint8Array(length).fill(value), position);
        await scratch.write(new Uint8Array(1), end - 1);
        await scratch.read(got[k], 0);
        await scratch.close();
      }
      expect(Buffer.compare(got[0], got[1])).toBe(0);
    }),
    { numRuns: 20 },
  );
});

test("SHA-256 is that of FIPS 180-2's example, on both platforms", async () => {
  for (const { sha256 } of [node, browser]) {
    const hash = sha256();
    hash.update(Buffer.from("a"));
    hash.update(Buffer.from("bc"));
    expect(await hash.digest()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
});
