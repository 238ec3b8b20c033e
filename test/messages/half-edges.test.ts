import { expect, test } from "vitest";
import { pageRank } from "../../dist/graphs/pagerank.js";
import { halfEdgeSweeps } from "../../dist/graphs/pagerank-half-edges.js";
import { createMemory, instantiate, instantiateTwin } from "../../dist/kernels/kernel.js";
import { countDegrees, topDegrees } from "../../dist/messages/degree-order.js";
import { Graph } from "../../dist/messages/graph.js";
import { buildHalfEdges } from "../../dist/messages/half-edges.js";
import { Rng } from "../../dist/numerics/random.js";

/** A skewed graph with self-loops, 7 isolated nodes and a few nodes of high degree. */
function skewed(nodes: number, edges: number): Promise<Graph> {
  const rng = new Rng(nodes);
  const sources = Uint32Array.from({ length: edges }, () => Math.floor(nodes * rng.uniform() ** 2 * rng.uniform()));
  const targets = Uint32Array.from({ length: edges }, () => rng.below(nodes));
  targets.set(sources.subarray(0, 9)); // self-loops, at hubs mostly
  return Graph.fromEdges({ sources, targets, numNodes: nodes + 7 }, { parallel: "first" });
}

test.each([1, 2, 20, 200, 65535])("with %i hubs half edges give the ranks of plain rows", async (hubs) => {
  const graph = await skewed(2000, 9000);
  const { ranks } = await pageRank(graph, { tolerance: 1e-13 });
  const outcomes: Float64Array[] = [];
  for (const threads of [1, 2]) {
    const scratch = graph.memory.scratch();
    const layout = await buildHalfEdges(countDegrees(graph.rows), scratch, { hubs, threads });
    const sweeps = halfEdgeSweeps(layout, scratch, { damping: 0.85, threads, signal: undefined });
    await sweeps.start(0, 0);
    for (let k = 0; k < 120; k++) await sweeps.sweep();
    outcomes.push(await sweeps.ranks());
    scratch.release();
  }
  expect(outcomes[1]).toEqual(outcomes[0]); // whatever the number of threads
  for (const [i, rank] of outcomes[0].entries()) expect(Math.abs(rank - ranks[i])).toBeLessThan(2e-6 * ranks[i]);
});

test("each half edge stands once: a hub's row lists hubs above it, a tail's row its hubs and its tails", async () => {
  // 0 is joined to 1, 2, 3 and itself, 1 to 2, 3 to 4; with hubs 0 and 1 or 2 or 3 (the first of equal degree)
  const edges = { sources: Uint32Array.of(0, 0, 0, 0, 1, 3), targets: Uint32Array.of(1, 2, 3, 0, 2, 4), numNodes: 6 };
  const graph = await Graph.fromEdges(edges);
  const degrees = countDegrees(graph.rows);
  expect(topDegrees(degrees, 2)).toEqual({ nodes: 2, entries: 6, least: 2 });
  const scratch = graph.memory.scratch();
  const layout = await buildHalfEdges(degrees, scratch, { hubs: 2 });
  const { memory, numRows, rowAt, listAt, loopsAt, listEndAt } = layout;
  expect(numRows).toBe(5);
  // 2 has hubs 0 and 1; 3 has hub 0 and tail 4; 4 has tail 3
  expect([...memory.u32(rowAt, 6)]).toEqual([0, 1, 2, 3, 4, 0xffffffff]);
  expect([...memory.u16(listAt, 4)]).toEqual([0, 0, 1, 0]);
  expect([...memory.u32(listEndAt, 2)]).toEqual([listAt, listAt + 2]);
  expect([...memory.f32(loopsAt, 2)]).toEqual([1, 0]);
  const groups = layout.ranges.flatMap(({ pieces }) => pieces);
  expect(groups.map(({ from, to, L, K }) => [from, to, L, K])).toEqual([
    [2, 3, 2, 0],
    [3, 4, 1, 1],
    [4, 5, 0, 1],
  ]);
  expect([...memory.u32(groups[1].t, 2)]).toEqual([4 * 4, 4 * 3]);
  scratch.release();
});

