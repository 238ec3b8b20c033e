import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NotFoundError } from "../../dist/io/errors.js";
import { Rng } from "../../dist/numerics/random.js";
import { ExpressionError } from "../../dist/space/expression.js";
import { type EncoderLoader, Space } from "../../dist/space/space.js";

/** Countries and capitals: D = 4, "capital of" being one direction. */
const atlas: Record<string, number[]> = {
  france: [1, 0, 0, 0.1],
  germany: [0, 1, 0, 0.1],
  italy: [0, 0, 1, 0.1],
  paris: [1, 0, 0, 1],
  berlin: [0, 1, 0, 1],
  rome: [0, 0, 1, 1],
  "new york": [0.2, 0.2, 0.2, 2],
  1984: [-1, -1, -1, -1],
};

function atlasSpace(options: Partial<Parameters<typeof Space.from>[0]> = {}, warnings: string[] = []): Space {
  return Space.from(
    { names: Object.keys(atlas), vectors: Float32Array.from(Object.values(atlas).flat()), ...options },
    { onWarning: (message) => warnings.push(message) },
  );
}
// An object lists the key 1984 first.
const names = Object.keys(atlas);

function randomSpace(
  rows: number,
  dimensions: number,
  seed: number,
  geometry: "cosine" | "dot" | "euclidean" = "cosine",
): Space {
  const rng = new Rng(seed);
  return Space.from({
    names: Array.from({ length: rows }, (_, row) => `n${row}`),
    vectors: Float32Array.from({ length: rows * dimensions }, () => rng.normal()),
    geometry,
  });
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, d) => sum + value * b[d], 0);
const cos = (a: ArrayLike<number>, b: ArrayLike<number>) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const found = (neighbors: { name: string }[]) => neighbors.map(({ name }) => name);

