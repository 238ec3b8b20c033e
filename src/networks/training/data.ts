import { Rng, shuffle } from "../../numerics/random.js";
import { NdArray } from "../array.js";
import { flatten, unflatten } from "../tree.js";
import { elementArrays, showShape, showType, sizeOf, type TypedElements } from "../types.js";

/** Items that can be had in any order: what a training loop cuts into batches. */
export interface DataSource<Batch> {
  /** Number N of items. */
  readonly count: number;
  /** The items of the given numbers, in that order; the arrays may be reused by the next call. */
  batch(items: Uint32Array): Batch;
  /** What tells these data from others, for checkpoints. */
  fingerprint(): Promise<string>;
}

/** Streams of random numbers of the training loop; others of networks are in random.ts and initializers. */
const shuffleStream = 0x74726169;

function isArray(value: unknown): value is NdArray {
  return value instanceof NdArray;
}

/**
 * A tree of arrays whose first axes count the same items, as a source. Throws RangeError where they do not, where there is
 * no item, and where a number is NaN or infinite: the error names the array and the item.
 */
export function dataOf<Batch>(
  where: string,
  data: Batch,
  hash: (arrays: readonly NdArray[]) => Promise<string>,
): DataSource<Batch> {
  const { leaves, paths, structure } = flatten(data, isArray, "data");
  if (leaves.length === 0) throw new RangeError(`${where}: data hold no array`);
  const count = leaves[0].shape[0];
  for (const [k, leaf] of leaves.entries()) {
    if (leaf.shape.length === 0) throw new RangeError(`${where}: ${paths[k]} must have an axis of items, got a scalar`);
    if (leaf.shape[0] !== count) {
      throw new RangeError(
        `${where}: all data must have equally many items, got ${paths[0]} with ${count} and ${paths[k]} with ${leaf.shape[0]}`,
      );
    }
    requireFinite(where, leaf, paths[k]);
  }
  if (count === 0)
    throw new RangeError(`${where}: at least one item was needed, got ${paths[0]} as ${showType(leaves[0])}`);
  const rows = leaves.map((leaf) => sizeOf(leaf.shape.slice(1)));
  const buffers = new Map<number, NdArray[]>();
  return {
    count,
    batch: (items) => {
      let batch = buffers.get(items.length);
      if (batch === undefined) {
        batch = leaves.map(({ dtype, shape }, k) => {
          const elements = new elementArrays[dtype](items.length * rows[k]) as TypedElements;
          return new NdArray(dtype, [items.length, ...shape.slice(1)], elements);
        });
        buffers.set(items.length, batch);
      }
      for (const [k, leaf] of leaves.entries()) copyRows(batch[k], leaf, items, rows[k]);
      return unflatten(structure, batch) as Batch;
    },
    fingerprint: () => hash(leaves),
  };
}

function copyRows(target: NdArray, source: NdArray, items: Uint32Array, length: number): void {
  const [to, from] = [target.data as Float32Array, source.data as Float32Array];
  for (let k = 0; k < items.length; k++) to.set(from.subarray(items[k] * length, (items[k] + 1) * length), k * length);
}

function requireFinite(where: string, { dtype, shape, data }: NdArray, path: string): void {
  if (dtype !== "float32") return;
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const row = sizeOf(shape.slice(1));
  throw new RangeError(
    `${where}: ${path} holds ${data[at]} in item ${Math.floor(at / row)} of ${showShape(shape)}, at ${showShape(indexOf(at % row, shape.slice(1)))} of it`,
  );
}

/** The index of element number `at`. */
export function indexOf(at: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = at % shape[axis];
    at = Math.floor(at / shape[axis]);
  }
  return index;
}

/** The order of an epoch: a permutation that follows from the seed and the epoch alone (Fisher and Yates). */
export function orderOf(count: number, seed: number, epoch: number, shuffled: boolean): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, k) => k);
  if (!shuffled) return order;
  return shuffle(order, new Rng(seed, shuffleStream, epoch));
}
