import { createMemory, type KernelFunctions, kernelOver } from "../kernels/kernel.js";
import { seedKey } from "../numerics/random.js";
import type { SlicedPairs } from "./method.js";
import type { PairBatch, PairSource } from "./pair-source.js";
import { passOf } from "./run-blocks.js";
import { streams } from "./streams.js";

/** Items in order, such as the words of sentences or the nodes of walks, one sequence behind the other. */
export interface Sequences {
  /** Numbers of the items, below V. */
  readonly items: Uint32Array;
  /** End of each sequence among the items, which is where the next one begins; ascending. */
  readonly ends: ArrayLike<number>;
}

/** Sequences that are cut into slices, the same ones or others in each epoch. */
export interface SlicedSequences {
  /** V. */
  readonly vocabulary: number;
  readonly slices: number;
  /** No slice has more pairs than this with windows of full width. */
  readonly mostPairs: number;
  slice(epoch: number, slice: number): Sequences | Promise<Sequences>;
}

/** Pairs handed over at a time. */
const batchPairs = 1 << 16;

/**
 * The pairs of skip-gram: each item of a sequence with those at most b places before and behind it, b drawn anew for each
 * item, uniform in 1 .. window, so that near ones weigh more, as in word2vec's program. Windows do not cross the ends of
 * sequences. The row of a pair is the neighbor and its column the item in the middle.
 */
export function windowPairs(
  sequences: SlicedSequences,
  { window, seed }: { window: number; seed: number },
): SlicedPairs {
  const { vocabulary, slices, mostPairs } = sequences;
  return {
    slices,
    mostPairs,
    async slice(epoch, slice) {
      const pass = passOf({ epoch, slice, slices });
      return pairsOfSlice(await sequences.slice(epoch, slice), vocabulary, { window, seed, pass });
    },
  };
}

/** Pairs of sequences whose windows all have full width. */
export function fullPairs(sequences: Sequences, window: number): number {
  return countPairs(sequences, () => window);
}

function pairsOfSlice(
  sequences: Sequences,
  vocabulary: number,
  draw: { window: number; seed: number; pass: number },
): PairSource {
  const widths = drawWidths(sequences.items.length, draw);
  return {
    rows: vocabulary,
    columns: vocabulary,
    pairs: countPairs(sequences, (place) => widths[place] + 1),
    async *batches() {
      const room = batchPairs + 2 * draw.window;
      const weight = new Float32Array(room).fill(1);
      const batch: PairBatch = { length: 0, i: new Uint32Array(room), j: new Uint32Array(room), weight };
      const from = { sequence: 0, place: 0 };
      while (from.place < sequences.items.length) {
        fillBatch(batch, sequences, widths, from);
        yield batch;
      }
    },
  };
}

/** b - 1 of each place. */
function drawWidths(
  count: number,
  { window, seed, pass }: { window: number; seed: number; pass: number },
): Uint32Array {
  const memory = createMemory(4 * count);
  const { integers }: KernelFunctions = kernelOver("random", memory);
  integers(0, count, 0, pass, streams.windows, 0, ...seedKey(seed), window);
  return new Uint32Array(memory.buffer, 0, count);
}

function countPairs({ items, ends }: Sequences, width: (place: number) => number): number {
  let pairs = 0;
  for (let sequence = 0, place = 0; place < items.length; sequence++) {
    const start = place;
    const end = ends[sequence];
    for (; place < end; place++) {
      const b = width(place);
      pairs += Math.min(b, place - start) + Math.min(b, end - 1 - place);
    }
  }
  return pairs;
}

/** Fills a batch with the pairs of whole windows and moves `from` behind them. */
function fillBatch(
  batch: PairBatch,
  { items, ends }: Sequences,
  widths: Uint32Array,
  from: { sequence: number; place: number },
): void {
  const { i, j } = batch;
  let { sequence, place } = from;
  let length = 0;
  while (place < items.length && length < batchPairs) {
    const start = sequence === 0 ? 0 : ends[sequence - 1];
    const end = ends[sequence];
    for (; place < end && length < batchPairs; place++) {
      const middle = items[place];
      const b = widths[place] + 1;
      const last = Math.min(end - 1, place + b);
      for (let other = Math.max(start, place - b); other <= last; other++) {
        if (other === place) continue;
        i[length] = items[other];
        j[length++] = middle;
      }
    }
    if (place === end) sequence++;
  }
  batch.length = length;
  from.sequence = sequence;
  from.place = place;
}
