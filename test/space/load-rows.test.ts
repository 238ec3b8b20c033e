import { describe, expect, test } from "vitest";
import type { VectorBatch, VectorRows } from "../../dist/formats/vector-rows.js";
import { vectorsFromRows } from "../../dist/space/load-rows.js";
import { runModule } from "../child.js";

function rowsOf(batches: [string, number[]][][], dimensions = 2): VectorRows {
  return {
    name: "<test>",
    dimensions,
    async *batches(): AsyncGenerator<VectorBatch> {
      for (const batch of batches) {
        yield { names: batch.map(([name]) => name), vectors: Float32Array.from(batch.flatMap(([, values]) => values)) };
      }
    },
  };
}

const repeated = rowsOf([
  [
    ["a", [1, 2]],
    ["b", [3, 4]],
    ["a", [5, 8]],
  ],
  [
    ["c", [7, 7]],
    ["b", [9, 9]],
    ["a", [0, 2]],
  ],
]);

async function loaded(rows: VectorRows, options = {}) {
  const { names, vectors } = await vectorsFromRows(rows, options);
  return Object.fromEntries(Array.from(names, (name, row) => [name, [...vectors.get(row)]]));
}

describe("vectorsFromRows", () => {
  test("keeps names and rows in the order of the reader, over batches", async () => {
    const rows = rowsOf([
      [
        ["x", [1, 2]],
        ["y", [3, 4]],
      ],
      [],
      [["z", [5, 6]]],
    ]);
    const { names, vectors } = await vectorsFromRows(rows);
    expect([...names]).toEqual(["x", "y", "z"]);
    expect([...vectors.batches()].flatMap((batch) => [...batch])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("H3: a repeated name keeps its first row, its last or the mean, and the warning counts them", async () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    expect(await loaded(repeated, { onWarning })).toEqual({ a: [1, 2], b: [3, 4], c: [7, 7] });
    expect(await loaded(repeated, { duplicates: "last" })).toEqual({ a: [0, 2], b: [9, 9], c: [7, 7] });
    expect(await loaded(repeated, { duplicates: "mean" })).toEqual({ a: [2, 4], b: [6, 6.5], c: [7, 7] });
    expect(warnings).toEqual(['<test>: rows whose name came before: 3, first "a"; the first of each name is kept']);
  });

  test('H3: with duplicates "error" a repeated name is refused by row', async () => {
    await expect(loaded(repeated, { duplicates: "error" })).rejects.toThrow(
      '<test>: row 3: the name "a" is that of row 1 already',
    );
    await expect(loaded(repeated, { duplicates: "some" })).rejects.toThrow(
      "duplicates must be one of error, first, last, mean",
    );
  });

  test("stops when asked to, and reports how far it is", async () => {
    await expect(loaded(repeated, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    const done: number[] = [];
    await loaded(repeated, { onProgress: (progress: { done: number }) => done.push(progress.done) });
    expect(done.at(-1)).toBe(6);
  });

  test("M1: loading 400,000 x 300 takes at most 1.2 times the vectors and 60 MB", async () => {
    const { stdout, stderr } = await runModule(`
      import { readWord2vecBinary } from "./dist/formats/word2vec-binary.js";
      import { vectorsFromRows } from "./dist/space/load-rows.js";
      const [rows, dimensions, pieceRows] = [400_000, 300, 1000];
      const rowBytes = 8 + 4 * dimensions; // a name of seven digits and a space
      const stream = {
        name: "<test>",
        compressed: false,
        async *[Symbol.asyncIterator]() {
          yield new TextEncoder().encode(rows + " " + dimensions + "\\n");
          for (let row = 0; row < rows; row += pieceRows) {
            const piece = new Uint8Array(pieceRows * rowBytes);
            for (let r = 0; r < pieceRows; r++) {
              new TextEncoder().encodeInto(String(row + r).padStart(7, "0") + " ", piece.subarray(r * rowBytes));
              piece.fill(r % 64, r * rowBytes + 8, (r + 1) * rowBytes);
            }
            yield piece;
          }
        },
      };
      const { names, vectors } = await vectorsFromRows(await readWord2vecBinary(stream));
      console.log(names.length, vectors.length, process.resourceUsage().maxRSS * 1024);
    `);
    expect(stderr).toBe("");
    const [names, rows, peak] = stdout.trim().split(" ").map(Number);
    expect([names, rows]).toEqual([400_000, 400_000]);
    expect(peak).toBeLessThan(1.2 * 4 * 400_000 * 300 + 60e6);
  });
});
