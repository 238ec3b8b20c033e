import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, isWellFormed, validUtf8Length } from "../../dist/io/utf8.js";

describe("validUtf8Length", () => {
  test("agrees with TextDecoder on what is valid", () => {
    const edges = fc.constantFrom(
      0,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xa0,
      0x9f,
      0xed,
      0xee,
      0xef,
      0xf0,
      0x90,
      0x8f,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(
        fc
          .uint8Array({ maxLength: 6 })
          .chain((some) => fc.array(edges, { maxLength: 5 }).map((more) => Uint8Array.from([...some, ...more]))),
        (bytes) => {
          let valid = true;
          try {
            decodeUtf8(bytes);
          } catch {
            valid = false;
          }
          const length = validUtf8Length(bytes);
          expect(length === bytes.length).toBe(valid);
          decodeUtf8(bytes.subarray(0, length));
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

test("isWellFormed finds halves of surrogate pairs", () => {
  expect(["", "a", "😀", "\ufeff\u0000"].every(isWellFormed)).toBe(true);
  expect(["\ud83d", "a\ude00", "\ude00\ud83d"].some(isWellFormed)).toBe(false);
});

test("decodeUtf8 keeps a byte order mark", () => {
  expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
});
