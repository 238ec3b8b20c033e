import type { Column } from "../formats/table.js";
import { type JsonObject, toJson } from "../io/json.js";
import type { Names } from "../io/names.js";
import { booleanOption, knownOptions, wordOption } from "../io/options.js";
import { readExactly } from "../io/source.js";
import { columnNameProblem, takeColumn } from "./columns.js";
import { linearCombination } from "./combination.js";
import { contentsFrom, keptInMemory, modelRoles, type SpaceContents, type SpaceData, type Tensor } from "./contents.js";
import { cosMul } from "./cos-mul.js";
import { type DirectionOptions, learnDirection } from "./direction.js";
import { isHyperbolic } from "./exact-search.js";
import { parseExpression } from "./expression.js";
import type { Film } from "./film.js";
import type { BuildIndexOptions, HnswIndex } from "./hnsw/hnsw-index.js";
import type { Recall } from "./hnsw/recall.js";
import { notAPoint } from "./hyperbolic-distance.js";
import { contentsOf } from "./load.js";
import type { Direction, Geometry } from "./manifest.js";
import {
  type ExactOptions,
  exactOptions,
  type NearOptions,
  type Neighbor,
  nearOptions,
  neighborsOf,
  warnIfZero,
} from "./neighbors.js";
import {
  appendColumns,
  appendThumbnails,
  checkedVector,
  type NewItem,
  requireNew,
  vectorsOfItems,
} from "./new-items.js";
import { combine, type Lookup, locate, type Query, rowOf, type VectorLike, withDirections } from "./query.js";
import { checkRelations, type Relations } from "./relations.js";
import { saveContents } from "./save.js";
import { cosine, euclidean, scores, toUnit } from "./scores.js";
import { type Metric, metrics } from "./search.js";
import { type RecallOptions, SpaceIndex } from "./space-index.js";
import type { Thumbnails } from "./thumbnails.js";
import type { Vectors } from "./vectors.js";
import {
  between,
  coefficientsOf,
  type Walk,
  type WalkGrid,
  type WalkGridOptions,
  type WalkOptions,
  walkFrom,
} from "./walk.js";

export interface AnalogyOptions extends ExactOptions {
  /**
   * "3CosAdd", the default: nearest to b - a + c. "3CosMul" (Levy and Goldberg 2014, eq. 4): most
   * s(x, b) s(x, c) / (s(x, a) + 0.001) with s = (cosine + 1) / 2, which no single large term dominates.
   */
  method?: "3CosAdd" | "3CosMul";
}

export interface InterpolateOptions {
  /** Number of points, both ends included; 10 by default. */
  steps?: number;
  /** "linear" (default), or "spherical", for codes that were drawn from a normal distribution or lie on a sphere. */
  method?: "linear" | "spherical";
}

/** Turns new things into vectors [D], one each, as the space's method would have placed them. */
export interface Encoder {
  (things: readonly unknown[], signal?: AbortSignal): Promise<readonly VectorLike[]>;
  /** Gives back what it holds; called when the space is closed. */
  close?(): Promise<void>;
}

/** Turns vectors [D] back into things, one each: pictures, sentences. */
export interface Decoder {
  (vectors: readonly Float32Array[], signal?: AbortSignal): Promise<unknown[]>;
  /** Gives back what it holds; called when the space is closed. */
  close?(): Promise<void>;
}

/** Makes the decoder of a space when it is first needed. */
export type DecoderLoader = (space: Space) => Promise<Decoder>;

/** Makes the encoder of a space when it is first needed. */
export type EncoderLoader = (space: Space) => Promise<Encoder>;

export interface SpaceOptions {
  /** Encoders by the name of the method that made a space. */
  encoders?: Readonly<Record<string, EncoderLoader>>;
  /** Decoders, likewise. */
  decoders?: Readonly<Record<string, DecoderLoader>>;
  /** Receives warnings, such as that of a vector of length 0; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

export interface LoadOptions extends SpaceOptions {
  /** Whether to compare all files with their checksums first, which reads them whole; false by default. */
  verify?: boolean;
  signal?: AbortSignal;
}

/**
 * Named vectors with a geometry: what every method leaves. Items can be asked for by name, by expression
 * (`rome - italy + china`; see `parseExpression`) or by vector.
 *
 * A text that is an item's name as it stands always means that item, whatever else it might be read as. Expressions
 * count items by their directions alone (scaled to length 1) where the cosine is the measure, and as they are elsewhere.
 */
