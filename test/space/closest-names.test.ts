import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Names } from "../../dist/io/names.js";
import { closestNames } from "../../dist/space/closest-names.js";
import { editDistance } from "../../dist/space/edit-distance.js";

describe("closestNames", () => {
  test("finds the name behind a slip, nearest first", () => {
    const names = Names.from(["london", "paris", "parish", "harris", "berlin"]);
    expect(closestNames(names, "pariss")).toEqual(["paris", "parish"]);
    expect(closestNames(names, "prais", 1)).toEqual(["paris"]);
    expect(closestNames(names, "zzzzzz")).toEqual([]);
  });

  test("letter case and diacritics do not count, either way", () => {
    const names = Names.from(["São Paulo", "Ærø", "ISTANBUL", "sao tome", "한국어"]);
    expect(closestNames(names, "sao paulo", 1)).toEqual(["São Paulo"]);
    expect(closestNames(names, "İstanbul", 1)).toEqual(["ISTANBUL"]);
    expect(closestNames(names, "한국아", 1)).toEqual(["한국어"]);
    expect(closestNames(names, "Sáo Tomé", 1)).toEqual(["sao tome"]);
  });

  test("finds all that comparing every name finds", () => {
    const name = fc.string({ unit: fc.constantFrom(..."abcAB é👍"), maxLength: 9 });
    const fold = (text: string) =>
      Array.from(text.replaceAll("é", "e").toLowerCase(), (letter) => letter.codePointAt(0) ?? 0);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), name, (list, sought) => {
        const wanted = fold(sought);
        const limit = wanted.length <= 3 ? 1 : wanted.length <= 7 ? 2 : 3;
        const expected = list
          .map((one) => ({ one, edits: editDistance(fold(one), wanted, limit) }))
          .filter(({ edits }) => edits <= limit)
          .sort((a, b) => a.edits - b.edits) // stable: then by row
          .map(({ one }) => one);
        expect(closestNames(Names.from(list), sought, 30)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
