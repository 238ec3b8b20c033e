import { between, orbited, panned, startCamera, unproject, type View, viewOf, zoomed } from "./camera.js";
import { listen } from "./controls.js";
import { Emitter } from "./emitter.js";
import { type Gl, openContext } from "./gl.js";
import { drawOverlay, type Outline } from "./overlay.js";
import { diameterOf, Painter, type Part } from "./painter.js";
import { Picking } from "./picking.js";
import { scaled } from "./scaling.js";
import { Scene } from "./scene.js";
import type {
  Camera,
  Drawn,
  MapColors,
  MapEdges,
  MapEvents,
  MapLabels,
  MapLine,
  MapOptions,
  MapPoints,
  MapThumbnails,
  Region,
  Tool,
} from "./types.js";

/** Milliseconds of a motion of the camera, and of points on the way to new places. */
const motion = 180;
/** Milliseconds of a frame above which a moving map is thinned. */
const slowFrame = 50;
/** A map that moves is thinned to one of so many points at most. */
const mostEvery = 16;

/**
 * A map of points on two canvases that lie over each other: WebGL2 for what is many, 2D for texts and lines. It draws when
 * something has changed, all of it, and the next frame at the earliest; what a frame shows is told by "drawn". Throws a
 * `RendererError` where there is no WebGL2.
 */
export class MapRenderer {
  readonly #canvas: HTMLCanvasElement;
  readonly #overlay: HTMLCanvasElement;
  readonly #events = new Emitter<MapEvents>();
  readonly #scene: Scene;
  readonly #picking = new Picking();
  readonly #reducedMotion: () => boolean;
  readonly #ratio: () => number;
  readonly #endings: (() => void)[] = [];
  readonly #gl: Gl;
  readonly #context: CanvasRenderingContext2D;
  #painter: Painter | null;
  #camera: Camera = startCamera;
  #view: View | null = null;
  #flight: { from: Camera; to: Camera; start: number; told: boolean } | null = null;
  #outline: Outline | null = null;
  #frame = 0;
  #milliseconds = 0;
  #isHandled = false;
  /** What a drag does. */
  tool: Tool = "move";

