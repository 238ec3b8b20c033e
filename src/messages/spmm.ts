import { type KernelFunctions, kernelOver } from "../kernels/kernel.js";
import { checkThreads, sharedPool } from "../kernels/pool.js";
import { weighting } from "../kernels/twins/spmm.js";
import type { Operator } from "./operators/operator.js";
import type { Rows } from "./rows.js";

/** A table that is added to a product: `times` times the table at address `at`. */
export interface Term {
  readonly at: number;
  readonly times: number;
}

/**
 * y = scale Operator x + the terms, tables [rows, width] at addresses in the operator's memory and of its precision. y may
 * overlap no other table.
 */
export interface Product {
  readonly x: number;
  readonly y: number;
  /** 1 by default. */
  readonly scale?: number;
  /** At most two. */
  readonly plus?: readonly Term[];
}

export interface SpmmOptions {
  /** Columns of x and y. */
  width: number;
  /** 1 by default. */
  scale?: number;
  /** At most two. */
  plus?: readonly Term[];
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  signal?: AbortSignal;
}

/** Entries and rows of a piece, the unit of work of a thread. */
const pieceSize = 2 ** 15;
/** Additions below which a product is made on the calling thread: less than a message to another costs. */
const smallWork = 2 ** 17;

const bounds = new WeakMap<Rows, Uint32Array>();

/** Ends of pieces of rows that hold equally many entries and rows, 0 first; they depend on the matrix alone. */
export function piecesOf(rows: Rows): Uint32Array {
  let ends = bounds.get(rows);
  if (ends === undefined) {
    const { numRows, numEntries, offsets } = rows;
    const count = Math.max(1, Math.ceil((numEntries + numRows) / pieceSize));
    ends = new Uint32Array(count + 1);
    let row = 0;
    for (let piece = 1; piece <= count; piece++) {
      const target = ((numEntries + numRows) / count) * piece;
      while (row < numRows && offsets[row + 1] + row + 1 <= target) row++;
      ends[piece] = piece === count ? numRows : row;
    }
    bounds.set(rows, ends);
  }
  return ends;
}

/** The arguments of the kernel, but for the rows. */
function argumentsOf(
  { rows, mode, coefficientsAt, afterAt, diagonalAt }: Weights,
  { x, y, scale = 1, plus = [] }: Product,
  width: number,
): number[] {
  if (plus.length > 2) throw new Error(`internal: a product takes two terms, got ${plus.length}`);
  const [z, w] = [plus[0] ?? { at: 0, times: 0 }, plus[1] ?? { at: 0, times: 0 }];
  const matrix = [rows.offsetsAt, rows.indicesAt, mode, coefficientsAt, afterAt, diagonalAt];
  return [...matrix, x, y, width, scale, z.at, z.times, w.at, w.times];
}

type Weights = Pick<Operator, "rows" | "mode" | "coefficientsAt" | "afterAt" | "diagonalAt">;

const functionOf = (operator: Operator): string => (operator.precision === "f32" ? "product32" : "product64");

/**
 * y = scale Operator x + terms, with x and y the addresses of tables [columns, width] and [rows, width] in the operator's
 * memory. Each number is a sum in the order of the row's entries, so that it depends neither on threads nor on `width`.
 */
export async function spmm(operator: Operator, x: number, y: number, options: SpmmOptions): Promise<void> {
  const { width, scale, plus, threads, signal } = options;
  const { rows, memory } = operator;
  signal?.throwIfAborted();
  checkThreads(threads ?? 1);
  if ((rows.numEntries + rows.numRows) * width < smallWork) {
    spmmHere(operator, x, y, { width, scale, plus });
    return;
  }
  const rest = argumentsOf(operator, { x, y, scale, plus }, width);
  const ends = piecesOf(rows);
  const calls = Array.from({ length: ends.length - 1 }, (_, piece) => [ends[piece], ends[piece + 1], ...rest]);
  await sharedPool({ threads }).run({ memory: memory.memory, kernel: "spmm", fn: functionOf(operator), calls, signal });
}

/** Factors of the entries, for one product with an operator of f32. */
export interface EntryFactors {
  /** Address of a factor for each entry. */
  readonly at: number;
  /** Address of a u32 for each entry: the place of its factor; 0 where they stand in the order of the entries. */
  readonly placesAt: number;
  /** Address of room for a number an entry. */
  readonly workAt: number;
}

/** The same on the calling thread, at once: for steps of networks, which cannot wait. */
export function spmmHere(
  operator: Operator,
  x: number,
  y: number,
  { width, scale, plus, factors }: Pick<SpmmOptions, "width" | "scale" | "plus"> & { factors?: EntryFactors },
): void {
  const kernel = kernelOver("spmm", operator.memory.memory);
  const weights = factors === undefined ? operator : factored(operator, factors, kernel);
  const rest = argumentsOf(weights, { x, y, scale, plus }, width);
  kernel[functionOf(operator)](0, operator.rows.numRows, ...rest);
}

/** How the entries of an operator are weighted where they have factors besides. */
function factored(operator: Operator, { at, placesAt, workAt }: EntryFactors, kernel: KernelFunctions): Weights {
  const { rows, mode, coefficientsAt, afterAt, diagonalAt } = operator;
  const weights = { rows, mode: weighting.byEntry, afterAt, diagonalAt };
  if (mode === weighting.none && placesAt === 0) return { ...weights, coefficientsAt: at };
  kernel.coefficients32(rows.numEntries, at, placesAt, rows.indicesAt, mode, coefficientsAt, workAt);
  return { ...weights, coefficientsAt: workAt };
}
