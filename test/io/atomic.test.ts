import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createAtomic, folderOf, writeAtomic } from "../../dist/io/atomic.js";
import { FileError, ResourceError } from "../../dist/io/errors.js";
import { runModule } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { atEveryFileCall, withFault } from "./failing-files.js";

/** Larger than the writer's buffer, so that several writes reach the device. */
const large = new Uint8Array(700_000).map((_, k) => k % 251);

test("C1 a file is written beside its target, synced, renamed, and its folder synced", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.txt");
  const { calls } = await withFault(null, () => writeAtomic(path, "new"));
  expect(calls.map(({ name }) => name).filter((name) => name !== "list" && name !== "info")).toEqual([
    "create",
    "file.write",
    "file.sync",
    "file.close",
    "rename",
    "syncFolder",
  ]);
  expect(calls.find(({ name }) => name === "create")?.path).toMatch(/a\.txt\.\d+-\d+\.tmp$/);
  expect(calls.at(-1)?.path).toBe(folder);
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(readdirSync(folder)).toEqual(["a.txt"]);
});

test("C1 the mode asked for is the file's mode from its creation", async () => {
  const path = join(temporaryFolder(), "token");
  const file = await createAtomic(path, 0o600);
  await file.write(new Uint8Array(3));
  for (const name of readdirSync(folderOf(path))) expect(statSync(join(folderOf(path), name)).mode & 0o777).toBe(0o600);
  await file.commit();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the old file stays until commit, and stays for good after discard", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  await writeAtomic(path, "old");
  const file = await createAtomic(path);
  await file.write(large);
  expect(readFileSync(path, "utf8")).toBe("old");
  await file.discard();
  await file.discard();
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("discard after commit has no effect", async () => {
  const path = join(temporaryFolder(), "a");
  const file = await createAtomic(path);
  await file.write(large);
  expect(file.length).toBe(large.length);
  await file.commit();
  await file.discard();
  expect(readFileSync(path)).toEqual(Buffer.from(large));
});

test("pieces of any size join to the whole, and writeAt replaces bytes", async () => {
  const path = join(temporaryFolder(), "a");
  const piece = fc.oneof(fc.nat({ max: 10 }), fc.integer({ min: 260_000, max: 264_000 }), fc.constant(600_000));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.uint8Array({ maxLength: 9 }), async (lengths, patch) => {
      const file = await createAtomic(path);
      const parts: Uint8Array[] = [];
      for (const [k, length] of lengths.entries()) {
        const part = new Uint8Array(length).fill(k + 1);
        await file.write(part);
        parts.push(Uint8Array.from(part));
        part.fill(0); // bytes may be reused after the write
      }
      const whole = Buffer.concat(parts);
      expect(file.length).toBe(whole.length);
      const position = Math.max(0, whole.length - 20);
      if (patch.length + position <= whole.length) {
        await file.writeAt(patch, position);
        whole.set(patch, position);
      }
      await file.commit();
      expect(readFileSync(path).equals(whole)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("C5 whatever call fails, the old file or the new one is there whole, nothing is left over, and the error says why", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "vectors.txt");
  const calls = await atEveryFileCall({
    prepare: () => writeAtomic(path, "old"),
    work: async () => {
      const file = await createAtomic(path);
      await file.write(large.subarray(0, 100));
      await file.write(large);
      await file.writeAt(new Uint8Array([9]), 0);
      await file.commit();
    },
    check: ({ fault, call, error }) => {
      expect(readdirSync(folder)).toEqual(["vectors.txt"]);
      const got = readFileSync(path);
      const renamed = call.name === "syncFolder" || error === null;
      expect(got.length).toBe(renamed ? large.length + 100 : 3);
      if (error === null) {
        expect(["info", "list"]).toContain(call.name); // looking for leftovers may fail without harm
        return;
      }
      expect(error.message).toMatch(/^\S*vectors\.txt: /);
      expect((error.cause as { code?: string }).code).toBe(fault.code);
      const full = fault.code === "ENOSPC" || fault.code === "EDQUOT";
      expect(error).toBeInstanceOf(full ? ResourceError : FileError);
      if (full && call.name === "file.write")
        expect(error.message).toMatch(/no space left on the device, at least \d+ bytes are needed/);
    },
  });
  expect(calls).toBeGreaterThanOrEqual(9);
});

test("C5 a full device's message counts the bytes that could not be written", async () => {
  const path = join(temporaryFolder(), "a");
  const { calls } = await withFault(null, () => writeAtomic(path, large));
  const at = calls.findIndex(({ name }) => name === "file.write") + 1;
  await expect(withFault({ at, code: "ENOSPC", lasting: true }, () => writeAtomic(path, large))).rejects.toThrow(
    `${path}: no space left on the device, at least 700000 bytes are needed`,
  );
});

test("C5 for real: on a file system of 1 MB the old file stays and nothing is left over", async ({ skip }) => {
  const folder = temporaryFolder();
  if (process.getuid?.() !== 0) skip("mounting a file system of 1 MB takes root");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    skip("this machine does not let root mount a tmpfs");
  }
  const unmount = () => execFileSync("umount", [folder]);
  try {
    const path = join(folder, "a");
    await writeAtomic(path, large.subarray(0, 300_000));
    const error = await writeAtomic(path, new Uint8Array(2_000_000)).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(ResourceError);
    expect((error as Error).message).toBe(`${path}: no space left on the device, at least 2000000 bytes are needed`);
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(path)).toEqual(Buffer.from(large.subarray(0, 300_000)));
    await writeAtomic(path, large.subarray(0, 400_000)); // there is room for this one
    expect(statSync(path).size).toBe(400_000);
  } finally {
    unmount();
  }
});

test("C5 a device, pipe or folder is refused as a target and stays what it is", async ({ skip }) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "folder"));
  await expect(writeAtomic(join(folder, "folder"), "x")).rejects.toThrow(/a file was to be written, this is a folder$/);
  if (process.platform === "win32") skip("this system has neither pipes nor devices among its files");
  execFileSync("mkfifo", [join(folder, "pipe")]);
  await expect(writeAtomic(join(folder, "pipe"), "x")).rejects.toThrow(/this is a device, pipe or socket$/);
  symlinkSync("/dev/full", join(folder, "full"));
  await expect(writeAtomic(join(folder, "full"), "x")).rejects.toThrow(/this is a device, pipe or socket$/);
  expect(readdirSync(folder)).toEqual(["folder", "full", "pipe"]);
});

