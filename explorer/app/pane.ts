import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type {
  ColumnValues,
  Edges,
  ExpressionAnswer,
  ItemAnswer,
  JobProgress,
  NearRequest,
  NeighborAnswer,
  PictureAnswer,
  Place,
  Points,
  ProjectRequest,
} from "../../src/explorer/protocol.js";
import type { JsonObject } from "../../src/io/json.js";
import { quoteName } from "../../src/space/expression.js";
import { type Coloring, coloringOf, numberedColoring } from "./coloring.js";
import type { Explorer } from "./explorer.js";
import { type Loaded, type Loader, type LoaderOptions, loader } from "./loaded.js";
import type { OpenSpace } from "./open-space.js";
import type { Drawn, MapRenderer, MapSpot } from "./renderer/index.js";
import { type Scoped, scoped } from "./scoped.js";
import { sizesOf } from "./sizes.js";
import type { MapChoice, PaneState, Question } from "./state.js";
import { expressionOf } from "./text/analogy.js";
import { plainText } from "./text/format.js";
import type { Deed } from "./undo.js";

/** Edges that a map asks for at most; more are thinned, and the page says so. */
const mostEdges = 200_000;
/** Rounds of Weisfeiler-Leman that the slider has. */
export const mostRounds = 8;
/** Neighbors that the details list. */
const neighborCount = 10;
/** Milliseconds that an older answer may take once a newer question is there. */
const patience = 250;

/** Milliseconds after which an item is shown without its neighbors. */
const patientLook = 3000;

/** Milliseconds that a mistake may stand while somebody is still typing. */
const mistakePatience = 700;
/** Milliseconds after which a slider is at rest. */
const sliderRest = 150;
/** Milliseconds that the refusal of a file is shown, unless another comes or the space is left. */
const refusalShown = 12_000;
/** Milliseconds that a film takes, and a frame of it at least and at most. */
const filmMilliseconds = 8000;
const [shortestFrame, longestFrame] = [150, 450];

/** A place of the user's own that no expression names: an uploaded picture, a sample, a new word. */
export interface Origin {
  label: string;
  vector: number[];
  picture: PictureAnswer | null;
  /** Of an uploaded picture: its file, and how much what its place decodes to differs from it. */
  given?: { file: Blob; error: number };
}

/** A projection that is being made. */
export interface RunningProjection {
  request: ProjectRequest;
  progress: JobProgress | null;
  cancel: () => void;
}

/** One map and all that is asked for it: signals that follow the state. */
export class Pane {
  readonly explorer: Explorer;
  readonly index: number;
  readonly view: ReadonlySignal<PaneState>;
  readonly space: ReadonlySignal<OpenSpace | null>;

  /** The map that the state asks for, when it was fetched or made. */
  readonly points: ReadonlySignal<Loaded<Points>>;
  readonly coloring: ReadonlySignal<Coloring | null>;
  readonly colorColumn: ReadonlySignal<Loaded<ColumnValues>>;
  readonly sizes: ReadonlySignal<Float32Array | null>;
  /** What the bar and the sliders stand for; null where neither says anything. */
  readonly place: ReadonlySignal<Place | null>;
  readonly answer: ReadonlySignal<Loaded<ExpressionAnswer>>;
  /** Why what stands in the bar has no answer, once it is no longer being typed. */
  readonly mistake = signal<string | null>(null);
  /** What is shown as the answer: the last one while the next is under way, none to a question that has none. */
  readonly shownAnswer: ReadonlySignal<ExpressionAnswer | null>;
  /** Where the place of the user's own is on the map: in the middle of what is nearest to it. */
  readonly spot: ReadonlySignal<MapSpot | null>;
  readonly picture: ReadonlySignal<Loaded<PictureAnswer>>;
  readonly details: ReadonlySignal<Loaded<ItemAnswer>>;
  readonly near: ReadonlySignal<Loaded<ExpressionAnswer>>;
  readonly edges: ReadonlySignal<Loaded<Edges>>;
  readonly neighborhood: ReadonlySignal<Loaded<Edges>>;
  readonly likely: ReadonlySignal<Loaded<NeighborAnswer[]>>;
  readonly rounds: ReadonlySignal<Loaded<Int32Array[]>>;
  readonly film: ReadonlySignal<Loaded<Points[] | null>>;

