import type { ColumnValues } from "../../src/explorer/protocol.js";
import { continuousColors, divergingColors } from "../../src/maps/pictures/color-scales.js";
import { type ThemeName, themes } from "../../src/maps/pictures/themes.js";
import { powerTicks, roundTicks, tickText } from "../../src/maps/pictures/ticks.js";
import { classColors } from "./palette.js";
import type { ScaleChoice } from "./state.js";

/** Colors of items as the renderer takes them, and what a legend says of them. */
export interface Coloring {
  /** [N] into the palette; -1 for none. */
  codes: Int32Array;
  palette: readonly string[];
  missing: string;
  legend: Legend;
}

export type Legend =
  | {
      kind: "classes";
      title: string;
      /** All of them, the largest first. */
      classes: { code: number; label: string; color: string; count: number }[];
      /** Classes that have a color of their own; the others are gray. */
      colored: number;
      missing: { count: number; color: string } | null;
    }
  | {
      kind: "ramp";
      title: string;
      scale: "continuous" | "log" | "diverging";
      colors: readonly string[];
      /** Places in 0..1 along the ramp. */
      ticks: { at: number; label: string }[];
      missing: { count: number; color: string } | null;
      /** Values that the scale has no place for, such as those that are not above zero on a logarithmic one. */
      outside: number;
    };

/** Colors by a column. A scale that does not fit the column, such as categories for texts, is taken as "auto". */
export function coloringOf(title: string, column: ColumnValues, scale: ScaleChoice, theme: ThemeName): Coloring {
  if (column.type === "category") return classColoring(title, column.values, column.categories, column.counts, theme);
  if (scale === "categories") return integerColoring(title, column.values, theme);
  return rampColoring(title, column.values, scale, theme);
}

/** Colors of classes by number, named by number. */
export function numberedColoring(title: string, classes: Int32Array, theme: ThemeName): Coloring {
  const most = classes.reduce((high, code) => Math.max(high, code), -1) + 1;
  const counts = new Array<number>(most).fill(0);
  for (const code of classes) if (code >= 0) counts[code]++;
  const labels = counts.map((_, code) => `class ${code + 1}`);
  return classColoring(title, classes, labels, counts, theme);
}

function classColoring(
  title: string,
  values: Int32Array,
  categories: readonly string[],
  counts: readonly number[],
  theme: ThemeName,
): Coloring {
  const colors = classColors(theme);
  const { other, missing } = themes[theme];
  const order = [...categories.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const colored = order.length <= colors.length ? order.length : colors.length - 1;
  const palette = new Array<string>(categories.length).fill(other);
  for (const [k, code] of order.slice(0, colored).entries()) palette[code] = colors[k];
  const classes = order.map((code) => ({ code, label: categories[code], color: palette[code], count: counts[code] }));
  const without = values.reduce((sum, code) => sum + (code < 0 ? 1 : 0), 0);
  return {
    codes: values,
    palette,
    missing,
    legend: { kind: "classes", title, classes, colored, missing: missingEntry(without, missing) },
  };
}

function integerColoring(title: string, values: Float32Array, theme: ThemeName): Coloring {
  const counts = new Map<number, number>();
  for (const value of values) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const different = [...counts.keys()].sort((a, b) => a - b);
  const codeOf = new Map(different.map((value, code) => [value, code]));
  const codes = Int32Array.from(values, (value) => codeOf.get(value) ?? -1);
  const sizes = different.map((value) => counts.get(value) ?? 0);
  return classColoring(title, codes, different.map(tickText), sizes, theme);
}

function rampColoring(title: string, values: Float32Array, choice: ScaleChoice, theme: ThemeName): Coloring {
  const [low, high] = range(values);
  const scale = choice === "auto" || choice === "categories" ? suitable(low, high) : choice;
  const colors = scale === "diverging" ? divergingColors(theme) : continuousColors(theme);
  const { missing } = themes[theme];
  const least = scale === "log" ? leastAboveZero(values) : scale === "diverging" ? -Math.max(-low, high) : low;
  const most = scale === "diverging" ? Math.max(-low, high) : high;
  const along = scale === "log" ? Math.log : (value: number) => value;
  const width = along(most) - along(least);
  const placeOf = (value: number) => (width > 0 ? (along(value) - along(least)) / width : 0.5);
  let without = 0;
  let outside = 0;
  const codes = Int32Array.from(values, (value) => {
    if (Number.isNaN(value)) without++;
    else if (!(value >= least && Number.isFinite(value))) outside++;
    else return Math.min(colors.length - 1, Math.floor(placeOf(value) * colors.length));
    return -1;
  });
  const empty = !(most >= least);
  const marks = empty ? [] : scale === "log" ? powerTicks(least, most, 5) : roundTicks(least, most, 4);
  const ticks = marks.map((value) => ({ at: placeOf(value), label: tickText(value) }));
  return {
    codes,
    palette: colors,
    missing,
    legend: { kind: "ramp", title, scale, colors, ticks, missing: missingEntry(without, missing), outside },
  };
}

function suitable(low: number, high: number): "continuous" | "log" | "diverging" {
  if (low < 0 && high > 0) return "diverging";
  return low > 0 && high >= 1000 * low ? "log" : "continuous";
}

function range(values: Float32Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function leastAboveZero(values: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value > 0 && value < least) least = value;
  return least;
}

function missingEntry(count: number, color: string): { count: number; color: string } | null {
  return count === 0 ? null : { count, color };
}
