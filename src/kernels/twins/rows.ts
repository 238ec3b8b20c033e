import type { Twin } from "../kernel.js";

/**
 * Compressed rows from edges. Rows lie in buckets of 2^shift; an entry is a key (column, row), 32 bits each, and where there
 * are weights a float64 beside it. Pieces of edges are counted and scattered to the buckets in order, then each bucket is
 * sorted by a stable radix sort, by column and by row.
 */
export const twin: Twin = (memory) => {
  const u32 = (at: number, length: number) => new Uint32Array(memory.buffer, at >>> 0, length);
  const f64 = (at: number, length: number) => new Float64Array(memory.buffer, at >>> 0, length);

  /**
   * Adds the entries of each bucket to `counts`, and self-loops that are dropped to counts[buckets]. Returns the first edge
   * that is refused, or -1: its ends must be below numNodes and, unless `first` is 2^32 - 1, its source below `first` and its
   * target not; its weight must be above 0 and finite. `loops` is 0 to keep self-loops, 1 to drop, 2 to refuse them.
   */
  function count(
    sources: number,
    targets: number,
    weights: number,
    edges: number,
    numNodes: number,
    shift: number,
    both: number,
    loops: number,
    first: number,
    counts: number,
    buckets: number,
  ): number {
    const [from, to, table] = [u32(sources, edges), u32(targets, edges), u32(counts, buckets + 1)];
    const weight = weights === 0 ? null : f64(weights, edges);
    const split = first >>> 0;
    for (let e = 0; e < edges; e++) {
      const [source, target] = [from[e], to[e]];
      if (source >= numNodes || target >= numNodes) return e;
      if (split !== 2 ** 32 - 1 && (source >= split || target < split)) return e;
      if (weight !== null && !(weight[e] > 0 && weight[e] < Number.POSITIVE_INFINITY)) return e;
      if (source === target && loops !== 0) {
        if (loops === 2) return e;
        table[buckets]++;
        continue;
      }
      table[source >>> shift]++;
      if (both !== 0 && source !== target) table[target >>> shift]++;
    }
    return -1;
  }

  /** Writes the entries of edges to the places at `positions`, the next of each bucket, and moves these on. */
  function scatter(
    sources: number,
    targets: number,
    weights: number,
    edges: number,
    shift: number,
    both: number,
    loops: number,
    positions: number,
    keys: number,
    values: number,
  ): number {
    const [from, to] = [u32(sources, edges), u32(targets, edges)];
    const weight = weights === 0 ? null : f64(weights, edges);
    const put = (row: number, column: number, e: number) => {
      const next = u32(positions + 4 * (row >>> shift), 1);
      u32((keys >>> 0) + 8 * next[0], 2).set([column, row]);
      if (weight !== null) f64((values >>> 0) + 8 * next[0], 1)[0] = weight[e];
      next[0]++;
    };
    for (let e = 0; e < edges; e++) {
      if (from[e] === to[e] && loops !== 0) continue;
      put(from[e], to[e], e);
      if (both !== 0 && from[e] !== to[e]) put(to[e], from[e], e);
    }
    return 0;
  }

  /** One stable pass of a radix sort by the word `word` of each key, moved right, less `base`. */
  function pass(
    [keys, values]: readonly [number, number],
    [toKeys, toValues]: readonly [number, number],
    n: number,
    { word, shift, base, digits }: { word: 0 | 1; shift: number; base: number; digits: number },
    places: number,
  ): void {
    const [from, to, next] = [u32(keys, 2 * n), u32(toKeys, 2 * n), u32(places, digits)];
    const digitOf = (i: number) => (word === 1 ? from[2 * i + 1] - base : (from[2 * i] >>> shift) & (digits - 1));
    next.fill(0);
    for (let i = 0; i < n; i++) next[digitOf(i)]++;
    let sum = 0;
    for (let d = 0; d < digits; d++) {
      const own = next[d];
      next[d] = sum;
      sum += own;
    }
    for (let i = 0; i < n; i++) {
      const place = next[digitOf(i)]++;
      to[2 * place] = from[2 * i];
      to[2 * place + 1] = from[2 * i + 1];
      if (values !== 0) f64(toValues, n)[place] = f64(values, n)[i];
    }
  }

  /**
   * Sorts the n entries of a bucket of `rows` rows and merges those with the same row and column: their weights are summed
   * (policy 0), the first is kept (1), or nothing is done and -1 returned, with row and column at `stats` (2). Returns how
   * many entries are left. Then the columns lie at `keys`, the weights at `values`, or where there are none, the number of
   * edges of each entry at keys + 4 n; `starts` has the first entry of each row, and `stats` how many were merged (where
   * `both`, those with row <= column) and whether some weight is not 1. The last arguments are scratch space.
   */
  function sort(
    keys: number,
    values: number,
    n: number,
    firstRow: number,
    rows: number,
    columnBits: number,
    policy: number,
    both: number,
    starts: number,
    stats: number,
    tmpKeys: number,
    tmpValues: number,
    places: number,
  ): number {
    const passes = Math.floor((columnBits + 10) / 11);
    const width = Math.floor((columnBits + passes - 1) / passes);
    const own = [keys, values] as const;
    const other = [tmpKeys, values === 0 ? 0 : tmpValues] as const;
    for (let p = 0; p < passes; p++) {
      const by = { word: 0, shift: p * width, base: 0, digits: 2 ** Math.min(width, columnBits - p * width) } as const;
      if (p % 2 === 0) pass(own, other, n, by, places);
      else pass(other, own, n, by, places);
    }
    const byRow = { word: 1, shift: 0, base: firstRow, digits: rows } as const;
    if (passes % 2 === 0) pass(own, other, n, byRow, places);
    else {
      pass(other, own, n, byRow, places);
      u32(tmpKeys, 2 * n).set(u32(keys, 2 * n));
      if (values !== 0) f64(tmpValues, n).set(f64(values, n));
    }

    const [sorted, columns, numbers] = [u32(tmpKeys, 2 * n), u32(keys, n), u32((keys >>> 0) + 4 * n, n)];
    const [first, report] = [u32(starts, rows), u32(stats, 2)];
    let [merged, parallel, differs, row] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const [column, at] = [sorted[2 * i], sorted[2 * i + 1]];
      const weight = values === 0 ? 1 : f64(tmpValues, n)[i];
      if (i > 0 && column === sorted[2 * i - 2] && at === sorted[2 * i - 1]) {
        if (policy === 2) {
          report.set([at, column]);
          return -1;
        }
        if (both === 0 || at <= column) parallel++;
        if (policy === 0) {
          if (values === 0) numbers[merged - 1]++;
          else f64(values, n)[merged - 1] += weight;
          differs = 1;
        }
        continue;
      }
      while (row <= at - firstRow) first[row++] = merged;
      columns[merged] = column;
      if (values === 0) numbers[merged] = 1;
      else f64(values, n)[merged] = weight;
      if (weight !== 1) differs = 1;
      merged++;
    }
    while (row < rows) first[row++] = merged;
    report.set([parallel, differs]);
    return merged;
  }

  return { count, scatter, sort };
};