  readonly running = signal<RunningProjection | null>(null);
  readonly inverting = signal<{ share: number | null; cancel: () => void } | null>(null);

  // What belongs to the space that is shown, and to no other.
  /** Places of a projection on its way. */
  readonly moving = this.#ofSpace<Points | null>(null);
  readonly #ownPlace = this.#ofSpace<Origin | null>(null);
  /** The place of the user's own where the sliders start; null while the bar says another. */
  readonly origin: ReadonlySignal<Origin | null>;
  /** Rows that a new direction leads from and to. */
  readonly groups = this.#ofSpace<{ from: readonly number[]; to: readonly number[] }>({ from: [], to: [] });
  readonly hovered = this.#ofSpace<{ row: number; x: number; y: number } | null>(null);
  readonly drawn = this.#ofSpace<Drawn | null>(null);

  readonly renderer = signal<MapRenderer | null>(null);
  /** Whether names are offered in the bar, so that what stands there is not yet meant. */
  readonly completing = signal(false);
  /** Whether the film runs. */
  readonly playing = signal(false);

  #film: ReturnType<typeof setInterval> | undefined;
  /** Number of the notice that an uploaded file was refused. */
  #refusal = 0;
  readonly #loaders: Loader<unknown>[] = [];
  readonly #endings: (() => void)[] = [];

