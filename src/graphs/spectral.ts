import { integerOption, knownOptions, numberOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { degreesOf } from "../messages/operators/degrees.js";
import type { Operator } from "../messages/operators/operator.js";
import { symmetric } from "../messages/operators/symmetric.js";
import { propagate } from "../messages/propagate.js";
import { Rng } from "../numerics/random.js";
import { symmetricEigen } from "../numerics/symmetric-eigen.js";
import { Space } from "../space/space.js";
import { connectedComponents } from "./components.js";
import { neighborEncoder } from "./neighbor-encoder.js";

export interface SpectralOptions extends TaskOptions {
  /** Width D; 16 by default, 2 to 128 are useful. The graph must have that many eigenvectors to give: see below. */
  dimensions?: number;
  /** The largest |L v - lambda v| that is left, of vectors of length 1; 1e-8 by default, 1e-4 to 1e-12 are useful. */
  tolerance?: number;
  /** Restarts at most, each of 3 to 32 products; 500 by default. */
  maxRestarts?: number;
  /** Of the first block; 1 by default. Vectors of simple eigenvalues do not depend on it but for rounding. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Receives warnings, such as that of a tolerance that was not met; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

const where = "spectralEmbedding";

/**
 * Spectral embedding (Belkin and Niyogi 2003; Ng, Jordan and Weiss 2002): the nodes' entries in the eigenvectors of
 *
 *   L = I - D^-1/2 A D^-1/2
 *
 * that belong to its least eigenvalues, ascending, each vector of length 1. For each connected component L has an
 * eigenvalue 0, whose vector D^1/2 1 says nothing but which nodes these are; these are left out, and the column `component`
 * says it instead. So dimensions is at most the number of nodes less that of components.
 *
 * The sign of a vector is such that its largest entry (the first, of those within a millionth) is positive. Vectors of a
 * multiple eigenvalue are any orthonormal ones. Leaves a space of nodes under the Euclidean distance, with the eigenvalues
 * and the largest residual among its metrics. `embed` places a new node at the mean direction of its neighbors.
 *
 * Throws RangeError where the graph is directed or gives fewer eigenvectors than were asked for.
 */
export async function spectralEmbedding(graph: Graph, options: SpectralOptions = {}): Promise<Space> {
  const known = ["dimensions", "tolerance", "maxRestarts", "seed", "threads", "onWarning", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { threads, signal, onProgress, onWarning = console.warn } = options;
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 16, 1);
  const tolerance = numberOption(where, "tolerance", options.tolerance ?? 1e-8, { least: 1e-13 });
  const maxRestarts = integerOption(where, "maxRestarts", options.maxRestarts ?? 500, 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const operator = symmetric(graph, { selfLoops: false, precision: "f64" });
  const { component, count } = connectedComponents(graph);
  const { numNodes } = graph;
  if (dimensions > numNodes - count) {
    throw new RangeError(
      `${where}: ${numNodes} nodes in ${count} components have ${numNodes - count} eigenvectors to give, dimensions is ${dimensions}`,
    );
  }

  const trivial = new Trivial(graph, component, count);
  const meter = new Meter("spectrum", "items", undefined, onProgress);
  const { values, vectors, residual, restarts } = await largest(operator, trivial, {
    ...{ dimensions, tolerance, maxRestarts, seed, threads, signal },
    onRestart: (restart) => meter.update(restart),
  });
  if (residual > tolerance) {
    onWarning(
      `${where}: after ${restarts} restarts a residual of ${residual} is left, above the tolerance ${tolerance}`,
    );
  }
  const table = new Float32Array(numNodes * dimensions);
  for (const [d, vector] of vectors.entries()) {
    const sign = signOf(vector);
    for (let i = 0; i < numNodes; i++) table[i * dimensions + d] = sign * vector[i];
  }
  return Space.from(
    {
      names: Array.from({ length: numNodes }, (_, i) => graph.nameOf(i)),
      vectors: table,
      dimensions,
      kind: "nodes",
      geometry: "euclidean",
      columns: { component: Float64Array.from(component) },
      method: "spectral",
      options: { dimensions, tolerance, maxRestarts },
      seed,
      metrics: { eigenvalues: Array.from(values, (value) => 1 - value), residual, restarts, components: count },
    },
    { encoders: { spectral: neighborEncoder } },
  );
}

/** The space of D^1/2 1 of each component, in which S has the eigenvalue 1, and of the nodes without edges. */
class Trivial {
  readonly #component: Int32Array;
  readonly #count: number;
  readonly #shares: Float64Array; // [N], the entries of these vectors, each of length 1

  constructor(graph: Graph, component: Int32Array, count: number) {
    const degrees = degreesOf(graph);
    const sums = new Float64Array(count);
    for (let i = 0; i < graph.numNodes; i++) sums[component[i]] += degrees[i];
    this.#component = component;
    this.#count = count;
    this.#shares = degrees.map((degree, i) => (degree === 0 ? 1 : Math.sqrt(degree / sums[component[i]])));
  }

  /** Takes from a vector what lies in that space. */
  remove(vector: Float64Array): void {
    const sums = new Float64Array(this.#count);
    for (let i = 0; i < vector.length; i++) sums[this.#component[i]] += this.#shares[i] * vector[i];
    for (let i = 0; i < vector.length; i++) vector[i] -= this.#shares[i] * sums[this.#component[i]];
  }
}

interface Settings {
  dimensions: number;
  tolerance: number;
  maxRestarts: number;
  seed: number;
  threads: number | undefined;
  signal: AbortSignal | undefined;
  onRestart: (restart: number) => void;
}

/** Vectors of a Krylov space between restarts, about: its dense eigenproblem takes time by the third power of it. */
const mostVectors = 96;

/**
 * The eigenvectors of S that belong to its largest eigenvalues, the trivial ones left out, by block Lanczos with full
 * reorthogonalization and restarts (Golub and Underwood 1977): from a block X the basis of [X, S X, S^2 X, ..], in it the
 * best approximations (Rayleigh and Ritz), of which the largest are the next X. A block is wider than what is asked for, so
 * that multiple eigenvalues are found as often as they are there.
 */
async function largest(operator: Operator, trivial: Trivial, settings: Settings) {
  const { dimensions, tolerance, maxRestarts, seed, threads, signal, onRestart } = settings;
  const N = operator.rows.numRows;
  const width = dimensions + Math.min(8, Math.max(2, dimensions));
  const blocks = Math.max(3, Math.floor(mostVectors / width));
  const rng = new Rng(seed);
  let start: Float64Array[] = Array.from({ length: width }, () =>
    Float64Array.from({ length: N }, () => 2 * rng.uniform() - 1),
  );
  for (let restart = 1; ; restart++) {
    signal?.throwIfAborted();
    const basis: Float64Array[] = [];
    const images: Float64Array[] = [];
    let block: Float64Array[] = start;
    for (let k = 0; k < blocks && block.length > 0; k++) {
      const added = orthonormalized(block, basis, trivial);
      if (added.length === 0) break;
      basis.push(...added);
      block = await applied(operator, added, threads, signal);
      images.push(...block);
    }
    const n = basis.length;
    const projected = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const product = (dot(basis[i], images[j]) + dot(basis[j], images[i])) / 2;
        projected[i * n + j] = product;
        projected[j * n + i] = product;
      }
    }
    const eigen = symmetricEigen(projected, n);
    const kept = Math.min(width, n);
    const values: number[] = [];
    const vectors: Float64Array[] = [];
    let residual = 0;
    for (let k = 0; k < kept; k++) {
      const coefficients = eigen.vectors.subarray((n - 1 - k) * n, (n - k) * n);
      const value = eigen.values[n - 1 - k];
      const vector = combined(basis, coefficients);
      vectors.push(vector);
      values.push(value);
      if (k >= dimensions) continue;
      const image = combined(images, coefficients);
      for (let i = 0; i < N; i++) image[i] -= value * vector[i];
      residual = Math.max(residual, Math.sqrt(dot(image, image)));
    }
    onRestart(restart);
    if (residual <= tolerance || restart === maxRestarts) {
      return {
        values: values.slice(0, dimensions),
        vectors: vectors.slice(0, dimensions),
        residual,
        restarts: restart,
      };
    }
    start = vectors;
  }
}

/** What of a block is new beside the basis, orthonormal; vectors of which nothing is left are dropped. */
function orthonormalized(block: readonly Float64Array[], basis: readonly Float64Array[], trivial: Trivial) {
  const added: Float64Array[] = [];
  for (const vector of block) {
    const own = Float64Array.from(vector);
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      trivial.remove(own);
      for (const list of [basis, added]) for (const other of list) subtract(own, dot(own, other), other);
    }
    const length = Math.sqrt(dot(own, own));
    if (length <= 1e-10 * before) continue;
    for (let i = 0; i < own.length; i++) own[i] /= length;
    added.push(own);
  }
  return added;
}

/** S times each vector, in one product. */
async function applied(
  operator: Operator,
  vectors: readonly Float64Array[],
  threads: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Float64Array[]> {
  const N = operator.rows.numRows;
  const width = vectors.length;
  const table = new Float64Array(N * width);
  for (const [k, vector] of vectors.entries()) for (let i = 0; i < N; i++) table[i * width + k] = vector[i];
  const images = await propagate(operator, table, { threads, signal });
  return vectors.map((_, k) => Float64Array.from({ length: N }, (_, i) => images[i * width + k]));
}

function combined(vectors: readonly Float64Array[], coefficients: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  for (const [k, vector] of vectors.entries()) subtract(sum, -coefficients[k], vector);
  return sum;
}

function signOf(vector: Float64Array): number {
  const most = vector.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const first = vector.find((value) => Math.abs(value) >= most * (1 - 1e-6)) as number;
  return first < 0 ? -1 : 1;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** a -= factor b. */
function subtract(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] -= factor * b[i];
}
