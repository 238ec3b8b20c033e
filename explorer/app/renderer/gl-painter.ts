import { bytesOf } from "../../../src/maps/pictures/oklab.js";
import { clipMatrix, type View } from "./camera.js";
import { edgeGeometry, edgeOpacity, edgeVeil, mostSingle, strongOpacity } from "./edge-choice.js";
import type { Gl } from "./gl.js";
import {
  allParts,
  countsOf,
  crowdOf,
  diameterOf,
  gathered,
  leastOpacity,
  type MapPainter,
  marksOf,
  type Painting,
  type PaintOptions,
  type Part,
  rangesInView,
} from "./painting.js";
import { DensityPass } from "./passes/density.js";
import { EdgesPass } from "./passes/edges.js";
import { type PointsFrame, PointsPass } from "./passes/points.js";
import { ThumbnailsPass } from "./passes/thumbnails.js";
import type { Marked, Scene } from "./scene.js";

/** The passes of a map in their order, on one graphics context. After the context was lost there is a new painter. */
export class GlPainter implements MapPainter {
  readonly #gl: Gl;
  readonly #edges: EdgesPass;
  readonly #points: PointsPass;
  readonly #marks: PointsPass;
  readonly #thumbnails: ThumbnailsPass;
  readonly #density: DensityPass | null;
  readonly #changed = new Set<Part>(allParts);
  #marked: Marked = { rows: 0, selected: 0, areas: [0, 0] };
  #edgesOf = { drawn: 0, strong: 0, of: 0, length: 0 };

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
  paint(scene: Scene, view: View, { ratio, every, tiles, sheetOf }: PaintOptions): Painting {
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
      ringColor: [0, 0, 0],
      share: scene.morph?.share ?? 0,
      fog: scene.dimensions === 3 ? 1 : 0,
      ranges: rangesInView(scene, view, diameter),
      every,
    };
    const edges = this.#paintEdges(scene, view, frame);
    if (scene.isCrowded && this.#density !== null) {
      this.#density.begin(width, height);
      const squares = diameter * ratio * (scene.dimensions === 3 ? 1.5 : 1) * scene.largestSize <= 3;
      this.#points.draw({ ...frame, opacity: 1, squares });
      this.#density.end(Math.max(1, crowdOf(scene, view, diameter) / every), leastOpacity);
    } else {
      if (scene.dimensions === 3 && every === 1) this.#points.setOrder(scene.farToNear(view));
      this.#points.draw(frame);
    }
    this.#paintMarks(scene, view, { ...frame, every: 1 }, diameter, ratio);
    const { tileWidth = 1, tileHeight = 1 } = scene.thumbnails ?? {};
    const size = [view.width, view.height] as const;
    const thumbnails = this.#thumbnails.draw(tiles, sheetOf, size, [tileWidth, tileHeight], ratio);
    return { ...countsOf(frame.ranges, every), edges, thumbnails };
  }

  finish(): void {
    const gl = this.#gl;
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  dispose(): void {
    for (const pass of [this.#edges, this.#points, this.#marks, this.#thumbnails]) pass.dispose();
    this.#density?.dispose();
  }

  /** Many edges as a veil; those of selected items over it, one by one. */
  #paintEdges(scene: Scene, view: View, { center, matrix, share, every }: PointsFrame): { drawn: number; of: number } {
    const { drawn, strong, of, length } = this.#edgesOf;
    const usual = Math.ceil((drawn - strong) / every);
    const shared = { center, matrix, share, color: rgb(scene.theme.line) };
    const shading = [length / every, scene.area, view.scale] as const;
    const range = [0, usual] as const;
    if (usual > mostSingle && this.#density !== null) {
      const { most, least, ceiling } = edgeVeil(...shading);
      this.#density.begin(this.#gl.drawingBufferWidth, this.#gl.drawingBufferHeight);
      this.#edges.draw({ ...shared, opacity: 1, range });
      this.#density.end(most, least, ceiling);
    } else this.#edges.draw({ ...shared, opacity: edgeOpacity(...shading), range });
    this.#edges.draw({ ...shared, opacity: strongOpacity, range: [drawn - strong, drawn] });
    return { drawn: usual + strong, of };
  }

  /** Highlighted points with a faint ring, then selected ones with a strong one. */
  #paintMarks(scene: Scene, view: View, frame: PointsFrame, usual: number, ratio: number): void {
    for (const { start, end, color, diameter, ring } of marksOf(scene, this.#marked, view, usual))
      this.#marks.draw({
        ...frame,
        diameter: diameter * ratio,
        opacity: 1,
        ring: ring * ratio,
        ringColor: rgb(color),
        ranges: [[start, end]],
      });
  }

  #send(scene: Scene): void {
    const { points, grid, dimensions, morph, sizes } = scene;
    const has = (...any: Part[]) => any.some((part) => this.#changed.has(part));
    if (has("positions")) this.#points.setPositions(gathered(points.positions, dimensions, grid.rows), dimensions);
    if (has("next") && morph !== null) this.#points.setNext(gathered(morph.next.positions, dimensions, grid.rows));
    if (has("positions", "colors")) this.#points.setColors(scene.colorsOf(grid.rows));
    if (has("positions", "sizes")) this.#points.setSizes(sizes === null ? null : gathered(sizes, 1, grid.rows));
    if (has("positions", "next", "colors", "sizes", "marks")) {
      const { order: rows, ...marked } = scene.marked();
      this.#marked = marked;
      this.#marks.setPositions(gathered(points.positions, dimensions, rows), dimensions);
      if (morph !== null) this.#marks.setNext(gathered(morph.next.positions, dimensions, rows));
      this.#marks.setColors(scene.colorsOf(rows));
      this.#marks.setSizes(sizes === null ? null : gathered(sizes, 1, rows));
    }
    if (has("positions", "next", "marks", "edges")) {
      const { ends, next, strengths, ...edges } = edgeGeometry(scene);
      this.#edges.set(ends, next, strengths, dimensions);
      this.#edgesOf = edges;
    }
    this.#changed.clear();
  }
}

/** Red, green and blue of `#rrggbb`, 0..1. */
function rgb(color: string): [number, number, number] {
  return bytesOf(color).map((byte) => byte / 255) as [number, number, number];
}
