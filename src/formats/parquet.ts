import type { ColumnMetaData, FileMetaData, RowGroup, SchemaElement } from "hyparquet";
import type { BasicType, ColumnSource } from "hyparquet-writer";
import { type AtomicFile, createAtomic } from "../io/atomic.js";
import { FormatError } from "../io/errors.js";
import { readExactly, type Source } from "../io/source.js";
import { isWellFormed } from "../io/utf8.js";
import type { Column, Table } from "./table.js";

/**
 * Flat tables as Parquet: columns of text, booleans and numbers, with or without nulls. hyparquet reads the footer and
 * hyparquet-writer writes; both are loaded when first needed.
 *
 * Memory for reading stays within 32 MiB + 32 times the file's size before columns become JavaScript values, however
 * far a hostile file claims to expand; a table of more than 2^22 + 4 x size cells is refused for the same reason.
 */

const magic = 0x31524150; // "PAR1"
const longestFooter = 8 * 2 ** 20;

/**
 * Reads a table: all columns, or those whose names are `wanted`. Throws FormatError for a damaged file and for what a flat table
 * cannot hold; columns that are not wanted are not looked into.
 */
export async function readParquet(source: Source, wanted: (name: string) => boolean = () => true): Promise<Table> {
  const file = source.name;
  const { metadata, footerStart } = await readFooter(source);
  const fail = (code: FormatError["code"], message: string) =>
    new FormatError(code, { file, offset: footerStart }, message);
  const [root, ...elements] = metadata.schema;
  if (
    root === undefined ||
    root.num_children !== elements.length ||
    elements.some((e) => e.num_children !== undefined)
  ) {
    throw fail("unsupported", "the table has nested columns; only flat tables are read");
  }
  const { countOf, readPages } = await import("./parquet-pages.js");
  const checked = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof FormatError) throw error;
      throw fail("header", error instanceof Error ? error.message : String(error));
    }
  };
  const groups = checked(() =>
    metadata.row_groups.map((group) => ({ group, rows: countOf(group.num_rows, "num_rows") })),
  );
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== checked(() => countOf(metadata.num_rows, "num_rows"))) {
    throw fail("header", `the footer announces ${metadata.num_rows} rows, its groups have ${rows}`);
  }
  if (rows * elements.length > 2 ** 22 + 4 * source.size) {
    throw fail("limit", `${rows} rows of ${elements.length} columns are too many for a file of ${source.size} bytes`);
  }

  const columns = new Map<string, Column>();
  const names = new Set<string>();
  const budget = { bytes: 32 * 2 ** 20 + 32 * source.size };
  const spent = { bytes: 0 };
  for (const [index, element] of elements.entries()) {
    if (names.has(element.name)) throw fail("duplicate", `column ${JSON.stringify(element.name)} stands twice`);
    names.add(element.name);
    checkElement(element, fail);
    if (!wanted(element.name)) continue;
    const column = new ColumnBuilder(element, rows);
    for (const { group, rows: groupRows } of groups) {
      const { meta, offset, length } = checked(() => locate(group, index, elements, countOf));
      if (length > footerStart - offset) throw fail("header", `column ${element.name} ends after the footer's start`);
      spent.bytes += length; // chunks may not be referred to again and again
      if (spent.bytes > source.size) throw fail("header", "column chunks overlap");
      const bytes = await readExactly(source, offset, length);
      readPages({ file, offset, bytes, rows: groupRows, element, meta, budget }, (value) => column.put(value));
    }
    columns.set(element.name, column.finish());
  }
  return { rows, columns };
}

