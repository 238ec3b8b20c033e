import { Meter, type OnProgress } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import type { Phase } from "../kernels/serve.js";
import { scramble } from "../kernels/twins/scramble.js";
import { forceTable } from "../kernels/twins/umap.js";
import type { Graph } from "../messages/graph.js";
import type { GraphMemory, Scratch } from "../messages/memory.js";
import { pow } from "../numerics/elementary.js";
import { seedKey } from "../numerics/random.js";

/** What pulls and pushes the items of a map. */
export interface Forces {
  /** Of the curve 1 / (1 + a x^2b). */
  a: number;
  b: number;
  /** How much pushes count beside pulls. */
  repulsion: number;
  /** Pushes for each pull. */
  negatives: number;
}

export interface LayoutOptions extends Forces {
  epochs: number;
  learningRate: number;
  seed: number;
  threads: number | undefined;
  signal: AbortSignal | undefined;
  onProgress: OnProgress | undefined;
  /** Receives a copy of the positions at the start, several times a second, and at the end. */
  onLayout: ((coordinates: Float32Array<ArrayBuffer>, epoch: number) => void) | undefined;
}

/** Groups of items that move one after the other; within one, items do not see each other move. */
const groups = 4;
/** Moves below which a group is done by one thread: less than it costs threads to meet. */
const smallGroup = 2048;
/** Moves that are handed to the threads at once, of as many epochs as that takes: some ten milliseconds. */
const movesAtOnce = 2 ** 20;
/** Pulls of an edge that is due: the reference moves both ends, and has each edge twice. */
const pulls = 2;
/** Pieces of a group at most, so that threads end at about the same time, and moves of a piece at least. */
const [mostPieces, smallPiece] = [16, 1024];
const millisecondsBetweenLayouts = 100;

/**
 * The layout of UMAP (McInnes, Healy and Melville 2018, algorithm 5): each edge of weight P pulls its ends together in P / max P
 * of the epochs, and each time its ends are pushed from items drawn at random, by steps that shrink from `learningRate` to 0.
 *
 * The reference moves both ends of an edge at once, edge after edge, which is one order of moves that no two threads can share. Here
 * items move group by group, four groups an epoch, drawn by the seed: an item goes through its own edges, moving at each step,
 * while all others stand still. So threads share a group's items in any way and leave the same bytes.
 *
 * `start` is [N, dimensions]; so is the result.
 */
export async function layOut(graph: Graph, start: Float32Array, dimensions: number, options: LayoutOptions) {
  const { epochs, learningRate, negatives, seed, threads, signal, onProgress, onLayout } = options;
  const { memory, numNodes, rows } = graph;
  const scratch = memory.scratch();
  try {
    const stride = strideOf(dimensions);
    const [heads, next] = [0, 1].map(() => scratch.allocate(numNodes * stride));
    placeRows(memory, heads, start, dimensions);
    const { edges, orderAt, ends, work } = inOrder(graph, scratch, seed);
    const { attraction, repulsion, still } = forceTables(scratch, options);
    const room = roomFor(rows.offsets, pulls + negatives);
    const threadArgs = threadRooms(scratch, room, sharedPool({ threads }).threads);

    const positions = [heads, heads, next, stride, numNodes, 1, attraction, repulsion];
    const movesOf = (from: number, to: number) => (work[to] - work[from]) * (pulls + negatives);
    const parts = Array.from({ length: groups }, (_, g) => {
      const [first, last] = [ends[g], ends[g + 1]];
      const moves = movesOf(first, last);
      const count = moves < smallGroup ? 1 : Math.min(mostPieces, Math.ceil(moves / smallPiece));
      return { bounds: cut(work, first, last, count), place: [first, last, orderAt, next, heads, stride] };
    }).filter(({ bounds }) => bounds.length > 0);
    const isSmall = parts.every(({ bounds }) => bounds.length === 1);
    const pool = sharedPool({ threads: isSmall ? 1 : threads });
    const phasesOf = (epoch: number): Phase[] => {
      const step = [epoch, learningRate * (1 - epoch / epochs), pulls, negatives, still, room];
      return parts.flatMap(({ bounds, place }) => [
        { fn: "layout", calls: bounds.map(([from, to]) => [from, to, ...edges, ...positions, ...step]) },
        { fn: "place", calls: [place] },
      ]);
    };
    const atOnce = Math.max(1, Math.floor(movesAtOnce / Math.max(1, movesOf(0, numNodes))));

    const meter = new Meter("layout", "items", epochs * numNodes, onProgress);
    let shown = performance.now();
    onLayout?.(readRows(memory, heads, numNodes, dimensions), 0);
    for (let done = 0; done < epochs; ) {
      const some = Array.from({ length: Math.min(atOnce, epochs - done) }, (_, k) => done + k);
      const phases = some.flatMap(phasesOf);
      await pool.runPhases({ memory: memory.memory, kernel: "umap", phases, threadArgs, signal });
      done += some.length;
      meter.update(done * numNodes, { epoch: done, epochs }, done === epochs);
      if (onLayout !== undefined && (done === epochs || performance.now() - shown > millisecondsBetweenLayouts)) {
        onLayout(readRows(memory, heads, numNodes, dimensions), done);
        shown = performance.now();
      }
    }
    return readRows(memory, heads, numNodes, dimensions);
  } finally {
    scratch.release();
  }
}

/** Bytes of a row of positions: 8 for two dimensions, otherwise a multiple of 16. */
export function strideOf(dimensions: number): number {
  return dimensions === 2 ? 8 : Math.ceil(dimensions / 4) * 16;
}

