import type { Names } from "../../io/names.js";
import { integerOption, knownOptions, wordOption } from "../../io/options.js";
import { type Coloring, coloringOf, type Legend, type MapColor, plainColoring } from "./column-colors.js";
import { aspectOf, boundsOf, placedPoints } from "./frame.js";
import { bytesOf } from "./oklab.js";
import { type ThemeName, themeNames } from "./themes.js";

export interface TerminalMap {
  /** [N, 2], x to the right and y upwards; finite. */
  coordinates: ArrayLike<number>;
  /** [N]; without names there are no labels. */
  names?: Names | ArrayLike<string>;
  /** What colors the points. */
  color?: MapColor;
  /** Most names beside their points; 20 by default. */
  labels?: number;
  /** [N]; points with more get a name first. */
  priority?: ArrayLike<number | null>;
  /** Columns of the terminal; 80 by default, 20 to 1,000. */
  columns?: number;
  /** Most lines that the map takes, from 4; 36 by default. */
  lines?: number;
  /** How colors are written: as 24-bit colors, as the nearest of 256, or not at all ("none", the default). */
  colors?: "24-bit" | "256" | "none";
  /** Colors for a light or for a dark terminal; "dark" by default. */
  theme?: ThemeName;
  /** Columns that a text takes; one a letter by default. */
  widthOf?: (text: string) => number;
}

const where = "drawTerminalMap";
/** Dots of a character: two across, four down. */
const across = 2;
const down = 4;
/** Bits of the dots in U+2800 .. U+28FF by row and column (Unicode Standard, section 21.1). */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/**
 * A map for a terminal: each character shows eight dots in Braille, colored as most of its points are. Names stand right
 * or left of their points, where there are no points or over them, and never over other names. A legend follows. Throws RangeError where a coordinate
 * is not finite.
 */
export function drawTerminalMap(map: TerminalMap): string {
  knownOptions(where, map, [
    ...["coordinates", "names", "color", "labels", "priority", "columns", "lines", "colors", "theme", "widthOf"],
  ]);
  const columns = integerOption(where, "columns", map.columns ?? 80, 20, 1000);
  const theme = wordOption(where, "theme", map.theme ?? "dark", themeNames);
  const colors = wordOption(where, "colors", map.colors ?? "none", ["24-bit", "256", "none"]);
  const { coordinates, color } = map;
  const numPoints = coordinates.length / 2;
  for (let k = 0; k < coordinates.length; k++) {
    if (!Number.isFinite(coordinates[k])) {
      throw new RangeError(`${where}: coordinates must be finite numbers, got ${coordinates[k]} at point ${k >> 1}`);
    }
  }
  const bounds = boundsOf(coordinates);
  // A character is about twice as high as wide, so that its dots are squares.
  const wanted = Math.ceil((columns * across * Math.min(1, aspectOf(bounds))) / down);
  const most = integerOption(where, "lines", map.lines ?? 36, 4, 1000);
  const lines = Math.max(4, Math.min(wanted, most));
  const box = { x: 0.5, y: 0.5, width: columns * across - 1.001, height: lines * down - 1.001 };
  const points = placedPoints(coordinates, bounds, box);
  const coloring = color === undefined ? plainColoring(numPoints, theme) : coloringOf(color, theme);

  const paint = painter(colors);
  const cells = cellsOf(points, coloring, columns, lines);
  const texts = placeNames(map, points, cells, columns, lines);
  const rows = Array.from({ length: lines }, (_, row) => {
    let text = "";
    for (let column = 0; column < columns; ) {
      const name = texts[row].get(column);
      if (name !== undefined) {
        text += name.text;
        column += name.width;
        continue;
      }
      const { dots, style } = cells[row * columns + column];
      text += dots === 0 ? " " : paint(String.fromCharCode(0x2800 + dots), coloring.styles[style].color);
      column++;
    }
    return text.trimEnd();
  });
  const legend = coloring.legend === null ? [] : [legendLine(coloring.legend, paint)];
  return `${[...rows, ...legend].join("\n")}\n`;
}

interface Cell {
  dots: number;
  /** The style of most of its points, the first of equals. */
  style: number;
}

