import { describe, expect, test } from "vitest";
import { coloringOf, type MapColor } from "../../../dist/maps/pictures/column-colors.js";
import { powerTicks, roundTicks, tickText } from "../../../dist/maps/pictures/ticks.js";

function legendOf(values: MapColor["values"], options: Partial<MapColor> = {}) {
  const { legend, styleOf, styles } = coloringOf({ title: "t", values, ...options }, "light");
  const colors = Array.from(styleOf, (style) => styles[style].color);
  if (legend === null) throw new Error("a column has a legend");
  return { legend, colors };
}

const labelsOf = (values: MapColor["values"], options?: Partial<MapColor>) => {
  const { legend } = legendOf(values, options);
  if (legend.kind !== "categories") throw new Error("a ramp");
  return legend.entries.map(({ label, count }) => [label, count]);
};

describe("categories", () => {
  test("the largest first, equal ones by name, whatever the order of rows", () => {
    expect(labelsOf(["b", "c", "a", "c"])).toEqual([
      ["c", 2],
      ["a", 1],
      ["b", 1],
    ]);
    expect(labelsOf([10, 9, 10, 2, 9])).toEqual([
      ["9", 2],
      ["10", 2],
      ["2", 1],
    ]);
    const [first, second] = [legendOf(["x", "y", "y"]), legendOf(["y", "y", "x"])];
    expect(first.colors).toEqual([second.colors[2], second.colors[0], second.colors[1]]);
  });

  test("eight have a color each; of more, from the eighth on they are other, in gray", () => {
    const names = (count: number) => Array.from({ length: count }, (_, k) => `class ${k}`);
    expect(new Set(legendOf(names(8)).colors).size).toBe(8);
    const nine = legendOf(names(9));
    expect(new Set(nine.colors).size).toBe(8);
    expect(nine.colors[7]).toBe(nine.colors[8]);
    expect(labelsOf(names(50)).at(-1)).toEqual(["other (43 more)", 43]);
  });

  test("as many as are asked for, from the ninth on as squares", () => {
    const names = Array.from({ length: 12 }, (_, k) => `class ${String.fromCharCode(97 + k)}`);
    const { styles, styleOf } = coloringOf({ title: "t", values: names, categories: 10 }, "light");
    const used = names.map((_, i) => styles[styleOf[i]]);
    expect(used.slice(0, 10).map(({ square }) => square)).toEqual([...Array(8).fill(false), true, true]);
    expect(used[8].color).toBe(used[0].color);
    expect(used[10]).toBe(used[11]);
  });

  test("an order of their own keeps the colors of categories, whether they occur or not", () => {
    const order = ["low", "middle", "high"];
    const [all, few] = [legendOf(["low", "high", "middle", "high"], { order }), legendOf(["high", "new"], { order })];
    expect(few.colors[0]).toBe(all.colors[1]);
    expect(labelsOf(["high", "new"], { order })).toEqual([
      ["low", 0],
      ["middle", 0],
      ["high", 1],
      ["new", 1],
    ]);
  });

  test("a palette of one's own: as many categories as it has, or as are asked for, squares where a color comes again", () => {
    const palette = ["#ff0000", "#00ff00"];
    expect(legendOf(["a", "a", "b", "b", "c"], { palette }).colors).toEqual([
      ...["#ff0000", "#ff0000", "#00ff00", "#00ff00"],
      "#9aa1a8",
    ]);
    const { styles, styleOf } = coloringOf({ title: "t", values: ["a", "b", "c"], palette, categories: 3 }, "light");
    expect(styles[styleOf[2]]).toEqual({ color: "#ff0000", square: true });
    const { colors } = legendOf([0, 0.5, 1], { palette: ["#000000", "#ffffff", "#ff0000"], scale: "continuous" });
    expect([colors[0], colors[2]]).toEqual(["#000000", "#ff0000"]);
    expect(colors[1]).toBe("#fffefe"); // step 128 of 256 lies just behind the middle
  });

  test("missing values are counted and gray; an empty text is a value", () => {
    expect(labelsOf(["a", null, "", "a"])).toEqual([
      ["a", 2],
      ["(empty)", 1],
      ["no value", 1],
    ]);
    expect(labelsOf([1, Number.NaN, 2])).toEqual([
      ["1", 1],
      ["2", 1],
      ["no value", 1],
    ]);
    expect(labelsOf([null, null])).toEqual([["no value", 2]]);
    expect(labelsOf([true, false, true])).toEqual([
      ["true", 2],
      ["false", 1],
    ]);
  });
});

describe("numbers", () => {
  const scaleTicks = (values: number[], options?: Partial<MapColor>) => {
    const { legend } = legendOf(values, options);
    if (legend.kind !== "ramp") throw new Error("categories");
    return legend.ticks.map(({ label }) => label);
  };
  const fractions = Array.from({ length: 20 }, (_, k) => k / 19);

  test("up to 12 different integers are categories, other numbers a ramp of what they are", () => {
    expect(labelsOf([1, 2, 3, 1]).length).toBe(3);
    expect(scaleTicks(fractions)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    expect(scaleTicks(fractions.map((x) => x - 0.25))).toEqual(["-0.5", "0", "0.5"]);
    expect(scaleTicks(fractions.map((x) => 3 + 1e6 * x))).toEqual(
      ["10", "100", "1,000", "10,000", "100,000", "1 M"].filter((_, k) => k % 2 === 0),
    );
  });

  test("diverging is symmetric about zero", () => {
    const values = [-1, 0, 3, ...fractions];
    const { colors } = legendOf(values, { scale: "diverging" });
    const { colors: other } = legendOf([-3, ...values.slice(1)], { scale: "diverging" });
    expect(colors.slice(1)).toEqual(other.slice(1));
  });

  test("equal numbers, and the largest there are, have a color", () => {
    expect(new Set(legendOf(Array(5).fill(0.5), { scale: "continuous" }).colors).size).toBe(1);
    const { colors } = legendOf([-1.7e308, 0.5, 1.7e308], { scale: "continuous" });
    expect(new Set(colors).size).toBe(3);
  });

  test("what does not fit the scale is named", () => {
    expect(() => legendOf(["a"], { scale: "continuous" })).toThrow(
      'drawMap: finite numbers were needed for the scale continuous of t, got "a" at point 0',
    );
    expect(() => legendOf([1, 0], { scale: "log" })).toThrow(
      "drawMap: numbers above 0 were needed for the scale log of t, got 0 at point 1",
    );
  });
});

describe("ticks", () => {
  test("are round and inside", () => {
    expect(roundTicks(0, 1, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks(-4.5, 4.5, 4)).toEqual([-4, -2, 0, 2, 4]);
    expect(roundTicks(3, 4.1, 2)).toEqual([3, 3.5, 4]);
    expect(roundTicks(-0.31, 0.28, 4)).toEqual([-0.2, 0, 0.2]);
    expect(roundTicks(1000, 1010, 4)).toEqual([1000, 1002, 1004, 1006, 1008, 1010]);
    expect(roundTicks(2, 2, 4)).toEqual([2]);
    expect(powerTicks(3, 2e5, 5)).toEqual([10, 100, 1000, 10000, 100000]);
    expect(powerTicks(2, 5, 5)).toEqual([2, 5]);
  });

  test("read well", () => {
    expect([0, 0.25, 1200, 1.5e7, 1e-9, -40].map(tickText)).toEqual(["0", "0.25", "1,200", "15 M", "1e-9", "-40"]);
  });
});
