import type { Table } from "../formats/table.js";
import { UsageError } from "./exit-codes.js";

/** Writes a table in the format that the file's name asks for. */
export async function writeTable(verb: string, path: string, table: Table): Promise<void> {
  if (/\.csv$/i.test(path)) {
    const { writeCsv } = await import("../formats/csv.js");
    await writeCsv(path, table);
  } else if (/\.parquet$/i.test(path)) {
    const { writeParquet } = await import("../formats/parquet.js");
    await writeParquet(path, table);
  } else throw new UsageError(`${verb}: --output must end in .csv or .parquet, got ${path}`);
}
