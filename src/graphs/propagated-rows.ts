import { degreesOf, type Neighbors } from "../messages/operators/degrees.js";
import { isSparse, type Matrix, type SparseMatrix } from "../numerics/matrix.js";

/** A node to be attached, by the numbers of its neighbors and the weights of the edges. */
export type Attachment = readonly { readonly node: number; readonly weight: number }[];

/**
 * Single rows of S^K X, S = D~^-1/2 (A + I) D~^-1/2 as in `symmetric`, from the nodes that K edges reach: row i is
 * (e_i S^K) X, a sparse vector over the nodes times the features. It costs what lies around the nodes asked for, whatever the
 * size of the graph, and knows nodes that are attached to the graph without being in it.
 */
export class PropagatedRows {
  readonly #graph: Neighbors;
  readonly #features: Matrix;
  readonly #steps: number;
  readonly #degrees: Float64Array; // of A + I
  // Sparse sums are taken in these, which are zero in between.
  readonly #sums: readonly [Float64Array, Float64Array]; // over the nodes and one that is attached
  readonly #row: Float64Array; // [D]

  /** The graph is undirected; features are [N, D]. */
  constructor(graph: Neighbors, features: Matrix, steps: number) {
    this.#graph = graph;
    this.#features = features;
    this.#steps = steps;
    this.#degrees = new Float64Array(graph.numNodes + 1);
    this.#degrees.set(degreesOf(graph, 1));
    this.#sums = [new Float64Array(graph.numNodes + 1), new Float64Array(graph.numNodes + 1)];
    this.#row = new Float64Array(features.columns);
  }

  /** The rows of some nodes, in their order. */
  rows(nodes: ArrayLike<number>): SparseMatrix {
    const { columns } = this.#features;
    const starts = new Uint32Array(nodes.length + 1);
    let indices = new Uint32Array(1024);
    let values = new Float64Array(1024);
    for (let k = 0, count = 0; k < nodes.length; k++) {
      const row = this.#rowOf(this.#reach(nodes[k], null, []));
      if (count + columns > indices.length) {
        const room = 2 * (count + columns);
        [indices, values] = [grow(indices, room), grow(values, room)];
      }
      for (let d = 0; d < columns; d++) {
        if (row[d] === 0) continue;
        indices[count] = d;
        values[count++] = row[d];
      }
      row.fill(0);
      starts[k + 1] = count;
    }
    const count = starts[nodes.length];
    return {
      rows: nodes.length,
      columns,
      starts,
      indices: indices.subarray(0, count),
      values: values.subarray(0, count),
    };
  }

  /** The row of a node that is attached to its neighbors, whose degrees it raises; `own` are its features, [D]. */
  attached(neighbors: Attachment, own: ArrayLike<number>): Float64Array {
    const added = this.#graph.numNodes;
    const degrees = this.#degrees;
    const before = neighbors.map(({ node }) => degrees[node]);
    degrees[added] = 1;
    for (const { node, weight } of neighbors) {
      degrees[node] += weight;
      degrees[added] += weight;
    }
    try {
      const row = this.#rowOf(this.#reach(added, added, neighbors), own);
      const result = row.slice();
      row.fill(0);
      return result;
    } finally {
      neighbors.forEach(({ node }, k) => {
        degrees[node] = before[k];
      });
    }
  }

  /** e_i S^K: the nodes with an entry, ascending, and the entries. */
  #reach(start: number, added: number | null, neighbors: Attachment): { nodes: number[]; shares: Float64Array } {
    const { offsets, indices, values } = this.#graph.rows;
    const degrees = this.#degrees;
    const weightToAdded = new Map(neighbors.map(({ node, weight }) => [node, weight]));
    let [from, to] = this.#sums;
    let nodes = [start];
    from[start] = 1;
    for (let step = 0; step < this.#steps; step++) {
      const next: number[] = [];
      const give = (node: number, share: number) => {
        if (to[node] === 0) next.push(node); // shares are above 0
        to[node] += share;
      };
      for (const i of nodes) {
        const share = from[i] / Math.sqrt(degrees[i]);
        from[i] = 0;
        give(i, share);
        if (i === added) for (const { node, weight } of neighbors) give(node, share * weight);
        else {
          for (let k = offsets[i]; k < offsets[i + 1]; k++) give(indices[k], share * (values?.[k] ?? 1));
          const weight = weightToAdded.get(i);
          if (added !== null && weight !== undefined) give(added, share * weight);
        }
      }
      for (const i of next) to[i] /= Math.sqrt(degrees[i]);
      nodes = next.sort((a, b) => a - b);
      [from, to] = [to, from];
    }
    const shares = Float64Array.from(nodes, (i) => from[i]);
    for (const i of nodes) from[i] = 0;
    return { nodes, shares };
  }

  /** The shares times the features, [D], in the array that all rows share; `own` are those of the attached node. */
  #rowOf({ nodes, shares }: { nodes: number[]; shares: Float64Array }, own: ArrayLike<number> = []): Float64Array {
    const features = this.#features;
    const { columns, values } = features;
    const row = this.#row;
    for (const [k, node] of nodes.entries()) {
      const share = shares[k];
      if (node === features.rows) for (let d = 0; d < columns; d++) row[d] += share * own[d];
      else if (isSparse(features)) {
        const end = features.starts[node + 1];
        for (let at = features.starts[node]; at < end; at++) row[features.indices[at]] += share * values[at];
      } else for (let d = 0, at = node * columns; d < columns; d++, at++) row[d] += share * values[at];
    }
    return row;
  }
}

function grow<T extends Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array as never);
  return larger;
}
