import { sharedPool } from "../kernels/pool.js";
import { type DegreeCounts, rankHubs, topDegrees } from "./degree-order.js";
import type { GraphMemory, Scratch } from "./memory.js";
import type { Rows } from "./rows.js";

/** Most hubs: their ranks are 16 bits wide, and 0xffff stands for none. */
export const mostHubs = 65535;
/** Neighbors that a tail may have among tails; counters of groups take the square of it. */
const mostTailDegree = 255;
/** Ranges of the rows, each with slots of its own. Fixed, so that no result depends on the number of threads. */
const ranges = 4;
/** Entries of a part of the rows, the unit of work of building. */
const partEntries = 2 ** 19;

interface Part {
  from: number;
  to: number;
  /** Where its hub and its tail lists begin before they are placed. */
  q: number;
  t: number;
}

/** A part of a group of tail rows: rows [from, to) with L hub and K tail neighbors each, in lists at q and t. */
interface Piece {
  from: number;
  to: number;
  L: number;
  K: number;
  q: number;
  t: number;
}

/** Addresses and sizes; see twins/half-edges.ts. */
export interface HalfEdges {
  readonly memory: GraphMemory;
  readonly numNodes: number;
  readonly numHubs: number;
  /** Nodes with an edge. */
  readonly numRows: number;
  readonly rowAt: number;
  readonly inverseAt: number;
  readonly listAt: number;
  readonly listEndAt: number;
  readonly loopsAt: number;
  readonly ranges: readonly { hubFrom: number; hubTo: number; pieces: readonly Piece[] }[];
}

/** Whether half edges can be built: tails may not have too many neighbors among tails. */
export function fitsHalfEdges(degrees: DegreeCounts): boolean {
  const { nodes, least } = topDegrees(degrees, mostHubs);
  return nodes < mostHubs || least <= mostTailDegree;
}

/**
 * An undirected graph without weights, laid out so that an iteration x <- A c reads half of what compressed rows hold. Nodes
 * are ranked by degree; the first 65,535 are hubs, the others tails. An edge with a hub end is stored once, at the end of
 * lower rank, as 16 bits, the hub's rank; visiting it serves both directions: the row adds c of the hub and pushes its own c
 * to the hub. What is pushed and c stand side by side in a slot of 8 bytes, so that both cost one cache line, and all slots
 * fit the second-level cache. Edges between tails stand in both rows. Tails are grouped by their numbers of neighbors, so
 * that loops have constant lengths, and need neither offsets nor degrees.
 *
 * The rows are cut into fixed ranges that push to slots of their own; what was pushed is added in the order of ranges.
 */
export async function buildHalfEdges(
  degrees: DegreeCounts,
  scratch: Scratch,
  { hubs = mostHubs, threads, signal }: { hubs?: number; threads?: number; signal?: AbortSignal } = {},
): Promise<HalfEdges> {
  const temporary = degrees.rows.memory.scratch();
  try {
    return await build(degrees, { scratch, temporary }, { hubs, threads, signal });
  } finally {
    temporary.release();
  }
}

