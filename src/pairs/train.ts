import { DivergedError } from "../io/errors.js";
import { integerOption, numberOption } from "../io/options.js";
import { Pace } from "../io/pace.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import { isSliced, type PairMethod } from "./method.js";
import { Run, type RunOptions } from "./run.js";
import { pairsOf, passOf, runBlocks } from "./run-blocks.js";
import { type CheckpointOptions, type Position, RunCheckpoints, startPosition } from "./run-checkpoints.js";
import { type Block, schedule } from "./schedule.js";
import type { RowVisitor } from "./tables.js";

export type { CheckpointOptions } from "./run-checkpoints.js";

export interface TrainOptions extends RunOptions, TaskOptions {
  /** Passes over all pairs. */
  epochs: number;
  /** Same seed, same bytes, with any number of threads and any memory limit. Default 1. */
  seed?: number;
  /** Threads that do the work, by default one a processor. */
  threads?: number;
  /** Relaxed SIMD; the last bits then depend on the processor. Default false. */
  fast?: boolean;
  /** Where to keep what a later run needs to go on; none by default. */
  checkpoints?: CheckpointOptions;
  /** Told of things worth knowing, such as a damaged checkpoint that was passed over. */
  onNote?: (note: string) => void;
  /** Told of the rows as they are, now and then between two batches, as `OnVectors` says; `eachRow` is that of `Trained`. */
  onRows?: (eachRow: Trained["eachRow"]) => Promise<void>;
}

/** A trained run; its tables are read part by part, and `close` frees them. */
export interface Trained {
  /** Mean loss a pair, of each epoch. */
  readonly losses: readonly number[];
  /** Pairs a second while training, since this process began. */
  readonly pairsPerSecond: number;
  readonly threads: number;
  readonly fast: boolean;
  /**
   * Calls `visit` for each row number with the rows of all tables that have it (tables of equal length), in no particular
   * order of rows. The arrays are valid during the call.
   */
  eachRow(visit: RowVisitor): Promise<void>;
  close(): Promise<void>;
}

/** Pairs in work between two looks at signals, progress and the clock. */
const pairsPerBatch = 1 << 22;

/**
 * Trains a method on its pairs: the loop of the pair engine. Each slice of each epoch runs the blocks of the grid in
 * rounds; the blocks of a round share no part, so that threads need neither locks nor luck. The result depends on the
 * method, the pairs, the epochs and the seed alone.
 *
 * Throws RangeError for bad options, pairs or a loss that is no longer finite, ResourceError where memory or scratch
 * storage does not suffice, FormatError where all checkpoints are damaged, and the signal's reason when aborted, after a
 * last checkpoint.
 */
