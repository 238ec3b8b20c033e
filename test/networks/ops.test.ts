import { describe, expect, test } from "vitest";
import { reachable } from "../../dist/networks/graph.js";
import { allOps } from "../../dist/networks/ops/table.js";
import { input } from "../../dist/networks/tensor.js";
import { typeOf } from "../../dist/networks/trace.js";
import { problemsOf } from "./check-op.js";
import { cases } from "./op-cases.js";

const covered = [...new Set(cases.map(({ op }) => op))];

test("every op of the table has a case, and cases have names of their own", () => {
  expect(allOps.map(({ name }) => name).filter((name) => !covered.includes(name))).toEqual([]);
  expect(new Set(cases.map(({ label }) => label)).size).toBe(cases.length);
});

test("every case uses the op whose case it is, or needs none (a size that changes nothing)", () => {
  const elsewhere = cases.filter(({ op, fn, inputs }) => {
    const outputs = [fn(...inputs.map((example) => input(typeOf(example))))].flat();
    return !reachable(outputs).some((node) => node.op.name === op || node.inputs.length === 0);
  });
  expect(elsewhere.map(({ label }) => label)).toEqual([]);
});

describe("P1 value, first and second derivatives and the derivative along a direction are right", () => {
  for (const name of covered) {
    test(`of ${name}`, async () => {
      const problems: string[] = [];
      for (const one of cases) if (one.op === name) problems.push(...(await problemsOf(one, "cpu")));
      expect(problems).toEqual([]);
    });
  }
});
