import { expect, test } from "vitest";
import { type PartitionsAgreement, partitionsAgree } from "../../../dist/graphs/weisfeiler-lehman/partitions-agree.js";
import { type MessageForm, messageForms } from "../../../dist/graphs/weisfeiler-lehman/random-messages.js";
import { Rng } from "../../../dist/numerics/random.js";
import { build, connectedGraphs, cycles, type Plain, partitionOf, related } from "./graphs.js";

const edge: Plain = { n: 2, edges: [[0, 1]], nodeLabels: [0, 1] };

/** Seeds of all graphs by agreement. */
function total(results: PartitionsAgreement[]) {
  const counts = { equal: 0, coarser: 0, finer: 0, crossing: 0 };
  for (const result of results) {
    for (const word of ["equal", "coarser", "finer", "crossing"] as const) counts[word] += result.counts[word];
  }
  return { ...counts, share: counts.equal / (counts.equal + counts.coarser + counts.finer + counts.crossing) };
}

const connected = [3, 4, 5, 6].flatMap(connectedGraphs);

test("with a weight of its own for the node, groups are Weisfeiler-Lehman's classes in at least 99 % of seeds", async () => {
  const results = [];
  for (const plain of connected) results.push(await partitionsAgree(await build(plain), { seeds: 10 }));
  const { share, finer, crossing } = total(results);
  expect(results).toHaveLength(2 + 6 + 21 + 112);
  expect(share).toBeGreaterThanOrEqual(0.99);
  expect({ finer, crossing }).toEqual({ finer: 0, crossing: 0 });
});

test("so they are with labels of nodes and edges, and with directions", async () => {
  const results = [];
  for (let seed = 1; seed <= 40; seed++) {
    const rng = new Rng(seed);
    const directed = seed % 2 === 0;
    const { edges } = related(9, () => rng.uniform() < 0.3);
    const turned = edges.map(([a, b]) => (rng.below(2) === 0 ? ([a, b] as const) : ([b, a] as const)));
    const nodeLabels = Array.from({ length: 9 }, () => rng.below(2));
    const edgeLabels = edges.map(() => rng.below(2));
    const plain = { n: 9, edges: turned, directed, nodeLabels, edgeLabels };
    results.push(await partitionsAgree(await build(plain), { seeds: 10, seed }));
  }
  const { share, finer, crossing } = total(results);
  expect(share).toBeGreaterThanOrEqual(0.99);
  expect({ finer, crossing }).toEqual({ finer: 0, crossing: 0 });
});

test("a plain GCN and a plain sum are never finer, and merge the ends of a labeled edge", async () => {
  for (const form of ["symmetric", "sum"] as const) {
    const results = [];
    for (const plain of connected.slice(0, 60)) {
      const enough = plain.n; // layers, so that what degrees tell early is caught up with
      results.push(await partitionsAgree(await build(plain), { form, seeds: 3, layers: enough }));
    }
    expect(total(results)).toMatchObject({ finer: 0, crossing: 0 });
    expect(await partitionsAgree(await build(edge), { form, seeds: 20 })).toMatchObject({ share: 0, numColors: 2 });
  }
  expect((await partitionsAgree(await build(edge), { seeds: 20 })).share).toBe(1);
});

test("a mean from constant features tells apart nothing", async () => {
  const path = {
    n: 5,
    edges: [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ] as const,
  };
  const { counts, groups, numColors } = await partitionsAgree(await build(path), { form: "mean", seeds: 20 });
  expect(counts.coarser).toBe(20);
  expect(new Set(groups).size).toBe(1);
  expect(numColors).toBe(3);
});

test("no form tells a regular graph's nodes apart, as Weisfeiler-Lehman does not", async () => {
  for (const form of messageForms) {
    const { share, groups } = await partitionsAgree(await build(cycles(3, 4)), { form, seeds: 5, layers: 4 });
    expect(share).toBe(1);
    expect(partitionOf(groups)).toEqual(Array(7).fill(0));
  }
});

test("forms that see neither directions nor edge labels refuse them", async () => {
  const input = await build({ ...edge, directed: true });
  const forms: MessageForm[] = ["sum", "symmetric", "mean"];
  for (const form of forms) {
    await expect(partitionsAgree(input, { form })).rejects.toThrow(
      `partitionsAgree: form must be separate for a graph that is directed or has edge labels, got "${form}"`,
    );
  }
});
