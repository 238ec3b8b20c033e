import { beforeAll, describe, expect, test } from "vitest";
import { Graph } from "../../dist/messages/graph.js";
import { Operator } from "../../dist/messages/operators/operator.js";
import { Rows } from "../../dist/messages/rows.js";
import { combineEdges, gatherEdges, softmaxEdges } from "../../dist/messages/segments.js";
import { spmmHere } from "../../dist/messages/spmm.js";
import { transposeEntries } from "../../dist/messages/transpose-entries.js";
import { Rng } from "../../dist/numerics/random.js";
import { gap, matrixOf, transposed } from "./dense.js";

const numNodes = 30;
const width = 6;
let graph: Graph;
let x: number;
let y: number;
let edges: number;
let other: number;

beforeAll(async () => {
  const rng = new Rng(1);
  const node = () => rng.below(numNodes - 1); // the last node is isolated
  const sources = Uint32Array.from({ length: 70 }, node);
  const targets = Uint32Array.from({ length: 70 }, node);
  graph = await Graph.fromEdges({ sources, targets, numNodes }, { directed: true, parallel: "first" });
  const { memory, numArcs } = graph;
  [x, y] = [0, 0].map(() => memory.allocate(4 * numNodes * width));
  [edges, other] = [0, 0].map(() => memory.allocate(4 * numArcs * width));
  const table = memory.f32(x, numNodes * width);
  for (let k = 0; k < table.length; k++) table[k] = rng.normal();
});

/** The values of the edges of row i in column c. */
function valuesOf(at: number, i: number, c: number): number[] {
  const { offsets } = graph.rows;
  const table = graph.memory.f32(at, graph.numArcs * width);
  return Array.from({ length: offsets[i + 1] - offsets[i] }, (_, k) => table[(offsets[i] + k) * width + c]);
}

describe.each([1, 2])("with %i threads", (threads) => {
  test("what is gathered along edges and summed is the product with the matrix", async () => {
    const { memory, rows } = graph;
    await gatherEdges(rows, x, edges, { width, threads });
    await combineEdges(rows, edges, y, { by: "sum", width, threads });
    const sums = memory.f32(y, numNodes * width).slice();
    spmmHere(new Operator(rows), x, y, { width });
    expect(sums).toEqual(memory.f32(y, numNodes * width));
  });

  test("means, largest values and softmax are those of each row's edges", async () => {
    const { memory, rows } = graph;
    await gatherEdges(rows, x, edges, { width, threads });
    await combineEdges(rows, edges, y, { by: "mean", width, threads });
    const means = memory.f32(y, numNodes * width).slice();
    await combineEdges(rows, edges, y, { by: "max", width, threads });
    const largest = memory.f32(y, numNodes * width).slice();
    await softmaxEdges(rows, edges, other, { width, threads });
    for (let i = 0; i < numNodes; i++) {
      for (let c = 0; c < width; c++) {
        const values = valuesOf(edges, i, c);
        const total = values.reduce((sum, value) => sum + value, 0);
        expect(means[i * width + c]).toBeCloseTo(values.length === 0 ? 0 : total / values.length, 6);
        expect(largest[i * width + c]).toBe(values.length === 0 ? 0 : Math.max(...values));
        const powers = values.map((value) => Math.exp(value));
        const all = powers.reduce((sum, value) => sum + value, 0);
        for (const [k, share] of valuesOf(other, i, c).entries()) expect(share).toBeCloseTo(powers[k] / all, 6);
      }
    }
  });

  test("summed by the transposed rows and their places, values are scattered to the columns where they stand", async () => {
    const { memory, rows, numArcs } = graph;
    const { rows: columns, placesAt } = transposeEntries(rows);
    const rng = new Rng(4);
    const values = memory.f32(edges, numArcs * width);
    for (let k = 0; k < values.length; k++) values[k] = rng.normal();
    await combineEdges(columns, edges, y, { by: "sum", places: placesAt, width, threads });
    const expected = new Float64Array(numNodes * width);
    for (const [k, column] of rows.indices.entries()) {
      for (let c = 0; c < width; c++) expected[column * width + c] += values[k * width + c];
    }
    const sums = memory.f32(y, numNodes * width);
    for (const [k, sum] of sums.entries()) expect(sum).toBeCloseTo(expected[k], 5);
  });
});

test("rows that are not square are transposed, with their values", async () => {
  const { memory } = graph;
  const at = { offsets: memory.allocate(12), indices: memory.allocate(16), values: memory.allocate(32) };
  const rows = new Rows(memory, { numRows: 2, numColumns: 5, numEntries: 4 }, at);
  rows.offsets.set([0, 3, 4]);
  rows.indices.set([0, 2, 4, 2]);
  rows.values?.set([1, 2, 3, 4]);
  const operator = new Operator(rows, { before: Float64Array.of(1, 2, 3, 4, 5), precision: "f64" });
  const dense = [
    [1, 0, 6, 0, 15],
    [0, 0, 12, 0, 0],
  ];
  expect(gap(matrixOf(operator), dense)).toBe(0);
  expect(gap(matrixOf(await operator.transpose()), transposed(dense))).toBe(0);
});