export async function train(method: PairMethod, options: TrainOptions): Promise<Trained> {
  const epochs = integerOption(method.name, "epochs", options.epochs, 1);
  const seed = integerOption(method.name, "seed", options.seed ?? 1, 0);
  const { memoryLimit, onNote } = options;
  if (memoryLimit !== undefined) numberOption(method.name, "memoryLimit", memoryLimit, { least: 0, exclusive: true });
  const pool = sharedPool({ threads: options.threads, fast: options.fast });
  for (const note of pool.notes) onNote?.(note);

  const run = await Run.open(method, pool, seed, options);
  try {
    const checkpoints = options.checkpoints ? new RunCheckpoints(run, epochs, options.checkpoints) : null;
    let position = await checkpoints?.restore(onNote);
    if (!position) {
      await run.tables.initialize(seed);
      position = startPosition();
    }
    const pairsPerSecond = await trainFrom(position, run, checkpoints, { ...options, epochs });
    return {
      losses: position.losses,
      pairsPerSecond,
      threads: pool.threads,
      fast: pool.fast,
      eachRow: (visit) => run.tables.eachRow(visit),
      close: () => run.close(),
    };
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** Trains from a position, which it moves, to the last epoch's end. Returns the pairs trained a second. */
async function trainFrom(
  position: Position,
  run: Run,
  checkpoints: RunCheckpoints | null,
  { epochs, signal, onProgress, onRows }: TrainOptions,
): Promise<number> {
  const { pairs, tables } = run.method;
  const slices = isSliced(pairs) ? pairs.slices : 1;
  const meter = new Meter("training", "pairs", isSliced(pairs) ? undefined : pairs.pairs * epochs, onProgress);
  const meanLoss = () => (position.pairs > 0 ? position.loss / position.pairs : 0);
  const report = (atEnd: boolean) =>
    meter.update(position.allPairs, { epoch: position.epoch + 1, epochs, loss: meanLoss() }, atEnd);
  meter.resumeAt(position.allPairs);
  const pairsBefore = position.allPairs;
  let milliseconds = 0;
  const pace = new Pace(onRows !== undefined);

  try {
    if (!isSliced(pairs)) await takePairs(run, position, slices, signal);
    for (; position.epoch < epochs; position.epoch++) {
      for (; position.slice < slices; position.slice++) {
        if (isSliced(pairs)) await takePairs(run, position, slices, signal);
        const { rounds, round } = schedule(run.parts, tables.length, position.slice);
        for (; position.round < rounds; position.round++) {
          const blocks = round(position.round);
          while (position.block < blocks.length) {
            signal?.throwIfAborted();
            if (checkpoints?.due) await checkpoints.save(position);
            if (pace.due) await pace.turn(() => onRows?.((visit) => run.tables.eachRow(visit)));
            const start = performance.now();
            await trainBatch(run, nextBatch(run, blocks, position.block), position, { epochs, slices });
            milliseconds += performance.now() - start;
            report(false);
          }
          position.block = 0;
        }
        position.round = 0;
      }
      position.slice = 0;
      position.losses.push(meanLoss());
      report(true);
      position.loss = 0;
      position.pairs = 0;
    }
  } catch (error) {
    // aborts are noticed only between batches, where tables and position agree
    if (signal?.aborted && error === signal.reason) await checkpoints?.save(position);
    throw error;
  }
  return milliseconds > 0 ? ((position.allPairs - pairsBefore) / milliseconds) * 1000 : 0;
}

/** Divides the pairs of the run, or of the slice, into blocks, in random order. */
async function takePairs(run: Run, { epoch, slice }: Position, slices: number, signal?: AbortSignal): Promise<void> {
  const { pairs, tables, leastWeight = -Number.MAX_VALUE } = run.method;
  const source = isSliced(pairs) ? await pairs.slice(epoch, slice) : pairs;
  if (source.rows > tables[0].rows || source.columns > tables[tables.length - 1].rows)
    throw new Error(`internal: ${run.method.name}: ${source.rows} x ${source.columns} pairs for smaller tables`);
  const pass = isSliced(pairs) ? passOf({ epoch, slice, slices }) : 0;
  await run.buckets.fill(source, { seed: run.seed, pass, least: leastWeight, pool: run.pool, signal });
}

/** The next blocks of a round: as many as the memory has lanes for, and not many more pairs than a batch holds. */
function nextBatch(run: Run, blocks: readonly Block[], from: number): Block[] {
  const batch: Block[] = [];
  let pairs = 0;
  for (let k = from; k < blocks.length && batch.length < run.plan.lanes; k++) {
    if (batch.length >= run.pool.threads && pairs >= pairsPerBatch) break;
    batch.push(blocks[k]);
    pairs += pairsOf(run, blocks[k]);
  }
  return batch;
}

/** Runs a batch and moves the position behind it. */
async function trainBatch(
  run: Run,
  batch: readonly Block[],
  position: Position,
  { epochs, slices }: { epochs: number; slices: number },
): Promise<void> {
  const { epoch, slice } = position;
  const losses = await runBlocks(run, batch, { epoch, epochs, slice, slices });
  for (const loss of losses) position.loss += loss;
  if (!Number.isFinite(position.loss)) {
    throw new DivergedError(
      `${run.method.name}: training diverged in epoch ${epoch + 1} of ${epochs}: the loss is no longer finite; lower learningRate`,
    );
  }
  for (const block of batch) {
    position.pairs += pairsOf(run, block);
    position.allPairs += pairsOf(run, block);
  }
  position.block += batch.length;
}
