import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { lineEnd, notFound, reportField, tableField, tokenizeStatus } from "../../dist/kernels/twins/tokenizer.js";
import { codePointClasses } from "../../dist/words/code-points.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const text = 64;
const ids = 4096;
const report = 16384;
const table = 16448;
const slots = 20480;
const entries = 32768;
const names = 40960;
const classes = 65536;
const bytes = 20 * 65536;

/** A memory with text, the classes of code points, and an empty table for `capacity` words and `nameCapacity` bytes. */
function scene(content: Uint8Array, capacity = 256, nameCapacity = 4096): (all: Uint8Array) => void {
  return (all) => {
    all.set(content, text);
    all.set(codePointClasses(true), classes);
    const slotCount = 2 * 2 ** Math.ceil(Math.log2(capacity));
    all.fill(0, slots, slots + 8 * slotCount);
    const fields = new Uint32Array(all.buffer, table, 8).fill(0);
    fields[tableField.slots] = slots;
    fields[tableField.slotMask] = slotCount - 1;
    fields[tableField.entries] = entries;
    fields[tableField.entryCapacity] = capacity;
    fields[tableField.names] = names;
    fields[tableField.nameCapacity] = nameCapacity;
  };
}

function tokenized(content: Uint8Array, breakLines = 1, capacity = 256, nameCapacity = 4096, build = builds[0]) {
  const args = [text, content.length, ids, classes, breakLines, report, table];
  const all = expectSameBytes("tokenizer", "tokenize", args, {
    bytes,
    ...build,
    fill: scene(content, capacity, nameCapacity),
  });
  const fields = new Uint32Array(all.buffer, report, 8);
  const words = Array.from({ length: new Uint32Array(all.buffer, table, 8)[tableField.words] }, (_, id) => {
    const [start, length] = new Uint32Array(all.buffer, entries + 16 * id + 8, 2);
    return new TextDecoder().decode(all.slice(names + start, names + start + length));
  });
  const numbers = Array.from(new Uint32Array(all.buffer, ids, fields[reportField.ids]));
  return { fields, words, numbers, tokens: numbers.map((id) => (id === lineEnd ? "\n" : words[id])) };
}

const encode = (content: string) => new TextEncoder().encode(content);

describe.each(builds)("tokenize over $name", (build) => {
  test("P11 the kernel equals its twin for text of 0 to 257 bytes", () => {
    const line = encode("Der Fluß 42 über—die Brücke, 東京 nach\nmüde 𝔘nicode é ½ ");
    for (let length = 0; length <= 257; length++) {
      const content = Uint8Array.from({ length }, (_, k) => line[k % line.length]);
      tokenized(content, 1, 256, 4096, build);
    }
  });

  test("P11 the kernel equals its twin for any bytes and for tables that are full", () => {
    const piece = fc.oneof(
      fc.constantFrom("a", "b", "ab ", " ", "\n", "7", "é", "ß", "東", "𝔘", "\0").map(encode),
      fc.uint8Array({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 8 }),
        (pieces, breaks, room) => {
          const content = new Uint8Array(Buffer.concat(pieces));
          tokenized(content, breaks ? 1 : 0, room, 10 * room, build);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("words are numbered as they come, with line ends between them", () => {
  const { numbers, words, fields } = tokenized(encode("to be, or not\nto be"));
  expect(words).toEqual(["to", "be", "or", "not"]);
  expect(numbers).toEqual([0, 1, 2, 3, lineEnd, 0, 1]);
  expect([fields[reportField.tokens], fields[reportField.lines]]).toEqual([6, 1]);
});

test("tokens are the longest runs of letters and marks or of numbers, as regular expressions find them", () => {
  const content = "Élan vital — mp3’s don't x²: e\u0301tude, 東京2020年\tतक 𝔘𝔫𝔦 1,234.5 snake_case";
  expect(tokenized(encode(content)).tokens).toEqual(content.match(/[\p{L}\p{M}]+|\p{N}+/gu));
});

test("H4 the first invalid byte stops it, whatever is wrong with it", () => {
  const valid = encode("bon café ");
  const wrong = {
    "a lone continuation": [0x80],
    "an overlong slash": [0xc0, 0xaf],
    "an overlong form of three bytes": [0xe0, 0x80, 0xaf],
    "a surrogate": [0xed, 0xa0, 0x80],
    "more than U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
    "an end too early": [0xe6, 0x9d],
    "no UTF-8 byte": [0xff],
  };
  for (const [what, bytesOf] of Object.entries(wrong)) {
    const { fields } = tokenized(Uint8Array.from([...valid, ...bytesOf]));
    expect(fields[reportField.status], what).toBe(tokenizeStatus.invalidUtf8);
    expect(fields[reportField.consumed], what).toBe(valid.length);
  }
});

test("H14 tokens of more than 1,000 bytes are left out, counted, and the lines before the first are told", () => {
  const { tokens, fields } = tokenized(encode(`a\n${"x".repeat(1000)}\n${"é".repeat(501)} b ${"y".repeat(1001)}\nc`));
  expect(tokens).toEqual(["a", "\n", "x".repeat(1000), "\n", "b", "\n", "c"]);
  expect(fields[reportField.longTokens]).toBe(2);
  expect(fields[reportField.linesBeforeLong]).toBe(2);
});

test("a full table stops it at the first byte of the word that has no room", () => {
  const { fields, tokens } = tokenized(encode("one two one three two"), 1, 2);
  expect(fields[reportField.status]).toBe(tokenizeStatus.tableFull);
  expect(fields[reportField.consumed]).toBe("one two one ".length);
  expect(tokens).toEqual(["one", "two", "one"]);
});

test("intern counts known words, numbers new ones and refuses those without room", () => {
  const content = encode("appleapplepear");
  const memory = createMemory(bytes);
  scene(content, 1)(new Uint8Array(memory.buffer));
  const { intern } = instantiate("tokenizer", memory);
  expect(intern(table, text, 5, 2)).toBe(0);
  expect(intern(table, text + 5, 5, 3)).toBe(0);
  expect(intern(table, text + 10, 4, 1) >>> 0).toBe(notFound);
  expect(new Float64Array(memory.buffer, entries, 1)[0]).toBe(5);
  expectSameBytes("tokenizer", "intern", [table, text, 5, 2], { bytes, fill: scene(content) });
});

test("rehash finds every word again in the larger table", () => {
  for (const length of [0, 1, 2, 63, 64, 257]) {
    const numbered = Uint32Array.from({ length: 2 * length }, (_, k) =>
      k % 2 === 0 ? Math.imul(k, 0x9e3779b9) : (k >> 1) % 3,
    );
    expectSameBytes("tokenizer", "rehash", [8192, length, 16384, 1023], {
      fill: (all) => {
        new Uint32Array(all.buffer, 8192, 2 * length).set(numbered);
        all.fill(0, 16384, 16384 + 8 * 1024);
      },
    });
  }
});
