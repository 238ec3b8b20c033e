import { describe, expect, test } from "vitest";
import { SpaceAnswers } from "../../dist/explorer/answers.js";
import { decodePng } from "../../dist/formats/png/read.js";
import { randomGcn } from "../../dist/graphs/random-gcn.js";
import { nodesOf } from "../../dist/graphs/relations.js";
import { encoders } from "../../dist/joint/encoders.js";
import { pca } from "../../dist/maps/pca.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { karate, karateFactions } from "../graphs/karate.js";

const names = ["king", "queen", "man", "woman", "prince", "apple"];
const rows = [
  [2, 0, 1],
  [2, 1, 1],
  [0, 0, 1],
  [0, 1, 1],
  [1.5, 0, 1],
  [-3, 0.5, -2],
];

function words(more: object = {}) {
  const space = Space.from({
    names,
    vectors: Float32Array.from(rows.flat()),
    geometry: "euclidean",
    kind: "words",
    columns: {
      count: Float64Array.of(9, 8, 7, 6, 5, 4),
      kind: ["person", "person", "person", "person", "person", null],
      even: [true, false, true, false, true, false],
      x: Float64Array.of(0, 1, 2, 3, 4, 5),
      y: Float64Array.of(5, 4, 3, 2, 1, 0),
    },
    ...more,
  });
  return { space, answers: new SpaceAnswers([{ space, title: "words" }]) };
}

describe("what a page is told at first", () => {
  test("a summary names columns with their ranges, maps and what the space can do", async () => {
    const { answers } = words();
    const [summary] = await answers.spaces();
    expect(summary).toMatchObject({
      id: 0,
      title: "words",
      kind: "words",
      items: 6,
      dimensions: 3,
      decodes: false,
      relations: null,
    });
    expect(summary.columns).toContainEqual({ name: "count", type: "number", least: 4, most: 9, missing: 0 });
    expect(summary.columns).toContainEqual({ name: "kind", type: "category", values: 1, missing: 1 });
    expect(summary.projections).toEqual([{ columns: ["x", "y"], method: "columns", settings: {}, quality: null }]);
  });

  test("columns x and y in which an item has no number are no map to begin with", async () => {
    const { answers } = words({ columns: { x: Float64Array.of(0, 1, Number.NaN, 3, 4, 5), y: [1, 2, 3, 4, 5, 6] } });
    const [summary] = await answers.spaces();
    expect(summary.projections).toEqual([]);
    await expect(answers.points(0, { columns: ["x", "y"] })).rejects.toThrow("must hold a number for each item");
  });

  test("names come in pages, a page beyond the end is empty", async () => {
    const { answers } = words();
    expect(await answers.names(0, 4, 10)).toEqual(["prince", "apple"]);
    expect(await answers.names(0, 6, 10)).toEqual([]);
    await expect(answers.names(0, 7, 1)).rejects.toThrow("names: from must be an integer from 0 to 6, got 7");
    await expect(answers.names(3, 0, 1)).rejects.toThrow("there are 1 spaces, asked was number 3");
  });
});

describe("points", () => {
  test("saved columns are places as they stand", async () => {
    const { answers } = words();
    const { coordinates, dimensions } = await answers.points(0, { columns: ["x", "y"] });
    expect(dimensions).toBe(2);
    expect([...coordinates.subarray(0, 4)]).toEqual([0, 5, 1, 4]);
  });

  test("an axis of an expression counts in lengths of it", async () => {
    const { answers } = words();
    const { coordinates } = await answers.points(0, { axes: ["queen - king", "king - man"] });
    // queen - king is (0, 1, 0); king - man is (2, 0, 0), of length 2, so that king lies at 1
    expect([...coordinates.subarray(0, 4)]).toEqual([0, 1, 1, 1]);
    await expect(answers.points(0, { axes: ["king - king", "man"] })).rejects.toThrow("has the length 0");
    await expect(answers.points(0, { axes: ["king"] })).rejects.toThrow("two or three axes were needed, got 1");
  });

  test("without either, vectors of two or three numbers are shown as they are", async () => {
    const { answers } = words();
    const { dimensions, coordinates, axes } = await answers.points(0, {});
    expect(dimensions).toBe(3);
    expect([...coordinates]).toEqual(rows.flat());
    expect(axes).toEqual(["first number", "second number", "third number"]);
    const flat = new SpaceAnswers([
      { space: Space.from({ names: ["a", "b"], vectors: Float32Array.of(3, 4, 0, 2) }), title: "flat" },
    ]);
    expect([...(await flat.points(0, {})).coordinates]).toEqual([3, 4, 0, 2]); // not as directions, though the cosine counts
  });

  test("of longer ones the plane is that of PCA, up to a shift", async () => {
    const wider = rows.map(([a, b, c], row) => [a, b, c, (a * b - c) / 4 + (row % 2)]);
    const { answers, space } = words({ vectors: Float32Array.from(wider.flat()) });
    const { coordinates } = await answers.points(0, {});
    const exact = await pca(space, { dimensions: 2 });
    for (let axis = 0; axis < 2; axis++) {
      const [a, b] = [coordinates, exact.coordinates].map((all) => {
        const values = names.map((_, row) => all[2 * row + axis]);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return values.map((value) => value - mean);
      });
      const sign = Math.sign(a[5] * b[5]);
      a.forEach((value, row) => {
        expect(value).toBeCloseTo(sign * b[row], 5);
      });
    }
  });
});

