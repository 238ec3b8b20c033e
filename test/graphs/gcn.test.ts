import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { graphFrames } from "../../dist/graphs/frames.js";
import { applyGcn, type GcnOptions, gcn } from "../../dist/graphs/gcn.js";
import type { LabeledNodes } from "../../dist/graphs/labeled-nodes.js";
import { featuresOf } from "../../dist/graphs/node-features.js";
import type { NodeEpoch } from "../../dist/graphs/node-training.js";
import { Graph } from "../../dist/messages/graph.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { spmmHere } from "../../dist/messages/spmm.js";
import { NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { valueAndGrad } from "../../dist/networks/gradients.js";
import { add, mul, square } from "../../dist/networks/ops/elementwise.js";
import { gather } from "../../dist/networks/ops/indexing.js";
import { crossEntropy } from "../../dist/networks/ops/losses.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import type { Tensor } from "../../dist/networks/tensor.js";

const read = (file: string) => JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), "utf8"));
const golden = read("gcn.json");
const karate = read("karate.json");

const graphOf = (edges: number[][], numNodes: number, weights?: number[]) =>
  Graph.fromEdges({
    sources: Uint32Array.from(edges, ([source]) => source),
    targets: Uint32Array.from(edges, ([, target]) => target),
    ...(weights === undefined ? {} : { weights: Float64Array.from(weights) }),
    numNodes,
  });

/** The recorded features: sparse, or with all zeros stored. */
function features(sparse: boolean) {
  const rows: number[][] = golden.features;
  if (!sparse) return { rows: 12, columns: 8, values: Float64Array.from(rows.flat()) };
  const indices = rows.flatMap((row) => [...row.keys()].filter((j) => row[j] !== 0));
  const starts = [0];
  for (const row of rows) starts.push((starts.at(-1) as number) + row.filter((value) => value !== 0).length);
  return { rows: 12, columns: 8, starts, indices, values: Float64Array.from(rows.flat().filter((x) => x !== 0)) };
}

const tiny = (sparse = true) => ({
  features: features(sparse),
  labels: golden.labels as number[],
  train: [0, 1, 2, 3, 4, 5],
  validation: [6, 7, 8, 9],
  test: [10, 11],
});
const tinyGraph = () => graphOf(golden.edges, 12, golden.weights);

const expectClose = (actual: ArrayLike<number>, expected: number[], digits = 5) => {
  expect(actual.length).toBe(expected.length);
  for (const [k, value] of expected.entries()) expect(actual[k]).toBeCloseTo(value, digits);
};

/** Options of a run, and its epochs. */
async function epochsOf(options: GcnOptions, nodes: LabeledNodes = tiny()) {
  const epochs: NodeEpoch[] = [];
  const result = await gcn(await tinyGraph(), nodes, {
    ...options,
    onEpoch: (report) => epochs.push(report),
    onWarning: () => {},
  });
  return { result, epochs };
}

