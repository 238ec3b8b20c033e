import { booleanOption, integerOption, knownOptions } from "../io/options.js";
import type { Graph } from "../messages/graph.js";

export interface FrameOptions {
  /** The class of each node, which gives it its color; all alike by default. */
  classes?: ArrayLike<number>;
  /** What classes are called: a legend. */
  classNames?: readonly string[];
  /** Nodes that get a ring, such as those with labels. */
  marked?: ArrayLike<number>;
  /** A line of text in each frame. */
  titles?: readonly string[];
  /** Width and height in pixels; 480 by default. */
  size?: number;
  /** Whether names stand beside the nodes; by default where there are at most 50. They are tooltips anyway. */
  names?: boolean;
}

/** Colors that remain apart for the color-blind (Okabe and Ito 2008). */
const colors = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#f0e442", "#000000"];

/**
 * Pictures of a graph as SVG, one for each list of positions [N, 2], such as a hidden layer of two dimensions in each epoch:
 * edges as lines, nodes as disks with their names as tooltips. All frames have the same scale, which fits all positions.
 * Throws RangeError where positions are not two finite numbers a node.
 */
export function graphFrames(
  graph: Graph,
  positions: readonly ArrayLike<number>[],
  options: FrameOptions = {},
): string[] {
  return [...eachFrame(graph, positions, options)];
}

/** The same, one after another, so that long animations of large graphs need not be in memory. */
export function* eachFrame(
  graph: Graph,
  positions: readonly ArrayLike<number>[],
  options: FrameOptions = {},
): Generator<string> {
  knownOptions("graphFrames", options, ["classes", "marked", "titles", "size", "classNames", "names"]);
  const { classes, marked = [], titles = [], classNames = [] } = options;
  const size = integerOption("graphFrames", "size", options.size ?? 480, 16);
  const { numNodes } = graph;
  const names = booleanOption("graphFrames", "names", options.names ?? numNodes <= 50);
  const radius = numNodes <= 100 ? 7 : numNodes <= 1000 ? 4 : 2.5;
  for (const [k, points] of positions.entries()) {
    if (points.length !== 2 * numNodes || !Array.from(points).every(Number.isFinite)) {
      throw new RangeError(
        `graphFrames: ${2 * numNodes} finite numbers were needed, two a node, got ${points.length} in frame ${k}`,
      );
    }
  }
  const place = scaleOf(positions, size);
  const ringed = new Set(Array.from(marked));
  for (const [k, points] of positions.entries()) {
    const at = Array.from({ length: numNodes }, (_, i) => place(points[2 * i], points[2 * i + 1]));
    const disks = at.map(([x, y], i) => {
      const ring = ringed.has(i) ? ' stroke="black" stroke-width="2.5"' : ' stroke="white"';
      return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${colorOf(classes?.[i] ?? 0)}"${ring}><title>${escaped(graph.nameOf(i))}</title></circle>`;
    });
    const labels = at.map(([x, y], i) => {
      const left = x > 0.85 * size; // names of nodes at the right edge stand to their left
      const anchor = left ? ' text-anchor="end"' : "";
      const beside = pixels(left ? x - radius - 2 : x + radius + 2);
      return `<text x="${beside}" y="${pixels(y + 4)}"${anchor}>${escaped(graph.nameOf(i))}</text>`;
    });
    const title = titles[k] === undefined ? "" : `<text x="12" y="24">${escaped(titles[k])}</text>`;
    yield [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" font-family="sans-serif" font-size="16">`,
      '<rect width="100%" height="100%" fill="white"/>',
      `<path d="${linesOf(graph, at)}" stroke="#bbbbbb" fill="none"/>`,
      ...disks,
      ...(names ? ['<g font-size="10" fill="#555555">', ...labels, "</g>"] : []),
      ...classNames.map((name, c) => legendOf(name, c, size - 12 - 20 * (classNames.length - 1 - c))),
      `${title}</svg>\n`,
    ].join("\n");
  }
}

/** To hundredths. */
const pixels = (value: number) => Math.round(100 * value) / 100;

/** The color of a class; gray where it is not known (-1). */
const colorOf = (index: number) => colors[index % colors.length] ?? "#999999";

function legendOf(name: string, index: number, y: number): string {
  const disk = `<circle cx="18" cy="${y - 5}" r="6" fill="${colorOf(index)}"/>`;
  return `<g class="legend">${disk}<text x="30" y="${y}" font-size="13">${escaped(name)}</text></g>`;
}

type Point = readonly [number, number];

/** Takes positions to pixels, with a margin and y upwards. */
function scaleOf(positions: readonly ArrayLike<number>[], size: number): (x: number, y: number) => Point {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const points of positions) {
    for (let k = 0; k < points.length; k++) {
      low[k % 2] = Math.min(low[k % 2], points[k]);
      high[k % 2] = Math.max(high[k % 2], points[k]);
    }
  }
  const margin = size / 12;
  const span = Math.max(high[0] - low[0], high[1] - low[1]) || 1;
  const along = (axis: number, value: number) =>
    size / 2 + ((value - (low[axis] + high[axis]) / 2) / span) * (size - 2 * margin);
  return (x, y) => [pixels(along(0, x)), pixels(size - along(1, y))];
}

/** Each edge as a line; an edge that stands in two rows once. */
function linesOf(graph: Graph, at: readonly Point[]): string {
  const { offsets, indices } = graph.rows;
  const lines: string[] = [];
  for (const [i, from] of at.entries()) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      if (graph.directed || indices[k] > i) lines.push(`M${from.join(" ")}L${at[indices[k]].join(" ")}`);
    }
  }
  return lines.join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
