import { openScratch, type Scratch } from "../io/scratch.js";
import { instantiate } from "../kernels/kernel.js";
import { seedKey } from "../numerics/random.js";
import { rowBytes, rowLength, type TableSpec } from "./method.js";
import { rowsOfPart } from "./partition.js";
import { streams } from "./streams.js";

/** Gets a row number and the rows of all tables that have it. */
export type RowVisitor = (row: number, values: (Float32Array | Float64Array)[]) => void;

/**
 * The tables of a run, by parts. Resident tables lie in the run's memory as a whole and parts stay where they are. Paged
 * tables lie on scratch storage; a part **enters** a slot of the memory before a block of it runs, and **leaves** after.
 * Either way a part's bytes are its rows in order.
 */
export class Tables {
  readonly #memory: WebAssembly.Memory;
  readonly #specs: readonly TableSpec[];
  readonly #parts: number;
  readonly #start: number;
  readonly #scratch: Scratch | null;
  /** Bytes from one part to the next, in the memory or on scratch storage, of each table. */
  readonly #partStride: number[];
  readonly #slotBytes: number;
  /** Of each part of each table: the slot it is in, or -1. */
  readonly #slotOf: Int32Array[];

  private constructor(
    memory: WebAssembly.Memory,
    specs: readonly TableSpec[],
    parts: number,
    start: number,
    scratch: Scratch | null,
  ) {
    this.#memory = memory;
    this.#specs = specs;
    this.#parts = parts;
    this.#start = start;
    this.#scratch = scratch;
    this.#partStride = specs.map((spec) => partStride(spec, parts));
    this.#slotBytes = Math.max(...this.#partStride);
    this.#slotOf = specs.map(() => new Int32Array(parts).fill(-1));
  }

  static async create(
    memory: WebAssembly.Memory,
    specs: readonly TableSpec[],
    parts: number,
    plan: { resident: boolean; start: number },
    scratchFolder?: string,
  ): Promise<Tables> {
    const scratch = plan.resident ? null : await openScratch(scratchFolder);
    return new Tables(memory, specs, parts, plan.start, scratch);
  }

  /** Gives every row its first values: they depend on the seed, the table and the row alone. */
  async initialize(seed: number): Promise<void> {
    const [key0, key1] = seedKey(seed);
    const random = instantiate("random", this.#memory);
    await this.#eachPart(async (table, part) => {
      const spec = this.#specs[table];
      const view = this.#view(table, part, 0);
      const values = numbersOf(spec, view);
      const uniform = spec.scalar === "f32" ? random.uniform : random.uniform64;
      let at = 0;
      for (let k = 0; k < rowsOfPart(spec.rows, this.#parts, part); k++) {
        const row = k * this.#parts + part;
        for (const [index, segment] of spec.segments.entries()) {
          if ("value" in segment) values.fill(segment.value, at, at + segment.length);
          else {
            const { low, high, length } = segment;
            uniform(
              view.byteOffset + at * values.BYTES_PER_ELEMENT,
              length,
              index,
              streams.rows + table,
              row,
              key0,
              key1,
              low,
              high - low,
            );
          }
          at += segment.length;
        }
      }
    });
  }

