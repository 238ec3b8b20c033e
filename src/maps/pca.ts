import { Breather } from "../io/breather.js";
import { booleanOption, integerOption, knownOptions, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import type { VectorLike } from "../space/query.js";
import type { Space } from "../space/space.js";
import { CenteredRows, type RowSource } from "./centered-rows.js";
import { type PcaSolver, passReports, principalComponents, solverFor, transposed } from "./principal-components.js";
import type { Projection } from "./projection.js";

export type { PcaSolver } from "./principal-components.js";

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

/**
 * Principal components (Pearson 1901, Hotelling 1933): the orthonormal w_k of largest variance of X w, X [N, D] the vectors
 * less their mean; the coordinates are X W' [N, K]. How they are found: `principalComponents`.
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
  const solver: PcaSolver = wanted !== "auto" ? wanted : solverFor(N, D);
  signal?.throwIfAborted();

  const vectors = await space.vectors();
  const source: RowSource = {
    rows: N,
    dimensions: D,
    batches: () => (normalize ? normalized(vectors.batches(), D) : vectors.batches()),
  };
  const breather = new Breather(signal);
  const mean = await meanOf(source, space, breather);
  const onRows = passReports({ N, D, solver }, 1, onProgress);
  const rows = new CenteredRows(source, mean, { threads, signal, onRows });
  try {
    const task = { N, D, K, solver, seed, breather };
    const { values, components, squares } = await principalComponents(rows, mean, task);
    if (squares === 0) onWarning(`${where}: all vectors are equal; they lie on one point of the map`);
    const explainedVariance = values.map((value) => value / (N - 1));
    const explainedVarianceRatio = values.map((value) => (squares > 0 ? value / squares : 0));
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
