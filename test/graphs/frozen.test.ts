import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linearEmbedding } from "../../dist/graphs/linear.js";
import { pageRank } from "../../dist/graphs/pagerank.js";
import { randomGcn } from "../../dist/graphs/random-gcn.js";
import { sgc } from "../../dist/graphs/sgc.js";
import { spectralEmbedding } from "../../dist/graphs/spectral.js";
import type { Graph } from "../../dist/messages/graph.js";
import type { Space } from "../../dist/space/space.js";
import { karate, karateFactions, rowsOf } from "./karate.js";

// a change of frozen.json takes a line in the changelog
const frozen = JSON.parse(readFileSync(new URL("frozen.json", import.meta.url), "utf8"));

async function hashOf(space: Space): Promise<string> {
  const hash = createHash("sha256");
  for (const row of await rowsOf(space)) hash.update(new Uint8Array(row.buffer));
  return hash.digest("hex");
}

const methods: Record<string, (graph: Graph, threads: number) => Promise<string>> = {
  linear: async (graph, threads) => hashOf(await linearEmbedding(graph, { dimensions: 8, threads })),
  random: async (graph, threads) => hashOf(await randomGcn(graph, { layers: [4, 4, 2], threads })),
  spectral: async (graph, threads) => hashOf(await spectralEmbedding(graph, { dimensions: 4, threads })),
  sgc: async (graph, threads) => {
    const { space } = await sgc(graph, { labels: karateFactions, train: [0, 33, 5, 24] }, { threads });
    return hashOf(space);
  },
  pageRank: async (graph, threads) => {
    const { ranks } = await pageRank(graph, { threads });
    return createHash("sha256").update(new Uint8Array(ranks.buffer)).digest("hex");
  },
};

test.each(Object.entries(methods))(
  "D5 the bytes of %s are frozen, with any number of threads (D1)",
  async (name, run) => {
    const { graph } = await karate();
    for (const threads of [1, 2, 4]) expect(await run(graph, threads), name).toBe(frozen[name]);
  },
);
