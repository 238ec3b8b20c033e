import type { OpCase } from "./check-op.js";
import { cases } from "./op-cases.js";

/** Cases in which ONNX Runtime's WebGPU failed or was wrong in another form: they are always tried. */
const troubles = [
  "pow [2,1] [1,4]",
  "slice x.flip(0)[1:6:2] [7]",
  "matmul [2,0] [0,3]",
  "max of nothing [0,3]",
  "maxPool 2 {} [1,2,4,6]",
  'conv {"strides":[2,1,1],"padding":1,"groups":2} [1,2,4,3,2] [2,1,2,3,1]',
  'convInputGradient as convTranspose {"strides":2} [1,2,2,2,2] [2,1,2,2,2]',
];

/**
 * The cases that a backend in software, which compiles a program for each kernel, is asked in a run of all tests: `each` of
 * every op, besides those that gave trouble. WEBGPU_CASES=all of the environment asks for all. NaN and infinities are left
 * out, of which WGSL promises nothing.
 */
export function casesForWebgpu(each: number): readonly OpCase[] {
  const finite = cases.filter(({ inputs }) =>
    inputs.every(({ data }) => [...data].every((x) => Number.isFinite(Number(x)))),
  );
  if (process.env.WEBGPU_CASES === "all") return finite;
  const byOp = new Map<string, OpCase[]>();
  for (const one of finite) byOp.set(one.op, [...(byOp.get(one.op) ?? []), one]);
  const some = [...byOp.values()].flatMap((group) =>
    Array.from({ length: each }, (_, k) => group[Math.floor(((k + 0.5) * group.length) / each)]),
  );
  return finite.filter((one) => some.includes(one) || troubles.includes(one.label));
}

/** Troubles that are no case's label any more. */
export const unknownTroubles = troubles.filter((label) => !cases.some((one) => one.label === label));
