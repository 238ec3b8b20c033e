import { Breather } from "../../io/breather.js";
import type { Structure } from "./labeled-graph.js";
import { Partition } from "./partition.js";
import { HashRecord, hashBytes } from "./record.js";
import { noteSurroundings } from "./surroundings.js";

/** One round: the class of each node, [N], and each class's hash; good until the next round is asked for. */
export interface HashRound {
  classes: Uint32Array;
  digests: Uint8Array<ArrayBuffer>[];
  /** How many nodes each class has; at least as long as there are classes. */
  sizes: Uint32Array;
}

/**
 * The hashes of rounds 0 to R:
 *
 *   h_0(v) = H(label of v),   h_t+1(v) = H(t + 1, h_t(v), sorted multiset of (direction, edge label, h_t(u)) over neighbors u)
 *
 * with H of `HashRecord`. One node a class is hashed, in O(E) a round at most.
 */
export async function* hashRounds(
  structure: Structure,
  numRounds: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<HashRound> {
  signal?.throwIfAborted();
  const partition = new Partition(structure);
  const breather = new Breather(signal);
  const record = new HashRecord();
  let digests = structure.nodeLabels.map((label) => record.begin("label").label(label).digest());
  yield { classes: partition.colors, digests, sizes: partition.sizes };
  for (let round = 1; round <= numRounds; round++) {
    const before = partition.colors.slice();
    partition.refine();
    const { members, starts, numColors } = partition;
    const order = digests.map((_, c) => c).sort((a, b) => compareBytes(digests[a], digests[b]));
    const rank = new Uint32Array(order.length);
    for (const [place, c] of order.entries()) rank[c] = place;
    const next: Uint8Array<ArrayBuffer>[] = [];
    for (let c = 0; c < numColors; c++) {
      const v = members[starts[c]];
      record.begin("node").count(round).bytes(digests[before[v]]);
      const rankOf = (neighbor: number) => rank[before[neighbor]];
      noteSurroundings(record, structure, v, rankOf, (place) => record.bytes(digests[order[place]]));
      next.push(record.digest());
      if (breather.due) await breather.pause();
    }
    digests = next;
    yield { classes: partition.colors, digests, sizes: partition.sizes };
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < hashBytes; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
