import fc from "fast-check";
import { expect, test } from "vitest";
import { folkloreComparison, folkloreRefinement } from "../../../dist/graphs/weisfeiler-lehman/folklore.js";
import { colorRefinement } from "../../../dist/graphs/weisfeiler-lehman/refinement.js";
import {
  build,
  caiFuererImmerman,
  complete,
  cycles,
  petersen,
  plainGraphs,
  prism,
  renumber,
  rook,
  shrikhande,
  shuffled,
} from "./graphs.js";

test("the 2-dimensional test tells two triangles from a hexagon, and Petersen's graph from a prism", async () => {
  for (const [a, b] of [
    [cycles(3, 3), cycles(6)],
    [petersen, prism],
  ]) {
    const result = await folkloreComparison(await build(a), await build(b));
    expect(result).toMatchObject({ distinguished: true, round: 1 });
  }
});

test("strongly regular graphs of the same parameters need dimension 3, and one round of it", async () => {
  const [a, b] = [await build(shrikhande), await build(rook)];
  expect(await folkloreComparison(a, b)).toEqual({ distinguished: false, round: 0, numColors: 3 });
  expect(await folkloreComparison(a, b, { dimension: 3 })).toMatchObject({ distinguished: true, round: 1 });
});

test("Cai, Fürer and Immerman's pair over a triangle is told apart in dimension 2", async () => {
  const [a, b] = [caiFuererImmerman(complete(3), false), caiFuererImmerman(complete(3), true)];
  expect((await folkloreComparison(await build(a), await build(b))).distinguished).toBe(true);
});

test("a renumbered graph is never told apart, and its colors move with its nodes", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, fc.nat(), fc.constantFrom(2, 3), async (plain, seed, dimension) => {
      const order = shuffled(plain.n, seed);
      const [a, b] = [await build(plain), await build(renumber(plain, order))];
      expect((await folkloreComparison(a, b, { dimension })).distinguished).toBe(false);
      const { nodeColors } = await folkloreRefinement(a, { dimension });
      const { nodeColors: moved } = await folkloreRefinement(b, { dimension });
      expect(order.map((v) => moved[v])).toEqual([...nodeColors]);
    }),
    { numRuns: 40 },
  );
});

test("each dimension is at least as fine as the one below", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, async (plain) => {
      const input = await build(plain);
      const colors = [
        (await colorRefinement(input)).colors,
        (await folkloreRefinement(input)).nodeColors,
        (await folkloreRefinement(input, { dimension: 3 })).nodeColors,
      ];
      for (const [coarse, fine] of [
        [colors[0], colors[1]],
        [colors[1], colors[2]],
      ]) {
        const coarseOf = new Map<number, number>();
        for (const [v, color] of fine.entries()) {
          expect(coarseOf.get(color) ?? coarse[v]).toBe(coarse[v]);
          coarseOf.set(color, coarse[v]);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("graphs that are too large, and other dimensions, are refused", async () => {
  const [a, b] = [await build(cycles(25)), await build(cycles(24))];
  await expect(folkloreComparison(a, b, { dimension: 3 })).rejects.toThrow(
    "folkloreComparison: at most 48 nodes in all are compared in dimension 3, got 49",
  );
  await expect(folkloreComparison(a, b, { dimension: 4 })).rejects.toThrow("dimension must be an integer from 2 to 3");
});
