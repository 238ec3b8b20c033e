import { Rng } from "./random.js";

/** The largest eigenvalues, descending, and their eigenvectors: vector k is the row values k * n .. of `vectors`, of length 1. */
export interface LeadingEigen {
  /** [count] */
  values: Float64Array;
  /** [count, n] */
  vectors: Float64Array;
}

/** Of the pause between pieces of work: element operations after which `pause` is awaited. */
const workPerPause = 2 ** 25;
/** Eigenvalues closer than this part of the norm share a group, within which vectors are kept orthogonal. */
const groupGap = 1e-3;
const inverseIterations = 4;
const epsilon = 2 ** -52;

/**
 * The `count` largest eigenvalues of a dense symmetric matrix [n, n], with eigenvectors, in 4/3 n^3 + 4 n^2 count operations:
 * Householder's reduction to tridiagonal form, eigenvalues by bisection with Sturm counts, eigenvectors by inverse iteration,
 * orthogonalized where eigenvalues are close (Golub and Van Loan 2013, "Matrix computations", sections 8.3.1, 8.4.2, 8.2.2;
 * groups as in LAPACK's dstein). Errors are some 1e-15 times the norm; `symmetricEigen` is the simpler way to all of them.
 *
 * `pause` is awaited now and then, so that others may run; what it throws ends the work.
 */
export async function leadingEigen(
  matrix: Float64Array,
  n: number,
  count: number,
  pause: () => Promise<void> = async () => {},
): Promise<LeadingEigen> {
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest)) throw new RangeError("leadingEigen: the matrix must be finite");
  if (largest === 0) {
    const vectors = new Float64Array(count * n);
    for (let k = 0; k < count; k++) vectors[k * n + k] = 1;
    return { values: new Float64Array(count), vectors };
  }
  const a = matrix.map((value) => value / largest);
  const { diagonal, beside, factors } = await tridiagonal(a, n, pause);
  const values = largestEigenvalues(diagonal, beside, count);
  const vectors = tridiagonalVectors(diagonal, beside, values);
  await turnBack(a, factors, n, vectors, pause);
  return { values: values.map((value) => value * largest), vectors };
}

/** T with A = Q T Q': its diagonal [n] and the elements beside it [n - 1]; Q is H_n-1 .. H_1, H_i = I - factors[i] v v'. */
interface Tridiagonal {
  diagonal: Float64Array;
  beside: Float64Array;
  factors: Float64Array;
}

/**
 * Makes row after row of the lower triangle 0 but for its last element, from below; row i is left with the v [i] of its
 * reflection.
 */
async function tridiagonal(a: Float64Array, n: number, pause: () => Promise<void>): Promise<Tridiagonal> {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(Math.max(0, n - 1));
  const factors = new Float64Array(n);
  const w = new Float64Array(n);
  let work = 0;
  for (let i = n - 1; i > 0; i--) {
    diagonal[i] = a[i * n + i];
    const v = a.subarray(i * n, i * n + i);
    let squares = 0;
    for (let j = 0; j < i - 1; j++) squares += v[j] * v[j];
    const last = v[i - 1];
    if (squares < 2 ** -900) {
      beside[i - 1] = last; // tridiagonal already
      continue;
    }
    const length = Math.sqrt(squares + last * last);
    const alpha = last > 0 ? -length : length;
    beside[i - 1] = alpha;
    v[i - 1] = last - alpha;
    const factor = 2 / (squares + v[i - 1] * v[i - 1]);
    factors[i] = factor;
    reflect(a, n, i, v, factor, w);
    work += 2 * i * i;
    if (work > workPerPause) {
      await pause();
      work = 0;
    }
  }
  diagonal[0] = a[0];
  return { diagonal, beside, factors };
}

