import type { Names } from "../../io/names.js";
import { booleanOption, integerOption, knownOptions, numberOption, wordOption } from "../../io/options.js";
import { coloringOf, type MapColor, plainColoring, scaleNames } from "./column-colors.js";
import { densityImage, mostPoints } from "./density.js";
import { edgeLines } from "./edges.js";
import { aspectOf, type Bounds, type Box, boundsOf, placedPoints } from "./frame.js";
import { type PlacedLabel, placeLabels } from "./labels.js";
import { drawLegend } from "./legend.js";
import { markedPoints, namedPoints, pointPaths, radiusFor, ringWidth } from "./points.js";
import { attributes, escaped, isolated, tenths, textElement } from "./svg.js";
import { fittedText, textWidth, wrappedText } from "./text-width.js";
import { type Theme, type ThemeName, themeNames, themes } from "./themes.js";

export interface MapPicture {
  /** [N, 2], x to the right and y upwards; finite. */
  coordinates: ArrayLike<number>;
  /** [N]; without names there are no labels. */
  names?: Names | ArrayLike<string>;
  /** What colors the points; all alike by default. */
  color?: MapColor;
  /** Whether a legend tells what the colors mean; true by default. */
  legend?: boolean;
  /**
   * Most points that get their names beside them, 40 by default; or just which points, the most important first. Where these
   * are all points, or are named, a name without room stands farther away at the end of a line.
   */
  labels?: number | ArrayLike<number>;
  /** [N]; points with more get a label first. The first points by default. */
  priority?: ArrayLike<number | null>;
  /** [N]; a short text behind each label, such as a similarity. */
  details?: ArrayLike<string>;
  /** [E, 2] lines between points. */
  edges?: ArrayLike<number>;
  /** [E] in 0..1; strong lines are darker. */
  edgeStrengths?: ArrayLike<number>;
  /** Points that get a ring. */
  marked?: ArrayLike<number>;
  /** A line above the map. */
  title?: string;
  /** A smaller line below the title. */
  subtitle?: string;
  /** What the map is, for those who cannot see it; the title, the number of points and the notes by default. */
  description?: string;
  /** Lines below the map, such as how far to believe it. */
  notes?: readonly string[];
  /** "light", the default, or "dark". */
  theme?: ThemeName;
  /** Width in pixels, 960 by default, 160 to 10,000. */
  width?: number;
  /** Height in pixels, 160 to 10,000; by default as the data asks, the map between .4 and .85 times as high as wide. */
  height?: number;
  /** Radius of a point in pixels; by the number of points by default, 1 to 6. */
  radius?: number;
  /** Whether each point shows its name where the mouse rests, for up to 5,000 points; false by default. */
  tooltips?: boolean;
  /** What coordinates the map shows at least, so that several maps have one scale; where the points lie by default. */
  bounds?: Bounds;
}

const options = [
  ...[
    "coordinates",
    "names",
    "color",
    "legend",
    "labels",
    "priority",
    "details",
    "edges",
    "edgeStrengths",
    "marked",
    "title",
  ],
  ...["subtitle", "description", "notes", "theme", "width", "height", "radius", "tooltips", "bounds"],
];

const where = "drawMap";
const margin = 24;
const labelSize = 12;
const noteSize = 11;
const mostTooltips = 5000;
/** Widest label in pixels; a longer one ends in an ellipsis. */
const widestLabel = 200;
/** Names that are tried as labels. */
const mostCandidates = 20_000;
const fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif";

/**
 * A picture of a map as SVG: points colored by a column with a legend, names that do not overlap, lines between points
 * below, and notes, such as the map's quality, under it. More than 50,000 points are a density image. Both axes have one
 * scale. Throws RangeError where a coordinate is not finite, or numbers do not fit together.
 */