describe("near", () => {
  test("answers names, expressions and vectors, nearest first, without the inputs", async () => {
    const space = atlasSpace();
    expect(found(await space.near("paris - france + germany", { count: 1 }))).toEqual(["berlin"]);
    const all = await space.near("paris", { count: 100 });
    expect(all).toHaveLength(names.length - 1);
    expect(found(all)).not.toContain("paris");
    for (const { name, row, score } of all) {
      expect(names[row]).toBe(name);
      expect(score).toBeCloseTo(cos(atlas.paris, atlas[name]), 6);
    }
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a));
    expect(found(await space.near(atlas.paris, { count: 1 }))).toEqual(["paris"]);
    expect(found(await space.near("paris", { count: 1, excludeInputs: false }))).toEqual(["paris"]);
  });

  test("several queries at once get the answers that each gets alone", async () => {
    const space = randomSpace(200, 10, 1);
    const queries = ["n1", "n2 - n3 + n4", "mean(n5, n6)", new Float32Array(10).fill(1)];
    const together = await space.near(queries, { count: 5 });
    for (const [k, query] of queries.entries()) expect(together[k]).toEqual(await space.near(query, { count: 5 }));
    expect(await space.near([])).toEqual([]);
  });

  test("scores by metric: Euclidean distances, dot products", async () => {
    const space = atlasSpace({ geometry: "euclidean" });
    const [nearest] = await space.near("paris", { count: 1 });
    expect(nearest.name).toBe("france");
    expect(nearest.score).toBeCloseTo(0.9, 6);
    const [dotted] = await space.near("paris", { count: 1, metric: "dot" });
    expect(dotted.name).toBe("new york");
    expect(dotted.score).toBeCloseTo(2.2, 6);
  });

  test("finds only what `among` allows: names, or a test", async () => {
    const space = atlasSpace();
    expect(found(await space.near("paris", { among: ["rome", "1984", "paris"] }))).toEqual(["rome", "1984"]);
    expect(found(await space.near("paris", { among: (name, row) => name.startsWith("b") && row > 0 }))).toEqual([
      "berlin",
    ]);
    expect(await space.near("paris", { among: [] })).toEqual([]);
    await expect(space.near("paris", { among: ["roma"] })).rejects.toThrow(
      "near: among: roma is not in the space; did you mean rome?",
    );
    await expect(space.near("paris", { among: "rome" })).rejects.toThrow(TypeError);
  });

  test("an item's name means the item, whatever else it might be", async () => {
    const space = Space.from({
      names: ["a", "b", "a - b", "item:a"],
      vectors: Float32Array.of(1, 0, 0, 1, 5, 5, 7, 8),
    });
    expect(await space.vector("a - b")).toEqual(Float32Array.of(5, 5));
    expect(await space.vector("item:a")).toEqual(Float32Array.of(7, 8));
    expect(await space.vector("(a - b)")).toEqual(Float32Array.of(1, -1));
    expect(await atlasSpace().has("new york")).toBe(true);
  });

  test("directions count as they are, an item of the same name wins unless told otherwise", async () => {
    const directions = {
      north: { vector: Float32Array.of(0, 0, 0, 2), metrics: { accuracy: 0.9 } },
      rome: { vector: new Float32Array(4), metrics: {} },
    };
    const space = atlasSpace({ directions });
    expect(await space.vector("france + 0.5 * north")).toEqual(
      Float32Array.from([1 / Math.hypot(1, 0.1), 0, 0, 0.1 / Math.hypot(1, 0.1) + 1], Math.fround),
    );
    expect(await space.vector("rome")).toEqual(Float32Array.of(0, 0, 1, 1));
    expect(await space.vector("direction:rome")).toEqual(new Float32Array(4));
    await expect(space.vector("item:north")).rejects.toThrow(NotFoundError);
    await expect(space.vector("direction:south")).rejects.toThrow("there is no direction south; there are north, rome");
  });

  test("scales items to length 1 where the cosine measures, and only there", async () => {
    const space = Space.from({ names: ["a", "b"], vectors: Float32Array.of(3, 0, 0, 5) });
    expect(await space.vector("a + b")).toEqual(Float32Array.of(1, 1));
    expect(await space.vector("a")).toEqual(Float32Array.of(3, 0));
    const flat = Space.from({ names: ["a", "b"], vectors: Float32Array.of(3, 0, 0, 5), geometry: "euclidean" });
    expect(await flat.vector("a + b")).toEqual(Float32Array.of(3, 5));
  });

  test("an unknown name is an error with the closest names, an ill-formed expression one with its place", async () => {
    const space = atlasSpace();
    await expect(space.near("pariss - frence")).rejects.toThrow(
      "near: pariss is not in the space; did you mean paris?",
    );
    await expect(space.near("NewYork")).rejects.toMatchObject({
      name: "NotFoundError",
      item: "NewYork",
      suggestions: ["new york"],
    });
    await expect(space.near("paris-france")).rejects.toThrow("Operators stand between spaces");
    await expect(space.near("new york")).resolves.toBeDefined();
    await expect(space.near("paris - new york")).rejects.toThrow(ExpressionError);
    await expect(space.near([1, 2])).rejects.toThrow("a vector of 4 numbers was needed, got 2");
    await expect(space.near([1, 2, 3, Number.NaN])).rejects.toThrow(RangeError);
    await expect(space.near("paris", { count: 0 })).rejects.toThrow("near: count must be an integer >= 1, got 0");
    await expect(space.near("paris", { topn: 3 } as object)).rejects.toThrow("there is no option topn");
    await expect(space.near("paris", { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
  });
});

describe("analogy", () => {
  test("a is to b as c is to ?: both methods find the capital, inputs excluded or not", async () => {
    const space = atlasSpace();
    for (const method of ["3CosAdd", "3CosMul"] as const) {
      expect(found(await space.analogy("france", "paris", "italy", { method, count: 1 }))).toEqual(["rome"]);
      const inputs = await space.analogy("france", "paris", "italy", { method, count: 100, excludeInputs: false });
      expect(inputs).toHaveLength(names.length);
      expect(found(await space.analogy("france", "paris", "italy", { method, among: ["berlin", "italy"] }))).toEqual([
        "berlin",
      ]);
    }
    await expect(space.analogy("france", "paris", "italia")).rejects.toThrow("did you mean italy?");
  });

  test("never returns an input (P6)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(99),
        fc.nat(99),
        fc.nat(99),
        fc.constantFrom("3CosAdd" as const, "3CosMul" as const),
        async (a, b, c, method) => {
          const space = await spaceForAnalogies;
          const result = await space.analogy(`n${a}`, `n${b}`, `n${c}`, { method, count: 100 });
          expect(result).toHaveLength(100 - new Set([a, b, c]).size);
          for (const { row } of result) expect([a, b, c]).not.toContain(row);
        },
      ),
      { numRuns: 60 },
    );
  });
  const spaceForAnalogies = Promise.resolve(randomSpace(100, 6, 3));

  test("3CosAdd is near(b - a + c), 3CosMul equals a plain reference (P6)", async () => {
    const space = randomSpace(100, 6, 4);
    const vectors = await space.vectors();
    expect(await space.analogy("n1", "n2", "n3")).toEqual(await space.near("n2 - n1 + n3"));
    const s = (x: number, y: number) => (cos(vectors.get(x), vectors.get(y)) + 1) / 2;
    const reference = Array.from({ length: 100 }, (_, x) => ({ x, score: (s(x, 2) * s(x, 3)) / (s(x, 1) + 0.001) }))
      .filter(({ x }) => x !== 1 && x !== 2 && x !== 3)
      .sort((a, b) => b.score - a.score)
      .slice(0, 10);
    const result = await space.analogy("n1", "n2", "n3", { method: "3CosMul" });
    expect(result.map(({ row }) => row)).toEqual(reference.map(({ x }) => x));
    result.forEach(({ score }, k) => {
      expect(score).toBeCloseTo(reference[k].score, 12);
    });
  });
});

