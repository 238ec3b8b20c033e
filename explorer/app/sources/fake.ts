import type {
  DataSource,
  DirectionRequest,
  DirectionSummary,
  Edges,
  EmbedAnswer,
  EmbedRequest,
  ExpressionAnswer,
  ItemAnswer,
  Job,
  JobProgress,
  LinkRequest,
  NearRequest,
  NeighborAnswer,
  PictureAnswer,
  Place,
  Points,
  ProjectRequest,
  SampleAnswer,
  SpaceSummary,
  TrainingReport,
  WalkAnswer,
  WalkRequest,
} from "../../../src/explorer/protocol.js";
import { drawFace, faceSpace, graphSpace, manySpace, wordSpace } from "./fake/make.js";
import { normalFrom, randomFrom } from "./fake/random.js";
import { alongAxes, evaluate, type FakeSpace, near, principal, vectorOf } from "./fake/space.js";

export interface FakeOptions {
  /** Milliseconds before an answer. */
  latency?: number;
  /** Adds a space of so many points. */
  many?: number;
  /** Whether the words are being trained. */
  training?: boolean;
  /** The step of a hundred at which the training stands still, such as for a picture of it. */
  still?: number;
  /** Without any space. */
  empty?: boolean;
  /** Whether names are markup and the like. */
  attack?: boolean;
  /** What every question after the first ones fails with. */
  broken?: string;
}

