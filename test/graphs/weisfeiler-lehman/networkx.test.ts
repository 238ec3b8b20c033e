import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isomorphism } from "../../../dist/graphs/weisfeiler-lehman/isomorphism.js";
import { hashOf, nodeHashes } from "../../../dist/graphs/weisfeiler-lehman/node-hashes.js";
import { colorRefinement } from "../../../dist/graphs/weisfeiler-lehman/refinement.js";
import { build, type Plain, partitionOf } from "./graphs.js";

interface Recorded {
  partitions: (Plain & { name: string; rounds: number[][] })[];
  pairs: { kind: string; a: Plain; b: Plain; isomorphic: boolean }[];
}

/** By networkx 3.6.1 (test/golden/record_weisfeiler_lehman.py). */
const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../../golden/weisfeiler-lehman.json", import.meta.url), "utf8"),
);

describe("each round's partition is the one by networkx's hashes", () => {
  test.each(recorded.partitions.map((graph) => [graph.name, graph] as const))("%s", async (_, graph) => {
    const input = await build(graph);
    const hashes = await nodeHashes(input, { rounds: graph.rounds.length - 1 });
    for (const [round, classes] of graph.rounds.entries()) {
      expect(partitionOf((await colorRefinement(input, { rounds: round })).colors)).toEqual(classes);
      expect(partitionOf(Array.from({ length: graph.n }, (_, v) => hashOf(hashes, v, round)))).toEqual(classes);
    }
  });
});

test("verdicts on pairs of graphs are those of networkx's VF2", async () => {
  expect(new Set(recorded.pairs.map(({ isomorphic }) => isomorphic)).size).toBe(2);
  for (const { kind, a, b, isomorphic } of recorded.pairs) {
    const result = await isomorphism(await build(a), await build(b));
    expect(result.isomorphic, kind).toBe(isomorphic);
  }
});

test("the karate club has 11 classes after one round and 27 after two, where it stays", async () => {
  const karate = recorded.partitions.find(({ name }) => name === "karate club");
  if (karate === undefined) throw new Error("not recorded");
  expect((await colorRefinement(await build(karate))).colorsByRound).toEqual([1, 11, 27]);
});