/** A <- H A H over the lower triangle of the leading [i, i], H = I - factor v v': A - v w' - w v'. */
function reflect(a: Float64Array, n: number, i: number, v: Float64Array, factor: number, w: Float64Array): void {
  w.fill(0, 0, i);
  for (let r = 0; r < i; r++) {
    const row = r * n;
    const own = v[r];
    let sum = 0;
    for (let c = 0; c < r; c++) {
      sum += a[row + c] * v[c];
      w[c] += a[row + c] * own;
    }
    w[r] += sum + a[row + r] * own;
  }
  let product = 0;
  for (let r = 0; r < i; r++) {
    w[r] *= factor;
    product += w[r] * v[r];
  }
  const half = (factor * product) / 2;
  for (let r = 0; r < i; r++) w[r] -= half * v[r];
  for (let r = 0; r < i; r++) {
    const row = r * n;
    const [vr, wr] = [v[r], w[r]];
    for (let c = 0; c <= r; c++) a[row + c] -= vr * w[c] + wr * v[c];
  }
}

/** The largest eigenvalues of a tridiagonal matrix, descending, each to a few units in the last place of the norm. */
function largestEigenvalues(diagonal: Float64Array, beside: Float64Array, count: number): Float64Array {
  const n = diagonal.length;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < n; i++) {
    const reach = Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0); // Gershgorin
    low = Math.min(low, diagonal[i] - reach);
    high = Math.max(high, diagonal[i] + reach);
  }
  const margin = 4 * epsilon * Math.max(Math.abs(low), Math.abs(high));
  [low, high] = [low - margin, high + margin];
  const values = new Float64Array(count);
  let most = high;
  for (let k = 0; k < count; k++) {
    // the k-th largest is below x where fewer than n - k eigenvalues are not: bisect to neighboring numbers or margin / 8
    let [from, to] = [low, most];
    while (to - from > margin / 8) {
      const middle = from + (to - from) / 2;
      if (middle <= from || middle >= to) break;
      if (countBelow(diagonal, beside, middle) >= n - k) to = middle;
      else from = middle;
    }
    values[k] = (from + to) / 2;
    most = to;
  }
  return values;
}

/** How many eigenvalues lie below x: the negative pivots of T - x I. */
function countBelow(diagonal: Float64Array, beside: Float64Array, x: number): number {
  let below = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const square = i > 0 ? beside[i - 1] * beside[i - 1] : 0;
    pivot = diagonal[i] - x - square / pivot;
    if (pivot === 0) pivot = -epsilon * epsilon;
    if (pivot < 0) below++;
  }
  return below;
}

/** Eigenvectors [count, n] of a tridiagonal matrix by inverse iteration from random vectors. */
function tridiagonalVectors(diagonal: Float64Array, beside: Float64Array, values: Float64Array): Float64Array {
  const n = diagonal.length;
  const vectors = new Float64Array(values.length * n);
  const solver = new ShiftedSolver(diagonal, beside);
  let group = 0;
  for (let k = 0; k < values.length; k++) {
    if (k > 0 && values[k - 1] - values[k] > groupGap * solver.norm) group = k;
    const rng = new Rng(k);
    const x = vectors.subarray(k * n, (k + 1) * n);
    const draw = () => {
      for (let i = 0; i < n; i++) x[i] = 2 * rng.uniform() - 1;
      normalize(x);
    };
    draw();
    solver.factorize(values[k]);
    for (let turn = 0; turn < inverseIterations; ) {
      solver.solve(x);
      normalize(x);
      const left = orthogonalize(x, vectors, group, k);
      if (left < 2 ** -20)
        draw(); // it lay among those before
      else turn++;
    }
  }
  return vectors;
}

/** Takes the rows from .. to - 1 out of x, twice, and scales it to length 1; returns the length that was left. */
function orthogonalize(x: Float64Array, rows: Float64Array, from: number, to: number): number {
  const n = x.length;
  let left = 1;
  for (let pass = 0; pass < 2; pass++) {
    for (let k = from; k < to; k++) {
      let product = 0;
      for (let i = 0; i < n; i++) product += rows[k * n + i] * x[i];
      for (let i = 0; i < n; i++) x[i] -= product * rows[k * n + i];
    }
    left *= normalize(x);
  }
  return left;
}

