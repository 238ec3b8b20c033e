import { booleanOption, integerOption, numberOption, wordOption } from "../../io/options.js";
import { coloringOf, plainColoring } from "./column-colors.js";
import { densityImage, mostPoints } from "./density.js";
import { edgeLines } from "./edges.js";
import { aspectOf, type Bounds, type Box, boundsOf, placedPoints } from "./frame.js";
import { drawLegend } from "./legend.js";
import { checkedPoints, type MapPicture, namesOf } from "./map-picture.js";
import { labelsFor, labelTexts, leaderLines } from "./point-labels.js";
import { labeledRadius, markedPoints, namedPoints, pointPaths, radiusFor } from "./points.js";
import { attributes, escaped, isolated, textElement } from "./svg.js";
import { fittedText, wrappedText } from "./text-width.js";
import { themeNames, themes } from "./themes.js";

const where = "drawMap";
const margin = 24;
const noteSize = 11;
const mostTooltips = 5000;
const fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif";

/**
 * A picture of a map as SVG: points colored by a column with a legend, names that do not overlap, lines between points
 * below, and notes, such as the map's quality, under it. More than 50,000 points are a density image. Both axes have one
 * scale. Throws RangeError where a coordinate is not finite, or numbers do not fit together.
 */
export function drawMap(picture: MapPicture): string {
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

function descriptionOf({ title, color, notes = [] }: MapPicture, numPoints: number): string {
  const what = `${title === undefined ? "A map" : title}: ${numPoints.toLocaleString("en-US")} points`;
  return [color === undefined ? what : `${what}, colored by ${color.title}`, ...notes].join(". ");
}
