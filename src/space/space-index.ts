import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import { sharedPool } from "../kernels/pool.js";
import type { SpaceContents } from "./contents.js";
import { type ExactSearchOptions, exactSearch } from "./exact-search.js";
import type { SearchReport } from "./hnsw/filtered-search.js";
import type { BuildIndexOptions, HnswIndex } from "./hnsw/hnsw-index.js";
import type { Recall } from "./hnsw/recall.js";
import type { Geometry } from "./manifest.js";
import type { Neighbors } from "./search.js";
import type { Vectors } from "./vectors.js";

/** The role of an index among the files of a space. */
export const indexRole = "index";

/**
 * Numbers in a space from which on beams beat scans: at 50,000 x 100 a query takes .3 ms by index and 1 ms exactly, at
 * 20,000 x 100 .2 and .3 ms, below that nothing is gained.
 */
const leastNumbers = 4_000_000;
/** A beam of ef meets some 16 ef items, so that a scan of no more costs no more. */
const metPerEf = 16;
/** Reading an index from its file takes as long as so many exact searches. */
const searchesPerLoad = 100;

export interface RecallOptions {
  /** How many of the nearest are looked for; 10 by default. */
  count?: number;
  /** Width of the beams; 64 by default. */
  ef?: number;
  /** Items that are asked for, chosen by the seed; 200 by default. */
  queries?: number;
  /** Default 1. */
  seed?: number;
  threads?: number;
  signal?: AbortSignal;
}

/** Which way a search shall go. */
export interface SearchWay {
  exact?: boolean;
  ef?: number;
  onSearch?: (report: SearchReport) => void;
}

/**
 * The index of a space: built here, or in a file beside the vectors, which is read when it is worth that. Rows that were
 * added to the space are added to the index before it is used again.
 */
export class SpaceIndex {
  readonly #contents: SpaceContents;
  readonly #warn: (message: string) => void;
  /** undefined: as on file; null: there is none. */
  #index: Promise<HnswIndex | null> | undefined;
  /** Queries that were answered exactly while the index lay in its file. */
  #asked = 0;

  constructor(contents: SpaceContents, warn: (message: string) => void) {
    this.#contents = contents;
    this.#warn = warn;
  }

  /** The index, with all rows; null where there is none, or where rows were added that it cannot take. Throws FormatError. */
  async current(threads?: number, signal?: AbortSignal): Promise<HnswIndex | null> {
    this.#index ??= this.#read();
    const index = await this.#index;
    const vectors = await this.#contents.vectors();
    if (index === null || index.length === vectors.length) return index;
    try {
      await index.add({ threads, signal });
      return index;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#warn(`${error.message}; until then every item is compared`);
      return null;
    }
  }

  /** Whether there is an index, read or not. */
  get isPresent(): boolean {
    return this.#index === undefined ? this.#contents.otherFiles.has(indexRole) : this.#isKept;
  }

  #isKept = false;

  /** Builds an index in the place of an older one, which answers until then. */
  async build(options: BuildIndexOptions): Promise<HnswIndex> {
    const { HnswIndex } = await import("./hnsw/hnsw-index.js");
    const index = await HnswIndex.build(await this.#contents.vectors(), options);
    this.#index = Promise.resolve(index);
    this.#isKept = true;
    return index;
  }

  /** Leaves the space without an index. */
  remove(): void {
    this.#index = Promise.resolve(null);
    this.#isKept = false;
  }

  /** The nearest rows, exactly or by the index, which is for the geometry `indexed`; see `NearOptions`. */
  async search(
    vectors: Vectors,
    queries: Float32Array,
    options: ExactSearchOptions,
    indexed: Geometry,
    { exact, ef, onSearch }: SearchWay,
  ): Promise<Neighbors> {
    const index = await this.#choose(vectors, queries.length / vectors.dimensions, options, indexed, exact, ef);
    if (index === null) {
      const neighbors = await exactSearch(vectors, queries, options);
      onSearch?.({ method: "exact", ef: null, rescanned: 0 });
      return neighbors;
    }
    const { filteredSearch } = await import("./hnsw/filtered-search.js");
    const { geometry, ...rest } = options;
    const { neighbors, report } = await filteredSearch(index, vectors, queries, rest, geometry, ef);
    onSearch?.(report);
    return neighbors;
  }

  /** How much of the exact answers the index finds, for sampled items as queries, each without itself. */
  async recall(geometry: Geometry, options: RecallOptions): Promise<Recall> {
    const where = "estimateRecall";
    knownOptions(where, options, ["count", "ef", "queries", "seed", "threads", "signal"]);
    const index = await this.current(options.threads, options.signal);
    if (index === null) throw new RangeError(`${where}: an index was needed; buildIndex makes one`);
    const { estimateRecall } = await import("./hnsw/estimate-recall.js");
    return estimateRecall(index, await this.#contents.vectors(), geometry, options);
  }

  /** What `save` writes: the index with all rows, or null; undefined where the file is to be handed on as it is. */
  async toSave(items: number): Promise<HnswIndex | null | undefined> {
    if (this.#index === undefined && (!this.isPresent || items === this.#contents.items)) return undefined;
    return this.#usable();
  }

  async close(): Promise<void> {
    const index = await this.#index?.catch(() => null);
    index?.close();
  }

  async #read(): Promise<HnswIndex | null> {
    const file = this.#contents.otherFiles.get(indexRole);
    if (file === undefined) return null;
    this.#isKept = true;
    const { HnswIndex } = await import("./hnsw/hnsw-index.js");
    try {
      await file.verify();
      return await HnswIndex.read(file.source, await this.#contents.vectors());
    } catch (error) {
      if (!(error instanceof FormatError) || error.place.file !== file.source.name) throw error;
      const message = "the index is damaged or of other vectors; buildIndex (thing2vec index) makes it anew";
      throw new FormatError(error.code, error.place, `${message}: ${error.message}`, { cause: error });
    }
  }

  async #choose(
    vectors: Vectors,
    queries: number,
    { count = 10, geometry, pool = sharedPool(), signal }: ExactSearchOptions,
    indexed: Geometry,
    exact: boolean | undefined,
    ef: number | undefined,
  ): Promise<HnswIndex | null> {
    if (ef !== undefined) {
      integerOption("near", "ef", ef, 1);
      if (exact === true) throw new RangeError("near: ef is the width of approximate search, and exact was asked for");
    }
    if (exact === true) return null;
    if (exact === false) {
      if (!this.isPresent)
        throw new RangeError("near: approximate search needs an index; buildIndex makes one (thing2vec index)");
      if (geometry !== indexed)
        throw new RangeError(`near: the index is for metric ${indexed}, got ${geometry}; ask exactly for that`);
      return this.current(pool.threads, signal);
    }
    if (!this.isPresent || geometry !== indexed) return null;
    const items = vectors.length;
    if (items * vectors.dimensions < leastNumbers || metPerEf * Math.max(ef ?? 64, count) > items) return null;
    if (this.#index === undefined && ef === undefined) {
      this.#asked += queries;
      if (this.#asked < searchesPerLoad) return null;
    }
    return this.#usable(pool.threads, signal);
  }

  /** The index, or null with a warning where its file is damaged. */
  async #usable(threads?: number, signal?: AbortSignal): Promise<HnswIndex | null> {
    try {
      return await this.current(threads, signal);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#warn(error.message);
      return null;
    }
  }
}