/** Small spaces in memory, always the same: for development, and for tests of the page alone. */
export class FakeSource implements DataSource {
  readonly #spaces: FakeSpace[];
  readonly #options: FakeOptions;
  readonly #listeners: ((lost: string | null) => void)[] = [];

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    const many = options.many === undefined ? [] : [(id: number) => manySpace(id, options.many ?? 0)];
    const makers = options.empty ? [] : [wordSpace, faceSpace, graphSpace, ...many];
    this.#spaces = makers.map((make, id) => make(id));
    if (options.attack) this.#spaces[0].names = this.#spaces[0].names.map((name, row) => attacks[row] ?? name);
    if (options.training) this.#spaces[0].summary.training = "under way";
  }

  onConnection(listener: (lost: string | null) => void): void {
    this.#listeners.push(listener);
    listener(null);
  }

  /** As when a server is lost, and found again with null. */
  lose(why: string | null): void {
    for (const listener of this.#listeners) listener(why);
  }

  spaces(): Promise<SpaceSummary[]> {
    return this.#later(() => this.#spaces.map(({ summary }) => summary));
  }

  names(space: number, from: number, count: number): Promise<string[]> {
    return this.#later(() => this.#spaces[space].names.slice(from, from + count));
  }

  namesOf(space: number, rows: readonly number[]): Promise<string[]> {
    return this.#later(() => rows.map((row) => this.#spaces[space].names[row]));
  }

  item(space: number, row: number): Promise<ItemAnswer> {
    return this.#asked(() => {
      const { names, columns } = this.#spaces[space];
      const values = [...columns].map(([column, values]) => {
        if (values.type === "category") {
          return { column, value: values.values[row] < 0 ? null : values.categories[values.values[row]] };
        }
        return { column, value: Number.isNaN(values.values[row]) ? null : values.values[row] };
      });
      return { row, name: names[row], values };
    });
  }

  search(space: number, text: string, { column, count = 10 }: { column?: string; count?: number } = {}) {
    return this.#later((): NeighborAnswer[] => {
      const { names, columns } = this.#spaces[space];
      const values = column === undefined ? undefined : columns.get(column);
      const textOf = (row: number) => {
        if (values === undefined) return names[row];
        return values.type === "number" ? String(values.values[row]) : (values.categories[values.values[row]] ?? "");
      };
      const isPattern = /[*?]/.test(text);
      const parts = text
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
      const test = isPattern ? new RegExp(`^${parts}$`, "iu") : null;
      const wanted = text.toLowerCase();
      const rows = names
        .map((_, row) => row)
        .filter((row) => {
          const own = textOf(row).toLowerCase();
          return test === null ? own.includes(wanted) : test.test(own);
        });
      const starts = (row: number) => (textOf(row).toLowerCase().startsWith(wanted) ? 0 : 1);
      rows.sort((a, b) => starts(a) - starts(b) || a - b);
      return rows.slice(0, count).map((row) => ({ row, name: names[row], score: 1 }));
    });
  }

  rowsOf(space: number, names: readonly string[]): Promise<(number | null)[]> {
    return this.#later(() => {
      const own = this.#spaces[space].names;
      return names.map((name) => {
        const row = own.indexOf(name);
        return row < 0 ? null : row;
      });
    });
  }

  points(space: number, { columns, axes }: { columns?: readonly string[]; axes?: readonly string[] }): Promise<Points> {
    return this.#later(() => {
      const its = this.#spaces[space];
      if (axes !== undefined) return alongAxes(its, axes);
      const names = columns ?? ["pca1", "pca2"];
      const dimensions = names.length === 3 ? 3 : 2;
      if (names[0] === "pca1") {
        const coordinates = its.summary.dimensions === 2 ? its.vectors : principal(its, dimensions);
        return { dimensions, coordinates, axes: [...names] };
      }
      const N = its.names.length;
      const coordinates = new Float32Array(N * dimensions);
      for (const [axis, name] of names.entries()) {
        const column = its.columns.get(name);
        if (column?.type !== "number") throw new RangeError(`points: a column of numbers was needed, got ${name}`);
        for (let row = 0; row < N; row++) coordinates[row * dimensions + axis] = column.values[row];
      }
      return { dimensions, coordinates, axes: [...names] };
    });
  }

  column(space: number, name: string) {
    return this.#asked(() => {
      const column = this.#spaces[space].columns.get(name);
      if (column === undefined) {
        const known = [...this.#spaces[space].columns.keys()].join(", ");
        throw new RangeError(`column: one of ${known} was needed, got ${name}`);
      }
      return column;
    });
  }

  near(space: number, request: NearRequest): Promise<ExpressionAnswer> {
    return this.#asked(() => near(this.#spaces[space], request));
  }

  decode(space: number, place: Place, signal?: AbortSignal): Promise<PictureAnswer> {
    return this.#asked(() => facePicture([this.#vectorAt(space, place)], 96, 1), signal);
  }

  async walk(space: number, request: WalkRequest): Promise<WalkAnswer> {
    const { start, along, towards, from = -2, to = 2, steps = 7 } = request;
    const its = this.#spaces[space];
    const begin = this.#vectorAt(space, { at: start });
    const end = towards === undefined ? null : evaluate(its, towards).vector;
    const step = along === undefined ? null : evaluate(its, along).vector;
    const low = end === null ? from : 0;
    const high = end === null ? to : 1;
    const coefficients = Array.from({ length: steps }, (_, k) => low + ((high - low) * k) / Math.max(1, steps - 1));
    const vectors = coefficients.map((t) =>
      begin.map((value, k) => (end === null ? value + t * (step?.[k] ?? 0) : value * (1 - t) + end[k] * t)),
    );
    const nearest = vectors.map((vector) => near(its, { query: [...vector], count: 3 }).neighbors);
    return { coefficients, nearest, strip: its.summary.decodes ? await facePicture(vectors, 64, steps) : null };
  }

  async direction(space: number, request: DirectionRequest): Promise<DirectionSummary> {
    const its = this.#spaces[space];
    const D = its.summary.dimensions;
    const mean = (rows: readonly number[]) => {
      const sum = new Float32Array(D);
      for (const row of rows) for (const [k, value] of vectorOf(its, row).entries()) sum[k] += value / rows.length;
      return sum;
    };
    const { from = [], to = [], column, positive } = request;
    const values = column === undefined ? undefined : its.columns.get(column);
    if (values?.type === "category" && values.categories.length > 2 && positive === undefined)
      throw new RangeError(
        `direction: column ${column} has ${values.categories.length} classes; positive must say which`,
      );
    if (column === undefined && (from.length === 0 || to.length === 0)) {
      throw new RangeError(`direction: items of both groups were needed, got ${from.length} and ${to.length}`);
    }
    const a = mean(column === undefined ? from : [0]);
    const vector = mean(column === undefined ? to : [1]).map((value, k) => value - a[k]);
    const length = Math.hypot(...vector) || 1;
    its.directions.set(
      request.name,
      vector.map((value) => value / length),
    );
    const metrics = { accuracy: 0.875, baseline: 0.5, items: [from.length || 4, to.length || 4] };
    const summary = { name: request.name, metrics, least: -2, most: 2, made: request };
    its.summary = { ...its.summary, directions: [...its.summary.directions, summary] };
    return summary;
  }

  async removeDirection(space: number, name: string): Promise<void> {
    const its = this.#spaces[space];
    its.directions.delete(name);
    its.summary = { ...its.summary, directions: its.summary.directions.filter((other) => other.name !== name) };
  }

  /** The mean of what is named. */
  embed(space: number, { neighbors = "" }: EmbedRequest): Promise<EmbedAnswer> {
    return this.#asked(() => {
      const its = this.#spaces[space];
      const { vector, terms } = evaluate(its, neighbors);
      return {
        vector: Array.from(vector, (value) => value / terms.length),
        used: terms.map(({ name }) => name),
        unknown: [],
      };
    });
  }

  async sample(space: number, count: number, seed: number): Promise<SampleAnswer> {
    const its = this.#spaces[space];
    const random = randomFrom(seed);
    const vectors = Array.from({ length: count }, () =>
      Float32Array.from({ length: its.summary.dimensions }, () => normalFrom(random)),
    );
    const nearest = vectors.map((vector) => near(its, { query: [...vector], count: 1 }).neighbors[0]);
    const columns = Math.ceil(Math.sqrt(count));
    const sheet = its.summary.decodes ? await facePicture(vectors, 64, columns) : null;
    return { vectors: vectors.map((vector) => [...vector]), sheet, nearest };
  }

  invert(space: number, _picture: Uint8Array) {
    return steps(async (report, isCancelled) => {
      for (let done = 1; done <= 20; done++) {
        report({ phase: "inverting", done, total: 20, secondsLeft: (20 - done) / 10, loss: 1 / done });
        await pause(40);
        if (isCancelled()) throw new Error("cancelled");
      }
      const vector = vectorOf(this.#spaces[space], 4);
      return { vector: [...vector], picture: await facePicture([vector], 96, 1), error: 0.021 };
    });
  }

  project(space: number, request: ProjectRequest): Job<Points> {
    const its = this.#spaces[space];
    return steps(async (report, isCancelled) => {
      const end = principal(its, request.dimensions);
      const twisted = end.map((value, at) => Math.sign(value) * Math.sqrt(Math.abs(value)) + 0.1 * Math.sin(at));
      const start = end.map((_, at) => normalFrom(randomFrom(at + 1)));
      const points = (share: number): Points => ({
        dimensions: request.dimensions,
        coordinates: start.map((value, at) => value * (1 - share) + twisted[at] * share),
        axes: Array.from({ length: request.dimensions }, (_, k) => `${request.method} ${k + 1}`),
      });
      for (let done = 1; done <= 40; done++) {
        report({ phase: "layout", done, total: 40, secondsLeft: (40 - done) * 0.08 }, points(done / 40));
        await pause(80);
        if (isCancelled()) throw new Error("cancelled");
      }
      return points(1);
    });
  }

  async estimate(space: number): Promise<number | null> {
    return this.#spaces[space].names.length / 60;
  }

  watch(space: number, listener: (report: TrainingReport) => void): () => void {
    const its = this.#spaces[space];
    const end = principal(its, 2);
    let done = 0;
    const { still = 100 } = this.#options;
    const timer = setInterval(
      () => {
        if (done === still) return;
        done++;
        if (done === 100) its.summary.training = "done";
        const share = Math.min(1, done / 100);
        listener({
          progress: {
            phase: `training, epoch ${1 + Math.floor(done / 10)} of 10`,
            done: done * 1000,
            total: 100_000,
            secondsLeft: (100 - done) / 5,
            loss: 0.1,
          },
          rate: 51_234,
          unit: "pairs",
          first: done === 1,
          items: its.names.length,
          moves: true,
          error: null,
          losses: Float32Array.of(
            done * 1000,
            0.3 * Math.exp(-done / 20) + 0.02 + 0.004 * normalFrom(randomFrom(done)),
          ),
          points: {
            dimensions: 2,
            coordinates: end.map((value, at) => value * share + (1 - share) * 0.3 * normalFrom(randomFrom(at + 1))),
            axes: ["PCA 1", "PCA 2"],
          },
          finished: done === 100,
        });
        if (done === 100) clearInterval(timer);
      },
      still < 100 ? 10 : 200,
    );
    return () => clearInterval(timer);
  }

  edges(space: number, most: number): Promise<Edges> {
    return this.#asked(() => {
      const { source, target, total } = this.#spaces[space].edges ?? noEdges;
      return { source: source.slice(0, most), target: target.slice(0, most), weight: null, total };
    });
  }

  neighborhood(space: number, row: number): Promise<Edges> {
    return this.#asked(() => {
      const { source, target } = this.#spaces[space].edges ?? noEdges;
      const its = [...source.keys()].filter((k) => source[k] === row || target[k] === row);
      return {
        source: Uint32Array.from(its, (k) => source[k]),
        target: Uint32Array.from(its, (k) => target[k]),
        weight: null,
        total: its.length,
      };
    });
  }

  links(space: number, { row, count = 5, method }: LinkRequest): Promise<NeighborAnswer[]> {
    return this.#asked(() => {
      const its = this.#spaces[space];
      const near = neighborsOf(its);
      const scored = its.names.flatMap((name, other) => {
        if (other === row || near[row].has(other)) return [];
        const common = [...near[other]].filter((between) => near[row].has(between));
        const own = vectorOf(its, row);
        const score =
          method === "dot"
            ? vectorOf(its, other).reduce((sum, value, k) => sum + value * own[k], 0)
            : common.reduce((sum, between) => sum + 1 / Math.log(Math.max(2, near[between].size)), 0);
        return [{ row: other, name, score }];
      });
      return scored.sort((a, b) => b.score - a.score).slice(0, count);
    });
  }

  colorsByRound(space: number, rounds: number): Promise<Int32Array[]> {
    return this.#asked(() => {
      const near = neighborsOf(this.#spaces[space]);
      let colors = new Int32Array(near.length);
      return [
        colors,
        ...Array.from({ length: rounds }, () => {
          const known = new Map<string, number>();
          colors = Int32Array.from(near, (others, row) => {
            const around = [...others].map((other) => colors[other]).sort((a, b) => a - b);
            const key = `${colors[row]}|${around}`;
            known.set(key, known.get(key) ?? known.size);
            return known.get(key) ?? 0;
          });
          return colors;
        }),
      ];
    });
  }

  film(space: number): Promise<Points[] | null> {
    return this.#asked(() => this.#spaces[space].film);
  }

  async thumbnailSheet(space: number, sheet: number): Promise<Blob> {
    const its = this.#spaces[space];
    const rows = Array.from({ length: 60 }, (_, k) => vectorOf(its, sheet * 60 + k));
    const { png } = await facePicture(rows, 48, 10);
    return new Blob([png as Uint8Array<ArrayBuffer>], { type: "image/png" });
  }

  #vectorAt(space: number, { at, along = {} }: Place): Float32Array {
    const its = this.#spaces[space];
    const vector = typeof at === "string" ? evaluate(its, at).vector.slice() : Float32Array.from(at);
    for (const [name, weight] of Object.entries(along)) {
      for (const [k, value] of (its.directions.get(name) ?? []).entries()) vector[k] += weight * value;
    }
    return vector;
  }

  /** An answer that `broken` breaks. */
  #asked<T>(answer: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const { broken } = this.#options;
    return broken === undefined ? this.#later(answer, signal) : Promise.reject(new Error(broken));
  }

  async #later<T>(answer: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    await pause(this.#options.latency ?? 0);
    signal?.throwIfAborted();
    return answer();
  }
}

