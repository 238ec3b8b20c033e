import { bytesOf, mixed } from "../../../src/maps/pictures/oklab.js";
import { type Theme, themes } from "../../../src/maps/pictures/themes.js";
import { mostZoom, project, type View, type ViewSize, viewOf } from "./camera.js";
import type { Points } from "./picking.js";
import { type PointGrid, pointGrid } from "./point-grid.js";
import { type ScaledPoints, scaled, scaledPlace } from "./scaling.js";
import {
  type Camera,
  greyed,
  highlighted,
  type LineEnd,
  type MapColors,
  type MapEdges,
  type MapLabels,
  type MapLine,
  type MapPoints,
  type MapSpot,
  type MapThumbnails,
  selected,
} from "./types.js";

/** Points above which crowds are shown by their density, as in pictures of maps. */
const mostDots = 50_000;

/** Side of the cells by which it is told how much room marked points have, in units of the map. */
const markCell = 1 / 32;

/** How many rows stand out, how many of them are selected, and the area of the highlighted and of the selected ones. */
export interface Marked {
  rows: number;
  selected: number;
  areas: readonly [number, number];
}

/** Where a projected place is written. */
const place = new Float64Array(3);

/** What a map shows, on the side of the page: it outlives the graphics context. */
export class Scene {
  theme: Theme;
  points: ScaledPoints = scaled([], 2);
  /** Cells over x and y. The points are drawn in the order of its rows: a part of the plane is a few ranges of them. */
  grid: PointGrid = pointGrid(this.points.positions, 2);
  /** Where the points move to, since when, and what share of the way they have gone; null when they stand. */
  morph: { next: ScaledPoints; start: number; milliseconds: number; share: number } | null = null;
  #colors: MapColors | null = null;
  sizes: Float32Array | null = null;
  state: Uint8Array | null = null;
  labels: MapLabels | null = null;
  lines: readonly MapLine[] = [];
  spots: readonly MapSpot[] = [];
  edges: MapEdges | null = null;
  thumbnails: MapThumbnails | null = null;
  /** Row under the pointer or the keyboard's. */
  hovered: number | null = null;
  /** Pixels across a point; null for a size that suits their number and the zoom. */
  diameter: number | null = null;
  /** Found when first asked for. */
  #crowd: number | null = null;
  #largestSize: number | null = null;
  #ranks: { order: Uint32Array; ranks: Uint32Array } | null = null;

  constructor(theme: "light" | "dark") {
    this.theme = themes[theme];
  }

  get count(): number {
    return this.points.positions.length / this.points.dimensions;
  }

  get dimensions(): 2 | 3 {
    return this.points.dimensions;
  }

  /** How places become pixels under a camera. */
  viewOf(camera: Camera, size: ViewSize): View {
    const { halves } = this.points;
    const next = this.morph?.next.halves ?? halves;
    const share = this.morph?.share ?? 0;
    const now = [0, 1].map((axis) => halves[axis] + (next[axis] - halves[axis]) * share);
    return viewOf(camera, size, this.dimensions, [now[0], now[1]]);
  }

  /** Of the map from the front, in its units. */
  get area(): number {
    return 4 * this.points.halves[0] * this.points.halves[1];
  }

  get isCrowded(): boolean {
    return this.count > mostDots;
  }

  setTheme(theme: "light" | "dark"): void {
    this.theme = themes[theme];
  }

  /** A new set of items: what belonged to the old ones (colors, sizes, state) goes if their number differs. */
  setPoints({ dimensions, coordinates, within }: MapPoints): void {
    if (dimensions !== 2 && dimensions !== 3)
      throw new RangeError(`setPoints: dimensions must be 2 or 3, got ${dimensions}`);
    if (coordinates.length % dimensions !== 0)
      throw new RangeError(
        `setPoints: coordinates must have ${dimensions} numbers for each point, got ${coordinates.length} numbers`,
      );
    const before = this.count;
    this.arrive(scaled(coordinates, dimensions, within));
    if (this.count === before) return;
    this.#colors = this.sizes = this.state = this.labels = this.edges = this.thumbnails = this.hovered = null;
    this.#largestSize = null;
    this.lines = [];
    this.spots = [];
  }

  /** The same items at other places. */
  arrive(points: ScaledPoints): void {
    this.morph = null;
    this.points = points;
    this.grid = pointGrid(points.positions, points.dimensions);
    this.#crowd = null;
  }

  /** What picking needs. */
  get located(): Points {
    return { positions: this.points.positions, dimensions: this.dimensions, grid: this.grid };
  }

