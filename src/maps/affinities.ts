import { sharedPool } from "../kernels/pool.js";
import { GraphMemory } from "../messages/memory.js";
import { log } from "../numerics/elementary.js";
import type { NeighborGraph } from "./neighbor-graph.js";

/** Symmetric affinities P of N items, in a memory of their own; `close` gives it back. */
export interface Affinities {
  readonly memory: GraphMemory;
  readonly numItems: number;
  /** Pairs (i, j) with an affinity; the padding is not counted. */
  readonly numPairs: number;
  /** Address of u32 [N + 1]: where each row begins among the entries, a multiple of four. */
  readonly offsetsAt: number;
  /** Address of u32 columns, ascending in a row; padding holds the row's own number. */
  readonly indicesAt: number;
  /** Address of f32 values, which sum to 1; padding holds 0. */
  readonly valuesAt: number;
  /** sum P ln P, in nats. */
  readonly negativeEntropy: number;
  /** What the values sum to after rounding. */
  readonly total: number;
}

/** Rows of one call of the kernel. */
const rowsPerCall = 256;

/**
 * The affinities of t-SNE (van der Maaten and Hinton 2008, section 2, eq. 1) over the K nearest neighbors of each item:
 *
 *   p_j|i ~ exp(-beta_i d_ij^2), beta_i such that the entropy of p_.|i is ln(perplexity);   P = (p + p') / 2N
 *
 * d is the graph's Euclidean distance, or |u - v| of vectors of length 1 where it is the cosine.
 */
export async function affinitiesOf(
  near: NeighborGraph,
  perplexity: number,
  { threads, signal }: { threads?: number; signal?: AbortSignal },
): Promise<Affinities> {
  const { numItems, neighbors, metric, rows, distances } = near;
  const memory = new GraphMemory(0, "tsne");
  try {
    const width = Math.ceil(neighbors / 4) * 4;
    const squaresAt = memory.allocate(4 * numItems * width);
    const squares = memory.f32(squaresAt, numItems * width).fill(0);
    for (let i = 0; i < numItems; i++) {
      for (let k = 0; k < neighbors; k++) {
        const distance = distances[i * neighbors + k];
        // 1 - cosine is |u - v|^2 / 2
        squares[i * width + k] = metric === "cosine" ? 2 * distance : distance * distance;
      }
    }
    const calls: number[][] = [];
    for (let i = 0; i < numItems; i += rowsPerCall) {
      calls.push([i, Math.min(i + rowsPerCall, numItems), neighbors, squaresAt, 4 * width, log(perplexity)]);
    }
    await sharedPool({ threads }).run({ memory: memory.memory, kernel: "tsne", fn: "calibrate", calls, signal });
    const conditional = memory.f32(squaresAt, numItems * width).slice();
    memory.free(squaresAt);
    return symmetric(memory, { numItems, neighbors, width, rows, conditional });
  } catch (error) {
    memory.close();
    throw error;
  }
}

interface Conditional {
  numItems: number;
  neighbors: number;
  width: number;
  /** [N, K] */
  rows: Int32Array;
  /** [N, width] */
  conditional: Float32Array;
}

/** (p + p') / 2N as padded rows. */
function symmetric(memory: GraphMemory, { numItems, neighbors, width, rows, conditional }: Conditional): Affinities {
  // p' by a counting sort, and p again as the transpose of that, so that the columns of both ascend in each row
  const [backStarts, backRows, backValues] = transpose(
    numItems,
    (visit) => {
      for (let i = 0; i < numItems; i++) {
        for (let k = 0; k < neighbors; k++) visit(i, rows[i * neighbors + k], conditional[i * width + k]);
      }
    },
    rows.length,
  );
  const [starts, columns, values] = transpose(
    numItems,
    (visit) => {
      for (let j = 0; j < numItems; j++) {
        for (let e = backStarts[j]; e < backStarts[j + 1]; e++) visit(j, backRows[e], backValues[e]);
      }
    },
    rows.length,
  );

  const merged = (take: (i: number, column: number, value: number) => void) => {
    for (let i = 0; i < numItems; i++) {
      let [a, b] = [starts[i], backStarts[i]];
      const [endA, endB] = [starts[i + 1], backStarts[i + 1]];
      while (a < endA || b < endB) {
        const [left, right] = [a < endA ? columns[a] : numItems, b < endB ? backRows[b] : numItems];
        const value = (left <= right ? values[a] : 0) + (right <= left ? backValues[b] : 0);
        if (left <= right) a++;
        if (right <= left) b++;
        take(i, Math.min(left, right), value / (2 * numItems));
      }
    }
  };
  const counts = new Uint32Array(numItems);
  merged((i) => counts[i]++);
  const offsetsAt = memory.allocate(4 * (numItems + 1));
  const offsets = memory.u32(offsetsAt, numItems + 1);
  offsets[0] = 0;
  for (let i = 0; i < numItems; i++) offsets[i + 1] = offsets[i] + Math.ceil(counts[i] / 4) * 4;
  const entries = offsets[numItems];
  const starting = offsets.slice();
  const [indicesAt, valuesAt] = [memory.allocate(4 * entries), memory.allocate(4 * entries)];
  const indices = memory.u32(indicesAt, entries);
  const weights = memory.f32(valuesAt, entries).fill(0);
  for (let i = 0; i < numItems; i++) indices.fill(i, starting[i], starting[i + 1]);
  let [negativeEntropy, total, numPairs] = [0, 0, 0];
  merged((i, column, value) => {
    const at = starting[i]++;
    indices[at] = column;
    weights[at] = value;
    numPairs++;
    total += weights[at];
    if (weights[at] > 0) negativeEntropy += weights[at] * log(weights[at]);
  });
  return { memory, numItems, numPairs, offsetsAt, indicesAt, valuesAt, negativeEntropy, total };
}

/** Entries (row, column, value), given in the order of their rows, by column: starts, rows, values. */
function transpose(
  n: number,
  entries: (visit: (row: number, column: number, value: number) => void) => void,
  count: number,
): [Uint32Array, Uint32Array, Float32Array] {
  const starts = new Uint32Array(n + 1);
  entries((_, column) => starts[column + 1]++);
  for (let j = 0; j < n; j++) starts[j + 1] += starts[j];
  const next = starts.slice();
  const rows = new Uint32Array(count);
  const values = new Float32Array(count);
  entries((row, column, value) => {
    const at = next[column]++;
    rows[at] = row;
    values[at] = value;
  });
  return [starts, rows, values];
}
