import type { Picture } from "../formats/picture.js";
import { decodePng } from "../formats/png/read.js";
import { encodePng } from "../formats/png/write.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import { memorySource, readExactly } from "../io/source.js";
import type { OpaqueFile } from "./contents.js";

/** How the small pictures of a space's items lie in its sheets: tile n of all sheets together is the picture of row n. */
export interface ThumbnailLayout {
  /** Pixels of a tile. */
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 red, green, blue. */
  readonly channels: 1 | 3;
  /** Tiles beside each other in a sheet, and below each other in a full one; the last sheet ends with its last tile's row. */
  readonly columns: number;
  readonly rows: number;
  /** The first so many items have a picture. */
  readonly items: number;
}

/** Small pictures of a space's first items, by row: what `Space.from` takes. */
export interface ThumbnailData {
  width: number;
  height: number;
  channels: 1 | 3;
  /** [items, height, width, channels], 8 bits; the space's own from then on. */
  data: Uint8Array;
}

/** Pixels a side that sheets have at most: any screen's textures and any reader take them. */
const sheetSide = 2048;
/** Pixels a side that a thumbnail has at most. */
export const largestThumbnail = 256;
/** What a picture that is not there looks like in a sheet. */
const blank = 255;

/** Throws RangeError where the pictures are too large, too many, or have another number of bytes. */
export function checkThumbnails(where: string, thumbnails: ThumbnailData, items: number): void {
  knownOptions(`${where}: thumbnails`, thumbnails, ["width", "height", "channels", "data"]);
  const { width, height, channels, data } = thumbnails;
  for (const [name, side] of Object.entries({ width, height }))
    integerOption(where, `thumbnails.${name}`, side, 1, largestThumbnail);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`${where}: thumbnails.channels must be 1 or 3, got ${channels}`);
  const count = data.length / (width * height * channels);
  if (!Number.isInteger(count) || count > items)
    throw new RangeError(
      `${where}: thumbnails must hold whole pictures of ${width} x ${height} x ${channels} bytes, at most ${items}, got ${data.length} bytes`,
    );
}

/** The pictures of a space's items, kept in PNG sheets and read sheet by sheet when they are asked for. */
export class Thumbnails {
  readonly layout: ThumbnailLayout;
  /** Pictures in memory, [items, height, width, channels]; else they are in files, a sheet each. */
  readonly #data: Uint8Array | null;
  readonly #files: readonly OpaqueFile[];
  /** The sheet that was read last. */
  #last: { k: number; sheet: Promise<Picture> } | undefined;

  private constructor(layout: ThumbnailLayout, data: Uint8Array | null, files: readonly OpaqueFile[]) {
    this.layout = layout;
    this.#data = data;
    this.#files = files;
  }

  /** Pictures in memory. */
  static from({ width, height, channels, data }: ThumbnailData): Thumbnails {
    const [columns, rows] = [Math.floor(sheetSide / width), Math.floor(sheetSide / height)];
    const items = data.length / (width * height * channels);
    return new Thumbnails({ width, height, channels, columns, rows, items }, data, []);
  }

  /** Pictures in files, a sheet each. */
  static inFiles(layout: ThumbnailLayout, files: readonly OpaqueFile[]): Thumbnails {
    return new Thumbnails(layout, null, files);
  }

  /** Number of sheets. */
  get sheets(): number {
    return sheetsOf(this.layout);
  }

