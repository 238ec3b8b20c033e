import { expect, test } from "vitest";
import { booleanOption, integerOption, knownOptions, numberOption, wordOption } from "../../dist/numerics/options.js";

test("values in range pass unchanged", () => {
  expect(integerOption("glove", "epochs", 15, 1)).toBe(15);
  expect(integerOption("glove", "threads", 256, 1, 256)).toBe(256);
  expect(numberOption("glove", "alpha", 0.75, { least: 0, most: 1 })).toBe(0.75);
  expect(numberOption("glove", "shift", -3)).toBe(-3);
  expect(wordOption("near", "metric", "dot", ["cosine", "dot"])).toBe("dot");
  expect(booleanOption("words", "lower", false)).toBe(false);
});

test.each([0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "3", null, undefined, 3n])(
  "%o is no integer >= 1",
  (value) => {
    const shown = typeof value === "string" ? `"${value}"` : String(value);
    expect(() => integerOption("glove", "epochs", value, 1)).toThrow(
      new RangeError(`glove: epochs must be an integer >= 1, got ${shown}`),
    );
  },
);

test("a range with two ends names both", () => {
  expect(() => integerOption("glove", "threads", 257, 1, 256)).toThrow(
    "glove: threads must be an integer from 1 to 256, got 257",
  );
});

test.each([
  [{ least: 0, exclusive: true }, 0, "must be a finite number > 0, got 0"],
  [{ least: 0, most: 1 }, 1.5, "must be a finite number >= 0 and <= 1, got 1.5"],
  [{ most: 1 }, 2, "must be a finite number <= 1, got 2"],
  [{}, Number.NaN, "must be a finite number, got NaN"],
  [{}, "1", 'must be a finite number, got "1"'],
])("numberOption with %o refuses %o", (range, value, message) => {
  expect(() => numberOption("glove", "alpha", value, range)).toThrow(new RangeError(`glove: alpha ${message}`));
});

test("words, booleans and names of options are checked", () => {
  expect(() => wordOption("near", "metric", "cos", ["cosine", "dot"])).toThrow(
    new RangeError('near: metric must be one of cosine, dot, got "cos"'),
  );
  expect(() => booleanOption("words", "lower", "yes")).toThrow(
    new RangeError('words: lower must be true or false, got "yes"'),
  );
  expect(() => knownOptions("glove", { epoch: 3 }, ["epochs", "seed"])).toThrow(
    new RangeError("glove: there is no option epoch; there are epochs, seed"),
  );
  expect(() => knownOptions("glove", { seed: 3 }, ["epochs", "seed"])).not.toThrow();
});
