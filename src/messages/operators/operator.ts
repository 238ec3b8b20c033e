import { wordOption } from "../../io/options.js";
import { weighting } from "../../kernels/twins/spmm.js";
import type { GraphMemory } from "../memory.js";
import type { Rows } from "../rows.js";
import { transposeEntries } from "../transpose-entries.js";
import type { Propagation } from "./propagation.js";

export const precisions = ["f32", "f64"] as const;
/** The numbers that an operator and the tables it acts on consist of. */
export type Precision = (typeof precisions)[number];

export interface OperatorOptions {
  /** Factors of the columns: a number for each of them; all 1 by default. */
  before?: Float64Array | null;
  /** Factors of the rows; all 1 by default. */
  after?: Float64Array | null;
  /** What is added on the diagonal of a square matrix; nothing by default. */
  diagonal?: Float64Array | null;
  /** "f32" by default. */
  precision?: Precision;
  /** Bounds of the real eigenvalues, where they are known: Chebyshev expansions need them. */
  spectrum?: readonly [number, number] | null;
  /** The transposed rows where they need not be built, or "itself" where the whole operator is its own transpose. */
  transposed?: (() => Promise<Rows>) | "itself";
}

/** Bytes of a number. */
export const bytesOf = (precision: Precision): number => (precision === "f32" ? 4 : 8);

/**
 * A linear map without a dense matrix:
 *
 *   diag(diagonal) + diag(after) W diag(before)
 *
 * with W sparse rows. It lies in the memory of the rows, in the form that costs least: sums without coefficients where W is
 * all ones and `before` absent, one coefficient a column where W is all ones, one an entry otherwise. What it and its
 * transpose allocate there stays until the memory dies, so make them before marks that are released.
 */
export class Operator implements Propagation {
  readonly rows: Rows;
  readonly precision: Precision;
  readonly spectrum: readonly [number, number] | null;
  /** One of `weighting`: whether coefficients are absent, one an entry, or one a column. */
  readonly mode: number;
  /** Addresses of arrays of the operator's precision: a number an entry or column, a row, a row; 0 where there is none. */
  readonly coefficientsAt: number;
  readonly afterAt: number;
  readonly diagonalAt: number;
  /** An operator is one product by itself, without tables between. */
  readonly workTables = 0;
  readonly #parts: Pick<OperatorOptions, "before" | "after" | "diagonal" | "transposed">;
  #transpose: Promise<Operator> | null = null;
  #transposedEntries: TransposedEntries | null = null;

  /** Throws RangeError where a diagonal is given for a matrix that is not square, or a list has another length. */
  constructor(rows: Rows, options: OperatorOptions = {}) {
    const { before = null, after = null, diagonal = null, precision = "f32", spectrum = null, transposed } = options;
    const { memory, numRows, numColumns } = rows;
    wordOption("Operator", "precision", precision, precisions);
    checkLength("before", before, numColumns);
    checkLength("after", after, numRows);
    checkLength("diagonal", diagonal, numRows);
    if (diagonal !== null && numRows !== numColumns) {
      throw new RangeError(`Operator: a diagonal needs as many rows as columns, got ${numRows} and ${numColumns}`);
    }
    this.rows = rows;
    this.precision = precision;
    this.spectrum = spectrum;
    this.#parts = { before, after, diagonal, transposed };
    if (rows.valuesAt === 0) {
      this.mode = before === null ? weighting.none : weighting.byColumn;
      this.coefficientsAt = before === null ? 0 : write(memory, before, precision);
    } else {
      this.mode = weighting.byEntry;
      this.coefficientsAt =
        before === null && precision === "f64" ? rows.valuesAt : writeEntries(rows, before, precision);
    }
    this.afterAt = after === null ? 0 : write(memory, after, precision);
    this.diagonalAt = diagonal === null ? 0 : write(memory, diagonal, precision);
  }

  get operator(): Operator {
    return this;
  }
  get memory(): GraphMemory {
    return this.rows.memory;
  }

  /** Whether it is its own transpose. */
  get isSymmetric(): boolean {
    return this.#parts.transposed === "itself";
  }

  /** The transposed map, in the same memory; made once. */
  transpose(): Promise<Operator> {
    this.#transpose ??= this.#makeTranspose();
    return this.#transpose;
  }

  /** The transposed map and where its entries come from; made once, on the calling thread. */
  transposeEntries(): TransposedEntries {
    if (this.#transposedEntries === null) {
      const { rows, placesAt } = transposeEntries(this.rows);
      this.#transposedEntries = { operator: this.#transposedOver(rows), placesAt };
    }
    return this.#transposedEntries;
  }

  /** scale * this + shift * identity, over the same entries. */
  shifted(scale: number, shift: number): Operator {
    const { before = null, after, diagonal, transposed } = this.#parts;
    const { rows, precision, spectrum } = this;
    const ends = spectrum?.map((end) => scale * end + shift).sort((a, b) => a - b);
    return new Operator(rows, {
      before,
      after: Float64Array.from({ length: rows.numRows }, (_, i) => scale * (after?.[i] ?? 1)),
      diagonal: Float64Array.from({ length: rows.numRows }, (_, i) => scale * (diagonal?.[i] ?? 0) + shift),
      precision,
      spectrum: ends === undefined ? null : [ends[0], ends[1]],
      transposed,
    });
  }

  plan(x: number, y: number): { x: number; y: number }[] {
    return [{ x, y }];
  }

  async #makeTranspose(): Promise<Operator> {
    const { transposed } = this.#parts;
    if (transposed === "itself") return this;
    return transposed === undefined ? this.transposeEntries().operator : this.#transposedOver(await transposed());
  }

  #transposedOver(transposed: Rows): Operator {
    const { before, after, diagonal } = this.#parts;
    const { rows, precision, spectrum } = this;
    return new Operator(transposed, {
      before: after,
      after: before,
      diagonal,
      precision,
      spectrum,
      transposed: () => Promise.resolve(rows),
    });
  }
}

/** A transposed operator, and the address of a u32 for each of its entries: which entry of the other one it was. */
export interface TransposedEntries {
  readonly operator: Operator;
  readonly placesAt: number;
}

function checkLength(name: string, list: Float64Array | null, length: number): void {
  if (list === null || list.length === length) return;
  throw new RangeError(`Operator: ${name} must hold ${length} numbers, got ${list.length}`);
}

/** The address of a copy of numbers in the precision. */
function write(memory: GraphMemory, numbers: Float64Array, precision: Precision): number {
  const at = memory.allocate(numbers.length * bytesOf(precision));
  memory[precision](at, numbers.length).set(numbers);
  return at;
}

/** The address of the rows' values, each times the factor of its column. */
function writeEntries(rows: Rows, before: Float64Array | null, precision: Precision): number {
  const { memory, numEntries } = rows;
  const at = memory.allocate(numEntries * bytesOf(precision));
  const coefficients = memory[precision](at, numEntries);
  const { indices, values } = rows;
  if (values === null) throw new Error("internal: rows without values need no coefficients");
  if (before === null) coefficients.set(values);
  else for (let k = 0; k < numEntries; k++) coefficients[k] = values[k] * before[indices[k]];
  return at;
}
