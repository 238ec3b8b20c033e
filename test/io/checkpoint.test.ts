import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type Checkpoint, Checkpoints } from "../../dist/io/checkpoint.js";
import { FileError, FormatError, ResourceError } from "../../dist/io/errors.js";
import { memorySource } from "../../dist/io/source.js";
import { Rng } from "../../dist/numerics/random.js";
import { files } from "../../dist/platform/node.js";
import { temporaryFolder } from "../temporary-folder.js";
import { atEveryFileCall } from "./failing-files.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Payloads of checkpoint number n, recognized by any of their bytes. */
const payload = (n: number, length = 5000) => Uint8Array.from({ length }, (_, k) => (n * 17 + k * 31) % 256);

async function* inPieces(bytes: Uint8Array, length = 777) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function save(checkpoints: Checkpoints, n: number, length?: number): Promise<void> {
  const bytes = payload(n, length);
  await checkpoints.save({ n, text: "é \u0000 😀" }, bytes.length, inPieces(bytes));
}

/** The number of a checkpoint whose state and payload are those of its number; closes it. */
async function numberOf(checkpoint: Checkpoint | null): Promise<number | null> {
  if (checkpoint === null) return null;
  const { n } = checkpoint.state as { n: number };
  const bytes = new Uint8Array(checkpoint.bytes);
  try {
    await checkpoint.read(bytes.subarray(0, 1000));
    await checkpoint.read(bytes.subarray(1000));
  } finally {
    await checkpoint.close();
  }
  expect(checkpoint.state).toEqual({ n, text: "é \u0000 😀" });
  expect(Buffer.compare(bytes, payload(n, bytes.length))).toBe(0);
  return n;
}

/** A folder that holds checkpoints 1 .. count, the last two of them still. */
async function folderWith(count: number): Promise<string> {
  const folder = join(temporaryFolder(), "checkpoints");
  const checkpoints = new Checkpoints(folder);
  for (let n = 1; n <= count; n++) await save(checkpoints, n);
  return folder;
}

test("a folder without checkpoints, or none at all, has none to open", async () => {
  const folder = temporaryFolder();
  expect(await new Checkpoints(folder).open()).toBeNull();
  expect(await new Checkpoints(join(folder, "missing")).open()).toBeNull();
});

test.each([1, 2, 3, 4, 5])(
  "C4 after %d checkpoints the last is opened, and two slots are kept at most",
  async (count) => {
    const folder = await folderWith(count);
    expect(readdirSync(folder)).toEqual(count === 1 ? ["slot-0"] : ["slot-0", "slot-1"]);
    const notes: string[] = [];
    expect(await numberOf(await new Checkpoints(folder).open((note) => notes.push(note)))).toBe(count);
    expect(notes).toEqual([]);
  },
);

test("C4 a task that was resumed writes over the older slot", async () => {
  const folder = await folderWith(4);
  for (const n of [5, 6, 7]) {
    const checkpoints = new Checkpoints(folder);
    expect(await numberOf(await checkpoints.open())).toBe(n - 1);
    await save(checkpoints, n);
  }
  rmSync(join(folder, "slot-0")); // of checkpoint 7: the first went to slot 0
  expect(await numberOf(await new Checkpoints(folder).open())).toBe(6);
});

test("C4 a task that starts anew replaces the checkpoints of an older one with its first", async () => {
  const folder = await folderWith(5);
  await save(new Checkpoints(folder), 50);
  expect(await numberOf(await new Checkpoints(folder).open())).toBe(50);
});

test("C4 the newer slot damaged, the older is opened and a note says so; the next goes to the damaged slot", async () => {
  const folder = await folderWith(4); // number 4 is in slot 1
  const newer = join(folder, "slot-1");
  const bytes = readFileSync(newer);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(newer, bytes);
  const notes: string[] = [];
  const checkpoints = new Checkpoints(folder);
  expect(await numberOf(await checkpoints.open((note) => notes.push(note)))).toBe(3);
  expect(notes).toEqual([`${newer}: the checkpoint is damaged or cut short; going on from ${join(folder, "slot-0")}`]);
  await save(checkpoints, 9);
  expect(await numberOf(await new Checkpoints(folder).open())).toBe(9);
  rmSync(newer);
  expect(await numberOf(await new Checkpoints(folder).open())).toBe(3);
});

