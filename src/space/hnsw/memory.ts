import { ResourceError } from "../../io/errors.js";
import {
  hnswBatch,
  hnswForms,
  hnswMetrics,
  hnswQueryBytes,
  hnswRowBytes,
  hnswScratch,
  hnswTask,
} from "../../kernels/hnsw-task.js";
import { createMemory, type KernelFunctions, kernelOver, largestMemory, pageBytes } from "../../kernels/kernel.js";
import { type IndexSettings, levelsOf, measures } from "./settings.js";

/** Most lists of all layers that the items of a batch have; any one item has far fewer. */
export const mostBatchLists = 2 * hnswBatch;

/** Hands out consecutive pieces of a memory, each aligned to 16. */
class Places {
  end: number;

  constructor(from: number) {
    this.end = from;
  }

  take(bytes: number): number {
    const at = this.end;
    this.end += Math.ceil(bytes / 16) * 16;
    return at;
  }
}

/** What one thread works in: the byte offset of its record (see `hnswScratch`). */
type Scratch = number;

/**
 * The memory of an index: the kernel's record, the rows' copy, the lists, and behind them working space. Layers follow
 * from seed and number, so those of all items for which there is room stand from the start, and with them their lists.
 */
export class IndexMemory {
  readonly settings: IndexSettings;
  /** Width D of the vectors, and of the rows: one more where they are extended. */
  readonly dimensions: number;
  readonly width: number;
  readonly capacity: number;
  readonly memory: WebAssembly.Memory;
  /** Bytes of a row. */
  readonly stride: number;
  /** Bytes of a vector on its way to a row. */
  readonly stagingStride: number;
  /** u8 and u32 [capacity]: each item's highest layer, and how many lists above layer 0 the items before it have. */
  readonly levels: Uint8Array;
  readonly offsets: Uint32Array;
  /** Items that are there. */
  length = 0;
  /** Bytes up to the working space. */
  readonly #fixed: number;
  readonly #at: { rows: number; links: number; upper: number };
  #scratch: Scratch[] = [];
  #scratchBeam = 0;
  #workEnd: number;

