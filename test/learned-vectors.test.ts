import { describe, expect, test, vi } from "vitest";
import { gcn } from "../dist/graphs/gcn.js";
import { node2vec } from "../dist/graphs/node2vec.js";
import { autoencoder } from "../dist/images/autoencoder.js";
import { Pace } from "../dist/io/pace.js";
import type { OnVectors } from "../dist/io/progress.js";
import { Graph } from "../dist/messages/graph.js";
import type { Space } from "../dist/space/space.js";
import { glove } from "../dist/words/glove.js";
import { topicText } from "./cli/run-cli.js";
import { bars } from "./cli/tiny-pictures.js";

/** Two rings of ten nodes joined by an edge, and a node apart that no walk meets. */
const rings = () => {
  const sources = Uint32Array.from({ length: 21 }, (_, i) => i % 20);
  const targets = Uint32Array.from({ length: 21 }, (_, i) =>
    i === 20 ? 10 : 10 * Math.floor(i / 10) + ((i + 1) % 10),
  );
  return Graph.fromEdges({ sources, targets, numNodes: 21 });
};
const classes = { labels: Array.from({ length: 21 }, (_, i) => (i < 10 ? 0 : 1)), train: [0, 10], validation: [5, 15] };

type Training = (onVectors?: OnVectors) => Promise<Space>;
const seed = 3;
const trainings: Readonly<Record<string, Training>> = {
  glove: async (onVectors) =>
    glove(
      { texts: [topicText(200)] },
      { dimensions: 6, epochs: 3, window: 4, minCount: 1, seed, threads: 1, onVectors },
    ),
  node2vec: async (onVectors) =>
    node2vec(await rings(), { dimensions: 6, walks: 4, walkLength: 10, epochs: 2, seed, threads: 1, onVectors }),
  gcn: async (onVectors) =>
    (await gcn(await rings(), classes, { hidden: 4, epochs: 5, seed, onVectors, onWarning: () => {} })).space,
  autoencoder: (onVectors) =>
    autoencoder(bars(), { dimensions: 3, hidden: [8], epochs: 3, batchSize: 8, seed, onVectors }),
};

async function bytesOf(space: Space): Promise<Float32Array> {
  const vectors = await space.vectors();
  return Float32Array.from(Array.from({ length: space.length }, (_, row) => [...vectors.get(row)]).flat());
}

describe.each(Object.entries(trainings))("%s tells the vectors that it learns", (_, train) => {
  test("of all items, in the order of the space, and comes to the same bytes as without being watched", async () => {
    const seen: { vectors: Float32Array; dimensions: number }[] = [];
    const watched = await train((vectors, dimensions) => {
      seen.push({ vectors, dimensions });
    });
    const alone = await train();
    expect(await bytesOf(watched)).toEqual(await bytesOf(alone));
    expect(seen.length).toBeGreaterThan(0);
    for (const { vectors, dimensions } of seen) {
      expect(dimensions).toBe(watched.dimensions);
      expect(vectors.length).toBe(watched.length * dimensions);
      expect(vectors.every(Number.isFinite)).toBe(true);
    }
    expect(seen[0].vectors).not.toEqual(await bytesOf(watched));
  });

  test("and waits for who is told: what that throws ends it", async () => {
    const told = train(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("enough");
    });
    await expect(told).rejects.toThrow("enough");
  });
});

test("a node that no walk meets has zeros, as in the space", async () => {
  const seen: Float32Array[] = [];
  await trainings.node2vec((vectors) => {
    seen.push(vectors);
  });
  expect([...seen[0].slice(20 * 6)]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(seen[0].slice(0, 6).some((value) => value !== 0)).toBe(true);
});

describe("Pace", () => {
  test("is due at once where it is wanted, and never where it is not", () => {
    expect(new Pace(true).due).toBe(true);
    expect(new Pace(false).due).toBe(false);
  });

  test("after a turn it is not due until nine times what that took have gone by, or a quarter of a second", async () => {
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const pace = new Pace(true);
    const dueAfter = async (milliseconds: number) => {
      await pace.turn(() => {
        now += milliseconds;
      });
      const end = now;
      while (!pace.due) now++;
      return now - end;
    };
    expect(await dueAfter(100)).toBe(150); // the first, in which functions may be compiled
    expect(await dueAfter(100)).toBe(900);
    expect(await dueAfter(10)).toBe(240);
    vi.restoreAllMocks();
  });
});
