import { between, isSame, orbited, panned, startCamera, unproject, type View, zoomed } from "./camera.js";
import { listen } from "./controls.js";
import { Emitter } from "./emitter.js";
import { mostEdgeShapes, mostShapes, svgOf } from "./export-svg.js";
import { type Gl, isSoftware, openContext, RendererError } from "./gl.js";
import { GlPainter } from "./gl-painter.js";
import { importantInView } from "./label-choice.js";
import { drawOverlay, font, layOut, type Outline, type OverlayLayout, rowNamedAt, wantedFont } from "./overlay.js";
import { allParts, diameterOf, type MapPainter, type Painting, type Part } from "./painting.js";
import { Picking } from "./picking.js";
import { PixelPainter } from "./pixels/painter.js";
import { scaled } from "./scaling.js";
import { Scene } from "./scene.js";
import { type PlacedTile, placeTiles, Sheets } from "./thumbnails.js";
import type {
  Camera,
  Drawn,
  Graphics,
  MapColors,
  MapEdges,
  MapEvents,
  MapLabels,
  MapLine,
  MapOptions,
  MapPoints,
  MapSpot,
  MapThumbnails,
  Region,
  Tool,
} from "./types.js";

/** Milliseconds of a motion of the camera, and of points on the way to new places. */
const motion = 180;
/** Milliseconds of a frame above which a moving map is thinned. */
const slowFrame = 50;
/** Points up to which thinning a map that moves would gain nothing. */
const fewPoints = 20_000;
/** A map that moves is thinned to one of so many points at most. */
const mostEvery = 16;

/**
 * A map of points on two canvases that lie over each other: WebGL2 for what is many, 2D for texts and lines. It draws when
 * something has changed, all of it, and the next frame at the earliest; what a frame shows is told by "drawn". Without WebGL2
 * the page draws the same map by itself; only where WebGL2 is asked for by name, its lack is a `RendererError`.
 */
export class MapRenderer {
  /** What a drag does. */
  tool: Tool = "move";
  readonly #canvas: HTMLCanvasElement;
  readonly #overlay: HTMLCanvasElement;
  /** null where the page draws by itself. */
  readonly #gl: Gl | null;
  readonly #context: CanvasRenderingContext2D;
  readonly #scene: Scene;
  readonly #picking = new Picking();
  readonly #events = new Emitter<MapEvents>();
  readonly #reducedMotion: () => boolean;
  readonly #ratioOfScreen: () => number;
  readonly #endings: (() => void)[] = [];
  readonly #widths = new Map<string, number>();
  /** null while the graphics context is lost. */
  #painter: MapPainter | null;
  #sheets: Sheets | null = null;
  #camera: Camera = startCamera;
  /** Of the camera and the size as they are; null when they have changed. */
  #view: View | null = null;
  #layout: OverlayLayout | null = null;
  /** As it is when the pointer is nowhere. */
  #layoutAtRest: OverlayLayout | null = null;
  #important: { view: View; rows: readonly number[] } | null = null;
  #tiles: readonly PlacedTile[] = [];
  #painting: Painting | null = null;
  #flight: { from: Camera; to: Camera; start: number; told: boolean } | null = null;
  #outline: Outline | null = null;
  /** The person's hands are on the map. */
  #isHandled = false;
  /** Of the next frame; 0 when there is none to come. */
  #frame = 0;
  #paintsNext = true;
  /** What a frame of all points takes, as far as is known. */
  #milliseconds = 0;

