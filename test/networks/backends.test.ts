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

/** A process of its own: the loader's path must be set before it starts, and a driver may end it. */
async function onWebgpu(text: string): Promise<{ answer: unknown; missing?: string }> {
  const { code, signal, stdout, stderr } = await runModule(text, { env: vulkanOfChromium() });
  const missing = /Failed to get a WebGPU adapter[^\n]*/.exec(stderr)?.[0];
  if (missing !== undefined && process.env.REQUIRE_WEBGPU !== "1") return { answer: null, missing };
  expect({ code, signal, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  return { answer: JSON.parse(stdout) };
}
/** At once, since the driver's threads have nothing to finish. */
const end = "process.exit(0);";

const checking = (folder: string, labels: string[]) => `
  import { backendProblems } from ${JSON.stringify(`${folder}/test/networks/check-op.js`)};
  import { cases } from ${JSON.stringify(`${folder}/test/networks/op-cases.js`)};
  import { compile } from "./dist/networks/compile.js";
  import { exp } from "./dist/networks/ops/elementwise.js";
  import { writeSync } from "node:fs";
  await compile((x) => exp(x), { backend: "webgpu" })(1); // throws where there is no adapter
  const labels = new Set(${JSON.stringify(labels)});
  const chosen = cases.filter(({ label }) => labels.has(label));
  const problems = [];
  for (const op of new Set(chosen.map((one) => one.op))) {
    problems.push(...(await backendProblems(chosen.filter((one) => one.op === op), "webgpu")));
  }
  writeSync(1, JSON.stringify({ problems, checked: chosen.length }));
  ${end}`;

test("P1 every case of every op is right by WebGPU in Node, operators that it lacks included", async ({ skip }) => {
  expect(unknownTroubles).toEqual([]);
  const chosen = casesForWebgpu(Number.POSITIVE_INFINITY);
  const text = checking(
    await compiledTests(),
    chosen.map(({ label }) => label),
  );
  const { answer, missing } = await onWebgpu(text);
  if (missing !== undefined) skip(`no WebGPU here: ${missing}`);
  expect(answer).toEqual({ problems: [], checked: chosen.length });
}, 300_000); // some 3,000 programs for the graphics card, compiled in software

test("state stays in a program, and foreign steps run or are lowered, on WebGPU in Node", async ({ skip }) => {
  const { answer, missing } = await onWebgpu(`
    import { array } from "./dist/networks/array.js";
    import { compile, compileStep } from "./dist/networks/compile.js";
    import { add, mul } from "./dist/networks/ops/elementwise.js";
    import { apply } from "./dist/networks/tensor.js";
    import { writeSync } from "node:fs";
    const step = compileStep((s, x) => [add(s, x), mul(s, 1)], array([1, 2]), { backend: "webgpu" });
    const before = [];
    for (let k = 0; k < 3; k++) before.push([...(await step(array([k, 1]))).data]);
    let runs = 0;
    const double = (lower) => ({
      name: "double",
      shape: ([{ dtype, shape }]) => [{ dtype, shape }],
      onnx: null,
      grad: null,
      evaluate: ([x]) => [x],
      foreign: {
        run: ({ inputs: [x], outputs: [out] }) => {
          runs++;
          out.data.forEach((_, k) => { out.data[k] = 2 * x.data[k]; });
        },
        ...lower,
      },
    });
    const values = [];
    for (const lower of [{}, { lower: ([x]) => [add(x, x)] }]) {
      const run = compile((x) => mul(apply(double(lower), [add(x, 1)], {}), 3), { backend: "webgpu" });
      values.push((await run(1)).item());
    }
    writeSync(1, JSON.stringify({ before, state: [...step.state().data], values, runs }));
    ${end}`);
  if (missing !== undefined) skip(`no WebGPU here: ${missing}`);
  const before = [
    [1, 2],
    [1, 3],
    [2, 4],
  ];
  expect(answer).toEqual({ before, state: [4, 5], values: [12, 12], runs: 1 });
});
