import { bytesOf } from "../../../src/maps/pictures/oklab.js";
import { clipMatrix, type View } from "./camera.js";
import { edgeGeometry, edgeOpacity } from "./edge-choice.js";
import type { Gl } from "./gl.js";
import { DensityPass } from "./passes/density.js";
import { EdgesPass } from "./passes/edges.js";
import { type PointsFrame, PointsPass } from "./passes/points.js";
import { ThumbnailsPass } from "./passes/thumbnails.js";
import { rangesWithin } from "./point-grid.js";
import type { Scene } from "./scene.js";
import type { PlacedTile } from "./thumbnails.js";

/** What of the scene has changed since it was sent to the graphics processor. */
export type Part = "positions" | "next" | "colors" | "sizes" | "marks" | "edges";
export const allParts: readonly Part[] = ["positions", "next", "colors", "sizes", "marks", "edges"];

/** Marked points up to which each has a ring. */
const mostRings = 2000;
/** Opacity of a single point in a crowd, at least. */
const leastOpacity = 0.35;

export interface PaintOptions {
  /** Device pixels of a CSS pixel. */
  ratio: number;
  /** Of the way of points that move, 0..1. */
  share: number;
  /** Draw every so many points alone. */
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

/** The passes of a map in their order, on one graphics context. After the context was lost there is a new painter. */
export class Painter {
  readonly #gl: Gl;
  readonly #edges: EdgesPass;
  readonly #points: PointsPass;
  readonly #marks: PointsPass;
  readonly #thumbnails: ThumbnailsPass;
  readonly #density: DensityPass | null;
  readonly #changed = new Set<Part>(allParts);
  #marked = 0;
  #edgeLength = 0;
  #edgesDrawn = { drawn: 0, of: 0 };

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#density = DensityPass.isPossible(gl) ? new DensityPass(gl) : null;
    this.#edges = new EdgesPass(gl);
    this.#points = new PointsPass(gl);
    this.#marks = new PointsPass(gl);
    this.#thumbnails = new ThumbnailsPass(gl);
  }

  changed(...changes: readonly Part[]): void {
    for (const part of changes) this.#changed.add(part);
  }

  /** Draws the scene on the canvas: edges, points, marked points once more, thumbnails. */
  paint(scene: Scene, view: View, { ratio, share, every, tiles, sheetOf }: PaintOptions): Painting {
    const gl = this.#gl;
    this.#send(scene);
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const diameter = diameterOf(scene, view);
    const frame: PointsFrame = {
      center: view.center,
      matrix: clipMatrix(view),
      diameter: diameter * ratio,
      opacity: 0.9,
      squares: false,
      ring: 0,
      ringColor: rgb(scene.theme.text),
      share,
      fog: scene.dimensions === 3 ? 1 : 0,
      ranges: rangesInView(scene, view, diameter),
      every,
    };
    this.#edges.draw({
      center: frame.center,
      matrix: frame.matrix,
      color: rgb(scene.theme.line),
      opacity: edgeOpacity(this.#edgeLength, view.scale),
      share,
    });
    if (scene.isCrowded && this.#density !== null) {
      this.#density.begin(width, height);
      const squares = diameter * ratio * (scene.dimensions === 3 ? 1.5 : 1) * scene.largestSize <= 3;
      this.#points.draw({ ...frame, opacity: 1, squares });
      this.#density.end(null, Math.max(1, crowdOf(scene, view, diameter) / every), leastOpacity);
    } else {
      if (scene.dimensions === 3 && every === 1) this.#points.setOrder(scene.farToNear(view, share));
      this.#points.draw(frame);
    }
    if (this.#marked > 0) {
      const few = this.#marked <= mostRings;
      this.#marks.draw({
        ...frame,
        diameter: Math.max(few ? 7 : 3, diameter) * ratio,
        opacity: 1,
        ring: few ? 1.5 * ratio : 0,
        ranges: [[0, this.#marked]],
        every: 1,
      });
    }
    const { tileWidth = 1, tileHeight = 1 } = scene.thumbnails ?? {};
    const thumbnails = this.#thumbnails.draw(tiles, sheetOf, [view.width, view.height], [tileWidth, tileHeight]);
    const inView = frame.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    const points = frame.ranges.reduce(
      (sum, [start, end]) => sum + Math.ceil(end / every) - Math.ceil(start / every),
      0,
    );
    return { points, thinned: inView - points, edges: this.#edgesDrawn, thumbnails };
  }

  dispose(): void {
    for (const pass of [this.#edges, this.#points, this.#marks, this.#thumbnails]) pass.dispose();
    this.#density?.dispose();
  }

  #send(scene: Scene): void {
    const { points, grid, dimensions, morph, sizes } = scene;
    const has = (...any: Part[]) => any.some((part) => this.#changed.has(part));
    if (has("positions")) this.#points.setPositions(gathered(points.positions, dimensions, grid.rows), dimensions);
    if (has("next") && morph !== null) this.#points.setNext(gathered(morph.next.positions, dimensions, grid.rows));
    if (has("positions", "colors")) this.#points.setColors(scene.colorsOf(grid.rows));
    if (has("positions", "sizes")) this.#points.setSizes(sizes === null ? null : gathered(sizes, 1, grid.rows));
    if (has("positions", "next", "colors", "sizes", "marks")) {
      const rows = scene.marked();
      this.#marked = rows.length;
      this.#marks.setPositions(gathered(points.positions, dimensions, rows), dimensions);
      if (morph !== null) this.#marks.setNext(gathered(morph.next.positions, dimensions, rows));
      this.#marks.setColors(scene.colorsOf(rows));
      this.#marks.setSizes(sizes === null ? null : gathered(sizes, 1, rows));
    }
    if (has("positions", "next", "marks", "edges")) {
      const { ends, next, strengths, drawn, length, of } = edgeGeometry(scene);
      this.#edges.set(ends, next, strengths, dimensions);
      this.#edgesDrawn = { drawn, of };
      this.#edgeLength = length;
    }
    this.#changed.clear();
  }
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
function crowdOf(scene: Scene, view: View, diameter: number): number {
  return (scene.crowd * Math.PI * diameter * diameter) / (4 * view.scale * view.scale);
}

/** Ranges of the grid's rows that may be seen; all where the view is not flat or the points are on their way. */
function rangesInView(scene: Scene, view: View, diameter: number): [number, number][] {
  if (scene.dimensions === 3 || scene.morph !== null) return [[0, scene.grid.rows.length]];
  const reach = diameter * scene.largestSize;
  const [across, down] = [(view.width / 2 + reach) / view.scale, (view.height / 2 + reach) / view.scale];
  const [x, y] = view.center;
  return rangesWithin(scene.grid, x - across, y - down, x + across, y + down);
}

function gathered(values: Float32Array, width: number, rows: Uint32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let k = 0; k < rows.length; k++)
    for (let c = 0; c < width; c++) out[k * width + c] = values[rows[k] * width + c];
  return out;
}

/** Red, green and blue of `#rrggbb`, 0..1. */
function rgb(color: string): [number, number, number] {
  return bytesOf(color).map((byte) => byte / 255) as [number, number, number];
}
