import { attributes, tenths } from "./svg.js";
import type { Theme } from "./themes.js";

/** Steps of strength, each a path of its own. */
const steps = 8;

/**
 * Lines between points, [E, 2] in `edges`, below everything else: one path, or one a step where they have strengths in
 * 0..1, the strong ones darker and on top.
 */
export function edgeLines(
  points: Float64Array,
  edges: ArrayLike<number>,
  strengths: ArrayLike<number> | undefined,
  theme: Theme,
): string {
  const paths = Array.from({ length: steps }, () => [] as string[]);
  for (let e = 0; 2 * e + 1 < edges.length; e++) {
    const strength = strengths?.[e] ?? 1;
    const [from, to] = [edges[2 * e], edges[2 * e + 1]];
    const end = (i: number) => `${tenths(points[2 * i])} ${tenths(points[2 * i + 1])}`;
    paths[Math.min(steps - 1, Math.floor(strength * steps))].push(`M${end(from)}L${end(to)}`);
  }
  // Many lines are a veil that must not hide the points.
  const opacity = edges.length > 4000 ? 0.25 : edges.length > 1000 ? 0.4 : 0.6;
  const lines = paths.flatMap((path, step) => {
    if (path.length === 0) return [];
    const share = strengths === undefined ? 1 : (step + 1) / steps;
    return `<path d="${path.join("")}"${attributes({ opacity: (0.4 + 0.6 * share) * opacity, "stroke-width": strengths === undefined ? 1 : 0.7 + 0.8 * share })}/>`;
  });
  return `<g${attributes({ fill: "none", stroke: theme.line })}>\n${lines.join("\n")}\n</g>`;
}
