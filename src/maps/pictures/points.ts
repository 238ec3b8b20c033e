import { philox } from "../../numerics/philox.js";
import type { Coloring, PointStyle } from "./column-colors.js";
import { mixed } from "./oklab.js";
import { attributes, escaped, tenths } from "./svg.js";
import type { Theme } from "./themes.js";

/** Radius in pixels at which so many points fill a fair part of an area, at least 1 and at most 6. */
export function radiusFor(numPoints: number, area: number): number {
  const radius = Math.sqrt((0.06 * area) / (Math.PI * Math.max(1, numPoints)));
  return Math.min(6, Math.max(1, Math.round(10 * radius) / 10));
}

/** Paths in which the points of one style are drawn, so that styles lie over each other by chance and not by order. */
const layers = 8;

/**
 * Points as one path for each style and layer, a dot being a line of no length with round or square ends: a few bytes a
 * point. The order of drawing is hashed, since the category drawn last would look like the largest.
 */
export function pointPaths(points: Float64Array, { styles, styleOf }: Coloring, radius: number, theme: Theme): string {
  const isOutlined = radius >= leastOutlined;
  const used = styleOf.length < 4 * layers ? 1 : layers;
  const words = new Uint32Array(4);
  const paths = Array.from({ length: used }, () => new Map<number, string[]>());
  for (let i = 0; i < styleOf.length; i++) {
    philox(words, i, 0, 0, 0, 0, 0);
    const layer = paths[words[0] % used];
    const list = layer.get(styleOf[i]);
    const dot = dotAt(points, i);
    if (list === undefined) layer.set(styleOf[i], [dot]);
    else list.push(dot);
  }
  const lines: string[] = [];
  for (const layer of paths)
    for (const [style, dots] of [...layer].sort(([a], [b]) => a - b)) {
      lines.push(strokes(dots.join(""), styles[style], radius, isOutlined ? theme : null));
    }
  return group(lines, isOutlined ? 1 : 0.8);
}

/** Radius from which points have an outline, by which faint colors are seen. */
const leastOutlined = 2.4;

/** Each point by itself, with its name as the tooltip; those that are `marked` have a ring. */
export function namedPoints(
  points: Float64Array,
  { styles, styleOf }: Coloring,
  radius: number,
  theme: Theme,
  nameOf: (point: number) => string,
  marked: ReadonlySet<number>,
): string {
  const lines = Array.from(styleOf, (style, i) => {
    const ring = marked.has(i) ? ringPath(dotAt(points, i), radius, theme) : "";
    const dot = strokes(dotAt(points, i), styles[style], radius, theme);
    return `<g><title>${escaped(nameOf(i))}</title>${ring}${dot}</g>`;
  });
  return group(lines, 1);
}

/** Radius of a point that has a label and is drawn once more. */
export function labeledRadius(radius: number): number {
  return Math.max(2.2, radius);
}

/** What a ring adds to a point's radius. */
export const ringWidth = 1.8;

/** Chosen points once more on top, within a ring. */
export function markedPoints(
  points: Float64Array,
  chosen: Iterable<number>,
  { styles, styleOf }: Coloring,
  radius: number,
  theme: Theme,
): string {
  const dots = new Map<number, string>();
  for (const i of chosen) dots.set(styleOf[i], (dots.get(styleOf[i]) ?? "") + dotAt(points, i));
  if (dots.size === 0) return "";
  const all = [...dots.values()].join("");
  const halo = `<path d="${all}"${attributes({ stroke: theme.background, "stroke-width": 2 * (radius + ringWidth) + 2 })}/>`;
  const lines = [...dots].sort(([a], [b]) => a - b).map(([style, d]) => strokes(d, styles[style], radius, theme));
  return group([halo, ringPath(all, radius, theme), ...lines], 1);
}

function dotAt(points: Float64Array, i: number): string {
  return `M${tenths(points[2 * i])} ${tenths(points[2 * i + 1])}h0`;
}

function ringPath(dots: string, radius: number, theme: Theme): string {
  const [outer, inner] = [2 * (radius + ringWidth), 2 * (radius + ringWidth) - 2];
  return [
    `<path d="${dots}"${attributes({ stroke: theme.text, "stroke-width": outer })}/>`,
    `<path d="${dots}"${attributes({ stroke: theme.background, "stroke-width": inner })}/>`,
  ].join("");
}

function strokes(dots: string, { color, square }: PointStyle, radius: number, outline: Theme | null): string {
  const width = (square ? 1.75 : 2) * radius; // a square of the circle's area has a side of 1.77 radii
  const cap = square ? "square" : undefined;
  const path = (stroke: string, size: number) =>
    `<path d="${dots}"${attributes({ stroke, "stroke-width": size, "stroke-linecap": cap })}/>`;
  if (outline === null) return path(color, width);
  return path(mixed(color, outline.text, 0.45), width + 0.6) + path(color, width - 0.6);
}

function group(lines: readonly string[], opacity: number): string {
  const shared = { fill: "none", "stroke-linecap": "round", opacity: opacity === 1 ? undefined : opacity };
  return `<g${attributes(shared)}>\n${lines.join("\n")}\n</g>`;
}
