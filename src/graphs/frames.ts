import { booleanOption, integerOption, knownOptions } from "../io/options.js";
import type { MapColor } from "../maps/pictures/column-colors.js";
import { drawMap } from "../maps/pictures/draw-map.js";
import { type Bounds, boundsOf } from "../maps/pictures/frame.js";
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
  /** Width and height in pixels, from 160; 480 by default. */
  size?: number;
  /** Whether names stand beside the nodes; by default where there are at most 50. They are tooltips anyway. */
  names?: boolean;
}

/**
 * Pictures of a graph as SVG, one for each list of positions [N, 2], such as a hidden layer of two dimensions in each epoch:
 * edges as lines, nodes as disks with their names as tooltips. All frames have one scale, which fits all positions, and a
 * class has one color in all of them.
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
  const { classes, marked = [], titles = [], classNames } = options;
  const size = integerOption("graphFrames", "size", options.size ?? 480, 160);
  const { numNodes } = graph;
  const names = booleanOption("graphFrames", "names", options.names ?? numNodes <= 50);
  for (const [k, points] of positions.entries()) {
    if (points.length !== 2 * numNodes || !Array.from(points).every(Number.isFinite)) {
      throw new RangeError(
        `graphFrames: ${2 * numNodes} finite numbers were needed, two a node, got ${points.length} in frame ${k}`,
      );
    }
  }
  const shared = {
    names: Array.from({ length: numNodes }, (_, i) => graph.nameOf(i)),
    color: classes === undefined ? undefined : colorOf(classes, classNames),
    legend: classNames !== undefined,
    labels: names ? Array.from({ length: numNodes }, (_, i) => i) : 0,
    edges: edgesOf(graph),
    bounds: boundsOfAll(positions),
    width: size,
    height: size,
    tooltips: true,
    marked,
  };
  for (const [k, coordinates] of positions.entries()) yield drawMap({ ...shared, coordinates, title: titles[k] });
}

/** Classes in their own order, so that a class has one color in all frames; -1 is none. */
function colorOf(classes: ArrayLike<number>, classNames: readonly string[] = []): MapColor {
  const count = Array.from(classes).reduce((most, c) => Math.max(most, c + 1), classNames.length);
  const order = Array.from({ length: count }, (_, c) => classNames[c] ?? `class ${c}`);
  const values = Array.from(classes, (c) => (c < 0 ? null : order[c]));
  return { title: "class", values, scale: "categories", order, categories: Math.max(1, Math.min(mostColored, count)) };
}

/** Classes that can be told apart. */
const mostColored = 14;

function boundsOfAll(positions: readonly ArrayLike<number>[]): Bounds {
  const all = positions.map(boundsOf);
  const each = (pick: (axis: 0 | 1) => number): [number, number] => [pick(0), pick(1)];
  return {
    low: each((axis) => all.reduce((least, { low }) => Math.min(least, low[axis]), Number.POSITIVE_INFINITY)),
    high: each((axis) => all.reduce((most, { high }) => Math.max(most, high[axis]), Number.NEGATIVE_INFINITY)),
  };
}

/** The edges as pairs of nodes; an edge that stands in two rows once. */
function edgesOf(graph: Graph): number[] {
  const { offsets, indices } = graph.rows;
  const edges: number[] = [];
  for (let i = 0; i < graph.numNodes; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      if (graph.directed || indices[k] > i) edges.push(i, indices[k]);
    }
  }
  return edges;
}