  constructor(settings: IndexSettings, dimensions: number, capacity: number) {
    const { metric, unit, extended } = measures[settings.geometry];
    const { m, efConstruction, precision } = settings;
    this.settings = settings;
    this.dimensions = dimensions;
    this.width = dimensions + (extended ? 1 : 0);
    this.capacity = capacity;
    this.stagingStride = Math.ceil(this.width / 4) * 16;
    const { numbers, stride } = hnswRowBytes(this.width, precision, metric);
    this.stride = stride;
    const levels = levelsOf(settings, 0, capacity);
    const offsets = new Uint32Array(capacity);
    let blocks = 0;
    levels.forEach((level, item) => {
      offsets[item] = blocks;
      blocks += level;
    });

    const places = new Places(hnswTask.bytes);
    const rows = places.take(capacity * stride);
    const links = places.take(capacity * (8 * m + 4));
    const upper = places.take(blocks * (4 * m + 4));
    const offsetsAt = places.take(4 * capacity);
    const levelsAt = places.take(capacity);
    const marks = places.take(4 * (capacity + blocks));
    const mostLists = mostBatchLists;
    const starts = places.take(4 * hnswBatch);
    const distances = places.take(4 * mostLists * m);
    const targets = places.take(8 * mostLists * m);
    const ends = places.take(4 * mostLists * m);
    const edges = places.take(8 * mostLists * m);
    this.#fixed = places.end;
    this.#workEnd = places.end;
    if (this.#fixed + 2 ** 24 > largestMemory) {
      throw new ResourceError(
        `index: ${capacity} items of ${dimensions} numbers need ${this.#fixed} bytes in one memory, which holds ${largestMemory}; precision "i8" takes a quarter`,
      );
    }
    try {
      this.memory = createMemory(this.#fixed, largestMemory);
    } catch (error) {
      throw new ResourceError(`index: the system gives no ${this.#fixed} bytes of memory`, { cause: error });
    }
    this.#at = { rows, links, upper };
    this.levels = levels;
    this.offsets = offsets;
    new Uint8Array(this.memory.buffer, levelsAt, capacity).set(levels);
    this.u32(offsetsAt, capacity).set(offsets);
    const fields: Partial<Record<keyof typeof hnswTask, number>> = {
      ...{ rows, stride, numbers, form: hnswForms[precision], metric: hnswMetrics[metric] },
      ...{
        dimensions: this.width,
        unit: unit ? 1 : 0,
        links,
        upper,
        offsets: offsetsAt,
        levels: levelsAt,
        capacity,
        m,
      },
      ...{ efConstruction, starts, distances, marks, targets, ends, edges },
    };
    for (const [name, value] of Object.entries(fields)) this.set(name as keyof typeof hnswTask, value);
  }

  /** The kernel on the calling thread. */
  get functions(): KernelFunctions {
    return kernelOver("hnsw", this.memory);
  }

  get(field: keyof typeof hnswTask): number {
    return new DataView(this.memory.buffer).getUint32(hnswTask[field], true);
  }

  set(field: keyof typeof hnswTask, value: number): void {
    new DataView(this.memory.buffer).setUint32(hnswTask[field], value, true);
  }

  /** The square of the length to which rows are extended; 0 where they are not. */
  get extend(): number {
    return new DataView(this.memory.buffer).getFloat64(hnswTask.extend, true);
  }

  set extend(squares: number) {
    new DataView(this.memory.buffer).setFloat64(hnswTask.extend, squares, true);
  }

  rowAt(item: number): number {
    return this.#at.rows + item * this.stride;
  }

  /** Where an item's list of a layer lies: a u32 that counts, then items. */
  listAt(layer: number, item: number): number {
    const { m } = this.settings;
    if (layer === 0) return this.#at.links + item * (8 * m + 4);
    return this.#at.upper + (this.offsets[item] + layer - 1) * (4 * m + 4);
  }

  u32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, length);
  }

  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  /** Each thread's own space for beams of up to `ef`, and the offset of `bytes` more that are whoever's turn it is. */
  workspace(threads: number, ef: number, bytes: number): { scratch: readonly Scratch[]; at: number } {
    if (this.#scratch.length < threads || this.#scratchBeam < ef) this.#placeScratch(threads, ef);
    this.#grow(this.#workEnd + bytes);
    return { scratch: this.#scratch, at: this.#workEnd };
  }

  #placeScratch(threads: number, ef: number): void {
    const { m } = this.settings;
    const count = Math.max(threads, this.#scratch.length);
    this.#scratchBeam = Math.max(ef, this.#scratchBeam, this.settings.efConstruction);
    const places = new Places(this.#fixed);
    const layouts = Array.from({ length: count }, () => ({
      record: places.take(hnswScratch.bytes),
      visited: places.take(2 * this.capacity),
      list: places.take(8 * (Math.max(this.#scratchBeam, 2 * m + hnswBatch) + 4)),
      fresh: places.take(4 * (2 * m + 8)),
      queryA: places.take(hnswQueryBytes(this.width)),
      queryB: places.take(hnswQueryBytes(this.width)),
    }));
    this.#grow(places.end);
    this.#workEnd = places.end;
    this.#scratch = layouts.map(({ record, ...fields }) => {
      new Uint8Array(this.memory.buffer, fields.visited, 2 * this.capacity).fill(0);
      const view = new DataView(this.memory.buffer);
      view.setUint32(record + hnswScratch.stamp, 0, true);
      for (const [name, at] of Object.entries(fields)) {
        view.setUint32(record + hnswScratch[name as keyof typeof fields], at, true);
      }
      return record;
    });
  }

  #grow(bytes: number): void {
    const present = this.memory.buffer.byteLength;
    if (bytes <= present) return;
    try {
      this.memory.grow(Math.ceil((bytes - present) / pageBytes));
    } catch (error) {
      throw new ResourceError(`index: the system gives no ${bytes - present} bytes of memory more`, { cause: error });
    }
  }

  /** A copy with room for more items. */
  withCapacity(capacity: number): IndexMemory {
    const { m } = this.settings;
    const larger = new IndexMemory(this.settings, this.dimensions, capacity);
    const move = (from: number, to: number, bytes: number) =>
      new Uint8Array(larger.memory.buffer, to, bytes).set(new Uint8Array(this.memory.buffer, from, bytes));
    move(this.#at.rows, larger.#at.rows, this.length * this.stride);
    move(this.#at.links, larger.#at.links, this.length * (8 * m + 4));
    const blocks = this.length === 0 ? 0 : this.offsets[this.length - 1] + this.levels[this.length - 1];
    move(this.#at.upper, larger.#at.upper, blocks * (4 * m + 4));
    larger.set("entry", this.get("entry"));
    larger.set("top", this.get("top"));
    larger.extend = this.extend;
    larger.length = this.length;
    return larger;
  }
}
