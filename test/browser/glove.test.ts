import { expect } from "vitest";
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

/** Trains in Node or in a page; runs there, so it refers to nothing here. */
async function train(load: Load, { texts, options }: { texts: string[]; options: object }) {
  const { glove } = await load<typeof import("../../dist/index.js")>("index.js");
  const space = await glove({ texts }, options);
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

const load: Load = (module) => import(`../../dist/${module}`);
const argument = { texts: smallCorpus(), options: { ...options, threads: 2 } };

browserTest(
  "D1 a page with two threads counts, trains and finds neighbors to the last bit as Node",
  async (inBrowser) => {
    expect(await inBrowser(train, argument)).toEqual(await train(load, argument));
  },
);

browserTest(
  "D1 a page without shared memory does the same with one thread",
  async (inBrowser) => {
    expect(await inBrowser(train, argument)).toEqual(await train(load, argument));
  },
  { isolated: false },
);
