import fc from "fast-check";
import { Graph } from "../../../dist/messages/graph.js";
import { Rng } from "../../../dist/numerics/random.js";

export type Edges = readonly (readonly [number, number])[];

export interface Plain {
  n: number;
  edges: Edges;
  directed?: boolean;
  /** By node and by edge. */
  nodeLabels?: (number | string)[];
  edgeLabels?: number[];
}

/** A graph of the package; edge labels travel as weights. */
export async function build({ n, edges, directed = false, nodeLabels, edgeLabels }: Plain) {
  const graph = await Graph.fromEdges(
    {
      sources: Uint32Array.from(edges, ([a]) => a),
      targets: Uint32Array.from(edges, ([, b]) => b),
      weights: edgeLabels === undefined ? null : Float64Array.from(edgeLabels, (label) => label + 1),
      numNodes: n,
    },
    { directed, parallel: "refuse" },
  );
  return { graph, nodeLabels, edgeLabels: edgeLabels === undefined ? undefined : ("weights" as const) };
}

/** The graph with node v called order[v], its edges in another order. */
export function renumber(plain: Plain, order: readonly number[]): Plain {
  const { n, edges, nodeLabels, edgeLabels } = plain;
  const back = edges.map((_, e) => edges.length - 1 - e);
  return {
    ...plain,
    edges: back.map((e) => [order[edges[e][0]], order[edges[e][1]]] as const),
    nodeLabels: nodeLabels && Array.from({ length: n }, (_, v) => nodeLabels[order.indexOf(v)]),
    edgeLabels: edgeLabels && back.map((e) => edgeLabels[e]),
  };
}

