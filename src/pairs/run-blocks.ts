import { blockTask } from "../kernels/block-task.js";
import { seedKey } from "../numerics/random.js";
import { rowBytes, type SlicePlace } from "./method.js";
import type { Run } from "./run.js";
import { assertDisjoint, type Block } from "./schedule.js";

/** A block in work, in the lane of the memory that its pairs and its parts have. */
interface Lane {
  index: number;
  block: Block;
  pairs: number;
  done: number;
  loss: number;
}

/** Pairs in the block's place of the grid. */
export function pairsOf(run: Run, block: Block): number {
  return run.buckets.count(numberOf(run, block));
}

/**
 * Runs blocks that share no part, side by side: their parts enter, the kernel works through their pairs, piece by piece
 * where a block is larger than its buffer, and the parts leave. Returns the loss of each block.
 */
export async function runBlocks(run: Run, blocks: readonly Block[], place: SlicePlace): Promise<number[]> {
  const { method, memory, tables, buckets, plan, pool } = run;
  const columnTable = method.tables.length - 1;
  assertDisjoint(blocks, method.tables.length);
  for (const [index, { row, column }] of blocks.entries()) {
    await tables.enter(0, row, 2 * index);
    await tables.enter(columnTable, column, 2 * index + 1);
  }

  const lanes: Lane[] = blocks.map((block, index) => ({ index, block, pairs: pairsOf(run, block), done: 0, loss: 0 }));
  const threadArgs = Array.from({ length: pool.threads }, (_, thread) => [plan.scratch + thread * plan.scratchStride]);
  for (;;) {
    const open = lanes.filter(({ pairs, done }) => done < pairs);
    if (open.length === 0) break;
    const calls: number[][] = [];
    const counts: number[] = [];
    for (const lane of open) {
      const { address, count } = await buckets.load(numberOf(run, lane.block), lane.done, lane.index);
      const task = plan.tasks + lane.index * blockTask.bytes;
      writeTask(run, task, lane, { address, count }, place);
      calls.push([task]);
      counts.push(count);
    }
    const losses = await pool.run({ memory, kernel: method.kernel, fn: "block", calls, threadArgs });
    for (const [k, lane] of open.entries()) {
      lane.loss = losses[k];
      lane.done += counts[k];
    }
  }

  for (const { row, column } of blocks) {
    await tables.leave(0, row);
    await tables.leave(columnTable, column);
  }
  return lanes.map(({ loss }) => loss);
}

/** Tells the kernel of a piece of a block; see kernels/block-task.ts. */
function writeTask(
  run: Run,
  task: number,
  { block, done, loss }: Lane,
  piece: { address: number; count: number },
  place: SlicePlace,
): void {
  const { method, tables } = run;
  const columnTable = method.tables.length - 1;
  const [key0, key1] = seedKey(run.seed);
  const fields = new DataView(run.memory.buffer, task, blockTask.bytes);
  const set = (offset: number, value: number) => fields.setUint32(offset, value, true);
  set(blockTask.pairs, piece.address);
  set(blockTask.count, piece.count);
  set(blockTask.first, done);
  set(blockTask.rows, tables.address(0, block.row));
  set(blockTask.rowStride, rowBytes(method.tables[0]));
  set(blockTask.columns, tables.address(columnTable, block.column));
  set(blockTask.columnStride, rowBytes(method.tables[columnTable]));
  if (method.negatives) {
    set(blockTask.negatives, run.negatives[block.column].address);
    set(blockTask.candidates, run.negatives[block.column].candidates);
    set(blockTask.negativesPerPair, method.negatives.perPair);
  }
  set(blockTask.pass, passOf(place));
  set(blockTask.block, numberOf(run, block));
  set(blockTask.key0, key0);
  set(blockTask.key1, key1);
  fields.setFloat64(blockTask.loss, loss, true);
  for (const [k, value] of method.parameters(place).entries()) {
    fields.setFloat64(blockTask.parameters + 8 * k, value, true);
  }
}

/** Slices are numbered through all epochs: the address of their random numbers. */
export function passOf({ epoch, slice, slices }: Omit<SlicePlace, "epochs">): number {
  return epoch * slices + slice;
}

function numberOf(run: Run, { row, column }: Block): number {
  return row * run.parts + column;
}
