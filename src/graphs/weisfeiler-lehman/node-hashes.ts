import { integerOption, knownOptions } from "../../io/options.js";
import { hashRounds } from "./hash-rounds.js";
import { type GraphInput, structureOf } from "./labeled-graph.js";
import { HashRecord, hashVersion, hex } from "./record.js";

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
 * Weisfeiler-Lehman hashes of the nodes, comparable between graphs, runs and machines. `hashRounds` has the equation; the
 * hash is the first 16 bytes of the SHA-256 of a record of length-prefixed fields, so that hashes stay short and no two
 * fields run together. Round 0 is part of the result, and degrees are mixed in nowhere: they show in round 1. Equal hashes
 * of two graphs mean that R rounds do not tell them apart, no more; `graphHash` goes on until nothing changes, and
 * `isomorphism` decides.
 *
 * Throws RangeError for labels that do not fit the graph.
 */
export async function nodeHashes(input: GraphInput, options: NodeHashesOptions = {}): Promise<NodeHashes> {
  knownOptions("nodeHashes", options, ["rounds", "signal"]);
  const numRounds = integerOption("nodeHashes", "rounds", options.rounds ?? 3, 0);
  const structure = await structureOf("nodeHashes", [input]);
  const rounds: RoundHashes[] = [];
  for await (const { classes, digests, sizes } of hashRounds(structure, numRounds, options.signal)) {
    rounds.push({ classes: classes.slice(), hashes: digests.map(hex), sizes: sizes.slice(0, digests.length) });
  }
  return { version: hashVersion, rounds, graph: hashOfRounds(rounds, structure) };
}

/** The hash of a node after a round, by default the last. */
export function hashOf({ rounds }: NodeHashes, node: number, round = rounds.length - 1): string {
  const { classes, hashes } = rounds[round];
  return hashes[classes[node]];
}

function hashOfRounds(rounds: readonly RoundHashes[], { numNodes, directed }: { numNodes: number; directed: boolean }) {
  const record = new HashRecord();
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
