import fc from "fast-check";
import { expect, test } from "vitest";
import { array, type NdArray } from "../../dist/networks/array.js";
import { interpret } from "../../dist/networks/interpret.js";
import { einsum } from "../../dist/networks/ops/einsum.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { sizeOf, stridesOf } from "../../dist/networks/types.js";

/** The definition: a sum over all values of all letters. */
function bySums(inputs: string[], output: string, sizes: Record<string, number>, operands: NdArray[]): number[] {
  const letters = Object.keys(sizes);
  const shape = letters.map((letter) => sizes[letter]);
  const result = new Array<number>(sizeOf([...output].map((letter) => sizes[letter]))).fill(0);
  const offset = (term: string, at: Record<string, number>) => {
    const strides = stridesOf([...term].map((letter) => sizes[letter]));
    return [...term].reduce((sum, letter, axis) => sum + at[letter] * strides[axis], 0);
  };
  const strides = stridesOf(shape);
  for (let k = 0; k < sizeOf(shape); k++) {
    const at = Object.fromEntries(letters.map((letter, axis) => [letter, Math.floor(k / strides[axis]) % shape[axis]]));
    const product = inputs.reduce((all, term, i) => all * Number(operands[i].data[offset(term, at)]), 1);
    result[offset(output, at)] += product;
  }
  return result;
}

const letters = ["a", "b", "c", "d"];
const terms = fc.array(fc.constantFrom(...letters), { minLength: 0, maxLength: 3 }).map((list) => list.join(""));
const problems = fc
  .record({ inputs: fc.array(terms, { minLength: 1, maxLength: 3 }), kept: fc.subarray(letters), order: fc.boolean() })
  .map(({ inputs, kept, order }) => {
    const used = kept.filter((letter) => inputs.join("").includes(letter));
    return { inputs, output: (order ? used : used.toReversed()).join("") };
  });

test("einsum is the sum over all letters of the product, for random formulas of one to three operands", async () => {
  const all = { a: 2, b: 3, c: 1, d: 4 };
  await fc.assert(
    fc.asyncProperty(problems, async ({ inputs, output }) => {
      const used = Object.entries(all).filter(([letter]) => inputs.join("").includes(letter));
      const sizes = Object.fromEntries(used);
      const operands = inputs.map((term, i) => {
        const shape = [...term].map((letter) => sizes[letter]);
        return array(
          Float32Array.from({ length: sizeOf(shape) }, (_, k) => ((k * 7 + i) % 5) - 2),
          { shape },
        );
      });
      const fn = (...xs: Tensor[]) => einsum(`${inputs.join(",")}->${output}`, ...xs);
      const [result] = await interpret(trace(fn, ...operands).graph, operands);
      expect([...result.shape]).toEqual([...output].map((letter) => sizes[letter]));
      expect(Array.from(result.data, (value) => value + 0)).toEqual(bySums(inputs, output, sizes, operands));
    }),
    { numRuns: 300 },
  );
});

test("einsum names the formula and what is wrong in it", () => {
  const failure = (formula: string, ...shapes: number[][]) => {
    const fn = (...xs: Tensor[]) => einsum(formula, ...xs);
    return () => trace(fn, ...shapes.map((shape) => ({ dtype: "float32", shape })));
  };
  expect(failure("ij,jk->ik", [2, 3], [4, 5])).toThrow('einsum: "ij,jk->ik": j is 3 in one place, 4 in operand 1');
  expect(failure("ij,jk", [2, 3])).toThrow('einsum: "ij,jk": names 2 operands, got 1');
  expect(failure("ijk->i", [2, 3])).toThrow('einsum: "ijk->i": "ijk" names 3 axes, operand 0 is [2, 3]');
  expect(failure("ij->k", [2, 3])).toThrow('einsum: "ij->k": no operand has k');
  expect(failure("ij->ii", [2, 3])).toThrow('einsum: "ij->ii": a letter stands twice behind the arrow');
  expect(failure("i1->i", [2, 3])).toThrow(
    'einsum: "i1->i": letters and one ... for each operand were needed, got "i1"',
  );
  expect(failure("ij->i->j", [2, 3])).toThrow('einsum: "ij->i->j": one arrow at most was needed');
  expect(failure("...ij->i", [2])).toThrow('einsum: "...ij->i": "...ij" names 2 axes, operand 0 is [2]');
  expect(failure("...i,...i->...", [2, 3], [4, 3])).toThrow("is 2 in one place, 4 in operand 1");
});

test("einsum multiplies matrices without moving axes that are in place", () => {
  const { graph } = trace(
    (a: Tensor, b: Tensor) => einsum("bij,bjk->bik", a, b),
    { dtype: "float32", shape: [2, 3, 4] },
    { dtype: "float32", shape: [2, 4, 5] },
  );
  expect(graph.nodes.map(({ op }) => op.name)).toEqual(["matmul"]);
});
