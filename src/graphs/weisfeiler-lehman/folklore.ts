import { Breather } from "../../io/breather.js";
import { integerOption, knownOptions } from "../../io/options.js";
import { type GraphInput, type Structure, structureOf } from "./labeled-graph.js";
import { Signatures } from "./signatures.js";

/** Most nodes of all graphs of a call together, by dimension: the colors of tuples and their surroundings are held. */
const mostNodes: Readonly<Record<number, number>> = { 2: 256, 3: 48 };

export interface FolkloreOptions {
  /** k of the folklore test: pairs (2) or triples (3) of nodes have colors. 2 by default. */
  dimension?: number;
  signal?: AbortSignal;
}

export interface FolkloreComparison {
  /** Whether the test tells the graphs apart; true proves that they are not isomorphic, false nothing. */
  distinguished: boolean;
  /** The round in which it did, 0 being labels and arcs within tuples; else the number of rounds until nothing splits. */
  round: number;
  /** Colors of tuples at that moment, of both graphs together. */
  numColors: number;
}

/**
 * The folklore k-dimensional Weisfeiler-Leman test on two small graphs (Cai, Fürer and Immerman 1992; many
 * papers call it (k + 1)-dimensional WL, and their own 2-dimensional WL is no stronger than color refinement):
 *
 *   c_0(v_1..v_k)   = which of the nodes are equal, their labels, and the arcs among them
 *   c_t+1(v_1..v_k) = (c_t(v_1..v_k), multiset over all nodes w of (c_t(w, v_2..), c_t(v_1, w, v_3..), ..))
 *
 * The 2-dimensional test tells two triangles from a hexagon, where color refinement is blind; the 3-dimensional one tells
 * the Shrikhande graph from the 4 x 4 rook's graph, where the 2-dimensional is. N^k colors and N^(k+1) steps a round: the
 * two graphs may have 256 nodes together for k = 2 and 48 for k = 3.
 *
 * Throws RangeError for larger graphs, labels that do not fit a graph, and a directed and an undirected graph.
 */
export async function folkloreComparison(
  first: GraphInput,
  second: GraphInput,
  options: FolkloreOptions = {},
): Promise<FolkloreComparison> {
  const tuples = await tuplesOf("folkloreComparison", [first, second], options);
  for (let round = 0; ; round++) {
    const { numColors } = tuples;
    if (!tuples.balanced()) return { distinguished: true, round, numColors };
    if (!(await tuples.refine())) return { distinguished: false, round, numColors };
  }
}

export interface FolkloreRefinement {
  /** Of the tuple (v_1, .., v_k) at v_1 N^(k-1) + .. + v_k, [N^k]; which tuple has which depends on the graph alone. */
  colors: Uint32Array;
  numColors: number;
  /** The color of (v, .., v) for each node, numbered from 0 in the same order, [N]: never coarser than color refinement. */
  nodeColors: Uint32Array;
  numNodeColors: number;
  /** Rounds until nothing split. */
  rounds: number;
}

/** The stable colors of the tuples of one small graph by the folklore k-dimensional test; limits as for two. */
export async function folkloreRefinement(
  input: GraphInput,
  options: FolkloreOptions = {},
): Promise<FolkloreRefinement> {
  const tuples = await tuplesOf("folkloreRefinement", [input], options);
  let rounds = 0;
  while (await tuples.refine()) rounds++;
  const { colors, numColors, numNodes, dimension } = tuples;
  const step = (power(numNodes, dimension) - 1) / Math.max(1, numNodes - 1); // from (v, .., v) to (v + 1, .., v + 1)
  const diagonal = Uint32Array.from({ length: numNodes }, (_, v) => colors[v * step]);
  const order = [...new Set(diagonal)].sort((a, b) => a - b);
  return {
    colors,
    numColors,
    nodeColors: diagonal.map((color) => order.indexOf(color)),
    numNodeColors: order.length,
    rounds,
  };
}

async function tuplesOf(where: string, inputs: GraphInput[], options: FolkloreOptions): Promise<Tuples> {
  knownOptions(where, options, ["dimension", "signal"]);
  const dimension = integerOption(where, "dimension", options.dimension ?? 2, 2, 3);
  const structure = await structureOf(where, inputs);
  if (structure.numNodes > mostNodes[dimension]) {
    throw new RangeError(
      `${where}: at most ${mostNodes[dimension]} nodes in all are compared in dimension ${dimension}, got ${structure.numNodes}`,
    );
  }
  return new Tuples(structure, dimension, new Breather(options.signal));
}