export class Space {
  /** What the items are: "words", "nodes", "images", ... */
  readonly kind: string;
  /** What "near" means. */
  readonly geometry: Geometry;
  /** Width D of the vectors. */
  readonly dimensions: number;
  /** Method that made the space, null where unknown, and its options. */
  readonly method: string | null;
  readonly options: JsonObject;
  readonly seed: number | null;
  /** Threads, where the result depended on their number. */
  readonly threads: number | null;
  /** Whether the last bits depend on the machine that made the space. */
  readonly fast: boolean;
  /** Fingerprint of the data that the space was made of. */
  readonly fingerprint: string | null;
  /** Figures measured when the space was made. */
  readonly metrics: JsonObject;
  readonly directions: ReadonlyMap<string, Direction>;
  /** Further numbers that the method keeps, by name. Rows that were added later have none. */
  readonly tensors: ReadonlyMap<string, Tensor>;

  readonly #contents: SpaceContents;
  readonly #encoders: Readonly<Record<string, EncoderLoader>>;
  readonly #decoders: Readonly<Record<string, DecoderLoader>>;
  readonly #warn: (message: string) => void;
  readonly #index: SpaceIndex;
  #items: number;
  #closed = false;
  #encoder: Promise<Encoder> | undefined;
  #decoder: Promise<Decoder> | undefined;

  private constructor(
    contents: SpaceContents,
    { encoders = {}, decoders = {}, onWarning = console.warn }: SpaceOptions,
  ) {
    const { info } = contents;
    this.kind = info.kind;
    this.geometry = info.geometry;
    this.dimensions = contents.dimensions;
    this.method = info.method;
    this.options = info.options;
    this.seed = info.seed;
    this.threads = info.threads;
    this.fast = info.fast;
    this.fingerprint = info.fingerprint;
    this.metrics = info.metrics;
    this.directions = info.directions;
    this.tensors = contents.tensors;
    this.#contents = contents;
    this.#encoders = encoders;
    this.#decoders = decoders;
    this.#warn = onWarning;
    this.#items = contents.items;
    this.#index = new SpaceIndex(contents, onWarning);
  }

  /** A space in memory. Throws RangeError or TypeError where the parts do not fit together. */
  static from(data: SpaceData, options: SpaceOptions = {}): Space {
    knownOptions("Space.from", options, ["encoders", "decoders", "onWarning"]);
    return new Space(contentsFrom(data), options);
  }

  /**
   * Opens a saved space. Sizes and headers are checked at once; names, columns and vectors are read when first needed,
   * so that a space of any size opens in the same short time. It stays readable while another process saves a new one
   * in its place. Throws FormatError or FileError.
   */
  static async load(path: string, options: LoadOptions = {}): Promise<Space> {
    knownOptions("Space.load", options, ["encoders", "decoders", "onWarning", "verify", "signal"]);
    options.signal?.throwIfAborted();
    const contents = await contentsOf(path);
    try {
      if (options.verify) await contents.verify(options.signal);
    } catch (error) {
      await contents.close();
      throw error;
    }
    return new Space(contents, options);
  }

  /** Number of items N. */
  get length(): number {
    return this.#items;
  }

  /** The names, by row. Read-only: `add` adds. */
  async names(): Promise<Names> {
    return this.#open().names();
  }

  /** The vectors, by row. Read-only: `add` adds. */
  async vectors(): Promise<Vectors> {
    return this.#open().vectors();
  }

  /** Values by item besides the names, such as counts. */
  async columns(): Promise<ReadonlyMap<string, Column>> {
    return this.#open().columns();
  }

