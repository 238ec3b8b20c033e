import type { Twin } from "../kernel.js";

/**
 * Nodes by degree, the number of their entries in compressed rows, counted up to 65,535. Arguments are byte offsets, then
 * rows or entries [from, to):
 *
 *   offsets [N + 1] u32; counts, next [65536] u32 by degree: how many nodes have it, and the rank of the next one that has;
 *   rank [N] u32; hub [N] u16: the rank of one of the first `hubs` nodes, else 0xffff; nodes [hubs] u32: the node of a rank.
 *
 * Calls of one graph that count or rank must follow each other, in the order of the rows.
 */
export const twin: Twin = (memory) => {
  const u32 = () => new Uint32Array(memory.buffer);
  const degree = (words: Uint32Array, offsets: number, i: number) =>
    Math.min(words[(offsets >>> 2) + i + 1] - words[(offsets >>> 2) + i], 65535);

  function countDegrees(offsets: number, counts: number, from: number, to: number): number {
    const words = u32();
    for (let i = from; i < to; i++) words[(counts >>> 2) + degree(words, offsets, i)]++;
    return 0;
  }

  /** rank of each node; ranks next. */
  function rankNodes(offsets: number, next: number, rank: number, from: number, to: number): number {
    const words = u32();
    for (let i = from; i < to; i++) words[(rank >>> 2) + i] = words[(next >>> 2) + degree(words, offsets, i)]++;
    return 0;
  }

  /** hub of each node and nodes of each hub. */
  function rankHubs(
    offsets: number,
    next: number,
    hub: number,
    nodes: number,
    hubs: number,
    from: number,
    to: number,
  ): number {
    const words = u32();
    const halves = new Uint16Array(memory.buffer);
    for (let i = from; i < to; i++) {
      const k = words[(next >>> 2) + degree(words, offsets, i)]++;
      if (k < hubs) words[(nodes >>> 2) + k] = i;
      halves[(hub >>> 1) + i] = k < hubs ? k : 0xffff;
    }
    return 0;
  }

  /** out[k] = rank[indices[k]]. */
  function renumber(indices: number, rank: number, out: number, from: number, to: number): number {
    const words = u32();
    for (let k = from; k < to; k++) words[(out >>> 2) + k] = words[(rank >>> 2) + words[(indices >>> 2) + k]];
    return 0;
  }

  /**
   * place [N] u32: rows [from, to) renumbered by their lengths, longest first, ties by number, those of 1,023 entries and
   * more as equally long; newOffsets [N] u32: where the renumbered rows begin. counts [1024] u32 is scratch space.
   */
  function groupRows(
    offsets: number,
    counts: number,
    place: number,
    newOffsets: number,
    from: number,
    to: number,
  ): number {
    const words = u32();
    const length = (i: number) => words[(offsets >>> 2) + i + 1] - words[(offsets >>> 2) + i];
    const next = words.subarray(counts >>> 2, (counts >>> 2) + 1024).fill(0);
    for (let i = from; i < to; i++) next[Math.min(length(i), 1023)]++;
    let rank = from;
    for (let k = 1023; k >= 0; k--) {
      const count = next[k];
      next[k] = rank;
      rank += count;
    }
    for (let i = from; i < to; i++) {
      const r = next[Math.min(length(i), 1023)]++;
      words[(place >>> 2) + i] = r;
      words[(newOffsets >>> 2) + r] = length(i);
    }
    let first = words[(offsets >>> 2) + from];
    for (let r = (newOffsets >>> 2) + from; r < (newOffsets >>> 2) + to; r++) {
      const count = words[r];
      words[r] = first;
      first += count;
    }
    return 0;
  }

  /** The entries of rows as the renumbered ones have them, columns renumbered too; values f64 and outValues may be 0. */
  function renumberRows(...args: number[]): number {
    const [offsets, indices, values, place, newOffsets, out, outValues, from, to] = args;
    const words = u32();
    const numbers = new Float64Array(memory.buffer);
    for (let i = from; i < to; i++) {
      const shift = words[(newOffsets >>> 2) + words[(place >>> 2) + i]] - words[(offsets >>> 2) + i];
      for (let e = words[(offsets >>> 2) + i]; e < words[(offsets >>> 2) + i + 1]; e++) {
        words[(out >>> 2) + e + shift] = words[(place >>> 2) + words[(indices >>> 2) + e]];
        if (values !== 0) numbers[(outValues >>> 3) + e + shift] = numbers[(values >>> 3) + e];
      }
    }
    return 0;
  }

  return { countDegrees, rankNodes, rankHubs, renumber, groupRows, renumberRows };
};
