import { Breather } from "../../io/breather.js";
import { knownOptions } from "../../io/options.js";
import { type GraphInput, structureOf } from "./labeled-graph.js";
import { Partition } from "./partition.js";
import { HashRecord, hex } from "./record.js";
import { noteSurroundings } from "./surroundings.js";

/**
 * The hash of a graph by its stable partition, in hexadecimal: equal for two graphs exactly where color refinement never
 * tells them apart, however many rounds it takes (but for collisions of a 128-bit hash), and so for isomorphic graphs.
 *
 * Hashed is the quotient: for each color, in order, its label, how many nodes have it, and what surrounds each of them,
 * (direction, edge label, color) with how often. The numbers of colors depend on the graph alone (`Partition`), and a
 * quotient has everything that color refinement can see. O((N + E) log N), even where there are very many rounds.
 *
 * Throws RangeError for labels that do not fit the graph.
 */
export async function graphHash(input: GraphInput, options: { signal?: AbortSignal } = {}): Promise<string> {
  knownOptions("graphHash", options, ["signal"]);
  const structure = await structureOf("graphHash", [input]);
  const partition = new Partition(structure);
  const breather = new Breather(options.signal);
  while (partition.refine()) if (breather.due) await breather.pause();

  const { numColors, members, starts, sizes, colors } = partition;
  const record = new HashRecord();
  const digests: Uint8Array[] = [];
  for (let color = 0; color < numColors; color++) {
    const node = members[starts[color]];
    record.begin("color").label(structure.nodeLabels[structure.labelOf[node]]).count(sizes[color]);
    noteSurroundings(
      record,
      structure,
      node,
      (neighbor) => colors[neighbor],
      (neighbor) => record.count(neighbor),
    );
    digests.push(record.digest());
    if (breather.due) await breather.pause();
  }
  record.begin(structure.directed ? "stable directed graph" : "stable graph").count(structure.numNodes);
  for (const digest of digests) record.bytes(digest);
  return hex(record.digest());
}
