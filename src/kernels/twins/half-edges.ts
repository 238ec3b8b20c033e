import type { Twin } from "../kernel.js";

const { abs, fround } = Math;

/**
 * An undirected graph without weights in half edges (see messages/half-edges.ts) and Jacobi sweeps of PageRank over it in
 * f32. Hubs are the first H nodes by degree, tails the others. Rows are numbered hubs first, by rank, then tails, grouped by
 * (L, K), their numbers of hub and of tail neighbors. Arguments are byte offsets, then rows or entries [from, to):
 *
 *   offsets [N + 1], indices u32: the graph's compressed rows; hub [N] u16: rank of a hub, else 0xffff; nodes [H] u32: node
 *   of a hub; row [N] u32: row of a node, 0xffffffff for an isolated one;
 *   endHub, endTail [N] u32: where a row's two lists end, once split; hubStart, hubEnd [H] u32: a hub's list, once split;
 *   loops [H] f32: 1 where a hub has a self-loop, else 0; q: hub lists, u16 ranks; t: tail lists, u32;
 *   listEnd [H] u32: where a hub's list ends, once placed, the first beginning at `list`;
 *   slots [R ranges, H] (c, pushed) f32: the hub's contribution x / degree and what its neighbors in the range push to it;
 *   sums [H] f32: what hubs pulled; x f32 [rows]; c, next f32 [rows]: contributions of tails, before and after; inverse [H].
 */
