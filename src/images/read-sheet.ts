import type { Picture } from "../formats/picture.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import {
  checkPictureSetOptions,
  PictureCollector,
  type PictureSet,
  type PictureSetOptions,
  pictureSetOptions,
} from "./picture-set.js";
import { leftOut, readPicture } from "./read-pictures.js";
import { allPlaces, readSheetTable, type SheetTable, type TiledSheet, type TilePlace } from "./sheet-table.js";

export interface ReadSheetOptions extends PictureSetOptions {
  /** Pixels of a tile, or [width, height]. */
  tile: number | readonly [width: number, height: number];
  /**
   * A table of the tiles, a row each, in the order of the rows, or by its columns `tile` (the number within its sheet, from 0) and,
   * of several sheets, `sheet` (a file by its name, or by its number from 0). Without a table all tiles are taken.
   */
  table?: string;
}

const where = "readSheet";

/**
 * Pictures from sprite sheets, which hold them as tiles without gaps, row by row. Names come from the table, or are numbers,
 * counted over all sheets.
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
  const tiles: Tiles[] = [];
  for (const path of paths) {
    const sheet = await readPicture(path);
    if (sheet.width % width !== 0 || sheet.height % height !== 0) {
      const sizes = `${sheet.width} x ${sheet.height} pixels are no whole number of tiles of ${width} x ${height}`;
      throw new FormatError("header", { file: path }, sizes);
    }
    const columns = sheet.width / width;
    tiles.push({ path, sheet, columns, count: columns * (sheet.height / height) });
  }
  const { table: file } = options;
  const table = file === undefined ? null : await readSheetTable(file, tiles);
  const places = table?.places ?? allPlaces(tiles);
  const collector = new PictureCollector(options);
  const tileAt = ({ sheet, tile }: TilePlace) => cut(tiles[sheet].sheet, tiles[sheet].columns, tile, width, height);
  for (const place of places) collector.add(tileAt(place));
  const names = table?.names ?? places.map(({ number }) => String(number));
  const notes = table === null ? [] : tellOthers(table, allPlaces(tiles), file as string, tileAt);
  return collector.finish([...names], table?.columns ?? new Map(), notes);
}

interface Tiles extends TiledSheet {
  sheet: Picture;
  /** Tiles beside each other. */
  columns: number;
}

/** How many tiles a table says nothing of, those of one color aside, which fill the sheet. */
function tellOthers(
  { places, chosen }: SheetTable,
  all: readonly TilePlace[],
  file: string,
  tileAt: (place: TilePlace) => Picture,
): string[] {
  const taken = new Set(places.map(({ number }) => number));
  const others = all.filter((place) => !taken.has(place.number) && !isPlain(tileAt(place))).length;
  if (others === 0) return [];
  if (chosen) return [`${file} chooses ${taken.size} of ${all.length} tiles`];
  return [`${leftOut}${others} of ${all.length} tiles, which have no row in ${file}`];
}

/** Whether all pixels are of one color. */
function isPlain({ channels, data }: Picture): boolean {
  return data.every((value, k) => value === data[k % channels]);
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
