import { describe, expect, test } from "vitest";
import type { KernelFunctions } from "../../dist/kernels/kernel.js";
import { mostNodes, nodeBytes, plantScratch } from "../../dist/kernels/twins/tsne.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, expectSameBytesAfter } from "./same-bytes.js";

/** Where the arrays of N items with `entries` affinities lie. */
function placesOf(count: number, entries: number) {
  let end = 64;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16 + 16;
    return at;
  };
  const padded = Math.ceil(count / 4) * 4;
  return {
    scratch: place(plantScratch(count)),
    positions: place(8 * count),
    next: place(8 * count),
    forces: place(8 * count),
    velocities: place(8 * count),
    gains: place(8 * count),
    codes: place(4 * count),
    order: place(4 * count),
    xs: place(4 * padded),
    ys: place(4 * padded),
    nodes: place(nodeBytes * mostNodes(count)),
    sums: place(48),
    offsets: place(4 * (count + 1)),
    indices: place(4 * entries),
    values: place(4 * entries),
    end,
  };
}

const clouds: [string, (rng: Rng) => number][] = [
  ["normal", (rng) => rng.normal()],
  ["with many equal", (rng) => rng.below(4)],
  ["with one far off", (rng) => (rng.below(40) === 0 ? 1e5 : rng.normal())],
  ["tiny", (rng) => 1e-6 * rng.normal()],
  ["on one spot", () => 3],
];

describe.each(clouds)("the tree of a cloud, %s", (_, draw) => {
  const plant = (count: number, theta: number) => {
    const places = placesOf(count, 0);
    const { positions, sums, codes, order, xs, ys, nodes, scratch, forces } = places;
    let [nodeCount, z] = [0, 0];
    const fill = (buffer: ArrayBufferLike) => {
      const rng = new Rng(count);
      const cloud = new Float32Array(buffer, positions, 2 * count);
      for (let at = 0; at < cloud.length; at++) cloud[at] = draw(rng);
      const chunks = new Float64Array(buffer, sums, 4).fill(0);
      cloud.forEach((value, at) => {
        chunks[(at % 2) + 2 * (at < count ? 0 : 1)] += value;
      });
    };
    const buffer = expectSameBytesAfter(
      "tsne",
      (functions: KernelFunctions) => {
        nodeCount = functions.plant(count, positions, sums, 2, codes, order, xs, ys, nodes, 1 / theta, scratch);
        const groups = Math.ceil(count / 4);
        z = 0;
        for (let g = 0; g < groups; g += 2) {
          z += functions.repel(g, Math.min(g + 2, groups), count, order, xs, ys, nodes, nodeCount, forces);
        }
      },
      { bytes: places.end, fill, from: places.positions },
    );
    return { ...places, buffer, nodeCount, z };
  };

  test("P11 the kernel equals its twin, and the tree holds each item once", () => {
    for (const count of [1, 2, 3, 4, 5, 17, 64, 129]) {
      const { buffer, nodes, nodeCount, order } = plant(count, 0.5);
      expect(nodeCount).toBeLessThanOrEqual(mostNodes(count));
      const leaves = Array.from({ length: nodeCount }, (_, n) =>
        Array.from(new Uint32Array(buffer, nodes + nodeBytes * n + 20, 2)),
      );
      const held = leaves.flatMap(([first, last]) => Array.from({ length: last - first }, (_, k) => first + k));
      expect(held).toEqual(Array.from({ length: count }, (_, k) => k));
      expect(Array.from(new Uint32Array(buffer, order, count)).sort((a, b) => a - b)).toEqual(held);
      expect(new Float32Array(buffer, nodes, 3)[2]).toBe(count);
    }
  });

  test("forces and Z come near those of all pairs", () => {
    const count = 129;
    const { buffer, positions, forces, z } = plant(count, 0.2);
    const y = new Float32Array(buffer, positions, 2 * count);
    const found = new Float32Array(buffer, forces, 2 * count);
    let all = 0;
    let [squares, errors] = [0, 0];
    for (let i = 0; i < count; i++) {
      const sum = [0, 0];
      for (let j = 0; j < count; j++) {
        const [dx, dy] = [y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]];
        const w = 1 / (1 + dx * dx + dy * dy);
        all += w;
        sum[0] += w * w * dx;
        sum[1] += w * w * dy;
      }
      for (let axis = 0; axis < 2; axis++) {
        squares += sum[axis] ** 2;
        errors += (found[2 * i + axis] - sum[axis]) ** 2;
      }
    }
    expect(Math.abs(z / all - 1)).toBeLessThan(2e-3);
    expect(Math.sqrt(errors)).toBeLessThan(5e-3 * Math.sqrt(squares) + 1e-3);
  });
});

