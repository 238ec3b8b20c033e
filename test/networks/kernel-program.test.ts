import { describe, expect, test } from "vitest";
import { backendProblems } from "./check-op.js";
import { cases } from "./op-cases.js";

describe("P1 every case of every op is right by the package's own kernels", () => {
  for (const op of new Set(cases.map((one) => one.op))) {
    test(`of ${op}`, async () => {
      const group = cases.filter((one) => one.op === op);
      expect(await backendProblems(group, "kernels")).toEqual([]);
    });
  }
});
