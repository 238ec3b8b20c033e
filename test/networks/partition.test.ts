import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NdArray } from "../../dist/networks/array.js";
import { type Graph, graphOf } from "../../dist/networks/graph.js";
import { interpret } from "../../dist/networks/interpret.js";
import { lowerForeign } from "../../dist/networks/lower.js";
import type { Op } from "../../dist/networks/op.js";
import { add, exp, mul, sub, tanh } from "../../dist/networks/ops/elementwise.js";
import { partition } from "../../dist/networks/partition.js";
import { Program } from "../../dist/networks/program.js";
import { apply, applyAll, input, type Tensor } from "../../dist/networks/tensor.js";

/** A foreign step: (a, b) -> (a + 2 b, a - b), counted. */
let runs = 0;
const pair: Op = {
  name: "pair",
  shape: ([a]) => [a, a],
  onnx: null,
  grad: (_, d, [first, second]) => [
    first && second ? add(first, second) : d,
    first && second ? sub(mul(first, 2), second) : d,
  ],
  evaluate: ([a, b]) => [
    { shape: a.shape, data: a.data.map((value, k) => value + 2 * b.data[k]) },
    { shape: a.shape, data: a.data.map((value, k) => value - b.data[k]) },
  ],
  foreign: {
    run: ({ inputs: [a, b], outputs: [first, second], memory }) => {
      runs++;
      for (const { data } of [a, b, first, second]) {
        if (data.buffer !== memory.buffer) throw new Error("an array lies outside of the memory");
      }
      for (let k = 0; k < a.size; k++) {
        first.data[k] = Math.fround((a.data[k] as number) + 2 * (b.data[k] as number));
        second.data[k] = Math.fround((a.data[k] as number) - (b.data[k] as number));
      }
    },
  },
};
/** The same, with a form in other ops. */
const lowerable: Op = {
  ...pair,
  name: "lowerable",
  foreign: { run: pair.foreign!.run, lower: ([a, b]) => [add(a, mul(2, b)), sub(a, b)] },
};

const type = { dtype: "float32", shape: [3] } as const;

/** A graph of two inputs from a list of choices: what op, and which earlier values it takes. */
function graphFrom(choices: readonly (readonly [number, number, number])[], outputs: readonly number[]): Graph {
  const inputs = [input(type), input(type)];
  const values: Tensor[] = [...inputs];
  for (const [kind, a, b] of choices) {
    const [x, y] = [values[a % values.length], values[b % values.length]];
    if (kind === 0) values.push(tanh(add(x, y)));
    else if (kind === 1) values.push(mul(0.5, sub(x, y)));
    else if (kind === 2) values.push(tanh(mul(x, x)));
    else
      values.push(
        ...applyAll(kind === 3 ? pair : lowerable, [x, y], {}).map((value) => (kind === 3 ? value : mul(0.3, value))),
      );
  }
  return graphOf(
    inputs,
    outputs.map((k) => values[k % values.length]),
  );
}

const graphs = fc.tuple(
  fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat(30), fc.nat(30)), { minLength: 1, maxLength: 12 }),
  fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
);

describe("partition", () => {
  test("every node runs once, after what it needs, in a segment or as a foreign step", () => {
    fc.assert(
      fc.property(graphs, ([choices, outputs]) => {
        const graph = graphFrom(choices, outputs);
        const there = new Set<Tensor>(graph.inputs);
        const done = new Set<number>();
        for (const step of partition(graph)) {
          const nodes = step.kind === "foreign" ? [step.node] : step.nodes;
          for (const node of nodes) {
            if (node.op.name === "constant") continue; // each segment has its own
            expect(done.has(node.id)).toBe(false);
            done.add(node.id);
            expect(step.kind === "foreign").toBe(node.op.foreign !== undefined);
            for (const { node: before, index } of node.inputs) {
              expect(before.op.name === "constant" || there.has(before.outputs[index])).toBe(true);
            }
            for (const output of node.outputs) there.add(output);
          }
          if (step.kind === "segment") {
            const own = new Set(step.nodes.flatMap(({ outputs }) => outputs));
            for (const value of step.inputs) expect(there.has(value) && !own.has(value)).toBe(true);
          }
        }
        expect(done.size).toBe(graph.nodes.filter(({ op }) => op.name !== "constant").length);
      }),
      { numRuns: 1000 },
    );
  });

  test("programs of random graphs give what the interpreter gives, foreign steps lowered or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs,
        fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        async ([choices, outputs], x) => {
          const graph = graphFrom(choices, outputs);
          const inputs = [0, 3].map((at) => new NdArray("float32", [3], Float32Array.from(x.slice(at, at + 3))));
          const wanted = await interpret(graph, inputs);
          for (const one of [graph, lowerForeign(graph)]) {
            const program = await Program.create(one, { backend: "cpu", threads: 1 });
            const results = await program.run(inputs);
            await program.close();
            for (const [k, result] of results.entries()) {
              for (const [at, value] of Array.from(wanted[k].data).entries()) {
                expect(Math.abs(Number(result.data[at]) - value)).toBeLessThanOrEqual(
                  1e-5 * Math.max(1, Math.abs(value)),
                );
              }
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a foreign step at the start, at the end, twice in a row, and beside another, each runs once a run", async () => {
    const [x, y] = [input(type), input(type)];
    const [a, b] = applyAll(pair, [x, y], {}); // at the start
    const [c] = applyAll(pair, [b, a], {}); // right behind it
    const middle = exp(mul(0.1, add(a, c)));
    const [d, e] = applyAll(pair, [middle, x], {});
    const [f] = applyAll(pair, [middle, y], {}); // beside the one before
    const [g] = applyAll(pair, [d, f], {}); // at the end
    const graph = graphOf([x, y], [g, e]);
    expect(partition(graph).map(({ kind }) => kind)).toEqual([
      "foreign",
      "foreign",
      "segment",
      "foreign",
      "foreign",
      "foreign",
    ]);
    const program = await Program.create(graph, { backend: "cpu", threads: 1 });
    const inputs = [Float32Array.of(1, 2, 3), Float32Array.of(0.5, 0, -1)].map(
      (data) => new NdArray("float32", [3], data),
    );
    runs = 0;
    const [result] = await program.run(inputs);
    expect(runs).toBe(5);
    const [wanted] = await interpret(graph, inputs);
    Array.from(wanted.data).forEach((value, k) => {
      expect(Number(result.data[k])).toBeCloseTo(value, 4);
    });
    await program.close();
  });

  test("lowering leaves no foreign step that has another form, and those that have none", () => {
    const [x, y] = [input(type), input(type)];
    const graph = graphOf([x, y], [apply(lowerable, [apply(pair, [x, y], {}), y], {})]);
    expect(
      lowerForeign(graph)
        .nodes.filter(({ op }) => op.foreign)
        .map(({ op }) => op.name),
    ).toEqual(["pair"]);
  });
});
