import { expect, test } from "vitest";
import { expressionOf, readAnalogy, writeAnalogy } from "../../explorer/app/text/analogy.js";
import { axisEnds } from "../../explorer/app/text/axis-ends.js";
import { completed, spacedOut, typedName } from "../../explorer/app/text/completion.js";
import { csvOf } from "../../explorer/app/text/csv.js";
import { cutText } from "../../explorer/app/text/cut.js";
import { durationText, estimateText, plainText, scoreText, signedText } from "../../explorer/app/text/format.js";
import { parallelogram } from "../../explorer/app/text/parallelogram.js";

/** The name at the caret, which is where `|` stands. */
function at(marked: string) {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const typed = typedName(text, caret);
  return { text, typed, accept: (name: string) => typed && completed(text, typed, name) };
}

test("the name at the caret is what completes, its letters before the caret are what is looked for", () => {
  expect(at("ki|").typed).toEqual({ from: 0, to: 2, text: "ki", prefix: "" });
  expect(at("king - ma|n + woman").typed).toEqual({ from: 7, to: 10, text: "ma", prefix: "" });
  expect(at("mean(par|").typed?.text).toBe("par");
  expect(at('rome + "new y|').typed).toEqual({ from: 7, to: 13, text: "new y", prefix: "" });
  expect(at("0.5 * direction:a|").typed).toEqual({ from: 6, to: 17, text: "a", prefix: "direction:" });
  expect(at("king : queen :: m|").typed?.text).toBe("m");
});

test("words that no operator parts are one name, which is quoted when it is taken", () => {
  expect(at("new yo|").typed).toEqual({ from: 0, to: 6, text: "new yo", prefix: "" });
  expect(at("rome + new yo| - italy").accept("new york")).toEqual({ text: 'rome + "new york" - italy', caret: 17 });
  expect(at("mean(rome, los ang|)").typed?.text).toBe("los ang");
  expect(at("item:new yo|").accept("new york")?.text).toBe('item:"new york"');
  expect(at('"new york" ro|').typed?.text).toBe("ro"); // a quoted name is whole
});

test("nothing completes at operators, spaces and the start of a name", () => {
  for (const marked of ["|king", "king -| man", "king - | man", "king : | b", "(|", "a : b :: c : ?|"]) {
    expect(at(marked).typed).toBeNull();
  }
});

test("a completed name replaces the whole word, is quoted where it must be, and the caret stands behind it", () => {
  expect(at("king - ma|x + woman").accept("man")).toEqual({ text: "king - man + woman", caret: 10 });
  expect(at("ne|").accept("new york")).toEqual({ text: '"new york"', caret: 10 });
  expect(at('"new| + rome').accept("new york")?.text).toBe('"new york"');
  expect(at("direction:sm|").accept("smile")?.text).toBe("direction:smile");
});

test("an expression without spaces is proposed with them, hyphens in quotes aside", () => {
  expect(spacedOut("king-man+woman")).toBe("king - man + woman");
  expect(spacedOut('"mother-in-law"+man')).toBe(null);
  expect(spacedOut("king - man + woman")).toBeNull();
  expect(spacedOut("c++")).toBeNull();
});

test("an analogy in one line is b - a + c", () => {
  expect(readAnalogy("man : king :: woman : ?")).toEqual({ a: "man", b: "king", c: "woman" });
  expect(expressionOf("man : king :: woman : ?")).toBe("king - man + woman");
  expect(expressionOf("man : king :: woman")).toBe("king - man + woman");
  expect(expressionOf('italy : rome :: "new zealand" : ?')).toBe('rome - italy + "new zealand"');
  expect(expressionOf("a : b + c :: d : ?")).toBe("(b + c) - a + d");
  expect(writeAnalogy({ a: "man", b: "king", c: "woman" })).toBe("man : king :: woman : ?");
});

test("what is no analogy stays an expression, a leading = aside", () => {
  for (const text of ["king - man", "a : b", "item:5", "a :: b : c : ?", "a : b :: c : d : e"]) {
    expect(readAnalogy(text)).toBeNull();
    expect(expressionOf(text)).toBe(text);
  }
  expect(expressionOf("= king - man")).toBe("king - man");
});

