import { philox } from "../../numerics/philox.js";
import type { Twin } from "../kernel.js";

/** Stream of the generator from which walks take their steps. */
export const walkStream = 6;

/** Marks the steps that a walk did not take. */
export const noNode = 0xffffffff;

/** Rejected candidates after which a step is drawn from the probabilities of all neighbors, summed up. */
export const mostAttempts = 64;

/**
 * Random walks of second order over compressed rows (Grover and Leskovec 2016, "node2vec", section 3.2). A walk that came
 * from t to v goes on to a neighbor x of v with a probability proportional to w(v, x) times
 *
 *     1/p  where x = t;     1  where t has an arc to x;     1/q  otherwise
 *
 * and its first step with one proportional to w(v, x). A walk ends early at a node without arcs.
 *
 * No tables of transitions are made: x is drawn in proportion to w(v, x) and kept with the probability factor / M, where
 * M = max(1, 1/q); what 1/p exceeds M by is a further outcome, which is t at once. After 64 rejections the step is drawn
 * by the sums of all neighbors' probabilities, so that no p and q make a walk slow; the distribution is the same.
 *
 * Attempt a of step s of walk `number` from a node draws by the words of counter (a, number length + s, stream, node):
 * words 0 and 1 a place among the weights, word 2 whether it is kept, word 3 whether the step goes back at once. So the
 * walk of a node depends on nothing but the graph, p, q, the length, its number and the seed.
 *
 * Layout: offsets [N + 1] and indices [E] are u32, ascending within a row; `cumulative` [E] is f64, the sums of the weights
 * of each row up to each arc, or 0 where all weights are 1; `starts` is [count] u32, `out` is [count, length] u32.
 */
export const twin: Twin = (memory) => {
  /** Sums the values of rows `first` .. `end` - 1 up to each arc: f64 at `out`, which may be `values`. */
  function cumulate(offsets: number, values: number, out: number, first: number, end: number): number {
    const bounds = new Uint32Array(memory.buffer, offsets >>> 0, end + 1);
    const arcs = bounds[end];
    const from = new Float64Array(memory.buffer, values >>> 0, arcs);
    const to = new Float64Array(memory.buffer, out >>> 0, arcs);
    for (let row = first; row < end; row++) {
      let sum = 0;
      for (let k = bounds[row]; k < bounds[row + 1]; k++) {
        sum += from[k];
        to[k] = sum;
      }
    }
    return 0;
  }

  /** Writes `count` walks of `length` nodes, their starts included; `noNode` stands for the steps behind an early end. */
  function walks(
    offsetsAt: number,
    indicesAt: number,
    cumulativeAt: number,
    startsAt: number,
    count: number,
    number: number,
    length: number,
    outAt: number,
    p: number,
    q: number,
    key0: number,
    key1: number,
  ): number {
    const at = (address: number) => new Uint32Array(memory.buffer, address >>> 0);
    const [offsets, indices, starts, out] = [offsetsAt, indicesAt, startsAt, outAt].map(at);
    const cumulative =
      cumulativeAt === 0
        ? null
        : new Float64Array(memory.buffer, cumulativeAt >>> 0, (memory.buffer.byteLength - (cumulativeAt >>> 0)) >>> 3);
    const words = new Uint32Array(4);
    const most = Math.max(1, 1 / q);
    const weight = (arc: number, row: number) => {
      if (cumulative === null) return 1;
      return arc === offsets[row] ? cumulative[arc] : cumulative[arc] - cumulative[arc - 1];
    };
    /** The first arc of row `v` whose cumulative weight is above the place, which words 0 and 1 say. */
    const arcOf = (v: number) => {
      const [first, end] = [offsets[v], offsets[v + 1]];
      if (cumulative === null) return first + Number((BigInt(words[0]) * BigInt(end - first)) >> 32n);
      const place = ((words[0] * 2 ** 21 + (words[1] >>> 11)) / 2 ** 53) * cumulative[end - 1];
      return firstAbove(cumulative, place, first, end);
    };
    /** The arc from `v` to `x`; -1 where there is none. */
    const find = (v: number, x: number) => {
      let low = offsets[v];
      let high = offsets[v + 1];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (indices[middle] < x) low = middle + 1;
        else high = middle;
      }
      return low < offsets[v + 1] && indices[low] === x ? low : -1;
    };
    const factor = (t: number, x: number) => (x === t ? 1 / p : find(t, x) >= 0 ? 1 : 1 / q);
    /** By the sums of all probabilities; words 0 and 1 say the place. */
    const exact = (v: number, t: number) => {
      const [first, end] = [offsets[v], offsets[v + 1]];
      let total = 0;
      for (let arc = first; arc < end; arc++) total += weight(arc, v) * factor(t, indices[arc]);
      const place = ((words[0] * 2 ** 21 + (words[1] >>> 11)) / 2 ** 53) * total;
      let sum = 0;
      for (let arc = first; arc < end; arc++) {
        sum += weight(arc, v) * factor(t, indices[arc]);
        if (sum > place) return indices[arc];
      }
      return indices[end - 1];
    };

    for (let k = 0; k < count; k++) {
      const start = starts[k];
      let v = start;
      let t = noNode;
      out[k * length] = v;
      for (let s = 1; s < length; s++) {
        const [first, end] = [offsets[v], offsets[v + 1]];
        if (first === end) {
          for (; s < length; s++) out[k * length + s] = noNode;
          break;
        }
        const step = Math.imul(number, length) + s;
        let next = noNode;
        let back = 0; // probability that the step goes back at once
        if (t !== noNode && 1 / p > most) {
          const arc = find(v, t);
          const total = cumulative === null ? end - first : cumulative[end - 1];
          const extra = arc < 0 ? 0 : (1 / p - most) * weight(arc, v);
          back = extra / (extra + most * total);
        }
        for (let attempt = 0; next === noNode; attempt++) {
          philox(words, attempt, step, walkStream, start, key0, key1);
          if (attempt === mostAttempts) next = exact(v, t);
          else if (words[3] / 2 ** 32 < back) next = t;
          else {
            const x = indices[arcOf(v)];
            if (t === noNode) next = x;
            else {
              const kept = (words[2] / 2 ** 32) * most;
              if (kept < Math.min(most, factor(t, x))) next = x;
            }
          }
        }
        out[k * length + s] = next;
        t = v;
        v = next;
      }
    }
    return 0;
  }

  return { cumulate, walks };
};

/** The first place in [first, end) whose number is above `value`; the last place where none is. */
function firstAbove(numbers: Float64Array, value: number, first: number, end: number): number {
  let low = first;
  let high = end - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
