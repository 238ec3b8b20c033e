import { Breather } from "../io/breather.js";
import { booleanOption, integerOption, knownOptions, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { leadingEigen } from "../numerics/leading-eigen.js";
import { Rng } from "../numerics/random.js";
import type { VectorLike } from "../space/query.js";
import type { Space } from "../space/space.js";
import { CenteredRows, type RowSource } from "./centered-rows.js";
import { orthonormalize } from "./orthonormalize.js";
import type { Projection } from "./projection.js";

export type PcaSolver = "gram" | "randomized";

export interface PcaOptions extends TaskOptions {
  /** Components K; 2 by default, at most the smaller of N and D. */
  dimensions?: number;
  /** Whether vectors are scaled to length 1 first, so that directions alone count; by default where the geometry is cosine. */
  normalize?: boolean;
  /**
   * "gram", exact, from the smaller of X'X and X X'; "randomized" (Halko, Martinsson and Tropp 2011), which finds components
   * of close variance less exactly; "auto", the default, takes "gram" where N or D is at most 2,048.
   */
  solver?: "auto" | PcaSolver;
  /** Of what "randomized" draws; 1 by default. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Receives warnings; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

export interface PcaProjection extends Projection {
  readonly method: "pca";
  /** [D], subtracted from each vector. */
  readonly mean: Float64Array;
  /** [K, D], orthonormal rows; of each the entry largest in size, the first of equal ones, is positive. */
  readonly components: Float64Array;
  /** [K], descending: the coordinates' variances, by N - 1. */
  readonly explainedVariance: Float64Array;
  /** [K]: shares of the variance of all D; 0 where there is none. */
  readonly explainedVarianceRatio: Float64Array;
  readonly transform: (rows: readonly VectorLike[], signal?: AbortSignal) => Promise<Float32Array<ArrayBuffer>>;
}

const where = "pca";
/** Largest Gram matrix that is decomposed. */
const mostExact = 2048;
/** What "randomized" draws beyond K, and how often it multiplies by X'X. */
const oversampling = 10;
const powerIterations = 7;
/** Stream of the random numbers. */
const pcaStream = 0x706361;

/**
 * Principal components (Pearson 1901, Hotelling 1933): the orthonormal w_k of largest variance of X w, X [N, D] the vectors
 * less their mean; the coordinates are X W' [N, K]. Products are summed in float64 in a fixed order, and the components are
 * the eigenvectors of X'X or, where N < D, X'u of those u of X X'. Beyond 2,048, by a randomized range finder with 7 power
 * iterations, orthonormalized after each (Halko, Martinsson and Tropp 2011, https://doi.org/10.1137/090771806, algorithms
 * 4.4 and 5.1), and Rayleigh and Ritz's values in it.
 *
 * Throws RangeError for fewer than two items, more dimensions than N or D, vectors that are not finite, and hyperbolic spaces.
 */
export async function pca(space: Space, options: PcaOptions = {}): Promise<PcaProjection> {
  const known = ["dimensions", "normalize", "solver", "seed", "threads", "onWarning", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { threads, signal, onProgress, onWarning = console.warn } = options;
  const [N, D] = [space.length, space.dimensions];
  if (space.geometry === "poincare" || space.geometry === "lorentz") {
    throw new RangeError(`${where}: a space of geometry ${space.geometry} has no straight components`);
  }
  if (N < 2) throw new RangeError(`${where}: at least two items are needed, the space has ${N}`);
  const most = Math.min(N, D);
  const K = integerOption(where, "dimensions", options.dimensions ?? Math.min(2, most), 1);
  if (K > most)
    throw new RangeError(`${where}: ${N} vectors of ${D} numbers have ${most} components, dimensions is ${K}`);
  const normalize = booleanOption(where, "normalize", options.normalize ?? space.geometry === "cosine");
  const wanted = wordOption(where, "solver", options.solver ?? "auto", ["auto", "gram", "randomized"]);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const solver: PcaSolver = wanted !== "auto" ? wanted : most <= mostExact ? "gram" : "randomized";
  signal?.throwIfAborted();

  const vectors = await space.vectors();
  const source: RowSource = {
    rows: N,
    dimensions: D,
    batches: () => (normalize ? normalized(vectors.batches(), D) : vectors.batches()),
  };
  const breather = new Breather(signal);
  const mean = await meanOf(source, space, breather);
  const passes = solver === "randomized" ? powerIterations + 2 : N < D ? 3 : 2;
  const meter = new Meter("components", "rows", passes * N, onProgress);
  let [pass, last] = [0, 0];
  const rows = new CenteredRows(source, mean, {
    threads,
    signal,
    onRows: (done) => {
      if (done <= last) pass++;
      last = done;
      meter.update(pass * N + done, {}, pass * N + done === passes * N);
    },
  });
  try {
    const find = solver === "randomized" ? randomized : N < D ? fromOuter : fromGram;
    const { values, components, squares } = await find(rows, { N, D, K, seed, breather });
    // the mean of equal vectors is theirs but for rounding
    const total = squares > N * 2 ** -100 * mean.reduce((sum, value) => sum + value * value, 0) ? squares : 0;
    if (total === 0) onWarning(`${where}: all vectors are equal; they lie on one point of the map`);
    fixSigns(components, D);
    const explainedVariance = values.map((value) => Math.max(0, value) / (N - 1));
    const explainedVarianceRatio = values.map((value) => (total > 0 ? Math.max(0, value) / total : 0));
    const coordinates = new Float32Array(N * K);
    await rows.times(transposed(components, K, D), K, (first, part) => coordinates.set(part, first * K));
    return {
      method: "pca",
      dimensions: K,
      coordinates,
      settings: { dimensions: K, normalize, solver },
      seed: solver === "randomized" ? seed : null,
      metrics: {
        explainedVariance: Array.from(explainedVariance),
        explainedVarianceRatio: Array.from(explainedVarianceRatio),
      },
      ...{ mean, components, explainedVariance, explainedVarianceRatio },
      transform: (fresh, signal) => place(fresh, { mean, components, K, D, normalize, threads }, signal),
    };
  } finally {
    rows.close();
  }
}

interface Task {
  N: number;
  D: number;
  K: number;
  seed: number;
  breather: Breather;
}

/** Sums of squares along the components, descending, and the components [K, D]. */
interface Found {
  values: Float64Array;
  components: Float64Array;
  /** The sum of squares along all D. */
  squares: number;
}

async function fromGram(rows: CenteredRows, { D, K, breather }: Task): Promise<Found> {
  const gram = await rows.gram();
  const { values, vectors } = await leadingEigen(gram, D, K, () => breather.pause());
  return { values, components: vectors, squares: trace(gram, D) };
}

async function fromOuter(rows: CenteredRows, { N, D, K, seed, breather }: Task): Promise<Found> {
  const outer = await rows.outer();
  const { values, vectors } = await leadingEigen(outer, N, K, () => breather.pause());
  const components = transposed(await rows.transposedTimes(transposed(vectors, K, N), K), D, K);
  // N points less their mean span N - 1 dimensions at most: a component without variance is any direction that is left
  orthonormalize(components, D, new Rng(seed, pcaStream));
  return { values, components, squares: trace(outer, N) };
}

async function randomized(rows: CenteredRows, { N, D, K, seed, breather }: Task): Promise<Found> {
  const L = Math.min(K + oversampling, N, D);
  const rng = new Rng(seed, pcaStream);
  const basis = Float64Array.from({ length: L * D }, () => rng.normal()); // [L, D]
  for (let turn = 0; turn < powerIterations; turn++) {
    orthonormalize(basis, D, rng);
    await breather.pause();
    const { image } = await rows.powers(transposed(basis, L, D), L);
    basis.set(transposed(image, D, L));
  }
  orthonormalize(basis, D, rng);
  const { inner } = await rows.powers(transposed(basis, L, D), L);
  const { values, vectors } = await leadingEigen(inner, L, K);
  const components = new Float64Array(K * D);
  for (let k = 0; k < K; k++) {
    for (let l = 0; l < L; l++) {
      const share = vectors[k * L + l];
      for (let d = 0; d < D; d++) components[k * D + d] += share * basis[l * D + d];
    }
  }
  return { values, components, squares: await rows.squares(breather) };
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i];
  return sum;
}

/** The mean [D]. Throws RangeError where a number is not finite. */
async function meanOf(
  { rows, dimensions, batches }: RowSource,
  space: Space,
  breather: Breather,
): Promise<Float64Array> {
  const mean = new Float64Array(dimensions);
  for (const batch of batches()) {
    for (let start = 0; start < batch.length; start += dimensions) {
      for (let d = 0; d < dimensions; d++) mean[d] += batch[start + d];
    }
    if (breather.due) await breather.pause();
  }
  if (!mean.every(Number.isFinite)) await refuse(space);
  return mean.map((sum) => sum / rows);
}

async function refuse(space: Space): Promise<never> {
  const [names, vectors] = [await space.names(), await space.vectors()];
  for (let row = 0; row < vectors.length; row++) {
    const wrong = vectors.get(row).find((value) => !Number.isFinite(value));
    if (wrong === undefined) continue;
    const name = JSON.stringify(names.get(row));
    throw new RangeError(`${where}: vectors must be finite, that of ${name} (row ${row}) holds ${wrong}`);
  }
  throw new Error("internal: sums of finite numbers are not finite");
}

/** Rows scaled to length 1, in place; zero ones stay. */
function* normalized(batches: Iterable<Float32Array>, dimensions: number): Generator<Float32Array> {
  for (const batch of batches) {
    for (let start = 0; start < batch.length; start += dimensions) {
      let squares = 0;
      for (let i = start; i < start + dimensions; i++) squares += batch[i] * batch[i];
      if (squares === 0) continue;
      const scale = 1 / Math.sqrt(squares);
      for (let i = start; i < start + dimensions; i++) batch[i] *= scale;
    }
    yield batch;
  }
}

function fixSigns(components: Float64Array, dimensions: number): void {
  for (let start = 0; start < components.length; start += dimensions) {
    const row = components.subarray(start, start + dimensions);
    const largest = row.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (largest < 0) for (let d = 0; d < dimensions; d++) row[d] = -row[d];
  }
}

/** A matrix [rows, columns] as [columns, rows]. */
function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c];
  return result;
}

interface Placing {
  mean: Float64Array;
  components: Float64Array;
  K: number;
  D: number;
  normalize: boolean;
  threads: number | undefined;
}

async function place(
  fresh: readonly VectorLike[],
  { mean, components, K, D, normalize, threads }: Placing,
  signal: AbortSignal | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  const flat = new Float32Array(fresh.length * D);
  fresh.forEach((vector, row) => {
    if (vector.length !== D)
      throw new RangeError(`${where}: vector ${row} must have ${D} numbers, got ${vector.length}`);
    flat.set(vector, row * D);
    const wrong = flat.subarray(row * D, (row + 1) * D).find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw new RangeError(`${where}: vector ${row} must be finite, got ${wrong}`);
  });
  const coordinates = new Float32Array(fresh.length * K);
  if (fresh.length === 0) return coordinates;
  const batches = () => (normalize ? normalized([flat.slice()], D) : [flat]);
  const rows = new CenteredRows({ rows: fresh.length, dimensions: D, batches }, mean, { threads, signal });
  try {
    await rows.times(transposed(components, K, D), K, (first, part) => coordinates.set(part, first * K));
  } finally {
    rows.close();
  }
  return coordinates;
}
