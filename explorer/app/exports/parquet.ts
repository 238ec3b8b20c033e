import { parquetWriteBuffer } from "hyparquet-writer";
import type { Table } from "./table.js";

/** A table as Parquet; loaded only when somebody exports one. */
export function parquetOf({ columns }: Table): Blob {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, type, values }) => ({
      name,
      data: values,
      type: type === "number" ? "DOUBLE" : "STRING",
      nullable: true,
    })),
  });
  return new Blob([buffer], { type: "application/vnd.apache.parquet" });
}
