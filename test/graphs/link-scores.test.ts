import fc from "fast-check";
import { expect, test } from "vitest";
import { likelyLinks } from "../../dist/graphs/link-scores.js";
import { Graph } from "../../dist/messages/graph.js";
import { edgeLists } from "../messages/random-graphs.js";
import { karate } from "./karate.js";

test("on the karate club the scores are those of networkx 3.6.1 (adamic_adar_index)", async () => {
  const { graph } = await karate();
  const expected = [
    [33, 2.711019722297],
    [32, 1.613740043014],
    [16, 1 / Math.LN2],
    [30, 1.076454547873],
    [28, 0.992405108454],
  ];
  const found = likelyLinks(graph, 0, { count: 5 });
  expect(found.map(({ node }) => node)).toEqual(expected.map(([node]) => node));
  for (const [k, { score }] of found.entries()) expect(score).toBeCloseTo(expected[k][1], 11);
  // nodes without a common neighbor are no answers, though ten were asked for
  expect(likelyLinks(graph, 16).map(({ node }) => node)).toEqual([0, 4, 10]);
});

test("the answers are the sums over common neighbors, best first, and never neighbors or the node itself", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), async (edges) => {
      const graph = await Graph.fromEdges(edges);
      const { offsets, indices } = graph.rows;
      const near = Array.from({ length: graph.numNodes }, (_, i) => [...indices.subarray(offsets[i], offsets[i + 1])]);
      const expected = near
        .map((list, node) => {
          const common = list.filter((z) => z !== 0 && near[0].includes(z) && near[z].length > 1);
          return { node, score: common.reduce((sum, z) => sum + 1 / Math.log(near[z].length), 0) };
        })
        .filter(({ node, score }) => score > 0 && node !== 0 && !near[0].includes(node));
      const found = likelyLinks(graph, 0, { count: graph.numNodes });
      expect(new Map(found.map(({ node, score }) => [node, score.toFixed(9)]))).toEqual(
        new Map(expected.map(({ node, score }) => [node, score.toFixed(9)])),
      );
      for (const [k, { score }] of found.entries()) if (k > 0) expect(score).toBeLessThanOrEqual(found[k - 1].score);
    }),
    { numRuns: 100 },
  );
});

test("a node that is not there is refused", async () => {
  const { graph } = await karate();
  expect(() => likelyLinks(graph, 34)).toThrow("likelyLinks: node must be an integer from 0 to 33, got 34");
});