describe("the network", () => {
  test("gives PyTorch's hidden layer, logits and gradients on a tiny weighted graph", async () => {
    const graph = await tinyGraph();
    const operator = symmetric(graph, { selfLoops: "replace" });
    const { memory } = graph;
    const [unit, image] = [memory.allocate(4 * 144), memory.allocate(4 * 144)];
    memory.f32(unit, 144).set(Array.from({ length: 144 }, (_, k) => (k % 13 === 0 ? 1 : 0)));
    spmmHere(operator, unit, image, { width: 12 });
    expectClose(memory.f32(image, 144), golden.operator, 6);

    const inputs = { operator, features: featuresOf("gcn", graph, tiny(), { normalize: true, memory }) };
    const loss = (params: { first: Tensor; second: Tensor }) => {
      const { hidden, logits } = applyGcn(params, inputs);
      const ids = new NdArray("int32", [6], Int32Array.of(0, 1, 2, 3, 4, 5));
      const labels = new NdArray("int32", [6], Int32Array.from(golden.labels.slice(0, 6)));
      const penalty = mul(5e-4 / 2, sum(square(params.first)));
      return { loss: add(crossEntropy(gather(logits, ids), labels), penalty), hidden, logits };
    };
    const run = compile(valueAndGrad(loss));
    const params = {
      first: new NdArray("float32", [8, 4], Float32Array.from(golden.first)),
      second: new NdArray("float32", [4, 3], Float32Array.from(golden.second)),
    };
    const { value, grad } = await run(params);
    await run.close();
    expectClose(value.hidden.data as Float32Array, golden.hidden, 6);
    expectClose(value.logits.data as Float32Array, golden.logits, 6);
    expectClose(grad.first.data as Float32Array, golden.gradients[0], 6);
    expectClose(grad.second.data as Float32Array, golden.gradients[1], 6);
  });

  test.each([["sparse"], ["dense"]])("trains as PyTorch does without dropout, from %s features", async (kind) => {
    const options = { hidden: 4, dropout: 0, epochs: 30, protocol: "paper" } as const;
    const { validation: _, ...unvalidated } = tiny(kind === "sparse");
    const whole = (await epochsOf(options, unvalidated)).epochs;
    expectClose(
      whole.map(({ loss }) => loss),
      golden.losses,
    );
    expectClose(whole[29].logits.data, golden.last, 4);
    const { epochs } = await epochsOf(options, tiny(kind === "sparse"));
    expect(epochs).toHaveLength(12); // where the validation loss rises at once
    expectClose(
      epochs.map(({ validationLoss }) => validationLoss as number),
      golden.validationLosses.slice(0, 12),
    );
  });
});

describe("protocols", () => {
  test("paper: stops at the twelfth epoch or later where the loss exceeds the mean of ten before, and takes the last", async () => {
    const { result, epochs } = await epochsOf({
      protocol: "paper",
      epochs: 400,
      learningRate: 0.1,
      weightDecay: 0,
      seed: 4,
    });
    const losses = epochs.map(({ validationLoss }) => validationLoss as number);
    const exceeds = losses.findIndex(
      (loss, k) => k > 10 && loss > losses.slice(k - 10, k).reduce((a, b) => a + b, 0) / 10,
    );
    expect(exceeds).toBeGreaterThan(10);
    expect(epochs.length).toBe(exceeds + 1);
    expect(result.runs[0]).toMatchObject({ epochs: exceeds + 1, epoch: exceeds + 1 });
    const last = epochs[exceeds].hidden;
    expect(await result.space.vector("3")).toEqual(last.data.slice(48, 64));
  });

  test("best-validation: takes the epoch with the least loss, and its weights give its logits", async () => {
    const { result, epochs } = await epochsOf({ epochs: 60, learningRate: 0.1, vectors: "output" });
    const losses = epochs.map(({ validationLoss }) => validationLoss as number);
    const best = losses.indexOf(Math.min(...losses));
    expect(result.runs[0].epoch).toBe(best + 1);
    expect(best + 1).toBeLessThan(epochs.length);
    expect(await result.space.vector("3")).toEqual(epochs[best].logits.data.slice(9, 12));
  });

  test("without validation all epochs are made and the last is taken", async () => {
    const { validation: _, ...nodes } = tiny();
    const { result } = await epochsOf({ epochs: 25 }, nodes);
    expect(result.runs[0]).toMatchObject({ epochs: 25, epoch: 25, validationLoss: null, validationAccuracy: null });
  });

  test("D1 the weights and vectors are the same bytes with 1, 2 and 4 threads", async () => {
    const runs = [];
    for (const threads of [1, 2, 4]) runs.push((await epochsOf({ epochs: 20, threads })).result);
    for (const { params, space, executor } of runs) {
      expect(executor.executor).toBe("kernels");
      expect([params.first.data, params.second.data]).toEqual([runs[0].params.first.data, runs[0].params.second.data]);
      expect(await space.vector("5")).toEqual(await runs[0].space.vector("5"));
    }
  });

  test("what is told of an epoch changes nothing of it", async () => {
    const graph = await tinyGraph();
    const [told, untold] = [(await epochsOf({ epochs: 20 })).result, await gcn(graph, tiny(), { epochs: 20 })];
    expect(told.params.first.data).toEqual(untold.params.first.data);
    expect(told.runs).toEqual(untold.runs);
  });

  test("the same seed gives the same bytes, another seed others, and runs are those of their seeds", async () => {
    const [many, again, second] = [
      await epochsOf({ epochs: 15, runs: 2, seed: 7 }),
      await epochsOf({ epochs: 15, seed: 7 }),
      await epochsOf({ epochs: 15, seed: 8 }),
    ];
    const losses = ({ epochs }: typeof many, of: number) =>
      epochs.filter(({ seed }) => seed === of).map(({ loss }) => loss);
    expect(losses(many, 7)).toEqual(losses(again, 7));
    expect(losses(many, 8)).toEqual(losses(second, 8));
    expect(again.epochs[0].loss).not.toBe(second.epochs[0].loss);
    const accuracies = many.result.runs.map(({ testAccuracy }) => testAccuracy as number);
    const mean = (accuracies[0] + accuracies[1]) / 2;
    expect(many.result.testAccuracy?.mean).toBeCloseTo(mean, 12);
    expect(many.result.testAccuracy?.deviation).toBeCloseTo(Math.abs(accuracies[0] - accuracies[1]) / Math.SQRT2, 12);
  });
});