  constructor(canvas: HTMLCanvasElement, overlay: HTMLCanvasElement, options: MapOptions) {
    this.#canvas = canvas;
    this.#overlay = overlay;
    this.#scene = new Scene(options.theme);
    const asked = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.#reducedMotion = () => options.reducedMotion ?? asked.matches;
    this.#ratio = () => options.pixelRatio ?? window.devicePixelRatio;
    this.#gl = openContext(canvas);
    this.#painter = new Painter(this.#gl);
    this.#context = overlay.getContext("2d") as CanvasRenderingContext2D;
    this.#listenToContext();
    if (options.interactive ?? true) this.#endings.push(listen(canvas, () => this.tool, this.#gestures()));
    const observer = new ResizeObserver(() => this.#changed());
    observer.observe(canvas);
    this.#endings.push(() => observer.disconnect());
    this.#changed();
  }

  /** Returns what ends the listening. */
  on<Name extends keyof MapEvents>(name: Name, listener: (event: MapEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  setTheme(theme: "light" | "dark"): void {
    this.#scene.setTheme(theme);
    this.#changed("colors");
  }

  /** A new map. Colors, sizes, state, labels and lines stay if it has as many points as the last one. */
  setPoints(points: MapPoints): void {
    this.#scene.setPoints(points);
    this.#changed("positions", "next", "colors", "sizes", "marks", "edges", "thumbnails");
  }

  /** The same points at new places, to which they move; of a map that is being made, and of axes that change. */
  morphTo(coordinates: Float32Array | Float64Array, milliseconds: number = motion): void {
    const { dimensions, count } = this.#scene;
    if (coordinates.length !== dimensions * count)
      throw new RangeError(
        `morphTo: ${dimensions * count} coordinates were needed, for ${count} points as before, got ${coordinates.length}`,
      );
    this.#settle();
    if (this.#reducedMotion() || milliseconds <= 0) {
      this.#scene.arrive(scaled(coordinates, dimensions));
      this.#changed("positions");
      return;
    }
    this.#scene.morph = { next: scaled(coordinates, dimensions), start: performance.now(), milliseconds };
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
    this.#scene.setState(state);
    this.#changed("colors", "marks");
  }

  setLabels(labels: MapLabels | null): void {
    this.#scene.labels = labels;
    this.#changed();
  }

  setLines(lines: readonly MapLine[]): void {
    this.#scene.lines = lines;
    this.#changed();
  }

  setEdges(edges: MapEdges | null): void {
    this.#scene.edges = edges;
    this.#changed("edges");
  }

  setThumbnails(thumbnails: MapThumbnails | null): void {
    this.#scene.thumbnails = thumbnails;
    this.#changed("thumbnails");
  }

  /** Marks a row as the one that is pointed at, as the page's keyboard does. */
  setHovered(row: number | null): void {
    if (this.#scene.hovered === row) return;
    this.#scene.hovered = row;
    this.#changed();
  }

  get camera(): Camera {
    return this.#flight?.to ?? this.#camera;
  }

  /** At once; `flyTo` moves there. */
  set camera(camera: Camera) {
    this.#flight = null;
    this.#look(camera);
  }

  flyTo(camera: Camera): void {
    this.#fly(camera, false);
  }

  /** Everything in view. */
  fit(): void {
    this.flyTo({ ...this.camera, center: startCamera.center, zoom: startCamera.zoom });
  }

  /** Rows in the middle of the view, all of them in it. */
  show(rows: ArrayLike<number>): void {
    const camera = this.#scene.around(rows, this.camera);
    if (camera !== null) this.flyTo(camera);
  }

  panBy(dx: number, dy: number): void {
    this.flyTo(panned(this.camera, this.#viewOf(this.camera), dx, dy));
  }

  zoomBy(factor: number): void {
    const view = this.#viewOf(this.camera);
    this.flyTo(zoomed(this.camera, view, factor, view.width / 2, view.height / 2));
  }

  orbitBy(dx: number, dy: number): void {
    this.flyTo(orbited(this.camera, this.#viewOf(this.camera), dx, dy));
  }

  /** The row whose point is at a place of the canvas, or the nearest within a few pixels. */
  pick(x: number, y: number): number | null {
    this.#settle();
    const reach = Math.max(8, diameterOf(this.#scene, this.view) / 2 + 3);
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

  /** Draws again, such as when names have arrived. */
  refresh(): void {
    this.#changed();
  }

  /** Draws now, and waits until it is done. */
  drawNow(): Drawn {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const start = performance.now();
    const drawn = this.#draw(start, 1);
    this.#gl.readPixels(0, 0, 1, 1, this.#gl.RGBA, this.#gl.UNSIGNED_BYTE, new Uint8Array(4));
    return { ...drawn, milliseconds: performance.now() - start };
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    for (const end of this.#endings) end();
    this.#painter?.dispose();
    this.#painter = null;
    this.#events.clear();
  }

  #viewOf(camera: Camera): View {
    const size = { width: this.#canvas.clientWidth || 1, height: this.#canvas.clientHeight || 1 };
    return viewOf(camera, size, this.#scene.dimensions);
  }

  #look(camera: Camera): void {
    this.#camera = camera;
    this.#changed();
  }

  #fly(to: Camera, told: boolean): void {
    if (this.#reducedMotion()) {
      this.camera = to;
      if (told) this.#events.emit("moved", to);
      return;
    }
    this.#flight = { from: this.#camera, to, start: performance.now(), told };
    this.#changed();
  }

  #changed(...parts: readonly Part[]): void {
    this.#painter?.changed(...parts);
    this.#view = null;
    if (this.#frame === 0) this.#frame = requestAnimationFrame((time) => this.#onFrame(time));
  }

  #onFrame(time: number): void {
    this.#frame = 0;
    if (this.#flight !== null) {
      const share = Math.min(1, Math.max(0, (time - this.#flight.start) / motion));
      this.#camera = between(this.#flight.from, this.#flight.to, share * (2 - share));
      this.#view = null;
      if (share === 1) {
        const { to, told } = this.#flight;
        this.#flight = null;
        if (told) this.#events.emit("moved", to);
      }
    }
    const isMoving = this.#flight !== null || this.#scene.morph !== null || this.#isHandled;
    const every = isMoving ? Math.min(mostEvery, Math.max(1, Math.ceil(this.#milliseconds / slowFrame))) : 1;
    const start = performance.now();
    const drawn = this.#draw(time, every);
    this.#tell(drawn, start, every);
    if (this.#flight !== null || this.#scene.morph !== null) this.#changed();
  }

  #draw(time: number, every: number): Omit<Drawn, "milliseconds"> {
    this.#resize();
    const { morph } = this.#scene;
    const gone = morph === null ? 0 : Math.min(1, Math.max(0, (time - morph.start) / morph.milliseconds));
    if (gone === 1) this.#settle();
    const ratio = this.#ratio();
    const painted = this.#painter?.paint(this.#scene, this.view, ratio, gone === 1 ? 0 : gone, every);
    drawOverlay(this.#context, this.#scene, this.view, ratio, this.#outline);
    const { points = 0, thinned = 0 } = painted ?? {};
    return {
      points,
      thinned,
      unplaced: this.#scene.points.unplaced,
      edges: { drawn: 0, of: this.#scene.edges?.total ?? 0 },
      labels: 0,
      thumbnails: 0,
    };
  }

  /** Tells of a frame when the graphics processor has drawn it, without waiting for it. */
  #tell(drawn: Omit<Drawn, "milliseconds">, start: number, every: number): void {
    const gl = this.#gl;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    if (fence === null) return;
    const look = () => {
      if (this.#painter === null || gl.isContextLost()) return;
      if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) {
        setTimeout(look, 1);
        return;
      }
      gl.deleteSync(fence);
      const milliseconds = performance.now() - start;
      this.#milliseconds = milliseconds * every; // what a frame of all points would take, at most
      this.#events.emit("drawn", { ...drawn, milliseconds });
    };
    setTimeout(look, 0);
  }

  /** Points on their way are where they were going. */
  #settle(): void {
    const { morph } = this.#scene;
    if (morph === null) return;
    this.#scene.arrive(morph.next);
    this.#changed("positions");
  }

  #resize(): void {
    const ratio = this.#ratio();
    const [width, height] = [this.#canvas.clientWidth, this.#canvas.clientHeight];
    for (const canvas of [this.#canvas, this.#overlay]) {
      const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
      if (canvas.width === w && canvas.height === h) continue;
      canvas.width = w;
      canvas.height = h;
    }
  }

  #listenToContext(): void {
    const ending = new AbortController();
    const { signal } = ending;
    this.#endings.push(() => ending.abort());
    this.#canvas.addEventListener(
      "webglcontextlost",
      (event) => {
        event.preventDefault(); // or it never comes back
        this.#painter = null;
        this.#events.emit("context", "lost");
      },
      { signal },
    );
    this.#canvas.addEventListener(
      "webglcontextrestored",
      () => {
        this.#painter = new Painter(this.#gl);
        this.#changed();
        this.#events.emit("context", "restored");
      },
      { signal },
    );
  }

  #gestures(): Parameters<typeof listen>[2] {
    const handle = (camera: Camera) => {
      this.#isHandled = true;
      this.#flight = null;
      this.#look(camera);
    };
    return {
      pan: (dx, dy) => handle(panned(this.#camera, this.view, dx, dy)),
      drag: (dx, dy) => {
        const move = this.#scene.dimensions === 3 ? orbited : panned;
        handle(move(this.#camera, this.view, dx, dy));
      },
      zoom: (factor, x, y) => handle(zoomed(this.#camera, this.view, factor, x, y)),
      center: (x, y) => {
        const camera = { ...this.camera, center: unproject(this.view, x, y), zoom: this.camera.zoom * 2 };
        this.#fly(camera, true);
      },
      fit: () => this.fit(),
      hover: (x, y) => this.#hover(this.pick(x, y), x, y),
      leave: () => this.#hover(null, 0, 0),
      click: (x, y, additive) => this.#events.emit("click", { row: this.pick(x, y), additive }),
      outline: (outline) => {
        this.#outline = outline;
        this.#changed();
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
