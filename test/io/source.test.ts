import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileError, FormatError } from "../../dist/io/errors.js";
import {
  type ByteStream,
  memorySource,
  memoryStream,
  openSource,
  openStream,
  pieceBytes,
  pieces,
  readExactly,
} from "../../dist/io/source.js";
import { runModule } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { atEveryFileCall } from "./failing-files.js";

async function contentOf(stream: ByteStream | AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.slice());
  return Buffer.concat(parts);
}

/** A file of a folder of its own. */
function fileOf(bytes: Uint8Array, name = "a"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

const random = new Uint8Array(3 * pieceBytes + 17).map((_, k) => (k * k) >>> 5);
const text = Buffer.from("one two three\n".repeat(1000));

test("a file is read at any position, and 0 bytes are read at its end", async () => {
  const source = await openSource(fileOf(random));
  expect(source.size).toBe(random.length);
  const into = new Uint8Array(100);
  expect(await source.read(into, 12345)).toBe(100);
  expect(into).toEqual(random.subarray(12345, 12445));
  expect(await source.read(into, random.length - 30)).toBe(30);
  expect(await source.read(into, random.length)).toBe(0);
  expect((await contentOf(pieces(source))).equals(random)).toBe(true);
  await source.close();
});

test("memory reads like a file of the same bytes", async () => {
  const path = fileOf(random.subarray(0, 1000));
  const [file, memory] = [await openSource(path), memorySource(random.subarray(0, 1000))];
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 1100 }), fc.nat({ max: 1100 }), async (position, length) => {
      const [a, b] = [new Uint8Array(length), new Uint8Array(length)];
      expect(await file.read(a, position)).toBe(await memory.read(b, position));
      expect(a).toEqual(b);
    }),
    { numRuns: 200 },
  );
  await file.close();
});

test("readExactly gives all bytes, or says where the file ends and how many were needed", async () => {
  const source = memorySource(random.subarray(0, 10), "v.bin");
  expect(await readExactly(source, 3, 7)).toEqual(random.slice(3, 10));
  expect(await readExactly(source, 10, 0)).toHaveLength(0);
  const error = await readExactly(source, 3, 8).catch((reason) => reason);
  expect(error).toBeInstanceOf(FormatError);
  expect(error).toMatchObject({
    code: "truncated",
    place: { file: "v.bin", offset: 10 },
    message: "v.bin byte 10: the file ends here, 11 bytes were needed",
  });
});

test("H13 a file that became shorter since it was opened is told from one that was too short", async () => {
  const path = fileOf(random.subarray(0, 100));
  const source = await openSource(path);
  truncateSync(path, 40);
  await expect(readExactly(source, 30, 20)).rejects.toThrow(
    `${path} byte 40: the file became shorter while it was read`,
  );
  await source.close();
});

const empty = Buffer.alloc(0);
const members = Buffer.concat([gzipSync(text.subarray(0, 100)), gzipSync(""), gzipSync(text.subarray(100))]);

test.each([
  ["text", text, text, false],
  ["nothing", empty, empty, false],
  ["one byte", Buffer.from([0x1f]), Buffer.from([0x1f]), false],
  ["gzip", gzipSync(text), text, true],
  ["gzip of nothing", gzipSync(""), empty, true],
  ["several gzip members", members, text, true],
])("a stream of %s is recognized by its bytes, whatever the name", async (_what, bytes, content, compressed) => {
  for (const name of ["a.txt", "a.gz"]) {
    const stream = await openStream(fileOf(bytes, name));
    expect(stream.compressed).toBe(compressed);
    expect(stream.size).toBe(bytes.length);
    expect((await contentOf(stream)).equals(content)).toBe(true);
  }
});

test("a large file comes in pieces that join to the whole, packed or not", async () => {
  expect((await contentOf(await openStream(fileOf(random)))).equals(random)).toBe(true);
  expect((await contentOf(await openStream(fileOf(gzipSync(random))))).equals(random)).toBe(true);
});

test("F2 a gzip file that is cut anywhere is refused by name as truncated", async () => {
  const whole = gzipSync(text);
  const path = fileOf(whole);
  for (let length = 2; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const error = await contentOf(await openStream(path)).catch((reason) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ code: "truncated", place: { file: path } });
    expect(error.message).toMatch(/: the gzip stream is damaged or cut short \(/);
  }
});

test("F2 a gzip file with a flipped bit is read or refused as damaged, never anything else", async () => {
  const whole = gzipSync(text);
  const path = fileOf(whole);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 16, max: 8 * whole.length - 1 }), async (bit) => {
      const bytes = Uint8Array.from(whole);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(path, bytes);
      const outcome = await contentOf(await openStream(path)).catch((reason) => reason);
      if (outcome instanceof Buffer)
        expect(outcome.equals(text)).toBe(true); // in the header's time, name or system
      else expect(outcome).toBeInstanceOf(FormatError);
    }),
    { numRuns: 200 },
  );
});

