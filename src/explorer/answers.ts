import type { Picture } from "../formats/picture.js";
import { FormatError, NotFoundError } from "../io/errors.js";
import type { JsonObject } from "../io/json.js";
import { integerOption } from "../io/options.js";
import type { OnProgress } from "../io/progress.js";
import type { MethodOptions } from "../maps/project.js";
import { valueOfText } from "../space/columns.js";
import { linearCombination } from "../space/combination.js";
import { parseExpression } from "../space/expression.js";
import type { SearchReport } from "../space/hnsw/filtered-search.js";
import type { Space } from "../space/space.js";
import { axisPoints, columnPoints, quickPoints } from "./axes.js";
import { columnValues } from "./column-values.js";
import { filmPoints } from "./film.js";
import { jobProgress } from "./job-progress.js";
import { embedThing } from "./new-thing.js";
import { movedExpression, pointOf } from "./place.js";
import type {
  ColumnValues,
  DirectionRequest,
  DirectionSummary,
  Edges,
  EmbedAnswer,
  EmbedRequest,
  ExpressionAnswer,
  ItemAnswer,
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
  WalkAnswer,
  WalkRequest,
} from "./protocol.js";
import { directionSummary, summaryOf } from "./summary.js";
import type { WatchedTraining } from "./watched-training.js";
import { wildcardMatcher } from "./wildcards.js";

/** A space, and what the page calls it. */
export interface OpenedSpace {
  readonly space: Space;
  readonly title: string;
  /** Why there is no more than an empty space: it could not be opened. */
  readonly problem?: Error;
}

/** A space, or one that is being trained. */
export type Explored = OpenedSpace | WatchedTraining;

// What a page may never ask for is loaded when it is asked for.
const pictures = () => import("./picture-answers.js");
const graphs = () => import("./graph-answers.js");

/** How long work tells how far it is. */
export type OnJobProgress = (progress: JobProgress, points?: Points) => void;

/** Formats of pictures that are read, for people. */
const readFormats = "PNG, JPEG, WebP, GIF, AVIF, TIFF, PGM or PPM";
/** Seconds an item of 100 numbers that projections take (`npm run bench -- umap`, `tsne`, `pca`). */
const secondsAnItem: Readonly<Record<string, number>> = { umap: 1.5e-4, tsne: 9e-4, pca: 3e-6 };

const mostSamples = 1024;

/** Most answers of a search, whatever is asked for. */
const mostFound = 10_000;

/**
 * The answers to what `DataSource` asks, of spaces that are open; in Node behind the server, in an exported page in a worker.
 * Throws what the library throws, and RangeError for a space or row that is not there.
 */
export class SpaceAnswers {
  readonly #opened: readonly Explored[];
  /** Directions that were learned here, by the space's number and their names. */
  readonly #made = new Map<number, Map<string, DirectionRequest>>();

  constructor(opened: readonly Explored[]) {
    this.#opened = opened;
  }

