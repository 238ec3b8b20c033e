import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { executable } from "../browser/chromium.js";
import { runModule } from "../child.js";
import { compiledTests } from "../compiled.js";
import { backendProblems } from "./check-op.js";
import { cases } from "./op-cases.js";
import { casesForWebgpu, unknownTroubles } from "./webgpu.js";

describe("P1 every case of every op is right by onnxruntime-web's WebAssembly in Node", () => {
  for (const op of new Set(cases.map((one) => one.op))) {
    test(`of ${op}`, async () => {
      const group = cases.filter((one) => one.op === op);
      expect(await backendProblems(group, "wasm")).toEqual([]);
    });
  }
});

/** Chromium's folder has a Vulkan driver in software, and the loader that Dawn, ONNX Runtime's WebGPU, looks for. */
function vulkanOfChromium(): NodeJS.ProcessEnv {
  const folders = ["/usr/lib/chromium", executable === null ? "" : dirname(executable)];
  const folder = folders.find((path) => existsSync(join(path, "vk_swiftshader_icd.json")));
  if (folder === undefined || process.env.VK_ICD_FILENAMES !== undefined) return {};
  const path = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { LD_LIBRARY_PATH: path, VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json") };
}

/** Runs in a process of its own: the loader's path must be set before it starts, and a driver may end it. */
const program = (folder: string, labels: string[]) => `
  import { backendProblems } from ${JSON.stringify(`${folder}/test/networks/check-op.js`)};
  import { cases } from ${JSON.stringify(`${folder}/test/networks/op-cases.js`)};
  import { writeSync } from "node:fs";
  const labels = new Set(${JSON.stringify(labels)});
  const chosen = cases.filter(({ label }) => labels.has(label));
  const problems = [];
  for (const op of new Set(chosen.map((one) => one.op))) {
    problems.push(...(await backendProblems(chosen.filter((one) => one.op === op), "webgpu")));
    if (problems.some((problem) => problem.includes("WebGPU adapter"))) break;
  }
  writeSync(1, JSON.stringify({ problems, checked: chosen.length }));
  process.exit(0); // at once: the driver's threads have nothing to finish`;

test("P1 ops are right by WebGPU in Node, foreign steps and operators that it lacks included", async ({ skip }) => {
  expect(unknownTroubles).toEqual([]);
  const chosen = casesForWebgpu(2);
  const text = program(
    await compiledTests(),
    chosen.map(({ label }) => label),
  );
  const { code, signal, stdout, stderr } = await runModule(text, { env: vulkanOfChromium() });
  expect({ code, signal, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  const { problems, checked } = JSON.parse(stdout) as { problems: string[]; checked: number };
  const missing = problems.find((problem) => problem.includes("WebGPU adapter"));
  if (missing !== undefined && process.env.REQUIRE_WEBGPU !== "1") skip(`no WebGPU here: ${missing}`);
  expect({ problems, checked }).toEqual({ problems: [], checked: chosen.length });
});
