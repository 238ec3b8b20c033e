import type { Column } from "../formats/table.js";
import { type JsonObject, toJson } from "../io/json.js";
import { Names } from "../io/names.js";
import { booleanOption, integerOption, knownOptions, wordOption } from "../io/options.js";
import { memorySource, type Source } from "../io/source.js";
import { checkFilm, Film, type FilmData } from "./film.js";
import { type Direction, type Geometry, geometries, type SpaceInfo } from "./manifest.js";
import { checkRelations, type Relations } from "./relations.js";
import { checkThumbnails, type ThumbnailData, Thumbnails } from "./thumbnails.js";
import { Vectors } from "./vectors.js";

/** Numbers of a space besides its vectors, such as GloVe's contexts; float32, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  /** All numbers; a new array where they come from a file, which `pieces` spares. */
  read(): Promise<Float32Array>;
  /** The bytes, little-endian. */
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A file that a space hands on as it is. */
export interface OpaqueFile {
  extension: string;
  source: Source;
  /** Compares the file with its checksum. Throws FormatError. */
  verify(): Promise<void>;
}

/** Relations in memory, or still on disk. */
export interface KeptRelations {
  readonly directed: boolean;
  read(): Promise<Relations>;
  /** The file that holds them, to be copied when the space is saved. */
  readonly file?: OpaqueFile;
}

/** What a space consists of: in memory, or still on disk and read when first asked for. */
export interface SpaceContents {
  readonly info: SpaceInfo;
  readonly items: number;
  readonly dimensions: number;
  names(): Promise<Names>;
  /** Columns of the items besides their names; the map is the space's own and may be changed by it. */
  columns(): Promise<Map<string, Column>>;
  vectors(): Promise<Vectors>;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Edges between the items; null where there are none. */
  relations: KeptRelations | null;
  /** Small pictures of the items; null where there are none. */
  thumbnails: Thumbnails | null;
  /** Places of the items while the space was made; null where none were kept. */
  readonly film: Film | null;
  /** Files that other parts of the package put there, by role. */
  readonly otherFiles: ReadonlyMap<string, OpaqueFile>;
  verify(signal?: AbortSignal): Promise<void>;
  /** Closes files and gives back the vectors' memory. */
  close(): Promise<void>;
}

/** What `Space.from` takes. */
export interface SpaceData {
  /** Unique names in the order of the rows. */
  names: Names | Iterable<string>;
  /** The vectors; an array is [N, D], row-major, and is copied. A `Vectors` or `Names` is the space's own from then on. */
  vectors: Vectors | Float32Array;
  /** D; needed only where there are no items. */
  dimensions?: number;
  /** What the items are; "things" by default. */
  kind?: string;
  /** What "near" means; "cosine" by default. */
  geometry?: Geometry;
  /** Values by item, such as counts; each as long as the names. */
  columns?: ReadonlyMap<string, Column> | Readonly<Record<string, Column>>;
  /** ONNX files: from a thing to its vector, and back. */
  models?: { encoder?: Uint8Array; decoder?: Uint8Array };
  /** Further float32 numbers, such as what the method needs to embed new things. */
  tensors?: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;
  method?: string;
  /** Options of the method: JSON values. */
  options?: object;
  seed?: number;
  /** Threads, where the result depends on their number. */
  threads?: number;
  /** Whether the last bits depend on the machine. */
  fast?: boolean;
  fingerprint?: string;
  /** Figures measured when the space was made: JSON values. */
  metrics?: object;
  directions?: ReadonlyMap<string, Direction> | Readonly<Record<string, Direction>>;
  /** Edges between the items, by row; the space's own from then on. */
  relations?: Relations;
  /** Small pictures of the items, by row. */
  thumbnails?: ThumbnailData;
  /** Places of the items while the space was made, by epoch. */
  film?: FilmData;
}

const knownData = [
  ...[
    "names",
    "vectors",
    "dimensions",
    "kind",
    "geometry",
    "columns",
    "tensors",
    "models",
    "method",
    "options",
    "seed",
    "threads",
  ],
  ...["fast", "fingerprint", "metrics", "directions", "relations", "thumbnails", "film"],
];
const where = "Space.from";

/** The contents of a space that is made in memory; everything is checked. Throws RangeError or TypeError. */
export function contentsFrom(data: SpaceData): SpaceContents {
  knownOptions(where, data, knownData);
  const names = data.names instanceof Names ? data.names : Names.from(data.names, where);
  const vectors = takeVectors(data, names.length);
  const columns = takeColumns(data.columns, names.length);
  const tensors = takeTensors(data.tensors ?? {});
  const { relations = null, thumbnails, film } = data;
  if (relations !== null) checkRelations(where, relations, names.length);
  if (thumbnails !== undefined) checkThumbnails(where, thumbnails, names.length);
  if (film !== undefined) checkFilm(where, film, names.length);
  return {
    info: takeInfo(data, vectors.dimensions),
    items: names.length,
    dimensions: vectors.dimensions,
    names: async () => names,
    columns: async () => columns,
    vectors: async () => vectors,
    tensors,
    relations: keptInMemory(relations),
    thumbnails: thumbnails === undefined ? null : Thumbnails.from(thumbnails),
    film: film === undefined ? null : Film.from(film),
    otherFiles: takeModels(data.models),
    verify: async () => {},
    close: () => vectors.whenIdle(() => vectors.close()),
  };
}