describe("the film of a training", () => {
  const film = {
    epochs: [0, 3, 9],
    axes: ["first", "second"],
    coordinates: Float32Array.from({ length: 36 }, (_, at) => (at % 2 === 0 ? at : -at)),
  };

  const wide = Float32Array.from({ length: 24 }, (_, at) => (7 * at) % 5);

  test("comes frame by frame with what all of them need; the space begins where it ends", async () => {
    const { answers } = words({ film, vectors: wide, columns: {} });
    expect((await answers.spaces())[0].epochs).toEqual([0, 3, 9]);
    const frames = (await answers.film(0)) ?? [];
    expect(frames.map(({ coordinates }) => coordinates)).toEqual(
      [0, 12, 24].map((from) => film.coordinates.slice(from, from + 12)),
    );
    const within = { low: [0, -35], high: [34, -1] };
    for (const frame of frames) expect(frame).toMatchObject({ dimensions: 2, axes: ["first", "second"], within });
    expect((await answers.points(0, {})).coordinates).toEqual(frames[2].coordinates);
  });

  test("has no place for an item that was added, which the first map then has", async () => {
    const { answers, space } = words({ film, vectors: wide });
    await space.add([{ name: "pear", vector: [-3, 0, -2, 1] }]);
    const [first] = (await answers.film(0)) ?? [];
    expect([...first.coordinates.subarray(10)]).toEqual([10, -11, Number.NaN, Number.NaN]);
    const map = (await answers.points(0, {})).coordinates;
    expect(map).toHaveLength(14);
    expect(map.every(Number.isFinite)).toBe(true);
  });

  test("is null where none was kept", async () => {
    const { answers } = words();
    expect((await answers.spaces())[0].epochs).toEqual([]);
    expect(await answers.film(0)).toBe(null);
  });
});

