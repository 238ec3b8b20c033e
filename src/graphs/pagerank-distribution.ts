import type { Graph } from "../messages/graph.js";
import { sum } from "./pagerank-pull.js";

/**
 * A distribution over nodes: a number for each node, or numbers by node (its name, or its number where the graph has no
 * names) with 0 for all others. Numbers are finite and not negative, one at least is positive; they are scaled to sum 1.
 */
export type NodeDistribution =
  | Float64Array
  | Float32Array
  | ReadonlyMap<string | number, number>
  | Readonly<Record<string, number>>;

/** [N], with sum 1. Throws RangeError, beginning with `where`. */
export function nodeDistribution(graph: Graph, given: NodeDistribution, where: string): Float64Array {
  const { numNodes } = graph;
  const shares = new Float64Array(numNodes);
  if (given instanceof Float64Array || given instanceof Float32Array) {
    if (given.length !== numNodes) throw new RangeError(`${where} must hold ${numNodes} numbers, got ${given.length}`);
    shares.set(given);
  } else {
    const entries = given instanceof Map ? given : new Map(Object.entries(given));
    const find = nodeFinder(graph, where);
    for (const [node, share] of entries) shares[find(node)] = share;
  }
  const wrong = shares.findIndex((share) => !(share >= 0 && Number.isFinite(share)));
  if (wrong >= 0) {
    throw new RangeError(`${where}: node ${graph.nameOf(wrong)} must have a finite number >= 0, got ${shares[wrong]}`);
  }
  const total = sum(shares);
  if (!(total > 0 && Number.isFinite(total))) throw new RangeError(`${where} must have a positive sum, got ${total}`);
  return shares.map((share) => share / total);
}

function nodeFinder(graph: Graph, where: string): (node: string | number) => number {
  const { names, numNodes } = graph;
  if (names !== null) {
    const numbers = new Map(Array.from(names, (name, node) => [name, node]));
    return (node) => {
      const found = numbers.get(String(node));
      if (found === undefined) throw new RangeError(`${where}: there is no node ${JSON.stringify(node)}`);
      return found;
    };
  }
  return (node) => {
    const number = typeof node === "number" || /^\d+$/.test(node) ? Number(node) : Number.NaN;
    if (!(Number.isInteger(number) && number >= 0 && number < numNodes)) {
      throw new RangeError(`${where}: a node must be a number from 0 to ${numNodes - 1}, got ${JSON.stringify(node)}`);
    }
    return number;
  };
}
