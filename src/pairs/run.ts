import { ResourceError } from "../io/errors.js";
import { memoryLimitOf } from "../io/memory-limit.js";
import { createMemory } from "../kernels/kernel.js";
import type { Pool } from "../kernels/pool.js";
import { Buckets } from "./buckets.js";
import { type MemoryPlan, planMemory } from "./memory-plan.js";
import { isSliced, type PairMethod, rowLength } from "./method.js";
import { type NegativeTable, negativesBytes, placeNegatives } from "./negatives.js";
import { partCount } from "./partition.js";
import { partStride, Tables } from "./tables.js";

export interface RunOptions {
  /** Bytes that the run may hold, by default three quarters of what is available. */
  memoryLimit?: number;
  /** Bytes of the limit that the caller holds meanwhile, such as the pairs; none by default. */
  heldBytes?: number;
  /** Folder for what does not fit; the system's temporary folder by default. */
  scratchFolder?: string;
  /** Number of parts, for tests: a power of two, instead of the one that follows from the tables. */
  parts?: number;
}

/** What a run holds while it trains: a memory, and in it, by the plan, its tables, its pairs and its negatives. */
export class Run {
  readonly method: PairMethod;
  readonly pool: Pool;
  readonly seed: number;
  readonly parts: number;
  readonly plan: MemoryPlan;
  readonly memory: WebAssembly.Memory;
  readonly tables: Tables;
  readonly buckets: Buckets;
  /** Of each column part; empty for a method without negatives. */
  readonly negatives: readonly NegativeTable[];

  private constructor(fields: Omit<Run, "close">) {
    this.method = fields.method;
    this.pool = fields.pool;
    this.seed = fields.seed;
    this.parts = fields.parts;
    this.plan = fields.plan;
    this.memory = fields.memory;
    this.tables = fields.tables;
    this.buckets = fields.buckets;
    this.negatives = fields.negatives;
  }

  /** Sets everything up but the values of the tables and the pairs. Throws ResourceError where memory does not suffice. */
  static async open(method: PairMethod, pool: Pool, seed: number, options: RunOptions): Promise<Run> {
    const { negatives, pairs } = method;
    const parts = options.parts ?? partCount(method.tables.map((table) => ({ ...table, numbers: rowLength(table) })));
    if (parts < 1 || (parts & (parts - 1)) !== 0)
      throw new Error(`internal: ${parts} parts, a power of two was needed`);
    const plan = planMemory(
      {
        parts,
        threads: pool.threads,
        heldBytes: options.heldBytes ?? 0,
        scratchBytes: method.scratchBytes,
        negativesBytes: negativesBytes(negatives),
        partBytes: method.tables.map((table) => partStride(table, parts)),
        pairs: isSliced(pairs) ? pairs.mostPairs : pairs.pairs,
      },
      memoryLimitOf(options.memoryLimit),
    );
    const memory = allocate(plan.bytes);
    const placed = negatives ? placeNegatives(memory, plan.negatives, negatives, parts) : [];
    const tables = await Tables.create(memory, method.tables, parts, plan.tables, options.scratchFolder);
    try {
      const buckets = await Buckets.create(memory, plan, parts, options.scratchFolder);
      return new Run({ method, pool, seed, parts, plan, memory, tables, buckets, negatives: placed });
    } catch (error) {
      await tables.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.pool.forget(this.memory);
    await this.tables.close();
    await this.buckets.close();
  }
}

function allocate(bytes: number): WebAssembly.Memory {
  try {
    return createMemory(bytes);
  } catch (error) {
    throw new ResourceError(
      `training was to take ${bytes} bytes of memory, which the system refuses; set memoryLimit below that`,
      { cause: error },
    );
  }
}
