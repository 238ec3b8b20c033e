import type { Pool } from "../../kernels/pool.js";
import type { IndexMemory } from "./memory.js";
import { stage } from "./rows.js";

/** Bytes of results that are collected at a time. */
const resultBytes = 2 ** 24;
/** Fewer queries than this are answered by the calling thread: waking others takes longer. */
const fewQueries = 8;
const queriesPerCall = 4;

/**
 * What beams of width `ef` find for queries [Q, D]: `take` is given each query's number and, nearest first, the items as
 * every second word from `at` on of `words`, `count` of them.
 */
export async function beamSearch(
  memory: IndexMemory,
  queries: Float32Array,
  ef: number,
  pool: Pool,
  take: (query: number, words: Uint32Array, at: number, count: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { dimensions, stagingStride, stride } = memory;
  const total = queries.length / dimensions;
  const bytesEach = 8 + 8 * ef;
  const together = Math.max(1, Math.min(total, Math.floor(resultBytes / (bytesEach + stagingStride + stride))));
  const rowsBytes = Math.ceil((together * stride) / 16) * 16;
  const { scratch, at } = memory.workspace(pool.threads, ef, together * (stagingStride + bytesEach) + rowsBytes);
  const rows = at + together * stagingStride;
  const out = rows + rowsBytes;
  for (let first = 0; first < total; first += together) {
    signal?.throwIfAborted();
    const count = Math.min(together, total - first);
    stage(
      memory.f32(at, (count * stagingStride) / 4),
      queries.subarray(first * dimensions, (first + count) * dimensions),
      dimensions,
    );
    memory.functions.prepare(0, at, stagingStride, count, 1, rows);
    if (count < fewQueries) {
      memory.functions.search(0, rows, 0, count, ef, out, scratch[0]);
    } else {
      const calls: number[][] = [];
      for (let q = 0; q < count; q += queriesPerCall) {
        calls.push([0, rows, q, Math.min(q + queriesPerCall, count), ef, out]);
      }
      const threadArgs = scratch.map((own) => [own]);
      await pool.run({ memory: memory.memory, kernel: "hnsw", fn: "search", calls, threadArgs, signal });
    }
    const words = memory.u32(out, (count * bytesEach) / 4);
    for (let q = 0; q < count; q++) {
      const place = (q * bytesEach) / 4;
      take(first + q, words, place + 2, words[place]);
    }
  }
}
