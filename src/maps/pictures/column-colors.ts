import { log } from "../../numerics/elementary.js";
import { categoryColors, continuousColors, divergingColors, rampThrough } from "./color-scales.js";
import { type ThemeName, themes } from "./themes.js";
import { powerTicks, roundTicks, tickText } from "./ticks.js";

export const scaleNames = ["auto", "categories", "continuous", "log", "diverging"] as const;
export type ScaleName = (typeof scaleNames)[number];

/** What colors the points of a map: a value for each. */
export interface MapColor {
  /** What the values are, for the legend; the name of the column. */
  title: string;
  /** [N]; null or NaN where a point has none. */
  values: ArrayLike<string | number | boolean | null>;
  /**
   * "auto", the default: categories for texts, booleans and up to 12 different integers; for other numbers "diverging"
   * where they lie on both sides of zero, "log" where all are above zero and the largest is 1,000 times the smallest or
   * more, else "continuous".
   */
  scale?: ScaleName;
  /**
   * Categories that get a color of their own, the largest first, from 1 to 14; the rest is "other", in gray. 7 by
   * default, and 8 where there are just 8. From the 9th on points are squares.
   */
  categories?: number;
  /** Categories in the order of their colors, whether they occur or not; others follow, the largest first. */
  order?: readonly string[];
  /**
   * Colors of your own as `#rrggbb`, from 2 on: those of categories, in order, with squares where they come again, or those
   * that a scale goes through, from little to much.
   */
  palette?: readonly string[];
}

/** One entry of a legend of categories. */
export interface LegendEntry {
  label: string;
  color: string;
  /** Points of this kind. */
  count: number;
  square?: boolean;
}

/** What a legend says. */
export type Legend =
  | { kind: "categories"; title: string; entries: readonly LegendEntry[] }
  | {
      kind: "ramp";
      title: string;
      colors: readonly string[];
      /** Places in 0..1 along the ramp. */
      ticks: readonly { at: number; label: string }[];
      /** Points without a value, and their color. */
      missing: LegendEntry | null;
    };

/** A style, drawn as one path: a color and a shape. */
export interface PointStyle {
  color: string;
  square: boolean;
}

/** Styles and which of them each point has. The first styles lie at the bottom. */
export interface Coloring {
  styles: readonly PointStyle[];
  /** [N] */
  styleOf: Uint16Array;
  legend: Legend | null;
}

/** All points alike. */
export function plainColoring(numPoints: number, theme: ThemeName): Coloring {
  return {
    styles: [{ color: themes[theme].accent, square: false }],
    styleOf: new Uint16Array(numPoints),
    legend: null,
  };
}

/** Colors for the values of a column. */
export function coloringOf(color: MapColor, theme: ThemeName): Coloring {
  const { values, scale = "auto" } = color;
  const kind = scale === "auto" ? scaleFor(values) : scale;
  return kind === "categories" ? categoryColoring(color, theme) : rampColoring(color, kind, theme);
}

function isMissing(value: string | number | boolean | null): boolean {
  return value === null || Number.isNaN(value);
}

/** Different integers up to which numbers are taken for names. */
const mostIntegers = 12;

function scaleFor(values: MapColor["values"]): Exclude<ScaleName, "auto"> {
  const different = new Set<number>();
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let integers = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (isMissing(value)) continue;
    if (typeof value !== "number") return "categories";
    if (different.size <= mostIntegers) different.add(value);
    integers &&= Number.isInteger(value);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (integers && different.size <= mostIntegers) return "categories";
  if (low < 0 && high > 0) return "diverging";
  return low > 0 && high >= 1000 * low ? "log" : "continuous";
}

function categoryColoring(
  { title, values, categories, order = [], palette: given }: MapColor,
  theme: ThemeName,
): Coloring {
  const counts = new Map<string, number>();
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (isMissing(value)) missing++;
    else counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  // The largest first, equal ones by name: the same colors for the same column, whatever the order of its rows.
  const others = [...counts].filter(([name]) => !order.includes(name));
  others.sort(([a, m], [b, n]) => n - m || compareNames(a, b));
  const sorted = [...order.map((name): [string, number] => [name, counts.get(name) ?? 0]), ...others];
  const palette = given ?? categoryColors(theme);
  const wanted = categories ?? given?.length ?? (sorted.length <= palette.length ? palette.length : palette.length - 1);
  const own = Math.min(wanted, 2 * palette.length); // there are two shapes
  const { other, missing: missingColor } = themes[theme];
  const styles: PointStyle[] = [
    { color: missingColor, square: false },
    { color: other, square: false },
  ];
  const styleOfName = new Map<string, number>();
  const entries: LegendEntry[] = [];
  for (const [k, [label, count]] of sorted.slice(0, own).entries()) {
    const style = { color: palette[k % palette.length], square: k >= palette.length };
    styleOfName.set(label, styles.push(style) - 1);
    entries.push({ label: label === "" ? "(empty)" : label, count, ...style });
  }
  const rest = sorted.slice(own);
  if (rest.length > 0) {
    const count = rest.reduce((sum, [, n]) => sum + n, 0);
    entries.push({ label: `other (${rest.length.toLocaleString("en-US")} more)`, color: other, count });
  }
  if (missing > 0) entries.push({ label: "no value", color: missingColor, count: missing });
  const styleOf = Uint16Array.from({ length: values.length }, (_, i) => {
    const value = values[i];
    return isMissing(value) ? 0 : (styleOfName.get(String(value)) ?? 1);
  });
  return { styles, styleOf, legend: { kind: "categories", title, entries } };
}

/** Numbers by size, other texts by code unit. */
function compareNames(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) || difference === 0 ? (a < b ? -1 : a > b ? 1 : 0) : difference;
}

function rampColoring(
  { title, values, palette }: MapColor,
  scale: "continuous" | "log" | "diverging",
  theme: ThemeName,
): Coloring {
  const own = scale === "diverging" ? divergingColors(theme) : continuousColors(theme);
  const colors = palette === undefined ? own : rampThrough(palette);
  const { missing: missingColor } = themes[theme];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (isMissing(value)) {
      missing++;
      continue;
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new RangeError(
        `drawMap: finite numbers were needed for the scale ${scale} of ${title}, got ${JSON.stringify(value)} at point ${i}`,
      );
    }
    if (scale === "log" && value <= 0) {
      throw new RangeError(
        `drawMap: numbers above 0 were needed for the scale log of ${title}, got ${value} at point ${i}`,
      );
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 0];
  if (scale === "diverging") [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  const along = scale === "log" ? log : (x: number) => x;
  const half = along(high) / 2 - along(low) / 2; // the whole may be beyond what a number holds
  const placeOf = (value: number) =>
    half > 0 ? (along(value) / 2 - along(low) / 2) / half : scale === "diverging" ? 0.5 : 1;
  const styleOf = Uint16Array.from({ length: values.length }, (_, i) => {
    const value = values[i];
    if (isMissing(value)) return 0;
    return 1 + Math.min(colors.length - 1, Math.floor(placeOf(value as number) * colors.length));
  });
  const ticks = (scale === "log" ? powerTicks(low, high, 5) : roundTicks(low, high, 4)).map((value) => ({
    at: placeOf(value),
    label: tickText(value),
  }));
  const missingEntry = missing === 0 ? null : { label: "no value", color: missingColor, count: missing };
  return {
    styles: [missingColor, ...colors].map((color) => ({ color, square: false })),
    styleOf,
    legend: { kind: "ramp", title, colors, ticks, missing: missingEntry },
  };
}
