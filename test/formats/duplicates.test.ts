import { expect, test } from "vitest";
import { withoutDuplicates } from "../../dist/formats/duplicates.js";
import { collect, formatError, rowsOf, source } from "./rows.js";

const rows = rowsOf(["a", "b", "a", "c", "b"], Float32Array.of(1, 2, 3, 4, 5));

test("H3: first keeps the first row of a name and counts the others", async () => {
  const warnings: string[] = [];
  const found = await collect(withoutDuplicates(source(rows), "first", (message) => warnings.push(message)));
  expect(found).toEqual(rowsOf(["a", "b", "c"], Float32Array.of(1, 2, 4)));
  expect(warnings).toEqual(['<test>: rows whose name came before: 2, first "a"; the first of each name is kept']);
});

test("H3: error names the row and the name", async () => {
  const error = await formatError(collect(withoutDuplicates(source(rows), "error")), "duplicate");
  expect(error.message).toContain('row 3: the name "a" stands twice');
});

test("keep passes all rows on", async () => {
  expect(await collect(withoutDuplicates(source(rows), "keep"))).toEqual(rows);
});