describe("similarity", () => {
  const vector = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 });

  test("is symmetric, within [-1, 1], and blind to scale (P6)", async () => {
    const space = atlasSpace({}, []);
    await fc.assert(
      fc.asyncProperty(vector, vector, fc.double({ min: 1e-30, max: 1e30, noNaN: true }), async (a, b, scale) => {
        const similarity = await space.similarity(a, b);
        expect(Math.abs(similarity)).toBeLessThanOrEqual(1);
        expect(await space.similarity(b, a)).toBe(similarity);
        expect(
          await space.similarity(
            a.map((value) => value * scale),
            b,
          ),
        ).toBeCloseTo(similarity, 9);
      }),
      { numRuns: 1000 },
    );
  });

  test("a zero vector is similar to nothing, with a warning (P6)", async () => {
    const warnings: string[] = [];
    const space = atlasSpace({}, warnings);
    expect(await space.similarity([0, 0, 0, 0], "paris")).toBe(0);
    expect(warnings).toEqual([expect.stringContaining("similarity: a vector of length 0")]);
    expect((await space.near("paris - paris", { count: 1 }))[0].score).toBe(0);
    expect(warnings).toHaveLength(2);
  });

  test("sets are compared by the means of their unit vectors", async () => {
    const space = atlasSpace();
    const unit = (name: string) => atlas[name].map((value) => value / Math.sqrt(dot(atlas[name], atlas[name])));
    const mean = (a: string, b: string) => unit(a).map((value, d) => (value + unit(b)[d]) / 2);
    expect(await space.similarity(["paris", "rome"], ["france", "italy"])).toBeCloseTo(
      cos(mean("paris", "rome"), mean("france", "italy")),
      6,
    );
    expect(await space.similarity("paris", "paris")).toBeCloseTo(1, 12);
    await expect(space.similarity("paris", [0, 0, Number.NaN, 0])).rejects.toThrow(
      "a vector must hold finite numbers, got NaN",
    );
  });

  test("distance is 1 - cosine or Euclidean, and no distance where products are compared", async () => {
    expect(await atlasSpace().distance("paris", "berlin")).toBeCloseTo(0.5, 12);
    expect(await atlasSpace({ geometry: "euclidean" }).distance("paris", "berlin")).toBeCloseTo(Math.SQRT2, 12);
    await expect(atlasSpace({ geometry: "dot" }).distance("paris", "berlin")).rejects.toThrow(
      "metric must be cosine or euclidean",
    );
  });
});

