import type { Structure } from "./labeled-graph.js";
import type { HashRecord } from "./record.js";

/** Where the labels of arcs and the numbers of classes stand in a record. */
const directionNames = ["to", "from"] as const;

/**
 * Notes the multiset of what surrounds a node, (direction, edge label, class) with how often it occurs, ordered by
 * `rankOf` a neighbor, then direction, then label. `describe` notes the class of a rank.
 */
export function noteSurroundings(
  record: HashRecord,
  structure: Structure,
  node: number,
  rankOf: (neighbor: number) => number,
  describe: (rank: number) => void,
): void {
  const labels = structure.edgeLabels.length;
  const arcs = structure.arcs();
  const kinds = arcs.length * labels;
  let degree = 0;
  for (const { offsets } of arcs) degree += offsets[node + 1] - offsets[node];
  const keys = new Float64Array(degree);
  let filled = 0;
  for (const [direction, { offsets, indices, labels: arcLabels }] of arcs.entries()) {
    for (let k = offsets[node]; k < offsets[node + 1]; k++) {
      keys[filled++] = rankOf(indices[k]) * kinds + direction * labels + (arcLabels === null ? 0 : arcLabels[k]);
    }
  }
  keys.sort();
  record.count(degree);
  for (let start = 0; start < degree; ) {
    const key = keys[start];
    let end = start + 1;
    while (end < degree && keys[end] === key) end++;
    const kind = key % kinds;
    record.count(end - start);
    if (structure.directed) record.label(directionNames[Math.floor(kind / labels)]);
    record.label(structure.edgeLabels[kind % labels]);
    describe(Math.floor(key / kinds));
    start = end;
  }
}