/** The colors of all tuples of each graph, those of the first graph first. */
class Tuples {
  colors: Uint32Array;
  numColors = 0;
  readonly dimension: number;
  readonly #graphs: { at: number; numNodes: number }[] = [];
  readonly #breather: Breather;

  constructor(structure: Structure, dimension: number, breather: Breather) {
    this.dimension = dimension;
    this.#breather = breather;
    let total = 0;
    for (let g = 0; g + 1 < structure.firsts.length; g++) {
      const numNodes = structure.firsts[g + 1] - structure.firsts[g];
      this.#graphs.push({ at: total, numNodes });
      total += power(numNodes, dimension);
    }
    this.colors = new Uint32Array(total);
    const relation = relations(structure);
    const signatures = new Signatures(new Float64Array(1024));
    const signatureOf = new Uint32Array(total);
    for (const [g, { at, numNodes }] of this.#graphs.entries()) {
      const tuple = new Uint32Array(dimension);
      for (let i = 0; i < power(numNodes, dimension); i++) {
        for (let j = dimension - 1, rest = i; j >= 0; j--) {
          tuple[j] = structure.firsts[g] + (rest % numNodes);
          rest = Math.floor(rest / numNodes);
        }
        signatureOf[at + i] = signatures.addCopy(
          0,
          Array.from({ length: dimension * dimension }, (_, k) => {
            const [v, w] = [tuple[Math.floor(k / dimension)], tuple[k % dimension]];
            return relation(v, w);
          }),
        );
      }
    }
    this.#recolor(signatures, signatureOf);
  }

  /** Of the one graph. */
  get numNodes(): number {
    return this.#graphs[0].numNodes;
  }

  /** One round; false where it tells no tuples of one color apart. */
  async refine(): Promise<boolean> {
    const { colors, dimension, numColors } = this;
    const signatures = new Signatures(new Float64Array(1024));
    const signatureOf = new Uint32Array(colors.length);
    for (const { at, numNodes } of this.#graphs) {
      const strides = Array.from({ length: dimension }, (_, j) => power(numNodes, dimension - 1 - j));
      const keys = new Float64Array(numNodes);
      for (let i = 0; i < power(numNodes, dimension); i++) {
        keys.fill(0);
        for (const stride of strides) {
          const start = at + i - (Math.floor(i / stride) % numNodes) * stride;
          for (let w = 0; w < numNodes; w++) keys[w] = keys[w] * numColors + colors[start + w * stride];
        }
        signatureOf[at + i] = signatures.addCopy(colors[at + i], keys.sort());
        if (this.#breather.due) await this.#breather.pause();
      }
    }
    this.#recolor(signatures, signatureOf);
    return this.numColors > numColors;
  }

  /** Whether every color occurs as often in both graphs. */
  balanced(): boolean {
    const surplus = new Int32Array(this.numColors);
    const [, second] = this.#graphs;
    for (const [i, color] of this.colors.entries()) surplus[color] += i < second.at ? 1 : -1;
    return surplus.every((count) => count === 0);
  }

  #recolor(signatures: Signatures, signatureOf: Uint32Array): void {
    const colorOf = new Uint32Array(signatures.count);
    for (const [color, signature] of signatures.sorted().entries()) colorOf[signature] = color;
    this.colors = signatureOf.map((signature) => colorOf[signature]);
    this.numColors = signatures.count;
  }
}

/** A number for how two nodes stand to each other: equal or not, the first one's label, the arcs between them. */
function relations({ numNodes, labelOf, edgeLabels, arcs }: Structure): (v: number, w: number) => number {
  const arcOf = new Map<number, number>(); // 1 + label; none is 0
  const { offsets, indices, labels } = arcs()[0];
  for (let v = 0; v < numNodes; v++) {
    for (let k = offsets[v]; k < offsets[v + 1]; k++) arcOf.set(v * numNodes + indices[k], 1 + (labels?.[k] ?? 0));
  }
  return (v, w) => {
    const arc = arcOf.get(v * numNodes + w) ?? 0;
    return (v === w ? 1 + labelOf[v] : 0) * (edgeLabels.length + 1) + arc;
  };
}

function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}