/** Writes `rows`, [N, dimensions], with their padding. */
export function placeRows(memory: GraphMemory, at: number, rows: Float32Array, dimensions: number): void {
  const width = strideOf(dimensions) / 4;
  const count = rows.length / dimensions;
  const table = memory.f32(at, count * width).fill(0);
  for (let i = 0; i < count; i++) table.set(rows.subarray(i * dimensions, (i + 1) * dimensions), i * width);
}

/** A copy of `count` rows without their padding. */
export function readRows(memory: GraphMemory, at: number, count: number, dimensions: number) {
  const width = strideOf(dimensions) / 4;
  const table = memory.f32(at, count * width);
  if (width === dimensions) return table.slice();
  const rows = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) rows.set(table.subarray(i * width, i * width + dimensions), i * dimensions);
  return rows;
}

/**
 * Addresses of the tables of what stands before (y - y') in a pull and in a push, as functions of u = |y - y'|^2:
 *
 *   -2 a b u^(b - 1) / (1 + a u^b),    2 b repulsion / ((0.001 + u) (1 + a u^b)),
 *
 * and of a table of zeros.
 */
export function forceTables(scratch: Scratch, { a, b, repulsion }: Forces) {
  const { entries, perOctave, lowest } = forceTable;
  const [pull, push, still] = [0, 1, 2].map(() => scratch.allocate(4 * entries));
  scratch.memory.f32(still, entries).fill(0);
  const [pulls, pushes] = [pull, push].map((at) => scratch.memory.f32(at, entries));
  for (let e = 0; e < entries; e++) {
    const u = 2 ** (lowest + Math.floor(e / perOctave)) * (1 + (e % perOctave) / perOctave);
    const power = a * pow(u, b);
    pulls[e] = (-2 * b * (power / u)) / (1 + power);
    pushes[e] = (2 * b * repulsion) / ((0.001 + u) * (1 + power));
  }
  return { attraction: pull, repulsion: push, still };
}

/**
 * The graph's edges in the order in which items move, which is that of memory: by group, and within one by falling work. `work`
 * says how many edges are due in an epoch, on average, before each place in the order.
 */
function inOrder(graph: Graph, scratch: Scratch, seed: number) {
  const { memory, numNodes, rows } = graph;
  const [orderAt, keysAt] = [0, 1].map(() => scratch.allocate(4 * numNodes));
  const offsetsAt = scratch.allocate(4 * (numNodes + 1));
  const [targetsAt, ratesAt] = [0, 1].map(() => scratch.allocate(4 * rows.numEntries + 12));
  const { offsets, indices } = rows;
  const values = rows.values ?? new Float64Array(rows.numEntries).fill(1);
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  const [low, high] = seedKey(seed);
  const salt = scramble(low ^ scramble(high));
  const own = Uint32Array.from({ length: numNodes }, (_, i) => scramble(salt ^ scramble(i)));
  const due = Float64Array.from({ length: numNodes }, (_, i) =>
    values.subarray(offsets[i], offsets[i + 1]).reduce((sum, value) => sum + value / most, 0),
  );
  const order = memory.u32(orderAt, numNodes);
  const ends = grouped(order, own, due);
  const keys = memory.u32(keysAt, numNodes);
  const starts = memory.u32(offsetsAt, numNodes + 1);
  const targets = memory.u32(targetsAt, rows.numEntries);
  const rates = memory.f32(ratesAt, rows.numEntries);
  const work = new Float64Array(numNodes + 1);
  starts[0] = 0;
  for (let p = 0; p < numNodes; p++) {
    const i = order[p];
    let at = starts[p];
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      targets[at] = indices[e];
      rates[at++] = values[e] / most;
    }
    starts[p + 1] = at;
    keys[p] = own[i];
    work[p + 1] = work[p] + due[i];
  }
  return { edges: [orderAt, offsetsAt, targetsAt, ratesAt, keysAt], orderAt, ends, work };
}

/** Bytes for the moves of an item in an epoch, of which there are at most `perEdge` for each edge. */
export function roomFor(offsets: Uint32Array, perEdge: number): number {
  let most = 0;
  for (let i = 0; i + 1 < offsets.length; i++) most = Math.max(most, offsets[i + 1] - offsets[i]);
  return 8 * perEdge * most + 8;
}

/** Room for the moves of the eight items that a thread is at. */
export function threadRooms(scratch: Scratch, room: number, threads: number): number[][] {
  return Array.from({ length: threads }, () => [scratch.allocate(8 * room + 64)]);
}

/**
 * Sorts the items into groups by their keys; returns where the groups begin and end. Within a group those with more to do come
 * first, so that those that are moved together have equally much to do.
 */
function grouped(order: Uint32Array, keys: Uint32Array, work: Float64Array): Uint32Array {
  const ends = new Uint32Array(groups + 1);
  const groupOf = (i: number) => scramble(keys[i] + 1) % groups;
  for (let i = 0; i < keys.length; i++) ends[groupOf(i) + 1]++;
  for (let g = 0; g < groups; g++) ends[g + 1] += ends[g];
  const next = ends.slice();
  for (let i = 0; i < keys.length; i++) order[next[groupOf(i)]++] = i;
  for (let g = 0; g < groups; g++) order.subarray(ends[g], ends[g + 1]).sort((i, j) => work[j] - work[i] || i - j);
  return ends;
}

/** Places first .. last cut into pieces of about equal work. */
function cut(work: Float64Array, first: number, last: number, count: number): [from: number, to: number][] {
  const bounds: [number, number][] = [];
  let from = first;
  for (let piece = 1; piece <= count; piece++) {
    const target = work[first] + ((work[last] - work[first]) * piece) / count;
    let to = from;
    while (to < last && (piece === count || work[to + 1] <= target)) to++;
    if (to > from) bounds.push([from, to]);
    from = to;
  }
  return bounds;
}
