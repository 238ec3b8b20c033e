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
  'conv {"groups":2} [1,2,3,3] [10,1,2,2]',
  'convWeightGradient {"padding":[1,0]} y [2,1,4,3] [5,1,3,2] [2,5,4,2]',
  'convInputGradient as convTranspose {"groups":2,"dilations":2} [1,4,3,3] [4,1,2,3]',
  'convInputGradient as convTranspose {"strides":2} [1,2,2,2,2] [2,1,2,2,2]',
];

/**
 * The cases that WebGPU in software, which compiles a program for each kernel, is asked: `each` of every op, besides those
 * that gave trouble. NaN and infinities are left out, of which WGSL promises nothing.
 */
export function casesForWebgpu(each: number): readonly OpCase[] {
  const finite = cases.filter(({ inputs }) =>
    inputs.every(({ data }) => [...data].every((x) => Number.isFinite(Number(x)))),
  );
  const chosen = new Set<OpCase>(finite.filter(({ label }) => troubles.includes(label)));
  for (const op of new Set(finite.map((one) => one.op))) {
    const group = finite.filter((one) => one.op === op);
    const apart = Math.max(1, group.length / each);
    for (let k = apart / 2; k < group.length; k += apart) chosen.add(group[Math.floor(k)]);
  }
  return finite.filter((one) => chosen.has(one));
}

/** Troubles that are no case's label any more. */
export const unknownTroubles = troubles.filter((label) => !cases.some((one) => one.label === label));
