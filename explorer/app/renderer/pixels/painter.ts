import { bytesOf } from "../../../../src/maps/pictures/oklab.js";
import { project, type View } from "../camera.js";
import { type EdgeGeometry, edgeGeometry, edgeOpacity, edgeVeil, mostSingle, strongOpacity } from "../edge-choice.js";
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
} from "../painting.js";
import type { Scene } from "../scene.js";
import { cornerShare, type PlacedTile } from "../thumbnails.js";
import { Crowd } from "./crowd.js";
import { Veil } from "./veil.js";

/** Steps of strength in which edges are drawn. */
const strengthSteps = 6;

/**
 * The same map without a graphics processor, on a 2D canvas: crowds by adding up pixels, few points and edges by the canvas's
 * own shapes. Where WebGL2 is missing the map stays; where it is made up in software, this is many times faster.
 */
export class PixelPainter implements MapPainter {
  readonly #context: CanvasRenderingContext2D;
  readonly #crowd = new Crowd();
  readonly #veil = new Veil();
  /** What was added up, before it lies over what is there. */
  readonly #layer = document
    .createElement("canvas")
    .getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  readonly #changed = new Set<Part>(allParts);
  readonly #place = new Float64Array(3);
  /** In the order of drawing; of crowds alone. */
  #positions: Float32Array = new Float32Array(0);
  /** RGBA words in the order of drawing. */
  #colors: Uint32Array = new Uint32Array(0);
  #marked: ReturnType<Scene["marked"]> = { order: new Uint32Array(0), rows: 0, selected: 0, areas: [0, 0] };
  #edges: EdgeGeometry | null = null;

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  changed(...parts: readonly Part[]): void {
    for (const part of parts) this.#changed.add(part);
  }

  paint(scene: Scene, view: View, { ratio, every, tiles, sheetOf }: PaintOptions): Painting {
    this.#prepare(scene);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    const diameter = diameterOf(scene, view);
    const ranges = rangesInView(scene, view, diameter);
    const edges = this.#paintEdges(scene, view, ratio, every);
    if (scene.isCrowded) this.#paintCrowd(scene, view, ratio, diameter, ranges, every);
    else this.#paintDots(scene, view, ratio, diameter, ranges, every);
    this.#paintMarks(scene, view, ratio, diameter);
    const thumbnails = this.#paintTiles(scene, tiles, sheetOf, ratio);
    return { ...countsOf(ranges, every), edges, thumbnails };
  }

  finish(): void {
    this.#context.getImageData(0, 0, 1, 1);
  }

  dispose(): void {
    this.#context.clearRect(0, 0, this.#context.canvas.width, this.#context.canvas.height);
  }

  #prepare(scene: Scene): void {
    const has = (...any: Part[]) => any.some((part) => this.#changed.has(part));
    if (has("positions", "colors")) this.#colors = new Uint32Array(scene.colorsOf(scene.grid.rows).buffer);
    if (has("positions") && scene.isCrowded)
      this.#positions = gathered(scene.points.positions, scene.dimensions, scene.grid.rows);
    if (has("positions", "marks")) this.#marked = scene.marked();
    if (has("positions", "next", "marks", "edges")) this.#edges = edgeGeometry(scene);
    this.#changed.clear();
  }