describe("questions", () => {
  test("an expression tells its terms and its neighbors", async () => {
    const { answers } = words();
    const answer = await answers.near(0, { query: "king - man + woman", count: 2 });
    expect(answer.neighbors[0]).toMatchObject({ name: "queen", row: 1, score: 0 });
    expect(answer.terms).toEqual([
      { name: "king", scope: "item", weight: 1, row: 0 },
      { name: "man", scope: "item", weight: -1, row: 2 },
      { name: "woman", scope: "item", weight: 1, row: 3 },
    ]);
    expect(answer).toMatchObject({ metric: "euclidean", exact: true, recall: 1 });
    const included = await answers.near(0, { query: "king", count: 1, includeInputs: true });
    expect(included.neighbors[0].name).toBe("king");
    await expect(answers.near(0, { query: "kng" })).rejects.toThrow("did you mean");
    await expect(answers.near(0, { query: "king", count: 20_000 })).rejects.toThrow("from 1 to 10000, got 20000");
  });

  test("search finds names and values of columns, those that begin with the text first", async () => {
    const { answers } = words();
    expect((await answers.search(0, "n")).map(({ name }) => name)).toEqual(["king", "queen", "man", "woman", "prince"]);
    expect((await answers.search(0, "m")).map(({ name }) => name)).toEqual(["man", "woman"]);
    expect((await answers.search(0, "*a*n")).map(({ name }) => name)).toEqual(["man", "woman"]);
    expect((await answers.search(0, "person", { column: "kind", count: 2 })).map(({ row }) => row)).toEqual([0, 1]);
    await expect(answers.search(0, "x", { column: "size" })).rejects.toThrow('there is no column "size"');
  });

  test("a column of numbers has NaN where there is none, one of categories -1", async () => {
    const { answers } = words();
    const kind = await answers.column(0, "kind");
    expect(kind).toEqual({
      type: "category",
      values: Int32Array.of(0, 0, 0, 0, 0, -1),
      categories: ["person"],
      counts: [5],
    });
    expect(await answers.column(0, "even")).toMatchObject({ type: "category", categories: ["true", "false"] });
    expect(await answers.column(0, "count")).toEqual({ type: "number", values: Float32Array.of(9, 8, 7, 6, 5, 4) });
  });

  test("a direction of two groups is learned, and walks go along it", async () => {
    const { answers } = words();
    const told = await answers.direction(0, { name: "gender", from: [0, 2], to: [1, 3] });
    expect(told.name).toBe("gender");
    expect(told.least).toBeLessThan(0);
    expect(told.most).toBeGreaterThan(0);
    const walk = await answers.walk(0, { start: "king", along: "gender", from: 0, to: 2, steps: 3 });
    expect(walk.coefficients).toEqual([0, 1, 2]);
    expect(walk.nearest[0][0].name).toBe("king");
    expect(walk.strip).toBeNull();
    // what a slider asks: the start moved along, and its items still left out
    const moved = await answers.near(0, { query: "king", along: { gender: 2 }, count: 6 });
    const vector = await answers.near(0, { query: [2, 0, 1], along: { gender: 2 }, count: 1 });
    expect(moved.neighbors.map(({ name }) => name)).not.toContain("king");
    expect(moved.neighbors[0].name).toBe(walk.nearest[2].find(({ name }) => name !== "king")?.name);
    expect(vector.neighbors[0].row).toBe(walk.nearest[2][0].row);
    await expect(answers.near(0, { query: "king", along: { gender: Number.NaN } })).rejects.toThrow("along.gender");
    // a mistake in what was written is told at its place there, whatever is added to it
    await expect(answers.near(0, { query: "king +", along: { gender: 2 } })).rejects.toThrow("at character 7");
    await expect(answers.near(0, { query: "king", along: { age: 1 } })).rejects.toThrow("there is no direction");
    await expect(answers.walk(0, { start: "king" })).rejects.toThrow("along or towards");
  });
});

describe("directions that are made", () => {
  test("of a column of classes the one it leads to is given as text, also where the column holds something else", async () => {
    const { answers } = words({ columns: { year: [1990, 2000, 1990, 2000, 2010, null], kind: [..."aabbc", null] } });
    await expect(answers.direction(0, { name: "kind", column: "kind" })).rejects.toThrow("positive must say which");
    const kind = await answers.direction(0, { name: "kind", column: "kind", positive: "b" });
    expect(kind.metrics).toMatchObject({ positive: "b", items: [3, 2] });
    const year = await answers.direction(0, { name: "year", column: "year", positive: "2000" });
    expect(year.metrics).toMatchObject({ positive: 2000, items: [3, 2] });
  });

  test("is known as one that is not saved, and can be taken out; one of the space's own can not", async () => {
    const { space, answers } = words({ directions: { own: { vector: Float32Array.of(1, 0, 0), metrics: {} } } });
    const request = { name: "gender", from: [0, 2], to: [1, 3] };
    expect((await answers.direction(0, request)).made).toEqual(request);
    const [{ directions }] = await answers.spaces();
    expect(directions.map(({ name, made }) => [name, made])).toEqual([
      ["own", undefined],
      ["gender", request],
    ]);
    await expect(answers.direction(0, request)).rejects.toThrow('there is a direction "gender" already');
    await expect(answers.removeDirection(0, "own")).rejects.toThrow("none of the directions that were made here");
    await answers.removeDirection(0, "gender");
    expect([...space.directions.keys()]).toEqual(["own"]);
    await answers.direction(0, request);
  });
});

describe("a name that a message repeats", () => {
  test("is cut where it is long", async () => {
    const { answers } = words();
    await expect(answers.near(0, { query: "a".repeat(5000) })).rejects.toThrow(
      /^near: a{60}\.\.\. \(5,000 letters\) is not in the space/,
    );
  });
});