test("C4 both slots damaged, the error names both and the way out", async () => {
  const folder = await folderWith(2);
  for (const slot of ["slot-0", "slot-1"]) writeFileSync(join(folder, slot), "t2v-ckp1");
  const error = await new Checkpoints(folder).open().catch((reason: Error) => reason);
  expect(error).toBeInstanceOf(FormatError);
  expect(error).toMatchObject({ code: "truncated", place: { file: folder } });
  expect((error as Error).message).toMatch(/slot-0.*slot-1.*; start anew without resume$/);
});

/** One of the ways in which storage and strangers change bytes. */
function mutate(bytes: Uint8Array, other: Uint8Array, rng: Rng): Uint8Array {
  const copy = bytes.slice();
  const at = rng.below(rng.below(2) === 0 ? 200 : copy.length); // the header is short and has most to break
  switch (rng.below(7)) {
    case 0:
      copy[at] ^= 1 << rng.below(8);
      return copy;
    case 1:
      return copy.subarray(0, at);
    case 2:
      return Uint8Array.from([...copy, ...copy.subarray(0, at + 1)]);
    case 3:
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1)]);
    case 4: // two files spliced
      copy.set(other.subarray(at, at + 300), at);
      return copy;
    case 5: // a length: of the header, or anything else
      new DataView(copy.buffer).setUint32(
        rng.below(2) === 0 ? 8 : Math.min(at, copy.length - 4),
        [0, 1, 2 ** 24, 2 ** 31, 2 ** 32 - 1][rng.below(5)],
        true,
      );
      return copy;
    default:
      copy.fill(rng.below(256), at, at + rng.below(500));
      return copy;
  }
}

test("C4 of 5,000 mutated checkpoints none crashes and none is taken for what it is not", async () => {
  const folder = await folderWith(2);
  const slots = ["slot-0", "slot-1"].map((slot) => join(folder, slot));
  const whole = slots.map((slot) => new Uint8Array(readFileSync(slot)));
  const rng = new Rng(1);
  const outcomes = { newer: 0, older: 0, refused: 0 };
  const stored = new Map<string, Uint8Array>(); // in place of 20,000 calls of the file system
  vi.spyOn(files, "info").mockImplementation(async (path) => ({
    kind: "file",
    size: stored.get(path)?.length ?? 0,
    modified: 0,
  }));
  vi.spyOn(files, "open").mockImplementation(async (path) => memorySource(stored.get(path) ?? new Uint8Array()));
  for (let round = 0; round < 5000; round++) {
    const both = rng.below(3) === 0;
    stored.set(slots[0], both ? mutate(whole[0], whole[1], rng) : whole[0]);
    stored.set(slots[1], mutate(whole[1], whole[0], rng));
    try {
      const n = await numberOf(await new Checkpoints(folder).open()); // checks state and payload
      expect(n).not.toBeNull();
      outcomes[n === 2 ? "newer" : "older"]++;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      expect(both).toBe(true);
      outcomes.refused++;
    }
  }
  // a mutation may leave the bytes as they were, or put the other file in place
  expect(outcomes.newer).toBeLessThan(200);
  expect(outcomes.older).toBeGreaterThan(3000);
  expect(outcomes.refused).toBeGreaterThan(1000);
});

test("C4 a checkpoint cut at any byte, or longer, is refused", async () => {
  const folder = temporaryFolder();
  await save(new Checkpoints(folder), 1, 20);
  const slot = join(folder, "slot-0");
  const bytes = readFileSync(slot);
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(slot, bytes.subarray(0, length));
    await expect(new Checkpoints(folder).open()).rejects.toThrow(FormatError);
  }
  writeFileSync(slot, Buffer.concat([bytes, Buffer.of(0)]));
  await expect(new Checkpoints(folder).open()).rejects.toThrow("the checkpoint is damaged or cut short");
});

