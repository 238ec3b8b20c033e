import { expect, test } from "vitest";
import { subtreeFeatures } from "../../../dist/graphs/weisfeiler-lehman/subtree-kernel.js";
import { tuGraphs } from "../../../dist/graphs/weisfeiler-lehman/tu-graphs.js";
import { build, type Plain } from "./graphs.js";

/** As the reader of TUDataset's files leaves them: a labeled path of three nodes and an edge. */
const dataset = {
  numGraphs: 2,
  numNodes: 5,
  graphOf: Uint32Array.of(0, 0, 0, 1, 1),
  sources: Uint32Array.of(0, 1, 1, 2, 3, 4),
  targets: Uint32Array.of(1, 0, 2, 1, 4, 3),
  graphLabels: Float64Array.of(1, -1),
  nodeLabels: Float64Array.of(0, 3, 0, 1, 1),
  edgeLabels: Float64Array.of(-1, -1, 7, 7, 0, 0),
  nodeAttributes: null,
};

test("a set becomes one graph, and has the features of its graphs one by one", async () => {
  const set = await tuGraphs(dataset);
  expect(set.graph.numArcs).toBe(6);
  expect(set.edgeLabels).toEqual(Float64Array.of(-1, -1, 7, 7, 0, 0));
  const path: Plain = {
    n: 3,
    edges: [
      [0, 1],
      [1, 2],
    ],
    nodeLabels: [0, 3, 0],
  };
  const edge: Plain = { n: 2, edges: [[0, 1]], nodeLabels: [1, 1] };
  const inputs = [
    { ...(await build(path)), edgeLabels: [-1, -1, 7, 7] },
    { ...(await build(edge)), edgeLabels: [0, 0] },
  ];
  expect(await subtreeFeatures(set)).toEqual(await subtreeFeatures(inputs));
});

test("labels may be missing, and edges may be listed once", async () => {
  const half = { ...dataset, sources: Uint32Array.of(0, 1, 3), targets: Uint32Array.of(1, 2, 4) };
  const bare = { nodeLabels: null, edgeLabels: null };
  const set = await tuGraphs({ ...half, ...bare });
  expect(set.nodeLabels).toBeUndefined();
  expect(await subtreeFeatures(set)).toEqual(await subtreeFeatures(await tuGraphs({ ...dataset, ...bare })));
});