describe("karate club", () => {
  const nodes = { labels: karate.communities as number[], train: karate.labeled as number[] };
  const options = { hidden: 4, dropout: 0, activation: "tanh", epochs: 200, weightDecay: 0 } as const;

  test("four labeled members of 34 give the communities, without features", async () => {
    const graph = await graphOf(karate.edges, 34);
    const unlabeled = [...Array(34).keys()].filter((i) => !nodes.train.includes(i));
    const { testAccuracy, confusion, runs } = await gcn(graph, { ...nodes, test: unlabeled }, { ...options, runs: 5 });
    expect(testAccuracy?.mean).toBeGreaterThan(0.8);
    expect(runs.map(({ trainAccuracy }) => trainAccuracy)).toEqual([1, 1, 1, 1, 1]);
    const right = confusion.reduce((count, row, c) => count + row[c], 0);
    expect(confusion.flat().reduce((a, b) => a + b, 0)).toBe(30);
    expect(right / 30).toBe(runs[0].testAccuracy);
  });

  test("the hidden layer of each epoch is a frame: every edge once, every node once, all in the picture", async () => {
    const graph = await graphOf(karate.edges, 34);
    const layers: ArrayLike<number>[] = [];
    const { predictions, space } = await gcn(graph, nodes, {
      ...{ ...options, hidden: 2, epochs: 30 },
      onEpoch: ({ hidden }) => layers.push(hidden.data),
    });
    const titles = layers.map((_, k) => `epoch ${k + 1} <&>`);
    const classNames = ["one", "two", "three", "<four>"];
    const frames = graphFrames(graph, layers, { classes: predictions, classNames, marked: nodes.train, titles });
    expect(frames).toHaveLength(30);
    expect(frames[29]).not.toBe(frames[0]);
    for (const frame of frames) {
      const [edges] = /<g fill="none" stroke="#7d8790">[\s\S]*?<\/g>/.exec(frame) ?? [""];
      expect(edges.match(/M[-\d.]+ [-\d.]+L/g)).toHaveLength(78);
      const disks = frame.match(/<g><title>.*<\/g>/g) ?? [];
      expect(disks).toHaveLength(34);
      expect(disks.filter((disk) => disk.includes('stroke="#1c2126"'))).toHaveLength(4); // the rings
      for (const name of classNames)
        expect(frame).toContain(`>${name.replace("<", "&lt;").replace(">", "&gt;")}<tspan`);
      for (const disk of disks) {
        const [, x, y] = /M([-\d.]+) ([-\d.]+)h0/.exec(disk) ?? [];
        expect(Math.min(Number(x), Number(y))).toBeGreaterThanOrEqual(30);
        expect(Math.max(Number(x), Number(y))).toBeLessThanOrEqual(450);
      }
    }
    expect(frames[1]).toContain("epoch 2 &lt;&amp;&gt;");
    expect(graphFrames(graph, layers.slice(0, 1), { names: false })[0]).not.toContain(">33</text>");
    const named = frames.map((frame) => new Set(frame.match(/(?<=>)\d+(?=<\/text>)/g)).size);
    expect(Math.min(...named)).toBeGreaterThan(12); // names that have no room are left to the tooltips
    expect(Math.max(...named)).toBeGreaterThan(24);
    expect(space).toMatchObject({ kind: "nodes", method: "gcn", dimensions: 2, seed: 1 });
    expect(await space.vector("33")).toEqual(Float32Array.from([layers[29][66], layers[29][67]]));
  });

  test("frames of another width than two are refused", async () => {
    const graph = await graphOf(karate.edges, 34);
    expect(() => graphFrames(graph, [new Float32Array(34)])).toThrow(
      "68 finite numbers were needed, two a node, got 34",
    );
  });
});

