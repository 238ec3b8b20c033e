import { expect, test } from "vitest";
import { type HnswForm, hnswForms } from "../../dist/kernels/hnsw-task.js";
import { instantiate, instantiateTwin, type KernelFunctions } from "../../dist/kernels/kernel.js";
import { fromHalf, toHalf } from "../../dist/kernels/twins/hnsw.js";
import { Rng } from "../../dist/numerics/random.js";
import { IndexMemory } from "../../dist/space/hnsw/memory.js";
import type { Geometry } from "../../dist/space/manifest.js";

const items = 50;
const queries = 5;
const ef = 9;

interface Case {
  geometry: Geometry;
  precision: HnswForm;
  dimensions: number;
  m: number;
}

/** Points of a geometry, with copies, zeros and ties among them. */
function pointsOf({ geometry, dimensions }: Case, count: number, rng: Rng): Float32Array {
  const rows = new Float32Array(count * dimensions);
  for (let r = 0; r < count; r++) {
    const row = rows.subarray(r * dimensions, (r + 1) * dimensions);
    for (let d = 0; d < dimensions; d++) row[d] = r % 5 === 2 ? Math.round(rng.normal()) : rng.normal();
    if (r % 11 === 10) row.set(rows.subarray((r - 7) * dimensions, (r - 6) * dimensions));
    if (r % 17 === 16) row.fill(0);
    const squares = row.reduce((sum, x) => sum + x * x, 0);
    if (geometry === "poincare") row.set(row.map((x) => (x * 0.9) / Math.max(1, Math.sqrt(squares))));
    if (geometry === "lorentz") row[0] = Math.sqrt(1 + squares - row[0] ** 2);
  }
  return rows;
}

/** Builds an index in few batches and asks it, with the kernel or its twin; returns all bytes but those of working space. */
function build(make: (name: "hnsw", memory: WebAssembly.Memory) => KernelFunctions, given: Case): Uint8Array {
  const { geometry, precision, dimensions, m } = given;
  const memory = new IndexMemory({ geometry, precision, m, efConstruction: 13, seed: 3 }, dimensions, items);
  const functions = make("hnsw", memory.memory);
  const stagingBytes = (items + queries) * memory.stagingStride;
  const rowsBytes = Math.ceil((queries * memory.stride) / 16) * 16;
  const { scratch, at } = memory.workspace(1, ef, stagingBytes + rowsBytes + queries * (8 + 8 * ef));
  const width = memory.stagingStride / 4;
  const staging = memory.f32(at, (items + queries) * width);
  const points = pointsOf(given, items + queries, new Rng(5));
  for (let r = 0; r < items + queries; r++)
    staging.set(points.subarray(r * dimensions, (r + 1) * dimensions), r * width);
  if (geometry === "dot") memory.extend = 1000;
  expect(functions.prepare(0, at, memory.stagingStride, items, 0, memory.rowAt(0))).toBe(items);
  const queriesAt = at + stagingBytes;
  functions.prepare(0, at + items * memory.stagingStride, memory.stagingStride, queries, 1, queriesAt);

  memory.set("entry", 0);
  memory.set("top", memory.levels[0]);
  for (const [first, end] of [
    [1, 2],
    [2, 9],
    [9, 30],
    [30, items],
  ]) {
    memory.set("first", first);
    memory.set("end", end);
    let lists = 0;
    const starts = memory.u32(memory.get("starts"), end - first);
    for (let item = first; item < end; item++) {
      starts[item - first] = lists;
      lists += memory.levels[item] + 1;
    }
    functions.insert(0, first, end, scratch[0]);
    functions.link(0, 0, functions.collect(0), scratch[0]);
    for (let item = first; item < end; item++) {
      if (memory.levels[item] <= memory.get("top")) continue;
      memory.set("entry", item);
      memory.set("top", memory.levels[item]);
    }
  }
  const out = queriesAt + rowsBytes;
  functions.search(0, queriesAt, 0, queries, ef, out, scratch[0]);
  const graph = new Uint8Array(memory.memory.buffer, 0, memory.get("marks"));
  const answers = new Uint8Array(memory.memory.buffer, at, out + queries * (8 + 8 * ef) - at);
  // beyond what was found lies what was there before
  const sizes = Array.from({ length: queries }, (_, q) => memory.u32(out + q * (8 + 8 * ef), 1)[0]);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  return Uint8Array.from([...graph, ...answers]);
}

const geometries: Geometry[] = ["cosine", "dot", "euclidean", "lorentz", "poincare"];
for (const precision of Object.keys(hnswForms) as HnswForm[]) {
  test(`kernel and twin build the same index and find the same, precision ${precision}`, () => {
    for (const geometry of geometries) {
      for (const [dimensions, m] of [
        [1, 2],
        [7, 3],
        [18, 5],
      ]) {
        if (geometry === "lorentz" && dimensions === 1) continue;
        const given = { geometry, precision, dimensions, m };
        const [compiled, plain] = [build(instantiate, given), build(instantiateTwin, given)];
        const at = compiled.findIndex((byte, k) => byte !== plain[k]);
        expect(at, `${JSON.stringify(given)}: first byte that differs`).toBe(-1);
      }
    }
  });
}

test("halves are the nearest, ties to even, and come back", () => {
  const worked: [number, number][] = [
    [0, 0],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2],
    [2 ** -14, 0x400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.5, 0x6800],
  ];
  for (const [x, half] of worked) expect(toHalf(x), `${x}`).toBe(half);
  for (let half = 0; half < 0x7c00; half++) expect(toHalf(fromHalf(half))).toBe(half);
});
