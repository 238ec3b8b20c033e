import type { Structure } from "./labeled-graph.js";
import { Signatures } from "./signatures.js";

/**
 * The nodes by color, refined round by round (Weisfeiler and Leman 1968; Berkholz, Bonsma and Grohe 2017, "Tight lower and
 * upper bounds for the complexity of canonical colour refinement"):
 *
 *   c_0(v) = label of v,   c_t+1(v) = (c_t(v), multiset of (direction, edge label, c_t(u)) over the neighbors u of v)
 *
 * A round looks only at the neighbors of nodes whose color is new. That suffices: two nodes of one color had equal
 * multisets a round before, and a new color tells which one it came from. Of a class that splits, the largest part keeps
 * its number, so that a node's color changes at most log2 N times and all rounds together take O((N + E) log N) steps,
 * sorting apart (Hopcroft's "process the smaller half"). Numbers of colors are given in an order that depends on the graph
 * alone: renumbering the nodes renumbers no color.
 */
export class Partition {
  /** The color of each node, 0 .. numColors - 1. */
  readonly colors: Uint32Array;
  numColors = 0;
  /** All nodes, those of one color side by side. */
  readonly members: Uint32Array;
  /** By color: where its members begin, and how many there are. */
  readonly starts: Uint32Array;
  readonly sizes: Uint32Array;
  readonly #structure: Structure;
  readonly #kinds: number; // of arcs: directions times labels
  readonly #parents: Uint32Array; // by color: the one that it was split from
  readonly #places: Uint32Array; // of each node among the members
  readonly #counts: Uint32Array; // of a node's keys; zero between rounds
  readonly #ends: Uint32Array; // of a node's keys among all; those before it are filled from here
  readonly #touched: Uint32Array;
  #seen = 0; // the neighbors of colors below have been looked at

  /** Round 0: the nodes by label. */
  constructor(structure: Structure) {
    const { numNodes, labelOf, nodeLabels } = structure;
    this.#structure = structure;
    this.colors = labelOf.slice();
    this.numColors = nodeLabels.length;
    this.members = new Uint32Array(numNodes);
    this.starts = new Uint32Array(numNodes);
    this.sizes = new Uint32Array(numNodes);
    this.#parents = new Uint32Array(numNodes);
    this.#places = new Uint32Array(numNodes);
    this.#kinds = (structure.directed ? 2 : 1) * Math.max(1, structure.edgeLabels.length);
    this.#counts = new Uint32Array(numNodes);
    this.#ends = new Uint32Array(numNodes);
    this.#touched = new Uint32Array(numNodes);
    for (const color of labelOf) this.sizes[color]++;
    for (let c = 1; c < this.numColors; c++) this.starts[c] = this.starts[c - 1] + this.sizes[c - 1];
    const next = this.starts.slice();
    for (let v = 0; v < numNodes; v++) {
      this.#places[v] = next[labelOf[v]]++;
      this.members[this.#places[v]] = v;
    }
  }

  /** One round; false where it splits no class, so that the partition is stable. */
  refine(): boolean {
    const before = this.numColors;
    const touched = this.#touched.subarray(0, this.#countKeys());
    const keys = this.#listKeys(touched);
    const signatures = new Signatures(keys);
    const signatureOf = touched.map((v) => {
      const end = this.#ends[v];
      return signatures.add(this.colors[v], end - this.#counts[v], end);
    });
    for (const v of touched) this.#counts[v] = 0;
    this.#seen = before;
    this.#split(touched, signatures, signatureOf);
    return this.numColors > before;
  }

  /** Gives some nodes of one color, but not all, a color of their own. */
  individualize(nodes: readonly number[]): void {
    const color = this.colors[nodes[0]];
    let end = this.starts[color] + this.sizes[color];
    for (const v of nodes) this.#move(v, --end);
    this.#newColor(color, end, nodes.length);
    this.sizes[color] -= nodes.length;
  }

  /** Back to when there were as many colors, in a stable partition. */
  undo(numColors: number): void {
    while (this.numColors > numColors) {
      const color = --this.numColors;
      const parent = this.#parents[color];
      const start = this.starts[color];
      for (let i = start; i < start + this.sizes[color]; i++) this.colors[this.members[i]] = parent;
      this.starts[parent] = Math.min(this.starts[parent], start);
      this.sizes[parent] += this.sizes[color];
    }
    this.#seen = numColors;
  }

  /** Calls `visit` with every neighbor of a node of a new color that has a color with others, and the key to be noted. */
  #visitNeighbors(visit: (node: number, key: number) => void): void {
    const labels = Math.max(1, this.#structure.edgeLabels.length);
    const arcs = this.#structure.arcs();
    for (let color = this.#seen; color < this.numColors; color++) {
      const end = this.starts[color] + this.sizes[color];
      for (let i = this.starts[color]; i < end; i++) {
        const u = this.members[i];
        for (let direction = 0; direction < arcs.length; direction++) {
          const { offsets, indices, labels: arcLabels } = arcs[direction];
          const base = color * this.#kinds + direction * labels;
          for (let k = offsets[u]; k < offsets[u + 1]; k++) {
            const v = indices[k];
            if (this.sizes[this.colors[v]] > 1) visit(v, arcLabels === null ? base : base + arcLabels[k]);
          }
        }
      }
    }
  }

  /** Counts the keys of each node in #counts, and lists those that have some in #touched; returns how many. */
  #countKeys(): number {
    let length = 0;
    this.#visitNeighbors((v) => {
      if (this.#counts[v]++ === 0) this.#touched[length++] = v;
    });
    return length;
  }

