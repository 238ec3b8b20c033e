import { describe, test } from "vitest";
import { builds, expectSameBytes } from "./same-bytes.js";

const [sources, targets, weights, counts, keys, values, starts, stats, tmpKeys, tmpValues, places] = Array.from(
  { length: 11 },
  (_, k) => 64 + 4096 * k,
);
const edges = 150;
const nodes = 37;

/** Edges among few nodes, so that many are parallel and some are loops. */
function fill(bytes: Uint8Array): void {
  const from = new Uint32Array(bytes.buffer, sources, edges);
  const to = new Uint32Array(bytes.buffer, targets, edges);
  const weight = new Float64Array(bytes.buffer, weights, edges);
  for (let e = 0; e < edges; e++) {
    from[e] = (e * 7919) % nodes;
    to[e] = (e * e + 3) % nodes;
    weight[e] = 0.1 * (1 + (e % 5));
  }
}

describe.each(builds)("over $name", ({ shared, fast }) => {
  const options = { shared, fast, fill };
  const noSplit = 2 ** 32 - 1;

  test.each([0, 1])("P11 counting equals its twin, both directions: %d", (both) => {
    for (const loops of [0, 1, 2]) {
      const args = [sources, targets, weights, edges, nodes, 3, both, loops, noSplit, counts, 5];
      expectSameBytes("rows", "count", args, options);
    }
    expectSameBytes("rows", "count", [sources, targets, 0, edges, nodes - 2, 3, both, 0, noSplit, counts, 5], options);
    expectSameBytes("rows", "count", [sources, targets, 0, edges, nodes, 3, both, 0, 20, counts, 5], options);
  });

  test.each([0, 1])("P11 scattering equals its twin, both directions: %d", (both) => {
    const spread = (bytes: Uint8Array) => {
      fill(bytes);
      new Uint32Array(bytes.buffer, counts, 5).set([0, 70, 140, 210, 280]);
    };
    for (const [weight, loops] of [
      [0, 0],
      [weights, 1],
    ]) {
      const args = [sources, targets, weight, edges, 3, both, loops, counts, keys, values];
      expectSameBytes("rows", "scatter", args, { ...options, fill: spread });
    }
  });

  test.each([1, 11, 12, 22, 23, 32])("P11 sorting a bucket equals its twin with %d bits of columns", (bits) => {
    const bucket = (bytes: Uint8Array) => {
      const key = new Uint32Array(bytes.buffer, keys, 2 * edges);
      const value = new Float64Array(bytes.buffer, values, edges);
      for (let i = 0; i < edges; i++) {
        key[2 * i] = ((i * 48271) % 19) * Math.floor(2 ** bits / 19);
        key[2 * i + 1] = 100 + ((i * 31) % 9);
        value[i] = 0.1 * (1 + (i % 5));
      }
    };
    for (const weighted of [0, 1]) {
      for (const policy of [0, 1, 2]) {
        const at = weighted ? values : 0;
        const args = [keys, at, edges, 100, 10, bits, policy, 1, starts, stats, tmpKeys, tmpValues, places];
        expectSameBytes("rows", "sort", args, { ...options, fill: bucket });
      }
    }
  });
});