describe("long work", () => {
  test("a map moves while it is made, and can be stopped", async () => {
    const { graph } = await karate();
    const space = await randomGcn(graph, { dimensions: 8 });
    const answers = new SpaceAnswers([{ space, title: "karate" }]);
    const seen: number[] = [];
    const request = { method: "umap" as const, dimensions: 2 as const, settings: { epochs: 50, neighbors: 8 } };
    const points = await answers.project(
      0,
      request,
      (_, layout) => {
        if (layout !== undefined) seen.push(layout.coordinates.length);
      },
      new AbortController().signal,
    );
    expect(points.coordinates.length).toBe(68);
    expect(points.axes).toEqual(["UMAP 1", "UMAP 2"]);
    expect(points.quality?.trustworthiness).toBeGreaterThan(0.5); // every map says how far to believe it
    expect(points.quality?.trustworthiness).toBeLessThanOrEqual(1);
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen)).toEqual(new Set([68]));
    const stop = AbortSignal.abort(new Error("stopped"));
    await expect(answers.project(0, request, () => {}, stop)).rejects.toThrow("stopped");
  });
});

describe("graphs", () => {
  async function club() {
    const { graph } = await karate();
    const vectors = Float32Array.from(karateFactions.flatMap((faction, node) => [faction, node / 34]));
    const space = Space.from({ ...nodesOf(graph), vectors, geometry: "dot" });
    return new SpaceAnswers([{ space, title: "karate" }]);
  }

  test("edges come whole or thinned, and say of how many", async () => {
    const answers = await club();
    const all = await answers.edges(0, 1000);
    expect([all.source.length, all.total]).toEqual([78, 78]);
    const some = await answers.edges(0, 10);
    expect([some.source.length, some.target.length, some.total]).toEqual([10, 10, 78]);
    const around = await answers.neighborhood(0, 11);
    expect([[...around.source], [...around.target]]).toEqual([[0], [11]]);
  });

  test("likely links are by common neighbors or by the dot product, and never present ones", async () => {
    const answers = await club();
    const byNeighbors = await answers.links(0, { row: 0, method: "adamic-adar", count: 3 });
    expect(byNeighbors.map(({ row }) => row)).toEqual([33, 32, 16]);
    const byVectors = await answers.links(0, { row: 33, method: "dot", count: 50 });
    const around = await answers.neighborhood(0, 33);
    const linked = new Set([...around.source, ...around.target]);
    expect(byVectors.length).toBe(34 - linked.size);
    expect(byVectors.filter(({ row }) => linked.has(row))).toEqual([]);
  });

  test("colors by round refine: round 0 has one class, each class of a round lies in one of the round before", async () => {
    const answers = await club();
    const rounds = await answers.colorsByRound(0, 10);
    expect(new Set(rounds[0]).size).toBe(1);
    expect(rounds.length).toBeGreaterThan(2);
    for (let k = 1; k < rounds.length; k++) {
      const parent = new Map<number, number>();
      rounds[k].forEach((color, node) => {
        const before = parent.get(color) ?? rounds[k - 1][node];
        expect(rounds[k - 1][node]).toBe(before);
        parent.set(color, before);
      });
      expect(new Set(rounds[k]).size).toBeGreaterThan(new Set(rounds[k - 1]).size);
    }
  });

  test("a space without relations says so", async () => {
    const { answers } = words();
    await expect(answers.edges(0, 10)).rejects.toThrow("keeps no relations");
  });
});

