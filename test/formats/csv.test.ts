import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csvField, writeCsv } from "../../dist/formats/csv.js";
import { temporaryFolder } from "../temporary-folder.js";

test("fields stand in quotes where they would not come back otherwise (RFC 4180)", () => {
  const fields = ["plain", 'a "b"', "a,b", "a\nb", " a", "", null, 0.1, true];
  expect(fields.map(csvField)).toEqual(["plain", '"a ""b"""', '"a,b"', '"a\nb"', '" a"', "", "", "0.1", "true"]);
});

test("a table is written with a header, a line a row", async () => {
  const path = join(temporaryFolder(), "t.csv");
  await writeCsv(path, {
    rows: 2,
    columns: new Map<string, string[] | Float64Array>([
      ["name", ["x", "y,z"]],
      ["rank", Float64Array.of(0.25, 1e-9)],
    ]),
  });
  expect(readFileSync(path, "utf8")).toBe('name,rank\nx,0.25\n"y,z",1e-9\n');
});

test("a table of many rows is whole", async () => {
  const path = join(temporaryFolder(), "t.csv");
  const rows = 200_000;
  await writeCsv(path, { rows, columns: new Map([["n", Float64Array.from({ length: rows }, (_, k) => k)]]) });
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines).toHaveLength(rows + 2);
  expect(lines[rows]).toBe(String(rows - 1));
});
