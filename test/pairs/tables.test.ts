import { expect, test } from "vitest";
import { createMemory } from "../../dist/kernels/kernel.js";
import { philox } from "../../dist/numerics/philox.js";
import type { TableSpec } from "../../dist/pairs/method.js";
import { partStride, Tables } from "../../dist/pairs/tables.js";

const parts = 4;
/** 10 rows of 6 numbers: parts of 3, 3, 2 and 2 rows. */
const f64: TableSpec = {
  rows: 10,
  scalar: "f64",
  segments: [
    { length: 3, low: -1, high: 1 },
    { length: 1, value: 7 },
    { length: 2, low: 0, high: 5 },
  ],
};
const f32: TableSpec = {
  rows: 7,
  scalar: "f32",
  segments: [
    { length: 4, low: -0.5, high: 0.5 },
    { length: 4, value: 1 },
  ],
};
const start = 128;

async function tablesOf(specs: TableSpec[], resident: boolean): Promise<Tables> {
  const bytes = start + 2 * parts * Math.max(...specs.map((spec) => partStride(spec, parts)));
  return Tables.create(createMemory(bytes), specs, parts, { resident, start });
}

async function bytesOf(tables: Tables): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const part of tables.parts()) pieces.push(Buffer.from(part));
  return Buffer.concat(pieces);
}

test("rows of f64 begin with the 53-bit numbers of seed, table, row and segment", async () => {
  const tables = await tablesOf([f32, f64], true);
  await tables.initialize(9);
  const words = new Uint32Array(4);
  const unit = (i: number, segment: number, row: number) => {
    philox(words, i >>> 1, segment, 1 + 1, row, 9, 0); // stream 1 is table 0's, 2 is table 1's
    const k = 2 * (i % 2);
    return ((words[k] >>> 5) * 2 ** 26 + (words[k + 1] >>> 6)) / 2 ** 53;
  };
  for (let row = 0; row < 10; row++) {
    const part = await tables.part(1, row % parts);
    const values = new Float64Array(part.buffer, part.byteOffset + Math.floor(row / parts) * 48, 6);
    expect([...values]).toEqual([
      ...[0, 1, 2].map((i) => -1 + 2 * unit(i, 0, row)),
      7,
      ...[0, 1].map((i) => 5 * unit(i, 2, row)),
    ]);
  }
});

test.each([
  ["f32", [f32]],
  ["f64", [f64]],
  ["both", [f32, f64]],
] as [string, TableSpec[]][])("tables of %s hold the same bytes in memory and on scratch storage", async (_, specs) => {
  const resident = await tablesOf(specs, true);
  const paged = await tablesOf(specs, false);
  for (const tables of [resident, paged]) await tables.initialize(1);
  const wanted = await bytesOf(resident);
  expect(wanted.length).toBe(resident.bytes);
  expect(wanted.equals(await bytesOf(paged))).toBe(true);
  await paged.close();
});

test("a part on scratch storage enters a slot, is changed there, leaves, and is what it was made", async () => {
  const tables = await tablesOf([f32, f64], false);
  await tables.initialize(1);
  const before = await bytesOf(tables);
  expect(() => tables.address(1, 2)).toThrow("internal: part 2 of table 1 is not in memory");
  await tables.enter(1, 2, 5);
  await tables.enter(1, 2, 6); // is there already
  const address = tables.address(1, 2);
  expect(address).toBe(start + 5 * Math.max(partStride(f32, parts), partStride(f64, parts)));
  const part = await tables.part(0, 0); // any view of the same memory
  const values = new Float64Array(part.buffer, address, 12);
  values[3] = 42;
  await tables.leave(1, 2);
  await tables.leave(1, 2); // has left already
  values.fill(0);
  const changed = await tables.part(1, 2);
  expect(new Float64Array(changed.buffer, changed.byteOffset, 12)[3]).toBe(42);
  const after = await bytesOf(tables);
  expect(after.length).toBe(before.length);
  expect(after.reduce((count, byte, k) => count + (byte === before[k] ? 0 : 1), 0)).toBeLessThanOrEqual(8);
  await tables.close();
});

test("replaced parts are read back in the same order", async () => {
  for (const resident of [true, false]) {
    const tables = await tablesOf([f32, f64], resident);
    let next = 0;
    await tables.replace(async (part) => {
      for (let k = 0; k < part.length; k++) part[k] = next++ % 251;
    });
    expect((await bytesOf(tables)).every((byte, k) => byte === k % 251)).toBe(true);
    await tables.close();
  }
});

test("every row is visited once, with its number", async () => {
  const tables = await tablesOf([f64], false);
  await tables.initialize(3);
  const seen = new Map<number, number[]>();
  await tables.eachRow((row, [values]) => seen.set(row, [...values]));
  expect([...seen.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...seen.values()].every((values) => values.length === 6 && values[3] === 7)).toBe(true);
  expect(new Set([...seen.values()].map(([x]) => x)).size).toBe(10);
  await tables.close();
});