export function drawMap(picture: MapPicture): string {
  knownOptions(where, picture, options);
  const { coordinates, color, edges, edgeStrengths, title, subtitle, notes = [] } = picture;
  const themeName = wordOption(where, "theme", picture.theme ?? "light", themeNames);
  const theme = themes[themeName];
  const width = integerOption(where, "width", picture.width ?? 960, 160, 10_000);
  const tooltips = booleanOption(where, "tooltips", picture.tooltips ?? false);
  const nameOf = namesOf(picture);
  const numPoints = checkedPoints(picture, nameOf);

  const coloring = color === undefined ? plainColoring(numPoints, themeName) : coloringOf(color, themeName);
  const inner = width - 2 * margin;
  const lines: string[] = [];
  let y = margin;
  if (title !== undefined && title !== "") {
    const text = isolated(fittedText(title, inner / 1.08, 18));
    lines.push(textElement(margin, y + 15, text, { "font-size": 18, "font-weight": 600, fill: theme.text }));
    y += 26;
  }
  if (subtitle !== undefined && subtitle !== "") {
    const text = isolated(fittedText(subtitle, inner, 13));
    lines.push(textElement(margin, y + 11, text, { "font-size": 13, fill: theme.muted }));
    y += 22;
  }
  if (coloring.legend !== null && booleanOption(where, "legend", picture.legend ?? true)) {
    const legend = drawLegend(coloring.legend, { x: margin, y, width: inner }, theme);
    lines.push(legend.svg);
    y += legend.height;
  }
  const noteLines = notes.flatMap((note) => wrappedText(note, inner, noteSize));
  const below = margin + (noteLines.length === 0 ? 0 : 10 + 16 * noteLines.length);
  const bounds = withBounds(boundsOf(coordinates), picture.bounds);
  const wanted = Math.round(inner * Math.min(0.85, Math.max(0.4, aspectOf(bounds))));
  const height = integerOption(where, "height", picture.height ?? y + wanted + below, 160, 10_000);
  const plot: Box = { x: margin, y: y + 4, width: inner, height: Math.max(8, height - y - 4 - below) };

  const radius = numberOption(where, "radius", picture.radius ?? radiusFor(numPoints, plot.width * plot.height), {
    exclusive: true,
    least: 0,
    most: 100,
  });
  const points = placedPoints(coordinates, bounds, inset(plot, radius + 8));
  const labeled = labelsFor(picture, nameOf, points, plot, radius);
  if (edges !== undefined && edges.length > 0) lines.push(edgeLines(points, edges, edgeStrengths, theme));
  lines.push(leaderLines(labeled, theme));
  const marked = new Set(Array.from(picture.marked ?? []));
  if (numPoints > mostPoints) lines.push(densityImage(points, coloring, plot));
  else if (tooltips && numPoints <= mostTooltips) {
    lines.push(namedPoints(points, coloring, radius, theme, nameOf ?? String, marked));
  } else if (numPoints > 0) lines.push(pointPaths(points, coloring, radius, theme));
  if (!(tooltips && numPoints <= mostTooltips)) lines.push(markedPoints(points, marked, coloring, radius, theme));
  if (numPoints > emphasized) {
    const named = labeled.map(({ point }) => point).filter((point) => !marked.has(point));
    lines.push(markedPoints(points, named, coloring, labeledRadius(radius), theme));
  }
  lines.push(labelTexts(labeled, picture, nameOf ?? String, theme));
  for (const [k, text] of noteLines.entries()) {
    const at = height - below + 22 + 16 * k;
    lines.push(textElement(margin, at, text, { "font-size": noteSize, fill: theme.muted }));
  }
  return [
    `<svg${attributes({ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "font-family": fonts })}>`,
    `<title>${escaped(title ?? "Map")}</title>`,
    `<desc>${escaped(picture.description ?? descriptionOf(picture, numPoints))}</desc>`,
    `<rect width="100%" height="100%" fill="${theme.background}"/>`,
    ...lines.filter((line) => line !== ""),
    "</svg>\n",
  ].join("\n");
}

/** Points above which the labeled ones are drawn once more, within a ring. */
const emphasized = 300;

