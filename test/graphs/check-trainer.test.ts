import { expect, test } from "vitest";
import { checkTrainer, type TrainerOptions } from "../../dist/evaluate/check-trainer.js";
import { linearEmbedding } from "../../dist/graphs/linear.js";
import { randomGcn } from "../../dist/graphs/random-gcn.js";
import { spectralEmbedding } from "../../dist/graphs/spectral.js";
import { type EdgeList, Graph } from "../../dist/messages/graph.js";
import type { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";
import { karateEdges } from "./karate.js";

const edgeList = (edges: readonly (readonly [number, number])[], numNodes?: number): EdgeList => ({
  sources: Uint32Array.from(edges, ([source]) => source),
  targets: Uint32Array.from(edges, ([, target]) => target),
  numNodes,
});
const ring = Array.from({ length: 12 }, (_, k): [number, number] => [k, (k + 1) % 12]);

interface Checked {
  embed: (graph: Graph, options: TrainerOptions) => Promise<Space>;
  badOptions: Record<string, unknown[]>;
  dependsOnSeed?: boolean;
}

const methods: Record<string, Checked> = {
  linear: { embed: linearEmbedding, badOptions: { steps: [-1, 1.5, "3"] } },
  "random GCN": {
    embed: randomGcn,
    badOptions: { start: ["zero", 1], layers: [[], [0], [1.5]] },
  },
  spectral: {
    embed: spectralEmbedding,
    badOptions: { tolerance: [0, -1, Number.NaN, "1"], maxRounds: [0, 1.5] },
    dependsOnSeed: false,
  },
};

test.each(Object.entries(methods))("P12 %s keeps what every training method promises", async (name, method) => {
  const { embed, badOptions, dependsOnSeed } = method;
  const kept = await checkTrainer<EdgeList>(
    {
      name,
      train: async (edges, options) => embed(await Graph.fromEdges(edges), options),
      data: {
        usual: edgeList(karateEdges),
        nothing: edgeList([], 0),
        oneItem: edgeList([], 1),
        constant: edgeList(ring),
        refused: { "nodes without edges": edgeList([], 5) },
      },
      badOptions,
      dependsOnSeed,
      resumable: false,
    },
    { folder: temporaryFolder() },
  );
  expect(kept.length).toBeGreaterThan(10);
});
