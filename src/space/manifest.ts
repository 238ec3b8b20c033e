import { FormatError } from "../io/errors.js";
import { type JsonObject, type JsonValue, parseJson } from "../io/json.js";
import { type FilmLayout, faultOfAxes, faultOfEpochs, filmRole } from "./film.js";
import { largestThumbnail, sheetRole, sheetsOf, type ThumbnailLayout } from "./thumbnails.js";

/** What "near" means in a space. Spaces of the last two are made by later methods. */
export const geometries = ["euclidean", "cosine", "dot", "poincare", "lorentz"] as const;
export type Geometry = (typeof geometries)[number];

/** A named direction: moving an item along it changes one property, such as age. */
export interface Direction {
  /** [D], in units of the space's vectors. */
  vector: Float32Array;
  /** How far to believe it, such as its accuracy on held-out items. */
  metrics: JsonObject;
}

/** What a space says about itself. */
export interface SpaceInfo {
  /** What the items are: "words", "nodes", "images", ... */
  kind: string;
  geometry: Geometry;
  /** Method that made the vectors, null where unknown. */
  method: string | null;
  /** Options of the method. */
  options: JsonObject;
  seed: number | null;
  /** Threads, where the result depends on their number. */
  threads: number | null;
  /** Whether the last bits depend on the machine (`--fast`). */
  fast: boolean;
  /** Fingerprint of the data that the space was made of. */
  fingerprint: string | null;
  /** Figures measured when the space was made. */
  metrics: JsonObject;
  /** By name; the space's own, which adds to them. */
  directions: Map<string, Direction>;
  /** Whether the relations between the items have a direction; null where the space has none. */
  directed: boolean | null;
  /** How the small pictures of the items lie in their sheets; null where there are none. */
  thumbnails: ThumbnailLayout | null;
  /** What the frames of the space's film are; null where there is none. */
  film: FilmLayout | null;
}

