import type { Column } from "../formats/table.js";
import { FormatError } from "../io/errors.js";
import { PictureFinder } from "./picture-rows.js";
import { keyIn, keyNames, type PictureTable, readPictureTable } from "./picture-table.js";

/** A tile of several sheets. */
export interface TilePlace {
  sheet: number;
  /** Within the sheet, row by row from 0. */
  tile: number;
  /** Over all sheets, from 0. */
  number: number;
}

/** A sheet, with the number of its tiles. */
export interface TiledSheet {
  path: string;
  count: number;
}

/** The tiles that a table is about, in its order. */
export interface SheetTable {
  places: TilePlace[];
  /** Null where the table gives no names. */
  names: readonly string[] | null;
  columns: Map<string, Column>;
  /** Whether columns of the table say which tiles it is about. */
  chosen: boolean;
}

const placing = ["sheet", "tile"];
/** Columns with the names of tiles: of several, the one that is called so. */
const tileNames = ["name", ...keyNames];

/** All tiles of the sheets, one sheet after the other. */
export function allPlaces(sheets: readonly { count: number }[]): TilePlace[] {
  let number = 0;
  return sheets.flatMap(({ count }, sheet) =>
    Array.from({ length: count }, (_, tile) => ({ sheet, tile, number: number++ })),
  );
}

/** Reads a table about tiles. Throws FormatError with the line for tiles and sheets that are not there, and names that stand twice. */
export async function readSheetTable(path: string, sheets: readonly TiledSheet[]): Promise<SheetTable> {
  const table = await readPictureTable(path, ({ header }) => keyIn(header, tileNames), placing);
  const chosen = table.columns.has("tile");
  if (!chosen && table.columns.has("sheet")) {
    const needed = "a column tile was needed beside sheet, the number of the tile within its sheet, from 0";
    throw new FormatError("header", { file: path }, needed);
  }
  const places = chosen ? placesIn(table, sheets) : inOrder(table, sheets);
  requireDifferent(table, places);
  const columns = new Map<string, Column>();
  for (const [name, values] of table.columns) if (!placing.includes(name)) columns.set(name, [...values]);
  return { places, names: table.names, columns, chosen };
}

/** The tiles one after the other. */
function inOrder(table: PictureTable, sheets: readonly TiledSheet[]): TilePlace[] {
  const all = allPlaces(sheets);
  if (table.rows <= all.length) return all.slice(0, table.rows);
  const message = `${callRow(table, all.length)}there is no tile for this row; ${tilesThere(sheets)}`;
  throw new FormatError("fields", table.placeOf(all.length), message);
}

/** The tiles that the columns `sheet` and `tile` say. */
function placesIn(table: PictureTable, sheets: readonly TiledSheet[]): TilePlace[] {
  const [sheetOf, tileOf] = placing.map((name) => table.columns.get(name));
  if (sheetOf === undefined && sheets.length > 1) {
    const needed = `a column sheet was needed beside tile, a file's name or its number from 0: there are ${sheets.length} sheets`;
    throw new FormatError("header", { file: table.file }, needed);
  }
  const finder = new PictureFinder(
    sheets.map(({ path }) => path),
    "",
  );
  const before = sheets.map((_, k) => sheets.slice(0, k).reduce((sum, { count }) => sum + count, 0));
  return Array.from({ length: table.rows }, (_, row) => {
    const refuse = (message: string, there = tilesThere(sheets)) =>
      new FormatError("fields", table.placeOf(row), `${callRow(table, row)}${message}; ${there}`);
    const [given, tile] = [sheetOf === undefined ? 0 : sheetOf[row], tileOf?.[row] ?? null];
    const sheet = sheetNumber(given, sheets, finder);
    if (sheet === null) throw refuse(`${JSON.stringify(given)} may be several sheets`);
    if (sheet === undefined)
      throw refuse(
        given === null ? "the sheet is missing" : `sheet ${JSON.stringify(given)} is not there`,
        sheetsThere(sheets),
      );
    if (tile === null) throw refuse("the tile is missing");
    if (typeof tile !== "number" || !Number.isInteger(tile) || tile < 0 || tile >= sheets[sheet].count)
      throw refuse(`tile ${JSON.stringify(tile)} of sheet ${JSON.stringify(given)} is not there`);
    return { sheet, tile, number: before[sheet] + tile };
  });
}

/** A sheet by its number or its file's name; null where it may be several, undefined where there is none such. */
function sheetNumber(
  given: string | number | null,
  sheets: readonly TiledSheet[],
  finder: PictureFinder,
): number | null | undefined {
  if (given === null) return undefined;
  if (typeof given === "number") return sheets[given] === undefined ? undefined : given;
  const path = finder.find(given);
  if (path === undefined) return /^\d+$/.test(given) ? sheetNumber(Number(given), sheets, finder) : undefined;
  return path === null ? null : sheets.findIndex((sheet) => sheet.path === path);
}

/** Throws where two pictures would be called alike. */
function requireDifferent({ names, key, placeOf }: PictureTable, places: readonly TilePlace[]): void {
  const seen = new Set<string>();
  for (const [row, { tile, number }] of places.entries()) {
    const name = names?.[row] ?? String(number);
    if (seen.has(name)) {
      const message =
        names === null
          ? `a second row about tile ${tile}; a column name would tell them apart`
          : `a second picture is called ${JSON.stringify(name)} (column ${JSON.stringify(key)}); names must differ`;
      throw new FormatError("duplicate", placeOf(row), message);
    }
    seen.add(name);
  }
}

function callRow({ names }: PictureTable, row: number): string {
  return names === null ? "" : `${JSON.stringify(names[row])}: `;
}

function sheetsThere(sheets: readonly TiledSheet[]): string {
  const some = sheets.slice(0, 5).map(({ path }) => path);
  return `the sheets are ${some.join(", ")}${sheets.length > 5 ? `, and ${sheets.length - 5} more` : ""}`;
}

function tilesThere(sheets: readonly TiledSheet[]): string {
  const counts = sheets.map(({ path, count }) => `${count} in ${path}`);
  const more = counts.length > 10 ? `, and ${counts.length - 10} more sheets` : "";
  return `there are ${counts.slice(0, 10).join(", ")}${more}`;
}