async function readFooter(source: Source): Promise<{ metadata: FileMetaData; footerStart: number }> {
  const { name: file, size } = source;
  const fail = (code: FormatError["code"], offset: number, message: string) =>
    new FormatError(code, { file, offset }, message);
  if (size < 12) throw fail("truncated", size, `no Parquet file has ${size} bytes`);
  const tail = new DataView((await readExactly(source, size - 8, 8)).buffer);
  if (tail.getUint32(4, true) !== magic) {
    throw fail("header", size - 4, "a Parquet file ends with PAR1; this one is cut or of another kind");
  }
  const length = tail.getUint32(0, true);
  const footerStart = size - 8 - length;
  if (footerStart < 4) throw fail("header", size - 8, `a footer of ${length} bytes in a file of ${size}`);
  if (length > longestFooter) {
    throw fail("limit", size - 8, `a footer of ${length} bytes, at most ${longestFooter} are read`);
  }
  const bytes = await readExactly(source, footerStart, length + 8);
  const { parquetMetadata } = await import("hyparquet");
  const { checkThrift } = await import("./parquet-pages.js");
  try {
    checkThrift(bytes.subarray(0, length), 0);
    return { metadata: parquetMetadata(bytes, { geoparquet: false }), footerStart };
  } catch (error) {
    const message = `the footer is damaged (${error instanceof Error ? error.message : String(error)})`;
    throw new FormatError("header", { file, offset: footerStart }, message, { cause: error });
  }
}

const integerTypes = /^(U?INT_(8|16|32|64))$/;

function checkElement(element: SchemaElement, fail: (code: FormatError["code"], message: string) => FormatError): void {
  const { name, type, converted_type: converted, logical_type: logical, repetition_type: repetition } = element;
  if (typeof name !== "string") throw fail("header", "a column has no name");
  if (repetition !== "REQUIRED" && repetition !== "OPTIONAL") {
    throw fail("unsupported", `column ${JSON.stringify(name)} holds lists; only flat tables are read`);
  }
  const plain =
    converted === undefined && (logical === undefined || logical.type === "STRING" || logical.type === "ENUM");
  const isText = type === "BYTE_ARRAY" && (plain || ["UTF8", "ENUM", "JSON"].includes(converted ?? ""));
  const isInteger =
    (type === "INT32" || type === "INT64") && (converted === undefined ? !logical : integerTypes.test(converted));
  const isOther = (type === "BOOLEAN" || type === "FLOAT" || type === "DOUBLE") && converted === undefined && !logical;
  if (!isText && !isInteger && !isOther) {
    const kind = converted ?? logical?.type ?? type;
    throw fail("unsupported", `column ${JSON.stringify(name)} is of type ${kind}; text, booleans and numbers are read`);
  }
}

/** Where the chunk of a column lies; hostile values are told from counts here. */
function locate(
  group: RowGroup,
  index: number,
  elements: SchemaElement[],
  countOf: (value: unknown, name: string) => number,
): { meta: ColumnMetaData; offset: number; length: number } {
  const chunk = group.columns[index];
  const meta = chunk?.meta_data;
  const { name, type } = elements[index];
  if (meta === undefined || group.columns.length !== elements.length) {
    throw new RangeError("a row group has other columns than the table");
  }
  if (chunk.file_path !== undefined) throw new RangeError("columns in other files are not read");
  if (meta.type !== type || meta.path_in_schema.length !== 1 || meta.path_in_schema[0] !== name) {
    throw new RangeError(`column ${index} of a row group is not ${JSON.stringify(name)}`);
  }
  const data = countOf(meta.data_page_offset, "data_page_offset");
  const dictionary = countOf(meta.dictionary_page_offset ?? 0, "dictionary_page_offset");
  const offset = dictionary > 0 && dictionary < data ? dictionary : data; // some writers leave 0 for none
  return { meta, offset, length: countOf(meta.total_compressed_size, "total_compressed_size") };
}

/** Collects a column in the narrowest array that holds it. */
class ColumnBuilder {
  readonly #numbers: Float64Array | Float32Array | Int32Array | undefined;
  readonly #values: (string | number | boolean | null)[] = [];
  #length = 0;
  #hasNulls = false;

