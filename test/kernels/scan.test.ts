import { describe, expect, test } from "vitest";
import type { KernelFunctions } from "../../dist/kernels/kernel.js";
import { metricCodes, tileBytes } from "../../dist/kernels/twins/scan.js";
import { Rng } from "../../dist/numerics/random.js";
import { expectSameBytesAfter } from "./same-bytes.js";

interface Scan {
  rows: number;
  dimensions: number;
  queries: number;
  count: number;
  metric: number;
  /** Positions that are scanned, in ranges. */
  ranges: [number, number][];
  list?: number[];
  excluded?: number[][];
  values: (rng: Rng) => number;
  /** Bytes before the rows, a multiple of 16. */
  offset?: number;
}

/** Runs `nearest` on the kernel and its twin over the same memory; returns each query's heap as (row, score), best first. */
function scan({ rows, dimensions, queries, count, metric, ranges, list, excluded, values, offset = 0 }: Scan) {
  const stride = Math.ceil(dimensions / 4) * 16;
  let end = offset;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const rowsAt = place(rows * stride);
  const normsAt = place(4 * rows);
  const listAt = place(4 * (list?.length ?? 0));
  const queriesAt = place(queries * stride);
  const offsetsAt = place(4 * (queries + 1));
  const excludedAt = place(4 * (excluded?.flat().length ?? 0));
  const tile = place(tileBytes);
  const thresholds = place(4 * queries);
  const sizes = place(4 * queries);
  const heaps = place(8 * queries * count);
  const fill = (buffer: ArrayBufferLike) => {
    const rng = new Rng(7);
    const padded = (at: number, n: number) => {
      const target = new Float32Array(buffer, at, (n * stride) / 4).fill(0);
      for (let r = 0; r < n; r++) for (let d = 0; d < dimensions; d++) target[(r * stride) / 4 + d] = values(rng);
    };
    padded(rowsAt, rows);
    padded(queriesAt, queries);
    new Uint32Array(buffer, listAt, list?.length ?? 0).set(list ?? []);
    let at = excludedAt;
    const offsets = new Uint32Array(buffer, offsetsAt, queries + 1);
    excluded?.forEach((forbidden, q) => {
      offsets[q] = at;
      new Uint32Array(buffer, at, forbidden.length).set(forbidden);
      at += 4 * forbidden.length;
    });
    offsets[queries] = at;
    new Float32Array(buffer, thresholds, queries).fill(Number.NEGATIVE_INFINITY);
    new Uint32Array(buffer, sizes, queries).fill(0);
  };
  const work = (functions: KernelFunctions) => {
    functions.inverseNorms(0, rows, rowsAt, stride, normsAt);
    for (const [from, to] of ranges) {
      functions.nearest(
        from,
        to,
        rowsAt,
        stride,
        normsAt,
        list ? listAt : 0,
        metric,
        queriesAt,
        queries,
        count,
        excluded ? offsetsAt : 0,
        tile,
        thresholds,
        sizes,
        heaps,
      );
    }
  };
  const memory = expectSameBytesAfter("scan", work, { bytes: end, fill });
  return Array.from({ length: queries }, (_, q) => {
    const size = new Uint32Array(memory, sizes, queries)[q];
    const at = heaps + 8 * q * count;
    const entries = Array.from({ length: size }, (_, k) => ({
      row: new Uint32Array(memory, at, 2 * size)[2 * k + 1],
      score: new Float32Array(memory, at, 2 * size)[2 * k],
    }));
    return entries.sort((a, b) => b.score - a.score || a.row - b.row);
  });
}

const normal = (rng: Rng) => rng.normal();
/** Few distinct values, so that many scores are equal. */
const coarse = (rng: Rng) => rng.below(3) - 1;
const odd = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40, -1e-45, 3e38, 1e-20];
/** NaN, infinities, zeros of both signs, denormals, the largest numbers. */
const strange = (rng: Rng) => odd[rng.below(odd.length)];

