import { describe, expect, test } from "vitest";
import { snappyDecompress } from "../../dist/formats/snappy.js";
import { utf8 } from "./rows.js";

describe("snappyDecompress", () => {
  test("unpacks literals and copies, worked by hand from the format's description", () => {
    // length 11, literal "abcd", copy of 6 from 4 back (two-byte offset), literal "!"
    const block = [11, 3 << 2, ...utf8("abcd"), (5 << 2) | 2, 4, 0, 0 << 2, 0x21];
    expect(new TextDecoder().decode(snappyDecompress(Uint8Array.from(block), 11))).toBe("abcdabcdab!");
    // a copy of 5 from 1 back (one-byte offset) repeats a byte
    expect(new TextDecoder().decode(snappyDecompress(Uint8Array.of(6, 0, 0x7a, (1 << 2) | 1, 1), 6))).toBe("zzzzzz");
    // a literal whose length takes a byte of its own
    const long = new Uint8Array(100).fill(7);
    expect(snappyDecompress(Uint8Array.of(100, 60 << 2, 99, ...long), 100)).toEqual(long);
    expect(snappyDecompress(Uint8Array.of(0), 0)).toHaveLength(0);
  });

  test("H9: refuses lengths that lie, copies from nowhere and cut blocks", () => {
    const bad: [number[], number][] = [
      [[], 0],
      [[5], 5],
      [[4, 0, 97], 5],
      [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 5],
      [[4, (5 << 2) | 2, 4, 0], 4],
      [[4, 0, 97, (1 << 2) | 1, 0], 4],
      [[4, 63 << 2, 0xff, 0xff, 0xff, 0xff], 4],
      [[4, 0, 97, (63 << 2) | 3, 1, 0, 0, 0], 4],
    ];
    for (const [block, length] of bad)
      expect(() => snappyDecompress(Uint8Array.from(block), length), `${block}`).toThrow(RangeError);
  });
});
