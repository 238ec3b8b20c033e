import * as fc from "fast-check";
import { expect, test } from "vitest";
import { flatten, mapTree, unflatten } from "../../dist/networks/tree.js";

const isNumber = (value: unknown): value is number => typeof value === "number";
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("tree"),
      { maxKeys: 3 },
    ),
  ),
}));

test("a tree put together from its leaves is the tree, and every leaf has a path", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const { leaves, paths, structure } = flatten(value, isNumber);
      expect(unflatten(structure, leaves)).toEqual(value);
      expect(paths.length).toBe(leaves.length);
    }),
    { numRuns: 1000 },
  );
});

test("keys are walked in order of their letters; paths read as one would write them", () => {
  const { leaves, paths } = flatten({ b: [1, { x: 2 }], a: 3 }, isNumber);
  expect(leaves).toEqual([3, 1, 2]);
  expect(paths).toEqual(["a", "b[0]", "b[1].x"]);
  expect(flatten(5, isNumber, "here").paths).toEqual(["here"]);
});

test("mapTree keeps the structure", () => {
  expect(mapTree({ a: [1, 2] }, isNumber, (leaf, path) => `${path}=${leaf}`)).toEqual({ a: ["a[0]=1", "a[1]=2"] });
});

test("what is neither leaf, list nor plain object is named with its place", () => {
  expect(() => flatten({ a: [1, new Date(0)] }, isNumber)).toThrow(
    "a[1]: a tensor, a list or a plain object was needed, got a Date",
  );
  expect(() => flatten(null, isNumber)).toThrow("a tree: a tensor, a list or a plain object was needed, got null");
});