test("C2 what a killed run left is removed by the next write; the files of living processes and of others stay", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  const { stdout } = await runModule(`
    import { createAtomic } from "./dist/io/atomic.js";
    const file = await createAtomic(${JSON.stringify(path)});
    await file.write(new Uint8Array(400_000));
    console.log(process.pid);
    process.kill(process.pid, "SIGKILL");`);
  expect(readdirSync(folder)).toEqual([`a.${stdout.trim()}-0.tmp`]);
  const kept = [`a.${process.ppid}-0.tmp`, "a.tmp", "a.x-0.tmp", `b.${stdout.trim()}-0.tmp`, "a.txt"];
  for (const name of kept) writeFileSync(join(folder, name), "");
  const other = await createAtomic(path); // a second writer of this process
  await writeAtomic(path, "new");
  expect(readdirSync(folder).filter((name) => !name.startsWith(`a.${process.pid}-`))).toEqual(["a", ...kept].sort());
  await other.write(new Uint8Array([65]));
  await other.commit();
  expect(readFileSync(path, "utf8")).toBe("A");
});

test("C2 what a killed run of the same process number left is removed and not in the way", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  for (let k = 0; k < 300; k++) writeFileSync(`${path}.${process.pid}-${k}.tmp`, "");
  await writeAtomic(path, "new");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test.each(["ü".repeat(127), "a".repeat(255), "😀".repeat(63), "we\\ird", " -x", "a\nb"])(
  "L7 a name such as %j is written like any other",
  async (name) => {
    if (process.platform === "win32") return;
    const folder = temporaryFolder();
    await writeAtomic(join(folder, name), "new");
    expect(readdirSync(folder)).toEqual([name]);
  },
);

test("a relative path without a folder is written to the current folder", async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await runModule(
    `const { writeAtomic } = await import(${JSON.stringify(new URL("../../dist/io/atomic.js", import.meta.url).href)});
     await writeAtomic("a", "new");`,
    { cwd: folder },
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("C5 a folder that is missing is named", async () => {
  const path = join(temporaryFolder(), "missing", "a");
  await expect(writeAtomic(path, "x")).rejects.toThrow(`${path}: no such file or folder`);
});
