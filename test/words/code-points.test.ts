import { expect, test } from "vitest";
import { codePointClass, codePointClasses, codePoints } from "../../dist/words/code-points.js";

test("every code point has the class that regular expressions give it", () => {
  const classes = codePointClasses(true);
  expect(classes.length).toBe(codePoints);
  const wrong: string[] = [];
  for (let code = 0; code < codePoints; code++) {
    if (code === 0x40000) code = 0xe0000; // planes without characters
    const letter = /^[\p{L}\p{M}]$/u.test(String.fromCodePoint(code));
    const number = /^\p{N}$/u.test(String.fromCodePoint(code));
    const expected = letter ? codePointClass.letter : number ? codePointClass.number : codePointClass.other;
    if (classes[code] !== expected) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

test("without numbers they separate words", () => {
  const [all, letters] = [codePointClasses(true), codePointClasses(false)];
  expect([..."7½Ⅷ٣"].map((digit) => all[digit.codePointAt(0) as number])).toEqual(Array(4).fill(codePointClass.number));
  expect([..."7½Ⅷ٣"].map((digit) => letters[digit.codePointAt(0) as number])).toEqual(
    Array(4).fill(codePointClass.other),
  );
  expect(letters[0x61]).toBe(codePointClass.letter);
});