describe("pictures", () => {
  function faces() {
    // a code (a, b) decodes to a gray picture of two pixels
    return words({
      method: "test",
      models: { decoder: new Uint8Array([1]) },
    }).space;
  }

  test("a place goes along several directions at once, and decodes to a PNG", async () => {
    const decode = async (vectors: readonly Float32Array[]) =>
      vectors.map((vector) => ({
        width: 2,
        height: 1,
        channels: 1 as const,
        data: Uint8Array.from([vector[0] * 10, vector[1] * 10]),
      }));
    const space = Space.from(
      {
        names,
        vectors: Float32Array.from(rows.flat()),
        geometry: "euclidean",
        method: "test",
        models: { decoder: new Uint8Array([1]) },
        directions: {
          up: { vector: Float32Array.of(1, 0, 0), metrics: {} },
          "far out": { vector: Float32Array.of(0, 2, 0), metrics: {} },
        },
      },
      { decoders: { test: async () => decode } },
    );
    const answers = new SpaceAnswers([{ space, title: "faces" }]);
    const { png, width } = await answers.decode(0, { at: "king", along: { up: 3, "far out": -1e-7 } });
    expect(width).toBe(2);
    expect([...(await decodePng(png, "answer")).data]).toEqual([50, 0]);
    const further = await answers.decode(0, { at: [0, 0, 0], along: { "far out": 4 } });
    expect([...(await decodePng(further.png, "answer")).data]).toEqual([0, 80]);
    const { strip } = await answers.walk(0, { start: "king", along: "up", from: 0, to: 1, steps: 2 });
    expect(strip?.width).toBeGreaterThan(100);
    expect((await answers.spaces())[0]).toMatchObject({ decodes: true });
  });

  test("a space without a decoder says so", async () => {
    const answers = new SpaceAnswers([{ space: faces(), title: "faces" }]);
    await expect(answers.decode(0, { at: "king" })).rejects.toThrow("no way back from vectors to things");
  });
});

describe("things that a space has never seen", () => {
  const graph = () => {
    const space = Space.from(
      {
        names: ["a", "b", "c", "2 + 2"],
        vectors: Float32Array.of(1, 0, 0, 2, -1, 0, 3, 4),
        kind: "nodes",
        method: "node2vec",
      },
      { encoders },
    );
    return new SpaceAnswers([{ space, title: "graph" }]);
  };

  test("a node lies at the weighted mean of its neighbors' directions, as long as they are", async () => {
    const answers = graph();
    expect((await answers.spaces())[0].takes).toBe("neighbors");
    const { vector, used, unknown } = await answers.embed(0, { neighbors: "a + 3 * b + stranger" });
    expect([used, unknown]).toEqual([["a", "b"], ["stranger"]]);
    const length = (1 * 1 + 3 * 2) / 4;
    expect(vector[0]).toBeCloseTo((length * 1) / Math.sqrt(10), 6);
    expect(vector[1]).toBeCloseTo((length * 3) / Math.sqrt(10), 6);
    const listed = await answers.embed(0, { neighbors: "a, 3 * b, stranger" }); // as people list them
    expect(listed).toEqual({ vector, used, unknown });
    expect((await answers.embed(0, { neighbors: "2 + 2" })).used).toEqual(["2 + 2"]); // a name as it stands is that item
  });

  test("a word lies where its contexts tell, counted as often as they stand there", async () => {
    const words = ["ice", "water", "cold", "fire"];
    const rng = new Rng(3);
    const numbers = (length: number) => Float32Array.from({ length }, () => rng.normal());
    const tensors = {
      context: { shape: [4, 3], data: numbers(12) },
      bias: { shape: [4], data: numbers(4) },
      contextBias: { shape: [4], data: numbers(4) },
    };
    const space = Space.from(
      {
        names: words,
        vectors: numbers(12),
        kind: "words",
        method: "glove",
        tensors,
        options: { xMax: 100, alpha: 0.75 },
      },
      { encoders },
    );
    const answers = new SpaceAnswers([{ space, title: "words" }]);
    expect((await answers.spaces())[0].takes).toBe("context");
    const told = await answers.embed(0, { context: "Cold water, frost; cold (ice) \u2014 Reykjavík" });
    expect([told.used, told.unknown]).toEqual([
      ["cold", "water", "ice"],
      ["frost", "Reykjavík"],
    ]);
    const cooccurrences = new Map([["cold", 2]]).set("water", 1).set("ice", 1);
    expect(told.vector).toEqual([...(await space.embed([{ cooccurrences }]))[0]]);
  });

  test("what is missing, and a space whose method tells of nothing new, are said", async () => {
    const answers = graph();
    await expect(answers.embed(0, { neighbors: "x + y" })).rejects.toThrow(
      "one name of the space or more was needed, and the space has none of x, y",
    );
    await expect(answers.embed(0, { neighbors: "a - b" })).rejects.toThrow("the edge to b must be above 0, got -1");
    await expect(answers.embed(0, {})).rejects.toThrow("neighbors was needed, an expression such as a + 2 * b");
    const { answers: without } = words();
    expect((await without.spaces())[0].takes).toBe(null);
    await expect(without.embed(0, { neighbors: "king" })).rejects.toThrow("does not tell where new things lie");
  });
});
