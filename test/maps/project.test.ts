import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ProjectOptions, project } from "../../dist/maps/project.js";
import { mapQuality } from "../../dist/maps/quality.js";
import { coordinatesOf, savedProjections } from "../../dist/maps/saved-projection.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";

const spaceOf = (items: number, dimensions: number) => {
  const rng = new Rng(3);
  return Space.from({
    names: Array.from({ length: items }, (_, i) => `n${i}`),
    vectors: Float32Array.from({ length: items * dimensions }, () => rng.normal()),
    dimensions,
    metrics: { loss: 0.5 },
  });
};

describe("project", () => {
  test.each<[string, ProjectOptions]>([
    ["pca", { method: "pca" }],
    ["umap", { method: "umap", epochs: 20, seed: 7 }],
    ["tsne", { method: "tsne", iterations: 20, perplexity: 6, metric: "euclidean" }],
  ])("saves a map by %s with what it took and how good it is", async (method, options) => {
    const path = join(temporaryFolder(), "s.space");
    const space = spaceOf(40, 5);
    const { projection, columns, quality } = await project(space, options);
    expect(columns).toEqual(["x", "y"]);
    await space.save(path);
    const again = await Space.load(path);
    expect(await coordinatesOf(again, ["x", "y"])).toEqual(projection.coordinates);
    const { settings, seed, metrics } = projection;
    const saved = savedProjections(again);
    expect(saved).toEqual([{ columns: ["x", "y"], method, settings, seed, metrics, quality }]);
    const metric = method === "tsne" ? "euclidean" : "cosine";
    expect(saved[0].quality).toEqual({ ...(await mapQuality(again, projection.coordinates, { metric })) });
    expect(again.metrics.loss).toBe(0.5);
    await again.close();
  });

  test.each<[string, ProjectOptions]>([
    ["pca", { method: "pca", dimensions: 5 }],
    ["tsne", { method: "tsne", iterations: 60 }],
  ])("D5 the bytes of a map are frozen: %s", async (method, options) => {
    const { projection } = await project(spaceOf(150, 9), options);
    // a change of frozen.json takes a line in the changelog
    const frozen = JSON.parse(readFileSync(new URL("frozen.json", import.meta.url), "utf8"));
    expect(createHash("sha256").update(projection.coordinates).digest("hex")).toBe(frozen[method]);
  });

  test("maps stand side by side, and one takes the place of those whose columns it takes", async () => {
    const space = spaceOf(20, 6);
    await project(space, { method: "pca" });
    await project(space, { method: "pca", dimensions: 3, columns: ["a", "b", "c"] });
    await project(space, { method: "pca", dimensions: 5 });
    expect(savedProjections(space).map(({ columns }) => columns.join())).toEqual([
      "x,y",
      "a,b,c",
      "pca1,pca2,pca3,pca4,pca5",
    ]);
    await project(space, { method: "pca", dimensions: 2, columns: ["c", "y"] });
    expect(savedProjections(space).map(({ columns }) => columns.join())).toEqual(["pca1,pca2,pca3,pca4,pca5", "c,y"]);
    const columns = await space.columns();
    expect([...columns.keys()]).toEqual(["x", "y", "a", "b", "c", "pca1", "pca2", "pca3", "pca4", "pca5"]);
    expect(Array.from(columns.get("pca1") ?? [])).toEqual(Array.from(columns.get("c") ?? []));
  });

  test("two items have a map, of which nothing is to be said", async () => {
    const space = spaceOf(2, 3);
    expect((await project(space, { method: "pca" })).quality).toBeNull();
    expect(savedProjections(space)[0].quality).toBeNull();
  });

  test("refuses columns that are not one a dimension, and leaves the space as it was", async () => {
    const space = spaceOf(20, 6);
    const refused = async (options: ProjectOptions, message: string) => {
      await expect(project(space, options)).rejects.toThrow(message);
      expect((await space.columns()).size).toBe(0);
      expect(space.metrics).toEqual({ loss: 0.5 });
    };
    await refused({ method: "pca", columns: ["a"] }, "columns must name one column for each of 2 dimensions, got 1");
    await refused({ method: "pca", columns: ["a", "a"] }, 'different names of columns, got "a" twice');
    await refused({ method: "pca", columns: ["a", "name"] }, 'got "name", which the names are');
    await refused({ method: "mds" as never }, "method must be one of pca, umap, tsne");
    await refused({ method: "tsne", perplexity: 30 }, "tsne: perplexity must be at most");
    const stop = new AbortController();
    const onLayout = () => stop.abort(new Error("enough"));
    await refused({ method: "tsne", iterations: 1e5, signal: stop.signal, onLayout }, "enough");
  });
});

describe("coordinatesOf", () => {
  test("names a column that is missing, and an item without a place", async () => {
    const space = spaceOf(4, 3);
    await project(space, { method: "pca", columns: ["left", "up"] });
    await expect(coordinatesOf(space, ["left", "uq"])).rejects.toThrow(
      'there is no column "uq"; did you mean "up"? the space has "left", "up"',
    );
    await space.add([{ name: "late", vector: [1, 2, 3] }]);
    await expect(coordinatesOf(space, ["left", "up"])).rejects.toThrow(
      'column "left" must hold a number for each item, got null for "late" (row 4); project the space anew',
    );
  });

  test("entries of another form are no projections", () => {
    const space = spaceOf(4, 3);
    space.setMetric("projections", ["x", { columns: [1], method: "pca", settings: {}, metrics: {} }]);
    expect(savedProjections(space)).toEqual([]);
    space.setMetric("projections", { x: 1 });
    expect(savedProjections(space)).toEqual([]);
  });
});
