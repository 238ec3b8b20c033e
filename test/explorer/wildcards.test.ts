import fc from "fast-check";
import { expect, test } from "vitest";
import { wildcardMatcher } from "../../dist/explorer/wildcards.js";

test("a pattern without wildcards matches what contains it, in either case", () => {
  expect(wildcardMatcher("ome")("Rome")).toBe(true);
  expect(wildcardMatcher("ROME")("rome")).toBe(true);
  expect(wildcardMatcher("rome")("paris")).toBe(false);
  expect(wildcardMatcher("")("anything")).toBe(true);
});

test("* and ? match as the regular expressions .* and . do", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      if (!/[*?]/.test(pattern)) return;
      const source = pattern.replace(/[.]/g, "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      expect(wildcardMatcher(pattern)(text)).toBe(new RegExp(`^${source}$`, "s").test(text));
    }),
    { numRuns: 2000 },
  );
});

test("S8 a pattern made to be slow is not", () => {
  const fits = wildcardMatcher(`${"*a".repeat(50)}*b`);
  expect(fits("a".repeat(20_000))).toBe(false);
});
