import { expect, test } from "vitest";
import { linearEmbedding } from "../../dist/graphs/linear.js";
import { node2vec } from "../../dist/graphs/node2vec.js";
import { randomGcn } from "../../dist/graphs/random-gcn.js";
import { sgc } from "../../dist/graphs/sgc.js";
import { spectralEmbedding } from "../../dist/graphs/spectral.js";
import { ResourceError } from "../../dist/io/errors.js";
import { karate } from "./karate.js";

const half = { labels: Array.from({ length: 34 }, (_, i) => i % 2), train: [0, 1, 2, 3] };
const methods = {
  linear: async (memoryLimit: number) => linearEmbedding((await karate()).graph, { memoryLimit }),
  node2vec: async (memoryLimit: number) => node2vec((await karate()).graph, { memoryLimit }),
  random: async (memoryLimit: number) => randomGcn((await karate()).graph, { memoryLimit }),
  sgc: async (memoryLimit: number) => (await sgc((await karate()).graph, half, { memoryLimit })).space,
  spectral: async (memoryLimit: number) => spectralEmbedding((await karate()).graph, { memoryLimit }),
};

test.each(Object.entries(methods))("%s says what it would take before it takes it (M2)", async (_name, method) => {
  const error = await method(1000).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ResourceError);
  const { message } = error as Error;
  const needed = /take (\d+) (bytes|MiB) of memory, the limit is 1000 bytes; raise memoryLimit/.exec(message);
  expect(needed, message).not.toBe(null);
  await expect(method(-1)).rejects.toThrow("memoryLimit must be");
  expect((await method(64 * 2 ** 20)).length).toBe(34);
});