export const twin: Twin = (memory) => {
  const u16 = () => new Uint16Array(memory.buffer);
  const u32 = () => new Uint32Array(memory.buffer);
  const f32 = () => new Float32Array(memory.buffer);

  /** Splits rows into hub lists from q (of hubs: only hubs of lower rank) and tail lists from t (node ids). */
  function splitRows(...args: number[]): number {
    const [offsets, indices, hub, endHub, endTail, hubStart, hubEnd, loops] = args.map((arg) => arg >>> 0);
    let [q, t] = args.slice(8);
    const [from, to] = args.slice(10);
    const [halves, words, floats] = [u16(), u32(), f32()];
    for (let i = from; i < to; i++) {
      const own = halves[(hub >>> 1) + i];
      let loop = 0;
      if (own !== 0xffff) words[(hubStart >>> 2) + own] = q;
      for (let k = words[(offsets >>> 2) + i]; k < words[(offsets >>> 2) + i + 1]; k++) {
        const column = words[(indices >>> 2) + k];
        const h = halves[(hub >>> 1) + column];
        halves[q >>> 1] = h;
        if (own === 0xffff) words[t >>> 2] = column;
        if (own === 0xffff && h === 0xffff) t += 4;
        else if (h < own) q += 2;
        else loop = Number(loop === 1 || h === own);
      }
      if (own !== 0xffff) {
        words[(hubEnd >>> 2) + own] = q;
        floats[(loops >>> 2) + own] = loop;
      }
      words[(endHub >>> 2) + i] = q;
      words[(endTail >>> 2) + i] = t;
    }
    return 0;
  }

  /** Calls `visit` with each tail that has a neighbor and its lists; q and t are where the lists of row `from` begin. */
  function tailsOf(
    [hub, endHub, endTail, q, t]: number[],
    [from, to]: number[],
    visit: (i: number, q: number, L: number, t: number, K: number) => void,
  ) {
    const [halves, words] = [u16(), u32()];
    let [startQ, startT] = [q, t];
    for (let i = from; i < to; i++) {
      const [nextQ, nextT] = [words[(endHub >>> 2) + i], words[(endTail >>> 2) + i]];
      if (halves[(hub >>> 1) + i] === 0xffff) visit(i, startQ, (nextQ - startQ) / 2, startT, (nextT - startT) / 4);
      [startQ, startT] = [nextQ, nextT];
    }
  }

  /** counts[L width + K] += 1 for each tail that is not isolated; width is above every K. */
  function countKeys(...args: number[]): number {
    const [width, counts] = args.slice(5);
    const words = u32();
    tailsOf(args, args.slice(7), (_i, _q, L, _t, K) => {
      if (L + K > 0) words[(counts >>> 2) + L * width + K]++;
    });
    return 0;
  }

  /** Moves tails to their groups: groups[key] is the first row, hub list and tail list, next[key] the rows placed before. */
  function placeRows(...args: number[]): number {
    const [width, next, groups, row] = args.slice(5).map((arg) => arg >>> 0);
    const [halves, words] = [u16(), u32()];
    tailsOf(args, args.slice(9), (i, q, L, t, K) => {
      if (L + K === 0) {
        words[(row >>> 2) + i] = 0xffffffff;
        return;
      }
      const key = L * width + K;
      const k = words[(next >>> 2) + key]++;
      const [first, hubList, tailList] = words.subarray((groups >>> 2) + 3 * key, (groups >>> 2) + 3 * key + 3);
      words[(row >>> 2) + i] = first + k;
      for (let e = 0; e < L; e++) halves[(hubList >>> 1) + L * k + e] = halves[(q >>> 1) + e];
      for (let e = 0; e < K; e++) words[(tailList >>> 2) + K * k + e] = words[(t >>> 2) + e];
    });
    return 0;
  }

  /** Moves the lists of hubs [from, to) to their places. */
  function placeHubs(...args: number[]): number {
    const [offsets, nodes, hubStart, hubEnd, listEnd, list, inverse, row] = args.map((arg) => arg >>> 0);
    const [from, to] = args.slice(8);
    const [halves, words, floats] = [u16(), u32(), f32()];
    for (let h = from; h < to; h++) {
      const i = words[(nodes >>> 2) + h];
      const place = h === 0 ? list : words[(listEnd >>> 2) + h - 1];
      halves.copyWithin(place >>> 1, words[(hubStart >>> 2) + h] >>> 1, words[(hubEnd >>> 2) + h] >>> 1);
      words[(row >>> 2) + i] = h;
      floats[(inverse >>> 2) + h] = 1 / (words[(offsets >>> 2) + i + 1] - words[(offsets >>> 2) + i]);
    }
    return 0;
  }

  /** Node ids in the tail lists [p, end) to 4 times their rows. */
  function placeTails(p: number, end: number, row: number): number {
    const words = u32();
    for (let k = p >>> 2; k < end >>> 2; k++) words[k] = 4 * words[(row >>> 2) + words[k]];
    return 0;
  }

  /** The hub neighbors of a row, each pulled from and pushed to: returns the sum of their c. */
  function visitHubs(
    halves: Uint16Array,
    floats: Float32Array,
    slots: number,
    q: number,
    L: number,
    c: number,
  ): number {
    const sums = [0, 0, 0, 0];
    for (let e = 0; e < L; e++) {
      const slot = (slots >>> 2) + 2 * halves[(q >>> 1) + e];
      const part = e < (L & ~3) ? e & 3 : 0;
      sums[part] = fround(sums[part] + floats[slot]);
      floats[slot + 1] = fround(floats[slot + 1] + c);
    }
    return fround(fround(sums[0] + sums[1]) + fround(sums[2] + sums[3]));
  }

  /** What hubs [from, to) pull. */
  function hubRows(...args: number[]): number {
    const [listEnd, list, slots, loops, sums] = args.map((arg) => arg >>> 0);
    const [from, to] = args.slice(5);
    const [halves, words, floats] = [u16(), u32(), f32()];
    for (let h = from; h < to; h++) {
      const q = h === 0 ? list : words[(listEnd >>> 2) + h - 1];
      const c = floats[(slots >>> 2) + 2 * h];
      const pulled = visitHubs(halves, floats, slots, q, (words[(listEnd >>> 2) + h] - q) / 2, c);
      floats[(sums >>> 2) + h] = pulled + fround(floats[(loops >>> 2) + h] * c);
    }
    return 0;
  }

  /** New ranks of tail rows [from, to) of one group, whose lists begin at q and t; returns their L1 change. */
  function tailRows(...args: number[]): number {
    const [L, K, q, t, slots, c, next, x, from, to] = args.map((arg) => arg >>> 0);
    const [base, d, inverse] = args.slice(10).map(fround);
    const [halves, words, floats] = [u16(), u32(), f32()];
    let change = 0;
    for (let v = from; v < to; v++) {
      const k = v - from;
      let sum = visitHubs(halves, floats, slots, q + 2 * L * k, L, floats[(c >>> 2) + v]);
      for (let e = 0; e < K; e++) sum = fround(sum + floats[(c + words[(t >>> 2) + K * k + e]) >>> 2]);
      const rank = fround(base + fround(d * sum));
      change += abs(fround(rank - floats[(x >>> 2) + v]));
      floats[(x >>> 2) + v] = rank;
      floats[(next >>> 2) + v] = rank * inverse;
    }
    return change;
  }

  /** A range's part of a sweep: hubs [hubFrom, hubTo), then `count` pieces (from, to, L, K, q, t) of groups of tails. */
  function sweepRange(...args: number[]): number {
    const [pieces, count, listEnd, list, slots, loops, sums, hubFrom, hubTo, c, next, x] = args.map((arg) => arg >>> 0);
    const [base, d] = args.slice(12);
    hubRows(listEnd, list, slots, loops, sums, hubFrom, hubTo);
    let change = 0;
    for (let piece = 0; piece < count; piece++) {
      const [first, to, L, K, q, t] = u32().subarray((pieces >>> 2) + 6 * piece, (pieces >>> 2) + 6 * piece + 6);
      for (let from = first; from < to; from += 2048) {
        const lists = [q + 2 * L * (from - first), t + 4 * K * (from - first)];
        change += tailRows(L, K, ...lists, slots, c, next, x, from, Math.min(from + 2048, to), base, d, 1 / (L + K));
      }
    }
    return change;
  }

  /** New ranks of hubs from what they pulled and what the ranges pushed, in order; their c into all slots. */
  function finishHubs(...args: number[]): number {
    const [slots, ranges, stride, sums, x, inverse, from, to] = args.map((arg) => arg >>> 0);
    const [base, d] = args.slice(8).map(fround);
    const floats = f32();
    let change = 0;
    for (let h = from; h < to; h++) {
      let sum = floats[(sums >>> 2) + h];
      for (let r = 0; r < ranges; r++) sum = fround(sum + floats[((slots + r * stride) >>> 2) + 2 * h + 1]);
      const rank = fround(base + fround(d * sum));
      change += abs(fround(rank - floats[(x >>> 2) + h]));
      startHubs(slots, ranges, stride, x, inverse, h, h + 1, rank);
    }
    return change;
  }

  /** Sets hubs to a rank. */
  function startHubs(...args: number[]): number {
    const [slots, ranges, stride, x, inverse, from, to] = args.map((arg) => arg >>> 0);
    const rank = fround(args[7]);
    const floats = f32();
    for (let h = from; h < to; h++) {
      floats[(x >>> 2) + h] = rank;
      for (let r = 0; r < ranges; r++) {
        floats.set([rank * floats[(inverse >>> 2) + h], 0], ((slots + r * stride) >>> 2) + 2 * h);
      }
    }
    return 0;
  }

  /** Sets tails to a rank and a contribution. */
  function startTails(c: number, x: number, from: number, to: number, rank: number, share: number): number {
    f32().fill(rank, (x >>> 2) + from, (x >>> 2) + to);
    f32().fill(share, (c >>> 2) + from, (c >>> 2) + to);
    return 0;
  }

  /** The ranks of nodes [from, to) as f64. */
  function collect(row: number, x: number, out: number, from: number, to: number, isolated: number): number {
    const [words, floats, numbers] = [u32(), f32(), new Float64Array(memory.buffer)];
    for (let i = from; i < to; i++) {
      const r = words[(row >>> 2) + i];
      numbers[(out >>> 3) + i] = r === 0xffffffff ? isolated : floats[(x >>> 2) + r];
    }
    return 0;
  }

  return {
    splitRows,
    countKeys,
    placeRows,
    placeHubs,
    placeTails,
    hubRows,
    tailRows,
    sweepRange,
    finishHubs,
    startHubs,
    startTails,
    collect,
  };
};