/** Names that a page must show as what they are. */
const attacks = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(2)</script>",
  "javascript:alert(3)",
  "\u202egnp.exe",
  "=HYPERLINK(4)",
  "x".repeat(1_000_000),
  "'\"><svg onload=alert(5)>",
  "{{constructor.constructor('alert(6)')()}}",
];

const noEdges: Edges = { source: new Uint32Array(0), target: new Uint32Array(0), weight: null, total: 0 };

function neighborsOf({ edges, names }: FakeSpace): Set<number>[] {
  const near = names.map(() => new Set<number>());
  const { source, target } = edges ?? noEdges;
  for (const [k, a] of source.entries()) {
    near[a].add(target[k]);
    near[target[k]].add(a);
  }
  return near;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function steps<T>(
  work: (report: (progress: JobProgress, points?: Points) => void, isCancelled: () => boolean) => Promise<T>,
): Job<T> {
  const listeners: ((progress: JobProgress, points?: Points) => void)[] = [];
  let cancelled = false;
  const report = (progress: JobProgress, points?: Points) => {
    for (const listener of listeners) listener(progress, points);
  };
  return {
    onProgress: (listener) => listeners.push(listener),
    result: pause(0).then(() => work(report, () => cancelled)),
    cancel: () => {
      cancelled = true;
    },
  };
}

/** Faces in a grid as PNG. */
async function facePicture(codes: readonly Float32Array[], size: number, columns: number): Promise<PictureAnswer> {
  const [width, height] = [columns * size, Math.ceil(codes.length / columns) * size];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  for (const [k, code] of codes.entries()) {
    drawFace(context, code, (k % columns) * size, Math.floor(k / columns) * size, size);
  }
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return { png: new Uint8Array(await blob.arrayBuffer()), width, height };
}