const base: Scan = { rows: 40, dimensions: 5, queries: 3, count: 4, metric: 0, ranges: [[0, 40]], values: normal };

describe("kernel scan", () => {
  test("P11: equals its twin for every metric and 0 to 257 rows", () => {
    for (let rows = 0; rows <= 257; rows += rows < 40 ? 1 : 31) {
      for (const metric of Object.values(metricCodes)) scan({ ...base, rows, metric, ranges: [[0, rows]] });
    }
  });

  test("P11: equals its twin for 1 to 257 dimensions, and rows at any multiple of 16 bytes", () => {
    for (let dimensions = 1; dimensions <= 257; dimensions++) {
      scan({ ...base, dimensions, rows: 9, ranges: [[0, 9]], metric: dimensions % 3, offset: 16 * (dimensions % 5) });
    }
  });

  test("P11: equals its twin for 1 to 40 queries, heaps of 1 to 40 entries, and very long rows", () => {
    for (let n = 1; n <= 40; n++) scan({ ...base, queries: n, count: 41 - n, values: n % 2 ? coarse : normal });
    scan({ ...base, dimensions: 4096, rows: 11, ranges: [[0, 11]], queries: 5 });
  });

  test("P11: equals its twin where rows and queries hold NaN, infinities, denormals and both zeros", () => {
    for (let dimensions = 1; dimensions <= 12; dimensions++) {
      for (const metric of Object.values(metricCodes)) {
        const found = scan({ ...base, dimensions, metric, values: strange, rows: 100, ranges: [[0, 100]], count: 30 });
        for (const { score } of found.flat()) expect(score).not.toBeNaN();
      }
    }
  });

  test("a heap holds the best rows, whatever the order of the ranges", () => {
    const whole = scan({ ...base, values: coarse, count: 7 });
    const parts = scan({
      ...base,
      values: coarse,
      count: 7,
      ranges: [
        [33, 40],
        [0, 17],
        [17, 33],
      ],
    });
    expect(parts).toEqual(whole);
  });

  test("D1: a query's scores are the same bytes alone and among others", () => {
    const together = scan({ ...base, queries: 9, rows: 101, ranges: [[0, 101]], count: 101, dimensions: 30 });
    // The same rows and queries: the generator gives a query after the rows.
    const one = scan({ ...base, queries: 1, rows: 101, ranges: [[0, 101]], count: 101, dimensions: 30 });
    expect(one[0]).toEqual(together[0]);
  });

  test("with a list, its rows alone are found; an excluded row never is", () => {
    const list = [1, 5, 6, 7, 20, 39];
    const excluded = [[5, 39], [], [1, 5, 6, 7, 20, 39]];
    const found = scan({ ...base, list, excluded, ranges: [[0, list.length]], count: 10 });
    expect(found.map((entries) => entries.map(({ row }) => row).sort((a, b) => a - b))).toEqual([
      [1, 6, 7, 20],
      list,
      [],
    ]);
  });

  test("inverse norms are those of f64, and 0 where there is none", () => {
    const rows = [
      [3, 4, 0],
      [0, 0, 0],
      [1e30, 1e30, 1e30],
      [1e-30, 0, 0],
      [1e-45, 0, 0],
      [Number.NaN, 1, 1],
      [Number.POSITIVE_INFINITY, 0, 0],
    ];
    const fill = (buffer: ArrayBufferLike) => {
      new Float32Array(buffer, 0, 4 * rows.length).fill(0);
      for (const [r, row] of rows.entries()) new Float32Array(buffer, 16 * r, 3).set(row);
    };
    const work = (functions: KernelFunctions) => {
      functions.inverseNorms(0, rows.length, 0, 16, 512);
    };
    const memory = expectSameBytesAfter("scan", work, { bytes: 1024, fill });
    const norms = [...new Float32Array(memory, 512, rows.length)];
    const f = Math.fround;
    expect(norms).toEqual([f(0.2), 0, f(1 / (f(1e30) * Math.sqrt(3))), f(1 / f(1e-30)), 0, 0, 0]);
  });
});
