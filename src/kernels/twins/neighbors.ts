import type { Twin } from "../kernel.js";
import { add, mul } from "./elementary32.js";
import { scramble } from "./scramble.js";

const { fround } = Math;

/** Set in the row of an entry that no round of the descent has used yet. */
export const fresh = 0x80000000;
/** The row of an entry that is none; its distance is Infinity. */
export const noEntry = 0xffffffff;
/** How rows and distances are given: see below. */
export const forms = { dot: 0, euclidean: 1, short: 2 } as const;

/**
 * Lists of near rows for each of N rows of `stride` bytes (a multiple of 16, padded with zeros) from byte `rows`.
 *
 * The distance of two rows is, by `form`, 0: -x.y, or 1: |x - y|^2 of f32 rows, in f32 as four partial sums by d mod 4,
 * (p0 + p2) + (p1 + p3); 2: -x.y of i16 rows, |x| <= 32767, summed exactly and rounded to f32. `lists`: [N, length] entries of (f32 distance, u32 row), sorted by both, at first (Infinity, noEntry).
 * What is put in is marked `fresh`; what is there already stays as it is. So a list holds the best of what was offered to it,
 * in whatever order that was.
 */
export const twin: Twin = (memory) => {
  const word = (pointer: number) => (pointer >>> 0) / 4;
  const views = () => ({ floats: new Float32Array(memory.buffer), words: new Uint32Array(memory.buffer) });

  const distance = (rows: number, stride: number, form: number, a: number, b: number) => {
    if (form === forms.short) {
      const shorts = new Int16Array(memory.buffer);
      const [x, y] = [a, b].map((row) => ((rows >>> 0) + row * stride) / 2);
      let dot = 0;
      for (let d = 0; d < stride / 2; d++) dot += shorts[x + d] * shorts[y + d];
      return fround(-dot);
    }
    const { floats } = views();
    const width = stride / 4;
    const [x, y] = [word(rows) + a * width, word(rows) + b * width];
    const sum = [0, 0, 0, 0];
    for (let d = 0; d < width; d++) {
      const difference = add(floats[x + d], -floats[y + d]);
      const term = form === forms.euclidean ? mul(difference, difference) : mul(floats[x + d], floats[y + d]);
      sum[d % 4] = add(sum[d % 4], term);
    }
    const total = add(add(sum[0], sum[2]), add(sum[1], sum[3]));
    return form === forms.euclidean ? total : -total;
  };

  /** Offers `row` to the list of `item`; returns 1 where it went in. */
  const insert = (lists: number, length: number, item: number, value: number, row: number): number => {
    const { floats, words } = views();
    const list = word(lists) + 2 * item * length;
    const rowOf = (k: number) => (words[list + 2 * k + 1] & ~fresh) >>> 0;
    let k = length;
    while (k > 0 && (floats[list + 2 * k - 2] > value || (floats[list + 2 * k - 2] === value && rowOf(k - 1) > row)))
      k--;
    if (k === length || (k > 0 && floats[list + 2 * k - 2] === value && rowOf(k - 1) === row)) return 0;
    words.copyWithin(list + 2 * k + 2, list + 2 * k, list + 2 * length - 2);
    floats[list + 2 * k] = value;
    words[list + 2 * k + 1] = (row | fresh) >>> 0;
    return 1;
  };

  /**
   * Offers every pair a < b of a row first .. last - 1 and a row from .. to - 1 to both lists. `thresholds`: a f32 a row, the
   * last distance of its list, which is kept up. Three rows and three thresholds behind the last must be readable.
   */
  function exact(
    first: number,
    last: number,
    from: number,
    to: number,
    rows: number,
    stride: number,
    form: number,
    lists: number,
    length: number,
    thresholds: number,
  ): number {
    const { floats } = views();
    const offer = (item: number, value: number, row: number) => {
      if (insert(lists, length, item, value, row) === 1)
        floats[word(thresholds) + item] = floats[word(lists) + 2 * (item + 1) * length - 2];
    };
    for (let a = first; a < last; a++) {
      for (let b = Math.max(from, a + 1); b < to; b++) {
        const value = distance(rows, stride, form, a, b);
        offer(a, value, b);
        offer(b, value, a);
      }
    }
    return 0;
  }

  /**
   * Sorts the row numbers at the places from .. to - 1 of `order` into those that are nearer to the row `left` and those that
   * are nearer to `right`, each as they came; between the two a bit of the number decides. Returns how many are left; uses
   * the same places of `spare`.
   */
  function split(
    from: number,
    to: number,
    left: number,
    right: number,
    order: number,
    spare: number,
    rows: number,
    stride: number,
    form: number,
  ): number {
    const { words } = views();
    const sides: number[][] = [[], []];
    for (const i of words.slice(word(order) + from, word(order) + to)) {
      const [near, far] = [left, right].map((other) => distance(rows, stride, form, i, other));
      const isLeft = near < far || (near === far && scramble(i) % 2 === 0);
      sides[isLeft ? 0 : 1].push(i);
    }
    words.set(sides.flat(), word(order) + from);
    words.set(sides[1], word(spare) + from);
    return sides[0].length;
  }

  /** Offers all pairs of the rows at the places from .. to - 1 of `order` to both lists. */
  function joinLeaf(
    from: number,
    to: number,
    order: number,
    rows: number,
    stride: number,
    form: number,
    lists: number,
    length: number,
  ): number {
    const leaf = views().words.slice(word(order) + from, word(order) + to);
    leaf.forEach((a, p) => {
      for (const b of leaf.subarray(p + 1)) {
        const value = distance(rows, stride, form, a, b);
        insert(lists, length, a, value, b);
        insert(lists, length, b, value, a);
      }
    });
    return 0;
  }

  /** What decides who of many is looked at: of a pair, the same for both. */
  const hashOf = (salt: number, i: number, j: number) =>
    scramble(salt ^ (scramble(Math.min(i, j)) + Math.imul(Math.max(i, j), 0x9e3779b9)));

  /**
   * For the rows first .. last - 1 the `most` entries of lowest hash among their own lists and the reverse ones, fresh ones in
   * `news` and others in `olds`: [N, most] of (u32 row, u32 hash), sorted by (hash, row), filled up with ones.
   */
  function candidates(
    first: number,
    last: number,
    items: number,
    lists: number,
    length: number,
    news: number,
    olds: number,
    most: number,
    salt: number,
  ): number {
    const { words } = views();
    const found = [news, olds].map(() => Array.from({ length: last - first }, () => new Map<number, number>()));
    for (let i = 0; i < items; i++) {
      for (let k = 0; k < length; k++) {
        const entry = words[word(lists) + 2 * (i * length + k) + 1];
        if (entry === noEntry) break;
        const j = (entry & ~fresh) >>> 0;
        const table = found[entry === j ? 1 : 0];
        const hash = hashOf(salt, i, j);
        if (i >= first && i < last) table[i - first].set(j, hash);
        if (j >= first && j < last) table[j - first].set(i, hash);
      }
    }
    [news, olds].forEach((at, t) => {
      for (const [k, entries] of found[t].entries()) {
        const place = word(at) + 2 * (first + k) * most;
        words.fill(noEntry, place, place + 2 * most);
        const sorted = [...entries].sort((a, b) => a[1] - b[1] || a[0] - b[0]).slice(0, most);
        words.set(sorted.flat(), place);
      }
    });
    return 0;
  }

  /**
   * A step of the descent for the rows first .. last - 1: offered to a row's list are its candidates, those of its new candidates,
   * and the new ones of its old. Its fresh entries that were among its new candidates are fresh no more. Returns the number
   * of entries that went into lists. `seen`: a thread's own u32 a row, at first 0; stamp + row, above 0, must differ in all steps.
   */
  function descend(
    first: number,
    last: number,
    rows: number,
    stride: number,
    form: number,
    lists: number,
    length: number,
    news: number,
    olds: number,
    most: number,
    stamp: number,
    seen: number,
  ): number {
    const { words } = views();
    const listed = (at: number, i: number) => {
      const list: number[] = [];
      for (let k = 0; k < most; k++) {
        const place = word(at) + 2 * (i * most + k);
        if (words[place] === noEntry && words[place + 1] === noEntry) break;
        list.push(words[place]);
      }
      return list;
    };
    let changes = 0;
    for (let p = first; p < last; p++) {
      const visit = (row: number) => {
        const before = words[word(seen) + row];
        words[word(seen) + row] = stamp + p;
        return before !== (stamp + p) >>> 0;
      };
      const [own, old] = [listed(news, p), listed(olds, p)];
      visit(p);
      for (let k = 0; k < length; k++) {
        const place = word(lists) + 2 * (p * length + k) + 1;
        if (words[place] === noEntry) break;
        const j = (words[place] & ~fresh) >>> 0;
        visit(j);
        if (own.includes(j)) words[place] = j;
      }
      const offered = [
        ...own,
        ...old,
        ...own.flatMap((i) => listed(olds, i)),
        ...[...own, ...old].flatMap((i) => listed(news, i)),
      ];
      for (const q of offered) {
        if (visit(q)) changes += insert(lists, length, p, distance(rows, stride, form, p, q), q);
      }
    }
    return changes;
  }

  return { exact, split, joinLeaf, candidates, descend };
};
