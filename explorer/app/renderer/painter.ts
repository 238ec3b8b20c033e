import { bytesOf } from "../../../src/maps/pictures/oklab.js";
import { clipMatrix, type View } from "./camera.js";
import type { Gl } from "./gl.js";
import { DensityPass } from "./passes/density.js";
import { type PointsFrame, PointsPass } from "./passes/points.js";
import { rangesWithin } from "./point-grid.js";
import type { Scene } from "./scene.js";

/** What of the scene has changed since it was sent to the graphics processor. */
export type Part = "positions" | "next" | "colors" | "sizes" | "marks" | "edges" | "thumbnails";
const parts: readonly Part[] = ["positions", "next", "colors", "sizes", "marks", "edges", "thumbnails"];

export interface Painting {
  points: number;
  thinned: number;
}

/** The passes of a map in their order, on one graphics context. After the context was lost there is a new painter. */
export class Painter {
  readonly #gl: Gl;
  readonly #points: PointsPass;
  readonly #marks: PointsPass;
  readonly #density: DensityPass | null;
  readonly #changed = new Set<Part>(parts);
  #marked = 0;

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#density = DensityPass.isPossible(gl) ? new DensityPass(gl) : null;
    this.#points = new PointsPass(gl);
    this.#marks = new PointsPass(gl);
  }

  changed(...changes: readonly Part[]): void {
    for (const part of changes) this.#changed.add(part);
  }

  /** Draws the scene on the canvas, of whose pixels a CSS pixel has `ratio`; every `every`-th point alone. */
  paint(scene: Scene, view: View, ratio: number, share: number, every: number): Painting {
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
      ring: 0,
      ringColor: rgb(scene.theme.text),
      share,
      fog: scene.dimensions === 3 ? 1 : 0,
      ranges: rangesInView(scene, view, diameter),
      every,
    };
    if (scene.isCrowded && this.#density !== null) {
      this.#density.begin(width, height);
      this.#points.draw({ ...frame, opacity: 1 });
      this.#density.end(null, Math.max(1, crowdOf(scene, view, diameter)), 0.35);
    } else this.#points.draw(frame);
    if (this.#marked > 0) {
      const few = this.#marked <= 2000;
      this.#marks.draw({
        ...frame,
        diameter: Math.max(few ? 7 : 3, diameter) * ratio,
        opacity: 1,
        ring: few ? 1.5 * ratio : 0,
        ranges: [[0, this.#marked]],
        every: 1,
      });
    }
    const inView = frame.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    const points = frame.ranges.reduce(
      (sum, [start, end]) => sum + Math.ceil(end / every) - Math.ceil(start / every),
      0,
    );
    return { points, thinned: inView - points };
  }

  dispose(): void {
    this.#points.dispose();
    this.#marks.dispose();
    this.#density?.dispose();
  }

  #send(scene: Scene): void {
    const { points, grid, dimensions } = scene;
    const changed = this.#changed;
    if (changed.has("positions"))
      this.#points.setPositions(gathered(points.positions, dimensions, grid.rows), dimensions);
    if (changed.has("next") && scene.morph !== null)
      this.#points.setNext(gathered(scene.morph.next.positions, dimensions, grid.rows));
    if (changed.has("positions") || changed.has("colors")) this.#points.setColors(scene.colorsOf(grid.rows));
    if (changed.has("positions") || changed.has("sizes"))
      this.#points.setSizes(scene.sizes === null ? null : gathered(scene.sizes, 1, grid.rows));
    if (["positions", "next", "colors", "sizes", "marks"].some((part) => changed.has(part as Part))) {
      const rows = scene.marked();
      this.#marked = rows.length;
      this.#marks.setPositions(gathered(points.positions, dimensions, rows), dimensions);
      if (scene.morph !== null) this.#marks.setNext(gathered(scene.morph.next.positions, dimensions, rows));
      this.#marks.setColors(scene.colorsOf(rows));
      this.#marks.setSizes(scene.sizes === null ? null : gathered(scene.sizes, 1, rows));
    }
    changed.clear();
  }
}

/** Pixels across a point: a share of the view for all of them together, more the closer one looks, 1.5 to 12. */
export function diameterOf(scene: Scene, view: View): number {
  if (scene.diameter !== null) return scene.diameter;
  const side = Math.max(1, Math.min(view.width, view.height));
  const zoom = (2 * view.scale) / side;
  const usual = 2 * Math.sqrt((0.06 * view.width * view.height) / (Math.PI * Math.max(1, scene.count)));
  return Math.min(12, Math.max(1.5, Math.min(7, usual) * Math.max(1, zoom) ** 0.4));
}

/** Points that lie over each other in a pixel where they are dense: of the fullest cells of the grid that hold 1 % of all. */
function crowdOf(scene: Scene, view: View, diameter: number): number {
  const { side, step, starts, rows } = scene.grid;
  const counts = new Uint32Array(side * side);
  for (let k = 0; k < counts.length; k++) counts[k] = starts[k + 1] - starts[k];
  counts.sort();
  let full = counts.length - 1;
  for (let seen = 0; full > 0 && seen + counts[full] < rows.length / 100; full--) seen += counts[full];
  const pixels = step[0] * step[1] * view.scale * view.scale;
  return (counts[full] * Math.PI * diameter * diameter) / (4 * Math.max(1e-9, pixels));
}

/** Ranges of the grid's rows that may be seen; all where the view is not flat or the points are on their way. */
function rangesInView(scene: Scene, view: View, diameter: number): [number, number][] {
  const all: [number, number] = [0, scene.grid.rows.length];
  if (scene.dimensions === 3 || scene.morph !== null) return [all];
  const largest = scene.sizes === null ? diameter : Number.POSITIVE_INFINITY;
  if (largest === Number.POSITIVE_INFINITY) return [all];
  const [across, down] = [(view.width / 2 + diameter) / view.scale, (view.height / 2 + diameter) / view.scale];
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