  /** Edges between the items, by row, where the space was made of a graph: read-only. */
  async relations(): Promise<Relations | null> {
    return (await this.#open().relations?.read()) ?? null;
  }

  /** Small pictures of the items, such as those that the space was made of; null where it has none. */
  get thumbnails(): Thumbnails | null {
    return this.#open().thumbnails;
  }

  /** Places of the items while the space was made, such as a hidden layer by epoch; null where none were kept. */
  get film(): Film | null {
    return this.#open().film;
  }

  /** Whether `decode` makes things of vectors here. */
  get decodes(): boolean {
    return this.method !== null && Object.hasOwn(this.#decoders, this.method);
  }

  /** Whether there is an item of this name. */
  async has(name: string): Promise<boolean> {
    return (await this.names()).has(name);
  }

  /** The vector of an item as it is stored, or of an expression. Throws NotFoundError, ExpressionError. */
  async vector(nameOrExpression: string): Promise<Float32Array> {
    const lookup = await this.#lookup();
    return Float32Array.from(locate(nameOrExpression, lookup, this.geometry === "cosine", "vector").vector);
  }

  /**
   * The items nearest to a name, an expression or a vector: exactly, or by the space's index where that is faster or asked
   * for (`exact`, `onSearch`). Nearest first, among equals the lower row first. Several queries in an array are answered
   * together, which is faster, with a list each.
   */
  near(query: Query, options?: NearOptions): Promise<Neighbor[]>;
  near(queries: readonly Query[], options?: NearOptions): Promise<Neighbor[][]>;
  async near(query: Query | readonly Query[], options: NearOptions = {}): Promise<Neighbor[] | Neighbor[][]> {
    knownOptions("near", options, nearOptions);
    const hyperbolic = options.metric === undefined && isHyperbolic(this.geometry);
    const metric: Geometry = hyperbolic ? this.geometry : this.#metric("near", options.metric);
    const lookup = await this.#lookup();
    const queries = isQuery(query) ? [query] : query;
    const points = queries.map((one) => {
      if (isHyperbolic(metric)) requireHyperbolicPoint(one, lookup.names, metric);
      return locate(one, lookup, metric === "cosine", "near");
    });
    const { exact, ef, onSearch, ...nearby } = options;
    if (exact !== undefined) booleanOption("near", "exact", exact);
    const found = await neighborsOf(points, metric, lookup, nearby, "near", (vectors, wanted, how) =>
      this.#index.search(vectors, wanted, how, this.geometry, { exact, ef, onSearch }),
    );
    return isQuery(query) ? found[0] : found;
  }

  /**
   * "a is to b as c is to ?": the best items for the question, best first. The three are items' names. Throws
   * NotFoundError.
   */
  async analogy(a: string, b: string, c: string, options: AnalogyOptions = {}): Promise<Neighbor[]> {
    const { method = "3CosAdd", ...nearby } = options;
    knownOptions(
      "analogy",
      nearby,
      exactOptions.filter((name) => name !== "metric"),
    );
    wordOption("analogy", "method", method, ["3CosAdd", "3CosMul"]);
    const lookup = await this.#lookup();
    const rows = [a, b, c].map((name) => rowOf(name, lookup, "analogy"));
    if (method === "3CosMul") return cosMul([rows[0], rows[1], rows[2]], lookup, nearby);
    const metric = this.#metric("analogy");
    const terms = [b, a, c].map((name, k) => ({ name, scope: "item" as const, weight: k === 1 ? -1 : 1 }));
    const point = combine(terms, lookup, metric === "cosine", "analogy");
    return (await neighborsOf([point], metric, lookup, nearby, "analogy"))[0];
  }

  /** Cosine similarity in [-1, 1] of two queries, or of two sets of names by their means; 0 with a zero vector. */
  async similarity(a: Query | readonly string[], b: Query | readonly string[]): Promise<number> {
    const lookup = await this.#lookup();
    const [x, y] = [a, b].map((one) => {
      const vector = isNameSet(one)
        ? mean(one, lookup, true, "similarity")
        : locate(one, lookup, true, "similarity").vector;
      warnIfZero(vector, lookup, "similarity");
      return vector;
    });
    return cosine(x, y);
  }

  /** Distance of two queries: Euclidean, or 1 - cosine, as `metric` says, by default that of the space's geometry. */
  async distance(a: Query, b: Query, options: { metric?: "cosine" | "euclidean" } = {}): Promise<number> {
    knownOptions("distance", options, ["metric"]);
    const metric = this.#metric("distance", options.metric);
    if (metric === "dot")
      throw new RangeError("distance: dot products are no distance; metric must be cosine or euclidean");
    const lookup = await this.#lookup();
    const [x, y] = [a, b].map((one) => locate(one, lookup, metric === "cosine", "distance").vector);
    if (metric === "euclidean") return euclidean(x, y);
    warnIfZero(x, lookup, "distance");
    warnIfZero(y, lookup, "distance");
    return 1 - cosine(x, y);
  }

  /** Which of three or more items is least like the mean of all of them; their order does not matter. */
  async oddOneOut(names: readonly string[]): Promise<string> {
    const lookup = await this.#lookup();
    // By row, so that sums round alike in any order, and a tie goes to the lower row.
    const rows = [...new Set(names.map((name) => rowOf(name, lookup, "oddOneOut")))].sort((a, b) => a - b);
    if (rows.length < 3)
      throw new RangeError(`oddOneOut: three or more different names were needed, got ${rows.length}`);
    const metric = this.#metric("oddOneOut");
    const sorted = rows.map((row) => lookup.names.get(row));
    const middle = mean(sorted, lookup, metric !== "euclidean", "oddOneOut");
    let odd = sorted[0];
    let least = Number.POSITIVE_INFINITY;
    rows.forEach((row, k) => {
      const vector = lookup.vectors.get(row);
      const likeness = metric === "euclidean" ? -euclidean(vector, middle) : cosine(vector, middle);
      if (likeness < least) {
        least = likeness;
        odd = sorted[k];
      }
    });
    return odd;
  }

  /** The place of item `b` among the neighbors of `a`: 1 for the nearest. The items that `a` names do not count. */
  async rank(a: Query, b: string, signal?: AbortSignal): Promise<number> {
    const { rows } = await this.#nearerThan(a, b, "rank", signal);
    return rows.length + 1;
  }

  /** Names of the items that are nearer to `a` than item `b` is, nearest first. The items that `a` names do not count. */
  async closerThan(a: Query, b: string, signal?: AbortSignal): Promise<string[]> {
    const names = await this.names();
    const { rows, values } = await this.#nearerThan(a, b, "closerThan", signal);
    return rows.sort((x, y) => values[y] - values[x] || x - y).map((row) => names.get(row));
  }

  /**
   * Vectors for new things, without retraining and without adding them. What a thing is, the method says. Throws
   * RangeError where the method has no encoder.
   */
  async embed(things: readonly unknown[], signal?: AbortSignal): Promise<Float32Array[]> {
    this.#encoder ??= this.#byMethod(this.#encoders, "embed", "no encoder here; new items need vectors")(this);
    const encode = await this.#encoder;
    signal?.throwIfAborted();
    const vectors = await encode(things, signal);
    return vectors.map((vector, k) => checkedVector(vector, this.dimensions, `embed: the vector of thing ${k}`));
  }

  /**
   * Things from vectors, such as pictures from points of a walk: by the decoder of the method that made the space. Throws
   * RangeError where the method has none.
   */
  async decode(vectors: readonly VectorLike[], signal?: AbortSignal): Promise<unknown[]> {
    const load = this.#byMethod(this.#decoders, "decode", "no way back from vectors to things");
    const rows = vectors.map((vector, k) => checkedVector(vector, this.dimensions, `decode: vector ${k}`));
    this.#decoder ??= load(this);
    const decode = await this.#decoder;
    signal?.throwIfAborted();
    return decode(rows, signal);
  }

  /** Whether the space holds an encoder or decoder as an ONNX file, without reading it. */
  hasModel(role: "encoder" | "decoder"): boolean {
    return this.#open().otherFiles.has(wordOption("hasModel", "role", role, modelRoles));
  }

  /** The bytes of the space's encoder or decoder as an ONNX file; null where it has none. Throws FormatError. */
  async model(role: "encoder" | "decoder"): Promise<Uint8Array | null> {
    wordOption("model", "role", role, modelRoles);
    const file = this.#open().otherFiles.get(role);
    if (file === undefined) return null;
    await file.verify();
    return readExactly(file.source, 0, file.source.size);
  }

  /**
   * Adds items behind those that are there, which keep their rows and their bytes. All are added or none. Throws
   * RangeError for a name that is there already, a vector that does not fit, or an unknown column.
   */
  async add(items: readonly NewItem[], signal?: AbortSignal): Promise<void> {
    const names = await this.names();
    const vectors = await this.vectors();
    const columns = await this.#open().columns();
    requireNew(items, names);
    const rows = await vectorsOfItems(items, this.dimensions, (things) => this.embed(things, signal));
    const pictured = items.some(({ thumbnail }) => thumbnail !== undefined);
    const contents = this.#open();
    if (pictured) contents.thumbnails = (await contents.thumbnails?.inMemory()) ?? null;
    await vectors.whenIdle(() => {
      requireNew(items, names); // once more: others may have been added meanwhile
      const longer = appendColumns(columns, items);
      if (pictured) contents.thumbnails = appendThumbnails(contents.thumbnails, names.length, items);
      vectors.append(rows);
      for (const { name } of items) names.add(name, "add");
      for (const [name, column] of longer) columns.set(name, column);
      this.#items = names.length;
    });
  }

  /**
   * Puts a column beside the names, one value an item, or another in the place of the one of that name; `save` keeps it.
   * Values are copied. Throws RangeError where they are not N texts, booleans or finite numbers (null for none), TypeError
   * for another kind of array.
   */
  async setColumn(name: string, values: Column): Promise<void> {
    return this.setColumns({ [name]: values });
  }

  /** Several columns at once: all are set or none. */
  async setColumns(columns: Readonly<Record<string, Column>>): Promise<void> {
    const taken = Object.entries(columns).map(([name, values]): [string, Column] => {
      const where = `setColumn: column ${JSON.stringify(name)}`;
      const problem = columnNameProblem(name);
      if (problem !== null) throw new RangeError(`setColumn: ${problem}`);
      return [name, takeColumn(values, this.length, where)];
    });
    const present = await this.#open().columns();
    // once more: items may have been added meanwhile
    const short = taken.find(([, { length }]) => length !== this.length);
    if (short !== undefined) {
      throw new RangeError(
        `setColumn: column ${JSON.stringify(short[0])} must have ${this.length} values, got ${short[1].length}`,
      );
    }
    for (const [name, values] of taken) present.set(name, values);
  }

  /** Puts other relations in the place of the space's own; null takes them away. Throws RangeError where they do not fit. */
  async setRelations(relations: Relations | null): Promise<void> {
    if (relations !== null) checkRelations("setRelations", relations, this.length);
    this.#open().relations = keptInMemory(relations);
  }

  /** Notes a figure or a description under `metrics`, in the place of the one of that name; `save` keeps it. */
  setMetric(name: string, value: object | string | number | boolean | null): void {
    Object.assign(this.metrics, toJson({ [name]: value }, "setMetric"));
  }

  /**
   * Saves the space to a folder, by custom `NAME.space`: a new one, or one with a space, which is replaced. At any moment
   * the folder holds the old space or the new one, whole. Throws FileError, ResourceError.
   */
  async save(path: string, signal?: AbortSignal): Promise<void> {
    const contents = this.#open();
    return saveContents(contents, path, await this.#index.toSave(this.#items), signal);
  }

  /**
   * Builds an index for approximate neighbors by the space's geometry (`IndexOptions` says which), in the place of an older
   * one; `save` keeps it beside the vectors. Items that are added later are added to it. The same seed gives the same
   * bytes with any number of threads. Throws RangeError, ResourceError, the signal's reason when aborted.
   */
  async buildIndex(options: Omit<BuildIndexOptions, "geometry"> = {}): Promise<HnswIndex> {
    knownOptions("buildIndex", options, [
      "m",
      "efConstruction",
      "seed",
      "precision",
      "threads",
      "signal",
      "onProgress",
    ]);
    this.#open();
    return this.#index.build({ ...options, geometry: this.geometry });
  }

  /** The index for approximate neighbors; null where there is none. Read from its file when first asked for. Throws FormatError. */
  async index(): Promise<HnswIndex | null> {
    this.#open();
    return this.#index.current();
  }

  /** Whether there is an index, without reading it. */
  get hasIndex(): boolean {
    return this.#index.isPresent;
  }

  /** Leaves the space without an index. */
  removeIndex(): void {
    this.#open();
    this.#index.remove();
  }

  /**
   * Asks the index for the neighbors of sampled items and tells how much of the exact answers it found, with the standard
   * error. Throws RangeError where there is no index.
   */
  async estimateRecall(options: RecallOptions = {}): Promise<Recall> {
    this.#open();
    return this.#index.recall(this.geometry, options);
  }

  /**
   * Learns a direction from two groups of items, a column, or the spread of all items, and gives it a name in the space, in
   * the place of an older one of that name; `save` keeps it. Its `metrics` say how far to believe it. Throws RangeError,
   * NotFoundError.
   *
   *   await space.direction("age", { column: "age" })
   *   await space.direction("gender", { from: ["king", "man"], to: ["queen", "woman"], orthogonalTo: ["age"] })
   */
  async direction(name: string, options: DirectionOptions): Promise<Direction> {
    if (typeof name !== "string" || name === "" || name === "__proto__")
      throw new RangeError(`direction: a name was needed, got ${JSON.stringify(name)}`);
    this.#requireFlat("direction");
    if (options.orthogonalTo?.includes(name))
      throw new RangeError(
        `direction: ${JSON.stringify(name)} cannot be orthogonal to the direction that it would replace`,
      );
    const [lookup, columns] = [await this.#lookup(), await this.columns()];
    const direction = learnDirection(options, lookup, columns, this.geometry === "cosine");
    this.#open().info.directions.set(name, direction);
    return direction;
  }

  /** Takes a direction out of the space; false where there is none of this name. */
  removeDirection(name: string): boolean {
    return this.#open().info.directions.delete(name);
  }

  /**
   * A walk from an item, an expression or a vector along a direction: `start + c along` for `steps` coefficients c from
   * `from` to `to`. Throws RangeError, NotFoundError, ExpressionError.
   *
   *   await space.walk("face + 0.6 * gender", { along: "age", from: -5, to: 2, steps: 10 })
   */
  async walk(start: Query, options: WalkOptions): Promise<Walk> {
    knownOptions("walk", options, ["along", "from", "to", "steps", "layers"]);
    this.#requireFlat("walk");
    const coefficients = coefficientsOf("walk", options);
    const [origin, direction] = [
      await this.#point(start, "walk"),
      await this.#point(options.along, "walk: along", true),
    ];
    return walkFrom("walk", origin, direction, coefficients, options.layers);
  }

  /**
   * A grid over two directions from an item, an expression or a vector: `start + c columns.along + r rows.along`. Throws
   * RangeError, NotFoundError, ExpressionError.
   *
   *   await space.walkGrid("face", { columns: { along: "age" }, rows: { along: "smile", from: -1, to: 2, steps: 4 } })
   */
  async walkGrid(start: Query, options: WalkGridOptions): Promise<WalkGrid> {
    knownOptions("walkGrid", options, ["columns", "rows", "layers"]);
    this.#requireFlat("walkGrid");
    for (const side of [options.columns, options.rows])
      knownOptions("walkGrid", side, ["along", "from", "to", "steps"]);
    const [columns, rows] = (["columns", "rows"] as const).map((name) => {
      const side = options[name];
      return coefficientsOf(`walkGrid: ${name}`, { ...side, steps: side.steps ?? 7 });
    });
    const origin = await this.#point(start, "walkGrid");
    const across = await this.#point(options.columns.along, "walkGrid: columns.along", true);
    const down = await this.#point(options.rows.along, "walkGrid: rows.along", true);
    const left = walkFrom("walkGrid", origin, down, rows, options.layers).vectors;
    const vectors = left.flatMap((first) => walkFrom("walkGrid", first, across, columns, options.layers).vectors);
    return { columns, rows, vectors };
  }

  /**
   * Points between two items, expressions or vectors, both included: along the straight line, or "spherical", with lengths
   * as they are on the way. 10 steps by default. `coefficients` run from 0 to 1.
   */
  async interpolate(a: Query, b: Query, options: InterpolateOptions = {}): Promise<Walk> {
    knownOptions("interpolate", options, ["steps", "method"]);
    this.#requireFlat("interpolate");
    const { steps = 10, method = "linear" } = options;
    wordOption("interpolate", "method", method, ["linear", "spherical"]);
    const coefficients = coefficientsOf("interpolate", { from: 0, to: 1, steps });
    const [x, y] = [await this.#point(a, "interpolate"), await this.#point(b, "interpolate: to")];
    return { coefficients, vectors: coefficients.map((t) => between(x, y, t, method)) };
  }

  /** Compares the files of a loaded space with their checksums, which reads them whole. Throws FormatError. */
  async verify(signal?: AbortSignal): Promise<void> {
    return this.#open().verify(signal);
  }

  /** Closes the files and gives back the memory. Await what is running first; the space can do no more afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const loading of [this.#encoder, this.#decoder]) {
      const loaded = await loading?.catch(() => undefined); // who asked for it was told
      await loaded?.close?.();
    }
    await this.#index.close();
    await this.#contents.close();
  }

  #open(): SpaceContents {
    if (this.#closed) throw new Error("the space is closed");
    return this.#contents;
  }

  async #lookup(): Promise<Lookup> {
    const [names, vectors] = await Promise.all([this.names(), this.vectors()]);
    return { names, vectors, directions: this.directions, warn: this.#warn };
  }

  /** A query as a point; with `asDirection` a name is a direction's where there are both. */
  async #point(query: Query, where: string, asDirection = false): Promise<Float64Array> {
    const lookup = await this.#lookup();
    const direction = asDirection && typeof query === "string" ? this.directions.get(query) : undefined;
    if (direction !== undefined) return Float64Array.from(direction.vector);
    const unit = this.geometry === "cosine";
    let vector: Float64Array;
    try {
      ({ vector } = locate(query, lookup, unit, where));
    } catch (error) {
      throw asDirection ? withDirections(error, this.directions) : error;
    }
    // items count by their directions alone there, as they do in expressions and when directions are learned
    return unit && typeof query === "string" && lookup.names.has(query) ? toUnit(vector) : vector;
  }

  /** What the method that made the space has in a table. Throws RangeError: the space has `none`. */
  #byMethod<T>(table: Readonly<Record<string, T>>, where: string, none: string): T {
    if (this.method !== null && Object.hasOwn(table, this.method)) return table[this.method];
    const made = this.method === null ? "of unknown method" : `made by ${this.method}`;
    throw new RangeError(`${where}: a space ${made} has ${none}`);
  }

  /** Straight lines and means are of flat spaces. */
  #requireFlat(where: string): void {
    if (isHyperbolic(this.geometry))
      throw new RangeError(`${where}: a flat space was needed; in geometry ${this.geometry} straight lines leave it`);
  }

  #metric(where: string, metric?: Metric): Metric {
    if (metric !== undefined) return wordOption(where, "metric", metric, metrics);
    if (isHyperbolic(this.geometry)) {
      throw new RangeError(
        `${where}: distances of geometry ${this.geometry} are not available; metric takes ${metrics.join(", ")}`,
      );
    }
    return this.geometry;
  }

  /** The rows that are nearer to `a` than item `b` is, in order, and the scores of all rows. */
  async #nearerThan(
    a: Query,
    b: string,
    where: string,
    signal?: AbortSignal,
  ): Promise<{ rows: number[]; values: Float64Array }> {
    const lookup = await this.#lookup();
    const metric = this.#metric(where);
    const point = locate(a, lookup, metric === "cosine", where);
    const target = rowOf(b, lookup, where);
    const [values] = await scores(lookup.vectors, [point.vector], metric, signal);
    const own = new Set(point.rows);
    const rows: number[] = [];
    for (let row = 0; row < values.length; row++) if (values[row] > values[target] && !own.has(row)) rows.push(row);
    return { rows, values };
  }
}