export function keptInMemory(relations: Relations | null): KeptRelations | null {
  return relations === null ? null : { directed: relations.directed, read: async () => relations };
}

function takeInfo(data: SpaceData, dimensions: number): SpaceInfo {
  return {
    kind: text("kind", data.kind) ?? "things",
    geometry: wordOption(where, "geometry", data.geometry ?? "cosine", geometries),
    method: text("method", data.method) ?? null,
    options: toJson(data.options ?? {}, `${where}: options`) as JsonObject,
    seed: data.seed === undefined ? null : integerOption(where, "seed", data.seed, 0),
    threads: data.threads === undefined ? null : integerOption(where, "threads", data.threads, 1),
    fast: booleanOption(where, "fast", data.fast ?? false),
    fingerprint: text("fingerprint", data.fingerprint) ?? null,
    metrics: toJson(data.metrics ?? {}, `${where}: metrics`) as JsonObject,
    directions: takeDirections(data.directions, dimensions),
    directed: data.relations?.directed ?? null,
    thumbnails: null, // those of the contents count, and its film
    film: null,
  };
}

function text(name: string, value: string | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`${where}: ${name} must be a string, got ${typeof value}`);
}

function takeVectors({ vectors, dimensions }: SpaceData, items: number): Vectors {
  if (vectors instanceof Vectors) {
    if (vectors.length === items && (dimensions === undefined || dimensions === vectors.dimensions)) return vectors;
    throw new RangeError(`${where}: ${items} vectors were needed, one a name, got ${vectors.length}`);
  }
  const width = dimensions ?? vectors.length / items;
  if (!Number.isInteger(width) || width < 1 || width * items !== vectors.length) {
    const needed = dimensions === undefined ? `a multiple of ${items} numbers` : `${items} x ${dimensions} numbers`;
    throw new RangeError(`${where}: vectors must hold ${needed}, got ${vectors.length}`);
  }
  requireFinite(vectors, width, (row) => `${where}: the vector of row ${row}`);
  return Vectors.from(width, vectors);
}

/** Throws RangeError for the first number that is not finite; `what` names its row. */
export function requireFinite(numbers: ArrayLike<number>, width: number, what: (row: number) => string): void {
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isFinite(numbers[i])) {
      throw new RangeError(
        `${what(Math.floor(i / width))} must hold finite numbers, got ${numbers[i]} as number ${i % width}`,
      );
    }
  }
}

function takeColumns(columns: SpaceData["columns"], items: number): Map<string, Column> {
  const taken = new Map(entries(columns ?? {}));
  for (const [name, column] of taken) {
    if (name === "name") throw new RangeError(`${where}: a column cannot be called name, which the names are`);
    if (column.length !== items) {
      throw new RangeError(`${where}: column ${JSON.stringify(name)} must have ${items} values, got ${column.length}`);
    }
  }
  return taken;
}

function takeTensors(tensors: NonNullable<SpaceData["tensors"]>): Map<string, Tensor> {
  const taken = new Map<string, Tensor>();
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const label = `${where}: tensor ${JSON.stringify(name)}`;
    if (name === "vectors") throw new RangeError(`${label}: the vectors themselves have this name`);
    shape.forEach((length, axis) => {
      integerOption(where, `tensor ${JSON.stringify(name)} shape[${axis}]`, length, 0);
    });
    const numbers = shape.reduce((product, length) => product * length, 1);
    if (numbers !== data.length) {
      throw new RangeError(`${label} of shape [${shape.join(", ")}] must hold ${numbers} numbers, got ${data.length}`);
    }
    const bytes = () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    taken.set(name, { shape, read: async () => data, pieces: () => [bytes()] });
  }
  return taken;
}

/** The parts of a space that are ONNX files. */
export const modelRoles = ["encoder", "decoder"] as const;
export type ModelRole = (typeof modelRoles)[number];

function takeModels(models: SpaceData["models"] = {}): Map<string, OpaqueFile> {
  knownOptions(`${where}: models`, models, modelRoles);
  const taken = new Map<string, OpaqueFile>();
  for (const role of modelRoles) {
    const bytes = models[role];
    if (bytes === undefined) continue;
    taken.set(role, { extension: "onnx", source: memorySource(bytes, `<${role}>`), verify: async () => {} });
  }
  return taken;
}

function takeDirections(directions: SpaceData["directions"], dimensions: number): Map<string, Direction> {
  const taken = new Map<string, Direction>();
  for (const [name, { vector, metrics }] of entries(directions ?? {})) {
    const label = `${where}: direction ${JSON.stringify(name)}`;
    if (name === "__proto__") throw new RangeError(`${label}: this name is reserved`);
    if (vector.length !== dimensions) {
      throw new RangeError(`${label} must have ${dimensions} numbers, got ${vector.length}`);
    }
    const copy = Float32Array.from(vector);
    requireFinite(copy, dimensions, () => label);
    taken.set(name, { vector: copy, metrics: toJson(metrics ?? {}, `${label}: metrics`) as JsonObject });
  }
  return taken;
}

function entries<T>(values: ReadonlyMap<string, T> | Readonly<Record<string, T>>): Iterable<[string, T]> {
  return values instanceof Map ? values.entries() : Object.entries(values);
}
