import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { bytesOf } from "./operators/operator.js";
import type { Propagation } from "./operators/propagation.js";
import { spmm } from "./spmm.js";

export const rowNorms = ["l1", "l2", "max"] as const;
/** How rows are measured that are scaled to length 1. */
export type RowNorm = (typeof rowNorms)[number];

export interface PropagateOptions extends TaskOptions {
  /** How often it is applied, K; 1 by default, 0 leaves x as it is. */
  steps?: number;
  /** The share of x that is mixed into the result of each step, 0 to 1: Z <- (1 - a) P Z + a x; 0 by default. */
  teleport?: number;
  /** Rows are scaled to length 1 in this norm after each step; null, the default, leaves them. Zero rows stay. */
  normalize?: RowNorm | null;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
}

/**
 * Propagates a table x [N, F] (rows one behind the other) over a graph: K times z <- P z, from z = x. Returns a new table.
 * Throws RangeError where x is no table of N rows, and TypeError where its numbers are not of the operator's precision.
 */
export async function propagate<T extends Float32Array | Float64Array>(
  propagation: Propagation,
  x: T,
  options: PropagateOptions = {},
): Promise<T> {
  knownOptions("propagate", options, ["steps", "teleport", "normalize", "threads", "signal", "onProgress"]);
  const { steps = 1, teleport = 0, normalize = null, threads, signal } = options;
  integerOption("propagate", "steps", steps, 0);
  numberOption("propagate", "teleport", teleport, { least: 0, most: 1 });
  if (normalize !== null) wordOption("propagate", "normalize", normalize, rowNorms);
  const { operator } = propagation;
  const { memory, precision } = operator;
  const { numRows } = operator.rows;
  if (x instanceof Float32Array !== (precision === "f32")) {
    throw new TypeError(`propagate: x must hold numbers of the operator's precision, ${precision}`);
  }
  if (numRows !== operator.rows.numColumns || x.length % Math.max(1, numRows) !== 0) {
    throw new RangeError(`propagate: x must hold ${operator.rows.numColumns} rows, got ${x.length} numbers`);
  }
  signal?.throwIfAborted();
  const width = numRows === 0 ? 0 : x.length / numRows;
  const scratch = memory.scratch();
  try {
    const table = () => scratch.allocate(x.length * bytesOf(precision));
    const first = table();
    const work = Array.from({ length: propagation.workTables }, table);
    // x itself is needed later where it is mixed in; otherwise its table takes the results of every second step.
    const turns = [table(), steps > 1 && teleport > 0 ? table() : first];
    memory[precision](first, x.length).set(x);
    let from = first;
    const meter = new Meter("propagating", "items", steps, options.onProgress);
    for (let step = 0; step < steps; step++) {
      const to = turns[step % 2];
      for (const product of propagation.plan(from, to, work)) {
        const { scale, plus } = product;
        await spmm(operator, product.x, product.y, { width, scale, plus, threads, signal });
      }
      const z = memory[precision](to, x.length);
      if (teleport > 0) mix(z, memory[precision](first, x.length), teleport);
      if (normalize !== null) normalizeRows(z, width, normalize);
      from = to;
      meter.update(step + 1, {}, step + 1 === steps);
    }
    return memory[precision](from, x.length).slice() as T;
  } finally {
    scratch.release();
  }
}

function mix(z: Float32Array | Float64Array, x: Float32Array | Float64Array, teleport: number): void {
  for (let k = 0; k < z.length; k++) z[k] = (1 - teleport) * z[k] + teleport * x[k];
}

/** Scales each row of a table to length 1 in a norm, measured in double precision; zero rows stay. */
export function normalizeRows(table: Float32Array | Float64Array, width: number, norm: RowNorm): void {
  for (let start = 0; start < table.length; start += width) {
    let length = 0;
    for (let k = start; k < start + width; k++) {
      if (norm === "l2") length += table[k] * table[k];
      else length = norm === "l1" ? length + Math.abs(table[k]) : Math.max(length, Math.abs(table[k]));
    }
    if (norm === "l2") length = Math.sqrt(length);
    if (length === 0) continue;
    for (let k = start; k < start + width; k++) table[k] /= length;
  }
}
