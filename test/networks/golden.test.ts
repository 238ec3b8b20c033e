/**
 * The reference interpreter against PyTorch. What PyTorch gave lies in test/golden/ops.json; after a change of cases
 *
 *     RECORD=1 THING2VEC_PYTHON=python npx vitest run test/networks/golden.test.ts
 *
 * writes it anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { NdArray } from "../../dist/networks/array.js";
import { interpret } from "../../dist/networks/interpret.js";
import type { Dense } from "../../dist/networks/op.js";
import { erf64 } from "../../dist/networks/ops/elementwise.js";
import { allOps } from "../../dist/networks/ops/table.js";
import { trace } from "../../dist/networks/trace.js";
import { runProgram } from "../child.js";
import { compare, type OpCase, projectedGradient, weights } from "./check-op.js";
import { cases } from "./op-cases.js";

interface Recorded {
  shape: number[];
  /** "nan", "inf" and "-inf" are no JSON numbers. */
  data: (number | string)[];
}
interface Golden {
  version: string;
  cases: Record<string, { outputs: Recorded[]; gradients?: Recorded[] }>;
}

const file = fileURLToPath(new URL("../golden/ops.json", import.meta.url));

/** Cases that PyTorch can do, so small that the file stays small. */
const most = 64; // elements of an input
const recordable = cases.filter(
  ({ python, inputs }) => python !== undefined && inputs.every(({ size }) => size <= most),
);

async function record(): Promise<void> {
  const input = recordable.map((one) => ({
    ...one,
    inputs: one.inputs.map(written),
    weights: trace(one.fn, ...one.inputs)
      .graph.outputs.filter(({ dtype }) => dtype === "float32")
      .map(({ shape }, k) => written(weights(100 + k, shape))),
  }));
  const script = fileURLToPath(new URL("../golden/record_ops.py", import.meta.url));
  const python = process.env.THING2VEC_PYTHON ?? "python3";
  const { code, stdout, stderr } = await runProgram(python, [script], { input: JSON.stringify(input) });
  if (code !== 0) throw new Error(`record_ops.py: ${stderr}`);
  writeFileSync(file, stdout);
}

function written({ dtype, shape, data }: NdArray) {
  return {
    dtype,
    shape,
    data: Array.from(data as ArrayLike<number | bigint>, (x) => (Object.is(x, -0) ? "-0" : String(x))),
  };
}

const dense = ({ shape, data }: Recorded): Dense => ({ shape, data: Float64Array.from(data, numberOf) });
const numberOf = (x: number | string) => Number(String(x).replace("inf", "Infinity"));

if (process.env.RECORD === "1") await record();
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;

/** Constants that stand in traced functions are float32, also in the interpreter: 0.2 is 0.2 + 3e-9. */
function toleranceOf(one: OpCase): number {
  const { graph } = trace(one.fn, ...one.inputs);
  return graph.nodes.every(({ inputs }) => inputs.length > 0) ? 1e-12 : 1e-7;
}

async function problemsOf(one: OpCase): Promise<string[]> {
  const wanted = golden.cases[one.label];
  if (wanted === undefined) return [`${one.label}: not recorded; run with RECORD=1`];
  const values = await interpret(trace(one.fn, ...one.inputs).graph, one.inputs);
  const problems = values.flatMap((value, k) =>
    compare(`${one.label}: value`, value, dense(wanted.outputs[k]), toleranceOf(one)),
  );
  const gradients = one.by.length === 0 ? [] : await interpret(projectedGradient(one), one.inputs);
  const different = gradients.flatMap((value, k) =>
    compare(`${one.label}: gradient`, value, dense(wanted.gradients![k]), 2e-7),
  );
  return [...problems, ...different];
}

describe(`P1 the interpreter's value and gradient are those of ${golden.version}`, () => {
  for (const name of new Set(recordable.map(({ op }) => op))) {
    test(`of ${name}`, async () => {
      const problems: string[] = [];
      for (const one of recordable) if (one.op === name) problems.push(...(await problemsOf(one)));
      expect(problems).toEqual([]);
    });
  }
});

test("every op is compared with PyTorch", () => {
  const compared = new Set(recordable.map(({ op }) => op));
  expect(allOps.map(({ name }) => name).filter((name) => !compared.has(name))).toEqual([]);
});

test("erf is that of tables to all 15 digits (Abramowitz and Stegun, table 7.1, and Python's math.erf)", () => {
  const known = { 0.1: 0.1124629160182849, 0.5: 0.5204998778130465, 1: 0.8427007929497149, 2: 0.9953222650189527 };
  const more = { 2.4: 0.999311486103355, 2.6: 0.9997639655834707, 3.5: 0.9999992569016276, 5.9: 1 };
  for (const [x, y] of Object.entries({ ...known, ...more })) {
    expect(Math.abs(erf64(Number(x)) - y)).toBeLessThan(2e-16 * 4);
    expect(erf64(-Number(x))).toBe(-erf64(Number(x)));
  }
});