test("S12: texts that a spreadsheet takes for formulas get an apostrophe, numbers stay numbers", () => {
  const text = csvOf(
    ["name", "x"],
    [
      ["=HYPERLINK(1)", -0.5],
      ["@a", 1e21],
      ["+1", null],
      ["-1", Number.NaN],
      ['say "a", b', 2],
      ["\t=1", 0],
      ["two\nlines", 0],
    ],
  );
  expect(text).toBe(
    `name,x\r\n'=HYPERLINK(1),-0.5\r\n'@a,1e+21\r\n'+1,\r\n'-1,\r\n"say ""a"", b",2\r\n'\t=1,0\r\n"two\nlines",0\r\n`,
  );
});

test("scores, coefficients and times are short", () => {
  expect([0.81234, -0.05, 3.071, 123.456, 12345, Number.NaN].map(scoreText)).toEqual([
    ".812",
    "−.050",
    "3.07",
    "123.5",
    "12,345",
    "–",
  ]);
  expect([0, 0.6, -1, -0.001, 12.34].map(signedText)).toEqual(["0", "+0.60", "−1.00", "0", "+12.3"]);
  expect([0.2, 12, 100, 7200].map(durationText)).toEqual(["less than 1 s", "12 s", "2 min", "2 h"]);
});

test("S12: names are shown in one line without marks that turn the direction of text", () => {
  expect(plainText("a\u202eb\nc\u0000")).toBe("a b c ");
  expect(plainText("x".repeat(1_000_000))).toHaveLength(200);
});

test("a name that is too long is cut in its middle, so that names that begin or end alike stay apart", () => {
  const names = ["big", "smiling"].map((eyes) => `a very long name of a grinning face with ${eyes} eyes`);
  const [one, other] = names.map((name) => cutText(name, 30));
  expect(one).not.toBe(other);
  expect(one).toHaveLength(30);
  expect(one).toMatch(/^a very long name .*….*eyes$/u);
  expect(cutText("short", 5)).toBe("short");
  const face = "\u{1f600}";
  expect(cutText(face.repeat(500), 10)).toBe(`${face.repeat(6)}…${face.repeat(3)}`);
});

test("an estimate of less than a second is told once", () => {
  expect([0.2, 12].map(estimateText)).toEqual(["less than 1 s", "about 12 s"]);
});

test("an axis is named at both ends", () => {
  expect(axisEnds("woman - man")).toEqual({ least: "man", most: "woman" });
  expect(axisEnds("- man + woman")).toEqual({ least: "man", most: "woman" });
  expect(axisEnds('mean(rome, paris) - 2 * "new york"')).toEqual({
    least: '2 * "new york"',
    most: "mean(rome, paris)",
  });
  expect(axisEnds("direction:age")).toEqual({ least: "− age", most: "+ age" });
  expect(axisEnds("a + b")).toEqual({ least: "− a + b", most: "+ a + b" });
  expect(axisEnds("not (an expression")).toMatchObject({ most: "+ not (an expression" });
});

const neighbor = (row: number) => ({ row, name: String(row), score: 1 });
const item = (row: number | null, weight: number) => ({ name: String(row), scope: "item" as const, weight, row });

test("rome - italy + france = paris draws rome to italy and paris to france", () => {
  const terms = [item(0, 1), item(1, -1), item(2, 1)];
  expect(parallelogram({ terms, neighbors: [neighbor(3), neighbor(4)] })).toEqual([
    { from: 0, to: 1 },
    { from: 3, to: 2 },
  ]);
});

test("other expressions have no parallelogram", () => {
  expect(parallelogram({ terms: [item(0, 1), item(1, 1), item(2, 1)], neighbors: [neighbor(3)] })).toEqual([]);
  expect(parallelogram({ terms: [item(0, 1), item(1, -1)], neighbors: [neighbor(3)] })).toEqual([]);
  expect(parallelogram({ terms: [item(null, 1), item(1, -1), item(2, 1)], neighbors: [neighbor(3)] })).toEqual([]);
});
