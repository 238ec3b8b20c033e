import { log1p } from "../../numerics/elementary.js";
import type { Coloring } from "./column-colors.js";
import type { Box } from "./frame.js";
import { attributes } from "./svg.js";

/** Points above which a map is a density image. */
export const mostPoints = 50_000;
/** Side of a cell in pixels. */
const cell = 2;
/** Steps of opacity. */
const steps = 10;

/**
 * Many points as an image: each cell of 2 pixels has the color of the category most frequent in it (of equals the first), or
 * of the median of its numbers, and is the more opaque the more points lie there, by log(1 + points). Rows of equal cells
 * are one rectangle of a path.
 */
export function densityImage(points: Float64Array, { styles, styleOf, legend }: Coloring, box: Box): string {
  const isRamp = legend?.kind === "ramp";
  const columns = Math.ceil(box.width / cell);
  const rows = Math.ceil(box.height / cell);
  const order = new Uint32Array(styleOf.length);
  const starts = new Uint32Array(columns * rows + 1);
  const cellOf = (i: number) => {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((points[2 * i] - box.x) / cell)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((points[2 * i + 1] - box.y) / cell)));
    return row * columns + column;
  };
  for (let i = 0; i < styleOf.length; i++) starts[cellOf(i) + 1]++;
  let most = 0;
  for (let k = 1; k < starts.length; k++) {
    most = Math.max(most, starts[k]);
    starts[k] += starts[k - 1];
  }
  const next = starts.slice();
  for (let i = 0; i < styleOf.length; i++) order[next[cellOf(i)]++] = styleOf[i];

  const paths = new Map<number, string[]>();
  for (let row = 0; row < rows; row++) {
    let runStart = 0;
    let runKey = -1;
    for (let column = 0; column <= columns; column++) {
      const k = row * columns + column;
      const key = column === columns ? -1 : keyOf(order.subarray(starts[k], starts[k + 1]), most, isRamp);
      if (key === runKey) continue;
      if (runKey >= 0) {
        const run = `M${box.x + cell * runStart} ${box.y + cell * row}h${cell * (column - runStart)}v${cell}h${-cell * (column - runStart)}z`;
        const list = paths.get(runKey);
        if (list === undefined) paths.set(runKey, [run]);
        else list.push(run);
      }
      [runStart, runKey] = [column, key];
    }
  }
  const lines = [...paths]
    .sort(([a], [b]) => a - b)
    .map(([key, runs]) => {
      // Where the color is a number it must be read, however few points there are.
      const least = isRamp ? 0.6 : 0.2;
      const opacity = least + ((1 - least) * ((key % steps) + 1)) / steps;
      const fill = styles[Math.floor(key / steps)].color;
      return `<path d="${runs.join("")}" fill="${fill}" fill-opacity="${opacity.toFixed(2)}"/>`;
    });
  return `<g${attributes({ "shape-rendering": "crispEdges" })}>\n${lines.join("\n")}\n</g>`;
}

/** Style and opacity of a cell as one number; -1 where it is empty. */
function keyOf(stylesInCell: Uint32Array, most: number, isRamp: boolean): number {
  const count = stylesInCell.length;
  if (count === 0) return -1;
  const sorted = count === 1 ? stylesInCell : stylesInCell.slice().sort();
  const style = isRamp ? median(sorted) : mode(sorted);
  const share = most <= 1 ? 1 : log1p(count) / log1p(most);
  return style * steps + Math.min(steps - 1, Math.floor(share * steps));
}

/** The lower median; points without a value, which have style 0, count where there are no others. */
function median(sorted: Uint32Array): number {
  const first = sorted.findIndex((style) => style > 0);
  return first < 0 ? 0 : sorted[first + ((sorted.length - 1 - first) >> 1)];
}

/** The most frequent, of equals the least. */
function mode(sorted: Uint32Array): number {
  let [best, most] = [sorted[0], 0];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > most) [best, most] = [sorted[start], end - start];
    start = end;
  }
  return best;
}
