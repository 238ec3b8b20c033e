import { FormatError } from "../../io/errors.js";
import { integerOption, knownOptions } from "../../io/options.js";
import type { TaskOptions } from "../../io/progress.js";
import type { Source } from "../../io/source.js";
import { forgetMemory, type Pool, sharedPool } from "../../kernels/pool.js";
import type { Geometry } from "../manifest.js";
import type { Neighbors } from "../search.js";
import type { Vectors } from "../vectors.js";
import { beamSearch } from "./beam-search.js";
import { insertItems } from "./build.js";
import { paddedQuery, scorer } from "./exact-score.js";
import { placeLists, readIndexHeader, readLists, writeIndex } from "./index-file.js";
import { IndexMemory } from "./memory.js";
import { repair } from "./repair.js";
import { fillRows, fingerprintOf } from "./rows.js";
import { checkIndexOptions, type IndexOptions, type IndexSettings, indexOptionNames, widestBeam } from "./settings.js";

export interface BuildIndexOptions extends IndexOptions, TaskOptions {
  /** What near means; "cosine" by default. */
  geometry?: Geometry;
  /** By default one a processor. The index's bytes do not depend on it. */
  threads?: number;
}

export interface IndexSearchOptions {
  /** How many of the nearest rows a query gets; default 10. */
  count?: number;
  /** Width of the beam: more is slower and finds more; at least `count`. Default 64. */
  ef?: number;
  /** Rows that may not be found, a list a query. */
  exclude?: readonly Iterable<number>[];
  /** Whether a row may be found; a beam of `ef` rows is searched, whether or not they may. By default all may. */
  allowed?: (row: number) => boolean;
  pool?: Pool;
  signal?: AbortSignal;
}

export const defaultEf = 64;

/** Found in full numbers, this many more are compared once more, since the index's sums round elsewhere. */
const spare = 6;
/** Found in a smaller copy, so many times as many are compared with the vectors themselves. */
const spareFactor = 4;

/**
 * Approximate neighbors among vectors, by hierarchical navigable small worlds (`IndexOptions` says which). For a seed and
 * settings the index has the same bytes with any number of threads. It keeps a copy of the rows, as its distances want
 * them: of length 1 for the cosine; for inner products with one number more, sqrt(max |x|^2 - |x|^2), that makes all
 * equally long (Bachrach et al. 2014, https://doi.org/10.1145/2645710.2645741); hyperbolic distances in a monotone form.
 */
