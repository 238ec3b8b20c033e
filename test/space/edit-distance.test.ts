import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance } from "../../dist/space/edit-distance.js";

const units = (text: string) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0);

/** The definition, by recursion over prefixes. */
function plain(a: number[], b: number[], i = a.length, j = b.length, memo = new Map<string, number>()): number {
  if (i === 0 || j === 0) return i + j;
  const key = `${i} ${j}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  let least = Math.min(
    plain(a, b, i - 1, j, memo) + 1,
    plain(a, b, i, j - 1, memo) + 1,
    plain(a, b, i - 1, j - 1, memo) + (a[i - 1] === b[j - 1] ? 0 : 1),
  );
  if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
    least = Math.min(least, plain(a, b, i - 2, j - 2, memo) + 1);
  }
  memo.set(key, least);
  return least;
}

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "acb", 1], // a swap
    ["abc", "ab", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3], // 2 if a swapped pair could be edited again
    ["teh", "the", 1],
  ])("%s to %s takes %i edits", (a, b, edits) => {
    expect(editDistance(units(a), units(b), 9)).toBe(edits);
  });

  test("equals its definition, cut off one above the limit", () => {
    const text = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 9 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 9 }), (a, b, limit) => {
        expect(editDistance(a, b, limit)).toBe(Math.min(plain(a, b), limit + 1));
      }),
      { numRuns: 2000 },
    );
  });
});
