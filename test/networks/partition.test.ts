import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, type NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { grad } from "../../dist/networks/gradients.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import { lowerForeign } from "../../dist/networks/lower.js";
import type { Op } from "../../dist/networks/op.js";
import { add, mul, sin } from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { partition } from "../../dist/networks/partition.js";
import { Program } from "../../dist/networks/program.js";
import { apply, applyAll, type Tensor, tensors } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import { compare, weights } from "./check-op.js";

type Empty = Readonly<Record<string, never>>;
const none: Empty = {};

/** A foreign step with two inputs and two outputs: sum and difference of matrices. */
const butterflyOp: Op<Empty> = {
  name: "butterfly",
  shape: ([a]) => [a, a].map(({ dtype, shape }) => ({ dtype, shape })),
  onnx: null,
  // Its own transpose: (a + b, a - b).
  grad: ({ outputs }, _, ds) => {
    const [plus, minus] = ds.map((d, k) => d ?? mul(outputs[k], 0));
    return [...applyAll(butterflyOp, [plus, minus], none)];
  },
  evaluate: ([a, b]) => [
    { shape: a.shape, data: a.data.map((x, k) => x + b.data[k]) },
    { shape: a.shape, data: a.data.map((x, k) => x - b.data[k]) },
  ],
  foreign: {
    run: ({ inputs: [a, b], outputs: [plus, minus] }) => {
      for (let k = 0; k < a.size; k++) {
        const [x, y] = [Number(a.data[k]), Number(b.data[k])];
        plus.data[k] = x + y;
        minus.data[k] = x - y;
      }
    },
  },
};
/** One with an equal in ordinary ops: twice x. */
const doubleOp: Op<Empty> = {
  name: "double",
  shape: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  onnx: null,
  grad: (_, d) => [double(d)],
  evaluate: ([x]) => [{ shape: x.shape, data: x.data.map((value) => 2 * value) }],
  foreign: {
    run: async ({ inputs: [x], outputs: [out] }) => {
      await Promise.resolve();
      for (let k = 0; k < x.size; k++) out.data[k] = 2 * Number(x.data[k]);
    },
    lower: ([x]) => [add(x, x)],
  },
};
const butterfly = (a: Tensor, b: Tensor) => applyAll(butterflyOp, tensors([a, b], "butterfly"), none);
const double = (x: Tensor) => apply(doubleOp, [x], none);

const stepsOf = (fn: (...x: Tensor[]) => Tensor | readonly Tensor[], ...examples: NdArray[]) =>
  partition(trace(fn as (...x: Tensor[]) => Tensor, ...examples).graph).map((step) =>
    step.kind === "foreign" ? step.node.op.name : step.nodes.filter(({ inputs }) => inputs.length > 0).length,
  );

/** What is wrong with the compiled function and its gradients, against the interpreter. */
async function problemsOf(fn: (...x: Tensor[]) => readonly Tensor[], inputs: readonly NdArray[]): Promise<string[]> {
  const loss = (x: Tensor[]) =>
    fn(...x).reduce((total: Tensor | null, y) => {
      const part = sum(mul(y, y));
      return total === null ? part : add(total, part);
    }, null) as Tensor;
  const all = (...x: Tensor[]) => [...fn(...x), ...grad(loss)(x)];
  const { graph } = trace(all, ...inputs);
  const program = await Program.create(graph, { backend: "cpu", threads: 1 });
  const expected = await interpret(graph, inputs);
  const problems: string[] = [];
  for (let k = 0; k < 2; k++) {
    const got = await program.run(inputs); // twice, so that nothing of the first run is left in the second
    problems.push(...got.flatMap((value, i) => compare(`output ${i}, run ${k}`, denseOf(value), expected[i], 1e-3)));
  }
  await program.close();
  return problems;
}

const x = array([
  [1, 2],
  [3, 4],
]);

