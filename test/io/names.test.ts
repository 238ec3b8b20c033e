import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Names } from "../../dist/io/names.js";

const awkward = [
  "",
  " ",
  "new york",
  "a\0b",
  "\uFEFFx",
  "x",
  "שלום",
  "👩‍👩‍👧",
  "é",
  "e\u0301",
  "__proto__",
  "constructor",
];

describe("Names", () => {
  test("numbers names in order and finds each by its bytes (F5)", () => {
    const names = Names.from(awkward);
    expect(names.length).toBe(awkward.length);
    expect([...names]).toEqual(awkward);
    awkward.forEach((name, row) => {
      expect(names.indexOf(name)).toBe(row);
      expect(names.get(row)).toBe(name);
    });
    expect(names.indexOf("X")).toBe(-1);
  });

  test("agrees with a Map over random names and look-ups (F5)", () => {
    const name = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.constantFrom(...awkward));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 300 }), fc.array(name), (list, others) => {
        const map = new Map<string, number>();
        const names = new Names();
        for (const one of list) {
          if (map.has(one)) expect(() => names.add(one)).toThrow(RangeError);
          else {
            expect(names.add(one)).toBe(map.size);
            map.set(one, map.size);
          }
        }
        expect([...names]).toEqual([...map.keys()]);
        for (const one of [...list, ...others]) expect(names.indexOf(one)).toBe(map.get(one) ?? -1);
      }),
      { numRuns: 300 },
    );
  });

  test("names the rows of a repeated name", () => {
    expect(() => Names.from(["a", "b", "a"], "load")).toThrow('load: row 2: the name "a" is that of row 0 already');
  });

  test("refuses half of a surrogate pair and says where; looking one up finds nothing (F5)", () => {
    expect(() => Names.from(["a", "\uD800"])).toThrow(/row 1: .*surrogate/);
    const names = Names.from(["\uFFFD"]);
    expect(names.indexOf("\uD800")).toBe(-1);
  });

  test("refuses what is no string, and rows that are not there", () => {
    expect(() => Names.from([1 as unknown as string])).toThrow(TypeError);
    expect(() => Names.from(["a"]).get(1)).toThrow("row must be an integer from 0 to 0, got 1");
    expect(() => Names.from(["a"]).get(-1)).toThrow(RangeError);
  });

  test("400,000 names take a few megabytes and are all found", () => {
    const names = new Names();
    for (let i = 0; i < 400_000; i++) names.add(`word${i}`);
    expect(names.bytes).toBeLessThan(14e6);
    for (let i = 0; i < 400_000; i += 997) expect(names.indexOf(`word${i}`)).toBe(i);
    expect(names.indexOf("word400000")).toBe(-1);
  });
});

test("bytes are interned as the names that they are in UTF-8, and refused where they are none", () => {
  const names = Names.from(["a", "\u00e9"]);
  const bytes = new TextEncoder().encode("xa\u00e9b\u{1f600}");
  expect([names.intern(bytes, 1, 2), names.intern(bytes, 2, 4), names.intern(bytes, 4, 5)]).toEqual([0, 1, 2]);
  expect(names.intern(bytes, 2, 3)).toBe(-1);
  expect(names.intern(bytes, 5, 9)).toBe(3);
  expect(names.intern(bytes, 0, 0)).toBe(4);
  expect([...names]).toEqual(["a", "\u00e9", "b", "\u{1f600}", ""]);
  for (let k = 0; k < 1000; k++) names.intern(new TextEncoder().encode(`n${k}`), 0, `n${k}`.length);
  expect(names.indexOf("n999")).toBe(1004);
});