export function shuffled(n: number, seed: number): number[] {
  const rng = new Rng(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Small graphs of all kinds: directed or not, with loops, with labels of nodes and edges or without. */
export const plainGraphs: fc.Arbitrary<Plain> = fc
  .record({
    n: fc.integer({ min: 0, max: 12 }),
    share: fc.constantFrom(0.1, 0.25, 0.5, 0.9),
    directed: fc.boolean(),
    nodeKinds: fc.constantFrom(1, 2, 3),
    edgeKinds: fc.constantFrom(1, 2),
    seed: fc.nat(),
  })
  .map(({ n, share, directed, nodeKinds, edgeKinds, seed }) => {
    const rng = new Rng(seed);
    const edges: [number, number][] = [];
    for (let a = 0; a < n; a++) {
      for (let b = directed ? 0 : a; b < n; b++) {
        if (rng.uniform() < (a === b ? share / 4 : share)) edges.push([a, b]);
      }
    }
    return {
      n,
      edges,
      directed,
      nodeLabels: nodeKinds === 1 ? undefined : Array.from({ length: n }, () => ["b", 1, "a"][rng.below(nodeKinds)]),
      edgeLabels: edgeKinds === 1 ? undefined : edges.map(() => rng.below(edgeKinds)),
    };
  });

export function cycles(...lengths: number[]): Plain {
  const edges: [number, number][] = [];
  let n = 0;
  for (const length of lengths) {
    for (let i = 0; i < length; i++) edges.push([n + i, n + ((i + 1) % length)]);
    n += length;
  }
  return { n, edges };
}

/** A graph on 0 .. n - 1 with the edges for which a symmetric relation holds. */
export function related(n: number, adjacent: (a: number, b: number) => boolean): Plain {
  const edges: [number, number][] = [];
  for (let a = 0; a < n; a++) for (let b = 0; b < a; b++) if (adjacent(a, b)) edges.push([a, b]);
  return { n, edges };
}

/** Strongly regular with parameters (16, 6, 2, 2), as is the 4 x 4 rook's graph. */
export const shrikhande = related(16, (a, b) => {
  const x = (4 + (a >> 2) - (b >> 2)) % 4;
  const y = (4 + (a & 3) - (b & 3)) % 4;
  return ["1,0", "3,0", "0,1", "0,3", "1,1", "3,3"].includes(`${x},${y}`);
});
export const rook = related(16, (a, b) => a >> 2 === b >> 2 || (a & 3) === (b & 3));

export const petersen: Plain = {
  n: 10,
  edges: [0, 1, 2, 3, 4].flatMap((i) => [
    [i, (i + 1) % 5],
    [i, 5 + i],
    [5 + i, 5 + ((i + 2) % 5)],
  ]),
};
/** Two 5-cycles joined by spokes: cubic on 10 nodes, as Petersen's graph. */
export const prism: Plain = {
  n: 10,
  edges: [0, 1, 2, 3, 4].flatMap((i) => [
    [i, (i + 1) % 5],
    [i, 5 + i],
    [5 + i, 5 + ((i + 1) % 5)],
  ]),
};

/**
 * The pair of Cai, Fürer and Immerman over a base graph (1992): a node becomes one copy for each set of an even
 * number of its edges, an edge two nodes, 0 and 1; the copy of a set is joined to the 1 of edges in the set and the 0 of others, and
 * one edge is twisted in the second graph.
 */
export function caiFuererImmerman({ n, edges }: Plain, twisted: boolean): Plain {
  const result: [number, number][] = [];
  const nodeLabels: number[] = [];
  // nodes of edges come first: two for each end of an edge
  const endpoint = new Map<string, number>();
  for (const [e, ends] of edges.entries()) {
    for (const v of ends) {
      endpoint.set(`${e},${v}`, nodeLabels.length);
      nodeLabels.push(n + e, n + e);
    }
    const [a, b] = ends.map((v) => endpoint.get(`${e},${v}`) ?? 0);
    const twist = twisted && e === 0 ? 1 : 0;
    for (const bit of [0, 1]) result.push([a + bit, b + (bit ^ twist)]);
  }
  for (let v = 0; v < n; v++) {
    const own = edges.flatMap((ends, e) => (ends.includes(v) ? [e] : []));
    for (let set = 0; set < 1 << own.length; set++) {
      const bits = own.map((_, i) => (set >> i) & 1);
      if (bits.reduce((sum, bit) => sum + bit, 0) % 2 === 1) continue;
      for (const [i, e] of own.entries()) result.push([nodeLabels.length, (endpoint.get(`${e},${v}`) ?? 0) + bits[i]]);
      nodeLabels.push(v);
    }
  }
  return { n: nodeLabels.length, edges: result, nodeLabels };
}

export const complete = (n: number): Plain => related(n, () => true);

/** One graph of each isomorphism class of connected graphs with n nodes, by trying all renumberings of all graphs. */
export function connectedGraphs(n: number): Plain[] {
  const pairs = complete(n).edges;
  const orders = permutations(n);
  const place = new Map(pairs.flatMap(([a, b], i) => [[`${a},${b}`, i] as const, [`${b},${a}`, i] as const]));
  const moves = orders.map((order) => pairs.map(([a, b]) => place.get(`${order[a]},${order[b]}`) ?? 0));
  const seen = new Uint8Array(1 << pairs.length);
  const found: Plain[] = [];
  for (let mask = 0; mask < seen.length; mask++) {
    if (seen[mask]) continue;
    for (const move of moves) {
      let image = 0;
      for (let i = 0; i < pairs.length; i++) if ((mask >> i) & 1) image |= 1 << move[i];
      seen[image] = 1;
    }
    const edges = pairs.filter((_, i) => (mask >> i) & 1);
    if (connected(n, edges)) found.push({ n, edges });
  }
  return found;
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

function connected(n: number, edges: Edges): boolean {
  const reached = new Set([0]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [a, b] of edges) {
      if (reached.has(a) === reached.has(b)) continue;
      reached.add(a).add(b);
      grown = true;
    }
  }
  return reached.size === n;
}

/** Class numbers in order of first appearance, so that equal partitions are equal arrays. */
export function partitionOf(colors: ArrayLike<unknown>): number[] {
  const numbers = new Map<unknown, number>();
  return Array.from(colors, (color) => {
    if (!numbers.has(color)) numbers.set(color, numbers.size);
    return numbers.get(color) ?? -1;
  });
}

/** Weisfeiler-Lehman by its definition, with texts for colors: those of each round until nothing splits. */
export function plainRefinement({ n, edges, directed = false, nodeLabels, edgeLabels }: Plain): string[][] {
  const around: { u: number; kind: string }[][] = Array.from({ length: n }, () => []);
  for (const [e, [a, b]] of edges.entries()) {
    const label = edgeLabels?.[e] ?? 0;
    around[a].push({ u: b, kind: directed ? `to${label}` : `${label}` });
    if (directed || a !== b) around[b].push({ u: a, kind: directed ? `from${label}` : `${label}` });
  }
  const rounds = [Array.from({ length: n }, (_, v) => JSON.stringify(nodeLabels?.[v] ?? 0))];
  for (;;) {
    const colors = rounds[rounds.length - 1];
    const texts = around.map((list, v) => `${colors[v]}|${list.map(({ u, kind }) => `${kind}:${colors[u]}`).sort()}`);
    const names = [...new Set(texts)].sort();
    const next = texts.map((text) => String(names.indexOf(text)));
    if (new Set(next).size === new Set(colors).size) return rounds;
    rounds.push(next);
  }
}
