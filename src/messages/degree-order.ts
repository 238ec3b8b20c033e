import { kernelOver } from "../kernels/kernel.js";
import { sharedPool } from "../kernels/pool.js";
import type { Scratch } from "./memory.js";
import { Rows } from "./rows.js";
import { piecesOf } from "./spmm.js";

/** Degrees from this one on are counted as one. */
const mostDegree = 65535;
/** Rows of a call on the calling thread, so that the engine may replace its first code between calls. */
const callRows = 2 ** 16;

/** How many nodes have each number of entries, up to 65,535, and more. */
export interface DegreeCounts {
  readonly rows: Rows;
  /** [65536] u32 by degree. */
  readonly counts: Uint32Array;
}

function* callsOver(rows: number): Generator<[from: number, to: number]> {
  for (let from = 0; from < rows; from += callRows) yield [from, Math.min(from + callRows, rows)];
}

export function countDegrees(rows: Rows): DegreeCounts {
  const { memory, numRows, offsetsAt } = rows;
  const at = memory.allocate(4 * (mostDegree + 1));
  memory.u32(at, mostDegree + 1).fill(0);
  const kernel = kernelOver("degree-order", memory.memory);
  for (const [from, to] of callsOver(numRows)) kernel.countDegrees(offsetsAt, at, from, to);
  const counts = memory.u32(at, mostDegree + 1).slice();
  memory.free(at);
  return { rows, counts };
}

/** The `count` nodes with most entries: the entries they have, and the least number that one of them has. */
export function topDegrees({ counts }: DegreeCounts, count: number): { nodes: number; entries: number; least: number } {
  let nodes = 0;
  let entries = 0;
  let least = 0;
  for (let degree = mostDegree; degree > 0 && nodes < count; degree--) {
    if (counts[degree] === 0) continue;
    const taken = Math.min(counts[degree], count - nodes);
    nodes += taken;
    entries += taken * degree;
    least = degree;
  }
  return { nodes, entries, least };
}

/** The ranks at which the nodes of each degree begin, most entries first, at an address of 65,536 u32. */
function firstRanks({ rows, counts }: DegreeCounts): number {
  const at = rows.memory.allocate(4 * (mostDegree + 1));
  const first = rows.memory.u32(at, mostDegree + 1);
  let rank = 0;
  for (let degree = mostDegree; degree >= 0; degree--) {
    first[degree] = rank;
    rank += counts[degree];
  }
  return at;
}

/** The first `hubs` nodes by degree, ties by number: hub [N] u16, the rank or 0xffff, and the node of each rank, u32. */
export function rankHubs(degrees: DegreeCounts, hubs: number, scratch: Scratch): { hubAt: number; nodesAt: number } {
  const { memory, numRows, offsetsAt } = degrees.rows;
  const hubAt = scratch.allocate(2 * numRows);
  const nodesAt = scratch.allocate(4 * hubs);
  const next = firstRanks(degrees);
  const kernel = kernelOver("degree-order", memory.memory);
  for (const [from, to] of callsOver(numRows)) kernel.rankHubs(offsetsAt, next, hubAt, nodesAt, hubs, from, to);
  memory.free(next);
  return { hubAt, nodesAt };
}

/**
 * The entries of `rows` with columns renumbered by the degrees of other rows of as many nodes, most entries first, ties by
 * number: the columns read most often then stand together. They stay in the order in which they were, since rows whose
 * columns ascend are slower to gather by.
 */
export async function renumberByDegree(
  rows: Rows,
  degrees: DegreeCounts,
  scratch: Scratch,
  { threads, signal }: { threads?: number; signal?: AbortSignal } = {},
): Promise<{ indicesAt: number; placeAt: number }> {
  const { memory, numRows, numEntries, indicesAt } = rows;
  const placeAt = scratch.allocate(4 * numRows);
  const out = scratch.allocate(4 * numEntries);
  const next = firstRanks(degrees);
  const kernel = kernelOver("degree-order", memory.memory);
  for (const [from, to] of callsOver(numRows)) kernel.rankNodes(degrees.rows.offsetsAt, next, placeAt, from, to);
  memory.free(next);
  const calls = Array.from(callsOver(numEntries), ([from, to]) => [indicesAt, placeAt, out, from, to]);
  const work = { memory: memory.memory, kernel: "degree-order", fn: "renumber", calls, signal } as const;
  if (calls.length > 0) await sharedPool({ threads }).run(work);
  return { indicesAt: out, placeAt };
}

/** Rows among which those of equal length are put together: so few that what stands near each other stays so. */
const blockRows = 2 ** 12;

/**
 * Square rows renumbered, and their columns likewise, so that rows of equal length follow each other within blocks: then a
 * processor foresees where rows end, and does not lose the loads that it has begun beyond a wrong guess. place [N] u32 is
 * the new number of a row. Entries stay in the order in which they were.
 */
export async function groupByLength(
  rows: Rows,
  scratch: Scratch,
  { threads, signal }: { threads?: number; signal?: AbortSignal } = {},
): Promise<{ rows: Rows; placeAt: number }> {
  const { memory, numRows, numColumns, numEntries, offsetsAt, indicesAt, valuesAt } = rows;
  const placeAt = scratch.allocate(4 * numRows);
  const at = {
    offsets: scratch.allocate(4 * (numRows + 1)),
    indices: scratch.allocate(4 * numEntries),
    values: valuesAt === 0 ? 0 : scratch.allocate(8 * numEntries),
  };
  const pool = sharedPool({ threads });
  const work = { memory: memory.memory, kernel: "degree-order", signal } as const;
  const temporary = memory.scratch();
  try {
    const blocks = Math.ceil(numRows / blockRows);
    const counts = temporary.allocate(4096 * blocks);
    const calls = Array.from({ length: blocks }, (_, b) => {
      const from = b * blockRows;
      return [offsetsAt, counts + 4096 * b, placeAt, at.offsets, from, Math.min(from + blockRows, numRows)];
    });
    if (blocks > 0) await pool.run({ ...work, fn: "groupRows", calls });
  } finally {
    temporary.release();
  }
  const grouped = new Rows(memory, { numRows, numColumns, numEntries }, at);
  grouped.offsets[numRows] = numEntries;
  const ends = piecesOf(rows);
  const lists = [offsetsAt, indicesAt, valuesAt, placeAt, at.offsets, at.indices, at.values];
  const calls = Array.from({ length: ends.length - 1 }, (_, k) => [...lists, ends[k], ends[k + 1]]);
  await pool.run({ ...work, fn: "renumberRows", calls });
  return { rows: grouped, placeAt };
}