  /** The keys of the touched nodes, one node after the other, each one's sorted. */
  #listKeys(touched: Uint32Array): Float64Array {
    let total = 0;
    for (const v of touched) {
      this.#ends[v] = total;
      total += this.#counts[v];
    }
    const keys = new Float64Array(total);
    this.#visitNeighbors((v, key) => {
      keys[this.#ends[v]++] = key;
    });
    if (this.#kinds > 1) for (const v of touched) keys.subarray(this.#ends[v] - this.#counts[v], this.#ends[v]).sort();
    return keys; // with one kind of arcs they came in order
  }

  /** Splits the classes of touched nodes by signature; those that nothing touched are a part of their own, the first. */
  #split(touched: Uint32Array, signatures: Signatures, signatureOf: Uint32Array): void {
    const order = signatures.sorted();
    const ends = new Uint32Array(signatures.count); // of the nodes of a signature, among `nodes`
    for (const signature of signatureOf) ends[signature]++;
    let total = 0;
    for (const signature of order) {
      total += ends[signature];
      ends[signature] = total - ends[signature];
    }
    const nodes = new Uint32Array(touched.length);
    for (const [i, signature] of signatureOf.entries()) nodes[ends[signature]++] = touched[i];

    for (let first = 0; first < order.length; ) {
      const color = signatures.colorOf(order[first]);
      const bounds = [first === 0 ? 0 : ends[order[first - 1]]];
      for (; first < order.length && signatures.colorOf(order[first]) === color; first++)
        bounds.push(ends[order[first]]);
      this.#splitClass(color, nodes, bounds);
    }
  }

  /** Splits a class into its nodes that are not listed and, for each k, those at bounds[k] .. bounds[k + 1] - 1 of `nodes`. */
  #splitClass(color: number, nodes: Uint32Array, bounds: readonly number[]): void {
    const start = this.starts[color];
    const size = this.sizes[color];
    const parts = bounds.length - 1;
    const rest = size - (bounds[parts] - bounds[0]);
    if (parts === 1 && rest === 0) return;
    for (let i = bounds[parts] - 1, place = start + size - 1; i >= bounds[0]; i--, place--) this.#move(nodes[i], place);

    const sizes = [rest];
    for (let k = 0; k < parts; k++) sizes.push(bounds[k + 1] - bounds[k]);
    let largest = 0;
    for (const [k, partSize] of sizes.entries()) if (partSize > sizes[largest]) largest = k;
    let at = start;
    for (const [k, partSize] of sizes.entries()) {
      if (k === largest) {
        this.starts[color] = at;
        this.sizes[color] = partSize;
      } else if (partSize > 0) this.#newColor(color, at, partSize);
      at += partSize;
    }
  }

  /** Puts a node at a place of its class, and the node from there at its own. */
  #move(v: number, place: number): void {
    const other = this.members[place];
    this.members[this.#places[v]] = other;
    this.#places[other] = this.#places[v];
    this.members[place] = v;
    this.#places[v] = place;
  }

  #newColor(parent: number, start: number, size: number): void {
    const color = this.numColors++;
    this.starts[color] = start;
    this.sizes[color] = size;
    this.#parents[color] = parent;
    for (let i = start; i < start + size; i++) this.colors[this.members[i]] = color;
  }
}