/** A data file of a space on disk. */
export interface SpaceFile {
  /** `ROLE-GENERATION.EXTENSION`, in the space's folder. */
  name: string;
  /** Bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** The content of `space.json`. */
export interface Manifest extends SpaceInfo {
  /** Number of items, N. */
  items: number;
  /** Width of the vectors, D. */
  dimensions: number;
  /** Counts the saves; data files carry it in their names. */
  generation: number;
  /** By role: items, vectors, relations, state, encoder, ... */
  files: ReadonlyMap<string, SpaceFile>;
}

const format = "thing2vec space";
/** Version of the format that is written, and the newest that is read. */
export const formatVersion = 1;
/** Largest `space.json` that is read, in bytes. */
export const largestManifest = 64 * 2 ** 20;
const mostItems = 2 ** 32 - 1;

/** Whether a name in a space's folder is that of a data file of the role. Such names cannot leave the folder. */
export function isDataFile(name: string, role = "[a-z]+[0-9]{0,6}"): boolean {
  return new RegExp(`^${role}-[0-9]{1,15}\\.[a-z0-9]{1,20}$`).test(name);
}

export function printManifest({
  directions,
  files,
  generation,
  items,
  dimensions,
  thumbnails,
  film,
  ...info
}: Manifest): string {
  const document: JsonObject = {
    format,
    version: formatVersion,
    generation,
    items,
    dimensions,
    ...info,
    thumbnails: thumbnails === null ? null : { ...thumbnails },
    film: film === null ? null : { ...film, epochs: [...film.epochs], axes: [...film.axes] },
    directions: Object.fromEntries(
      [...directions].map(([name, { vector, metrics }]) => [name, { vector: Array.from(vector), metrics }]),
    ),
    files: Object.fromEntries([...files].map(([role, { name, size, sha256 }]) => [role, { name, size, sha256 }])),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Reads and checks `space.json`. `file` is its path, for messages. Throws FormatError. */
export function parseManifest(text: string, file: string): Manifest {
  const document = parseJson(text, file);
  const fields = new Fields(file, "", document);
  if (fields.string("format") !== format) throw fields.error(`format must be ${JSON.stringify(format)}`, "unsupported");
  const version = fields.integer("version", 1);
  if (version > formatVersion) {
    const message = `this space has format version ${version}, this program reads up to ${formatVersion}; a newer thing2vec opens it`;
    throw fields.error(message, "unsupported");
  }
  const dimensions = fields.integer("dimensions", 1, 2 ** 24);
  const manifest: Manifest = {
    generation: fields.integer("generation", 1, 1e15 - 1),
    items: fields.integer("items", 0, mostItems),
    dimensions,
    kind: fields.string("kind"),
    geometry: fields.word("geometry", geometries),
    method: fields.nullable("method", (name) => fields.string(name)),
    options: fields.object("options"),
    seed: fields.nullable("seed", (name) => fields.integer(name, 0)),
    threads: fields.nullable("threads", (name) => fields.integer(name, 1)),
    fast: fields.boolean("fast"),
    fingerprint: fields.nullable("fingerprint", (name) => fields.string(name)),
    metrics: fields.object("metrics"),
    directions: readDirections(file, fields.object("directions"), dimensions),
    directed: fields.has("directed") ? fields.nullable("directed", (name) => fields.boolean(name)) : null,
    thumbnails: fields.has("thumbnails")
      ? fields.nullable("thumbnails", (name) => readThumbnails(file, fields.object(name)))
      : null,
    film: fields.has("film") ? fields.nullable("film", (name) => readFilmLayout(file, fields.object(name))) : null,
    files: readFiles(file, fields.object("files")),
  };
  fields.nothingElse();
  if (manifest.files.has("relations") !== (manifest.directed !== null)) {
    throw fields.error("directed must be true or false where there are relations, and null where there are none");
  }
  const { thumbnails } = manifest;
  const sheets = [...manifest.files.keys()].filter((role) => role.startsWith("thumbnails")).length;
  const needed = thumbnails === null ? 0 : sheetsOf(thumbnails);
  if (sheets !== needed || (needed > 0 && !manifest.files.has(sheetRole(needed - 1)))) {
    throw fields.error(`thumbnails: ${needed} sheets of pictures were needed, files has ${sheets}`);
  }
  if (thumbnails !== null && thumbnails.items > manifest.items) {
    throw fields.error(`thumbnails: ${thumbnails.items} pictures of ${manifest.items} items`);
  }
  const { film } = manifest;
  if (manifest.files.has(filmRole) !== (film !== null)) {
    throw fields.error("film must say what the frames are where files has a film, and be null where it has none");
  }
  if (film !== null && film.items > manifest.items) {
    throw fields.error(`film: places of ${film.items} items, there are ${manifest.items}`);
  }
  return manifest;
}

function readFilmLayout(file: string, layout: JsonObject): FilmLayout {
  const fields = new Fields(file, "film: ", layout);
  const [epochs, axes] = [fields.list("epochs"), fields.list("axes")];
  const wrong = faultOfEpochs(epochs) ?? faultOfAxes(axes);
  if (wrong !== null) throw fields.error(wrong);
  const read: FilmLayout = {
    epochs: epochs as number[],
    dimensions: fields.integer("dimensions", axes.length, axes.length) as 2 | 3,
    items: fields.integer("items", 0, mostItems),
    axes: axes as string[],
  };
  fields.nothingElse();
  return read;
}

function readThumbnails(file: string, layout: JsonObject): ThumbnailLayout {
  const fields = new Fields(file, "thumbnails: ", layout);
  const channels = fields.integer("channels", 1, 3);
  if (channels !== 1 && channels !== 3) throw fields.error(`channels must be 1 or 3, got ${channels}`);
  const read: ThumbnailLayout = {
    width: fields.integer("width", 1, largestThumbnail),
    height: fields.integer("height", 1, largestThumbnail),
    channels,
    columns: fields.integer("columns", 1, 2 ** 16),
    rows: fields.integer("rows", 1, 2 ** 16),
    items: fields.integer("items", 0, mostItems),
  };
  fields.nothingElse();
  return read;
}

function readDirections(file: string, directions: JsonObject, dimensions: number): Map<string, Direction> {
  const result = new Map<string, Direction>();
  for (const name of Object.keys(directions)) {
    const fields = new Fields(file, `directions.${name}: `, directions[name]);
    const vector = fields.numbers("vector", dimensions);
    result.set(name, { vector: Float32Array.from(vector), metrics: fields.object("metrics") });
    fields.nothingElse();
  }
  return result;
}

function readFiles(file: string, files: JsonObject): Map<string, SpaceFile> {
  const result = new Map<string, SpaceFile>();
  for (const role of Object.keys(files)) {
    const fields = new Fields(file, `files.${role}: `, files[role]);
    const name = fields.string("name");
    if (!/^[a-z]{1,40}[0-9]{0,6}$/.test(role) || !isDataFile(name, role)) {
      throw fields.error(
        `name must be ROLE-GENERATION.EXTENSION, in the same folder, got ${JSON.stringify(name.slice(0, 200))}`,
      );
    }
    const sha256 = fields.string("sha256");
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw fields.error("sha256 must be 64 hexadecimal digits");
    result.set(role, { name, size: fields.integer("size", 0), sha256 });
    fields.nothingElse();
  }
  for (const role of ["items", "vectors"]) {
    if (!result.has(role)) throw new FormatError("header", { file }, `files.${role} is missing`);
  }
  return result;
}

/** The members of a JSON object, each checked as it is taken. */
class Fields {
  readonly #file: string;
  readonly #where: string;
  readonly #rest: Map<string, JsonValue>;

  constructor(file: string, where: string, value: JsonValue) {
    this.#file = file;
    this.#where = where;
    if (!isObject(value)) throw this.error("an object was needed");
    this.#rest = new Map(Object.entries(value));
  }

  error(message: string, code: FormatError["code"] = "header"): FormatError {
    return new FormatError(code, { file: this.#file }, this.#where + message);
  }

  /** Fields that were not there from the first may be missing. */
  has(name: string): boolean {
    return this.#rest.has(name);
  }

  string(name: string): string {
    return this.#take(name, "a string", (value) => typeof value === "string");
  }

  boolean(name: string): boolean {
    return this.#take(name, "true or false", (value) => typeof value === "boolean");
  }

  object(name: string): JsonObject {
    return this.#take(name, "an object", isObject);
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const fits = (value: JsonValue): value is number =>
      Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
    return this.#take(name, `an integer from ${least} to ${most}`, fits);
  }

  word<T extends string>(name: string, words: readonly T[]): T {
    return this.#take(name, `one of ${words.join(", ")}`, (value): value is T => words.includes(value as T));
  }

  numbers(name: string, length: number): number[] {
    const fits = (value: JsonValue): value is number[] =>
      Array.isArray(value) &&
      value.length === length &&
      value.every((element) => typeof element === "number" && Number.isFinite(Math.fround(element)));
    return this.#take(name, `${length} numbers`, fits);
  }

  list(name: string): JsonValue[] {
    return this.#take(name, "a list", (value): value is JsonValue[] => Array.isArray(value));
  }

  nullable<T>(name: string, take: (name: string) => T): T | null {
    if (this.#rest.get(name) !== null) return take(name);
    this.#rest.delete(name);
    return null;
  }

  nothingElse(): void {
    const [name] = this.#rest.keys();
    if (name !== undefined) throw this.error(`there is no field ${JSON.stringify(name.slice(0, 200))}`);
  }

  #take<T extends JsonValue>(name: string, what: string, fits: (value: JsonValue) => value is T): T {
    const value = this.#rest.get(name);
    if (value === undefined) throw this.error(`${name} is missing`);
    if (!fits(value))
      throw this.error(`${name} must be ${what}, got ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}`);
    this.#rest.delete(name);
    return value;
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
