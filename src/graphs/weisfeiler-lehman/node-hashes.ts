import { Breather } from "../../io/breather.js";
import { integerOption, knownOptions } from "../../io/options.js";
import { type GraphInput, type Structure, structureOf } from "./labeled-graph.js";
import { Partition } from "./partition.js";
import { HashRecord, hashBytes, hashVersion, hex } from "./record.js";
import { noteSurroundings } from "./surroundings.js";

export interface NodeHashesOptions {
  /** Rounds R, from 0 up; 3 by default. After R rounds a node's hash tells what lies up to R edges away. */
  rounds?: number;
  signal?: AbortSignal;
}

/** The hashes of one round. */
export interface RoundHashes {
  /** The class of each node, [N]: nodes of one class have the same hash. */
  classes: Uint32Array;
  /** The hash of each class, in hexadecimal. */
  hashes: string[];
  /** How many nodes each class has. */
  sizes: Uint32Array;
}

export interface NodeHashes {
  /** Part of every hash: hashes of different versions are never equal. */
  version: string;
  /** Rounds 0 (the labels) to R. */
  rounds: RoundHashes[];
  /** The hash of the graph: of all rounds' hashes and how often each occurs. */
  graph: string;
}

/**
 * Weisfeiler-Lehman hashes of the nodes, comparable between graphs, runs and machines:
 *
 *   h_0(v) = H(label of v),   h_t+1(v) = H(h_t(v), sorted multiset of (direction, edge label, h_t(u)) over neighbors u)
 *
 * with H the first 16 bytes of the SHA-256 of a record of length-prefixed fields (`HashRecord`), so that hashes stay short
 * and no two fields run together. One node a class is hashed, O(E) a round at most. Round 0 is part of the result, and
 * degrees are mixed in nowhere. Equal hashes of two graphs mean that R rounds do not tell them apart, no more;
 * `isomorphism` decides.
 *
 * Throws RangeError for labels that do not fit the graph.
 */
export async function nodeHashes(input: GraphInput, options: NodeHashesOptions = {}): Promise<NodeHashes> {
  knownOptions("nodeHashes", options, ["rounds", "signal"]);
  const numRounds = integerOption("nodeHashes", "rounds", options.rounds ?? 3, 0);
  const structure = await structureOf("nodeHashes", [input]);
  const partition = new Partition(structure);
  const breather = new Breather(options.signal);
  const record = new HashRecord();
  let { classes, digests } = labelHashes(record, structure, partition);
  const rounds = [roundHashes(classes, digests, partition)];
  for (let t = 1; t <= numRounds; t++) {
    partition.refine();
    digests = nextHashes(record, structure, partition, { classes, digests, round: t });
    classes = partition.colors.slice();
    rounds.push(roundHashes(classes, digests, partition));
    if (breather.due) await breather.pause();
  }
  return { version: hashVersion, rounds, graph: hashOfRounds(record, structure, rounds) };
}

/** The hash of a node after a round, by default the last. */
export function hashOf({ rounds }: NodeHashes, node: number, round = rounds.length - 1): string {
  const { classes, hashes } = rounds[round];
  return hashes[classes[node]];
}

function labelHashes(record: HashRecord, { nodeLabels }: Structure, { colors }: Partition) {
  return {
    classes: colors.slice(),
    digests: nodeLabels.map((label) => record.begin("label").label(label).digest()),
  };
}

/** The hashes of the partition's classes from those of the round before. */
function nextHashes(
  record: HashRecord,
  structure: Structure,
  { starts, members, numColors }: Partition,
  before: { classes: Uint32Array; digests: Uint8Array[]; round: number },
): Uint8Array<ArrayBuffer>[] {
  const order = before.digests.map((_, c) => c).sort((a, b) => compareBytes(before.digests[a], before.digests[b]));
  const rank = new Uint32Array(order.length);
  for (const [place, c] of order.entries()) rank[c] = place;
  return Array.from({ length: numColors }, (_, c) => {
    const v = members[starts[c]];
    record.begin("node").count(before.round).bytes(before.digests[before.classes[v]]);
    noteSurroundings(
      record,
      structure,
      v,
      (u) => rank[before.classes[u]],
      (place) => record.bytes(before.digests[order[place]]),
    );
    return record.digest();
  });
}

function roundHashes(classes: Uint32Array, digests: Uint8Array[], { sizes, numColors }: Partition): RoundHashes {
  return { classes, hashes: digests.map(hex), sizes: sizes.slice(0, numColors) };
}

function hashOfRounds(record: HashRecord, { numNodes, directed }: Structure, rounds: readonly RoundHashes[]): string {
  record
    .begin(directed ? "directed graph" : "graph")
    .count(numNodes)
    .count(rounds.length);
  for (const { hashes, sizes } of rounds) {
    const order = hashes.map((_, c) => c).sort((a, b) => (hashes[a] < hashes[b] ? -1 : 1));
    record.count(order.length);
    for (const c of order) record.text(hashes[c]).count(sizes[c]);
  }
  return hex(record.digest());
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < hashBytes; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