  /** Sheet k as a PNG file. Throws FormatError where it is damaged. */
  async png(k: number): Promise<Uint8Array> {
    integerOption("thumbnails", "sheet", k, 0, this.sheets - 1);
    if (this.#data !== null) return encodePng(sheetOf(this.layout, this.#data, k));
    const file = this.#files[k];
    await file.verify();
    return readExactly(file.source, 0, file.source.size);
  }

  /** The pictures of items, by row; null for those that have none. Throws FormatError where a sheet is damaged. */
  async at(rows: readonly number[]): Promise<(Picture | null)[]> {
    const { columns, items } = this.layout;
    const perSheet = columns * this.layout.rows;
    const found: (Picture | null)[] = rows.map(() => null);
    const order = rows.map((_, k) => k).filter((k) => rows[k] < items);
    order.sort((a, b) => rows[a] - rows[b]); // so that each sheet is read once
    for (const k of order) {
      const row = rows[k];
      found[k] =
        this.#data === null
          ? tileOf(this.layout, await this.#sheet(Math.floor(row / perSheet)), row % perSheet)
          : pictureOf(this.layout, this.#data, row);
    }
    return found;
  }

  /** The same in memory. Throws FormatError where a sheet is damaged. */
  async inMemory(): Promise<Thumbnails> {
    if (this.#data !== null) return this;
    const { width, height, channels, items } = this.layout;
    const length = width * height * channels;
    const data = new Uint8Array(items * length);
    const pictures = await this.at(Array.from({ length: items }, (_, row) => row));
    for (const [row, picture] of pictures.entries()) data.set(picture?.data ?? [], row * length);
    return Thumbnails.from({ width, height, channels, data });
  }

  /** Those in memory and pictures of this size for the rows from `first` on; rows in between that have none are white. */
  appended(first: number, pictures: readonly Picture[]): Thumbnails {
    if (this.#data === null) throw new Error("internal: thumbnails in files cannot grow");
    const { width, height, channels } = this.layout;
    const length = width * height * channels;
    const data = new Uint8Array((first + pictures.length) * length).fill(blank);
    data.set(this.#data);
    for (const [k, picture] of pictures.entries()) data.set(picture.data, (first + k) * length);
    return Thumbnails.from({ width, height, channels, data });
  }

  /** The sheets as files of a space: those that there are, or made when they are written. */
  toSave(): readonly { extension: string; file: () => Promise<OpaqueFile> }[] {
    return Array.from({ length: this.sheets }, (_, k) => ({
      extension: "png",
      file: async () => this.#files[k] ?? inMemory(await this.png(k)),
    }));
  }

  #sheet(k: number): Promise<Picture> {
    if (this.#last?.k !== k) this.#last = { k, sheet: readSheet(this.layout, this.#files[k], k) };
    return this.#last.sheet;
  }
}

export function sheetsOf({ columns, rows, items }: ThumbnailLayout): number {
  return Math.ceil(items / (columns * rows));
}

/** Roles of the sheets in `space.json`. */
export function sheetRole(k: number): string {
  return `thumbnails${k}`;
}

function inMemory(bytes: Uint8Array): OpaqueFile {
  return { extension: "png", source: memorySource(bytes, "<thumbnails>"), verify: async () => {} };
}

/** Pixels of sheet k. */
function sizeOf(layout: ThumbnailLayout, k: number): { width: number; height: number; tiles: number } {
  const { width, height, columns, rows, items } = layout;
  const tiles = Math.min(columns * rows, items - k * columns * rows);
  return { width: width * Math.min(columns, items), height: height * Math.ceil(tiles / columns), tiles };
}

function sheetOf(layout: ThumbnailLayout, data: Uint8Array, k: number): Picture {
  const { channels, columns, rows } = layout;
  const { width, height, tiles } = sizeOf(layout, k);
  const sheet = { width, height, channels, data: new Uint8Array(width * height * channels).fill(blank) };
  const length = layout.width * layout.height * channels;
  for (let tile = 0; tile < tiles; tile++) {
    const from = (k * columns * rows + tile) * length;
    eachRow(layout, width, tile, (at, y, bytes) => {
      sheet.data.set(data.subarray(from + y * bytes, from + (y + 1) * bytes), at);
    });
  }
  return sheet;
}

function pictureOf({ width, height, channels }: ThumbnailLayout, data: Uint8Array, row: number): Picture {
  const length = width * height * channels;
  return { width, height, channels, data: data.subarray(row * length, (row + 1) * length) };
}

function tileOf(layout: ThumbnailLayout, sheet: Picture, tile: number): Picture {
  const { width, height, channels } = layout;
  const data = new Uint8Array(width * height * channels);
  eachRow(layout, sheet.width, tile, (at, y, bytes) => data.set(sheet.data.subarray(at, at + bytes), y * bytes));
  return { width, height, channels, data };
}

/** Where each row of a tile's pixels begins in its sheet, and its number of bytes. */
function eachRow(
  { width, height, channels, columns }: ThumbnailLayout,
  across: number,
  tile: number,
  take: (at: number, y: number, bytes: number) => void,
): void {
  const left = (tile % columns) * width;
  const top = Math.floor(tile / columns) * height;
  for (let y = 0; y < height; y++) take(((top + y) * across + left) * channels, y, width * channels);
}

async function readSheet(layout: ThumbnailLayout, file: OpaqueFile, k: number): Promise<Picture> {
  await file.verify();
  const { source } = file;
  const sheet = await decodePng(await readExactly(source, 0, source.size), source.name);
  const { width, height } = sizeOf(layout, k);
  if (sheet.width !== width || sheet.height !== height || sheet.channels !== layout.channels) {
    const [got, said] = [
      [sheet.width, sheet.height, sheet.channels],
      [width, height, layout.channels],
    ];
    throw new FormatError(
      "header",
      { file: source.name },
      `a sheet of ${got.join(" x ")}, space.json says ${said.join(" x ")}`,
    );
  }
  return sheet;
}