/** Scales to length 1; returns the length before. */
function normalize(x: Float64Array): number {
  let squares = 0;
  for (const value of x) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let i = 0; i < x.length; i++) x[i] /= length;
  return length;
}

/** Solves (T - shift I) x = b by elimination with exchange of rows; pivots too small to divide by are enlarged. */
class ShiftedSolver {
  readonly #diagonal: Float64Array;
  readonly #beside: Float64Array;
  /** U: three diagonals. */
  readonly #u: Float64Array[];
  readonly #multipliers: Float64Array;
  readonly #exchanged: Uint8Array;
  /** The largest element of T. */
  readonly norm: number;
  readonly #least: number;

  constructor(diagonal: Float64Array, beside: Float64Array) {
    const n = diagonal.length;
    this.#diagonal = diagonal;
    this.#beside = beside;
    this.#u = [0, 1, 2].map(() => new Float64Array(n));
    this.#multipliers = new Float64Array(n);
    this.#exchanged = new Uint8Array(n);
    let norm = 0;
    for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(diagonal[i]), Math.abs(beside[i] ?? 0));
    this.norm = norm;
    this.#least = epsilon * norm;
  }

  factorize(shift: number): void {
    const [u0, u1, u2] = this.#u;
    const n = this.#diagonal.length;
    let pivot = this.#diagonal[0] - shift;
    let right = this.#beside[0] ?? 0;
    for (let i = 0; i < n - 1; i++) {
      const below = this.#beside[i];
      const next = this.#diagonal[i + 1] - shift;
      const beyond = this.#beside[i + 1] ?? 0;
      const exchange = Math.abs(below) > Math.abs(pivot);
      this.#exchanged[i] = exchange ? 1 : 0;
      if (exchange) {
        const multiplier = pivot / below;
        [u0[i], u1[i], u2[i]] = [below, next, beyond];
        pivot = right - multiplier * next;
        right = -multiplier * beyond;
        this.#multipliers[i] = multiplier;
      } else {
        pivot = this.#large(pivot);
        const multiplier = below / pivot;
        [u0[i], u1[i], u2[i]] = [pivot, right, 0];
        pivot = next - multiplier * right;
        right = beyond;
        this.#multipliers[i] = multiplier;
      }
    }
    u0[n - 1] = this.#large(pivot);
  }

  /** b becomes x. */
  solve(x: Float64Array): void {
    const [u0, u1, u2] = this.#u;
    const n = x.length;
    for (let i = 0; i < n - 1; i++) {
      if (this.#exchanged[i] === 1) [x[i], x[i + 1]] = [x[i + 1], x[i]];
      x[i + 1] -= this.#multipliers[i] * x[i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let value = x[i];
      if (i + 1 < n) value -= u1[i] * x[i + 1];
      if (i + 2 < n) value -= u2[i] * x[i + 2];
      x[i] = value / this.#large(u0[i]);
    }
  }

  #large(pivot: number): number {
    if (Math.abs(pivot) >= this.#least) return pivot;
    return pivot < 0 ? -this.#least : this.#least;
  }
}

/** Vectors of T become those of A: each is multiplied by H_1, then H_2, .. */
async function turnBack(
  a: Float64Array,
  factors: Float64Array,
  n: number,
  vectors: Float64Array,
  pause: () => Promise<void>,
): Promise<void> {
  let work = 0;
  for (let start = 0; start < vectors.length; start += n) {
    const x = vectors.subarray(start, start + n);
    for (let i = 1; i < n; i++) {
      if (factors[i] === 0) continue;
      const v = a.subarray(i * n, i * n + i);
      let product = 0;
      for (let c = 0; c < i; c++) product += v[c] * x[c];
      product *= factors[i];
      for (let c = 0; c < i; c++) x[c] -= product * v[c];
    }
    normalize(x);
    work += 2 * n * n;
    if (work > workPerPause) {
      await pause();
      work = 0;
    }
  }
}
