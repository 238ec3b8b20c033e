import type { Progress } from "../io/progress.js";
import type { SpaceData } from "../space/contents.js";
import type { Geometry } from "../space/manifest.js";
import { Space } from "../space/space.js";
import { Vectors } from "../space/vectors.js";
import { aligned } from "./aligned.js";
import { quickPoints } from "./axes.js";
import { jobProgress } from "./job-progress.js";
import type { Points, TrainingReport } from "./protocol.js";

/** What is known of a training before it begins. */
export interface TrainingPlan {
  title: string;
  /** Of the space that it will leave. */
  kind: string;
  geometry: Geometry;
  /** Whether it will have relations. */
  edges?: boolean;
  /** Whether its method tells vectors while it learns (`OnVectors`). */
  moves: boolean;
}

/** What the items are, as soon as that is known. */
export type TrainingItems = Pick<SpaceData, "names" | "columns" | "relations" | "thumbnails">;

/** A report without the map, which those who want it ask for, and whether there is a newer one. */
export type TrainingNews = Omit<TrainingReport, "points"> & { moved: boolean };

/** Milliseconds between two reports of progress, at least: of epochs that take less, some go untold. */
const shortest = 100;
/** Losses that are kept; when there are more, every second one is dropped. */
const mostLosses = 4000;

/**
 * A space on its way. It is empty at first, then it has the vectors as they are at the moment, so that all that is asked of a space
 * can be asked of it, and in the end the trained space takes its place. Its map is that of `quickPoints`; a plane is turned so that it
 * lies on the one before (`aligned`).
 */
export class WatchedTraining {
  readonly title: string;
  readonly moves: boolean;
  readonly #plan: TrainingPlan;
  readonly #listeners = new Set<(news: TrainingNews) => void>();
  #space: Space;
  #items: TrainingItems | null = null;
  /** Those of the space while it learns. */
  #vectors: Vectors | null = null;
  #points: Points | null = null;
  #progress: Progress = { stage: "starting", done: 0, unit: "items", rate: 0 };
  #finished = false;
  #error: string | null = null;
  #told = Number.NEGATIVE_INFINITY;
  /** [step, loss] of the newest report, where it has not been told. */
  #newest: readonly number[] = [];
  /** [step, loss] pairs, of which every `#every`-th that came is kept. */
  #losses: number[] = [];
  #every = 1;
  #lossesCame = 0;

  constructor(plan: TrainingPlan) {
    const { title, kind, geometry, edges, moves } = plan;
    const none = { sources: new Uint32Array(0), targets: new Uint32Array(0), weights: null, directed: false };
    const relations = edges ? none : undefined;
    this.title = title;
    this.moves = moves;
    this.#plan = plan;
    this.#space = Space.from({ names: [], vectors: new Float32Array(0), dimensions: 1, kind, geometry, relations });
  }

  get space(): Space {
    return this.#space;
  }

  /** The newest map; null before the first vectors, and where the trained space has one of its own. */
  get points(): Points | null {
    return this.#points;
  }

  get finished(): boolean {
    return this.#finished;
  }

  report(progress: Progress): void {
    if (this.#isOver) return;
    this.#progress = progress;
    const { loss, done } = progress;
    if (loss !== undefined && Number.isFinite(loss)) this.#newest = [done, loss];
    if (performance.now() - this.#told >= shortest) this.#tell();
  }

  /** Tells what the items are, in the order of the vectors that will come. */
  begin(items: TrainingItems): void {
    this.#items = items;
  }

  /** Takes the vectors as they are now, [N, D]; those that are not finite are the method's to complain of. */
  async learn(vectors: Float32Array, dimensions: number): Promise<void> {
    const items = this.#items;
    if (items === null) throw new Error("internal: vectors came before it was known of what");
    if (this.#isOver || !vectors.every(Number.isFinite)) return;
    const its = this.#vectors;
    if (its === null) {
      const { kind, geometry } = this.#plan;
      this.#vectors = Vectors.from(dimensions, vectors);
      this.#space = Space.from({ ...items, vectors: this.#vectors, dimensions, kind, geometry });
    } else {
      await its.whenIdle(() => {
        for (let row = 0; row < its.length; row++)
          its.set(row, vectors.subarray(row * dimensions, (row + 1) * dimensions));
      });
    }
    await this.#draw();
    this.#tell(true);
  }

  /** The training has ended: from now on the space is the trained one. */
  async end(space: Space): Promise<void> {
    this.#space = space;
    this.#vectors = null;
    await this.#draw();
    this.#finished = true;
    this.#tell(this.#points !== null);
  }

  /** The training has failed, or was stopped. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#error = error instanceof Error ? error.message : String(error);
    this.#tell();
  }

  /** Tells a listener what there was, and from now on what comes; returns what ends that. */
  follow(listener: (news: TrainingNews) => void): () => void {
    this.#listeners.add(listener);
    listener({ ...this.#news(this.#losses, this.#points !== null), first: true });
    return () => this.#listeners.delete(listener);
  }

  get #isOver(): boolean {
    return this.#finished || this.#error !== null;
  }

  async #draw(): Promise<void> {
    const next = await quickPoints(this.#space);
    const before = this.#points?.coordinates;
    const { dimensions } = this.#space;
    if (dimensions === 2 || dimensions === 3)
      this.#points = next; // the vectors themselves: nothing was chosen
    else {
      const isSame = before !== undefined && before.length === next.coordinates.length;
      const coordinates = isSame ? aligned(next.coordinates, before) : next.coordinates;
      this.#points = { dimensions: 2, coordinates, axes: ["plane of largest spread", ""] }; // no axis of it means anything
    }
  }

  #tell(moved = false): void {
    const losses = this.#newest;
    this.#newest = [];
    this.#told = performance.now();
    if (losses.length > 0) this.#keep(losses);
    for (const listener of this.#listeners) listener(this.#news(losses, moved));
  }

  #keep(losses: readonly number[]): void {
    if (this.#lossesCame++ % this.#every === 0) this.#losses.push(...losses);
    if (this.#losses.length <= 2 * mostLosses) return;
    this.#losses = this.#losses.filter((_, k) => k % 4 < 2);
    this.#every *= 2;
  }

  #news(losses: readonly number[], moved: boolean): TrainingNews {
    const { epoch, epochs, rate, unit, stage } = this.#progress;
    const ofEpochs = epoch === undefined || epochs === undefined ? "" : `, epoch ${epoch} of ${epochs}`;
    return {
      progress: { ...jobProgress(this.#progress), phase: `${stage}${ofEpochs}` },
      rate: rate > 0 ? rate : null,
      unit,
      losses: Float32Array.from(losses),
      first: false,
      items: this.#space.length,
      moves: this.moves,
      finished: this.#finished,
      error: this.#error,
      moved,
    };
  }
}
