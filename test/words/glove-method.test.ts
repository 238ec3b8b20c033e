import { expect, test } from "vitest";
import { rowLength } from "../../dist/pairs/method.js";
import { checkGloveOptions, gloveDefaults, gloveMethod, gloveRow } from "../../dist/words/glove-method.js";
import { sourceOf } from "../pairs/planted.js";

const source = sourceOf(9, [[1, 2, 3]]);

test("the defaults are those of the reference program's demonstration, at 100 dimensions", () => {
  expect(checkGloveOptions({})).toEqual({
    dimensions: 100,
    epochs: 15,
    xMax: 10,
    alpha: 0.75,
    learningRate: 0.05,
    gradientClip: 100,
    biasStep: "reference",
  });
  expect(checkGloveOptions({ dimensions: undefined, epochs: 7 })).toEqual({ ...gloveDefaults, epochs: 7 });
});

test.each([
  [{ dimensions: 0 }, "glove: dimensions must be an integer from 1 to 65536, got 0"],
  [{ dimensions: 2.5 }, "glove: dimensions must be an integer from 1 to 65536, got 2.5"],
  [{ epochs: 0 }, "glove: epochs must be an integer >= 1, got 0"],
  [{ xMax: 0 }, "glove: xMax must be a finite number > 0, got 0"],
  [{ alpha: -1 }, "glove: alpha must be a finite number >= 0, got -1"],
  [{ learningRate: Number.NaN }, "glove: learningRate must be a finite number > 0, got NaN"],
  [{ gradientClip: Number.POSITIVE_INFINITY }, "glove: gradientClip must be a finite number > 0, got Infinity"],
  [{ biasStep: "adam" as "adagrad" }, 'glove: biasStep must be one of reference, adagrad, got "adam"'],
])("options %j are refused", (options, message) => {
  expect(() => checkGloveOptions(options)).toThrow(new RangeError(message));
});

test.each([1, 4, 5, 100])(
  "a row at %d dimensions is vector and bias, and behind them as much for the accumulators",
  (D) => {
    const { width, bias, length } = gloveRow(D);
    expect(width % 4).toBe(0);
    expect(width - D).toBeLessThan(4);
    expect(bias).toBe(width);
    const { tables } = gloveMethod(source, { ...gloveDefaults, dimensions: D });
    expect(tables.map((table) => [table.rows, rowLength(table)])).toEqual([
      [9, length],
      [9, length],
    ]);
    expect(tables[0].segments[0]).toEqual({ length: D, low: -0.5 / D, high: 0.5 / D });
  },
);

test("biases step without the learning rate as in the reference program, or with it", () => {
  const place = { epoch: 0, epochs: 1, slice: 0, slices: 1 };
  const parameters = (biasStep: "reference" | "adagrad") =>
    gloveMethod(source, { ...gloveDefaults, biasStep }).parameters(place);
  expect(parameters("reference")).toEqual([0.05, 1, expect.closeTo(Math.LN10, 14), 0.75, 100]);
  expect(parameters("adagrad")[1]).toBe(0.05);
});