describe("oddOneOut, rank, closerThan", () => {
  test("the odd one is least like the mean, in any order (P6)", async () => {
    const space = atlasSpace();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(["paris", "berlin", "rome", "1984"], { minLength: 4 }), async (list) => {
        expect(await space.oddOneOut(list)).toBe("1984");
      }),
      { numRuns: 20 },
    );
    await expect(space.oddOneOut(["paris", "rome", "paris"])).rejects.toThrow(
      "three or more different names were needed, got 2",
    );
  });

  test("ties go to the lower row, in any order (P6)", async () => {
    const space = Space.from({ names: ["a", "b", "c"], vectors: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) });
    for (const list of [
      ["a", "b", "c"],
      ["c", "b", "a"],
      ["b", "c", "a"],
    ])
      expect(await space.oddOneOut(list)).toBe("a");
  });

  test("rank is the place among near's answers, closerThan what stands before", async () => {
    for (const geometry of ["cosine", "dot", "euclidean"] as const) {
      const space = randomSpace(50, 5, 9, geometry);
      const neighbors = found(await space.near("n7", { count: 49 }));
      for (const place of [1, 2, 25, 49]) {
        expect(await space.rank("n7", neighbors[place - 1])).toBe(place);
        expect(await space.closerThan("n7", neighbors[place - 1])).toEqual(neighbors.slice(0, place - 1));
      }
    }
  });
});

describe("Space.from", () => {
  test("refuses parts that do not fit, naming both sides", () => {
    const vectors = Float32Array.of(1, 2, 3, 4);
    expect(() => Space.from({ names: ["a", "b", "c"], vectors })).toThrow("a multiple of 3 numbers, got 4");
    expect(() => Space.from({ names: ["a", "a"], vectors })).toThrow("row 1");
    expect(() => Space.from({ names: ["a", "b"], vectors, columns: { count: Int32Array.of(1) } })).toThrow(
      "must have 2 values, got 1",
    );
    expect(() => Space.from({ names: ["a", "b"], vectors, columns: { name: ["x", "y"] } })).toThrow(
      "cannot be called name",
    );
    expect(() => Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 2, Number.NaN, 4) })).toThrow(
      "row 1 must hold finite numbers, got NaN",
    );
    expect(() => Space.from({ names: ["a", "b"], vectors, options: { learningRate: Number.NaN } })).toThrow(
      "options.learningRate",
    );
    expect(() => Space.from({ names: ["a", "b"], vectors, geometry: "flat" as "dot" })).toThrow(
      "geometry must be one of",
    );
    expect(() => Space.from({ names: ["a", "b"], vectors, title: "x" } as never)).toThrow("there is no option title");
    expect(() =>
      Space.from({ names: ["a"], vectors, directions: { up: { vector: Float32Array.of(1), metrics: {} } } }),
    ).toThrow("must have 4 numbers, got 1");
    expect(() =>
      Space.from({ names: ["a"], vectors, tensors: { bias: { shape: [3], data: Float32Array.of(1) } } }),
    ).toThrow("must hold 3 numbers, got 1");
  });

  test("no item and one item are spaces", async () => {
    const none = Space.from({ names: [], vectors: new Float32Array(0), dimensions: 3 });
    expect(await none.near([1, 2, 3])).toEqual([]);
    await expect(none.near("a")).rejects.toThrow("a is not in the space");
    const one = Space.from({ names: ["a"], vectors: Float32Array.of(1) });
    expect(await one.near("a")).toEqual([]);
  });
});