test("P11 building and a sweep leave the same bytes with the kernels and with their twins", async () => {
  const graph = await skewed(500, 3000);
  const { offsets, indices, numRows } = graph.rows;
  const hubs = 40;
  const hubDegrees = countDegrees(graph.rows);
  const width = topDegrees(hubDegrees, hubs).least + 1;
  const place = {
    offsets: 64,
    indices: 8192,
    counts: 65536,
    hub: 400000,
    nodes: 404000,
    endHub: 408192,
    endTail: 412000,
  };
  const at = {
    start: 416000,
    end: 416512,
    loops: 417024,
    q: 420000,
    t: 460000,
    keys: 600000,
    row: 700000,
    list: 710000,
  };
  const own = {
    end: 709000,
    inverse: 709504,
    slots: 800000,
    sums: 802000,
    x: 804000,
    c: 808000,
    next: 812000,
    out: 820000,
  };
  const [compiled, plain] = [instantiate, instantiateTwin].map((make) => {
    const memory = createMemory(2 ** 20, 2 ** 20, false);
    const words = new Uint32Array(memory.buffer);
    words.set(offsets, place.offsets / 4);
    words.set(indices, place.indices / 4);
    const [order, half] = [make("degree-order", memory), make("half-edges", memory)];
    const results: number[] = [];
    order.countDegrees(place.offsets, place.counts, 0, numRows);
    let rank = 0;
    for (let degree = 65535; degree >= 0; degree--) {
      const count = words[place.counts / 4 + degree];
      words[place.counts / 4 + degree] = rank;
      rank += count;
    }
    const next = words.slice(place.counts / 4, place.counts / 4 + 65536);
    order.rankNodes(place.offsets, place.counts, own.out, 0, numRows);
    order.renumber(place.indices, own.out, 900000, 0, 600);
    words.set(next, place.counts / 4);
    order.rankHubs(place.offsets, place.counts, place.hub, place.nodes, hubs, 0, numRows);
    const lists = [place.endHub, place.endTail];
    const split = [...lists, at.start, at.end, at.loops, at.q, at.t, 0, numRows];
    half.splitRows(place.offsets, place.indices, place.hub, ...split);
    words.fill(0, at.keys / 4, at.keys / 4 + width * 400);
    half.countKeys(place.hub, ...lists, at.q, at.t, width, at.keys, 0, numRows);
    // hubs' lists as they come, and one row of a tail: what else there is follows from the other tests
    for (let h = 0; h < hubs; h++) {
      const length = words[at.end / 4 + h] - words[at.start / 4 + h];
      words[own.end / 4 + h] = (h === 0 ? at.list : words[own.end / 4 + h - 1]) + length;
    }
    half.placeHubs(place.offsets, place.nodes, at.start, at.end, own.end, at.list, own.inverse, at.row, 0, hubs);
    half.startHubs(own.slots, 1, 512, own.x, own.inverse, 0, hubs, 0.01);
    half.startTails(own.c, own.x, hubs, hubs + 100, 0.01, 0.003);
    words.set([hubs, hubs + 3, 5, 2, at.list, 830000], 840000 / 4);
    words.set([4 * hubs, 4 * hubs + 4, 4 * hubs + 8, 4 * hubs + 12, 4 * hubs, 4 * hubs + 4], 830000 / 4);
    const arrays = [own.end, at.list, own.slots, at.loops, own.sums, 0, hubs, own.c, own.next, own.x];
    results.push(half.sweepRange(840000, 1, ...arrays, 0.001, 0.85));
    results.push(half.finishHubs(own.slots, 1, 512, own.sums, own.x, own.inverse, 0, hubs, 0.001, 0.85));
    half.collect(own.out, own.x, 850000, 0, 30, 0.5);
    half.placeTails(830000, 830024, own.out);
    return { bytes: new Uint8Array(memory.buffer), results };
  });
  expect(compiled.results).toEqual(plain.results);
  expect(compiled.bytes.findIndex((byte, k) => byte !== plain.bytes[k])).toBe(-1);
});
