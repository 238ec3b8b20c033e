import type { Pane } from "../pane.js";
import { csvOf } from "../text/csv.js";
import { fileName, save } from "./save.js";
import { tableOf } from "./table.js";

export type ExportFormat = "png" | "svg" | "csv" | "parquet";

/** Saves the view, or the items of some rows (null: all), as a file; returns its name. */
export async function exportFile(pane: Pane, format: ExportFormat, rows: readonly number[] | null): Promise<string> {
  const space = pane.space.peek();
  if (space === null) throw new Error("export: a space was needed, none is shown");
  const { title } = space.summary.peek();
  const isPart = rows !== null && !isPicture(format);
  const name = `${fileName(title)}${isPart ? "-selection" : ""}.${format}`;
  save(await dataOf(pane, format, rows), name);
  return name;
}

async function dataOf(pane: Pane, format: ExportFormat, rows: readonly number[] | null): Promise<Blob> {
  const space = pane.space.peek();
  const map = pane.renderer.peek();
  if (space === null) throw new Error("export: a space was needed, none is shown");
  if (isPicture(format)) {
    if (map === null) throw new Error("export: a map was needed, none is drawn");
    return format === "png" ? map.toPng() : new Blob([map.toSvg()], { type: "image/svg+xml" });
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

function isPicture(format: ExportFormat): boolean {
  return format === "png" || format === "svg";
}
