import { connectedComponents } from "./components.js";
import type { InvariantSubspace } from "./eigenvectors.js";
import type { Graph } from "./graph.js";
import { degreesOf } from "./operators/degrees.js";

/**
 * The space of D^1/2 1 of each connected component of an undirected graph, D the degrees: where I - D^-1/2 A D^-1/2 has the
 * eigenvalue 0. Its vectors say nothing but which component a node is in. A node without edges is a component, whose vector
 * is 1 there.
 */
export class ComponentSubspace implements InvariantSubspace {
  /** The number of components. */
  readonly dimension: number;
  /** The component of each node, numbered from 0 in order of their first nodes. */
  readonly component: Int32Array;
  readonly #entries: Float64Array; // [N], of these vectors, each of length 1

  constructor(graph: Graph) {
    const { component, count } = connectedComponents(graph);
    const degrees = degreesOf(graph);
    const sums = new Float64Array(count);
    for (let i = 0; i < graph.numNodes; i++) sums[component[i]] += degrees[i];
    this.dimension = count;
    this.component = component;
    this.#entries = degrees.map((degree, i) => (degree === 0 ? 1 : Math.sqrt(degree / sums[component[i]])));
  }

  remove(vector: Float64Array): void {
    const sums = new Float64Array(this.dimension);
    for (let i = 0; i < vector.length; i++) sums[this.component[i]] += this.#entries[i] * vector[i];
    for (let i = 0; i < vector.length; i++) vector[i] -= this.#entries[i] * sums[this.component[i]];
  }
}
