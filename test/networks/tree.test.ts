import fc from "fast-check";
import { expect, test } from "vitest";
import { flatten, mapTree, unflatten } from "../../dist/networks/tree.js";

const isNumber = (value: unknown): value is number => typeof value === "number";

test("leaves come by sorted keys, whatever the order in which they were written", () => {
  const a = flatten({ b: 1, a: [2, { d: 3, c: 4 }] }, isNumber);
  const b = flatten({ a: [2, { c: 4, d: 3 }], b: 1 }, isNumber);
  expect(a).toEqual(b);
  expect(a.leaves).toEqual([2, 4, 3, 1]);
  expect(a.paths).toEqual(["a[0]", "a[1].c", "a[1].d", "b"]);
  expect(flatten({ b: 0, "10": 1, "9": 2, a: 3 }, isNumber).paths).toEqual(["9", "10", "a", "b"]);
});

test("what holds no leaf is named with its path", () => {
  expect(() => flatten({ a: [1, "x"] }, isNumber)).toThrow(
    "a[1]: a tensor, a list or a plain object was needed, got x",
  );
  expect(() => flatten({ a: new Map() }, isNumber, "params")).toThrow(
    "params.a: a tensor, a list or a plain object was needed, got a Map",
  );
  expect(() => flatten(undefined, isNumber)).toThrow(
    "a tree: a tensor, a list or a plain object was needed, got undefined",
  );
});

test("1,000 random trees come back as they were", () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const { leaves, structure, paths } = flatten(value, isNumber);
      expect(unflatten(structure, leaves)).toEqual(value);
      expect(paths.length).toBe(leaves.length);
      expect(
        flatten(
          mapTree(value, isNumber, (x) => x + 1),
          isNumber,
        ).leaves,
      ).toEqual(leaves.map((x) => x + 1));
    }),
    { numRuns: 1000 },
  );
});

test("a key named __proto__ stays a key", () => {
  const value = JSON.parse('{"__proto__": 1, "a": 2}');
  const { leaves, structure } = flatten(value, isNumber);
  const back = unflatten(structure, leaves) as Record<string, number>;
  expect(Object.keys(back)).toEqual(["__proto__", "a"]);
});
