/** What the page hands the renderer and gets back: plain data, and rows of items as numbers. All pixels are CSS pixels. */

export interface MapPoints {
  dimensions: 2 | 3;
  /** [N, dimensions]; an item with a coordinate that is not finite is not drawn and counted in `Drawn`. */
  coordinates: Float32Array | Float64Array;
  /** What the map has room for besides, by axis, such as for all frames of a film, which then share one scale. */
  within?: { low: readonly number[]; high: readonly number[] };
}

/** A color of each item: RGBA bytes [N, 4], or numbers into a palette of `#rrggbb` (below 0: `missing`). */
export type MapColors =
  | Uint8Array
  | { codes: Int32Array | Uint32Array | Uint16Array | Uint8Array; palette: readonly string[]; missing?: string };

/** Bits of an item's state. Greyed items stay visible behind the others; nothing is ever hidden. */
export const selected = 1;
export const highlighted = 2;
export const greyed = 4;

export interface MapLabels {
  /** Name of an item; undefined while it is not known: its row is then asked for by "wanted" and `refresh` draws it. */
  textOf: (row: number) => string | undefined;
  /** Rows by importance, the most important first; by default the order of rows. */
  order?: Uint32Array;
  /** Rows whose names are wanted before all others, such as selected ones and neighbors, in this order. */
  first?: readonly number[];
  /** Most labels at a time, 0 for those of `first` alone; by default as many as the canvas has room for. */
  most?: number;
}

/** An end of a line: an item, or a place in the coordinates of the points (the result of an expression). */
export type LineEnd = number | readonly number[];

/** Few lines that are drawn one by one, with texts. */
export interface MapLine {
  from: LineEnd;
  to: LineEnd;
  /** "neighbor": thin, with its distance as the text; "likely": dashed; "arrow": a side of an analogy's parallelogram. */
  kind: "neighbor" | "likely" | "arrow";
  text?: string;
}

/** A place of the person's own, such as of a thing that the space has never seen: no item, and drawn as none. */
export interface MapSpot {
  /** In the coordinates of the points. */
  at: readonly number[];
  text: string;
}

/** Edges of a graph between rows, the most important first. */
export interface MapEdges {
  source: Uint32Array;
  target: Uint32Array;
  weight?: Float32Array | null;
  /** Edges that there are in all, where these are only some of them. */
  total?: number;
  /** Most to draw, from the first; 200,000 by default. */
  most?: number;
}

/** Tiles of items in sheets. A tile is that of a row by the sums of `sheets`, never by the order of drawing. */
export interface MapThumbnails {
  tileWidth: number;
  tileHeight: number;
  /** Tiles in a row of a sheet. */
  columns: number;
  /** Number of tiles of each sheet, in the order of rows. */
  sheets: readonly number[];
  /** Called once for each sheet that comes into view. */
  load: (sheet: number) => Promise<Blob | ImageBitmap>;
}

/** What is seen. Plain data, fit for a URL. */
export interface Camera {
  /** The place in the middle of the view, in units in which the points fill -1..1. */
  center: readonly [number, number, number];
  /** 1 shows all points; 2 shows half of the width. */
  zoom: number;
  /** Turn about the vertical axis and above the horizon, in radians; of 3-D points. */
  azimuth: number;
  elevation: number;
  /** Nearer things are larger; of 3-D points. */
  perspective: boolean;
}

/** A region of the view in pixels: a rectangle by two corners, or a polygon [x, y, x, y, ...]. */
export type Region =
  | { box: readonly [x0: number, y0: number, x1: number, y1: number] }
  | { polygon: readonly number[] };

/** What a frame shows, of how many. */
export interface Drawn {
  /** From the start of drawing until the graphics processor was done. */
  milliseconds: number;
  /** Points sent to be drawn; those outside the view are not sent, and are not counted as left out. */
  points: number;
  /** Points that were left out although they are in view, since drawing all takes too long while the map moves. */
  thinned: number;
  /** Items whose coordinates are not finite. */
  unplaced: number;
  /** Edges drawn of those that there are; while the map moves fewer, the first ones, as of points. */
  edges: { drawn: number; of: number };
  labels: number;
  thumbnails: number;
}

/** What a drag with the first button does; with the shift key it is always a lasso, with the second button always a pan. */
export type Tool = "move" | "lasso" | "box";

export interface MapEvents {
  drawn: Drawn;
  /** The camera came to rest after the person moved it. */
  moved: Camera;
  /** The item under the pointer, with the pointer's place; null when there is none any more. */
  hover: { row: number; x: number; y: number } | null;
  /** A click on an item or (null) beside all; `additive` with the control or command key. */
  click: { row: number | null; additive: boolean };
  /** Rows inside a lasso or box that was drawn. */
  region: { rows: Uint32Array; additive: boolean };
  /** Rows whose names are needed for labels and were undefined, most important first. */
  wanted: number[];
  /** The browser took the graphics context away ("lost") and gave it back ("restored"); the map draws itself again. */
  context: "lost" | "restored";
  /** Something could not be drawn, such as a sheet of thumbnails; the rest is. The message is for people. */
  problem: Error;
}

export type Graphics = "webgl2" | "pixels";

export interface MapOptions {
  theme: "light" | "dark";
  /** No animation; by default what the system says the person prefers. */
  reducedMotion?: boolean;
  /** Listen to pointer, wheel and keys; true by default. */
  interactive?: boolean;
  /**
   * What draws points: WebGL2, or the page itself on a 2D canvas ("pixels"). By default WebGL2 where there is a graphics
   * processor behind it, and else the page, which is faster then.
   */
  graphics?: Graphics;
  /** Device pixels of a CSS pixel; by default those of the window. */
  pixelRatio?: number;
}