  constructor(explorer: Explorer, index: number) {
    this.explorer = explorer;
    this.index = index;
    const { source } = explorer;
    let last = explorer.state.peek().panes[index];
    this.view = computed(() => {
      last = explorer.state.value.panes[index] ?? last; // a pane that is being closed keeps what it showed
      return last;
    });
    this.space = computed(() => explorer.spaces.value.value?.[this.view.value.space] ?? null);
    this.origin = computed(() => (this.view.value.question.text.trim() === "" ? this.#ownPlace.value : null));
    const id = computed(() => this.space.value?.id ?? null);
    const summary = computed(() => this.space.value?.summary.value ?? null);

    const fetched = this.#load(
      () => {
        const map = this.#mapToFetch();
        return map === null || id.value === null ? null : { id: id.value, map };
      },
      ({ id, map }) => {
        const space = this.#spaceOf(id);
        return space.points(map).finally(space.hasPicture);
      },
      { follows: true },
    );
    this.film = this.#load(
      () => (this.view.value.frame === null || id.value === null ? null : id.value),
      (id) => source.film(id),
    );
    this.points = computed(() => {
      const { map, frame } = this.view.value;
      const film = this.film.value;
      if (frame !== null && film.value !== null) return { ...film, value: film.value[frame] ?? null };
      const learned = this.#learned();
      if (map.kind === "first" && learned !== null) return { value: learned, loading: false, error: null };
      const made = this.space.value?.made.value.get(JSON.stringify(map));
      return made === undefined ? fetched.value : { value: made, loading: false, error: null };
    });

    this.colorColumn = this.#load(
      () => {
        const { color } = this.view.value;
        return color.kind === "column" && id.value !== null ? { id: id.value, column: color.column } : null;
      },
      ({ id, column }) => this.#spaceOf(id).column(column),
    );
    this.rounds = this.#load(
      () => (this.view.value.color.kind === "rounds" ? id.value : null),
      (id) => source.colorsByRound(id, mostRounds),
    );
    const chosenColor = computed(() => this.view.value.color); // a slider's move colors nothing anew
    this.coloring = computed(() => {
      const color = chosenColor.value;
      const theme = explorer.theme.value;
      const column = this.colorColumn.value.value;
      if (color.kind === "column" && column !== null) return coloringOf(color.column, column, color.scale, theme);
      const classes = this.rounds.value.value?.[color.kind === "rounds" ? color.round : -1];
      if (color.kind !== "rounds" || classes === undefined) return null;
      return numberedColoring(`Weisfeiler-Leman, round ${color.round}`, classes, theme);
    });
    const sizeColumn = this.#load(
      () => {
        const { size } = this.view.value;
        return size === null || id.value === null ? null : { id: id.value, size };
      },
      ({ id, size }) => this.#spaceOf(id).column(size),
    );
    this.sizes = computed(() => {
      const column = sizeColumn.value.value;
      return column?.type === "number" ? sizesOf(column.values) : null;
    });

    this.place = computed(() => this.#placeOf());
    let lastAlong = this.view.peek().along;
    const isMoving = () => {
      const { along } = this.view.peek();
      const moved = along !== lastAlong;
      lastAlong = along;
      return moved;
    };
    this.answer = this.#load(
      () => {
        const { question, along } = this.view.value;
        const place = this.place.value;
        const isMoved = Object.values(along).some((weight) => weight !== 0);
        const isAsked = question.text.trim() !== "" || isMoved || this.origin.value !== null;
        if (place === null || id.value === null || !isAsked) return null;
        const { count, includeInputs } = question;
        const metric = metricOf(question);
        const request: NearRequest = { query: place.at, along: place.along, count, metric, includeInputs };
        return { id: id.value, request };
      },
      ({ id, request }) => source.near(id, request),
      // Where a picture follows the sliders it comes first, and the nearest when they rest.
      { patience, delay: () => (summary.peek()?.decodes && isMoving() ? sliderRest : 0), follows: true },
    );
    this.shownAnswer = computed(() => (this.mistake.value === null ? this.answer.value.value : null));
    this.spot = computed(() => {
      const [origin, points, answer] = [this.origin.value, this.points.value.value, this.shownAnswer.value];
      if (origin === null || points === null || answer === null || answer.terms.length > 0) return null;
      const at = middleOf(
        points,
        answer.neighbors.map(({ row }) => row),
      );
      return at === null ? null : { at, text: `${plainText(origin.label, 40)} (new)` };
    });
    this.picture = this.#load(
      () => {
        const place = this.place.value;
        return summary.value?.decodes && place !== null && id.value !== null ? { id: id.value, place } : null;
      },
      ({ id, place }, signal) => source.decode(id, place, signal),
      { patience },
    );

    const item = computed(() => {
      const row = this.view.value.item;
      return id.value === null || row === null || row >= (summary.value?.items ?? 0) ? null : { id: id.value, row };
    });
    this.details = this.#load(
      () => item.value,
      ({ id, row }) => source.item(id, row),
    );
    this.near = this.#load(
      () => {
        const details = this.details.value;
        const wanted = item.value;
        if (wanted === null || details.value?.row !== wanted.row) return null;
        const metric = metricOf(this.view.value.question);
        return { id: wanted.id, query: `item:${quotedName(details.value.name)}`, metric };
      },
      ({ id, query, metric }) => source.near(id, { query, metric, count: neighborCount }),
      { follows: true },
    );
    this.edges = this.#load(
      () => (this.view.value.edges && summary.value?.relations ? id.value : null),
      (id) => source.edges(id, mostEdges),
    );
    this.neighborhood = this.#load(
      () => (summary.value?.relations ? item.value : null),
      ({ id, row }) => source.neighborhood(id, row),
    );
    this.likely = this.#load(
      () => {
        const { links } = this.view.value;
        return links === "none" || item.value === null || !summary.value?.relations ? null : { ...item.value, links };
      },
      ({ id, row, links }) => source.links(id, { row, count: 8, method: links as "dot" }),
    );

    for (const answer of [this.answer, this.near]) {
      this.#endings.push(effect(() => this.space.value?.names.learn(answer.value.value?.neighbors ?? [])));
    }
    this.#endings.push(effect(() => this.#noteMistake()));
    this.#endings.push(effect(() => this.#forget()));
    this.#endings.push(effect(() => this.#tellProblem()));
  }

  /** Asks again what failed. */
  again(): void {
    for (const { again } of this.#loaders) again();
  }

  stop(): void {
    this.running.peek()?.cancel();
    clearInterval(this.#film);
    for (const end of this.#endings) end();
    for (const { stop } of this.#loaders) stop();
  }

  change(change: Partial<PaneState>, key = "", deed: Deed | null = null): void {
    this.explorer.changePane(this.index, change, key, deed);
  }

  /** Brings an item into view with the neighbors that lines lead to, as near as lets all of them be seen. */
  async showItem(row: number): Promise<void> {
    const neighbors = await this.#neighborsOf(row);
    if (this.view.peek().item === row) this.renderer.peek()?.show([row, ...neighbors]);
  }

  /** The neighbors of the item that is chosen, when they have come; none where they do not. */
  #neighborsOf(row: number): Promise<number[]> {
    return new Promise((resolve) => {
      let end: (() => void) | undefined;
      const finish = (rows: number[]) => {
        clearTimeout(timer);
        resolve(rows);
        queueMicrotask(() => end?.());
      };
      const timer = setTimeout(() => finish([]), patientLook);
      end = effect(() => {
        const { value, loading, error } = this.near.value;
        if (this.view.value.item !== row || error !== null) finish([]);
        else if (!loading && value?.terms.some((term) => term.row === row))
          finish(value.neighbors.map((neighbor) => neighbor.row));
      });
    });
  }

  /** Starts a projection; its places are shown as they move, and the map it ends with becomes the pane's. */
  async project(request: ProjectRequest): Promise<void> {
    const space = this.space.peek();
    if (space === null) return;
    this.running.peek()?.cancel();
    const job = this.explorer.source.project(space.id, request);
    const running: RunningProjection = { request, progress: null, cancel: () => job.cancel() };
    const isMine = () => this.running.peek()?.request === request;
    this.running.value = running;
    job.onProgress((progress, points) => {
      if (!isMine()) return;
      this.running.value = { ...running, progress };
      if (points !== undefined) this.moving.value = points;
    });
    let cancelled = false;
    running.cancel = () => {
      cancelled = true;
      job.cancel();
      if (isMine()) this.running.value = null;
      this.moving.value = null;
    };
    this.running.value = running;
    try {
      const points = await job.result;
      if (cancelled) return;
      const { method, dimensions } = request;
      const settings = request.settings as Record<string, number>;
      const map: MapChoice = { kind: "made", method, dimensions, settings };
      space.keep(JSON.stringify(map), points);
      this.change({ map, camera: null, frame: null });
    } catch (error) {
      if (!cancelled) this.explorer.tell(error);
    } finally {
      if (isMine()) this.running.value = null;
      if (!cancelled) this.moving.value = null;
    }
  }

  /** Looks for the place of a picture of the user's, from which the sliders then go on. */
  async invert(file: Blob & { name: string }): Promise<void> {
    const space = this.space.peek();
    if (space === null) return;
    this.inverting.peek()?.cancel();
    this.explorer.dismiss(this.#refusal);
    const job = this.explorer.source.invert(space.id, new Uint8Array(await file.arrayBuffer()));
    let cancelled = false;
    const cancel = () => {
      cancelled = true;
      job.cancel();
      this.inverting.value = null;
    };
    this.inverting.value = { share: null, cancel };
    job.onProgress(({ done, total }) => {
      if (!cancelled) this.inverting.value = { share: total > 0 ? done / total : null, cancel };
    });
    try {
      const { vector, picture, error } = await job.result;
      if (cancelled) return;
      this.startFrom({ label: file.name, vector, picture, given: { file, error } });
      this.explorer.tell(`${plainText(file.name, 60)} is placed: the sliders go on from it.`, "news");
    } catch (error) {
      if (!cancelled)
        this.#refuse(`${plainText(file.name, 60)} is not placed: ${error instanceof Error ? error.message : error}`);
    } finally {
      if (!cancelled) this.inverting.value = null;
    }
  }

  /** Says why a file was not taken, for as long as it is of interest. */
  #refuse(text: string): void {
    const id = this.explorer.tell(text);
    this.#refusal = id;
    setTimeout(() => this.explorer.dismiss(id), refusalShown);
  }

  /** Runs the film of the layers once, from the start if it stands at the end. */
  play(on: boolean): void {
    clearInterval(this.#film);
    this.playing.value = on;
    if (!on) return;
    const frames = this.#frames;
    const begin = this.view.peek().frame ?? frames - 1;
    this.change({ frame: begin >= frames - 1 ? 0 : begin }, "frame");
    this.#film = setInterval(() => {
      const next = (this.view.peek().frame ?? 0) + 1;
      if (next < frames) this.change({ frame: next }, "frame");
      if (next >= frames - 1) this.play(false);
    }, this.frameMilliseconds);
  }

  /** How long a frame of the film that runs is on its way to the next; undefined where none runs. */
  get frameMilliseconds(): number | undefined {
    if (!this.playing.peek()) return undefined;
    return Math.max(shortestFrame, Math.min(longestFrame, filmMilliseconds / this.#frames));
  }

  get #frames(): number {
    return this.space.peek()?.summary.peek().epochs.length ?? 0;
  }

  /** Whether the map is a frame of the film. */
  get showsFilm(): boolean {
    const { frame } = this.view.value;
    return frame !== null && frame < (this.space.value?.summary.value.epochs.length ?? 0);
  }

  /** How far to believe the map that is shown, where that is known: trustworthiness, continuity, preservation. */
  get quality(): JsonObject | null {
    const { map } = this.view.value;
    const { value, error } = this.points.value;
    if (value === null || error !== null || this.showsFilm) return null;
    if (map.kind === "made") return value.quality ?? null;
    const projections = this.space.value?.summary.value.projections ?? [];
    const columns = map.kind === "columns" ? map.columns : map.kind === "first" ? projections[0]?.columns : undefined;
    return projections.find((saved) => saved.columns.join("\n") === columns?.join("\n"))?.quality ?? null;
  }

  /** Whether the state asks for a map that was made in another session, and would have to be made again. */
  get isToBeMade(): boolean {
    const { map } = this.view.value;
    return map.kind === "made" && !this.showsFilm && !this.space.value?.made.value.has(JSON.stringify(map));
  }

  /** Says so where a file of the space cannot be read. */
  #tellProblem(): void {
    const { problem, title, unopened } = this.space.value?.summary.value ?? { problem: null };
    if (problem === null || unopened) return; // what could not be opened says so in place of its map
    const text = `A part of ${plainText(title, 60)} cannot be read. ${problem}. What does not need it works; mend the file and start the explorer again.`;
    untracked(() => this.explorer.tell(text));
  }

  /** Starts bar and sliders from a place of the user's own; the bar's text, which was of another place, goes. */
  startFrom(origin: Origin): void {
    const { question } = this.view.peek();
    this.#startAt(origin, { along: {}, question: { ...question, text: "" } });
  }

  /** Asks what the bar says; a place of the user's own is let go. */
  ask(text: string): void {
    const question = { ...this.view.peek().question, text };
    if (this.#ownPlace.peek() === null) this.change({ question }, "question");
    else this.#startAt(null, { question });
  }

  /** Sets the sliders to 0, and lets go of a place of the user's own. */
  reset(): void {
    this.#startAt(null, { along: {} });
  }

  #startAt(origin: Origin | null, change: Partial<PaneState>): void {
    const before = this.#ownPlace.peek();
    const set = (place: Origin | null) => {
      this.#ownPlace.value = place;
    };
    batch(() => {
      this.change(change, "", { undo: () => set(before), redo: () => set(origin) });
      set(origin);
    });
  }

  /** A mistake is told after a while; its absence at once. */
  #noteMistake(): (() => void) | undefined {
    const error = this.completing.value ? null : this.answer.value.error;
    if (error === null) {
      this.mistake.value = null;
      return undefined;
    }
    const timer = setTimeout(() => {
      this.mistake.value = error;
    }, mistakePatience);
    return () => clearTimeout(timer);
  }

  /** Ends the work for the space that was shown before. */
  #forget(): void {
    this.space.value;
    untracked(() => {
      this.running.value?.cancel();
      this.inverting.value?.cancel();
      this.explorer.dismiss(this.#refusal);
      this.play(false);
    });
  }

  /** A signal that is `empty` in every space but the one it was set in. */
  #ofSpace<T>(empty: T): Scoped<T> {
    return scoped<T>(() => this.space.value, empty);
  }

  #spaceOf(id: number): OpenSpace {
    return this.explorer.spaces.peek().value?.[id] as OpenSpace;
  }

  /** Of a space that holds no map the plane in which its items spread most. */
  #mapToFetch(): { columns?: string[]; axes?: string[] } | null {
    const { map } = this.view.value;
    const space = this.space.value;
    if (space === null || space.summary.value.items === 0) return null;
    if (map.kind === "first" && this.#learned() !== null) return null;
    if (map.kind === "columns") return { columns: map.columns };
    if (map.kind === "axes") return { axes: map.axes };
    const [first] = space.summary.value.projections;
    return first === undefined ? {} : { columns: first.columns };
  }

  #placeOf(): Place | null {
    const { question, along, item } = this.view.value;
    const space = this.space.value;
    if (space === null || space.summary.value.items === 0) return null;
    const moved = Object.entries(along).filter(([, weight]) => weight !== 0);
    const place = (at: Place["at"]): Place => (moved.length > 0 ? { at, along: Object.fromEntries(moved) } : { at });
    const origin = this.origin.value;
    if (origin !== null) return place(origin.vector);
    if (question.text.trim() !== "") return place(expressionOf(question.text));
    const name = space.names.wantedText(item ?? 0);
    return name === undefined ? null : place(`item:${quotedName(name)}`);
  }

  /** The map that a training tells of, as far as it is of the items that are known; later that of a space that holds none. */
  #learned(): Points | null {
    const space = this.space.value;
    const points = space?.training?.points.value ?? null;
    if (space === null || points === null) return null;
    const { items, projections, training } = space.summary.value;
    const isWanted = training === "under way" || projections.length === 0;
    return isWanted && points.coordinates.length === points.dimensions * items ? points : null;
  }

  /** What is fetched of the space is fetched again when the space is another; what `follows` its vectors, when they have moved. */
  #load<Request, T>(
    request: () => Request | null,
    run: (request: Request, signal: AbortSignal) => Promise<T>,
    { follows = false, ...options }: LoaderOptions & { follows?: boolean } = {},
  ): ReadonlySignal<Loaded<T>> {
    const now = () => {
      const asked = request();
      const space = this.space.value;
      const moves = follows ? space?.training?.moves.value : 0;
      return asked === null ? null : { asked, revision: space?.revision.value, moves };
    };
    const its = loader(now, ({ asked }, signal) => run(asked, signal), { ...options, scope: () => this.space.value });
    this.#loaders.push(its as Loader<unknown>);
    return its.loaded;
  }
}

/** Of a request: left out where the space's own is meant. */
function metricOf({ metric }: Question): NearRequest["metric"] {
  return metric === "own" ? undefined : metric;
}

/** The mean place of rows on a map; null where none of them has one. */
function middleOf({ dimensions, coordinates }: Points, rows: readonly number[]): number[] | null {
  const sum = new Array<number>(dimensions).fill(0);
  let count = 0;
  for (const row of rows) {
    const place = coordinates.subarray(row * dimensions, (row + 1) * dimensions);
    if (place.length < dimensions || !place.every(Number.isFinite)) continue;
    for (const [axis, value] of place.entries()) sum[axis] += value;
    count++;
  }
  return count === 0 ? null : sum.map((value) => value / count);
}

/** A name as it stands behind `item:`, always in quotes: then it reads as itself whatever it is. */
function quotedName(name: string): string {
  const quoted = quoteName(name);
  return quoted.startsWith('"') && quoted !== name ? quoted : `"${name.replace(/["\\]/g, "\\$&")}"`;
}