describe("embed and add", () => {
  /** Embeds a number x as (x, x, x, x). */
  const constant: EncoderLoader = async (space) => async (things) =>
    things.map((thing) => new Float32Array(space.dimensions).fill(Number(thing)));
  const spaceWithEncoder = () =>
    Space.from(
      {
        names,
        vectors: Float32Array.from(Object.values(atlas).flat()),
        method: "constant",
        columns: { count: Int32Array.from(names, (_, row) => row) },
      },
      { encoders: { constant } },
    );

  test("embed uses the method's encoder, and says where there is none", async () => {
    expect(await spaceWithEncoder().embed([2])).toEqual([Float32Array.of(2, 2, 2, 2)]);
    await expect(atlasSpace().embed([2])).rejects.toThrow("a space of unknown method has no encoder");
    await expect(atlasSpace({ method: "toString" }).embed([2])).rejects.toThrow("made by toString has no encoder");
    await expect(spaceWithEncoder().embed([Number.NaN])).rejects.toThrow("must hold finite numbers, got NaN");
  });

  test("closing the space closes the encoder and the decoder that were used, once, and loads none for it", async () => {
    const told: string[] = [];
    const closing = (name: string) => async () => {
      told.push(`${name} loaded`);
      const code = async (things: readonly unknown[]) => things.map(() => new Float32Array(4).fill(1));
      return Object.assign(code, { close: async () => void told.push(`${name} closed`) });
    };
    const loaders = { encoders: { constant: closing("encoder") }, decoders: { constant: closing("decoder") } };
    const make = () =>
      Space.from({ names, vectors: Float32Array.from(Object.values(atlas).flat()), method: "constant" }, loaders);
    const used = make();
    await used.embed([1]);
    await used.decode([Float32Array.of(1, 0, 0, 0)]);
    await used.close();
    await used.close();
    expect(told).toEqual(["encoder loaded", "decoder loaded", "encoder closed", "decoder closed"]);
    await make().close();
    expect(told.length).toBe(4);
  });

  test("a space whose encoder cannot be loaded is closed all the same", async () => {
    const broken: EncoderLoader = async () => {
      throw new Error("no encoder.onnx");
    };
    const space = Space.from(
      { names, vectors: Float32Array.from(Object.values(atlas).flat()), method: "broken" },
      { encoders: { broken } },
    );
    await expect(space.embed([1])).rejects.toThrow("no encoder.onnx");
    await space.close();
    await expect(space.vectors()).rejects.toThrow("the space is closed");
  });

  test("add appends from vectors and through the encoder, and moves nothing", async () => {
    const space = spaceWithEncoder();
    const before = await Promise.all(names.map((name) => space.vector(name)));
    await space.add([
      { name: "x", vector: [9, 0, 0, 0], columns: { count: 5 } },
      { name: "y", thing: 3 },
    ]);
    expect(space.length).toBe(names.length + 2);
    expect(await space.vector("x")).toEqual(Float32Array.of(9, 0, 0, 0));
    expect(await space.vector("y")).toEqual(Float32Array.of(3, 3, 3, 3));
    expect((await space.columns()).get("count")).toEqual([...names.keys(), 5, null]);
    expect(await Promise.all(names.map((name) => space.vector(name)))).toEqual(before);
    expect(found(await space.near([1, 0, 0, 0], { count: 1 }))).toEqual(["x"]);
  });

  test("all items are added or none", async () => {
    const space = spaceWithEncoder();
    const good = { name: "x", vector: [1, 2, 3, 4] };
    for (const [bad, message] of [
      [{ name: "paris", vector: [1, 2, 3, 4] }, '"paris" is in the space already'],
      [{ name: "x", vector: [1, 2, 3, 4] }, 'the name "x" is that of row 0 already'],
      [{ name: "y", vector: [1, 2] }, "must have 4 numbers, got 2"],
      [{ name: "y" }, "needs a vector, or a thing"],
      [{ name: "y", vector: [1, 2, 3, 4], columns: { size: 1 } }, 'has column "size", the space has "count"'],
      [{ name: "y", vector: [1, 2, 3, 4], columns: { count: "many" } }, "holds values of type number"],
      [{ name: "\uDC00", vector: [1, 2, 3, 4] }, "surrogate"],
    ] as const) {
      await expect(space.add([good, bad])).rejects.toThrow(message);
      expect(space.length).toBe(names.length);
      expect((await space.vectors()).length).toBe(names.length);
      expect(await space.has("x")).toBe(false);
    }
  });

  test("items may be added while searches run", async () => {
    const space = randomSpace(3000, 64, 2);
    const searches = [space.near("n1", { count: 3 }), space.near("n2", { count: 3 })];
    const adding = space.add([{ name: "extra", vector: await space.vector("n1") }]);
    searches.push(space.near("n1", { count: 1 }));
    const results = await Promise.all(searches);
    await adding;
    expect(results[0]).toHaveLength(3);
    expect((await space.near("n1", { count: 1 }))[0].name).toBe("extra");
  });
});

