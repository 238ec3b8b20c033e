import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearCombination } from "../../dist/space/combination.js";
import { type Expression, ExpressionError, parseExpression, printExpression } from "../../dist/space/expression.js";

const name = (text: string, scope: "any" | "item" | "direction" = "any"): Expression => ({
  kind: "name",
  name: text,
  scope,
});

/** The combination as text, "1 rome -1 italy". */
const terms = (text: string) =>
  linearCombination(parseExpression(text))
    .map(({ weight, name, scope }) => `${weight} ${scope === "any" ? "" : `${scope}:`}${name}`)
    .join(", ");

describe("parseExpression", () => {
  test.each([
    ["rome - italy + china", "1 rome, -1 italy, 1 china"],
    ['"new york" - usa', "1 new york, -1 usa"],
    ["face7 + 0.6 * gender", "1 face7, 0.6 gender"],
    ["mean(cat, dog)", "0.5 cat, 0.5 dog"],
    ["mean(cat, dog - 2 * cow, (owl))", `${1 / 3} cat, ${1 / 3} dog, ${-2 / 3} cow, ${1 / 3} owl`],
    ["- usa + france", "-1 usa, 1 france"],
    ["+ a", "1 a"],
    ["2 * (a - 0.5 * (b + c))", "2 a, -1 b, -1 c"],
    ["-2 * 3 * a", "-6 a"],
    ["a + -.5e1 * b", "1 a, -5 b"],
    ['"a"-"b"', "1 a, -1 b"],
    ['("a")+(b)', "1 a, 1 b"],
  ])("%s means %s", (text, meaning) => {
    expect(terms(text)).toBe(meaning);
  });

  test.each([
    "mother-in-law",
    "c++",
    "1984",
    "a*b",
    "-x",
    "don't",
    "item",
    "direction",
    "naïve",
    "東京",
    "👍🏽",
    "1e5",
    ".",
    "a:b",
    "mean",
  ])("%s is a name", (text) => {
    expect(parseExpression(text)).toEqual(name(text));
  });

  test("quotes take a name as it is, operators, prefixes and escapes included", () => {
    expect(parseExpression('"a + b"')).toEqual(name("a + b"));
    expect(parseExpression('"item:age"')).toEqual(name("item:age"));
    expect(parseExpression(String.raw`"say \"hi\" \\ bye"`)).toEqual(name('say "hi" \\ bye'));
    expect(parseExpression('""')).toEqual(name(""));
    expect(parseExpression('"+"')).toEqual(name("+"));
  });

  test("item: and direction: say which is meant, also of quoted names", () => {
    expect(parseExpression("direction:age")).toEqual(name("age", "direction"));
    expect(parseExpression("item:age")).toEqual(name("age", "item"));
    expect(parseExpression('direction:"old age"')).toEqual(name("old age", "direction"));
    expect(parseExpression("item:item:5")).toEqual(name("item:5", "item"));
  });

  test.each([
    ["", 0, "a name was needed, the expression ended"],
    ["new york", 4, "an operator"],
    ["a +", 3, "the expression ended"],
    ["a + + b", 4, 'got "+"'],
    ["(a", 0, "not closed"],
    ["a)", 1, "closes nothing"],
    ["()", 1, "a name was needed"],
    ["a, b", 1, "a comma"],
    ["mean()", 5, "a name was needed"],
    ["mean(a b)", 7, "an operator or a closing parenthesis"],
    ["max(a, b)", 0, "there is no function max"],
    ["x * a", 0, "a finite number was needed before *"],
    ['"2" * a', 0, "a finite number"],
    ["1e999 * a", 0, "a finite number"],
    ["a * 2", 0, 'got "a"'],
    ['"a', 0, "not closed"],
    [String.raw`"a\n"`, 2, "backslash"],
    ["item: x", 0, "right after item:"],
    ["* a", 0, "a name was needed"],
  ])("%s is refused at character %i: %s", (text, at, message) => {
    try {
      parseExpression(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
      const { at: place, message: said } = error as ExpressionError;
      expect(place).toBe(at);
      expect(said).toContain(message);
      expect(said.split("\n")[2]).toBe(`  ${" ".repeat(at)}^`);
    }
  });

  test("deep nesting is refused, long flat expressions are not", () => {
    expect(() => parseExpression("(".repeat(1e5))).toThrow(ExpressionError);
    expect(() => parseExpression("mean(".repeat(1e5))).toThrow(ExpressionError);
    expect(terms(`${"1 * ".repeat(1e4)}a`)).toBe("1 a");
    expect(linearCombination(parseExpression(Array(1e4).fill("a").join(" + "))).length).toBe(1e4);
  });

  test("print and parse undo each other", () => {
    const anyName = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom(...'ab+-*(),"\\: 1.') }),
      fc.constantFrom("mean", "item:", "direction:x", "1984", "+", ""),
    );
    const { expression } = fc.letrec<{ expression: Expression; factor: Expression; term: Expression }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4, depthIdentifier: "e" },
        tie("term"),
        fc.record({
          kind: fc.constant("sum" as const),
          terms: fc
            .array(fc.record({ sign: fc.constantFrom(1 as const, -1 as const), of: tie("expression") }), {
              minLength: 1,
              maxLength: 4,
            })
            .filter((list) => list.length > 1 || list[0].sign === -1),
        }),
      ),
      term: fc.oneof(
        { maxDepth: 4, depthIdentifier: "e" },
        tie("factor"),
        fc.record({
          kind: fc.constant("scaled" as const),
          weight: fc.double({ noNaN: true, noDefaultInfinity: true }),
          of: tie("expression").filter((of) => of.kind !== "scaled"),
        }),
      ),
      factor: fc.oneof(
        { maxDepth: 4, depthIdentifier: "e" },
        fc.record({
          kind: fc.constant("name" as const),
          name: anyName,
          scope: fc.constantFrom("any" as const, "item" as const, "direction" as const),
        }),
        fc.record({
          kind: fc.constant("mean" as const),
          of: fc.array(tie("expression"), { minLength: 1, maxLength: 3 }),
        }),
      ),
    }));
    fc.assert(
      fc.property(expression, (tree) => {
        expect(parseExpression(printExpression(tree))).toEqual(tree);
      }),
      { numRuns: 2000 },
    );
  });

  test("any text is an expression or an ExpressionError (F2)", () => {
    const piece = fc.constantFrom(
      "a",
      "b c",
      '"',
      "(",
      ")",
      ",",
      " + ",
      " - ",
      " * ",
      "2",
      "mean(",
      "item:",
      "\\",
      "\0",
      "\uD800",
      "👍",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 30 }).map((list) => list.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          const tree = parseExpression(input);
          expect(parseExpression(printExpression(tree))).toEqual(tree);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
