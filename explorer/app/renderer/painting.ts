import type { View } from "./camera.js";
import { rangesWithin } from "./point-grid.js";
import type { Marked, Scene } from "./scene.js";
import type { PlacedTile } from "./thumbnails.js";

/** What of the scene has changed since it was sent to the graphics processor. */
export type Part = "positions" | "next" | "colors" | "sizes" | "marks" | "edges";
export const allParts: readonly Part[] = ["positions", "next", "colors", "sizes", "marks", "edges"];

/** Marked points up to which each is as large as it takes to be seen at once, however close they lie. */
export const fewMarks = 40;
/** Pixels across a marked point: of few ones, and the least of many. */
const [largeMark, smallMark] = [7, 2.5];
/** Share of the area in which many marked points lie that they may cover: with more they would hide each other. */
const mostCovered = 0.3;
/** Opacity of a single point in a crowd, at least. */
export const leastOpacity = 0.35;

export interface PaintOptions {
  /** Device pixels of a CSS pixel. */
  ratio: number;
  /** Draw every so many points alone, and the first of as many edges. */
  every: number;
  tiles: readonly PlacedTile[];
  sheetOf: (sheet: number) => ImageBitmap | null;
}

export interface Painting {
  points: number;
  thinned: number;
  edges: { drawn: number; of: number };
  thumbnails: number;
}

/** Draws scenes on one canvas. */
export interface MapPainter {
  /** Tells what of the scene is not as it was when it was last painted. */
  changed(...parts: readonly Part[]): void;
  /** Edges, points, marked points once more, thumbnails. */
  paint(scene: Scene, view: View, options: PaintOptions): Painting;
  /** Waits until what was painted is there. */
  finish(): void;
  dispose(): void;
}

/** Pixels across a point: a share of the view for all of them together, more the closer one looks, 1.5 to 12. */
export function diameterOf(scene: Scene, view: View): number {
  if (scene.diameter !== null) return scene.diameter;
  const usual = 2 * Math.sqrt((0.06 * view.width * view.height) / (Math.PI * Math.max(1, scene.count)));
  return Math.min(12, Math.max(1.5, Math.min(7, usual) * Math.max(1, zoomOf(view)) ** 0.4));
}

/** As of the camera, roughly: how many times larger than all of the map in view. */
function zoomOf({ scale, width, height }: View): number {
  return (2 * scale) / Math.max(1, Math.min(width, height));
}

/** Points that lie over each other in a pixel where they are dense. */
export function crowdOf(scene: Scene, view: View, diameter: number): number {
  return (scene.crowd * Math.PI * diameter * diameter) / (4 * view.scale * view.scale);
}

/** Ranges of the grid's rows that may be seen; all where the view is not flat or the points are on their way. */
export function rangesInView(scene: Scene, view: View, diameter: number): [number, number][] {
  if (scene.dimensions === 3 || scene.morph !== null) return [[0, scene.grid.rows.length]];
  const reach = diameter * scene.largestSize;
  const [across, down] = [(view.width / 2 + reach) / view.scale, (view.height / 2 + reach) / view.scale];
  const [x, y] = view.center;
  return rangesWithin(scene.grid, x - across, y - down, x + across, y + down);
}

/** Marked points of one kind: which of the marked ones, how large they are, and their rings in pixels. */
export interface Marks {
  start: number;
  end: number;
  diameter: number;
  ring: number;
  color: string;
}

/** The highlighted points and the selected ones among the marked ones, seen among the others and not hiding each other. */
export function marksOf(
  { theme, dimensions }: Scene,
  { areas, ...marked }: Marked,
  view: View,
  usual: number,
): Marks[] {
  const [count, light] = [marked.rows, marked.rows - marked.selected];
  const diameters = areas.map((area, k) => {
    const those = k === 0 ? light : marked.selected;
    // What is in depth is seen from a side, where it takes less room than its cells.
    const room = area * view.scale ** 2 * (dimensions === 3 ? 0.5 : 1);
    return Math.max(usual, markDiameter(those, room));
  });
  return [
    { start: 0, end: light, color: theme.muted, diameter: diameters[0], ring: ringOf(diameters[0], 1) },
    { start: light, end: count, color: theme.text, diameter: diameters[1], ring: ringOf(diameters[1], 1.75) },
  ];
}

/** Pixels across each of `count` marked points that lie in `room` square pixels. */
export function markDiameter(count: number, room: number): number {
  if (count <= fewMarks) return largeMark;
  return Math.min(largeMark, Math.max(smallMark, Math.sqrt((4 * mostCovered * room) / (Math.PI * count))));
}

/** Small points have thin rings, and the smallest none: these are seen by their color beside what is greyed. */
function ringOf(diameter: number, most: number): number {
  return most * Math.min(1, Math.max(0, (diameter - 3) / (largeMark - 3)));
}

/** Counts of a frame that draws every so many points of ranges. */
export function countsOf(ranges: readonly (readonly [number, number])[], every: number) {
  let [inView, points] = [0, 0];
  for (const [start, end] of ranges) {
    inView += end - start;
    points += Math.ceil(end / every) - Math.ceil(start / every);
  }
  return { points, thinned: inView - points };
}

/** Values [N, width] of rows, in their order. */
export function gathered(values: Float32Array, width: number, rows: Uint32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let k = 0; k < rows.length; k++)
    for (let c = 0; c < width; c++) out[k * width + c] = values[rows[k] * width + c];
  return out;
}
