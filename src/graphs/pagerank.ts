import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { countDegrees, type DegreeCounts, renumberByDegree } from "../messages/degree-order.js";
import type { Graph } from "../messages/graph.js";
import { buildHalfEdges, fitsHalfEdges } from "../messages/half-edges.js";
import type { Scratch } from "../messages/memory.js";
import { columnSweeps, columnsThatFit, solveColumns } from "./pagerank-columns.js";
import { type NodeDistribution, nodeDistribution } from "./pagerank-distribution.js";
import { groupedSweeps } from "./pagerank-grouped.js";
import { halfEdgeSweeps } from "./pagerank-half-edges.js";
import { chooseLayout, halfEdgesRefused, type Layout, type LayoutQuestion, layouts } from "./pagerank-layout.js";
import { type ColumnOrder, pullSweeps, type SweepOptions, type Sweeps, sum } from "./pagerank-pull.js";

export interface PageRankOptions extends TaskOptions {
  /** d, the chance to follow an edge instead of jumping; 0.85 by default, useful from 0.5 to 0.99. */
  damping?: number;
  /**
   * Stops when the L1 change of all ranks together is at most this; 1e-8 by default. (graphology's and networkx's
   * tolerance is a node's: multiply it by N.) In float32 below about 1e-6 it may never be met.
   */
  tolerance?: number;
  /** Stops after so many; 1,000 by default. */
  maxIterations?: number;
  /**
   * t, where jumps go; uniform by default. A list of distributions gives a result each, as alone over the same layout: an iteration
   * reads the graph once for eight of them, in 32 N bytes a distribution (20 N in float32).
   */
  personalization?: NodeDistribution | readonly NodeDistribution[] | null;
  /** w, where the mass of nodes without out-edges goes; the teleport distribution by default. */
  dangling?: NodeDistribution | null;
  /** Of the iterations; the ranks returned are float64. "float64" by default. */
  precision?: "float64" | "float32";
  /**
   * How the graph is laid out for the iterations: as it is ("pull"), renumbered by degree ("sorted"), rows of equal length
   * together ("grouped"), or half of each edge (`HalfEdges`; undirected, unweighted, float32, uniform jumps); "auto", the
   * default, takes what pays (see chooseLayout). Layouts differ by rounding.
   */
  layout?: "auto" | Layout;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
}

export interface PageRank {
  /** [N], with sum 1. */
  ranks: Float64Array;
  iterations: number;
  /** L1 change in the last iteration. */
  residual: number;
  /** Whether the residual came down to the tolerance; the ranks are given in any case. */
  converged: boolean;
  /** The most by which the ranks differ from the exact ones in L1, d / (1 - d) residual, apart from rounding. */
  errorBound: number;
  layout: Layout;
}

const known = [
  "damping",
  "tolerance",
  "maxIterations",
  "personalization",
  "dangling",
  "precision",
  "layout",
  "threads",
  "signal",
  "onProgress",
];

/**
 * PageRank (Page, Brin, Motwani and Winograd 1999, http://ilpubs.stanford.edu:8090/422/), the stationary distribution of a
 * walker who follows an edge (in proportion to its weight) with chance d and else jumps:
 *
 *   x <- d (M x + m w) + (1 - d) t,   M_ij = weight(j -> i) / outweight(j),   m = sum of x_j over nodes without out-edges
 *
 * by Jacobi iteration from x = t. An iteration multiplies the L1 error by at most d. Throws RangeError for options out of
 * range and for distributions that fit no graph of N nodes.
 */
export function pageRank(
  graph: Graph,
  options: PageRankOptions & { personalization: readonly NodeDistribution[] },
): Promise<PageRank[]>;
export function pageRank(
  graph: Graph,
  options?: PageRankOptions & { personalization?: NodeDistribution | null },
): Promise<PageRank>;
export async function pageRank(graph: Graph, options: PageRankOptions = {}): Promise<PageRank | PageRank[]> {
  const solver = await preparePageRank(graph, options);
  try {
    return await solver.solve();
  } finally {
    solver.release();
  }
}