async function build(
  degrees: DegreeCounts,
  { scratch, temporary }: { scratch: Scratch; temporary: Scratch },
  { hubs, threads, signal }: { hubs: number; threads: number | undefined; signal: AbortSignal | undefined },
): Promise<HalfEdges> {
  const { rows, counts } = degrees;
  const { memory, numRows: numNodes, offsetsAt, indicesAt } = rows;
  const numRows = numNodes - counts[0];
  const { nodes: numHubs, least } = topDegrees(degrees, hubs);
  const run = (fn: string, calls: number[][]) =>
    sharedPool({ threads }).run({ memory: memory.memory, kernel: "half-edges", fn, calls, signal });

  const allocate = (words: number) => temporary.allocate(4 * words);
  const rowAt = scratch.allocate(4 * numNodes);
  const [inverseAt, listEndAt, loopsAt] = [0, 1, 2].map(() => scratch.allocate(4 * numHubs));
  const [hubStart, hubEnd] = [0, 1].map(() => allocate(numHubs));
  const { hubAt, nodesAt } = rankHubs(degrees, numHubs, temporary);
  const [endHub, endTail] = [0, 1].map(() => allocate(numNodes));
  const parts = partsOf(rows, temporary);
  await run(
    "splitRows",
    parts.map(({ q, t, from, to }) => {
      return [offsetsAt, indicesAt, hubAt, endHub, endTail, hubStart, hubEnd, loopsAt, q, t, from, to];
    }),
  );

  const width = (numHubs < hubs ? 0 : least) + 1; // above the number of tail neighbors that any tail has
  const keys = width * width;
  const countsAt = allocate(parts.length * keys);
  memory.u32(countsAt, parts.length * keys).fill(0);
  const tailParts = parts.map(({ q, t, from, to }, k) => {
    return { lists: [hubAt, endHub, endTail, q, t, width], own: countsAt + 4 * keys * k, from, to };
  });
  await run(
    "countKeys",
    tailParts.map(({ lists, own, from, to }) => [...lists, own, from, to]),
  );
  const groups = groupsOf(memory.u32(countsAt, parts.length * keys), { keys, width, numHubs });

  const listEnd = memory.u32(listEndAt, numHubs);
  const [starts, ends] = [memory.u32(hubStart, numHubs), memory.u32(hubEnd, numHubs)];
  let hubEntries = 0;
  for (let h = 0; h < numHubs; h++) {
    hubEntries += (ends[h] - starts[h]) / 2;
    listEnd[h] = hubEntries;
  }
  const sums = { hub: hubEntries, tail: 0 };
  for (const { L, K, from, to } of groups) {
    sums.hub += L * (to - from);
    sums.tail += K * (to - from);
  }
  const listAt = scratch.allocate(2 * sums.hub);
  const tailsAt = scratch.allocate(4 * sums.tail);
  for (let h = 0; h < numHubs; h++) listEnd[h] = listAt + 2 * listEnd[h];
  const groupsAt = allocate(3 * keys);
  const table = memory.u32(groupsAt, 3 * keys);
  let [q, t] = [listAt + 2 * hubEntries, tailsAt];
  for (const group of groups) {
    const { from, to, L, K } = group;
    Object.assign(group, { q, t });
    table.set([from, q, t], 3 * (L * width + K));
    q += 2 * L * (to - from);
    t += 4 * K * (to - from);
  }
  await run(
    "placeRows",
    tailParts.map(({ lists, own, from, to }) => [...lists, own, groupsAt, rowAt, from, to]),
  );
  const places = [offsetsAt, nodesAt, hubStart, hubEnd, listEndAt, listAt, inverseAt, rowAt];
  const hubBounds = boundsOf(numHubs, hubEntries, (h) => (listEnd[h] - listAt) / 2);
  await run(
    "placeHubs",
    hubBounds.slice(1).map((to, k) => [...places, hubBounds[k], to]),
  );
  const tailCalls: number[][] = [];
  const tailsEnd = tailsAt + 4 * sums.tail;
  for (let p = tailsAt; p < tailsEnd; p += 2 ** 18) tailCalls.push([p, Math.min(p + 2 ** 18, tailsEnd), rowAt]);
  await run("placeTails", tailCalls);

  return {
    ...{ memory, numNodes, numHubs, numRows, rowAt, inverseAt, listAt, listEndAt, loopsAt },
    ranges: Array.from({ length: ranges }, (_, r) => ({
      hubFrom: hubBounds[r],
      hubTo: hubBounds[r + 1],
      pieces: groups.flatMap((group) => sliceOf(group, r)),
    })),
  };
}

/** Bytes of memory that building takes, at most. */
export function halfEdgesBytes(rows: Rows): number {
  return 8 * rows.numEntries + 40 * rows.numRows + 2 ** 27;
}

/** The rows in parts of about equally many entries, each with room for the lists that its rows may have. */
function partsOf({ offsets, numRows, numEntries }: Rows, temporary: Scratch): Part[] {
  const parts: Part[] = [];
  const count = Math.max(1, Math.min(64, Math.ceil(numEntries / partEntries)));
  let from = 0;
  for (let part = 1; part <= count; part++) {
    let to = from;
    const target = (numEntries / count) * part;
    if (part === count) to = numRows;
    else while (to < numRows && offsets[to + 1] <= target) to++;
    const entries = offsets[to] - offsets[from];
    parts.push({ from, to, q: temporary.allocate(2 * entries + 2), t: temporary.allocate(4 * entries + 4) });
    from = to;
  }
  return parts;
}

/**
 * The groups of tail rows that there are, longest first, from the parts' counts [parts, keys], which become the number of
 * rows of a group that earlier parts have.
 */
function groupsOf(counts: Uint32Array, { keys, width, numHubs }: { keys: number; width: number; numHubs: number }) {
  const groups: Piece[] = [];
  let row = numHubs;
  for (let key = keys - 1; key > 0; key--) {
    const from = row;
    for (let k = key; k < counts.length; k += keys) {
      const count = counts[k];
      counts[k] = row - from;
      row += count;
    }
    if (row > from) groups.push({ from, to: row, L: Math.floor(key / width), K: key % width, q: 0, t: 0 });
  }
  return groups;
}

/** Cuts hubs into ranges of about equally many entries; `endOf` tells how many the hubs up to one have. */
function boundsOf(hubs: number, entries: number, endOf: (hub: number) => number): number[] {
  const bounds = [0];
  let h = 0;
  for (let r = 1; r < ranges; r++) {
    while (h < hubs && endOf(h) <= (entries / ranges) * r) h++;
    bounds.push(h);
  }
  return [...bounds, hubs];
}

/** A range's share of the rows of a group. */
function sliceOf({ from, to, L, K, q, t }: Piece, range: number): Piece[] {
  const [first, last] = [range, range + 1].map((r) => Math.floor(((to - from) * r) / ranges));
  if (first === last) return [];
  return [{ from: from + first, to: from + last, L, K, q: q + 2 * L * first, t: t + 4 * K * first }];
}
