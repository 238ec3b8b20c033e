import { describe, expect, test } from "vitest";
import type { VectorBatch, VectorRows } from "../../dist/formats/vector-rows.js";
import { spaceFromRows } from "../../dist/space/from-rows.js";
import type { DuplicatePolicy } from "../../dist/space/load-rows.js";

/** Rows of two numbers, in batches as given. */
function rowsOf(...batches: [name: string, x: number, y: number][][]): VectorRows {
  return {
    name: "rows",
    dimensions: 2,
    async *batches(): AsyncGenerator<VectorBatch> {
      for (const batch of batches) {
        yield { names: batch.map(([name]) => name), vectors: Float32Array.from(batch.flatMap(([, x, y]) => [x, y])) };
      }
    },
  };
}

async function contents(rows: VectorRows, duplicates?: DuplicatePolicy) {
  const warnings: string[] = [];
  const space = await spaceFromRows(rows, { duplicates, onWarning: (message) => warnings.push(message) });
  const names = [...(await space.names())];
  const vectors = await Promise.all(names.map(async (name) => [name, ...(await space.vector(name))]));
  return { vectors, warnings };
}

describe("a space from rows", () => {
  test("has the rows in their order, over all batches", async () => {
    const { vectors, warnings } = await contents(
      rowsOf(
        [
          ["a", 1, 2],
          ["b", 3, 4],
        ],
        [],
        [["c", 5, 6]],
      ),
    );
    expect(vectors).toEqual([
      ["a", 1, 2],
      ["b", 3, 4],
      ["c", 5, 6],
    ]);
    expect(warnings).toEqual([]);
  });

  // "a" stands again within its batch and in a later one, "b" behind a row that is left out
  const repeated = () =>
    rowsOf(
      [
        ["a", 0, 0],
        ["a", 3, 3],
        ["b", 1, 1],
      ],
      [
        ["c", 2, 2],
        ["a", 6, 9],
        ["d", 7, 7],
        ["b", 5, 5],
      ],
    );

  test.each<[DuplicatePolicy, [string, number, number][]]>([
    [
      "first",
      [
        ["a", 0, 0],
        ["b", 1, 1],
        ["c", 2, 2],
        ["d", 7, 7],
      ],
    ],
    [
      "last",
      [
        ["a", 6, 9],
        ["b", 5, 5],
        ["c", 2, 2],
        ["d", 7, 7],
      ],
    ],
    [
      "mean",
      [
        ["a", 3, 4],
        ["b", 3, 3],
        ["c", 2, 2],
        ["d", 7, 7],
      ],
    ],
  ])("H3 of a name that stands several times the %s is kept, which is counted", async (policy, expected) => {
    const { vectors, warnings } = await contents(repeated(), policy);
    expect(vectors).toEqual(expected);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^rows: rows whose name came before: 3, first "a"; the (first|last|mean) .*is kept$/);
  });

  test("H3 the first row is kept where nothing is said, and a second is refused where that is asked", async () => {
    expect((await contents(repeated())).vectors[0]).toEqual(["a", 0, 0]);
    await expect(contents(repeated(), "error")).rejects.toThrow('rows: row 2: the name "a" is that of row 1 already');
    await expect(contents(repeated(), "all" as DuplicatePolicy)).rejects.toThrow("duplicates must be one of");
  });
});
