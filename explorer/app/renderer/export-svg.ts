import { attributes, escaped, tenths } from "../../../src/maps/pictures/svg.js";
import type { View } from "./camera.js";
import { arrowHead, fontSize, type OverlayLayout, shortened } from "./overlay.js";
import { marksOf } from "./painting.js";
import type { Scene } from "./scene.js";
import { diamond, spotShape } from "./spots.js";
import { highlighted, selected } from "./types.js";

/** Points up to which each is a shape of its own; more are the picture that is on the screen. */
export const mostShapes = 20_000;
/** Edges likewise. */
export const mostEdgeShapes = 20_000;

/**
 * The view as an SVG document: lines, texts and points as shapes, so that they can be edited; crowds of points, many edges
 * and thumbnails as the picture `raster` (a PNG as data URL) in place of the rows in view.
 */
export function svgOf(
  scene: Scene,
  view: View,
  layout: OverlayLayout,
  diameter: number,
  shapes: { rows: Uint32Array } | { raster: string },
): string {
  const { width, height } = view;
  const { theme } = scene;
  const parts = [`<rect width="${width}" height="${height}" fill="${theme.background}"/>`];
  if ("raster" in shapes) parts.push(`<image${attributes({ width, height })} href="${shapes.raster}"/>`);
  else parts.push(edgeShapes(scene, view), pointShapes(scene, view, diameter, shapes.rows));
  parts.push(...layout.lines.map((line) => lineShapes(line, scene, diameter / 2)));
  for (const spot of layout.spots) {
    parts.push(spotShape(spot, scene));
    if (spot.label.leader !== null) parts.push(leaderShape(spot.label.leader, scene));
    const style = { "font-weight": "600" };
    parts.push(textShape(spot.text, spot.label.x, spot.label.y, theme.accent, theme.background, style));
  }
  for (const { text, x, y, isWanted, isGreyed, leader } of layout.labels) {
    if (leader !== null) parts.push(leaderShape(leader, scene));
    parts.push(
      textShape(text, x, y, isGreyed ? theme.muted : theme.text, theme.background, {
        "font-weight": isWanted ? "600" : undefined,
      }),
    );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="${fontSize}">`,
    ...parts.filter((part) => part !== ""),
    "</svg>\n",
  ].join("\n");
}

function leaderShape([x1, y1, x2, y2]: readonly number[], { theme }: Scene): string {
  return `<line${attributes({ x1, y1, x2, y2, stroke: theme.line })}/>`;
}

function pointShapes(scene: Scene, view: View, diameter: number, rows: Uint32Array): string {
  const { state, sizes } = scene;
  const marks = marksOf(scene, scene.marked(), view, diameter);
  const markOf = (row: number) => {
    const flags = state?.[row] ?? 0;
    return (flags & selected) !== 0 ? marks[1] : (flags & highlighted) !== 0 ? marks[0] : null;
  };
  const circles: string[] = [];
  const marked: string[] = [];
  for (const row of rows) {
    const place = scene.placeOf(row, view);
    if (place === null) continue;
    const mark = markOf(row);
    const r = ((mark?.diameter ?? diameter) / 2) * (sizes?.[row] ?? 1);
    const at = `cx="${tenths(place.x)}" cy="${tenths(place.y)}"`;
    const fill = scene.colorOf(row);
    if (mark === null) circles.push(`<circle ${at} r="${tenths(r)}" fill="${fill}"/>`);
    else {
      const ring = mark.ring > 0 ? ` stroke="${mark.color}" stroke-width="${tenths(mark.ring)}"` : "";
      marked.push(`<circle ${at} r="${tenths(r)}" fill="${fill}"${ring}/>`);
    }
  }
  return `<g opacity="0.9">\n${circles.join("\n")}\n</g>\n<g>\n${marked.join("\n")}\n</g>`;
}

function edgeShapes(scene: Scene, view: View): string {
  const { edges, theme } = scene;
  if (edges === null) return "";
  const count = Math.min(edges.source.length, edges.most ?? Number.POSITIVE_INFINITY);
  const lines: string[] = [];
  for (let e = 0; e < count; e++) {
    const [from, to] = [scene.placeOf(edges.source[e], view), scene.placeOf(edges.target[e], view)];
    if (from === null || to === null) continue;
    lines.push(`M${tenths(from.x)} ${tenths(from.y)}L${tenths(to.x)} ${tenths(to.y)}`);
  }
  return `<path d="${lines.join("")}" fill="none" stroke="${theme.line}" stroke-opacity="0.4"/>`;
}

function lineShapes({ line, ends, text }: OverlayLayout["lines"][number], { theme }: Scene, radius: number): string {
  const isArrow = line.kind === "arrow";
  const color = isArrow ? theme.accent : theme.muted;
  const [x1, y1, x2, y2] = isArrow ? shortened(ends, radius + 3) : ends;
  const dash = line.kind === "likely" ? "5 4" : undefined;
  const shapes = [
    `<line${attributes({ x1, y1, x2, y2, stroke: color, "stroke-width": isArrow ? 2 : 1, "stroke-dasharray": dash })}/>`,
  ];
  if (isArrow) shapes.push(`<path d="${arrowHead(ends, radius + 2)}" fill="${color}"/>`);
  if (isArrow && typeof line.to !== "number")
    shapes.push(`<path d="${diamond(ends[2], ends[3], radius + 2)}" fill="none" stroke="${color}" stroke-width="2"/>`);
  if (text !== null)
    shapes.push(
      textShape(text.text, text.x, text.y + 0.35 * fontSize, color, theme.background, { "text-anchor": "middle" }),
    );
  return shapes.join("\n");
}

function textShape(
  text: string,
  x: number,
  y: number,
  fill: string,
  halo: string,
  more: Record<string, string | undefined>,
): string {
  const shared = { x, y, fill, stroke: halo, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" };
  return `<text${attributes({ ...shared, ...more })}>${escaped(text)}</text>`;
}
