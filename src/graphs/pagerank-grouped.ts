import { groupByLength } from "../messages/degree-order.js";
import type { Graph } from "../messages/graph.js";
import type { Scratch } from "../messages/memory.js";
import {
  type DistributionAddress,
  invertOutWeights,
  numberBytes,
  type SweepOptions,
  type Sweeps,
  sweepsOver,
} from "./pagerank-pull.js";

/** PageRank by pulling over rows of which those of equal length follow each other; see groupByLength. */
export async function groupedSweeps(graph: Graph, options: SweepOptions, scratch: Scratch): Promise<Sweeps> {
  const { memory, numNodes } = graph;
  const bytes = numberBytes(options.precision);
  const { rows, placeAt } = await groupByLength(await graph.transpose(), scratch, options);
  const inverseAt = scratch.allocate(bytes * numNodes);
  const numbersAt = (at: number) => (bytes === 8 ? memory.f64(at, numNodes) : memory.f32(at, numNodes));
  /** Numbers [N] of nodes in the order of the grouped rows. */
  const moved = (from: Float64Array | Float32Array, to: Float64Array | Float32Array) => {
    const place = memory.u32(placeAt, numNodes);
    for (let i = 0; i < numNodes; i++) to[place[i]] = from[i];
  };
  await invertOutWeights(graph, inverseAt, options);
  moved(numbersAt(inverseAt).slice(), numbersAt(inverseAt));
  const sweeps = sweepsOver({ rows, inverseAt, indicesAt: rows.indicesAt, placeAt: 0 }, options, scratch);
  const distributions = new Map<DistributionAddress, DistributionAddress>([[0, 0]]);
  const movedDistribution = (at: DistributionAddress): DistributionAddress => {
    let to = distributions.get(at);
    if (to === undefined) {
      to = scratch.allocate(8 * numNodes);
      moved(memory.f64(at, numNodes), memory.f64(to, numNodes));
      distributions.set(at, to);
    }
    return to;
  };
  return {
    start: (teleport, dangling) => sweeps.start(movedDistribution(teleport), movedDistribution(dangling)),
    sweep: () => sweeps.sweep(),
    async ranks() {
      const ranks = await sweeps.ranks();
      const place = memory.u32(placeAt, numNodes);
      const own = new Float64Array(numNodes);
      for (let i = 0; i < numNodes; i++) own[i] = ranks[place[i]];
      return own;
    },
  };
}