function cellsOf(points: Float64Array, { styleOf }: Coloring, columns: number, lines: number): Cell[] {
  const cells = Array.from({ length: columns * lines }, () => ({
    dots: 0,
    style: 0,
    counts: new Map<number, number>(),
  }));
  for (let i = 0; i < styleOf.length; i++) {
    const [x, y] = [Math.floor(points[2 * i]), Math.floor(points[2 * i + 1])];
    const cell = cells[Math.floor(y / down) * columns + Math.floor(x / across)];
    cell.dots |= bits[y % down][x % across];
    cell.counts.set(styleOf[i], (cell.counts.get(styleOf[i]) ?? 0) + 1);
  }
  return cells.map(({ dots, counts }) => {
    let [style, most] = [0, 0];
    for (const [own, count] of counts)
      if (count > most || (count === most && own < style)) [style, most] = [own, count];
    return { dots, style };
  });
}

/** Names by line and the column where they begin. On its far side a name has a character free of other names. */
function placeNames(
  { names, labels = 20, priority, widthOf = (text) => Array.from(text).length }: TerminalMap,
  points: Float64Array,
  cells: readonly Cell[],
  columns: number,
  lines: number,
): Map<number, { text: string; width: number }>[] {
  const placed = Array.from({ length: lines }, () => new Map<number, { text: string; width: number }>());
  if (names === undefined) return placed;
  const most = integerOption(where, "labels", labels, 0);
  const numPoints = points.length / 2;
  const order = Array.from({ length: numPoints }, (_, i) => i);
  if (priority !== undefined) order.sort((a, b) => (priority[b] ?? 0) - (priority[a] ?? 0) || a - b);
  const dotted = Uint8Array.from(cells, ({ dots }) => (dots === 0 ? 0 : 1));
  const taken = new Uint8Array(cells.length); // by names and their points
  let count = 0;
  for (const i of order) {
    if (count >= most) break;
    const text = "get" in names ? names.get(i) : names[i];
    const shown = text.replace(/\p{Control}|\p{Surrogate}|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
    const width = widthOf(shown);
    const column = Math.floor(points[2 * i] / across);
    const row = Math.floor(points[2 * i + 1] / down) * columns;
    if (width === 0 || taken[row + column] === 1) continue;
    const isFree = (from: number, by: Uint8Array) => {
      if (from < 0 || from + width > columns) return false;
      const [first, end] =
        from > column ? [from, Math.min(columns, from + width + 1)] : [Math.max(0, from - 1), column];
      return !by.subarray(row + first, row + end).includes(1);
    };
    // Right or left of its point, where no points are or, if need be, over some.
    const sides = [column + 1, column - width].filter((from) => isFree(from, taken));
    const start = sides.find((from) => isFree(from, dotted)) ?? sides[0];
    if (start === undefined) continue;
    taken.fill(1, row + start, row + start + width);
    taken[row + column] = 1;
    placed[row / columns].set(start, { text: shown, width });
    count++;
  }
  return placed;
}

function legendLine(legend: Legend, paint: (text: string, color: string) => string): string {
  if (legend.kind === "ramp") {
    const blocks = legend.colors.filter((_, k) => k % 16 === 8).map((color) => paint("█", color));
    const [low, high] = [legend.ticks[0], legend.ticks[legend.ticks.length - 1]];
    return `${legend.title}: ${low.label} ${blocks.join("")} ${high.label}`;
  }
  const entries = legend.entries.map(
    ({ label, color, count }) => `${paint("●", color)} ${label} ${count.toLocaleString("en-US")}`,
  );
  return `${legend.title}: ${entries.join("  ")}`;
}

/** Writes text in a color as a terminal takes it (ECMA-48 SGR 38). */
function painter(colors: "24-bit" | "256" | "none"): (text: string, color: string) => string {
  if (colors === "none") return (text) => text;
  return (text, color) => {
    const [r, g, b] = bytesOf(color);
    const code = colors === "24-bit" ? `2;${r};${g};${b}` : `5;${nearestOf256(r, g, b)}`;
    return `\x1b[38;${code}m${text}\x1b[39m`;
  };
}

/** The nearest color of the cube 16 .. 231, whose levels are 0, 95, 135, 175, 215, 255. */
function nearestOf256(...rgb: [number, number, number]): number {
  const [r, g, b] = rgb.map((byte) => (byte < 48 ? 0 : byte < 115 ? 1 : Math.floor((byte - 35) / 40)));
  return 16 + 36 * r + 6 * g + b;
}