describe("bad input", () => {
  test("a warning tells where all nodes are predicted as one class", async () => {
    const warnings: string[] = [];
    const nodes = { ...tiny(), labels: golden.labels.map(() => 1) };
    await gcn(await tinyGraph(), nodes, { epochs: 40, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringMatching(/seed 1 all 12 nodes are predicted as 1/)]);
  });

  test.each([
    ["a label was needed for each of 12 nodes, got 3", { labels: [0, 1, 2] }],
    ["labels must be integers from 0, or -1, got -2 for node 0", { labels: [-2, ...golden.labels.slice(1)] }],
    ["two classes or more were needed, got 1", { labels: golden.labels.map(() => 0) }],
    ["train must hold numbers of nodes, 0 to 11, got 12", { train: [12] }],
    ["train must name a node or more, got none", { train: [] }],
    ["node 6 is in train and in validation", { train: [0, 6] }],
    ["node 0 is twice in train", { train: [0, 0] }],
    ["node 0 of train has no label", { labels: [-1, ...golden.labels.slice(1)] }],
    ["there are 2 names of classes, but a label is 2", { classes: ["a", "b"] }],
    [
      "features of 12 nodes were needed, got 1 rows",
      { features: { rows: 1, columns: 1, values: new Float32Array(1) } },
    ],
    ["features must be >= 0", { features: { rows: 12, columns: 1, values: new Float32Array(12).fill(-1) } }],
  ])("%s", async (message, wrong) => {
    await expect(gcn(await tinyGraph(), { ...tiny(), ...wrong }, {})).rejects.toThrow(message);
  });

  test("options out of range and unknown ones are refused", async () => {
    const graph = await tinyGraph();
    await expect(gcn(graph, tiny(), { dropout: 1 })).rejects.toThrow(/gcn: dropout/);
    await expect(gcn(graph, tiny(), { protocol: "best" as never })).rejects.toThrow(/gcn: protocol must be one of/);
    await expect(gcn(graph, tiny(), { epoch: 3 } as never)).rejects.toThrow(/gcn: there is no option epoch/);
  });

  test("a loss that is not finite ends the training, also where only that of the validation is", async () => {
    await expect(gcn(await tinyGraph(), tiny(), { learningRate: 1e30, epochs: 1 })).rejects.toThrow(
      /gcn: the loss is (NaN|Infinity) in epoch 1; a smaller learningRate may help/,
    );
  });

  test("a signal stops between epochs", async () => {
    const stop = new AbortController();
    const onEpoch = ({ epoch }: NodeEpoch) => {
      if (epoch === 3) stop.abort(new Error("enough"));
    };
    await expect(gcn(await tinyGraph(), tiny(), { onEpoch, signal: stop.signal })).rejects.toThrow("enough");
  });
});
