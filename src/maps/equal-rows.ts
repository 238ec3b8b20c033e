import type { Vectors } from "../space/vectors.js";

/** [N]: for each row the first row with the same bytes, which may be itself. */
export function firstEqualRows(vectors: Vectors): Uint32Array<ArrayBuffer> {
  const first = new Uint32Array(vectors.length);
  const next = new Uint32Array(vectors.length); // 1 + the distinct row before it of the same hash, 0 where there is none
  const lastOf = new Map<number, number>(); // of distinct rows, by hash
  const { dimensions } = vectors;
  let row = 0;
  for (const batch of vectors.batches()) {
    const words = new Uint32Array(batch.buffer);
    for (let start = 0; start < words.length; start += dimensions, row++) {
      let hash = 0x811c9dc5; // FNV-1a over words, mixed by Murmur3's last step
      for (let d = start; d < start + dimensions; d++) hash = Math.imul(hash ^ words[d], 0x01000193);
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash ^= hash >>> 13;
      first[row] = row;
      const last = lastOf.get(hash);
      let other = last === undefined ? 0 : last + 1;
      while (other > 0 && !equalWords(words, start, new Uint32Array(vectors.get(other - 1).buffer))) {
        other = next[other - 1];
      }
      if (other > 0) {
        first[row] = other - 1;
        continue;
      }
      if (last !== undefined) next[row] = last + 1;
      lastOf.set(hash, row);
    }
  }
  return first;
}

function equalWords(words: Uint32Array, start: number, others: Uint32Array): boolean {
  for (let d = 0; d < others.length; d++) if (words[start + d] !== others[d]) return false;
  return true;
}
