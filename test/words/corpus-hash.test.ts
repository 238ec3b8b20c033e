import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findTexts } from "../../dist/words/corpus.js";
import { CorpusHash, hashCorpus } from "../../dist/words/corpus-hash.js";
import { temporaryFolder } from "../temporary-folder.js";

/** The hash of texts that come in pieces. */
async function hashOf(texts: readonly (readonly Uint8Array[])[]): Promise<string> {
  const hash = new CorpusHash();
  for (const pieces of texts) {
    for (const piece of pieces) hash.update(piece);
    hash.endText();
  }
  return hash.digest();
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("it is the SHA-256 of each text and its length as f64, big-endian", async () => {
  const length = Buffer.alloc(8);
  length.writeDoubleBE(3);
  const expected = createHash("sha256").update("abc").update(length).digest("hex");
  expect(await hashOf([[bytes("abc")]])).toBe(expected);
});

test("the pieces in which a text comes do not matter, where texts end does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1 }), async (pieces) => {
      const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
      expect(await hashOf([pieces])).toBe(await hashOf([[whole]]));
      if (pieces.length > 1) expect(await hashOf(pieces.map((piece) => [piece]))).not.toBe(await hashOf([pieces]));
    }),
    { numRuns: 100 },
  );
  expect(await hashOf([[bytes("ab")], [bytes("c")]])).not.toBe(await hashOf([[bytes("a")], [bytes("bc")]]));
  expect(await hashOf([])).not.toBe(await hashOf([[]]));
});

test("files hash alike under any name and packed or not; another order is another corpus", async () => {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);
  await writeFile(path("a.txt"), "one two");
  await writeFile(path("b.txt"), "three");
  await writeFile(path("c.txt.gz"), gzipSync("one two"));
  const hash = async (...names: string[]) => hashCorpus(await findTexts(names.map(path)));
  expect(await hash("c.txt.gz", "b.txt")).toBe(await hash("a.txt", "b.txt"));
  expect(await hash("b.txt", "a.txt")).not.toBe(await hash("a.txt", "b.txt"));
});

test("an aborted hash rejects with the signal's reason", async () => {
  const reason = new Error("stopped");
  await expect(hashCorpus(await findTexts({ texts: ["a"] }), AbortSignal.abort(reason))).rejects.toBe(reason);
});