describe("foreign steps", () => {
  const cases: Record<string, [(x: Tensor) => readonly Tensor[], (string | number)[]]> = {
    "at the very start": [(x) => [sin(double(x))], ["double", 1]],
    "at the very end": [(x) => [double(sin(x))], [1, "double"]],
    alone: [(x) => [double(x)], ["double"]],
    "between two segments": [(x) => [sin(double(sin(x)))], [1, "double", 1]],
    chained: [(x) => [sin(double(double(sin(x))))], [1, "double", "double", 1]],
    "two that need nothing of each other": [
      (x) => [add(double(sin(x)), double(mul(x, x)))],
      [2, "double", "double", 1],
    ],
    "whose outputs feed a foreign step and a segment": [
      (x) => {
        const [plus, minus] = butterfly(sin(x), x);
        return [add(double(plus), minus), sin(plus)];
      },
      [1, "butterfly", "double", 2],
    ],
    "that use one value twice": [(x) => [butterfly(x, x)[0]], ["butterfly"]],
    "of constants": [
      (x) => [
        add(
          x,
          double(
            tensors(
              [
                x,
                array([
                  [1, 1],
                  [1, 1],
                ]),
              ],
              "",
            )[1],
          ),
        ),
      ],
      ["double", 1],
    ],
    "whose outputs are all outputs of the graph": [(x) => [...butterfly(x, mul(x, x)), x], [1, "butterfly"]],
    "of early inputs wait for no segment": [(x) => [matmul(sin(x), double(x))], ["double", 2]],
  };
  test.each(Object.entries(cases))("%s", async (_, [fn, steps]) => {
    expect(stepsOf(fn, x)).toEqual(steps);
    expect(await problemsOf(fn as (...x: Tensor[]) => readonly Tensor[], [x])).toEqual([]);
  });

  test("stand in the text as any op, with all their outputs", () => {
    expect(show((x: Tensor) => butterfly(x, sin(x))[1], x)).toContain(
      "butterfly_1.0: float32[2, 2], butterfly_1.1: float32[2, 2] = butterfly(x0, sin_0)",
    );
  });

  test("become ordinary ops where they can and the backend wants it", () => {
    const { graph } = trace((x: Tensor) => butterfly(double(sin(x)), double(x))[0], x);
    expect(lowerForeign(graph).nodes.map(({ op }) => op.name)).toEqual(["sin", "add", "add", "butterfly"]);
  });

  test("run between the segments of WebAssembly too", async () => {
    const run = compile((x: Tensor) => sin(double(sin(x))), { backend: "wasm" });
    const got = await run(array([0.5]));
    expect(got.item()).toBeCloseTo(Math.sin(2 * Math.sin(0.5)), 6);
    await run.close();
  });
});

/** Random graphs over matrices [2, 2]: foreign and ordinary nodes over any values before them, any of them as outputs. */
const node = fc.record({ op: fc.nat(5), a: fc.nat(30), b: fc.nat(30) });
const graphs = fc.record({
  nodes: fc.array(node, { maxLength: 10 }),
  outputs: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
});
function build({ nodes, outputs }: { nodes: { op: number; a: number; b: number }[]; outputs: number[] }) {
  return (...inputs: Tensor[]) => {
    const values = [...inputs];
    for (const { op, a, b } of nodes) {
      const [left, right] = [values[a % values.length], values[b % values.length]];
      if (op === 0) values.push(...butterfly(sin(left), right));
      else if (op === 1) values.push(double(left));
      else if (op === 2) values.push(...butterfly(left, right));
      else if (op === 3) values.push(add(left, right));
      else if (op === 4) values.push(mul(sin(left), right));
      else values.push(sin(left));
    }
    return outputs.map((k) => values[k % values.length]);
  };
}

test("1,000 random graphs are cut so that every step finds its inputs, and no two segments stand side by side", () => {
  fc.assert(
    fc.property(graphs, (description) => {
      const { graph } = trace(build(description) as never, x, x);
      const there = new Set<Tensor>(graph.inputs);
      const steps = partition(graph);
      for (const [k, step] of steps.entries()) {
        const needs = step.kind === "foreign" ? step.node.inputs : step.inputs;
        for (const tensor of needs) expect(there.has(tensor)).toBe(true);
        for (const tensor of step.kind === "foreign" ? step.node.outputs : step.outputs) there.add(tensor);
        expect(step.kind === "segment" && steps[k + 1]?.kind === "segment").toBe(false);
      }
      for (const tensor of graph.outputs) expect(there.has(tensor)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("100 random graphs and their gradients run as the interpreter says", async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (description) => {
      expect(await problemsOf(build(description), [weights(1, [2, 2]), weights(2, [2, 2])])).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
