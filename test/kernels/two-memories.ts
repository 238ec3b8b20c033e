import { expect } from "vitest";
import {
  createMemory,
  instantiate,
  instantiateTwin,
  type KernelFunctions,
  type KernelName,
} from "../../dist/kernels/kernel.js";

/**
 * Fills two memories alike, lets the kernel work on one and its twin on the other, and expects the same bytes from
 * `from` on; before it may lie working space that holds NaN, whose bits WebAssembly leaves open. Returns the memory.
 */
export function sameBytes(
  kernel: KernelName,
  bytes: number,
  fill: (memory: ArrayBufferLike) => void,
  work: (functions: KernelFunctions) => void,
  from = 0,
): ArrayBufferLike {
  const [compiled, plain] = [createMemory(bytes, bytes, false), createMemory(bytes, bytes, false)];
  fill(compiled.buffer);
  fill(plain.buffer);
  work(instantiate(kernel, compiled));
  work(instantiateTwin(kernel, plain));
  const [a, b] = [new Uint8Array(compiled.buffer), new Uint8Array(plain.buffer)];
  const different = a.findIndex((byte, i) => i >= from && byte !== b[i]);
  expect(different, "first byte that differs").toBe(-1);
  return compiled.buffer;
}
