import { integerOption } from "../../io/options.js";
import { square } from "../../numerics/elementary.js";
import type { Box } from "./frame.js";
import { type PlacedLabel, placeLabels } from "./labels.js";
import type { MapPicture } from "./map-picture.js";
import { labeledRadius, ringWidth } from "./points.js";
import { attributes, escaped, isolated, tenths, textElement } from "./svg.js";
import { fittedText, textWidth } from "./text-width.js";
import type { Theme } from "./themes.js";

const labelSize = 12;
/** Widest label in pixels; a longer one ends in an ellipsis. */
const widestLabel = 200;
/** Names that are tried as labels. */
const mostCandidates = 20_000;

/** Finds places for the names of points; none where points have no names. */
export function labelsFor(
  { labels = 40, priority, details, edges = [] }: MapPicture,
  nameOf: ((point: number) => string) | null,
  points: Float64Array,
  within: Box,
  pointRadius: number,
): PlacedLabel[] {
  if (nameOf === null) return [];
  const numPoints = points.length / 2;
  const order = typeof labels === "object" ? Array.from(labels) : byPriority(numPoints, priority);
  const count = typeof labels === "object" ? order.length : integerOption("drawMap", "labels", labels, 0);
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
  if (edges.length === 0) return points;
  const places = Array.from(points);
  for (let e = 0; e < edges.length; e += 2) {
    const [x, y, toX, toY] = [edges[e], edges[e + 1]].flatMap((i) => [points[2 * i], points[2 * i + 1]]);
    const steps = Math.ceil(Math.sqrt(square(toX - x) + square(toY - y)) / lineStep);
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

/** The lines from points to texts that stand farther away. */
export function leaderLines(labels: readonly PlacedLabel[], theme: Theme): string {
  const lines = labels.flatMap(({ leader }) => (leader === undefined ? [] : [leader.map(tenths)]));
  if (lines.length === 0) return "";
  const path = lines.map(([x, y, toX, toY]) => `M${x} ${y}L${toX} ${toY}`).join("");
  return `<path${attributes({ d: path, fill: "none", stroke: theme.muted, "stroke-width": 0.8 })}/>`;
}

/** The texts, with a rim in the background's color that keeps them readable over points. */
export function labelTexts(
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
  const rim = { stroke: theme.background, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" };
  return `<g${attributes({ "font-size": labelSize, fill: theme.text, ...rim })}>\n${texts.join("\n")}\n</g>`;
}