  /** Device pixels of a row's point, and w. */
  #locate(scene: Scene, view: View, ratio: number, row: number): Float64Array {
    const place = this.#place;
    scene.projectRow(row, view, place);
    place[0] *= ratio;
    place[1] *= ratio;
    return place;
  }

  #paintCrowd(
    scene: Scene,
    view: View,
    ratio: number,
    diameter: number,
    ranges: readonly [number, number][],
    every: number,
  ): void {
    const { width, height } = this.#context.canvas;
    const crowd = this.#crowd;
    const colors = this.#colors;
    const { sizes, morph } = scene;
    crowd.begin(width, height);
    // The usual case by itself, since it is the one of millions: flat points that stand, all of one size.
    if (scene.dimensions === 2 && morph === null && sizes === null) {
      const across = diameter * ratio;
      const side = 0.886 * Math.max(1.5, across);
      const light = Math.min(1, (across * across) / 2.25);
      const scale = view.scale * ratio;
      const [x0, y0] = [width / 2 - view.center[0] * scale, height / 2 + view.center[1] * scale];
      for (const [start, end] of ranges) {
        const range = [Math.ceil(start / every) * every, end] as const;
        crowd.addFlat(this.#positions, colors, range, every, [x0, y0, scale], side, light);
      }
    } else this.#addPlaced(scene, view, ratio, diameter, ranges, every);
    const most = Math.max(1, crowdOf(scene, view, diameter) / every);
    this.#show((pixels) => crowd.shown(pixels, most, leastOpacity));
  }

  /** Adds points that have a depth, are under way, or have sizes of their own, to the crowd. */
  #addPlaced(
    scene: Scene,
    view: View,
    ratio: number,
    diameter: number,
    ranges: readonly [number, number][],
    every: number,
  ): void {
    const crowd = this.#crowd;
    const colors = this.#colors;
    const { sizes, morph, dimensions } = scene;
    const { rows } = scene.grid;
    const place = this.#place;
    const positions = this.#positions;
    for (const [start, end] of ranges)
      for (let k = Math.ceil(start / every) * every; k < end; k += every) {
        if (morph === null) {
          const at = k * dimensions;
          project(view, positions[at], positions[at + 1], dimensions === 3 ? positions[at + 2] : 0, place);
        } else scene.projectRow(rows[k], view, place);
        const w = place[2];
        if (!(w > 0)) continue;
        const across = (diameter * ratio * (sizes === null ? 1 : sizes[rows[k]])) / w;
        const light = Math.min(1, (across * across) / 2.25) * fogOf(dimensions, w);
        crowd.add(place[0] * ratio, place[1] * ratio, 0.886 * Math.max(1.5, across), colors[k], light);
      }
  }

  #paintDots(
    scene: Scene,
    view: View,
    ratio: number,
    diameter: number,
    ranges: readonly [number, number][],
    every: number,
  ): void {
    const context = this.#context;
    const { rows } = scene.grid;
    const order = scene.dimensions === 3 ? scene.farToNear(view) : null;
    for (const [start, end] of ranges)
      for (let n = Math.ceil(start / every) * every; n < end; n += every) {
        const k = order === null ? n : order[n];
        const place = this.#locate(scene, view, ratio, rows[k]);
        const w = place[2];
        if (!(w > 0)) continue;
        const radius = (0.5 * diameter * ratio * (scene.sizes?.[rows[k]] ?? 1)) / w;
        const opacity = 0.9 * fogOf(scene.dimensions, w);
        this.#dot(place[0], place[1], Math.max(0.75, radius), this.#colors[k], opacity);
      }
    context.globalAlpha = 1;
  }

  #paintMarks(scene: Scene, view: View, ratio: number, usual: number): void {
    const { order: rows } = this.#marked;
    const context = this.#context;
    const colors = new Uint32Array(scene.colorsOf(rows).buffer);
    for (const { start, end, color, diameter, ring } of marksOf(scene, this.#marked, view, usual)) {
      const ringColor = wordOf(color);
      for (let k = start; k < end; k++) {
        const place = this.#locate(scene, view, ratio, rows[k]);
        const [x, y, w] = [place[0], place[1], place[2]];
        if (!(w > 0)) continue;
        const size = scene.sizes?.[rows[k]] ?? 1;
        const radius = (0.5 * diameter * size * ratio) / w;
        if (ring > 0) this.#dot(x, y, radius + ring * ratio, ringColor, 1);
        this.#dot(x, y, radius, colors[k], 1);
      }
    }
    context.globalAlpha = 1;
  }

  #dot(x: number, y: number, radius: number, color: number, opacity: number): void {
    const context = this.#context;
    context.globalAlpha = (opacity * (color >>> 24)) / 255;
    context.fillStyle = `rgb(${color & 255} ${(color >>> 8) & 255} ${(color >>> 16) & 255})`;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }

  #paintEdges(scene: Scene, view: View, ratio: number, every: number): { drawn: number; of: number } {
    if (this.#edges === null) return { drawn: 0, of: 0 };
    const { drawn, strong, of, length } = this.#edges;
    const usual = Math.ceil((drawn - strong) / every);
    const shading = [length / every, scene.area, view.scale] as const;
    if (usual > mostSingle) {
      this.#veil.begin(this.#context.canvas.width, this.#context.canvas.height);
      this.#eachEdge(scene, view, ratio, [0, usual], (x0, y0, x1, y1, strength) => {
        this.#veil.line(x0, y0, x1, y1, strength);
      });
      const color = wordOf(scene.theme.line) & 0xffffff;
      this.#show((pixels) => this.#veil.shown(pixels, color, edgeVeil(...shading)));
    } else this.#strokeEdges(scene, view, ratio, [0, usual], edgeOpacity(...shading));
    this.#strokeEdges(scene, view, ratio, [drawn - strong, drawn], strongOpacity);
    return { drawn: usual + strong, of };
  }

  #strokeEdges(scene: Scene, view: View, ratio: number, range: readonly [number, number], opacity: number): void {
    const context = this.#context;
    const paths = Array.from({ length: strengthSteps }, () => new Path2D());
    this.#eachEdge(scene, view, ratio, range, (x0, y0, x1, y1, strength) => {
      const path = paths[Math.min(strengthSteps - 1, Math.floor(strength * strengthSteps))];
      path.moveTo(x0, y0);
      path.lineTo(x1, y1);
    });
    context.strokeStyle = scene.theme.line;
    context.lineWidth = 1;
    for (const [step, path] of paths.entries()) {
      context.globalAlpha = (opacity * (step + 1)) / strengthSteps;
      context.stroke(path);
    }
    context.globalAlpha = 1;
  }

  /** Edges with both ends in device pixels and their strength, 0..1; without those that reach behind the eye. */
  #eachEdge(
    { dimensions, morph }: Scene,
    view: View,
    ratio: number,
    [start, end]: readonly [number, number],
    visit: (x0: number, y0: number, x1: number, y1: number, strength: number) => void,
  ): void {
    if (this.#edges === null) return;
    const { ends, next, strengths } = this.#edges;
    const share = morph?.share ?? 0;
    const place = this.#place;
    const locate = (end: number) => {
      const coordinate = (axis: number) => {
        if (axis >= dimensions) return 0;
        const at = end * dimensions + axis;
        return next === null ? ends[at] : ends[at] + (next[at] - ends[at]) * share;
      };
      project(view, coordinate(0), coordinate(1), coordinate(2), place);
    };
    for (let e = start; e < end; e++) {
      locate(2 * e);
      const [x, y, w] = [place[0], place[1], place[2]];
      locate(2 * e + 1);
      if (w > 0 && place[2] > 0)
        visit(x * ratio, y * ratio, place[0] * ratio, place[1] * ratio, strengths[2 * e] / 255);
    }
  }

  /** Pixels that `fill` writes, over what is there already. */
  #show(fill: (pixels: Uint32Array) => void): void {
    const { width, height } = this.#context.canvas;
    const layer = this.#layer.canvas;
    if (layer.width !== width || layer.height !== height) Object.assign(layer, { width, height });
    const image = this.#layer.createImageData(width, height);
    fill(new Uint32Array(image.data.buffer));
    this.#layer.putImageData(image, 0, 0);
    this.#context.drawImage(layer, 0, 0);
  }

  #paintTiles(
    scene: Scene,
    tiles: readonly PlacedTile[],
    sheetOf: (sheet: number) => ImageBitmap | null,
    ratio: number,
  ): number {
    if (scene.thumbnails === null) return 0;
    const { tileWidth, tileHeight } = scene.thumbnails;
    const context = this.#context;
    let drawn = 0;
    for (const { x, y, width, height, sheet, u, v } of tiles) {
      const bitmap = sheetOf(sheet);
      if (bitmap === null) continue;
      const [left, top] = [(x - width / 2) * ratio, (y - height / 2) * ratio];
      const [across, down] = [width * ratio, height * ratio];
      context.save();
      context.beginPath();
      context.roundRect(left, top, across, down, cornerShare * Math.min(across, down));
      context.clip();
      context.drawImage(bitmap, u, v, tileWidth, tileHeight, left, top, across, down);
      context.restore();
      drawn++;
    }
    return drawn;
  }
}

/** Share of its opacity that a point keeps at its distance. */
function fogOf(dimensions: 2 | 3, w: number): number {
  return dimensions === 3 ? Math.min(1, Math.max(0.15, 1 / (w * w))) : 1;
}

/** RGBA bytes of `#rrggbb` as one word. */
function wordOf(color: string): number {
  const [r, g, b] = bytesOf(color);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
