import type { Space } from "../space/space.js";
import { type NeighborGraph, type NeighborGraphOptions, neighborGraph } from "./neighbor-graph.js";

export interface Outliers {
  /** [N]: about 1 for an item in the midst of others; an item of 2 lies twice as sparsely as its neighbors do. */
  readonly factors: Float64Array<ArrayBuffer>;
  /** Rows by falling factor, the lower row first among equals. */
  readonly order: Uint32Array<ArrayBuffer>;
  readonly graph: NeighborGraph;
}

/** What a distance to the K-th neighbor counts at least: K equal items would be infinitely dense. */
const leastDistance = 1e-12;

/**
 * Items that lie apart from those nearest to them, by their local outlier factors. `neighbors` is 15 by default; with fewer, small groups of
 * outliers pass for ordinary items. Warns where items have K equals or more, since beside them everything looks sparse.
 * Throws as `neighborGraph` does.
 */
export async function outliers(space: Space, options: NeighborGraphOptions = {}): Promise<Outliers> {
  const graph = await neighborGraph(space, options);
  const { onWarning = console.warn } = options;
  let equal = 0;
  for (let i = 0; i < graph.numItems; i++) if (radiusOf(graph, i) <= leastDistance) equal++;
  if (equal > 0 && equal < graph.numItems) {
    onWarning(
      `outliers: ${equal === 1 ? "1 item has" : `${equal} items have`} ${graph.neighbors} equals or more, beside which ` +
        "others look like outliers; drop duplicates or raise neighbors",
    );
  }
  const factors = localOutlierFactors(graph);
  const order = Uint32Array.from(factors.keys()).sort((a, b) => factors[b] - factors[a] || a - b);
  return { factors, order, graph };
}

/**
 * Local outlier factors [N] (Breunig, Kriegel, Ng and Sander 2000, definitions 5 to 7):
 *
 *   reach(i, j) = max(radius_j, d_ij),   density_i = 1 / mean_j reach(i, j),   factor_i = mean_j density_j / density_i
 *
 * over the K neighbors j of i; radius_j is the distance of j to its K-th neighbor, at least 1e-12.
 */
export function localOutlierFactors(graph: NeighborGraph): Float64Array<ArrayBuffer> {
  const { numItems, neighbors, rows, distances } = graph;
  const reach = new Float64Array(numItems); // means
  for (let i = 0; i < numItems; i++) {
    let sum = 0;
    for (let k = i * neighbors; k < (i + 1) * neighbors; k++) {
      sum += Math.max(leastDistance, radiusOf(graph, rows[k]), distances[k]);
    }
    reach[i] = sum / neighbors;
  }
  return reach.map((own, i) => {
    let sum = 0;
    for (let k = i * neighbors; k < (i + 1) * neighbors; k++) sum += own / reach[rows[k]];
    return sum / neighbors;
  });
}

function radiusOf({ neighbors, distances }: NeighborGraph, item: number): number {
  return distances[(item + 1) * neighbors - 1];
}
