import { expect, test } from "vitest";
import { coloringOf, numberedColoring } from "../../explorer/app/coloring.js";
import { classColors } from "../../explorer/app/palette.js";
import { sizesOf } from "../../explorer/app/sizes.js";
import { ticksApart } from "../../explorer/app/text/ticks-apart.js";
import { bytesOf, contrast, oklabOf } from "../../src/maps/pictures/oklab.js";
import { themes } from "../../src/maps/pictures/themes.js";

const numbers = (...values: number[]) => ({ type: "number" as const, values: Float32Array.from(values) });

/** Simulated sight: Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const sights: Record<string, number[]> = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function seen(hex: string, matrix: number[]): [number, number, number] {
  const linear = bytesOf(hex).map((b) => (b / 255 <= 0.04045 ? b / 255 / 12.92 : ((b / 255 + 0.055) / 1.055) ** 2.4));
  const bytes = [0, 3, 6].map((row) => {
    const value = Math.min(
      1,
      Math.max(
        0,
        linear.reduce((sum, x, k) => sum + matrix[row + k] * x, 0),
      ),
    );
    return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
  });
  return oklabOf(`#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
}

test.each(Object.entries(sights))("the twenty colors of classes stay apart: %s", (sight, matrix) => {
  const least = sight === "tritanopia" ? 0.035 : 0.06;
  for (const theme of ["light", "dark"] as const) {
    const colors = classColors(theme).map((hex) => seen(hex, matrix));
    expect(colors).toHaveLength(20);
    for (const [k, a] of colors.entries()) {
      for (const b of colors.slice(0, k))
        expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(least);
    }
  }
});

test("each color of a class is seen against its background", () => {
  for (const theme of ["light", "dark"] as const) {
    for (const color of classColors(theme)) expect(contrast(color, themes[theme].background)).toBeGreaterThan(1.28);
  }
});

test("60 classes: all are in the legend with their counts, the 19 largest have colors, the rest is gray", () => {
  const categories = Array.from({ length: 60 }, (_, k) => `class ${k}`);
  const counts = categories.map((_, k) => (k === 59 ? 1000 : 60 - k));
  const values = Int32Array.from([0, 59, 30, -1]);
  const { codes, palette, legend } = coloringOf(
    "genre",
    { type: "category", values, categories, counts },
    "auto",
    "light",
  );
  if (legend.kind !== "classes") throw new Error("classes were needed");
  expect(legend.classes).toHaveLength(60);
  expect(legend.colored).toBe(19);
  expect(legend.classes[0]).toEqual({ code: 59, label: "class 59", color: "#e69f00", count: 1000 });
  expect(new Set(legend.classes.slice(0, 19).map(({ color }) => color)).size).toBe(19);
  expect([codes[1], palette[59], palette[30]]).toEqual([59, "#e69f00", themes.light.other]);
  expect(legend.missing).toEqual({ count: 1, color: themes.light.missing });
});

test("numbers on both sides of zero diverge from a neutral middle", () => {
  const { codes, legend, palette } = coloringOf("mood", numbers(-1, 0, 3, Number.NaN), "auto", "light");
  expect(legend).toMatchObject({ kind: "ramp", scale: "diverging", missing: { count: 1 } });
  expect([...codes]).toEqual([Math.floor((2 / 6) * 256), 128, 255, -1]);
  expect(palette).toHaveLength(256);
});

test("numbers over three powers of ten are logarithmic, others straight", () => {
  const wide = coloringOf("count", numbers(1, 10, 1000), "auto", "dark");
  expect(wide.legend).toMatchObject({ kind: "ramp", scale: "log" });
  expect([...wide.codes]).toEqual([0, 85, 255]);
  const narrow = coloringOf("year", numbers(1950, 2000, 1975), "auto", "dark");
  expect(narrow.legend).toMatchObject({ kind: "ramp", scale: "continuous" });
  expect([...narrow.codes]).toEqual([0, 255, 128]);
});

test("a column of integers is a scale of numbers unless categories are asked for, however few or many values it has", () => {
  const counts = Float32Array.from({ length: 2000 }, (_, k) => 5 + (k % 899));
  const column = { type: "number" as const, values: counts };
  expect(coloringOf("count", column, "auto", "light").legend).toMatchObject({ kind: "ramp" });
  expect(coloringOf("club", numbers(0, 1, 1, 0), "auto", "light").legend).toMatchObject({ kind: "ramp" });
  expect(coloringOf("count", column, "categories", "light").legend).toMatchObject({ kind: "classes", colored: 19 });
});

test("ticks whose labels would touch are thinned evenly, and the last one stays", () => {
  const ticks = ["10", "100", "1,000", "10,000", "100,000"].map((label, k) => ({ at: 0.1 + k * 0.2, label }));
  expect(ticksApart(ticks).map(({ label }) => label)).toEqual(["10", "1,000", "100,000"]);
  const few = [
    { at: 0, label: "0" },
    { at: 0.5, label: "5" },
    { at: 1, label: "10" },
  ];
  expect(ticksApart(few).map(({ label, side }) => `${label} ${side}`)).toEqual(["0 start", "5 middle", "10 end"]);
  expect(ticksApart([])).toEqual([]);
});

test("what a scale has no place for is counted, not clamped", () => {
  const { codes, legend } = coloringOf("count", numbers(-1, 0, 1, 100, Number.POSITIVE_INFINITY), "log", "light");
  expect([...codes]).toEqual([-1, -1, 0, 255, -1]);
  expect(legend).toMatchObject({ outside: 3, missing: null });
});

test("numbers as categories go by size, and one value alone has a color", () => {
  const { legend, codes } = coloringOf("group", numbers(3, 1, 3, Number.NaN), "categories", "light");
  expect(legend).toMatchObject({
    classes: [
      { label: "3", count: 2 },
      { label: "1", count: 1 },
    ],
    missing: { count: 1 },
  });
  expect([...codes]).toEqual([1, 0, 1, -1]);
  expect([...coloringOf("one", numbers(5, 5), "auto", "light").codes]).toEqual([128, 128]);
});

test("a column without any value colors nothing and says so", () => {
  const { codes, legend } = coloringOf("empty", numbers(Number.NaN, Number.NaN), "auto", "light");
  expect([...codes]).toEqual([-1, -1]);
  expect(legend).toMatchObject({ ticks: [], missing: { count: 2 } });
});

test("classes by number are named by number", () => {
  const { legend } = numberedColoring("round 1", Int32Array.from([1, 0, 1]), "light");
  expect(legend).toMatchObject({
    classes: [
      { code: 1, label: "class 2", count: 2 },
      { code: 0, count: 1 },
    ],
  });
});

test("areas of points grow with the value, an outlier dwarfs nobody, and no value is the smallest", () => {
  const values = Float32Array.from({ length: 1000 }, (_, k) => k);
  values[999] = 1e9;
  const sizes = sizesOf(values);
  const area = (k: number) => sizes[k] ** 2;
  expect(area(500) - area(0)).toBeCloseTo(area(900) - area(400), 4);
  expect(sizes[999]).toBeCloseTo(3.2);
  expect(sizesOf(Float32Array.of(Number.NaN, 1))[0]).toBeCloseTo(0.6);
  expect([...sizesOf(Float32Array.of(Number.NaN))]).toEqual([1]);
});
