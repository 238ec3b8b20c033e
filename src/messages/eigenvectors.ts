import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { dot } from "../numerics/dot.js";
import { log } from "../numerics/elementary.js";
import { Rng } from "../numerics/random.js";
import { symmetricEigen, withSign } from "../numerics/symmetric-eigen.js";
import { bytesOf, type Operator } from "./operators/operator.js";
import { spmm } from "./spmm.js";

/** A space that the operator maps to itself, and whose eigenvectors are known or not wanted. */
export interface InvariantSubspace {
  readonly dimension: number;
  /** Takes from a vector, in place, what lies in the space. */
  remove(vector: Float64Array): void;
}

export interface EigenvectorsOptions extends TaskOptions {
  /** How many; at most the operator's rows less the dimension of `without`. 1 to 128 are useful. */
  count: number;
  /** Which end of the spectrum, "largest" by default. */
  end?: "largest" | "least";
  /** Eigenvectors that are left out; none by default. */
  without?: InvariantSubspace;
  /**
   * The largest |A v - lambda v| that may be left, of vectors of length 1; by default 1e-8 for an operator of f64 and 1e-5
   * for one of f32, relative to the bounds of the spectrum. A start for another method needs no more than 1e-3.
   */
  tolerance?: number;
  /** Rounds at most, each of up to 41 products of all vectors at a time; 500 by default. */
  maxRounds?: number;
  /** Of the first block; 1 by default. Vectors of simple eigenvalues do not depend on it but for rounding. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
}

export interface Eigenvectors {
  /** Eigenvalues from the end of the spectrum inwards. */
  readonly values: Float64Array;
  /** A vector [N] of length 1 for each; its largest entry (the first, of those within a millionth) is positive. */
  readonly vectors: Float64Array[];
  /** The largest |A v - lambda v|; above the tolerance where `maxRounds` was not enough. */
  readonly residual: number;
  readonly rounds: number;
}

const where = "eigenvectors";
/** The degree of the filter at most; higher ones converge in fewer rounds, each of as many products. */
const mostDegree = 40;
/** ln of how much more the filter may amplify one vector of a block than another, which then is lost to rounding. */
const mostGrowth = 18;
/** Steps of Lanczos by which the bounds of a spectrum are found that are not known. */
const boundSteps = 12;

/**
 * Eigenvectors at one end of the spectrum of a symmetric operator A, by subspace iteration with a Chebyshev filter (Zhou, Saad,
 * Tiago and Chelikowsky 2006, "Self-consistent-field calculations using Chebyshev-filtered subspace iteration", algorithm 4.1):
 * a block X becomes T_m(M) X, M = A mapped so that what lies below the block's least Ritz value is [-1, 1], which amplifies
 * what lies above; then the best approximations in its span (Rayleigh and Ritz) are the next X. The block is 3 to 8 vectors
 * wider than what is asked for, so that multiple eigenvalues are found as often as they are there, unlike by Lanczos from one
 * vector, and each product reads the matrix once for all of them. Vectors of a multiple eigenvalue are any orthonormal ones.
 *
 * The bounds of the spectrum are those that the operator knows, or else Lanczos' (Zhou and Li 2011: the outermost of 12 Ritz
 * values and the length of the remainder). Beside the operator, about 5 (count + 8) N doubles are taken.
 *
 * Throws RangeError where the operator is not square, or has fewer eigenvectors than were asked for. That it is symmetric is
 * up to the caller.
 */
