import { expect } from "vitest";
import type { Backend } from "../../dist/networks/runtime.js";
import { cases } from "../networks/op-cases.js";
import { casesForWebgpu } from "../networks/webgpu.js";
import { browserTest, type Load } from "./chromium.js";

/** What is wrong with the labelled cases in a page; runs there, so it refers to nothing here. */
async function problemsInPage(load: Load, { backend, labels }: { backend: Backend; labels: string[] }) {
  const { backendProblems } = await load<typeof import("../networks/check-op.js")>("../test/networks/check-op.js");
  const { cases } = await load<typeof import("../networks/op-cases.js")>("../test/networks/op-cases.js");
  if (backend === "webgpu") {
    const gpu = (navigator as unknown as { gpu?: { requestAdapter(): Promise<object | null> } }).gpu;
    const adapter = await gpu?.requestAdapter();
    if (!adapter) return "this Chromium has no WebGPU adapter";
  }
  const chosen = cases.filter(({ label }) => labels.includes(label));
  const problems: string[] = [];
  for (const op of new Set(chosen.map((one) => one.op))) {
    const group = chosen.filter((one) => one.op === op);
    problems.push(...(await backendProblems(group, backend)));
  }
  return { problems, checked: chosen.length };
}

const labels = cases.map(({ label }) => label);

browserTest("P1 every case of every op is right in a page, by WebAssembly", async (inBrowser) => {
  const got = await inBrowser(problemsInPage, { backend: "wasm", labels });
  expect(got).toEqual({ problems: [], checked: cases.length });
});

browserTest(
  "P1 a fifth of the cases, in a page without shared memory",
  async (inBrowser) => {
    const got = await inBrowser(problemsInPage, { backend: "wasm", labels: labels.filter((_, k) => k % 5 === 0) });
    expect(got).toMatchObject({ problems: [] });
  },
  { isolated: false },
);

browserTest(
  "P1 ops are right in a page, by WebGPU",
  async (inBrowser, skip) => {
    const chosen = casesForWebgpu(1);
    const got = await inBrowser(problemsInPage, { backend: "webgpu", labels: chosen.map(({ label }) => label) });
    if (typeof got === "string" && process.env.REQUIRE_WEBGPU !== "1") skip(got);
    expect(got).toEqual({ problems: [], checked: chosen.length });
  },
  { gpu: true },
);
