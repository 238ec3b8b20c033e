import type { Pane } from "../pane.js";
import { csvOf } from "../text/csv.js";
import { fileName, save } from "./save.js";
import { tableOf } from "./table.js";
import { viewPicture } from "./view.js";

export type ExportFormat = "png" | "csv" | "parquet";

/** Saves the view, or the items of some rows (null: all), as a file; returns its name. */
export async function exportFile(pane: Pane, format: ExportFormat, rows: readonly number[] | null): Promise<string> {
  const space = pane.space.peek();
  if (space === null) throw new Error("export: a space was needed, none is shown");
  const { title } = space.summary.peek();
  const name = `${fileName(title)}${rows === null || format === "png" ? "" : "-selection"}.${format}`;
  save(await dataOf(pane, format, rows), name);
  return name;
}

async function dataOf(pane: Pane, format: ExportFormat, rows: readonly number[] | null): Promise<Blob> {
  const space = pane.space.peek();
  const map = pane.renderer.peek();
  if (space === null) throw new Error("export: a space was needed, none is shown");
  if (format === "png") {
    if (map === null) throw new Error("export: a map was needed, none is drawn");
    return viewPicture(map, pane);
  }
  const table = await tableOf(pane.explorer.source, space, pane.points.peek().value, rows);
  if (format === "parquet") return (await import("./parquet.js")).parquetOf(table);
  const lines = Array.from({ length: table.rows }, (_, k) => table.columns.map(({ values }) => values[k]));
  const text = csvOf(
    table.columns.map(({ name }) => name),
    lines,
  );
  return new Blob([text], { type: "text/csv" });
}
