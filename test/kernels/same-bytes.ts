import { expect } from "vitest";
import {
  createMemory,
  instantiate,
  instantiateTwin,
  type KernelFunctions,
  type KernelName,
} from "../../dist/kernels/kernel.js";

/** The ways a kernel is built. */
export const builds = [
  { name: "unshared memory", shared: false, fast: false },
  { name: "shared memory", shared: true, fast: false },
];

/** Bytes beyond what a kernel should touch, so that a write outside shows. */
export const filler = 0xa5;

/**
 * Calls a kernel and its twin with the same arguments over two memories that `fill` prepared alike (all bytes are
 * `filler` before), and expects the same results and the same bytes everywhere but in the kernel's `scratch` space, two
 * byte offsets, and for the bits of NaN among the f32 between the offsets `floats`, which WebAssembly leaves open. Returns
 * the kernel's memory.
 */
export function expectSameBytes(
  kernel: KernelName,
  fn: string,
  args: readonly number[],
  {
    bytes = 65536,
    shared = false,
    fast = false,
    fill = (_bytes: Uint8Array): void => {},
    scratch = [0, 0] as readonly [number, number],
    floats = [0, 0] as readonly [number, number],
  } = {},
): Uint8Array {
  const outcomes = [instantiate, instantiateTwin].map((make) => {
    const memory = createMemory(bytes, bytes, shared);
    const all = new Uint8Array(memory.buffer);
    all.fill(filler);
    fill(all);
    return { result: make(kernel, memory, fast)[fn](...args) ?? 0, all };
  });
  const [compiled, plain] = outcomes;
  expect(compiled.result).toBe(plain.result);
  for (const { all } of outcomes) {
    all.fill(filler, ...scratch);
    const numbers = new Float32Array(all.buffer, floats[0], (floats[1] - floats[0]) / 4);
    for (const [k, x] of numbers.entries()) if (Number.isNaN(x)) numbers[k] = Number.NaN;
  }
  if (Buffer.compare(compiled.all, plain.all) !== 0) {
    const at = compiled.all.findIndex((byte, k) => byte !== plain.all[k]);
    expect.fail(`${kernel}.${fn}(${args.join(", ")}): the twin leaves another byte at ${at}`);
  }
  return compiled.all;
}

/**
 * Lets a kernel and its twin do the same work, of several calls, over two memories that `fill` prepared alike (all bytes
 * are `filler` before), and expects the same bytes from `from` on: before it may lie working space with NaN, whose bits
 * WebAssembly leaves open. Returns the kernel's memory.
 */
export function expectSameBytesAfter(
  kernel: KernelName,
  work: (functions: KernelFunctions) => void,
  { bytes, fill, from = 0 }: { bytes: number; fill: (memory: ArrayBufferLike) => void; from?: number },
): ArrayBufferLike {
  const [compiled, plain] = [instantiate, instantiateTwin].map((make) => {
    const memory = createMemory(bytes, bytes, false);
    new Uint8Array(memory.buffer).fill(filler);
    fill(memory.buffer);
    work(make(kernel, memory));
    return new Uint8Array(memory.buffer);
  });
  const at = compiled.findIndex((byte, k) => k >= from && byte !== plain[k]);
  expect(at, `first byte at which the twin of ${kernel} differs`).toBe(-1);
  return compiled.buffer;
}