test("F2 a gzip file with a wrong checksum says that it is damaged", async () => {
  const whole = gzipSync(text);
  whole[whole.length - 8] ^= 1;
  const path = fileOf(whole);
  const error = await contentOf(await openStream(path)).catch((reason) => reason);
  expect(error).toMatchObject({
    code: "checksum",
    message: `${path}: the gzip stream is damaged (incorrect data check)`,
  });
});

test("H13 a folder, a pipe and a device are refused by their kind", async ({ skip }) => {
  const folder = temporaryFolder();
  await expect(openStream(folder)).rejects.toThrow(new FileError(`${folder}: a file was needed, this is a folder`));
  if (process.platform === "win32") skip("this system has neither pipes nor devices among its files");
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const path of [pipe, "/dev/zero"]) {
    await expect(openSource(path)).rejects.toThrow(`${path}: a file was needed, this is a device, pipe or socket`);
  }
});

test("a missing file is named in one line", async () => {
  const path = join(temporaryFolder(), "missing.txt");
  const error = await openStream(path).catch((reason) => reason);
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toBe(`${path}: no such file or folder`);
});

test("C5 whatever call fails while reading, the error names the file and the reason", async () => {
  const path = fileOf(random);
  const calls = await atEveryFileCall({
    codes: ["EIO", "EMFILE", "EACCES"],
    work: async () => contentOf(await openStream(path)),
    check: ({ error }) => {
      expect(error).toBeInstanceOf(FileError);
      expect(error?.message.startsWith(`${path}: `)).toBe(true);
    },
  });
  expect(calls).toBeGreaterThanOrEqual(7);
});

test.runIf(process.platform === "linux")(
  "a stream that is left early, damaged or read to its end closes its file",
  async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const paths = [fileOf(random), fileOf(gzipSync(random)), fileOf(gzipSync(random).subarray(0, 5000))];
    const before = open();
    for (const path of paths) {
      for await (const _ of await openStream(path)) break;
      await contentOf(await openStream(path)).catch(() => undefined);
    }
    await expect.poll(open).toBe(before);
  },
);

test("a stream of memory comes in pieces of the length asked for", async () => {
  const lengths: number[] = [];
  for await (const piece of memoryStream(random.subarray(0, 10), "<test>", 4)) lengths.push(piece.length);
  expect(lengths).toEqual([4, 4, 2]);
  expect(await contentOf(memoryStream(new Uint8Array(0)))).toHaveLength(0);
});

/** Prints length and SHA-256 of standard input as our stream delivers it. */
const reader = `
  import { createHash } from "node:crypto";
  import { openStream } from "./dist/io/source.js";
  const stream = await openStream("-");
  const hash = createHash("sha256");
  let length = 0;
  try {
    for await (const piece of stream) { hash.update(piece); length += piece.length; }
    console.log(stream.name, stream.size, length, hash.digest("hex"));
  } catch (error) {
    console.log(error.name, error.message);
  }`;

test.each([
  ["text", random, random.length],
  ["gzip", gzipSync(random), random.length],
  ["several gzip members", Buffer.concat([gzipSync(random), gzipSync(text)]), random.length + text.length],
  ["nothing", new Uint8Array(0), 0],
  ["one byte", new Uint8Array([0x1f]), 1],
])("L4 standard input with %s is read as -", async (_what, input, length) => {
  const { stdout, stderr } = await runModule(reader, { input });
  expect(stderr).toBe("");
  expect(stdout).toMatch(new RegExp(`^<stdin> undefined ${length} `));
});

test("L4 damaged gzip on standard input is refused as <stdin>", async () => {
  const { stdout } = await runModule(reader, { input: gzipSync(random).subarray(0, 5000) });
  expect(stdout).toBe("FormatError <stdin>: the gzip stream is damaged or cut short (unexpected end of file)\n");
});

test.runIf(process.platform !== "win32")(
  "L4 gzip is recognized although the pipe delivers its first byte alone",
  async () => {
    const path = fileOf(gzipSync(text));
    appendFileSync(path, gzipSync(text));
    const command = `(head -c 1 "$1"; sleep 0.2; tail -c +2 "$1") | "$2" --input-type=module --eval "$3"`;
    const out = execFileSync("sh", ["-c", command, "sh", path, process.execPath, reader], { encoding: "utf8" });
    expect(out).toMatch(new RegExp(`^<stdin> undefined ${2 * text.length} `));
  },
);