  constructor(canvas: HTMLCanvasElement, overlay: HTMLCanvasElement, options: MapOptions) {
    this.#canvas = canvas;
    this.#overlay = overlay;
    this.#gl = contextOf(canvas, options.graphics);
    this.#context = overlay.getContext("2d") as CanvasRenderingContext2D;
    this.#painter = this.#gl === null ? pixelPainter(canvas) : new GlPainter(this.#gl);
    this.#scene = new Scene(options.theme);
    const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.#reducedMotion = () => options.reducedMotion ?? lessMotion.matches;
    this.#ratioOfScreen = () => options.pixelRatio ?? window.devicePixelRatio;
    if (this.#gl !== null) this.#endings.push(this.#listenToContext(this.#gl));
    if (options.interactive ?? true) this.#endings.push(listen(canvas, () => this.tool, this.#gestures()));
    const observer = new ResizeObserver(() => this.#changed());
    observer.observe(canvas);
    this.#endings.push(() => observer.disconnect());
    this.#changed();
  }

  /** What draws the points. */
  get graphics(): Graphics {
    return this.#gl === null ? "pixels" : "webgl2";
  }

  /** Returns what ends the listening. */
  on<Name extends keyof MapEvents>(name: Name, listener: (event: MapEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  setTheme(theme: "light" | "dark"): void {
    this.#scene.setTheme(theme);
    this.#changed("colors");
  }

  /**
   * A new map. What was set for the points of the last one (colors, sizes, state, labels, lines, edges, thumbnails) stays if
   * there are as many of them, and goes otherwise.
   */
  setPoints(points: MapPoints): void {
    this.#scene.setPoints(points);
    if (this.#scene.thumbnails === null) this.#setSheets(null);
    this.#changed(...allParts);
  }

  /** The same points at new places, to which they move: of a map that is being made, a film, or when axes change. */
  morphTo(
    coordinates: Float32Array | Float64Array,
    { within, milliseconds = motion }: { within?: MapPoints["within"]; milliseconds?: number } = {},
  ): void {
    const { dimensions, count } = this.#scene;
    if (coordinates.length !== dimensions * count)
      throw new RangeError(
        `morphTo: ${dimensions * count} coordinates were needed, for ${count} points as before, got ${coordinates.length}`,
      );
    this.#settle();
    const next = scaled(coordinates, dimensions, within);
    if (this.#reducedMotion() || milliseconds <= 0) {
      this.#scene.arrive(next);
      this.#changed("positions");
      return;
    }
    this.#scene.morph = { next, start: performance.now(), milliseconds, share: 0 };
    this.#changed("next");
  }

  /** null: the theme's accent. */
  setColors(colors: MapColors | null): void {
    this.#scene.setColors(colors);
    this.#changed("colors");
  }

  /** Factors of the points' diameter [N]; null for 1. */
  setSizes(sizes: Float32Array | null): void {
    this.#scene.setSizes(sizes);
    this.#changed("sizes");
  }

  /** Pixels across a point; null for a size that suits the number of points and the zoom. */
  setDiameter(diameter: number | null): void {
    this.#scene.diameter = diameter;
    this.#changed();
  }

  /** Flags by row: `selected`, `highlighted`, `greyed`. */
  setState(state: Uint8Array | null): void {
    const isGrey = this.#scene.setState(state);
    this.#changed("marks", ...(isGrey ? (["colors"] as const) : []));
  }

  setLabels(labels: MapLabels | null): void {
    this.#scene.labels = labels;
    this.#changed();
  }

  setLines(lines: readonly MapLine[]): void {
    this.#scene.lines = lines;
    this.#overlayChanged();
  }

  /** Places of the person's own, beside the points. */
  setSpots(spots: readonly MapSpot[]): void {
    this.#scene.spots = spots;
    this.#overlayChanged();
  }

  setEdges(edges: MapEdges | null): void {
    this.#scene.edges = edges;
    this.#changed("edges");
  }

  setThumbnails(thumbnails: MapThumbnails | null): void {
    this.#scene.thumbnails = thumbnails;
    this.#setSheets(thumbnails);
    this.#changed();
  }

  /** Marks a row as the one that is pointed at, as the page's keyboard does. */
  setHovered(row: number | null): void {
    if (this.#scene.hovered === row) return;
    this.#scene.hovered = row;
    this.#layout = null; // that at rest stays
    this.#drawSoon();
  }

  /** Where it is, or is on its way to. */
  get camera(): Camera {
    return this.#flight?.to ?? this.#camera;
  }

  /** At once; `flyTo` moves there. */
  set camera(camera: Camera) {
    this.#flight = null;
    this.#camera = camera;
    this.#changed();
  }

  flyTo(camera: Camera): void {
    this.#fly(camera, false);
  }

  /** Everything in view. */
  fit(): void {
    this.#fly({ ...this.camera, center: startCamera.center, zoom: startCamera.zoom }, true);
  }

  /** Rows in the middle of the view, all of them in it. */
  show(rows: ArrayLike<number>): void {
    const camera = this.#scene.around(rows, this.camera, this.view);
    if (camera !== null) this.#fly(camera, true);
  }

  panBy(dx: number, dy: number): void {
    this.#fly(panned(this.camera, this.#viewOf(this.camera), dx, dy), true);
  }

  zoomBy(factor: number): void {
    const view = this.#viewOf(this.camera);
    this.#fly(zoomed(this.camera, view, factor, view.width / 2, view.height / 2), true);
  }

  orbitBy(dx: number, dy: number): void {
    this.#fly(orbited(this.camera, this.#viewOf(this.camera), dx, dy), true);
  }

  /**
   * The row whose name is printed at a place of the canvas, or else the one whose point is nearest, within the point or a few
   * pixels of it.
   */
  pick(x: number, y: number): number | null {
    this.#settle();
    const named = rowNamedAt(this.layout, x, y);
    if (named !== null) return named;
    const reach = Math.max(8, this.#radius + 3);
    return this.#picking.pick(this.#scene.located, this.view, x, y, reach);
  }

  /** Rows inside a region of the canvas, in ascending order. */
  rowsIn(region: Region): Uint32Array {
    this.#settle();
    return this.#picking.rowsIn(this.#scene.located, this.view, region);
  }

  /** Where a row's point is on the canvas; null where it is nowhere or behind the eye. */
  placeOf(row: number): { x: number; y: number } | null {
    return this.#scene.placeOf(row, this.view);
  }

  /** How places become pixels now. */
  get view(): View {
    this.#view ??= this.#viewOf(this.#camera);
    return this.#view;
  }

  /** Texts and lines as they are on the screen. */
  get layout(): OverlayLayout {
    const important = (count: number) => this.#importantRows(count);
    const measure = (text: string, isWanted: boolean) => this.#widthOf(text, isWanted);
    const layOutWith = (hovered: number | null) =>
      layOut(this.#scene, this.view, hovered, this.#radius, this.#tiles, important, measure);
    if (this.#layout !== null) return this.#layout;
    this.#layoutAtRest ??= layOutWith(null);
    const { hovered } = this.#scene;
    // A name that is printed stays where it is: else it would leave the pointer that came to it.
    const isPrinted = hovered === null || this.#layoutAtRest.labels.some(({ row }) => row === hovered);
    this.#layout = isPrinted ? this.#layoutAtRest : layOutWith(hovered);
    return this.#layout;
  }

  /** Draws again, such as when names have arrived. */
  refresh(): void {
    this.#changed();
  }

  /** Draws now, all points, and waits until it is done. */
  drawNow(): Drawn {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const start = performance.now();
    this.#settle();
    this.#paint(1, this.#ratioOfScreen());
    const drawn = this.#drawOverlay(this.#ratioOfScreen());
    this.#painter?.finish();
    return { ...drawn, milliseconds: performance.now() - start };
  }

  /** The view as a picture, `ratio` pixels for each of the screen's CSS pixels, on the theme's background. */
  async toPng(ratio: number = Math.max(2, this.#ratioOfScreen())): Promise<Blob> {
    const picture = this.#picture(ratio, true);
    const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, "image/png"));
    if (blob === null)
      throw new RangeError(`toPng: the browser makes no picture of ${picture.width} x ${picture.height} pixels`);
    return blob;
  }

  /** The view as an SVG document; crowds of points are a picture in it. */
  toSvg(): string {
    this.#settle();
    const rows = this.#picking.inView(this.#scene.located, this.view, mostShapes);
    const edges = this.#scene.edges?.source.length ?? 0;
    const isMany = rows === null || edges > mostEdgeShapes || this.#tiles.length > 0;
    const shapes = isMany ? { raster: this.#picture(2, false).toDataURL("image/png") } : { rows: rows.sort() };
    return svgOf(this.#scene, this.view, this.layout, diameterOf(this.#scene, this.view), shapes);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    for (const end of this.#endings) end();
    this.#sheets?.dispose();
    this.#painter?.dispose();
    this.#painter = null;
    this.#events.clear();
  }

  get #radius(): number {
    return diameterOf(this.#scene, this.view) / 2;
  }

  #viewOf(camera: Camera): View {
    const size = { width: this.#canvas.clientWidth || 1, height: this.#canvas.clientHeight || 1 };
    return this.#scene.viewOf(camera, size);
  }

  #fly(to: Camera, told: boolean): void {
    if (this.#reducedMotion() || isSame(this.#camera, to)) {
      this.camera = to;
      if (told) this.#events.emit("moved", to);
      return;
    }
    this.#flight = { from: this.#camera, to, start: performance.now(), told };
    this.#changed();
  }

  /** Something of the map has changed: the next frame paints it. */
  #changed(...parts: readonly Part[]): void {
    this.#painter?.changed(...parts);
    this.#view = null;
    this.#paintsNext = true;
    this.#overlayChanged();
  }

  /** Something has changed that lies over the points: they stay as they are painted. */
  #overlayChanged(): void {
    this.#layout = this.#layoutAtRest = null;
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((time) => this.#onFrame(time));
  }

  #onFrame(time: number): void {
    this.#frame = 0;
    const start = performance.now();
    const paints = this.#paintsNext;
    let every = 1;
    if (paints) {
      this.#paintsNext = false;
      this.#advance(time);
      const isMoving = this.#flight !== null || this.#scene.morph !== null || this.#isHandled;
      if (isMoving && this.#scene.count > fewPoints)
        every = Math.min(mostEvery, Math.max(1, Math.ceil(this.#milliseconds / slowFrame)));
      this.#paint(every, this.#ratioOfScreen());
    }
    const drawn = this.#drawOverlay(this.#ratioOfScreen());
    if (paints) this.#tell(drawn, start, every);
    if (this.layout.wanted.length > 0) this.#events.emit("wanted", this.layout.wanted);
    if (this.#flight !== null || this.#scene.morph !== null) this.#changed();
  }

  /** The camera and the points are where they are to be at a time. */
  #advance(time: number): void {
    const { morph } = this.#scene;
    if (morph !== null) {
      morph.share = Math.max(0, (time - morph.start) / morph.milliseconds);
      this.#view = null;
      if (morph.share >= 1) this.#settle();
    }
    if (this.#flight === null) return;
    const { from, to, start, told } = this.#flight;
    const share = Math.min(1, Math.max(0, (time - start) / motion));
    this.#camera = between(from, to, share * (2 - share));
    this.#view = null;
    if (share < 1) return;
    this.#flight = null;
    if (told) this.#events.emit("moved", to);
  }

  #paint(every: number, ratio: number): void {
    this.#resize(ratio);
    if (this.#painter === null) return;
    this.#tiles = this.#scene.morph === null ? placeTiles(this.#scene, this.#picking, this.view) : [];
    try {
      this.#painting = this.#painter.paint(this.#scene, this.view, {
        ratio,
        every,
        tiles: this.#tiles,
        sheetOf: (sheet) => this.#sheets?.get(sheet) ?? null,
      });
    } catch (error) {
      this.#events.emit("problem", error instanceof Error ? error : new Error(String(error)));
    }
  }

  #drawOverlay(ratio: number): Omit<Drawn, "milliseconds"> {
    const { layout } = this;
    drawOverlay(this.#context, this.#scene, this.view, ratio, layout, this.#radius, this.#outline);
    const { points = 0, thinned = 0, edges = { drawn: 0, of: 0 }, thumbnails = 0 } = this.#painting ?? {};
    const { unplaced } = this.#scene.points;
    return { points, thinned, unplaced, edges, labels: layout.labels.length, thumbnails };
  }

  /** Tells of a frame when the graphics processor has drawn it, without waiting for it. */
  #tell(drawn: Omit<Drawn, "milliseconds">, start: number, every: number): void {
    const gl = this.#gl;
    const fence = gl?.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0) ?? null;
    gl?.flush();
    const look = () => {
      if (this.#painter === null || gl?.isContextLost()) return;
      if (gl !== null && fence !== null) {
        if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) {
          setTimeout(look, 1);
          return;
        }
        gl.deleteSync(fence);
      }
      const milliseconds = performance.now() - start;
      this.#milliseconds = milliseconds * every; // at most
      this.#events.emit("drawn", { ...drawn, milliseconds });
    };
    setTimeout(look, 0);
  }

  /** The view on a canvas of its own; the screen is painted again after it. */
  #picture(ratio: number, withOverlay: boolean): HTMLCanvasElement {
    const picture = document.createElement("canvas");
    const { width, height } = this.view;
    picture.width = Math.round(width * ratio);
    picture.height = Math.round(height * ratio);
    const context = picture.getContext("2d") as CanvasRenderingContext2D;
    this.#settle();
    this.#paint(1, ratio);
    if (withOverlay) {
      context.fillStyle = this.#scene.theme.background;
      context.fillRect(0, 0, picture.width, picture.height);
      this.#drawOverlay(ratio);
    }
    context.drawImage(this.#canvas, 0, 0);
    if (withOverlay) context.drawImage(this.#overlay, 0, 0);
    this.#changed();
    return picture;
  }

  /** Points on their way are where they were going. */
  #settle(): void {
    const { morph } = this.#scene;
    if (morph === null) return;
    this.#scene.arrive(morph.next);
    this.#changed("positions");
  }

  #resize(ratio: number): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const width = Math.max(1, Math.round(clientWidth * ratio));
    const height = Math.max(1, Math.round(clientHeight * ratio));
    for (const canvas of [this.#canvas, this.#overlay]) {
      if (canvas.width === width && canvas.height === height) continue;
      canvas.width = width;
      canvas.height = height;
    }
  }

  /** The same for all layouts of a view, such as those of a pointer that moves. */
  #importantRows(count: number): readonly number[] {
    const { view } = this;
    if (this.#important?.view !== view)
      this.#important = { view, rows: importantInView(this.#scene, this.#picking, view, count) };
    return this.#important.rows;
  }

  #widthOf(text: string, isWanted: boolean): number {
    const key = `${isWanted ? "!" : ""}${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      if (this.#widths.size > 20_000) this.#widths.clear();
      this.#context.font = isWanted ? wantedFont : font;
      width = this.#context.measureText(text).width;
      this.#widths.set(key, width);
    }
    return width;
  }

  #setSheets(thumbnails: MapThumbnails | null): void {
    this.#sheets?.dispose();
    const failed = (error: Error) => this.#events.emit("problem", error);
    this.#sheets = thumbnails === null ? null : new Sheets(thumbnails, () => this.#changed(), failed);
  }

  #listenToContext(gl: Gl): () => void {
    const ending = new AbortController();
    const { signal } = ending;
    const lost = (event: Event) => {
      event.preventDefault(); // or it never comes back
      this.#painter = null;
      this.#events.emit("context", "lost");
    };
    const restored = () => {
      this.#painter = new GlPainter(gl);
      this.#changed();
      this.#events.emit("context", "restored");
    };
    this.#canvas.addEventListener("webglcontextlost", lost, { signal });
    this.#canvas.addEventListener("webglcontextrestored", restored, { signal });
    return () => ending.abort();
  }

  #gestures(): Parameters<typeof listen>[2] {
    const handle = (camera: Camera) => {
      this.#isHandled = true;
      this.camera = camera;
    };
    return {
      pan: (dx, dy) => handle(panned(this.#camera, this.view, dx, dy)),
      drag: (dx, dy) => {
        const move = this.#scene.dimensions === 3 ? orbited : panned;
        handle(move(this.#camera, this.view, dx, dy));
      },
      zoom: (factor, x, y) => handle(zoomed(this.#camera, this.view, factor, x, y)),
      center: (x, y) => {
        const { camera } = this;
        this.#fly({ ...camera, center: unproject(this.view, x, y), zoom: camera.zoom * 2 }, true);
      },
      fit: () => this.fit(),
      hover: (x, y) => this.#hover(this.pick(x, y), x, y),
      leave: () => this.#hover(null, 0, 0),
      click: (x, y, additive) => this.#events.emit("click", { row: this.pick(x, y), additive }),
      outline: (outline) => {
        this.#outline = outline;
        this.#overlayChanged();
      },
      region: ({ tool, corners }, additive) => {
        const [a, b, c, d] = corners;
        const rows = this.rowsIn(tool === "box" ? { box: [a, b, c, d] } : { polygon: corners });
        this.#events.emit("region", { rows, additive });
      },
      rest: () => {
        this.#isHandled = false;
        this.#changed();
        this.#events.emit("moved", this.camera);
      },
    };
  }

  #hover(row: number | null, x: number, y: number): void {
    if (row === null && this.#scene.hovered === null) return;
    this.setHovered(row);
    this.#events.emit("hover", row === null ? null : { row, x, y });
  }
}

/** The context of WebGL2 where that is asked for, or there is a graphics processor behind it; null where the page is to draw. */
function contextOf(canvas: HTMLCanvasElement, asked: Graphics | undefined): Gl | null {
  if (asked === "pixels" || (asked === undefined && isSoftware())) return null;
  const gl = openContext(canvas);
  if (gl !== null || asked === undefined) return gl;
  throw new RendererError(
    "the map needs WebGL2, which this browser does not offer here. Turn on hardware acceleration or WebGL in its settings, or open the page in another browser",
  );
}

function pixelPainter(canvas: HTMLCanvasElement): PixelPainter {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context !== null) return new PixelPainter(context);
  throw new RendererError(
    "the map needs WebGL2 or a 2D canvas, and this browser gives neither. Open the page in another browser",
  );
}
