import type { ColumnValues, SpaceSummary } from "../../../../src/explorer/protocol.js";
import { drawFace, faceFeatures } from "./face.js";
import { hashOf, normalFrom, randomFrom } from "./random.js";
import { categoryColumn, columnSummaries, type FakeSpace, principal } from "./space.js";
import { fakeWords } from "./words.js";

const basic: Omit<SpaceSummary, "title" | "kind" | "items" | "dimensions"> = {
  id: 0,
  geometry: "cosine",
  method: "glove",
  options: {},
  metrics: {},
  columns: [],
  projections: [],
  directions: [],
  decodes: false,
  takes: null,
  relations: null,
  thumbnails: null,
  indexed: false,
  epochs: [],
  training: null,
  problem: null,
};

/** Words whose analogies hold. */
export function wordSpace(id: number): FakeSpace {
  const words = fakeWords();
  const D = 48;
  const vectors = new Float32Array(words.length * D);
  for (const [row, { name, features }] of words.entries()) {
    for (const feature of [...features, `own ${name}`]) {
      const normal = randomFrom(hashOf(feature));
      const weight = feature.startsWith("own ") ? 0.12 : features[0] === feature ? 1.4 : 0.8;
      for (let k = 0; k < D; k++) vectors[row * D + k] += (weight * normalFrom(normal)) / Math.sqrt(D);
    }
  }
  const names = words.map(({ name }) => name);
  const difference = (to: string, from: string) => {
    const [a, b] = [names.indexOf(to), names.indexOf(from)];
    const vector = Float32Array.from({ length: D }, (_, k) => vectors[a * D + k] - vectors[b * D + k]);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const count = Float32Array.from(words, (_, row) => Math.round(60_000 / (row + 1)));
  const mood = Float32Array.from(words, ({ name }, row) =>
    row % 9 === 8 ? Number.NaN : 2 * randomFrom(hashOf(`mood ${name}`))() - 1,
  );
  return finished({
    summary: { ...basic, id, title: "words", kind: "words", items: words.length, dimensions: D },
    names,
    vectors,
    columns: new Map<string, ColumnValues>([
      ["topic", categoryColumn(words.map(({ topic }) => topic))],
      ["letters", categoryColumn(words.map(({ name }) => `${name.slice(0, 2)}…`))],
      ["count", { type: "number", values: count }],
      ["mood", { type: "number", values: mood }],
    ]),
    directions: new Map([
      ["female", difference("woman", "man")],
      ["royal", difference("king", "man")],
    ]),
    edges: null,
    film: null,
  });
}

/** Zachary's karate club (1977): 34 members, 78 friendships, two parties; vectors from both and a little noise. */
export function graphSpace(id: number): FakeSpace {
  const friends =
    "1-2 1-3 1-4 1-5 1-6 1-7 1-8 1-9 1-11 1-12 1-13 1-14 1-18 1-20 1-22 1-32 2-3 2-4 2-8 2-14 2-18 2-20 2-22 2-31 3-4 3-8 3-9 3-10 3-14 3-28 3-29 3-33 4-8 4-13 4-14 5-7 5-11 6-7 6-11 6-17 7-17 9-31 9-33 9-34 10-34 14-34 15-33 15-34 16-33 16-34 19-33 19-34 20-34 21-33 21-34 23-33 23-34 24-26 24-28 24-30 24-33 24-34 25-26 25-28 25-32 26-32 27-30 27-34 28-34 29-32 29-34 30-33 30-34 31-33 31-34 32-33 32-34 33-34"
      .split(" ")
      .map((pair) => pair.split("-").map((end) => Number(end) - 1));
  const N = 34;
  const second = new Set([9, 10, 15, 16, 19, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34].map((end) => end - 1));
  const D = 16;
  const normal = randomFrom(5);
  const own = Float32Array.from({ length: N * D }, () => 0.6 * normalFrom(normal));
  for (let i = 0; i < N; i++) own[i * D] += second.has(i) ? 1.4 : -1.4;
  const vectors = own.slice();
  for (const [a, b] of friends) {
    for (let k = 0; k < D; k++) {
      vectors[a * D + k] += 0.3 * own[b * D + k];
      vectors[b * D + k] += 0.3 * own[a * D + k];
    }
  }
  const rank = pageRank(N, friends);
  const places = principal({ summary: { items: N, dimensions: D } as SpaceSummary, vectors } as FakeSpace, 2);
  const film = Array.from({ length: 6 }, (_, frame) => ({
    dimensions: 2 as const,
    coordinates: places.map((value, at) => (value * frame) / 5 + (normalAt(at) * (5 - frame)) / 5),
    axes: ["PCA 1", "PCA 2"],
    within: { low: [-5, -5], high: [5, 5] },
  }));
  return finished({
    summary: {
      ...basic,
      id,
      title: "karate",
      kind: "nodes",
      method: "gcn",
      geometry: "euclidean",
      items: N,
      dimensions: D,
      takes: "neighbors",
      relations: { count: friends.length, directed: false },
      epochs: film.map((_, frame) => 10 * frame),
    },
    names: Array.from({ length: N }, (_, k) => `member ${k + 1}`),
    vectors,
    columns: new Map<string, ColumnValues>([
      ["party", categoryColumn(Array.from({ length: N }, (_, k) => (second.has(k) ? "Officer" : "Mr. Hi")))],
      ["pagerank", { type: "number", values: rank }],
    ]),
    directions: new Map(),
    edges: {
      source: Uint32Array.from(friends, ([a]) => a),
      target: Uint32Array.from(friends, ([, b]) => b),
      weight: null,
      total: friends.length,
    },
    film,
  });
}

/** Faces drawn from their codes: every coordinate is a feature that is seen. */
export function faceSpace(id: number): FakeSpace {
  const N = 120;
  const D = faceFeatures.length;
  const random = randomFrom(11);
  const vectors = Float32Array.from({ length: N * D }, () => 0.9 * normalFrom(random));
  const directions = new Map(
    faceFeatures.map((name, k) => [name, Float32Array.from({ length: D }, (_, j) => (j === k ? 1 : 0))]),
  );
  const column = (name: string): ColumnValues => {
    const k = faceFeatures.indexOf(name as (typeof faceFeatures)[number]);
    return { type: "number", values: Float32Array.from({ length: N }, (_, row) => vectors[row * D + k]) };
  };
  return finished({
    summary: {
      ...basic,
      id,
      title: "faces",
      kind: "images",
      method: "vae",
      geometry: "euclidean",
      items: N,
      dimensions: D,
      decodes: true,
      thumbnails: { tileWidth: 48, tileHeight: 48, columns: 10, sheets: [60, 60] },
    },
    names: Array.from({ length: N }, (_, k) => `face-${String(k + 1).padStart(3, "0")}`),
    vectors,
    columns: new Map([
      ["smile", column("smile")],
      ["age", column("age")],
      ["glasses", categoryColumn(Array.from({ length: N }, (_, row) => (vectors[row * D + 3] > 0.4 ? "yes" : "no")))],
    ]),
    directions,
    edges: null,
    film: null,
  });
}

/** Many points in a hundred groups with a plane for coordinates: for sizes that words do not reach. */
export function manySpace(id: number, items: number): FakeSpace {
  const D = 2;
  const groups = 100;
  const random = randomFrom(3);
  const vectors = new Float32Array(items * D);
  const centers = Float32Array.from({ length: groups * D }, () => 8 * normalFrom(random));
  const group = Int32Array.from({ length: items }, () => Math.floor(groups * random() ** 1.5));
  for (let at = 0; at < vectors.length; at++) {
    vectors[at] = centers[group[Math.floor(at / D)] * D + (at % D)] + 0.6 * normalFrom(random);
  }
  const counts = new Array<number>(groups).fill(0);
  for (const code of group) counts[code]++;
  const space = finished({
    summary: { ...basic, id, title: "many", kind: "points", method: null, items, dimensions: D, indexed: true },
    names: Array.from({ length: items }, (_, k) => `item ${k}`),
    vectors,
    columns: new Map<string, ColumnValues>([
      ["group", { type: "category", values: group, categories: counts.map((_, k) => `group ${k + 1}`), counts }],
      ["x", { type: "number", values: Float32Array.from({ length: items }, (_, row) => vectors[row * D]) }],
    ]),
    directions: new Map(),
    edges: null,
    film: null,
  });
  return space;
}

export { drawFace };

function finished(space: FakeSpace): FakeSpace {
  const { summary, columns, directions, vectors } = space;
  const projection = (columns: string[], method: string) => ({ columns, method, settings: {}, quality: null });
  return {
    ...space,
    summary: {
      ...summary,
      columns: columnSummaries(columns),
      projections: [projection(["pca1", "pca2"], "pca"), projection(["pca1", "pca2", "pca3"], "pca")].slice(
        0,
        summary.dimensions > 2 ? 2 : 1,
      ),
      directions: [...directions].map(([name, vector]) => {
        const along = Array.from({ length: summary.items }, (_, row) =>
          vector.reduce((sum, value, k) => sum + value * vectors[row * summary.dimensions + k], 0),
        ).sort((a, b) => a - b);
        const at = (share: number) => along[Math.round(share * (along.length - 1))];
        return { name, metrics: {}, least: at(0.01), most: at(0.99) };
      }),
    },
  };
}

function pageRank(N: number, friends: readonly (readonly number[])[]): Float32Array {
  const degree = new Array<number>(N).fill(0);
  for (const [a, b] of friends) {
    degree[a]++;
    degree[b]++;
  }
  let rank = new Float32Array(N).fill(1 / N);
  for (let round = 0; round < 60; round++) {
    const next = new Float32Array(N).fill(0.15 / N);
    for (const [a, b] of friends) {
      next[a] += (0.85 * rank[b]) / degree[b];
      next[b] += (0.85 * rank[a]) / degree[a];
    }
    rank = next;
  }
  return rank;
}

function normalAt(at: number): number {
  return 2 * normalFrom(randomFrom(1000 + at));
}
