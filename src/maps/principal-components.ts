import type { Breather } from "../io/breather.js";
import { Meter, type OnProgress } from "../io/progress.js";
import { leadingEigen } from "../numerics/leading-eigen.js";
import { Rng } from "../numerics/random.js";
import type { CenteredRows } from "./centered-rows.js";
import { orthonormalize } from "./orthonormalize.js";

/** "gram" is exact, from the smaller of X'X and X X'; "randomized" finds components of close variance less exactly. */
export type PcaSolver = "gram" | "randomized";

/** Largest Gram matrix that is decomposed. */
const mostExact = 2048;
/** What "randomized" draws beyond K, and how often it multiplies by X'X. */
const oversampling = 10;
const powerIterations = 7;
/** Stream of the random numbers. */
const pcaStream = 0x706361;

export interface ComponentsTask {
  /** Rows and columns of X. */
  N: number;
  D: number;
  /** Components, at most the smaller of N and D. */
  K: number;
  solver: PcaSolver;
  /** Of what "randomized" draws. */
  seed: number;
  breather: Breather;
}

export interface Components {
  /** [K, D], orthonormal rows; of each the entry largest in size, the first of equal ones, is positive. */
  components: Float64Array;
  /** [K], descending: sums of squares of X along them, the eigenvalues of X'X. */
  values: Float64Array;
  /** The sum of squares along all D; 0 where all rows are equal. */
  squares: number;
}

/** "gram" where N or D is small enough for it. */
export function solverFor(N: number, D: number): PcaSolver {
  return Math.min(N, D) <= mostExact ? "gram" : "randomized";
}

/** Reports rows gone through, as `CenteredRows` tells them: those of the components and `more` passes after. */
export function passReports(
  { N, D, solver }: Pick<ComponentsTask, "N" | "D" | "solver">,
  more: number,
  onProgress: OnProgress | undefined,
): (rows: number) => void {
  const passes = more + (solver === "randomized" ? powerIterations + 1 : N < D ? 2 : 1);
  const meter = new Meter("components", "rows", passes * N, onProgress);
  let [pass, last] = [0, 0];
  return (done) => {
    if (done <= last) pass++;
    last = done;
    meter.update(pass * N + done, {}, pass * N + done === passes * N);
  };
}

/**
 * The orthonormal w_k of largest |X w| of rows X [N, D] less their `mean`. Products are summed in float64 in a fixed order; the
 * components are the eigenvectors of X'X or, where N < D, X'u of those u of X X'. "randomized": by a range finder with 7 power
 * iterations, orthonormalized after each (Halko, Martinsson and Tropp 2011, https://doi.org/10.1137/090771806, algorithms
 * 4.4 and 5.1), and Rayleigh and Ritz's values in it.
 */
export async function principalComponents(
  rows: CenteredRows,
  mean: Float64Array,
  task: ComponentsTask,
): Promise<Components> {
  const find = task.solver === "randomized" ? randomized : task.N < task.D ? fromOuter : fromGram;
  const { values, components, squares } = await find(rows, task);
  fixSigns(components, task.D);
  // the mean of equal rows is theirs but for rounding
  const rounding = task.N * 2 ** -100 * mean.reduce((sum, value) => sum + value * value, 0);
  return { components, values: values.map((value) => Math.max(0, value)), squares: squares > rounding ? squares : 0 };
}

async function fromGram(rows: CenteredRows, { D, K, breather }: ComponentsTask): Promise<Components> {
  const gram = await rows.gram();
  const { values, vectors } = await leadingEigen(gram, D, K, () => breather.pause());
  return { values, components: vectors, squares: trace(gram, D) };
}

async function fromOuter(rows: CenteredRows, { N, D, K, seed, breather }: ComponentsTask): Promise<Components> {
  const outer = await rows.outer();
  const { values, vectors } = await leadingEigen(outer, N, K, () => breather.pause());
  const components = transposed(await rows.transposedTimes(transposed(vectors, K, N), K), D, K);
  // N points less their mean span N - 1 dimensions at most: a component without variance is any direction that is left
  orthonormalize(components, D, new Rng(seed, pcaStream));
  return { values, components, squares: trace(outer, N) };
}

async function randomized(rows: CenteredRows, { N, D, K, seed, breather }: ComponentsTask): Promise<Components> {
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

function fixSigns(components: Float64Array, dimensions: number): void {
  for (let start = 0; start < components.length; start += dimensions) {
    const row = components.subarray(start, start + dimensions);
    const largest = row.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (largest < 0) for (let d = 0; d < dimensions; d++) row[d] = -row[d];
  }
}

/** A matrix [rows, columns] as [columns, rows]. */
export function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c];
  return result;
}