function labeledRadius(radius: number): number {
  return Math.max(2.2, radius);
}

function namesOf({ names }: MapPicture): ((point: number) => string) | null {
  if (names === undefined) return null;
  return "get" in names ? (point) => names.get(point) : (point) => names[point];
}

/** The number of points, after all that belongs to them was found to fit. */
function checkedPoints(picture: MapPicture, nameOf: ((point: number) => string) | null): number {
  const { coordinates, edges = [], edgeStrengths, marked = [], labels } = picture;
  const numPoints = coordinates.length / 2;
  if (!Number.isInteger(numPoints)) {
    throw new RangeError(`${where}: coordinates must be two numbers a point, got ${coordinates.length} numbers`);
  }
  const lengths = {
    names: picture.names,
    priority: picture.priority,
    details: picture.details,
    "color.values": picture.color?.values,
  };
  for (const [what, list] of Object.entries(lengths)) {
    if (list !== undefined && list.length !== numPoints) {
      throw new RangeError(`${where}: ${what} must be ${numPoints}, one a point, got ${list.length}`);
    }
  }
  for (let k = 0; k < coordinates.length; k++) {
    if (Number.isFinite(coordinates[k])) continue;
    const point = k >> 1;
    const name = nameOf === null ? "" : ` (${JSON.stringify(nameOf(point))})`;
    throw new RangeError(
      `${where}: coordinates must be finite numbers, got ${coordinates[k]} as ${"xy"[k & 1]} of point ${point}${name}`,
    );
  }
  if (edges.length % 2 !== 0)
    throw new RangeError(`${where}: edges must be two points a line, got ${edges.length} numbers`);
  if (edgeStrengths !== undefined && edgeStrengths.length !== edges.length / 2) {
    throw new RangeError(
      `${where}: edgeStrengths must be ${edges.length / 2}, one a line, got ${edgeStrengths.length}`,
    );
  }
  for (let e = 0; e < (edgeStrengths?.length ?? 0); e++) {
    numberOption(where, `edgeStrengths[${e}]`, edgeStrengths?.[e], { least: 0, most: 1 });
  }
  const rows = { edges, marked, labels: typeof labels === "object" ? labels : [] };
  for (const [what, list] of Object.entries(rows)) {
    for (let k = 0; k < list.length; k++) {
      if (Number.isInteger(list[k]) && list[k] >= 0 && list[k] < numPoints) continue;
      throw new RangeError(`${where}: ${what} must be numbers of points from 0 to ${numPoints - 1}, got ${list[k]}`);
    }
  }
  if (picture.color !== undefined) {
    knownOptions(where, picture.color, ["title", "values", "scale", "categories", "order"]);
    wordOption(where, "color.scale", picture.color.scale ?? "auto", scaleNames);
    integerOption(where, "color.categories", picture.color.categories ?? 7, 1, 14);
  }
  return numPoints;
}

function withBounds(data: Bounds, asked: Bounds | undefined): Bounds {
  if (asked === undefined) return data;
  for (const value of [...asked.low, ...asked.high]) numberOption(where, "bounds", value);
  return {
    low: [Math.min(data.low[0], asked.low[0]), Math.min(data.low[1], asked.low[1])],
    high: [Math.max(data.high[0], asked.high[0]), Math.max(data.high[1], asked.high[1])],
  };
}

function inset({ x, y, width, height }: Box, by: number): Box {
  return { x: x + by, y: y + by, width: Math.max(1, width - 2 * by), height: Math.max(1, height - 2 * by) };
}

