import { describe, expect, test } from "vitest";
import { Graph } from "../../dist/messages/graph.js";
import { randomWalk } from "../../dist/messages/operators/random-walk.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { piecesOf, spmm, spmmHere } from "../../dist/messages/spmm.js";
import { Rng } from "../../dist/numerics/random.js";

/** A graph with a hub, of more than one piece. */
async function graphOf(weighted: boolean): Promise<Graph> {
  const rng = new Rng(8);
  const [numNodes, count] = [3000, 60000];
  const sources = Uint32Array.from({ length: count }, (_, e) => (e % 20 === 0 ? 7 : rng.below(numNodes)));
  const targets = Uint32Array.from({ length: count }, () => rng.below(numNodes));
  const weights = weighted ? Float64Array.from(sources, () => 0.5 + rng.uniform()) : null;
  return await Graph.fromEdges({ sources, targets, weights, numNodes });
}

describe.each([
  ["weighted", true],
  ["unweighted", false],
] as const)("over a %s graph", (_, weighted) => {
  test("the result has the same bytes with 1 to 4 threads, on the calling thread, and at any width", async () => {
    const graph = await graphOf(weighted);
    const { memory, numNodes } = graph;
    const operator = symmetric(graph);
    const rng = new Rng(9);
    const most = 37;
    const table = Float32Array.from({ length: numNodes * most }, () => rng.normal());
    const [x, y] = [0, 0].map(() => memory.allocate(4 * numNodes * most));
    memory.f32(x, numNodes * most).set(table);
    const results: Float32Array[] = [];
    for (const threads of [1, 2, 3, 4]) {
      memory.f32(y, numNodes * most).fill(Number.NaN);
      await spmm(operator, x, y, { width: most, threads });
      results.push(memory.f32(y, numNodes * most).slice());
    }
    spmmHere(operator, x, y, { width: most });
    results.push(memory.f32(y, numNodes * most).slice());
    for (const result of results) expect(result).toEqual(results[0]);
    for (const width of [1, 3, 4, 7, 16, 20]) {
      const part = memory.f32(x, numNodes * width);
      for (let i = 0; i < numNodes; i++) part.set(table.subarray(i * most, i * most + width), i * width);
      await spmm(operator, x, y, { width, threads: 2 });
      const narrow = memory.f32(y, numNodes * width);
      for (let i = 0; i < numNodes; i += 97) {
        expect(narrow.slice(i * width, (i + 1) * width)).toEqual(results[0].slice(i * most, i * most + width));
      }
    }
  });
});

test("pieces cover all rows in order and hold about equally many entries", async () => {
  const { rows } = await graphOf(false);
  const ends = piecesOf(rows);
  expect(ends.length).toBeGreaterThan(3);
  expect([ends[0], ends[ends.length - 1]]).toEqual([0, rows.numRows]);
  const { offsets } = rows;
  const most = Math.max(...Array.from({ length: rows.numRows }, (_, i) => offsets[i + 1] - offsets[i]));
  for (let piece = 1; piece < ends.length; piece++) {
    expect(ends[piece]).toBeGreaterThanOrEqual(ends[piece - 1]);
    const work = offsets[ends[piece]] - offsets[ends[piece - 1]] + ends[piece] - ends[piece - 1];
    expect(work).toBeLessThan(2 ** 15 + most + 2);
  }
});

test("a graph without edges and a table without columns are no errors", async () => {
  const graph = await Graph.fromEdges({ sources: new Uint32Array(), targets: new Uint32Array(), numNodes: 3 });
  const walk = randomWalk(graph);
  const [x, y] = [0, 0].map(() => graph.memory.allocate(24));
  graph.memory.f32(y, 6).fill(5);
  await spmm(walk, x, y, { width: 2 });
  expect(graph.memory.f32(y, 6)).toEqual(new Float32Array(6));
  await spmm(walk, x, y, { width: 0 });
});
