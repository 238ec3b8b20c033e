import { expect, test } from "vitest";
import { blockTask } from "../../dist/kernels/block-task.js";
import { createMemory } from "../../dist/kernels/kernel.js";
import { drawNegatives, rejected } from "../../dist/kernels/twins/negatives.js";
import { negativesBytes, placeNegatives } from "../../dist/pairs/negatives.js";
import { chiSquare, chiSquareLimit } from "../numerics/chi-square.js";

const parts = 16;
/** Counts of words by Zipf's law, 1e6 / rank, and their weights as negatives. */
const counts = Array.from({ length: 5000 }, (_, rank) => Math.ceil(1e6 / (rank + 1)));
const weights = counts.map((count) => count ** 0.75);
const start = 1024;
const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0);
const ofPart = (values: readonly number[], part: number) => values.filter((_, k) => k % parts === part);

function placed() {
  const negatives = { weights, perPair: 5 };
  const memory = createMemory(start + negativesBytes(negatives));
  return { memory, tables: placeNegatives(memory, start, negatives, parts) };
}

test("the tables of all parts lie one behind the other, in the bytes set aside for them", () => {
  const { tables } = placed();
  let address = start;
  for (const [part, table] of tables.entries()) {
    expect(table).toEqual({ address, candidates: part < 5000 % parts ? 313 : 312 });
    address += 8 * table.candidates;
  }
  expect(address).toBe(start + negativesBytes({ weights, perPair: 5 }));
  expect(negativesBytes(undefined)).toBe(0);
});

test("P8 10^6 negatives of a block follow count^0.75 within its column part (chi-square, p > 1e-4)", () => {
  const { memory, tables } = placed();
  const part = 3;
  const fields = new DataView(memory.buffer);
  fields.setUint32(blockTask.negatives, tables[part].address, true);
  fields.setUint32(blockTask.candidates, tables[part].candidates, true);
  fields.setUint32(blockTask.block, 2 * parts + part, true);
  fields.setUint32(blockTask.key0, 1, true);
  const seen = new Float64Array(tables[part].candidates);
  const none = tables[part].candidates; // a target that is never drawn
  for (let first = 0; first < 1e6; first += 1000) {
    for (const column of drawNegatives(memory, 0, first, 1000, none)) seen[column]++;
  }
  const own = ofPart(weights, part);
  const expected = own.map((weight) => (1e6 * weight) / sum(own));
  expect(chiSquare(seen, expected)).toBeLessThan(chiSquareLimit(own.length - 1));
});

test("a draw equal to the target is rejected, and no other", () => {
  const { memory, tables } = placed();
  const fields = new DataView(memory.buffer);
  fields.setUint32(blockTask.negatives, tables[0].address, true);
  fields.setUint32(blockTask.candidates, tables[0].candidates, true);
  const all = drawNegatives(memory, 0, 0, 1000, tables[0].candidates);
  const some = drawNegatives(memory, 0, 0, 1000, 0);
  expect([...all].filter((column) => column === 0).length).toBeGreaterThan(0);
  expect([...some]).toEqual([...all].map((column) => (column === 0 ? rejected : column)));
});

test("P8 over an epoch negatives stay within a total variation of 0.1 of count^0.75 of all columns, P = 16", () => {
  // a pair draws from its column's part, so parts are visited by their share of the pairs, which follows the counts
  const all = sum(weights);
  const visits = Array.from({ length: parts }, (_, part) => sum(ofPart(counts, part)) / sum(counts));
  const shares = Array.from({ length: parts }, (_, part) => sum(ofPart(weights, part)));
  const differences = weights.map((weight, k) =>
    Math.abs((visits[k % parts] * weight) / shares[k % parts] - weight / all),
  );
  expect(sum(differences) / 2).toBeLessThan(0.1);
});

test("a part without a positive weight is refused, with its columns", () => {
  const memory = createMemory(65536);
  const message = /^negatives of columns 2 mod 4: aliasTable: weights must have a positive sum, got 0$/;
  expect(() => placeNegatives(memory, 0, { weights: [1, 1, 0, 1, 1, 1, 0], perPair: 1 }, 4)).toThrow(message);
  expect(() => placeNegatives(memory, 0, { weights: [1, 1], perPair: 1 }, 4)).toThrow(message);
});
