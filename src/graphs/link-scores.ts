import { integerOption, knownOptions } from "../io/options.js";
import type { Graph } from "../messages/graph.js";
import { log } from "../numerics/elementary.js";

/** A node that may be linked with another, and how much speaks for it. */
export interface LikelyLink {
  node: number;
  score: number;
}

export interface LikelyLinksOptions {
  /** How many; 10 by default. */
  count?: number;
}

/**
 * The nodes that a node is not linked with and is likeliest to be, by the score of Adamic and Adar (2003, "Friends and
 * neighbors on the web"; Liben-Nowell and Kleinberg 2007, section 3.2):
 *
 *   score(u, v) = sum over common neighbors z of  1 / ln(degree of z)
 *
 * Best first, among equals the lower number. Weights do not count; in a directed graph neighbors are those that a node points
 * to. A node of degree 1 is common to none. Throws RangeError where there is no such node.
 */
export function likelyLinks(graph: Graph, node: number, options: LikelyLinksOptions = {}): LikelyLink[] {
  knownOptions("likelyLinks", options, ["count"]);
  integerOption("likelyLinks", "node", node, 0, graph.numNodes - 1);
  const count = integerOption("likelyLinks", "count", options.count ?? 10, 1);
  const { offsets, indices } = graph.rows;
  const scores = new Map<number, number>();
  const own = new Set([node]);
  for (let k = offsets[node]; k < offsets[node + 1]; k++) own.add(indices[k]);
  for (const between of own) {
    if (between === node) continue;
    const degree = offsets[between + 1] - offsets[between];
    if (degree < 2) continue;
    const weight = 1 / log(degree);
    for (let k = offsets[between]; k < offsets[between + 1]; k++) {
      const other = indices[k];
      if (!own.has(other)) scores.set(other, (scores.get(other) ?? 0) + weight);
    }
  }
  const links = Array.from(scores, ([other, score]) => ({ node: other, score }));
  return links.sort((a, b) => b.score - a.score || a.node - b.node).slice(0, count);
}
