import { describe, expect, test } from "vitest";
import { checkThrift, countOf } from "../../dist/formats/parquet-pages.js";

const check = (...bytes: number[]) => checkThrift(Uint8Array.from(bytes), 0);

describe("checkThrift", () => {
  test("returns the offset after a struct of the compact protocol", () => {
    expect(check(0)).toBe(1);
    expect(check(0x15, 2, 0, 99)).toBe(3); // field 1, i32 of a byte
    expect(check(0x05, 2, 8, 0)).toBe(4); // a field number of its own
    expect(check(0x11, 0x12, 0)).toBe(3); // booleans are in the type
    expect(check(0x18, 2, 97, 98, 0)).toBe(5); // two bytes of text
    expect(check(0x19, 0x25, 2, 4, 0)).toBe(5); // a list of two i32
    expect(check(0x1c, 0x15, 2, 0, 0)).toBe(5); // a struct
    expect(check(0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0)).toBe(10); // a double
  });

  test("H9: refuses what is cut, too long, too deep or unknown", () => {
    for (const bytes of [[], [0x15], [0x15, 0x80], [0x15, 2], [0x18, 2, 97], [0x17, 1, 0], [0x19], [0x1d, 0]]) {
      expect(() => check(...bytes), `${bytes}`).toThrow(RangeError);
    }
    expect(() => check(0x16, ...Array(11).fill(0xff), 0)).toThrow(/more than 10 bytes/);
    expect(() => check(0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0)).toThrow(/longer than its file/);
    expect(() => check(...Array(100_000).fill(0x1c))).toThrow(/nested deeper/);
    expect(() => check(...Array(100_000).fill(0x19))).toThrow(RangeError);
  });

  test("H9: refuses statistics whose decoding would take long", () => {
    const text = [0x18, 0xff, 0xff, 0x03, ...Array(65535).fill(1)];
    const nested = (depth: number) => [...Array(depth).fill(0x1c), ...text, ...Array(depth + 1).fill(0)];
    expect(check(...nested(2))).toBe(nested(2).length);
    expect(() => check(...nested(6))).toThrow(/a statistic of 65535 bytes/);
  });
});

test("countOf takes counts as thrift delivers them, and nothing else", () => {
  expect([countOf(3, "n"), countOf(2n ** 52n, "n")]).toEqual([3, 2 ** 52]);
  for (const wrong of [-1, -1n, 1.5, 2n ** 53n, undefined, true, "3"])
    expect(() => countOf(wrong, "n")).toThrow(/n must be a count/);
});
