import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fittedText, textWidth, wrappedText } from "../../../dist/maps/pictures/text-width.js";

/** Sums of the advance widths in DejaVu Sans 2.37 and in Helvetica (its AFM file), in thousandths of the font size. */
const measured: [string, number, number?][] = [
  ["Hamburgefonstiv", 8650, 7558],
  ["WAVE & mmm iii", 8479, 7611],
  ["0123456789", 6360, 5560],
  ["São Paulo", 4918],
  ["Łódź", 2334],
  ["Ελλάδα", 3746],
  ["Москва", 3831],
  ["Щука", 2903],
  ["naïve café", 5180],
  ["שלום", 2212],
  ["Größe", 3043],
  ["œuvre", 3275],
  ["Việt Nam", 4622],
  ["“quoted”…", 5559],
  ["Erdős Pál", 4623],
];

describe("textWidth", () => {
  test("is no less than fonts take, and Latin text no more than a tenth more than the widest", () => {
    for (const [text, dejaVu, helvetica = 0] of measured) {
      const width = textWidth(text, 1000);
      expect(width, text).toBeGreaterThanOrEqual(Math.max(dejaVu, helvetica));
      if (helvetica > 0) expect(width, text).toBeLessThan(1.1 * dejaVu);
      expect(width, text).toBeLessThan(1.55 * dejaVu);
    }
  });

  test("East Asian letters are a square, emoji wider, marks and joiners nothing", () => {
    expect(textWidth("漢字", 100)).toBeCloseTo(210);
    expect(textWidth("😀", 100)).toBeCloseTo(147);
    expect(textWidth("e\u0301\u200d\ufe0f", 100)).toBe(textWidth("e", 100));
    expect(textWidth("👨‍👩‍👧", 100)).toBeCloseTo(3 * 147); // where the family has no glyph, three people stand there
    expect(textWidth("", 100)).toBe(0);
  });
});

describe("fittedText", () => {
  test("leaves what fits, and cuts what does not with an ellipsis", () => {
    expect(fittedText("short", 1000, 12)).toBe("short");
    expect(fittedText("a long label here", 60, 12)).toBe("a long l…");
    expect(fittedText("👨‍👩‍👧👨‍👩‍👧", 80, 12)).toBe("👨‍👩‍👧…"); // never half a family
  });

  test("never exceeds the width, as long as there is room for the ellipsis", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 20, max: 300 }), (text, width) => {
        expect(textWidth(fittedText(text, width, 12), 12)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("wrappedText", () => {
  test("breaks at spaces and keeps all words in order", () => {
    const text = "Trustworthiness 0.912 of 15 neighbors, ranked against all of the other items";
    const lines = wrappedText(text, 150, 11);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join(" ")).toBe(text);
    for (const line of lines) expect(textWidth(line, 11)).toBeLessThanOrEqual(150);
    expect(wrappedText("", 150, 11)).toEqual([]);
  });

  test("makes lines about equally long, no last word alone", () => {
    const words = "one two three four five six seven eight nine ten eleven";
    const width = textWidth(words, 11) - 5; // all but the last word would fit into one line
    expect(wrappedText(words, width, 11)).toEqual(["one two three four five six", "seven eight nine ten eleven"]);
    expect(wrappedText("aaaaaaa 50 % b", textWidth("aaaaaaa 50", 11) + 1, 11)).toEqual(["aaaaaaa", "50 % b"]);
    expect(wrappedText(`a ${"m".repeat(90)} b`, 150, 11)[1]).toMatch(/^m+…$/);
  });
});