function labelsFor(
  { labels = 40, priority, details, edges = [] }: MapPicture,
  nameOf: ((point: number) => string) | null,
  points: Float64Array,
  within: Box,
  pointRadius: number,
): PlacedLabel[] {
  if (nameOf === null) return [];
  const numPoints = points.length / 2;
  const order = typeof labels === "object" ? Array.from(labels) : byPriority(numPoints, priority);
  const count = typeof labels === "object" ? order.length : integerOption(where, "labels", labels, 0);
  if (count === 0) return [];
  const candidates = order.slice(0, Math.max(mostCandidates, count)).map((point) => {
    const detail =
      details === undefined || details[point] === "" ? 0 : detailGap + textWidth(details[point], labelSize);
    const width = textWidth(labelOf(nameOf(point)), labelSize) + detail;
    return { point, x: points[2 * point], y: points[2 * point + 1], width };
  });
  const named = candidates.filter(({ width }) => width > 0);
  const avoided = edges.length > 2 * mostAvoided ? points : withLines(points, edges);
  const radius = labeledRadius(pointRadius) + ringWidth;
  return placeLabels(named, {
    within,
    count,
    fontSize: labelSize,
    radius,
    points: avoided,
    insist: count >= numPoints || typeof labels === "object",
  });
}

const detailGap = 5;
/** Lines up to which labels keep off them where they can. */
const mostAvoided = 2000;
/** Pixels between places of a line. */
const lineStep = 4;

/** The points, and places along the lines behind them. */
function withLines(points: Float64Array, edges: ArrayLike<number>): Float64Array {
  const places = [...points];
  for (let e = 0; e < edges.length; e += 2) {
    const [x, y, toX, toY] = [edges[e], edges[e + 1]].flatMap((i) => [points[2 * i], points[2 * i + 1]]);
    const steps = Math.ceil(Math.sqrt((toX - x) ** 2 + (toY - y) ** 2) / lineStep);
    for (let k = 1; k < steps; k++) places.push(x + ((toX - x) * k) / steps, y + ((toY - y) * k) / steps);
  }
  return Float64Array.from(places);
}

/** Points with the most first, equal ones and those without any by number. */
function byPriority(numPoints: number, priority: ArrayLike<number | null> | undefined): number[] {
  const order = Array.from({ length: numPoints }, (_, i) => i);
  if (priority === undefined) return order;
  const value = (i: number) => {
    const own = priority[i];
    return own === null || Number.isNaN(own) ? Number.NEGATIVE_INFINITY : own;
  };
  return order.sort((a, b) => (value(a) === value(b) ? a - b : value(b) - value(a)));
}

function labelOf(name: string): string {
  return isolated(fittedText(name, widestLabel, labelSize));
}

function leaderLines(labels: readonly PlacedLabel[], theme: Theme): string {
  const lines = labels.flatMap(({ leader }) => (leader === undefined ? [] : [leader.map(tenths)]));
  if (lines.length === 0) return "";
  const path = lines.map(([x, y, toX, toY]) => `M${x} ${y}L${toX} ${toY}`).join("");
  return `<path${attributes({ d: path, fill: "none", stroke: theme.muted, "stroke-width": 0.8 })}/>`;
}

function labelTexts(
  labels: readonly PlacedLabel[],
  { details }: MapPicture,
  nameOf: (point: number) => string,
  theme: Theme,
): string {
  if (labels.length === 0) return "";
  const texts = labels.map(({ point, x, y, anchor }) => {
    const text = textElement(x, y, labelOf(nameOf(point)), { "text-anchor": anchor === "start" ? undefined : anchor });
    if (details === undefined || details[point] === "") return text;
    const detail = `<tspan dx="${detailGap}" fill="${theme.muted}">${escaped(details[point])}</tspan>`;
    return text.replace("</text>", () => `${detail}</text>`);
  });
  // The rim in the background's color keeps text readable over points.
  const rim = { stroke: theme.background, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" };
  return `<g${attributes({ "font-size": labelSize, fill: theme.text, ...rim })}>\n${texts.join("\n")}\n</g>`;
}

function descriptionOf({ title, color, notes = [] }: MapPicture, numPoints: number): string {
  const what = `${title === undefined ? "A map" : title}: ${numPoints.toLocaleString("en-US")} points`;
  return [color === undefined ? what : `${what}, colored by ${color.title}`, ...notes].join(". ");
}
