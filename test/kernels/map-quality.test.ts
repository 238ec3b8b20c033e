import { describe, expect, test } from "vitest";
import { resultWidth, scratchBytes } from "../../dist/kernels/twins/map-quality.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

interface Case {
  items: number;
  above: number;
  below: number;
  k: number;
  anchors: number[];
  /** Rows that are zero under the cosine; null for Euclidean distances. */
  zeros: number[] | null;
  values: (rng: Rng) => number;
}

/** Runs `compare` on the kernel and its twin over the same memory; returns the six numbers of each anchor. */
function compare({ items, above, below, k, anchors, zeros, values }: Case, build: { shared: boolean; fast: boolean }) {
  let end = 64;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const [aboveStride, belowStride] = [above, below].map((width) => Math.ceil(width / 4) * 16);
  const [aboveAt, belowAt] = [place(items * aboveStride), place(items * belowStride)];
  const [anchorsAt, zerosAt] = [place(4 * anchors.length), place(4 * (zeros?.length ?? 0))];
  const resultsAt = place(8 * resultWidth * anchors.length);
  const scratch = place(scratchBytes(items, k));
  const fill = (all: Uint8Array) => {
    const rng = new Rng(3);
    for (const [at, stride, width] of [
      [aboveAt, aboveStride, above],
      [belowAt, belowStride, below],
    ]) {
      const rows = new Float32Array(all.buffer, at, (items * stride) / 4).fill(0);
      for (let i = 0; i < items; i++) for (let d = 0; d < width; d++) rows[(i * stride) / 4 + d] = values(rng);
    }
    new Uint32Array(all.buffer, anchorsAt, anchors.length).set(anchors);
    new Uint32Array(all.buffer, zerosAt, zeros?.length ?? 0).set(zeros ?? []);
  };
  const halved = zeros === null ? 0 : 1;
  const rest = [aboveAt, aboveStride, belowAt, belowStride, halved, zerosAt, zeros?.length ?? 0, k, resultsAt, scratch];
  const all = expectSameBytes("map-quality", "compare", [0, anchors.length, anchorsAt, items, ...rest], {
    bytes: end + 64,
    ...build,
    fill,
    scratch: [scratch, scratch + scratchBytes(items, k)],
  });
  expect(all[end]).toBe(filler);
  return new Float64Array(all.buffer, resultsAt, resultWidth * anchors.length);
}

const normal = (rng: Rng) => rng.normal();
const integer = (rng: Rng) => rng.below(3);

describe.each(builds)("compare over $name", (build) => {
  test("P11 the kernel equals its twin for odd sizes, ties, zero rows and any number of anchors", () => {
    for (const [items, above, below, k] of [
      [3, 1, 2, 1],
      [4, 4, 1, 1],
      [9, 5, 2, 4],
      [17, 8, 3, 5],
      [33, 9, 2, 16],
      [101, 2, 5, 7],
    ]) {
      for (const values of [normal, integer]) {
        for (const zeros of [null, [], [0], [1, items - 1]]) {
          const anchors = [items - 1, 0, 1, 2, items >> 1].slice(0, 1 + (items % 5));
          compare({ items, above, below, k, anchors, zeros, values }, build);
        }
      }
    }
  });
});

test("a worked case: five items on a line, two of which the map exchanges", () => {
  const numbers = [0, 1, 2, 3, 4, 0, 1, 3, 2, 4]; // in the space, then on the map
  let drawn = 0; // the kernel's memory is filled first, then its twin's
  const values = () => numbers[drawn++ % numbers.length];
  const results = compare(
    { items: 5, above: 1, below: 1, k: 2, anchors: [0], zeros: null, values },
    { shared: false, fast: false },
  );
  // nearest to item 0 in the space: 1, 2; on the map: 1, 3. Item 3 has rank 3 in the space, item 2 rank 3 on the map.
  // sum d e = 1 + 2 3 + 3 2 + 4 4, sum d^2 = sum e^2 = 1 + 4 + 9 + 16
  expect(Array.from(results)).toEqual([1, 1, 1, 29, 30, 30]);
});
