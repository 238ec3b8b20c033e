import type { Legend, LegendEntry } from "./column-colors.js";
import { mixed } from "./oklab.js";
import { attributes, isolated, textElement } from "./svg.js";
import { fittedText, textWidth } from "./text-width.js";
import type { Theme } from "./themes.js";

const fontSize = 12;
const lineHeight = 20;
const dot = 9;
const barWidth = 240;
const barHeight = 10;

/** A legend from (x, y) on, at most `width` wide; entries that do not fit go to the next line. */
export function drawLegend(
  legend: Legend,
  { x, y, width }: { x: number; y: number; width: number },
  theme: Theme,
): { svg: string; height: number } {
  return legend.kind === "ramp"
    ? drawRamp(legend, x, y, width, theme)
    : drawEntries(legend.title, legend.entries, x, y, width, theme);
}

function titleText(title: string, x: number, y: number, width: number, theme: Theme) {
  const text = isolated(fittedText(title, 0.35 * width, fontSize));
  const svg = textElement(x, y, text, { "font-size": fontSize, "font-weight": 600, fill: theme.text });
  return { svg, width: 1.08 * textWidth(text, fontSize) + 14 }; // semi-bold is a bit wider
}

function drawEntries(
  title: string,
  entries: readonly LegendEntry[],
  x: number,
  y: number,
  width: number,
  theme: Theme,
) {
  const heading = titleText(title, x, y + 14, width, theme);
  const lines = [heading.svg];
  let at = x + heading.width;
  let top = y;
  for (const entry of entries) {
    const label = isolated(fittedText(entry.label, Math.min(300, 0.4 * width), fontSize));
    const count = entry.count.toLocaleString("en-US");
    const taken = dot + 5 + textWidth(label, fontSize) + 5 + textWidth(count, fontSize) + 16;
    if (at + taken > x + width && at > x) {
      at = x;
      top += lineHeight;
    }
    lines.push(entryAt(entry, label, at, top, theme));
    at += taken;
  }
  return { svg: lines.join("\n"), height: top - y + lineHeight };
}

function entryAt(entry: LegendEntry, label: string, x: number, y: number, theme: Theme): string {
  const count = `<tspan dx="5"${attributes({ fill: theme.muted })}>${entry.count.toLocaleString("en-US")}</tspan>`;
  const text = textElement(x + dot + 5, y + 14, label, { "font-size": fontSize, fill: theme.text });
  return swatch(entry, x + dot / 2, y + 10, theme) + text.replace("</text>", `${count}</text>`);
}

function swatch({ color, square }: LegendEntry, x: number, y: number, theme: Theme): string {
  const outline = mixed(color, theme.text, 0.45);
  const path = (stroke: string, size: number) =>
    `<path d="M${x} ${y}h0"${attributes({ stroke, "stroke-width": size, "stroke-linecap": square ? "square" : "round" })}/>`;
  const size = square ? 0.88 * dot : dot;
  return path(outline, size + 0.6) + path(color, size - 0.6);
}

/** The bar has its ticks below; a point without a value is an entry behind it. */
function drawRamp(legend: Legend & { kind: "ramp" }, x: number, y: number, width: number, theme: Theme) {
  const heading = titleText(legend.title, x, y + 14, width, theme);
  const lines = [heading.svg];
  const room = width - heading.width - 20 - (legend.missing === null ? 0 : 130);
  const left = x + heading.width + 6;
  const long = Math.max(40, Math.min(barWidth, room));
  const { colors, ticks, missing } = legend;
  const shown = colors.filter((_, k) => k % 4 === 0);
  const step = long / shown.length;
  // Each color reaches below the next, so that no seam is left between them.
  const bars = shown.map(
    (color, k) =>
      `<rect x="${(left + k * step).toFixed(2)}" y="${y + 5}" width="${(long - k * step).toFixed(2)}" height="${barHeight}" fill="${color}"/>`,
  );
  lines.push(`<g shape-rendering="crispEdges">${bars.join("")}</g>`);
  let free = Number.NEGATIVE_INFINITY;
  for (const { at, label } of ticks) {
    const middle = left + at * long;
    const half = textWidth(label, 11) / 2;
    if (middle - half < free) continue;
    free = middle + half + 6;
    lines.push(
      `<path d="M${middle.toFixed(1)} ${y + 15}v3"${attributes({ stroke: theme.muted, "stroke-width": 1 })}/>`,
    );
    lines.push(textElement(middle, y + 28, label, { "font-size": 11, fill: theme.muted, "text-anchor": "middle" }));
  }
  if (missing !== null) {
    lines.push(entryAt(missing, missing.label, left + long + 22, y, theme));
  }
  return { svg: lines.join("\n"), height: lineHeight + 14 };
}