  spaces(): Promise<SpaceSummary[]> {
    return Promise.all(
      this.#opened.map(async (one, id) => ({
        ...(await this.#summaryOf(id)),
        training: "finished" in one ? (one.finished ? "done" : "under way") : null,
        ...("problem" in one ? { unopened: true, problem: one.problem?.message ?? null } : {}),
      })),
    );
  }

  async names(id: number, from: number, count: number): Promise<string[]> {
    const names = await this.#space(id).names();
    const first = integerOption("names", "from", from, 0, names.length);
    const end = Math.min(names.length, first + integerOption("names", "count", count, 0, 2 ** 31));
    return Array.from({ length: end - first }, (_, k) => names.get(first + k));
  }

  async namesOf(id: number, rows: readonly number[]): Promise<string[]> {
    const names = await this.#space(id).names();
    integerOption("namesOf", "rows", rows.length, 0, mostFound);
    return rows.map((row) => names.get(integerOption("namesOf", "row", row, 0, names.length - 1)));
  }

  async item(id: number, row: number): Promise<ItemAnswer> {
    const space = this.#space(id);
    const names = await space.names();
    integerOption("item", "row", row, 0, names.length - 1);
    const values = Array.from(await space.columns(), ([column, all]) => {
      const value = all[row] ?? null;
      return { column, value: typeof value === "boolean" ? String(value) : value };
    });
    return { row, name: names.get(row), values };
  }

  /** In the space's order; names that begin with the text come first. */
  async search(
    id: number,
    text: string,
    { column, count = 100 }: { column?: string; count?: number } = {},
  ): Promise<NeighborAnswer[]> {
    const space = this.#space(id);
    const most = integerOption("search", "count", count, 1, mostFound);
    const names = await space.names();
    const values = column === undefined ? null : columnOf(await space.columns(), column);
    const textOf = (row: number) => (values === null ? names.get(row) : String(values[row] ?? ""));
    const fits = wildcardMatcher(text);
    const start = text.toLowerCase();
    const [first, others]: NeighborAnswer[][] = [[], []];
    for (let row = 0; row < names.length && first.length < most; row++) {
      const value = textOf(row);
      if (!fits(value)) continue;
      const found = { row, name: names.get(row), score: 1 };
      if (value.toLowerCase().startsWith(start)) first.push(found);
      else if (others.length < most) others.push(found);
    }
    return [...first, ...others].slice(0, most);
  }

  async rowsOf(id: number, wanted: readonly string[]): Promise<(number | null)[]> {
    const names = await this.#space(id).names();
    return wanted.map((name) => {
      const row = names.indexOf(name);
      return row < 0 ? null : row;
    });
  }

  /** Without columns or axes the plane in which the items spread most. */
  points(id: number, from: { columns?: readonly string[]; axes?: readonly string[] }): Promise<Points> {
    const space = this.#space(id);
    if (from.columns !== undefined) return columnPoints(space, from.columns);
    if (from.axes !== undefined) return axisPoints(space, from.axes);
    const opened = this.#opened[id];
    return Promise.resolve(("points" in opened ? opened.points : null) ?? quickPoints(space));
  }

  async column(id: number, name: string): Promise<ColumnValues> {
    return columnValues(columnOf(await this.#space(id).columns(), name));
  }

  async near(id: number, request: NearRequest, signal?: AbortSignal): Promise<ExpressionAnswer> {
    const space = this.#space(id);
    const { query, along = {}, count = 10, metric, includeInputs = false, exact } = request;
    const start = performance.now();
    let report: SearchReport | undefined;
    const asked =
      typeof query === "string"
        ? movedExpression(await space.names(), query, along)
        : await pointOf(space, { at: query, along });
    const neighbors = await space.near(asked, {
      ...{ count: integerOption("near", "count", count, 1, mostFound), metric, exact, signal },
      excludeInputs: !includeInputs,
      onSearch: (told) => {
        report = told;
      },
    });
    const milliseconds = performance.now() - start;
    const isExact = report?.method !== "hnsw";
    return {
      terms: typeof query === "string" ? await this.#termsOf(space, query) : [],
      neighbors,
      metric: metric ?? space.geometry,
      exact: isExact,
      recall: isExact ? 1 : recallOf(space),
      milliseconds,
    };
  }

  async decode(id: number, place: Place, signal?: AbortSignal): Promise<PictureAnswer> {
    const space = this.#space(id);
    return (await pictures()).decodedPicture(space, place, signal);
  }

  async walk(id: number, request: WalkRequest, signal?: AbortSignal): Promise<WalkAnswer> {
    const space = this.#space(id);
    const { start, along, towards, spherical = false, from, to, steps } = request;
    if ((along === undefined) === (towards === undefined))
      throw new RangeError("walk: along or towards was needed, one of them");
    integerOption("walk", "steps", steps ?? 10, 1, 200);
    const { coefficients, vectors } =
      along !== undefined
        ? await space.walk(start, { along, from, to, steps })
        : await space.interpolate(start, towards ?? "", { steps, method: spherical ? "spherical" : "linear" });
    const strip = space.decodes
      ? await (await pictures()).pictureStrip(space, vectors, { coefficients, signal })
      : null;
    return { coefficients, nearest: await space.near(vectors, { count: 3, signal }), strip };
  }

  /**
   * Learns a direction under a name that is free; it lives as long as the explorer, and belongs to the space where that is saved.
   * Throws RangeError where the name is taken.
   */
  async direction(id: number, request: DirectionRequest): Promise<DirectionSummary> {
    const space = this.#space(id);
    const names = await space.names();
    const { name, from, to, column, positive, orthogonalTo } = request;
    if (isTraining(this.#opened[id]))
      throw new RangeError("direction: the space is still being trained; learn directions when it is done");
    if (space.directions.has(name))
      throw new RangeError(`direction: there is a direction ${JSON.stringify(name)} already; choose another name`);
    const named = (rows: readonly number[] | undefined) =>
      rows?.map((row) => names.get(integerOption("direction", "row", row, 0, names.length - 1)));
    const values = column === undefined ? undefined : columnOf(await space.columns(), column);
    const target = positive === undefined ? undefined : valueOfText(values, positive);
    await space.direction(name, { from: named(from), to: named(to), column, positive: target, orthogonalTo });
    const made = this.#made.get(id) ?? new Map();
    this.#made.set(id, made.set(name, request));
    return { ...(await directionSummary(space, name)), made: request };
  }

  /** Throws RangeError for a direction of the space's own. */
  async removeDirection(id: number, name: string): Promise<void> {
    const space = this.#space(id);
    if (!this.#made.get(id)?.delete(name))
      throw new RangeError(
        `removeDirection: ${JSON.stringify(name)} is none of the directions that were made here; thing2vec direction takes others out`,
      );
    space.removeDirection(name);
  }

  /** Points drawn at random from where the items lie (`samplesOf`), decoded where there is a decoder. */
  async sample(id: number, count: number, seed: number, signal?: AbortSignal): Promise<SampleAnswer> {
    const space = this.#space(id);
    integerOption("sample", "count", count, 1, mostSamples);
    const { samplesOf } = await import("../images/sample.js");
    const { vectors } = await samplesOf(space, count, integerOption("sample", "seed", seed, 0, 2 ** 32 - 1));
    const columns = Math.ceil(Math.sqrt(count));
    const sheet = space.decodes ? await (await pictures()).pictureStrip(space, vectors, { columns, signal }) : null;
    const nearest = await space.near(vectors, { count: 1, signal });
    return { vectors: vectors.map((vector) => [...vector]), sheet, nearest: nearest.flat() };
  }

  /** Where a thing that the space has never seen would lie (`embedThing`). */
  embed(id: number, request: EmbedRequest, signal?: AbortSignal): Promise<EmbedAnswer> {
    return embedThing(this.#space(id), request, signal);
  }

  /** The code of a picture of the user's, given as the bytes of its file. */
  async invert(
    id: number,
    file: Uint8Array,
    onProgress: OnJobProgress,
    signal: AbortSignal,
  ): Promise<{ vector: number[]; picture: PictureAnswer; error: number }> {
    const space = this.#space(id);
    const { decodePicture } = await import("../images/decode-picture.js");
    const picture = await decodePicture(file, "the file").catch((error) => {
      const isNone = error instanceof FormatError && error.code === "unsupported" && error.place.offset === 0;
      throw isNone ? new RangeError(`a picture was needed (${readFormats}), and this file is none`) : error;
    });
    const told: OnProgress = (progress) => onProgress(jobProgress(progress));
    const { invert } = await import("../images/invert.js");
    const { inversions } = await invert(space, [picture], { signal, onProgress: told });
    const [{ code, errorPerPixel }] = inversions;
    const [decoded] = (await space.decode([code], signal)) as Picture[];
    return { vector: [...code], picture: await (await pictures()).pictureAnswer(decoded), error: errorPerPixel };
  }

  /** Seconds that a projection takes on a machine of two cores, roughly, by measured rates; null for what was not measured. */
  async estimate(id: number, { method }: ProjectRequest): Promise<number | null> {
    const { length, dimensions } = this.#space(id);
    const rate = secondsAnItem[method];
    return rate === undefined ? null : length * rate * Math.max(0.3, dimensions / 100);
  }

  /** The places of the items by epoch, where a method kept them. */
  async film(id: number): Promise<Points[] | null> {
    return filmPoints(this.#space(id));
  }

  /** A map by a method, with pictures of it while it is made, and in the end how far to believe it. */
  async project(
    id: number,
    { method, dimensions, settings }: ProjectRequest,
    onProgress: OnJobProgress,
    signal: AbortSignal,
  ): Promise<Points> {
    const space = this.#space(id);
    const axes = Array.from(
      { length: dimensions },
      (_, k) => `${method === "tsne" ? "t-SNE" : method.toUpperCase()} ${k + 1}`,
    );
    let last: JobProgress = { phase: "starting", done: 0, total: 1, secondsLeft: null };
    const told: OnProgress = (progress) => {
      last = jobProgress(progress);
      onProgress(last);
    };
    const onLayout = (coordinates: Float32Array) => onProgress(last, { dimensions, coordinates, axes });
    const live = method === "pca" ? {} : { onLayout };
    const { projectionBy } = await import("../maps/project.js");
    const projection = await projectionBy(space, {
      ...settings,
      ...{ method, dimensions, signal, onProgress: told, ...live },
    } as unknown as MethodOptions);
    const { coordinates } = projection;
    onProgress(last, { dimensions, coordinates, axes });
    return { dimensions, coordinates, axes, quality: await qualityOf(space, coordinates, told, signal) };
  }

  /** A sheet of small pictures of the items, as PNG. */
  async thumbnailSheet(id: number, sheet: number): Promise<Uint8Array> {
    const { thumbnails } = this.#space(id);
    if (thumbnails === null) throw new RangeError("thumbnails: the space has no pictures of its items");
    return thumbnails.png(sheet);
  }

  async edges(id: number, most: number): Promise<Edges> {
    const space = this.#space(id);
    return (await graphs()).edgesOf(space, integerOption("edges", "most", most, 0, 5_000_000));
  }

  async neighborhood(id: number, row: number): Promise<Edges> {
    const space = this.#space(id);
    return (await graphs()).neighborhoodOf(space, integerOption("neighborhood", "row", row, 0, space.length - 1));
  }

  async links(id: number, request: LinkRequest, signal?: AbortSignal): Promise<NeighborAnswer[]> {
    const space = this.#space(id);
    integerOption("links", "row", request.row, 0, space.length - 1);
    integerOption("links", "count", request.count ?? 10, 1, mostFound);
    return (await graphs()).linksOf(space, request, signal);
  }

  async colorsByRound(id: number, rounds: number, signal?: AbortSignal): Promise<Int32Array[]> {
    const space = this.#space(id);
    return (await graphs()).colorRounds(space, integerOption("colorsByRound", "rounds", rounds, 0, 1000), signal);
  }

  #space(id: number): Space {
    const opened = this.#opened[id];
    if (opened === undefined) throw new RangeError(`there are ${this.#opened.length} spaces, asked was number ${id}`);
    return opened.space;
  }

  async #summaryOf(id: number): Promise<SpaceSummary> {
    const { space, title } = this.#opened[id];
    const summary = await summaryOf(space, id, title);
    const made = this.#made.get(id);
    if (made === undefined || made.size === 0) return summary;
    const marked = summary.directions.map((one) => ({ ...one, made: made.get(one.name) }));
    return { ...summary, directions: marked };
  }

  async #termsOf(space: Space, query: string): Promise<ExpressionAnswer["terms"]> {
    const names = await space.names();
    const whole = names.indexOf(query);
    if (whole >= 0) return [{ name: query, scope: "item", weight: 1, row: whole }];
    return linearCombination(parseExpression(query)).map(({ name, scope, weight }) => {
      const row = scope === "direction" ? -1 : names.indexOf(name);
      return { name, scope: row < 0 ? "direction" : "item", weight, row: row < 0 ? null : row };
    });
  }
}

function columnOf<T>(columns: ReadonlyMap<string, T>, name: string): T {
  const column = columns.get(name);
  if (column !== undefined) return column;
  const there = [...columns.keys()];
  throw new NotFoundError(
    `there is no column ${JSON.stringify(name)}; there are ${there.map((one) => JSON.stringify(one)).join(", ") || "none"}`,
    name,
    there,
  );
}

/** Items above which fewer are looked at for a map's quality, and how many: a second or two of a million. */
const [manyItems, fewAnchors] = [100_000, 300];

async function qualityOf(
  space: Space,
  coordinates: Float32Array,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  if (space.length < 3) return null;
  const { mapQuality } = await import("../maps/quality.js");
  const anchors = space.length > manyItems ? { anchors: fewAnchors } : {};
  return { ...(await mapQuality(space, coordinates, { ...anchors, onProgress, signal })) };
}

/** What the space noted of its index's recall when it was built. */
function recallOf(space: Space): number | null {
  const index = space.metrics.index;
  if (typeof index !== "object" || index === null || Array.isArray(index)) return null;
  return typeof index.recall === "number" ? index.recall : null;
}

function isTraining(one: Explored): boolean {
  return "finished" in one && !one.finished;
}
