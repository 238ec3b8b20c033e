import { Meter, type OnProgress } from "../../io/progress.js";
import { hnswBatch } from "../../kernels/hnsw-task.js";
import type { Pool } from "../../kernels/pool.js";
import { type IndexMemory, mostBatchLists } from "./memory.js";

/** A batch is this part of what is there, and at most `hnswBatch`, so that it finds nearly what single items would. */
const growth = 0.1;
/** Batches below this size are inserted by the calling thread: waking others takes longer. */
const smallBatch = 8;
const itemsPerCall = 2;
const targetsPerCall = 32;

export interface BuildOptions {
  pool: Pool;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Inserts the items from .. to - 1, whose rows are there, by batches that depend on numbers of items alone: A, all choose
 * their links in the graph as it stood; B, links are gathered by target; C, targets link back; D, only then do later
 * searches begin at a new highest item. An item above the highest layer is a batch of its own. When it is aborted, the
 * items of whole batches are in and `memory.length` says how many.
 */
export async function insertItems(memory: IndexMemory, to: number, { pool, signal, onProgress }: BuildOptions) {
  const { levels } = memory;
  const meter = new Meter("indexing", "items", to, onProgress);
  meter.resumeAt(memory.length);
  const { scratch } = memory.workspace(pool.threads, memory.settings.efConstruction, 0);
  if (memory.length === 0 && to > 0) {
    memory.set("entry", 0);
    memory.set("top", levels[0]);
    memory.length = 1;
  }
  while (memory.length < to) {
    signal?.throwIfAborted();
    const first = memory.length;
    const top = memory.get("top");
    const most = Math.min(to, first + Math.min(hnswBatch, Math.max(1, Math.floor(growth * first))));
    let end = first + 1;
    let lists = levels[first] + 1;
    while (end < most && levels[first] <= top && levels[end] <= top && lists + levels[end] < mostBatchLists) {
      lists += levels[end] + 1;
      end++;
    }
    await insertBatch(memory, first, end, scratch, pool);
    if (levels[first] > top) {
      memory.set("entry", first);
      memory.set("top", levels[first]);
    }
    memory.length = end;
    meter.update(end);
  }
  meter.update(to, {}, true);
}

async function insertBatch(
  memory: IndexMemory,
  first: number,
  end: number,
  scratch: readonly number[],
  pool: Pool,
): Promise<void> {
  const { levels, functions } = memory;
  memory.set("first", first);
  memory.set("end", end);
  const starts = memory.u32(memory.get("starts"), end - first);
  let lists = 0;
  for (let item = first; item < end; item++) {
    starts[item - first] = lists;
    lists += levels[item] + 1;
  }
  if (end - first < smallBatch) {
    functions.insert(0, first, end, scratch[0]);
    functions.link(0, 0, functions.collect(0), scratch[0]);
    return;
  }
  // Not to be stopped halfway: the batch is in or it is not.
  const run = (fn: string, calls: number[][]) =>
    pool.run({ memory: memory.memory, kernel: "hnsw", fn, calls, threadArgs: scratch.map((own) => [own]) });
  await run("insert", ranges(first, end, itemsPerCall));
  await run("link", ranges(0, functions.collect(0), targetsPerCall));
}

/** The kernel's calls for from .. to - 1, `step` at a time. */
function ranges(from: number, to: number, step: number): number[][] {
  const calls: number[][] = [];
  for (let at = from; at < to; at += step) calls.push([0, at, Math.min(at + step, to)]);
  return calls;
}