test("another file in a slot's place is refused, and a header longer than 16 MiB before it is read", async () => {
  const folder = temporaryFolder();
  const slot = join(folder, "slot-0");
  writeFileSync(slot, "PK\u0003\u0004 is a zip file");
  await expect(new Checkpoints(folder).open()).rejects.toThrow(`${slot} byte 0: this is no checkpoint of this package`);
  const bytes = Buffer.from("t2v-ckp1....and little more");
  bytes.writeUInt32LE(2 ** 24 + 1, 8);
  writeFileSync(slot, bytes);
  await expect(new Checkpoints(folder).open()).rejects.toThrow(
    `${slot} byte 8: a header of 16777217 bytes is too long`,
  );
});

test("a slot that cannot be read is an error, not a missing checkpoint", async () => {
  const folder = await folderWith(1);
  mkdirSync(join(folder, "slot-1"));
  await expect(new Checkpoints(folder).open()).rejects.toThrow(FileError);
});

test("a payload of another length than was said leaves the older checkpoints as they were", async () => {
  const folder = await folderWith(2);
  const checkpoints = new Checkpoints(folder);
  await (await checkpoints.open())?.close();
  for (const length of [4999, 5001]) {
    await expect(checkpoints.save({}, length, inPieces(payload(3)))).rejects.toThrow(
      `internal: a checkpoint's payload of ${length} bytes has 5000`,
    );
  }
  const broken = async function* () {
    yield payload(3);
    throw new Error("no more");
  };
  await expect(checkpoints.save({}, 9000, broken())).rejects.toThrow("no more");
  expect(readdirSync(folder)).toEqual(["slot-0", "slot-1"]);
  expect(await numberOf(await new Checkpoints(folder).open())).toBe(2);
});

test("a payload is read to its end and not beyond", async () => {
  const folder = await folderWith(1);
  const checkpoint = await new Checkpoints(folder).open();
  await checkpoint?.read(new Uint8Array(4990));
  await expect(checkpoint?.read(new Uint8Array(11))).rejects.toThrow(
    "internal: a checkpoint is read beyond its payload",
  );
  await checkpoint?.read(new Uint8Array(10));
  await checkpoint?.close();
});

test("an empty payload is a checkpoint too", async () => {
  const folder = temporaryFolder();
  await save(new Checkpoints(folder), 4, 0);
  const checkpoint = await new Checkpoints(folder).open();
  expect(checkpoint).toMatchObject({ state: { n: 4 }, bytes: 0 });
  await checkpoint?.close();
});

test("C5 whatever call fails while saving, the older checkpoint is there and the error tells why", async () => {
  const written = await folderWith(2);
  const folder = join(temporaryFolder(), "checkpoints");
  let checkpoints: Checkpoints;
  const calls = await atEveryFileCall({
    prepare: async () => {
      rmSync(folder, { recursive: true, force: true });
      cpSync(written, folder, { recursive: true });
      checkpoints = new Checkpoints(folder);
      await (await checkpoints.open())?.close();
    },
    work: () => save(checkpoints, 3, 300_000),
    check: async ({ error, fault }) => {
      const n = await numberOf(await new Checkpoints(folder).open());
      if (error === null) expect(n).toBe(3);
      else {
        expect([2, 3]).toContain(n); // 3 where only the sync of the folder failed
        const full = fault.code === "ENOSPC" || fault.code === "EDQUOT";
        expect(error).toBeInstanceOf(full ? ResourceError : FileError);
      }
    },
  });
  expect(calls).toBeGreaterThan(6);
});

test("C5 whatever call fails while opening, nothing but what was written comes out, and no file stays open", async () => {
  const folder = await folderWith(2);
  const openFiles = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
  const before = openFiles();
  await atEveryFileCall({
    work: async () => {
      expect(await numberOf(await new Checkpoints(folder).open())).toBe(2);
    },
    check: ({ error, fault }) => {
      if (error === null) return;
      const full = fault.code === "ENOSPC" || fault.code === "EDQUOT"; // no such thing happens when reading, but still
      expect(error).toBeInstanceOf(full ? ResourceError : FileError);
    },
  });
  expect(openFiles()).toBe(before);
});
