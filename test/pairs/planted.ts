import { createHash } from "node:crypto";
import { Rng } from "../../dist/numerics/random.js";
import type { PairMethod, TableSpec } from "../../dist/pairs/method.js";
import type { PairSource } from "../../dist/pairs/pair-source.js";
import type { Trained } from "../../dist/pairs/train.js";
import { gloveDefaults, gloveMethod } from "../../dist/words/glove-method.js";

/** Pairs (i, j, weight) as a source, in batches of 1,000. */
export function sourceOf(items: number, pairs: readonly (readonly [number, number, number])[]): PairSource {
  return {
    rows: items,
    columns: items,
    pairs: pairs.length,
    async *batches() {
      const batch = { length: 0, i: new Uint32Array(1000), j: new Uint32Array(1000), weight: new Float32Array(1000) };
      for (let at = 0; at < pairs.length; at += 1000) {
        batch.length = Math.min(1000, pairs.length - at);
        for (let k = 0; k < batch.length; k++) [batch.i[k], batch.j[k], batch.weight[k]] = pairs[at + k];
        yield batch;
      }
    },
  };
}

/** Items k of community floor(k / size). */
export interface Communities {
  items: number;
  size: number;
}

/** Counts of all pairs of items: about ten times as high within a community as between two. */
export function plantedCounts({ items, size }: Communities, seed = 1): PairSource {
  const rng = new Rng(seed, 50);
  const pairs: [number, number, number][] = [];
  for (let i = 0; i < items; i++) {
    for (let j = 0; j < items; j++) {
      const level = Math.floor(i / size) === Math.floor(j / size) ? 10 : 1;
      if (i !== j) pairs.push([i, j, level * (0.5 + rng.uniform())]);
    }
  }
  return sourceOf(items, pairs);
}

export function plantedGlove(communities: Communities = { items: 160, size: 20 }, dimensions = 12): PairMethod {
  return gloveMethod(plantedCounts(communities), { ...gloveDefaults, dimensions });
}

export interface SkipGramOptions extends Communities {
  dimensions?: number;
  slices?: number;
  pairsPerSlice?: number;
  rate?: number;
  /** Rows and columns are one table, as in methods without context vectors. */
  oneTable?: boolean;
}

/** Skip-gram with five negatives over random pairs, nine in ten of which lie within a community; plain gradient descent. */
export function plantedSkipGram({
  items,
  size,
  dimensions = 16,
  slices = 4,
  pairsPerSlice = 8000,
  rate = 0.1,
  oneTable = false,
}: SkipGramOptions): PairMethod {
  const rows: TableSpec = {
    rows: items,
    scalar: "f32",
    segments: [{ length: dimensions, low: -0.5 / dimensions, high: 0.5 / dimensions }],
  };
  const made = new Map<number, PairSource>(); // tests train often
  const columns: TableSpec = { rows: items, scalar: "f32", segments: [{ length: dimensions, value: 0 }] };
  return {
    name: "skipGram",
    kernel: "skip-gram",
    scratchBytes: 1024,
    tables: oneTable ? [rows] : [rows, columns],
    negatives: { weights: Array.from({ length: items }, () => 1), perPair: 5 },
    pairs: {
      slices,
      mostPairs: pairsPerSlice,
      slice(epoch, slice) {
        const number = epoch * slices + slice;
        const known = made.get(number);
        if (known) return known;
        const rng = new Rng(7, 51, number);
        const pairs = Array.from({ length: pairsPerSlice }, (): [number, number, number] => {
          const i = rng.below(items);
          const own = Math.floor(i / size) * size + rng.below(size);
          return [i, rng.below(10) < 9 ? own : rng.below(items), 1];
        });
        const source = sourceOf(items, pairs);
        made.set(number, source);
        return source;
      },
    },
    // falls in a line to nearly nothing, as in word2vec's program; the value at a slice's middle
    parameters: ({ epoch, epochs, slice, slices }) => [
      rate * (1 - (epoch * slices + slice + 0.5) / (epochs * slices) / 1.0001),
    ],
  };
}

/** Rows of all tables in order, and the losses: what must not differ by a bit. */
export async function rowsOf(trained: Trained): Promise<{ rows: Float32Array[][]; losses: readonly number[] }> {
  const rows: Float32Array[][] = [];
  await trained.eachRow((row, values) => {
    rows[row] = values.map((value) => Float32Array.from(value));
  });
  return { rows, losses: trained.losses };
}

/** SHA-256 of the rows of all tables and the losses, and closes the run. */
export async function hashOf(trained: Trained): Promise<string> {
  const { rows, losses } = await rowsOf(trained);
  await trained.close();
  const hash = createHash("sha256");
  for (const values of rows) for (const value of values) hash.update(value);
  return hash.update(Float64Array.from(losses)).digest("hex");
}

/** Of all items' `count` nearest by the cosine, the share that lies in the item's own community. */
export function recovered(vectors: readonly Float32Array[], size: number, count: number): number {
  const unit = vectors.map((vector) => {
    const length = Math.hypot(...vector);
    return vector.map((x) => x / length);
  });
  let right = 0;
  for (const [i, v] of unit.entries()) {
    const cosines = unit.map((u, j) => ({ j, cosine: u.reduce((sum, x, d) => sum + x * v[d], 0) }));
    const nearest = cosines.filter(({ j }) => j !== i).sort((a, b) => b.cosine - a.cosine);
    for (const { j } of nearest.slice(0, count)) if (Math.floor(j / size) === Math.floor(i / size)) right++;
  }
  return right / (unit.length * count);
}
