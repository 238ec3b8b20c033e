import { describe, expect, test } from "vitest";
import { leiden } from "../../../dist/maps/clusters/leiden.js";
import { spaceCommunities } from "../../../dist/maps/clusters/space-communities.js";
import { neighborGraph } from "../../../dist/maps/neighbor-graph.js";
import { plantedRows, randomRows, spaceOf } from "../rows.js";

describe("spaceCommunities", () => {
  test("are those of the neighbor graph, and recover planted groups", async () => {
    const space = spaceOf(plantedRows(240, 8, 4, 0.3, 2), "cosine");
    const found = await spaceCommunities(space, { seed: 3 });
    expect(found).toMatchObject({ neighbors: 15, metric: "cosine", exact: true, sizes: [60, 60, 60, 60] });
    for (let i = 4; i < 240; i++) expect(found.labels[i]).toBe(found.labels[i - 4]);
    const graph = await (await neighborGraph(space)).graph();
    expect((await leiden(graph, { seed: 3 })).labels).toEqual(found.labels);
  });

  test("the same bytes come from 1, 2 and 4 threads", async () => {
    const space = spaceOf(plantedRows(300, 8, 6, 1, 5), "euclidean");
    const [one, ...others] = await Promise.all([1, 2, 4].map((threads) => spaceCommunities(space, { threads })));
    for (const other of others) expect(other).toEqual(one);
  });

  test("all points equal, and two items, are divided without complaint", async () => {
    const equal = await spaceCommunities(
      spaceOf(
        Array.from({ length: 40 }, () => [1, 1]),
        "cosine",
      ),
    );
    expect(equal.sizes.reduce((sum, size) => sum + size, 0)).toBe(40);
    expect((await spaceCommunities(spaceOf([[0], [1]], "euclidean"))).sizes).toEqual([2]);
  });

  test("what cannot be done is named", async () => {
    const space = spaceOf(randomRows(5, 2, 1), "euclidean");
    await expect(spaceCommunities(space, { neighbors: 5 })).rejects.toThrow("each of 5 items has 4 others");
    await expect(spaceCommunities(space, { resolution: -1 })).rejects.toThrow("leiden: resolution must be");
    await expect(spaceCommunities(space, { method: 1 } as object)).rejects.toThrow("there is no option method");
    await expect(spaceCommunities(spaceOf([[1]], "euclidean"))).rejects.toThrow("at least two items are needed");
  });
});