  /** Address of a part's first row; the part must have entered. */
  address(table: number, part: number): number {
    if (this.#scratch === null) return this.#residentAddress(table, part);
    const slot = this.#slotOf[table][part];
    if (slot < 0) throw new Error(`internal: part ${part} of table ${table} is not in memory`);
    return this.#start + slot * this.#slotBytes;
  }

  stride(table: number): number {
    return rowBytes(this.#specs[table]);
  }

  /** Makes a part ready for the kernels, in the given slot. */
  async enter(table: number, part: number, slot: number): Promise<void> {
    if (this.#scratch === null || this.#slotOf[table][part] >= 0) return;
    this.#slotOf[table][part] = slot;
    await this.#scratch.read(this.#view(table, part, slot), this.#scratchPosition(table, part));
  }

  /** Keeps a part's rows as the kernels left them. */
  async leave(table: number, part: number): Promise<void> {
    const slot = this.#slotOf[table][part];
    if (this.#scratch === null || slot < 0) return;
    await this.#scratch.write(this.#view(table, part, slot), this.#scratchPosition(table, part));
    this.#slotOf[table][part] = -1;
  }

  /** The bytes of a part while no block is in work; valid until this table's next call. */
  async part(table: number, part: number): Promise<Uint8Array> {
    const view = this.#view(table, part, table);
    if (this.#scratch !== null) await this.#scratch.read(view, this.#scratchPosition(table, part));
    return view;
  }

  /** Replaces the bytes of every part, in the order in which `parts` gives them: `fill` writes into the array it gets. */
  async replace(fill: (part: Uint8Array) => Promise<void>): Promise<void> {
    await this.#eachPart((table, part) => fill(this.#view(table, part, 0)));
  }

  /** The bytes of every part of every table, in order; each is valid until the next. */
  async *parts(): AsyncGenerator<Uint8Array> {
    for (let table = 0; table < this.#specs.length; table++) {
      for (let part = 0; part < this.#parts; part++) yield this.part(table, part);
    }
  }

  /** Calls `visit` for each row number, with that row of every table, in no particular order; all have equally many rows. */
  async eachRow(visit: RowVisitor): Promise<void> {
    const lengths = this.#specs.map(rowLength);
    for (let part = 0; part < this.#parts; part++) {
      const tables: (Float32Array | Float64Array)[] = [];
      for (const [table, spec] of this.#specs.entries()) tables.push(numbersOf(spec, await this.part(table, part)));
      const rows = rowsOfPart(this.#specs[0].rows, this.#parts, part);
      for (let k = 0; k < rows; k++) {
        visit(
          k * this.#parts + part,
          tables.map((values, table) => values.subarray(k * lengths[table], (k + 1) * lengths[table])),
        );
      }
    }
  }

  /** Bytes of all rows. */
  get bytes(): number {
    return this.#specs.reduce((sum, spec) => sum + spec.rows * rowBytes(spec), 0);
  }

  async close(): Promise<void> {
    await this.#scratch?.close();
  }

  async #eachPart(work: (table: number, part: number) => Promise<void>): Promise<void> {
    for (let table = 0; table < this.#specs.length; table++) {
      for (let part = 0; part < this.#parts; part++) {
        await work(table, part);
        await this.#scratch?.write(this.#view(table, part, 0), this.#scratchPosition(table, part));
      }
    }
  }

  /** A part's rows in the memory; `slot` says where paged ones are. */
  #view(table: number, part: number, slot: number): Uint8Array {
    const spec = this.#specs[table];
    const at = this.#scratch === null ? this.#residentAddress(table, part) : this.#start + slot * this.#slotBytes;
    return new Uint8Array(this.#memory.buffer, at, rowsOfPart(spec.rows, this.#parts, part) * rowBytes(spec));
  }

  #residentAddress(table: number, part: number): number {
    const before = this.#partStride.slice(0, table).reduce((sum, stride) => sum + stride * this.#parts, 0);
    return this.#start + before + part * this.#partStride[table];
  }

  #scratchPosition(table: number, part: number): number {
    return this.#residentAddress(table, part) - this.#start;
  }
}

function numbersOf({ scalar }: TableSpec, { buffer, byteOffset, byteLength }: Uint8Array): Float32Array | Float64Array {
  return scalar === "f32"
    ? new Float32Array(buffer, byteOffset, byteLength / 4)
    : new Float64Array(buffer, byteOffset, byteLength / 8);
}

/** Bytes set aside for a part: the rows of the largest, to a whole cache line. */
export function partStride(spec: TableSpec, parts: number): number {
  return Math.ceil((rowsOfPart(spec.rows, parts, 0) * rowBytes(spec)) / 64) * 64;
}