export class HnswIndex {
  readonly settings: IndexSettings;
  /** Items that no walk from the entry would have reached, had they not been linked once more; of the last build or `add`. */
  unreached = 0;
  readonly #vectors: Vectors;
  #memory: IndexMemory;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(vectors: Vectors, memory: IndexMemory) {
    this.settings = memory.settings;
    this.#vectors = vectors;
    this.#memory = memory;
  }

  /**
   * Builds the index of all rows. Throws RangeError for options, and for vectors that the geometry or precision cannot
   * take; ResourceError where memory does not suffice; the signal's reason when aborted.
   */
  static async build(vectors: Vectors, options: BuildIndexOptions = {}): Promise<HnswIndex> {
    const where = "buildIndex";
    knownOptions(where, options, [...indexOptionNames, "geometry", "threads", "signal", "onProgress"]);
    const settings = { ...checkIndexOptions(where, options), geometry: options.geometry ?? "cosine" };
    if (settings.precision === "i8")
      integerOption(where, "dimensions with precision i8", vectors.dimensions, 1, 2 ** 17 - 1);
    options.signal?.throwIfAborted();
    const index = new HnswIndex(vectors, new IndexMemory(settings, vectors.dimensions, vectors.length));
    try {
      await index.add(options);
    } catch (error) {
      index.close();
      throw error;
    }
    return index;
  }

  /**
   * Reads the index of the first rows of these vectors. Throws FormatError where the file is damaged ("header", "number",
   * "truncated", ...) or belongs to other vectors ("checksum").
   */
  static async read(source: Source, vectors: Vectors): Promise<HnswIndex> {
    const header = await readIndexHeader(source);
    const { items, dimensions, settings } = header;
    const other = (what: string) =>
      new FormatError(
        "checksum",
        { file: source.name },
        `this index belongs to other vectors (${what}); build it anew with thing2vec index`,
      );
    if (dimensions !== vectors.dimensions) throw other(`of ${dimensions} numbers, these have ${vectors.dimensions}`);
    if (items > vectors.length) throw other(`${items} of them, there are ${vectors.length}`);
    const lists = await readLists(source, header);
    if ((await fingerprintOf(vectors, items)) !== header.fingerprint) throw other("their fingerprints differ");
    const memory = new IndexMemory(settings, dimensions, items);
    fillRows(memory, vectors, 0, items);
    placeLists(memory, lists);
    return new HnswIndex(vectors, memory);
  }

  /** Number of items that it holds. */
  get length(): number {
    return this.#memory.length;
  }

  /** Bytes of its memory, working space included. */
  get bytes(): number {
    return this.#memory.memory.buffer.byteLength;
  }

  /**
   * Adds the rows that were added to the vectors since. The bytes then depend on how many were added at which time; a new
   * index has those of its settings. Throws RangeError for a row that cannot be added, such as one longer than all to which
   * inner products are fitted; what was added before it stays.
   */
  async add(options: TaskOptions & { threads?: number } = {}): Promise<void> {
    const { signal, onProgress } = options;
    const pool = sharedPool({ threads: options.threads });
    await this.#exclusive(async () => {
      const [from, to] = [this.length, this.#vectors.length];
      if (from === to && from > 0) return;
      if (to > this.#memory.capacity) {
        const smaller = this.#memory;
        this.#memory = smaller.withCapacity(Math.max(to, Math.ceil(smaller.capacity * 1.25)));
        forgetMemory(smaller.memory);
      }
      fillRows(this.#memory, this.#vectors, from, to);
      await insertItems(this.#memory, to, { pool, signal, onProgress });
      this.unreached = repair(this.#memory);
    });
  }

  /**
   * The nearest rows that a beam finds for each of Q queries [Q, D], with the scores of `search` (for hyperbolic
   * geometries minus the monotone form), best first, among equals the lower row. Fewer than `count` are found where the
   * beam met no more that may be.
   */
  async search(queries: Float32Array, options: IndexSearchOptions = {}): Promise<Neighbors> {
    knownOptions("index.search", options, ["count", "ef", "exclude", "allowed", "pool", "signal"]);
    const { exclude, allowed, pool = sharedPool(), signal } = options;
    const count = integerOption("index.search", "count", options.count ?? 10, 1);
    const wanted = integerOption("index.search", "ef", options.ef ?? defaultEf, 1);
    const { dimensions } = this.#memory;
    const { geometry, precision } = this.settings;
    if (queries.length % dimensions !== 0) {
      throw new RangeError(`index.search: queries of ${dimensions} numbers are needed, got ${queries.length} numbers`);
    }
    const total = queries.length / dimensions;
    if (exclude !== undefined && exclude.length !== total) {
      throw new RangeError(`index.search: exclude must hold a list a query, ${total}, got ${exclude.length}`);
    }
    const wrong = queries.findIndex((x) => !Number.isFinite(x));
    if (wrong >= 0) throw new RangeError(`index.search: queries must be finite numbers, got ${queries[wrong]}`);
    const excluded = exclude?.map((rows) => new Set(rows));
    const mostExcluded = excluded?.reduce((most, rows) => Math.max(most, rows.size), 0) ?? 0;
    const compared = precision === "f32" ? count + spare : count * spareFactor;
    const rows = new Uint32Array(total * count).fill(2 ** 32 - 1);
    const scores = new Float32Array(total * count).fill(Number.NEGATIVE_INFINITY);
    const found = new Uint32Array(total);
    await this.#exclusive(async () => {
      const memory = this.#memory;
      if (memory.length === 0) return;
      const ef = Math.min(Math.max(wanted, compared + mostExcluded), Math.max(memory.length, 1), widestBeam);
      const score = scorer(this.#vectors, geometry);
      const candidates: { row: number; score: number }[] = [];
      const take = (q: number, words: Uint32Array, at: number, size: number) => {
        const query = paddedQuery(
          queries.subarray(q * dimensions, (q + 1) * dimensions),
          this.#vectors.stride,
          geometry,
        );
        candidates.length = 0;
        for (let k = 0; k < size && candidates.length < compared; k++) {
          const row = words[at + 2 * k];
          if (excluded?.[q].has(row) || (allowed !== undefined && !allowed(row))) continue;
          candidates.push({ row, score: score(row, query) });
        }
        candidates.sort((a, b) => b.score - a.score || a.row - b.row);
        found[q] = Math.min(count, candidates.length);
        for (let k = 0; k < found[q]; k++) {
          rows[q * count + k] = candidates[k].row;
          scores[q * count + k] = candidates[k].score;
        }
      };
      await beamSearch(memory, queries, ef, pool, take, signal);
    });
    return { rows, scores, found };
  }

  /** Writes the index whole and synced. */
  async write(path: string): Promise<void> {
    await this.#exclusive(async () => {
      await writeIndex(path, this.#memory, await fingerprintOf(this.#vectors, this.length));
    });
  }

  /** Gives the memory back, as soon as garbage is collected. */
  close(): void {
    forgetMemory(this.#memory.memory);
  }

  /** Runs `work` when the work before it has ended. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
