import { sha256 } from "#platform";
import { square } from "../../numerics/elementary.js";
import type { Vectors } from "../vectors.js";
import type { IndexMemory } from "./memory.js";
import { measures, type Precision } from "./settings.js";

/** Rows that are prepared at a time. */
const rowsAtOnce = 2048;
/** Largest f32, and half: squares and numbers beyond would become infinite. */
const largestSquare = 2 ** 126;
const largestHalf = 65504;

/**
 * Copies the vectors from .. to - 1 to the rows of an index, as its settings want them. Throws RangeError for vectors that
 * the metric or the precision cannot take, and where rows are extended for one that is longer than those before.
 */
export function fillRows(memory: IndexMemory, vectors: Vectors, from: number, to: number): void {
  const { dimensions, stagingStride, settings } = memory;
  if (settings.geometry === "dot") {
    const longest = longestSquare(vectors, from, to);
    if (from === 0) memory.extend = longest;
    else if (longest > memory.extend) {
      throw new RangeError(
        `index: a vector of length ${Math.sqrt(longest)} is longer than all before (${Math.sqrt(memory.extend)}), to which inner products are fitted; build the index anew`,
      );
    }
  }
  const { unit } = measures[settings.geometry];
  const largest = settings.precision === "f16" && !unit ? largestHalf : Math.sqrt(largestSquare / memory.width);
  if (memory.extend > square(largest))
    throw new RangeError(
      `index: ${tooLarge(settings.precision, largest)}, there is one of length ${Math.sqrt(memory.extend)}`,
    );
  const width = stagingStride / 4;
  const { at } = memory.workspace(1, 1, rowsAtOnce * stagingStride);
  let row = from;
  for (const batch of vectors.batches(from, to)) {
    for (let first = 0; first < batch.length / dimensions; first += rowsAtOnce) {
      const part = batch.subarray(first * dimensions, (first + rowsAtOnce) * dimensions);
      const count = part.length / dimensions;
      const wrong = part.findIndex((x) => !(Math.abs(x) <= largest));
      if (wrong >= 0) {
        const place = `row ${row + Math.floor(wrong / dimensions)} has ${part[wrong]}`;
        throw new RangeError(`index: ${tooLarge(settings.precision, largest)}, ${place}`);
      }
      stage(memory.f32(at, count * width), part, dimensions);
      const done = memory.functions.prepare(0, at, stagingStride, count, 0, memory.rowAt(row));
      if (done < count) {
        const needed = settings.geometry === "lorentz" ? "a point of the hyperboloid" : "a point within the unit ball";
        throw new RangeError(`index: geometry ${settings.geometry} needs ${needed}, row ${row + done} is none`);
      }
      row += count;
    }
  }
}

/** Spreads vectors [n, dimensions] to rows of staging space, padded with zeros. */
export function stage(target: Float32Array, vectors: Float32Array, dimensions: number): void {
  const count = vectors.length / dimensions;
  const width = target.length / count;
  if (width === dimensions) {
    target.set(vectors);
    return;
  }
  target.fill(0);
  for (let r = 0; r < count; r++) target.set(vectors.subarray(r * dimensions, (r + 1) * dimensions), r * width);
}

function tooLarge(precision: Precision, largest: number): string {
  return `numbers and lengths up to ${largest} are needed${precision === "f16" ? ' by precision "f16"' : ""}`;
}

function longestSquare(vectors: Vectors, from: number, to: number): number {
  let longest = 0;
  for (const batch of vectors.batches(from, to)) {
    for (let at = 0; at < batch.length; at += vectors.dimensions) {
      let squares = 0;
      for (let d = 0; d < vectors.dimensions; d++) squares += batch[at + d] * batch[at + d];
      longest = Math.max(longest, squares);
    }
  }
  return longest;
}

/** What tells one set of vectors from another: SHA-256 of the first `count` rows' f32, little-endian. */
export async function fingerprintOf(vectors: Vectors, count: number): Promise<string> {
  const hash = sha256();
  for (const { buffer, byteOffset, byteLength } of vectors.batches(0, count)) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest();
}
