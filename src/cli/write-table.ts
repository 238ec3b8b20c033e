import type { Table } from "../formats/table.js";
import { UsageError } from "./exit-codes.js";

/** Refuses, before the work, a name that `writeTable` would refuse after it. */
export function requireTableName(verb: string, path: string | undefined): void {
  if (path !== undefined && !/\.(csv|parquet)$/i.test(path)) {
    throw new UsageError(`${verb}: --output must end in .csv or .parquet, got ${path}`);
  }
}

/** Writes a table in the format that the file's name asks for. */
export async function writeTable(verb: string, path: string, table: Table): Promise<void> {
  requireTableName(verb, path);
  if (/\.csv$/i.test(path)) {
    const { writeCsv } = await import("../formats/csv.js");
    await writeCsv(path, table);
  } else {
    const { writeParquet } = await import("../formats/parquet.js");
    await writeParquet(path, table);
  }
}