describe("setColumn", () => {
  test("puts a column beside the others or in another's place, and copies it", async () => {
    const space = atlasSpace({ columns: { count: Int32Array.from(names.keys()) } });
    const rank = Float64Array.from(names, (_, row) => row / 8);
    await space.setColumn("rank", rank);
    rank.fill(7);
    await space.setColumn(
      "count",
      names.map((name, row) => (row === 1 ? null : name)),
    );
    const columns = await space.columns();
    expect([...columns.keys()]).toEqual(["count", "rank"]);
    expect(columns.get("rank")).toEqual(Float64Array.from(names, (_, row) => row / 8));
    expect(columns.get("count")?.slice(0, 3)).toEqual([names[0], null, names[2]]);
  });

  test("refuses what is no column, and sets all or none", async () => {
    const space = atlasSpace();
    const zeros = new Float64Array(names.length);
    const texts = (...first: (string | number | null)[]) => names.map((name, row) => first[row] ?? name);
    for (const [name, column, message] of [
      ["x", new Float64Array(2), `column "x" must have ${names.length} values, got 2`],
      ["x", zeros.map((_, row) => (row === 2 ? Number.NaN : 0)), "got NaN in row 2"],
      ["x", texts("a", 3), 'column "x" must hold strings, or null, got 3 in row 1'],
      ["name", zeros, "cannot be called name"],
      ["", zeros, "a column needs a name"],
    ] as const) {
      await expect(space.setColumns({ good: zeros, [name]: column })).rejects.toThrow(message);
      expect([...(await space.columns()).keys()]).toEqual([]);
    }
    await expect(space.setColumn("x", new Set([1]) as never)).rejects.toThrow("must be an array, Float64Array");
  });

  test("setMetric notes JSON values under metrics", () => {
    const space = atlasSpace({ metrics: { accuracy: 0.5 } });
    space.setMetric("maps", { pca: [1, null] });
    expect(space.metrics).toEqual({ accuracy: 0.5, maps: { pca: [1, null] } });
    expect(() => space.setMetric("x", Number.NaN)).toThrow("setMetric.x must be a JSON value");
    expect(() => space.setMetric("__proto__", {})).toThrow("may not have a key __proto__");
  });
});

test("what is no query is refused by name", async () => {
  const space = atlasSpace();
  const wrong = space as unknown as Record<"near" | "similarity", (...args: unknown[]) => Promise<unknown>>;
  await expect(wrong.near(42)).rejects.toThrow("near: a name, an expression or a vector was needed, got number");
  await expect(wrong.near([{}])).rejects.toThrow("near: a name, an expression or a vector was needed, got object");
  await expect(wrong.similarity("rome")).rejects.toThrow(
    "similarity: a name, an expression or a vector was needed, got undefined",
  );
});