function isQuery(query: Query | readonly Query[]): query is Query {
  // what is no array is taken for one query, which `locate` refuses by name where it is none
  return !Array.isArray(query) || typeof query[0] === "number";
}

/** Sums and multiples of points leave a curved space, so that only items and points of the space can be asked for. */
function requireHyperbolicPoint(query: Query, names: Names, geometry: "poincare" | "lorentz"): void {
  if (typeof query !== "string") {
    const wrong = Array.isArray(query) || ArrayBuffer.isView(query) ? notAPoint(geometry, query) : null;
    if (wrong !== null) throw new RangeError(`near: geometry ${geometry} needs ${wrong}`);
  } else if (!names.has(query)) {
    const parsed = linearCombination(parseExpression(query));
    if (parsed.length === 1 && parsed[0].weight === 1) return; // a quoted name, or one that locate does not find
    throw new RangeError(`near: in geometry ${geometry} sums of items have no meaning; ask for an item or a vector`);
  }
}

function isNameSet(value: Query | readonly string[]): value is readonly string[] {
  return Array.isArray(value) && typeof value[0] === "string";
}

/** The mean of items; with `unit` each is scaled to length 1 first. */
function mean(names: readonly string[], lookup: Lookup, unit: boolean, where: string): Float64Array {
  const terms = names.map((name) => ({ name, scope: "item" as const, weight: 1 / names.length }));
  return combine(terms, lookup, unit, where).vector;
}