/** The same in two steps, the layout and the iterations, so that each can be timed; `release` frees the work space. */
export async function preparePageRank(graph: Graph, options: PageRankOptions = {}) {
  knownOptions("pageRank", options, known);
  const { personalization = null, dangling = null, threads, signal, onProgress } = options;
  const damping = numberOption("pageRank", "damping", options.damping ?? 0.85, { least: 0, most: 1 });
  if (damping === 1) throw new RangeError("pageRank: damping must be below 1, got 1");
  const tolerance = numberOption("pageRank", "tolerance", options.tolerance ?? 1e-8, { least: 0 });
  const maxIterations = integerOption("pageRank", "maxIterations", options.maxIterations ?? 1000, 1);
  const precision = wordOption("pageRank", "precision", options.precision ?? "float64", ["float64", "float32"]);
  const wanted = wordOption("pageRank", "layout", options.layout ?? "auto", ["auto", ...layouts]);
  const several = Array.isArray(personalization);
  const teleports = (several ? personalization : [personalization]).map((one: NodeDistribution | null, k) => {
    const where = `pageRank: personalization${several ? `[${k}]` : ""}`;
    return one === null ? null : nodeDistribution(graph, one, where);
  });
  const danglingShares = dangling === null ? null : nodeDistribution(graph, dangling, "pageRank: dangling");
  signal?.throwIfAborted();

  const question: LayoutQuestion = {
    ...{ damping, tolerance, maxIterations, precision, solutions: teleports.length },
    uniform: danglingShares === null && teleports.every((teleport) => teleport === null),
  };
  const { memory, numNodes } = graph;
  const scratch = memory.scratch();
  try {
    const degrees = countDegrees(graph.rows);
    const layout = wanted === "auto" ? chooseLayout(graph, degrees, question) : wanted;
    const sweepOptions = { damping, precision, threads, signal };
    const given = teleports.filter((teleport) => teleport !== null);
    const result = (ranks: Float64Array, iterations: number, residual: number): PageRank => {
      return {
        ...{ ranks: scaled(ranks), iterations, residual, converged: residual <= tolerance },
        ...{ errorBound: (damping / (1 - damping)) * residual, layout },
      };
    };

    const width = Math.min(given.length, columnsThatFit(graph, precision));
    if (width > 1 && given.length === teleports.length && (layout === "pull" || layout === "sorted")) {
      const order = await orderOf(graph, { degrees, layout, scratch }, sweepOptions);
      const solve = async (): Promise<PageRank[]> => {
        const results: PageRank[] = [];
        for (let first = 0; first < given.length; first += width) {
          const columns = { teleports: given.slice(first, first + width), dangling: danglingShares };
          const work = memory.scratch();
          try {
            const sweeps = await columnSweeps(graph, columns, sweepOptions, work, order);
            const solutions = await solveColumns(sweeps, { tolerance, maxIterations, signal, onProgress });
            for (const { ranks, iterations, residual } of solutions) results.push(result(ranks, iterations, residual));
          } finally {
            work.release();
          }
        }
        return results;
      };
      return { layout, solve, release: () => scratch.release() };
    }

    const sweeps = await prepare(graph, { degrees, layout, question, scratch }, sweepOptions);
    const addressOf = (shares: Float64Array | null) => {
      if (shares === null) return 0;
      const at = scratch.allocate(8 * numNodes);
      memory.f64(at, numNodes).set(shares);
      return at;
    };
    const [danglingAt, teleportAts] = [addressOf(danglingShares), teleports.map(addressOf)];
    const solve = async (): Promise<PageRank | PageRank[]> => {
      const results: PageRank[] = [];
      for (const teleport of teleportAts) {
        await sweeps.start(teleport, danglingShares === null ? teleport : danglingAt);
        const meter = new Meter("ranking", "items", undefined, onProgress);
        let iterations = 0;
        let residual = 0;
        while (numNodes > 0 && iterations < maxIterations && (iterations === 0 || residual > tolerance)) {
          signal?.throwIfAborted();
          residual = await sweeps.sweep();
          iterations++;
          meter.update(iterations, { loss: residual });
        }
        meter.update(iterations, { loss: residual }, true);
        results.push(result(await sweeps.ranks(), iterations, residual));
      }
      return several ? results : results[0];
    };
    return { layout, solve, release: () => scratch.release() };
  } catch (error) {
    scratch.release();
    throw error;
  }
}

async function prepare(
  graph: Graph,
  {
    degrees,
    layout,
    question,
    scratch,
  }: { degrees: DegreeCounts; layout: Layout; question: LayoutQuestion; scratch: Scratch },
  options: SweepOptions,
): Promise<Sweeps> {
  if (layout === "half-edges") {
    const needed = halfEdgesRefused(graph, question);
    if (needed !== null) throw new RangeError(`pageRank: layout "half-edges" needs ${needed}`);
    if (!fitsHalfEdges(degrees))
      throw new RangeError('pageRank: layout "half-edges" needs a graph with fewer long rows');
    return halfEdgeSweeps(await buildHalfEdges(degrees, scratch, options), scratch, options);
  }
  if (layout === "grouped") return groupedSweeps(graph, options, scratch);
  return pullSweeps(graph, options, scratch, await orderOf(graph, { degrees, layout, scratch }, options));
}

async function orderOf(
  graph: Graph,
  { degrees, layout, scratch }: { degrees: DegreeCounts; layout: Layout; scratch: Scratch },
  options: SweepOptions,
): Promise<ColumnOrder | null> {
  return layout === "sorted" ? renumberByDegree(await graph.transpose(), degrees, scratch, options) : null;
}

/** Scaled to sum 1: rounding, and in float32 much of it, lets the sum drift. */
function scaled(ranks: Float64Array): Float64Array {
  const total = sum(ranks);
  for (let i = 0; i < ranks.length; i++) ranks[i] /= total;
  return ranks;
}
