import { kernelOver } from "../kernels/kernel.js";
import { sharedPool } from "../kernels/pool.js";
import type { HalfEdges } from "../messages/half-edges.js";
import type { Scratch } from "../messages/memory.js";
import { type SweepOptions, type Sweeps, sum } from "./pagerank-pull.js";

/** Hubs or nodes of a call. */
const [callHubs, callNodes] = [2 ** 13, 2 ** 16];

function callsOver(count: number, size: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, k) => [k * size, Math.min((k + 1) * size, count)]);
}

/**
 * PageRank over half edges in f32, with uniform jumps. Isolated nodes have their final
 * rank, which is what every node gets by jumps, from the start, and the others equal parts of the rest. An iteration is two steps: the
 * ranges pull and push, then the hubs add up what was pushed to them.
 */
export function halfEdgeSweeps(
  layout: HalfEdges,
  scratch: Scratch,
  { damping, threads, signal }: Omit<SweepOptions, "precision">,
): Sweeps {
  const { memory, numNodes, numHubs, numRows, rowAt, inverseAt, listAt, listEndAt, loopsAt, ranges } = layout;
  const stride = Math.ceil(numHubs / 8) * 64;
  const slots = scratch.allocate(stride * ranges.length);
  const sums = scratch.allocate(4 * numHubs);
  let [x, c, next] = [0, 1, 2].map(() => scratch.allocate(4 * numRows));
  const tables = ranges.map(({ pieces }) => {
    const at = scratch.allocate(24 * pieces.length);
    memory.u32(at, 6 * pieces.length).set(pieces.flatMap(({ from, to, L, K, q, t }) => [from, to, L, K, q, t]));
    return at;
  });
  const isolatedNodes = numNodes - numRows;
  // y = (1 - d) / N + d (isolated nodes) y / N; the others share the rest.
  const isolated = (1 - damping) / (numNodes - damping * isolatedNodes);
  const run = (fn: string, calls: number[][]) =>
    sharedPool({ threads }).run({ memory: memory.memory, kernel: "half-edges", fn, calls, signal });

  return {
    async start() {
      const others = (1 - isolatedNodes * isolated) / numRows;
      const kernel = kernelOver("half-edges", memory.memory);
      for (const [from, to] of callsOver(numHubs, callHubs)) {
        kernel.startHubs(slots, ranges.length, stride, x, inverseAt, from, to, others);
      }
      for (const { from, to, L, K } of ranges.flatMap(({ pieces }) => pieces)) {
        kernel.startTails(c, x, from, to, others, others / (L + K));
      }
    },
    async sweep() {
      const tails = await run(
        "sweepRange",
        ranges.map(({ hubFrom, hubTo, pieces }, r) => {
          const lists = [
            tables[r],
            pieces.length,
            listEndAt,
            listAt,
            slots + stride * r,
            loopsAt,
            sums,
            hubFrom,
            hubTo,
          ];
          return [...lists, c, next, x, isolated, damping];
        }),
      );
      const hubs = await run(
        "finishHubs",
        callsOver(numHubs, callHubs).map(([from, to]) => {
          return [slots, ranges.length, stride, sums, x, inverseAt, from, to, isolated, damping];
        }),
      );
      [c, next] = [next, c];
      return sum(Float64Array.of(...tails, ...hubs));
    },
    async ranks() {
      const out = memory.allocate(8 * numNodes);
      await run(
        "collect",
        callsOver(numNodes, callNodes).map(([from, to]) => [rowAt, x, out, from, to, isolated]),
      );
      const ranks = memory.f64(out, numNodes).slice();
      memory.free(out);
      return ranks;
    },
  };
}
