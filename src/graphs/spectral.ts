import { integerOption, knownOptions, numberOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { degreesOf } from "../messages/operators/degrees.js";
import type { Operator } from "../messages/operators/operator.js";
import { symmetric } from "../messages/operators/symmetric.js";
import { spmm } from "../messages/spmm.js";
import { log } from "../numerics/elementary.js";
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
  /** Rounds at most, each of up to 41 products; 500 by default. */
  maxRounds?: number;
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
  const known = ["dimensions", "tolerance", "maxRounds", "seed", "threads", "onWarning", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { threads, signal, onProgress, onWarning = console.warn } = options;
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 16, 1);
  const tolerance = numberOption(where, "tolerance", options.tolerance ?? 1e-8, { least: 1e-13 });
  const maxRounds = integerOption(where, "maxRounds", options.maxRounds ?? 500, 1);
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
  const { values, vectors, residual, rounds } = await largest(operator, trivial, {
    ...{ dimensions, most: numNodes - count, tolerance, maxRounds, seed, threads, signal },
    onRound: (round) => meter.update(round),
  });
  if (residual > tolerance) {
    onWarning(`${where}: after ${rounds} rounds a residual of ${residual} is left, above the tolerance ${tolerance}`);
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
      options: { dimensions, tolerance, maxRounds },
      seed,
      metrics: { eigenvalues: Array.from(values, (value) => 1 - value), residual, rounds, components: count },
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
  /** How many eigenvectors there are. */
  most: number;
  tolerance: number;
  maxRounds: number;
  seed: number;
  threads: number | undefined;
  signal: AbortSignal | undefined;
  onRound: (round: number) => void;
}

/** The degree of the filter at most; higher ones converge in fewer rounds, each of as many products. */
const mostDegree = 40;
/** ln of how much more the filter may amplify one vector of a block than another, which then is lost to rounding. */
const mostGrowth = 18;

/**
 * The eigenvectors of S that belong to its largest eigenvalues, the trivial ones left out, by subspace iteration with a
 * Chebyshev filter (Zhou, Saad, Tiago and Chelikowsky 2006, algorithm 4.1): a block X becomes T_m(M) X, M = S mapped so that
 * [-1, least Ritz value of the block] is [-1, 1], which amplifies what lies above; then the best approximations in its span
 * (Rayleigh and Ritz) are the next X. The block is wider than what is asked for, so that multiple eigenvalues are found as
 * often as they are there.
 */
async function largest(operator: Operator, trivial: Trivial, settings: Settings) {
  const { dimensions, most, tolerance, maxRounds, seed, threads, signal, onRound } = settings;
  const N = operator.rows.numRows;
  const width = Math.min(most, dimensions + Math.min(8, Math.max(3, dimensions)));
  const rng = new Rng(seed);
  const drawn = () => Float64Array.from({ length: N }, () => 2 * rng.uniform() - 1);
  let block: Float64Array[] = Array.from({ length: width }, drawn);
  for (let round = 1; ; round++) {
    signal?.throwIfAborted();
    const basis = orthonormalized(block, trivial, drawn);
    const images = await filtered(operator, basis, { degree: 1, scale: 1, shift: 0, threads, signal });
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
    let residual = 0;
    for (let k = 0; k < width; k++) {
      const coefficients = eigen.vectors.subarray((width - 1 - k) * width, (width - k) * width);
      vectors.push(combined(basis, coefficients));
      if (k >= dimensions) continue;
      const image = combined(images, coefficients);
      subtract(image, values[k], vectors[k]);
      residual = Math.max(residual, Math.sqrt(dot(image, image)));
    }
    onRound(round);
    if (residual <= tolerance || round === maxRounds) {
      return { values: values.slice(0, dimensions), vectors: vectors.slice(0, dimensions), residual, rounds: round };
    }
    const half = (values[width - 1] + 1) / 2; // of [-1, least value]
    const [scale, shift] = [1 / half, 1 / half - 1];
    const top = Math.max(1 + 2 ** -40, scale * values[0] + shift);
    const growth = log(top + Math.sqrt(top * top - 1)); // T_m(top) is about e^(m growth) / 2
    const degree = Math.max(2, Math.min(mostDegree, Math.floor(mostGrowth / growth)));
    block = await filtered(operator, vectors, { degree, scale, shift, threads, signal });
  }
}

interface Filter {
  degree: number;
  scale: number;
  shift: number;
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** T_m(scale S + shift I) times each vector, all in one table: T_k+1 = 2 M T_k - T_k-1. */
async function filtered(
  operator: Operator,
  vectors: readonly Float64Array[],
  { degree, scale, shift, threads, signal }: Filter,
): Promise<Float64Array[]> {
  const { memory } = operator;
  const N = operator.rows.numRows;
  const width = vectors.length;
  const scratch = memory.scratch();
  try {
    let [before, now, next] = Array.from({ length: 3 }, () => scratch.allocate(8 * N * width));
    const table = memory.f64(before, N * width);
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
    const images = memory.f64(now, N * width);
    return vectors.map((_, k) => Float64Array.from({ length: N }, (_, i) => images[i * width + k]));
  } finally {
    scratch.release();
  }
}

/** An orthonormal basis of a block, as wide: vectors of which nothing is left are replaced by new ones. */
function orthonormalized(block: readonly Float64Array[], trivial: Trivial, drawn: () => Float64Array): Float64Array[] {
  const basis: Float64Array[] = [];
  const waiting = block.toReversed();
  while (basis.length < block.length) {
    const own = waiting.pop() ?? drawn();
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      trivial.remove(own);
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
