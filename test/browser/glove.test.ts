import { expect } from "vitest";
import { glove } from "../../dist/index.js";
import { browserTest, type Load } from "./chromium.js";

/** A small language: 4,400 words in 4 topics, lines of one topic each; so many that the engine divides its tables. */
function smallCorpus(): string[] {
  let state = 1;
  const below = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  return Array.from({ length: 2000 }, () => {
    const topic = below(4);
    return Array.from({ length: 12 }, () => `topic${topic}word${below(1100)}`).join(" ");
  });
}

const options = { dimensions: 10, epochs: 3, minCount: 1, window: 5, seed: 7 };

/** Trains in a page; runs there, so it refers to nothing here. */
async function inPage(load: Load, { texts, options }: { texts: string[]; options: object }) {
  const { glove } = await load<typeof import("../../dist/index.js")>("index.js");
  const space = await glove({ texts }, { ...options, threads: 2 });
  const vectors = await space.vectors();
  const [names, rows] = [await space.names(), Array.from({ length: space.length }, (_, row) => row)];
  const near = await space.near(names.get(0), { count: 3 });
  return {
    names: rows.map((row) => names.get(row)),
    vectors: rows.map((row) => Array.from(vectors.get(row))),
    near: near.map(({ name, score }) => [name, score]),
    loss: space.metrics.loss,
  };
}

async function inNode(texts: string[], threads: number) {
  const space = await glove({ texts }, { ...options, threads });
  const vectors = await space.vectors();
  const [names, rows] = [await space.names(), Array.from({ length: space.length }, (_, row) => row)];
  const near = await space.near(names.get(0), { count: 3 });
  return {
    names: rows.map((row) => names.get(row)),
    vectors: rows.map((row) => Array.from(vectors.get(row))),
    near: near.map(({ name, score }) => [name, score]),
    loss: space.metrics.loss,
  };
}

browserTest(
  "D1 a page with two threads counts, trains and finds neighbors to the last bit as Node",
  async (inBrowser) => {
    const texts = smallCorpus();
    expect(await inBrowser(inPage, { texts, options })).toEqual(await inNode(texts, 2));
  },
);

browserTest(
  "D1 a page without shared memory does the same with one thread",
  async (inBrowser) => {
    const texts = smallCorpus();
    expect(await inBrowser(inPage, { texts, options })).toEqual(await inNode(texts, 1));
  },
  { isolated: false },
);
