import fc from "fast-check";
import { expect, test } from "vitest";
import { ResourceError } from "../../dist/io/errors.js";
import { memoryLimitOf } from "../../dist/io/memory-limit.js";
import { blockTask, pairBytes, pairSlack } from "../../dist/kernels/block-task.js";
import { largestMemory } from "../../dist/kernels/kernel.js";
import { type MemoryNeeds, type MemoryPlan, planMemory } from "../../dist/pairs/memory-plan.js";

const needs: fc.Arbitrary<MemoryNeeds> = fc.record({
  parts: fc.constantFrom(1, 2, 16, 64),
  threads: fc.integer({ min: 1, max: 32 }),
  heldBytes: fc.constantFrom(0, 100_000),
  scratchBytes: fc.integer({ min: 0, max: 2000 }),
  negativesBytes: fc.integer({ min: 0, max: 100_000 }),
  partBytes: fc.array(fc.integer({ min: 16, max: 3_000_000 }), { minLength: 1, maxLength: 2 }),
  pairs: fc.integer({ min: 0, max: 20_000_000 }),
});
const limits = fc.oneof(fc.integer({ min: 1, max: 2 ** 30 }), fc.integer({ min: 1000, max: 10_000_000 }));

/** Where a plan puts what a run needs, in order. */
function regions(plan: MemoryPlan, { parts, threads, scratchBytes, negativesBytes, partBytes }: MemoryNeeds) {
  const slots = 2 * plan.lanes * Math.max(...partBytes);
  const tables = plan.tables.resident ? partBytes.reduce((sum, bytes) => sum + bytes * parts, 0) : slots;
  return [
    { start: plan.tasks, bytes: plan.lanes * blockTask.bytes },
    { start: plan.scratch, bytes: (threads - 1) * plan.scratchStride + scratchBytes },
    { start: plan.negatives, bytes: negativesBytes },
    { start: plan.tables.start, bytes: tables },
    { start: plan.pairs.start, bytes: plan.pairs.bytes },
  ];
}

test("a plan stays within the limit, and its regions do not overlap", () => {
  fc.assert(
    fc.property(needs, limits, (need, limit) => {
      let plan: MemoryPlan;
      try {
        plan = planMemory(need, limit);
      } catch (error) {
        expect(error).toBeInstanceOf(ResourceError);
        return;
      }
      expect(plan.bytes).toBeLessThanOrEqual(Math.min(limit - need.heldBytes, largestMemory));
      let end = 1;
      for (const { start, bytes } of regions(plan, need)) {
        expect(start).toBeGreaterThanOrEqual(end);
        expect(start % 64).toBe(0);
        end = start + bytes;
      }
      expect(end).toBeLessThanOrEqual(plan.bytes);
      if (plan.pairs.resident) expect(plan.pairs.bytes).toBeGreaterThanOrEqual(need.pairs * pairBytes + pairSlack);
      else expect(plan.pairs.bytes / plan.lanes).toBeGreaterThan(pairSlack + pairBytes);
    }),
    { numRuns: 1000 },
  );
});

test("what fits stays in memory: first the pairs leave it, then the tables", () => {
  const need = {
    parts: 16,
    threads: 2,
    heldBytes: 0,
    scratchBytes: 32,
    negativesBytes: 0,
    partBytes: [2 ** 20, 2 ** 20],
    pairs: 1e7,
  };
  const kinds = [200e6, 80e6, 60e6, 40e6, 10e6].map((limit) => {
    const { tables, pairs, lanes } = planMemory(need, limit);
    return [tables.resident, pairs.resident, lanes];
  });
  expect(kinds).toEqual([
    [true, true, 16],
    [true, false, 2],
    [true, false, 2],
    [false, false, 2],
    [false, false, 2],
  ]);
});

test("the least memory that the error names does", () => {
  fc.assert(
    fc.property(needs, (need) => {
      let least = 0;
      try {
        planMemory(need, 1);
      } catch (error) {
        const { message } = error as Error;
        least = Number(
          /^training needs at least (\d+) bytes of memory with \d+ threads, the limit is 1;/.exec(message)?.[1],
        );
      }
      expect(planMemory(need, least).bytes).toBeLessThanOrEqual(least);
    }),
    { numRuns: 300 },
  );
});

test("the limit is the caller's, or a share of what is available", () => {
  expect(memoryLimitOf(1000)).toBe(1000);
  expect(memoryLimitOf(undefined)).toBeGreaterThan(0);
});

test("no plan goes beyond one memory", () => {
  const need = { threads: 2, heldBytes: 0, scratchBytes: 0, negativesBytes: 0, pairs: 1e9 };
  const plan = planMemory({ ...need, parts: 16, partBytes: [2 ** 24, 2 ** 24] }, 2 ** 40);
  expect(plan.pairs.resident).toBe(false);
  expect(plan.bytes).toBeLessThanOrEqual(largestMemory);
});