describe.each(builds)("over $name", (build) => {
  test("P11 calibrate equals its twin for odd numbers of neighbors, equal distances and none", () => {
    for (const k of [1, 2, 3, 4, 5, 9, 31]) {
      const pitch = Math.ceil(k / 4) * 16;
      for (const kind of [0, 1, 2, 3]) {
        const fill = (all: Uint8Array) => {
          const rng = new Rng(k);
          for (let i = 0; i < 5; i++) {
            const row = new Float32Array(all.buffer, 64 + i * pitch, pitch / 4);
            for (let j = 0; j < k; j++)
              row[j] = kind === 0 ? 0 : kind === 1 ? rng.uniform() : rng.below(3) * 10 ** (5 * kind - 12);
            row.subarray(0, k).sort();
          }
        };
        const entropy = Math.log(Math.max(1, k / 3));
        const all = expectSameBytes("tsne", "calibrate", [1, 4, k, 64, pitch, entropy], {
          ...build,
          fill,
          bytes: 4096,
        });
        for (let i = 1; i < 4; i++) {
          const row = Array.from(new Float32Array(all.buffer, 64 + i * pitch, pitch / 4));
          expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
          expect(row.slice(k).every((p) => p === 0)).toBe(true);
          if (kind !== 1 || k < 3) continue;
          const found = row.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
          expect(found).toBeCloseTo(entropy, 5);
        }
      }
    }
  });

  test("P11 move and divergence equal their twins, and leave the items of others", () => {
    const count = 21;
    const places = placesOf(count, 4 * 3 * count);
    const fill = (all: Uint8Array) => {
      const rng = new Rng(8);
      const put = (at: number, length: number, draw: () => number) => {
        const numbers = new Float32Array(all.buffer, at, length);
        for (let k = 0; k < length; k++) numbers[k] = draw();
      };
      for (const at of [places.positions, places.forces, places.velocities]) put(at, 2 * count, () => rng.normal());
      put(places.gains, 2 * count, () => rng.uniform());
      const offsets = new Uint32Array(all.buffer, places.offsets, count + 1);
      offsets[0] = 0;
      for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i] + 4 * rng.below(4);
      const indices = new Uint32Array(all.buffer, places.indices, offsets[count]);
      for (let e = 0; e < indices.length; e++) indices[e] = rng.below(count);
      put(places.values, offsets[count], () => rng.uniform());
    };
    const { offsets, indices, values, positions, next, forces, velocities, gains, sums } = places;
    for (const [rate, most] of [
      [0.1, 5],
      [100, 5],
    ]) {
      const args = [
        3,
        20,
        offsets,
        indices,
        values,
        positions,
        next,
        forces,
        velocities,
        gains,
        12,
        0.01,
        rate,
        0.8,
        most,
        sums,
      ];
      const all = expectSameBytes("tsne", "move", args, { ...build, fill, bytes: places.end });
      const steps = new Float32Array(all.buffer, velocities, 2 * count);
      const lengths = Array.from({ length: 17 }, (_, k) => Math.hypot(steps[2 * (k + 3)], steps[2 * (k + 3) + 1]));
      expect(Math.max(...lengths)).toBeLessThan(5.00001);
    }
    expectSameBytes("tsne", "divergence", [3, 20, offsets, indices, values, positions], {
      ...build,
      fill,
      bytes: places.end,
    });
  });
});
