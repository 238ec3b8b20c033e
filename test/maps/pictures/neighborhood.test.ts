import { describe, expect, test } from "vitest";
import { drawNeighborhood, type Neighborhood, principalPlane } from "../../../dist/maps/pictures/neighborhood.js";

const neighborhood: Neighborhood = {
  query: { name: "power", vector: [1, 0, 0] },
  neighbors: [
    { name: "powers", vector: [2, 0.2, 0], score: 0.995 },
    { name: "energy", vector: [1, 0.5, 0.2], score: 0.88 },
    { name: "might", vector: [1, -0.6, 0.3], score: 0.83 },
  ],
  metric: "cosine",
};

describe("principalPlane", () => {
  test("shows points of a plane as they are, up to a turn: distances are kept", () => {
    const points = [
      [0, 0, 3],
      [3, 0, 3],
      [0, 4, 3],
      [-1, 1, 3],
    ].map((point) => Float64Array.from(point));
    const { coordinates, explained } = principalPlane(points);
    expect(explained).toBeCloseTo(1, 12);
    for (const [i, a] of points.entries())
      for (const [j, b] of points.entries()) {
        const inSpace = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        const shown = Math.hypot(
          coordinates[2 * i] - coordinates[2 * j],
          coordinates[2 * i + 1] - coordinates[2 * j + 1],
        );
        expect(shown).toBeCloseTo(inSpace, 10);
      }
  });

  test("the share shown is that of the two largest variances", () => {
    // Along the axes the sums of squares are 2 * 9, 2 * 4 and 2 * 1.
    const axes = [3, 2, 1].flatMap((length, axis) =>
      [length, -length].map((value) => Float64Array.from({ length: 3 }, (_, d) => (d === axis ? value : 0))),
    );
    const { coordinates, explained } = principalPlane(axes);
    expect(explained).toBeCloseTo(13 / 14, 12);
    expect([...coordinates].map((value) => Number(value.toFixed(9)) + 0)).toEqual([
      3, 0, -3, 0, 0, 2, 0, -2, 0, 0, 0, 0,
    ]);
  });

  test("one vector, equal vectors and none have a place", () => {
    expect([...principalPlane([Float64Array.of(1, 2)]).coordinates]).toEqual([0, 0]);
    const equal = principalPlane([Float64Array.of(1, 2), Float64Array.of(1, 2)]);
    expect([[...equal.coordinates], equal.explained]).toEqual([[0, 0, 0, 0], 1]);
    expect(principalPlane([]).coordinates).toHaveLength(0);
  });
});

describe("drawNeighborhood", () => {
  test("draws the stored picture", async () => {
    await expect(drawNeighborhood(neighborhood)).toMatchFileSnapshot("golden/neighborhood.svg");
  });

  test("names every neighbor with its score, even where all are in one place", () => {
    const same = Array.from({ length: 12 }, (_, k) => ({
      name: `item ${k}`,
      vector: [1, 0.001 * k, 0],
      score: 1 - k / 100,
    }));
    const svg = drawNeighborhood({ ...neighborhood, neighbors: same });
    for (const { name, score } of same)
      expect(svg).toContain(`${name}<tspan dx="5" fill="#5f6871">${score.toFixed(2)}</tspan>`);
  });

  test("one neighbor, none, and other measures", () => {
    expect(drawNeighborhood({ ...neighborhood, neighbors: neighborhood.neighbors.slice(0, 1) })).toContain(">powers<");
    expect(drawNeighborhood({ ...neighborhood, neighbors: [] })).toContain(">power<");
    const far = drawNeighborhood({ ...neighborhood, metric: "euclidean" }, { theme: "dark" });
    expect(far).toContain("distances from the query");
    expect(far).toContain('fill="#14171a"');
    expect(far).toContain(">0.995<");
    const inputs = drawNeighborhood({ ...neighborhood, inputs: [{ name: "<input>", vector: [0, 1, 0] }] });
    expect(inputs).toContain("&lt;input&gt;");
  });
});