export async function eigenvectors(operator: Operator, options: EigenvectorsOptions): Promise<Eigenvectors> {
  const known = ["count", "end", "without", "tolerance", "maxRounds", "seed", "threads", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { end = "largest", without, threads, signal, onProgress } = options;
  const { numRows: N, numColumns } = operator.rows;
  if (N !== numColumns) throw new RangeError(`${where}: a square operator was needed, got ${N} x ${numColumns}`);
  const most = N - (without?.dimension ?? 0);
  const count = integerOption(where, "count", options.count, 1);
  if (count > most) throw new RangeError(`${where}: there are ${most} eigenvectors to give, count is ${count}`);
  wordOption(where, "end", end, ["largest", "least"]);
  const maxRounds = integerOption(where, "maxRounds", options.maxRounds ?? 500, 1);
  const rng = new Rng(integerOption(where, "seed", options.seed ?? 1, 0));
  const drawn = () => Float64Array.from({ length: N }, () => 2 * rng.uniform() - 1);

  const task = { threads, signal };
  const bounds = operator.spectrum ?? (await boundsOf(operator, drawn(), task));
  const size = Math.max(Math.abs(bounds[0]), Math.abs(bounds[1]));
  const usual = (operator.precision === "f64" ? 1e-8 : 1e-5) * (operator.spectrum === null ? size : 1);
  const tolerance = numberOption(where, "tolerance", options.tolerance ?? usual, { least: 0 });
  // From here on the largest of sign A are sought, none of which lies below `least`.
  const sign = end === "largest" ? 1 : -1;
  const least = end === "largest" ? bounds[0] : -bounds[1];

  const meter = new Meter("spectrum", "items", undefined, onProgress);
  const width = Math.min(most, count + Math.min(8, Math.max(3, count)));
  let block: Float64Array[] = Array.from({ length: width }, drawn);
  for (let round = 1; ; round++) {
    signal?.throwIfAborted();
    const basis = orthonormalized(block, without, drawn);
    const images = await filtered(operator, basis, { degree: 1, scale: sign, shift: 0 }, task);
    const { values, vectors, residuals } = ritzPairs(basis, images);
    const residual = Math.max(...residuals.subarray(0, count));
    const ends = residual <= tolerance || round === maxRounds;
    meter.update(round, {}, ends);
    if (ends) {
      const found = vectors.slice(0, count).map(withSign);
      return { values: values.slice(0, count).map((value) => sign * value), vectors: found, residual, rounds: round };
    }
    const half = Math.max((values[width - 1] - least) / 2, 2 ** -40 * size); // of [least, the block's least value]
    const [scale, shift] = [1 / half, -least / half - 1];
    const top = Math.max(1 + 2 ** -40, scale * values[0] + shift);
    const growth = log(top + Math.sqrt(top * top - 1)); // T_m(top) is about e^(m growth) / 2
    const degree = Math.max(2, Math.min(mostDegree, Math.floor(mostGrowth / growth)));
    block = await filtered(operator, vectors, { degree, scale: sign * scale, shift }, task);
  }
}

interface Task {
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** Best approximations of eigenvectors in the span of an orthonormal basis, by falling values, and what each leaves. */
function ritzPairs(basis: readonly Float64Array[], images: readonly Float64Array[]) {
  const width = basis.length;
  const projected = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const product = (dot(basis[i], images[j]) + dot(basis[j], images[i])) / 2;
      projected[i * width + j] = product;
      projected[j * width + i] = product;
    }
  }
  const eigen = symmetricEigen(projected, width);
  const values = eigen.values.toReversed();
  const vectors: Float64Array[] = [];
  const residuals = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    const coefficients = eigen.vectors.subarray((width - 1 - k) * width, (width - k) * width);
    vectors.push(combined(basis, coefficients));
    const image = combined(images, coefficients);
    subtract(image, values[k], vectors[k]);
    residuals[k] = Math.sqrt(dot(image, image));
  }
  return { values, vectors, residuals };
}

/** T_m(scale A + shift I) times each vector, all in one table: T_k+1 = 2 M T_k - T_k-1. */
async function filtered(
  operator: Operator,
  vectors: readonly Float64Array[],
  { degree, scale, shift }: { degree: number; scale: number; shift: number },
  { threads, signal }: Task,
): Promise<Float64Array[]> {
  const { memory, precision } = operator;
  const N = operator.rows.numRows;
  const width = vectors.length;
  const scratch = memory.scratch();
  try {
    const tables = degree === 1 ? 2 : 3;
    let [before, now, next] = Array.from({ length: tables }, () => scratch.allocate(bytesOf(precision) * N * width));
    const table = memory[precision](before, N * width);
    for (const [k, vector] of vectors.entries()) for (let i = 0; i < N; i++) table[i * width + k] = vector[i];
    const first = { width, scale, plus: [{ at: before, times: shift }], threads, signal };
    await spmm(operator, before, now, first);
    for (let k = 1; k < degree; k++) {
      const plus = [
        { at: now, times: 2 * shift },
        { at: before, times: -1 },
      ];
      await spmm(operator, now, next, { width, scale: 2 * scale, plus, threads, signal });
      [before, now, next] = [now, next, before];
    }
    const images = memory[precision](now, N * width);
    return vectors.map((_, k) => Float64Array.from({ length: N }, (_, i) => images[i * width + k]));
  } finally {
    scratch.release();
  }
}

/** Bounds of the eigenvalues by steps of Lanczos from a vector, all orthogonalized: Ritz values, and the remainder's length. */
async function boundsOf(operator: Operator, start: Float64Array, task: Task): Promise<[number, number]> {
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  let next = start;
  let length = Math.sqrt(dot(next, next));
  while (basis.length < Math.min(boundSteps, start.length) && length > 0) {
    basis.push(next.map((value) => value / length));
    const [image] = await filtered(operator, basis.slice(-1), { degree: 1, scale: 1, shift: 0 }, task);
    images.push(image);
    next = image.slice();
    for (let pass = 0; pass < 2; pass++) for (const vector of basis) subtract(next, dot(next, vector), vector);
    const rest = Math.sqrt(dot(next, next));
    length = rest > 1e-12 * Math.sqrt(dot(image, image)) ? rest : 0;
  }
  const { values } = ritzPairs(basis, images);
  return [values[values.length - 1] - length, values[0] + length];
}

/** An orthonormal basis of a block, as wide: vectors of which nothing is left are replaced by new ones. */
function orthonormalized(
  block: readonly Float64Array[],
  without: InvariantSubspace | undefined,
  drawn: () => Float64Array,
): Float64Array[] {
  const basis: Float64Array[] = [];
  const waiting = block.toReversed();
  while (basis.length < block.length) {
    const own = waiting.pop() ?? drawn();
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      without?.remove(own);
      for (const other of basis) subtract(own, dot(own, other), other);
    }
    const length = Math.sqrt(dot(own, own));
    if (!(length > 1e-12 * before)) continue;
    for (let i = 0; i < own.length; i++) own[i] /= length;
    basis.push(own);
  }
  return basis;
}

function combined(vectors: readonly Float64Array[], coefficients: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  for (const [k, vector] of vectors.entries()) subtract(sum, -coefficients[k], vector);
  return sum;
}

/** a -= factor b. */
function subtract(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] -= factor * b[i];
}
