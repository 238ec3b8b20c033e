import type { TaskOptions } from "../io/progress.js";
import { Spool } from "../io/spool.js";
import type { Pool } from "../kernels/pool.js";
import { KeptTokens } from "./kept-tokens.js";
import { checkVocabularyFits, type MemoryPlan } from "./memory-plan.js";
import type { Tokens } from "./read-tokens.js";
import { type CountOptions, RowCounter } from "./row-counter.js";
import type { Run } from "./runs.js";

/** Counted pairs, rows and columns in ascending order. */
export interface CountedPairs {
  /** u32: the columns of all rows. To be closed by the receiver, as are the weights. */
  columns: Spool;
  /** f32: X of each pair. */
  weights: Spool;
  /** f64[V + 1]: where each row begins; the last is the number of pairs. */
  rowStarts: Float64Array;
  /** f64[V]: the sum of each row, from the exact counts. */
  rowSums: Float64Array;
}

/**
 * Counts co-occurrences exactly: X_ij = sum of 1 / d over all places where j stands d <= window kept words from i
 * without a line end between, on both sides of i, or, not symmetric, after it.
 *
 * Positions are sorted by word; then every row is summed at once, densely, so that nothing has to be sorted or merged.
 * A corpus beyond the plan's `sliceTokens` is counted in slices, whose rows are then merged in the same way.
 */
export async function countPairs(
  tokens: Tokens,
  options: CountOptions,
  plan: MemoryPlan,
  pool: Pool,
  task: TaskOptions,
): Promise<CountedPairs> {
  const words = tokens.vocabulary.words.length;
  checkVocabularyFits(words, pool.threads, plan);
  const kept = tokens.vocabulary.counts.reduce((sum, count) => sum + count, 0);
  const stream = new KeptTokens(tokens, task.signal);
  const counter = new RowCounter(words, kept, Math.min(plan.sliceTokens, stream.most), options, plan, pool, task);
  const spools: Spool[] = [];
  const spool = (memoryBytes: number) => {
    const made = new Spool({ memoryBytes, folder: plan.scratch });
    spools.push(made);
    return made;
  };
  const result = { columns: spool(plan.pairBytes / 2), weights: spool(plan.pairBytes / 2) };
  try {
    await counter.load(stream);
    if (stream.ended) {
      await tokens.spool.close(); // its memory is better used for pairs
      counter.setExact(false);
      const rowPairs = await counter.countSlice(result.columns, result.weights);
      return { ...result, rowStarts: startsOf(rowPairs), rowSums: counter.rowSums() };
    }
    counter.setExact(true);
    const runs: Run[] = [];
    const sliced = { columns: spool(0), sums: spool(0) };
    for (;;) {
      const first = sliced.columns.length / 4;
      runs.push({ first, rowPairs: await counter.countSlice(sliced.columns, sliced.sums) });
      if (stream.ended) break;
      await counter.load(stream);
    }
    counter.setExact(false);
    const rowPairs = await counter.merge(runs, sliced, result);
    await Promise.all([sliced.columns.close(), sliced.sums.close()]);
    return { ...result, rowStarts: startsOf(rowPairs), rowSums: counter.rowSums() };
  } catch (error) {
    for (const open of spools) await open.close();
    throw error;
  } finally {
    counter.close();
  }
}

function startsOf(rowPairs: Uint32Array): Float64Array {
  const starts = new Float64Array(rowPairs.length + 1);
  for (let row = 0; row < rowPairs.length; row++) starts[row + 1] = starts[row] + rowPairs[row];
  return starts;
}
