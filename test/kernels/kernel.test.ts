import { expect, test } from "vitest";
import { createMemory, hasSimd, instantiate, instantiateTwin, isShared, pageBytes } from "../../dist/kernels/kernel.js";
import { hasRelaxedSimd } from "../../dist/kernels/relaxed-simd.js";

const uniform = [16, 5, 1, 2, 3, 4, 5, 0, 1];

test("a memory holds at least the bytes asked for, all zero, and grows up to its maximum", () => {
  const memory = createMemory(pageBytes + 1, 3 * pageBytes);
  expect(memory.buffer.byteLength).toBe(2 * pageBytes);
  expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
  memory.grow(1);
  expect(() => memory.grow(1)).toThrow(RangeError);
});

test("a memory is shared where threads can share, unless it is asked not to be", () => {
  expect(isShared(createMemory(1))).toBe(true);
  expect(isShared(createMemory(1, 1, false))).toBe(false);
});

test("a memory beyond 4 GiB is refused", () => {
  expect(() => createMemory(2 ** 32 + 1)).toThrow(RangeError);
});

test.each([false, true])("a kernel runs over a memory with shared: %s, with and without relaxed SIMD", (shared) => {
  expect(hasSimd()).toBe(true);
  const plain = createMemory(64, 64, shared);
  instantiateTwin("random", plain).uniform(...uniform);
  for (const fast of hasRelaxedSimd() ? [false, true] : [false]) {
    const memory = createMemory(64, 64, shared);
    instantiate("random", memory, fast).uniform(...uniform);
    expect(Buffer.compare(new Uint8Array(memory.buffer), new Uint8Array(plain.buffer))).toBe(0);
  }
});