  /** A camera that has rows in the middle of its view and all that have a place in it; null where none has. */
  around(rows: ArrayLike<number>, camera: Camera, size: ViewSize): Camera | null {
    const { positions, dimensions } = this.points;
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let k = 0; k < rows.length; k++) {
      const at = [0, 1, 2].map((axis) => (axis < dimensions ? positions[rows[k] * dimensions + axis] : 0));
      if (!at.every(Number.isFinite)) continue; // it is nowhere
      for (let axis = 0; axis < 3; axis++) {
        low[axis] = Math.min(low[axis], at[axis]);
        high[axis] = Math.max(high[axis], at[axis]);
      }
    }
    if (!low.every(Number.isFinite)) return null;
    const center = low.map((value, axis) => (value + high[axis]) / 2) as [number, number, number];
    const { scale } = this.viewOf({ ...camera, zoom: 1 }, size);
    const extent = (axis: number) => high[axis] - low[axis];
    const depth = dimensions === 3 ? Math.hypot(extent(0), extent(1), extent(2)) : 0;
    const fits = Math.min(
      (0.8 * size.width) / (scale * Math.max(extent(0), depth)),
      (0.8 * size.height) / (scale * Math.max(extent(1), depth)),
    );
    // A single item is shown among others: no farther than it is already.
    const zoom = Number.isFinite(fits) ? Math.min(mostZoom, fits) : Math.max(camera.zoom, 4);
    return { ...camera, center, zoom };
  }

  /** Points of a unit of area in the fullest cells of the grid, those that hold the first percent of all. */
  get crowd(): number {
    if (this.#crowd !== null) return this.#crowd;
    const { side, step, starts, rows } = this.grid;
    const counts = new Uint32Array(side * side);
    for (let k = 0; k < counts.length; k++) counts[k] = starts[k + 1] - starts[k];
    counts.sort();
    let full = counts.length - 1;
    for (let seen = counts[full]; full > 0 && seen < rows.length / 100; seen += counts[full]) full--;
    this.#crowd = counts[full] / (step[0] * step[1]);
    return this.#crowd;
  }

  /** Largest factor of the points' diameter. */
  get largestSize(): number {
    if (this.#largestSize === null) {
      let largest = 0;
      for (const size of this.sizes ?? [1]) if (size > largest) largest = size;
      this.#largestSize = largest;
    }
    return this.#largestSize;
  }

  /** Rank of each row in the order of labels; 2^32 - 1 for rows that it leaves out. */
  labelRanks(): Uint32Array {
    const order = this.labels?.order ?? new Uint32Array(0);
    if (this.#ranks?.order !== order) {
      const ranks = new Uint32Array(this.count).fill(0xffffffff);
      for (let k = 0; k < order.length; k++) ranks[order[k]] = k;
      this.#ranks = { order, ranks };
    }
    return this.#ranks.ranks;
  }

  /** Numbers of the grid's rows from the farthest to the nearest point, so that what is near covers what is behind. */
  farToNear({ toward, center }: View): Uint32Array {
    const { positions } = this.points;
    const { rows } = this.grid;
    const next = this.morph?.next.positions ?? positions;
    const share = this.morph?.share ?? 0;
    const depths = new Float32Array(rows.length);
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < rows.length; k++) {
      let depth = 0;
      for (let axis = 0; axis < 3; axis++) {
        const at = 3 * rows[k] + axis;
        depth += toward[axis] * (positions[at] + (next[at] - positions[at]) * share - center[axis]);
      }
      depths[k] = depth;
      low = Math.min(low, depth);
      high = Math.max(high, depth);
    }
    // A counting sort by 65,536 steps of depth.
    const scale = 65_535 / (high - low || 1);
    const starts = new Uint32Array(65_537);
    for (let k = 0; k < depths.length; k++) starts[Math.floor((depths[k] - low) * scale) + 1]++;
    for (let k = 0; k < 65_536; k++) starts[k + 1] += starts[k];
    const order = new Uint32Array(rows.length);
    for (let k = 0; k < depths.length; k++) order[starts[Math.floor((depths[k] - low) * scale)]++] = k;
    return order;
  }

  /** Where an end of a line is on the screen. */
  endOf(end: LineEnd, view: View): { x: number; y: number } | null {
    if (typeof end === "number") return this.placeOf(end, view);
    project(view, ...scaledPlace(end, this.points.scaling), place);
    return place[2] > 0 && Number.isFinite(place[0]) ? { x: place[0], y: place[1] } : null;
  }

  /** x, y in pixels and w of a row's point, wherever it is on its way. */
  projectRow(row: number, view: View, out: Float64Array): void {
    const { positions, dimensions } = this.points;
    const at = row * dimensions;
    let [x, y, z] = [positions[at], positions[at + 1], dimensions === 3 ? positions[at + 2] : 0];
    if (this.morph !== null) {
      const { next, share } = this.morph;
      x += (next.positions[at] - x) * share;
      y += (next.positions[at + 1] - y) * share;
      if (dimensions === 3) z += (next.positions[at + 2] - z) * share;
    }
    project(view, x, y, z, out);
  }

  /** Where a row's point is on the screen; null where it is nowhere or behind the eye. */
  placeOf(row: number, view: View): { x: number; y: number } | null {
    this.projectRow(row, view, place);
    return place[2] > 0 && Number.isFinite(place[0]) ? { x: place[0], y: place[1] } : null;
  }

  setColors(colors: MapColors | null): void {
    if (colors instanceof Uint8Array) this.#checkLength("setColors: RGBA bytes", colors.length, 4 * this.count);
    else if (colors !== null) this.#checkLength("setColors: codes", colors.codes.length, this.count);
    this.#colors = colors;
  }

  setSizes(sizes: Float32Array | null): void {
    if (sizes !== null) this.#checkLength("setSizes: sizes", sizes.length, this.count);
    this.sizes = sizes;
    this.#largestSize = null;
  }

  /** Returns whether other items are greyed than before, so that colors are others. */
  setState(state: Uint8Array | null): boolean {
    if (state !== null) this.#checkLength("setState: flags", state.length, this.count);
    const before = this.state;
    this.state = state;
    const length = (state ?? before)?.length ?? 0;
    for (let i = 0; i < length; i++) if ((((state?.[i] ?? 0) ^ (before?.[i] ?? 0)) & greyed) !== 0) return true;
    return false;
  }

  /** Rows that stand out: those that are highlighted alone, and then those that are selected. */
  marked(): Marked & { order: Uint32Array } {
    const { state } = this;
    const [light, strong]: number[][] = [[], []];
    if (state !== null)
      for (let i = 0; i < state.length; i++)
        if ((state[i] & selected) !== 0) strong.push(i);
        else if ((state[i] & highlighted) !== 0) light.push(i);
    const order = new Uint32Array(light.length + strong.length);
    order.set(light);
    order.set(strong, light.length);
    return { order, rows: order.length, selected: strong.length, areas: [this.#areaOf(light), this.#areaOf(strong)] };
  }

  /** Of the cells of the map in which rows lie, in its units. */
  #areaOf(rows: readonly number[]): number {
    const { positions, dimensions } = this.points;
    const cells = new Set<number>();
    for (const row of rows) {
      let cell = 0;
      for (let axis = 0; axis < dimensions; axis++)
        cell = cell * 128 + Math.floor((positions[row * dimensions + axis] + 1) / markCell);
      if (Number.isFinite(cell)) cells.add(cell);
    }
    return cells.size * markCell ** 2;
  }

  isGreyed(row: number): boolean {
    return this.state !== null && (this.state[row] & greyed) !== 0;
  }

  /** `#rrggbb` of a row, as it is seen. */
  colorOf(row: number): string {
    const [r, g, b] = this.colorsOf(Uint32Array.of(row));
    return `#${[r, g, b].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }

  /** RGBA bytes of rows, as they are seen: what is greyed has the theme's color of nothing. */
  colorsOf(rows: Uint32Array): Uint8Array {
    const { state, theme } = this;
    const out = new Uint32Array(rows.length);
    const grey = word(mixed(theme.missing, theme.other, 0.4), 255);
    const colorOf = this.#words();
    if (state === null) for (let k = 0; k < rows.length; k++) out[k] = colorOf(rows[k]);
    else for (let k = 0; k < rows.length; k++) out[k] = (state[rows[k]] & greyed) !== 0 ? grey : colorOf(rows[k]);
    return new Uint8Array(out.buffer);
  }

  /** The color of a row as a word of RGBA bytes. */
  #words(): (row: number) => number {
    const colors = this.#colors;
    if (colors === null) {
      const accent = word(this.theme.accent, 255);
      return () => accent;
    }
    if (colors instanceof Uint8Array) {
      const aligned = colors.byteOffset % 4 === 0 ? colors : colors.slice();
      const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
      return (row) => words[row];
    }
    const { codes, palette, missing = this.theme.missing } = colors;
    const words = Uint32Array.from(palette, (color) => word(color, 255));
    const none = word(missing, 255);
    return (row) => (codes[row] >= 0 && codes[row] < words.length ? words[codes[row]] : none);
  }

  #checkLength(what: string, length: number, needed: number): void {
    if (length !== needed) throw new RangeError(`${what} needed are ${needed} for ${this.count} points, got ${length}`);
  }
}

/** RGBA bytes of `#rrggbb` as they lie in memory, as one word; all machines that have browsers are little-endian. */
function word(color: string, alpha: number): number {
  const [r, g, b] = bytesOf(color);
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
