import { Grid } from "../../../src/maps/pictures/occupancy.js";
import type { View } from "./camera.js";
import type { Picking } from "./picking.js";
import type { Scene } from "./scene.js";
import type { MapThumbnails } from "./types.js";

/** Pixels of a tile's longer side: below the least nothing is recognized, above the most it is larger than needed. */
const [leastSide, mostSide] = [18, 96];
/** Share of the room of each point in view that its tile may fill. */
const filled = 0.8;
/** Radius of a tile's corners, as a share of its shorter side: pictures of a light ground are no hard squares on a dark map. */
export const cornerShare = 0.16;
/** Sheets that are kept; of more than that, the ones not seen for longest are loaded again when needed. */
const mostSheets = 12;

/** A tile on the screen: of which row, where its middle is, and where it lies in its sheet, in pixels of the sheet. */
export interface PlacedTile {
  row: number;
  x: number;
  y: number;
  width: number;
  height: number;
  sheet: number;
  u: number;
  v: number;
}

/** The sheet of a row and the place of its tile there, by the numbers of tiles of the sheets; null for a row beyond them. */
export function tileOf({ tileWidth, tileHeight, columns, sheets }: MapThumbnails, row: number) {
  let first = 0;
  for (let sheet = 0; sheet < sheets.length; sheet++) {
    const k = row - first;
    if (k < sheets[sheet]) return { sheet, u: (k % columns) * tileWidth, v: Math.floor(k / columns) * tileHeight };
    first += sheets[sheet];
  }
  return null;
}

/**
 * Tiles that are shown: none while so many points are in view that there is no room to recognize any, and else as many as
 * fit without covering each other, rows that are named first, then in the order of rows. Points without a tile stay dots.
 */
export function placeTiles(scene: Scene, picking: Picking, view: View): PlacedTile[] {
  const { thumbnails, labels } = scene;
  if (thumbnails === null) return [];
  const { tileWidth, tileHeight } = thumbnails;
  const area = view.width * view.height;
  const rows = picking.inView(scene.located, view, area * (filled / leastSide) ** 2)?.sort();
  if (rows === undefined) return [];
  const side = Math.min(mostSide, filled * Math.sqrt(area / Math.max(1, rows.length)));
  const scale = side / Math.max(tileWidth, tileHeight);
  const [width, height] = [tileWidth * scale, tileHeight * scale];
  const margin = mostSide;
  const taken = new Grid({ x: -margin, y: -margin, width: view.width + 2 * margin, height: view.height + 2 * margin });
  const placed: PlacedTile[] = [];
  const seen = new Set<number>();
  for (const row of [...(labels?.first ?? []), ...rows]) {
    if (seen.has(row)) continue;
    seen.add(row);
    const place = scene.placeOf(row, view);
    const tile = tileOf(thumbnails, row);
    if (place === null || tile === null) continue;
    const box = { x: place.x - width / 2 - 1, y: place.y - height / 2 - 1, width: width + 2, height: height + 2 };
    if (!taken.isFree(box)) continue;
    taken.take(box);
    placed.push({ row, x: place.x, y: place.y, width, height, ...tile });
  }
  return placed;
}

/** The sheets that came, kept on the side of the page; each is asked for once. */
export class Sheets {
  readonly #thumbnails: MapThumbnails;
  readonly #arrived: () => void;
  readonly #failed: (error: Error) => void;
  /** By number of sheet, the one seen last at the end; null while it is on its way or if it cannot be had. */
  readonly #bitmaps = new Map<number, ImageBitmap | null>();

  constructor(thumbnails: MapThumbnails, arrived: () => void, failed: (error: Error) => void) {
    this.#thumbnails = thumbnails;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  get(sheet: number): ImageBitmap | null {
    const bitmap = this.#bitmaps.get(sheet);
    if (bitmap === undefined) {
      this.#bitmaps.set(sheet, null);
      void this.#load(sheet);
      return null;
    }
    this.#bitmaps.delete(sheet);
    this.#bitmaps.set(sheet, bitmap);
    return bitmap;
  }

  dispose(): void {
    for (const bitmap of this.#bitmaps.values()) bitmap?.close();
    this.#bitmaps.clear();
  }

  async #load(sheet: number): Promise<void> {
    try {
      const came = await this.#thumbnails.load(sheet);
      const bitmap = came instanceof Blob ? await createImageBitmap(came) : came;
      if (!this.#bitmaps.has(sheet)) {
        bitmap.close(); // the map went on to other pictures
        return;
      }
      this.#bitmaps.set(sheet, bitmap);
      for (const [old, kept] of this.#bitmaps) {
        if (this.#bitmaps.size <= mostSheets) break;
        if (kept === null) continue;
        kept.close();
        this.#bitmaps.delete(old);
      }
      this.#arrived();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failed(new Error(`sheet ${sheet} of the thumbnails cannot be shown: ${reason}`));
    }
  }
}
