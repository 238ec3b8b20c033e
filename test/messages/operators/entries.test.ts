import fc from "fast-check";
import { expect, test } from "vitest";
import { Graph } from "../../../dist/messages/graph.js";
import { entriesOf, selectRows } from "../../../dist/messages/operators/entries.js";
import { laplacian } from "../../../dist/messages/operators/laplacian.js";
import { randomWalk } from "../../../dist/messages/operators/random-walk.js";
import { symmetric } from "../../../dist/messages/operators/symmetric.js";
import { matrixOf } from "../dense.js";
import { edgeLists } from "../random-graphs.js";

const f64 = { precision: "f64" } as const;
const made = [
  (graph: Graph) => symmetric(graph, f64),
  (graph: Graph) => symmetric(graph, { selfLoops: "replace", ...f64 }),
  (graph: Graph) => laplacian(graph, f64),
  (graph: Graph) => randomWalk(graph, f64),
];

test("entries and diagonal of an operator are those of its matrix", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), fc.constantFrom(...made), async (edges, make) => {
      const operator = make(await Graph.fromEdges(edges));
      const { from, to, coefficients, diagonal } = entriesOf(operator);
      const dense = Array.from({ length: operator.rows.numRows }, () => new Array(operator.rows.numColumns).fill(0));
      for (const [k, value] of coefficients.entries()) dense[to[k]][from[k]] += value;
      for (const [i, value] of diagonal?.entries() ?? []) dense[i][i] += value;
      for (const [i, row] of matrixOf(operator).entries()) {
        for (const [j, value] of row.entries()) expect(dense[i][j]).toBeCloseTo(value, 12);
      }
    }),
    { numRuns: 50 },
  );
});

test("rows of an operator, in any order and again, are rows of its matrix", async () => {
  await fc.assert(
    fc.asyncProperty(
      edgeLists(),
      fc.constantFrom(...made),
      fc.array(fc.nat(1000), { minLength: 1 }),
      async (edges, make, asked) => {
        const operator = make(await Graph.fromEdges(edges));
        const { numRows, numColumns } = operator.rows;
        fc.pre(numRows > 0);
        const nodes = asked.map((k) => k % numRows);
        const selected = entriesOf(selectRows(operator, nodes));
        const whole = matrixOf(operator);
        const dense = nodes.map(() => new Array<number>(numColumns).fill(0));
        for (const [k, value] of selected.coefficients.entries()) dense[selected.to[k]][selected.from[k]] += value;
        for (const [k, node] of nodes.entries()) {
          for (const [j, value] of whole[node].entries()) expect(dense[k][j]).toBeCloseTo(value, 12);
        }
      },
    ),
    { numRuns: 50 },
  );
});
