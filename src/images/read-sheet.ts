import type { Picture } from "../formats/picture.js";
import type { Column } from "../formats/table.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import {
  checkPictureSetOptions,
  PictureCollector,
  type PictureSet,
  type PictureSetOptions,
  pictureSetOptions,
} from "./picture-set.js";
import { type PictureTable, readPictureTable } from "./picture-table.js";
import { readPicture } from "./read-pictures.js";

export interface ReadSheetOptions extends PictureSetOptions {
  /** Pixels of a tile, or [width, height]. */
  tile: number | readonly [width: number, height: number];
  /**
   * A table of the tiles, a row each, in the order of the rows, or by its columns `sheet` (a file by its number from 0) and
   * `tile` (the number within it from 0). Without a table all tiles are taken.
   */
  table?: string;
}

const where = "readSheet";

/**
 * Pictures from sprite sheets, which hold them as tiles without gaps, row by row. Names come from the table, or are numbers.
 * Throws FormatError where a sheet is no whole number of tiles, or the table asks for a tile that is not there.
 */
export async function readSheet(sheets: string | readonly string[], options: ReadSheetOptions): Promise<PictureSet> {
  knownOptions(where, options, [...pictureSetOptions, "tile", "table"]);
  checkPictureSetOptions(where, options);
  const paths = typeof sheets === "string" ? [sheets] : sheets;
  if (paths.length === 0) throw new RangeError(`${where}: a sheet or more was needed, got none`);
  const { tile } = options;
  if (typeof tile !== "number" && !(Array.isArray(tile) && tile.length === 2))
    throw new TypeError(`${where}: tile must be a number of pixels, or [width, height], got ${JSON.stringify(tile)}`);
  const [width, height] = typeof tile === "number" ? [tile, tile] : tile;
  for (const side of [width, height]) integerOption(where, "tile", side, 1, 4096);
  const tiles: { sheet: Picture; columns: number; count: number }[] = [];
  for (const path of paths) {
    const sheet = await readPicture(path);
    if (sheet.width % width !== 0 || sheet.height % height !== 0) {
      const sizes = `${sheet.width} x ${sheet.height} pixels are no whole number of tiles of ${width} x ${height}`;
      throw new FormatError("header", { file: path }, sizes);
    }
    const columns = sheet.width / width;
    tiles.push({ sheet, columns, count: columns * (sheet.height / height) });
  }
  const table = options.table === undefined ? null : await readPictureTable(options.table);
  const places = table === null ? allPlaces(tiles) : placesIn(table, tiles, paths);
  const collector = new PictureCollector(options);
  for (const { sheet, tile } of places)
    collector.add(cut(tiles[sheet].sheet, tiles[sheet].columns, tile, width, height));
  const names = table?.names ?? places.map((_, k) => String(k));
  const columns = new Map<string, Column>();
  for (const [name, values] of table?.columns ?? []) if (!placing.includes(name)) columns.set(name, [...values]);
  return collector.finish([...names], columns, []);
}

interface Place {
  sheet: number;
  tile: number;
}

const placing = ["sheet", "tile"];

function allPlaces(tiles: readonly { count: number }[]): Place[] {
  return tiles.flatMap(({ count }, sheet) => Array.from({ length: count }, (_, tile) => ({ sheet, tile })));
}

/** Where the rows of a table lie; the tiles one after the other where it does not say. */
function placesIn(table: PictureTable, tiles: readonly { count: number }[], paths: readonly string[]): Place[] {
  const [sheetOf, tileOf] = placing.map((name) => table.columns.get(name));
  const all = tileOf === undefined ? allPlaces(tiles) : null;
  return table.names.map((name, row) => {
    const place =
      all === null ? { sheet: Number(sheetOf?.[row] ?? 0), tile: Number(tileOf?.[row] ?? Number.NaN) } : all[row];
    const count = place === undefined ? undefined : tiles[place.sheet]?.count;
    if (count === undefined || !Number.isInteger(place.tile) || place.tile < 0 || place.tile >= count) {
      const asked = place === undefined ? `tile ${row}` : `sheet ${place.sheet}, tile ${place.tile}`;
      const there = paths.map((path, k) => `${tiles[k].count} in ${path}`).join(", ");
      throw new FormatError(
        "fields",
        table.placeOf(row),
        `${JSON.stringify(name)}: ${asked} is not there; there are ${there}`,
      );
    }
    return place;
  });
}

function cut(
  { width: across, channels, data }: Picture,
  columns: number,
  tile: number,
  width: number,
  height: number,
): Picture {
  const part = new Uint8Array(width * height * channels);
  const left = (tile % columns) * width;
  const top = Math.floor(tile / columns) * height;
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * across + left) * channels;
    part.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: part };
}
