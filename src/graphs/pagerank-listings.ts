import { integerOption, knownOptions, numberOption } from "../io/options.js";
import type { Graph } from "../messages/graph.js";
import { Rng } from "../numerics/random.js";

export interface ListingOptions {
  /** d; 0.85 by default. */
  damping?: number;
  /** Steps are made while the L2 change is above this; 1e-8 by default. */
  epsilon?: number;
  /** Steps at most; 10,000 by default. */
  maxIterations?: number;
  /** Of the random start; 1 by default. */
  seed?: number;
}

export interface ListingResult {
  /** [N]; its sum is 1 only where every node has an out-edge. */
  ranks: Float64Array;
  iterations: number;
}

/**
 * PageRank as it is taught first: v <- (d M + (1 - d) / N J) v with J all ones, an N x N matrix. With M_ij = weight(j -> i) /
 * outweight(j), the column of a node without out-edges is zero, so that its mass is lost at each step and the ranks go to 0
 * where there is such a node: use `pageRank`. Throws RangeError above 4,096 nodes.
 */
export function densePageRank(graph: Graph, options: ListingOptions = {}): ListingResult {
  const { numNodes: N } = graph;
  const { damping: d, ...rest } = settings("densePageRank", options);
  if (N > 4096) throw new RangeError(`densePageRank: a matrix of N x N needs N <= 4096 nodes, got ${N}`);
  const matrix = new Float64Array(N * N).fill((1 - d) / N);
  for (const { from, to, share } of links(graph)) matrix[to * N + from] += d * share;
  return iterate(N, rest, (v) =>
    Float64Array.from({ length: N }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < N; j++) sum += matrix[i * N + j] * v[j];
      return sum;
    }),
  );
}

/**
 * PageRank as it is taught next, with a VAT tax: v <- d M v + (1 - d) / N. Each node pays 1 - d of its rank and all get equal
 * parts of the tax, so that M may stay sparse. The same as the dense form while ranks sum to 1, which they do not where a
 * node has no out-edges: there the tax is a constant, and the ranks sum to less than 1.
 */
export function sparsePageRank(graph: Graph, options: ListingOptions = {}): ListingResult {
  const { numNodes: N } = graph;
  const { damping: d, ...rest } = settings("sparsePageRank", options);
  const all = links(graph);
  return iterate(N, rest, (v) => {
    const next = new Float64Array(N).fill((1 - d) / N);
    for (const { from, to, share } of all) next[to] += d * share * v[from];
    return next;
  });
}

function settings(where: string, options: ListingOptions) {
  knownOptions(where, options, ["damping", "epsilon", "maxIterations", "seed"]);
  return {
    damping: numberOption(where, "damping", options.damping ?? 0.85, { least: 0, most: 1 }),
    epsilon: numberOption(where, "epsilon", options.epsilon ?? 1e-8, { least: 0 }),
    maxIterations: integerOption(where, "maxIterations", options.maxIterations ?? 10_000, 1),
    seed: integerOption(where, "seed", options.seed ?? 1, 0),
  };
}

/** The entries of M. */
function links({ rows }: Graph): { from: number; to: number; share: number }[] {
  const { offsets, indices, values } = rows;
  const all: { from: number; to: number; share: number }[] = [];
  for (let from = 0; from < rows.numRows; from++) {
    let weight = 0;
    for (let k = offsets[from]; k < offsets[from + 1]; k++) weight += values?.[k] ?? 1;
    for (let k = offsets[from]; k < offsets[from + 1]; k++) {
      all.push({ from, to: indices[k], share: (values?.[k] ?? 1) / weight });
    }
  }
  return all;
}

function iterate(
  N: number,
  { epsilon, maxIterations, seed }: { epsilon: number; maxIterations: number; seed: number },
  step: (v: Float64Array<ArrayBuffer>) => Float64Array<ArrayBuffer>,
): ListingResult {
  const rng = new Rng(seed);
  let v = Float64Array.from({ length: N }, () => rng.uniform());
  const norm = v.reduce((sum, x) => sum + x, 0);
  v = v.map((x) => x / norm);
  let last = new Float64Array(N).fill(100);
  let iterations = 0;
  while (distance(v, last) > epsilon && iterations < maxIterations) {
    [last, v] = [v, step(v)];
    iterations++;
  }
  return { ranks: v, iterations };
}

function distance(a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) * (a[i] - b[i]);
  return Math.sqrt(squares);
}