  constructor(element: SchemaElement, rows: number) {
    const { type, converted_type: converted } = element;
    if (type === "INT32") this.#numbers = converted === "UINT_32" ? new Float64Array(rows) : new Int32Array(rows);
    else if (type === "FLOAT") this.#numbers = new Float32Array(rows);
    else if (type === "INT64" || type === "DOUBLE") this.#numbers = new Float64Array(rows);
  }

  put(value: string | number | boolean | null): void {
    if (this.#numbers === undefined || this.#hasNulls) this.#values.push(value);
    else if (typeof value === "number") this.#numbers[this.#length] = value;
    else {
      this.#hasNulls = true; // typed arrays hold none, so that the column goes on as an array
      for (const number of this.#numbers.subarray(0, this.#length)) this.#values.push(number);
      this.#values.push(value);
    }
    this.#length++;
  }

  finish(): Column {
    return this.#numbers === undefined || this.#hasNulls ? this.#values : this.#numbers;
  }
}

/**
 * Writes a table atomically, Snappy-compressed, a row group at a time. Columns of type Float32Array and Int32Array keep
 * their width; other numbers are written as f64. Throws RangeError for what Parquet cannot hold: unequal lengths, columns
 * of mixed types, text with half a surrogate pair.
 */
export async function writeParquet(path: string, table: Table): Promise<void> {
  const columnData = [...table.columns].map(([name, data]) => columnSource(name, data, table.rows));
  if (columnData.length === 0) throw new RangeError(`writeParquet: ${path}: a table needs at least one column`);
  const { ByteWriter, parquetWrite } = await import("hyparquet-writer");
  const file = await createAtomic(path);
  /** Hands its buffer to the file after each row group. */
  class FileWriter extends ByteWriter {
    flush(): Promise<void> {
      return drain(this, file);
    }
    override finish(): Promise<void> {
      return drain(this, file);
    }
  }
  try {
    await parquetWrite({ writer: new FileWriter(), columnData, rowGroupSize: 100_000, createdBy: "thing2vec" });
    await file.commit();
  } finally {
    await file.discard();
  }
}

async function drain(writer: { getBytes(): Uint8Array; index: number }, file: AtomicFile): Promise<void> {
  await file.write(writer.getBytes());
  writer.index = 0;
}

function columnSource(name: string, data: Column, rows: number): ColumnSource {
  const where = `writeParquet: column ${JSON.stringify(name)}`;
  if (!isWellFormed(name)) throw new RangeError(`${where}: the name has half a surrogate pair, UTF-8 cannot hold it`);
  if (data.length !== rows) throw new RangeError(`${where} has ${data.length} values, the table ${rows} rows`);
  const source = (type: BasicType, nullable: boolean): ColumnSource => ({
    name,
    data: data as ColumnSource["data"],
    type,
    nullable,
    // a dictionary would make -0 and 0 one number
    ...(type === "FLOAT" || type === "DOUBLE" ? { encoding: "PLAIN" as const, statistics: false } : {}),
  });
  if (data instanceof Float32Array) return source("FLOAT", false);
  if (data instanceof Float64Array) return source("DOUBLE", false);
  if (data instanceof Int32Array) return source("INT32", false);
  let kind: "string" | "number" | "boolean" | undefined;
  let nullable = false;
  for (const value of data) {
    const type = typeof value;
    if (value === null) nullable = true;
    else if (type !== "string" && type !== "number" && type !== "boolean")
      throw new RangeError(`${where} holds a value of type ${type}`);
    else if (kind !== undefined && kind !== type) throw new RangeError(`${where} mixes ${kind}s and ${type}s`);
    else kind = type as typeof kind;
    if (typeof value === "string" && !isWellFormed(value)) {
      throw new RangeError(`${where}: ${JSON.stringify(value)} has half a surrogate pair, UTF-8 cannot hold it`);
    }
  }
  return source(kind === "number" ? "DOUBLE" : kind === "boolean" ? "BOOLEAN" : "STRING", nullable);
}
