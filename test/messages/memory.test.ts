import fc from "fast-check";
import { expect, test } from "vitest";
import { GraphMemory } from "../../dist/messages/memory.js";

test("regions in use never overlap, are aligned, and what is given back is used again", () => {
  const step = fc.record({ free: fc.boolean(), bytes: fc.integer({ min: 0, max: 5000 }), pick: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const memory = new GraphMemory();
      const empty = memory.used;
      const regions: { at: number; bytes: number }[] = [];
      for (const { free, bytes, pick } of steps) {
        if (free && regions.length > 0) {
          const [{ at }] = regions.splice(pick % regions.length, 1);
          memory.free(at);
          continue;
        }
        const at = memory.allocate(bytes);
        expect(at % 64).toBe(0);
        expect(at).toBeGreaterThan(0);
        expect(at + bytes).toBeLessThanOrEqual(memory.memory.buffer.byteLength);
        for (const other of regions) {
          const apart = at + Math.max(1, bytes) <= other.at || other.at + Math.max(1, other.bytes) <= at;
          expect(apart).toBe(true);
        }
        regions.push({ at, bytes });
      }
      for (const { at } of regions) memory.free(at);
      expect(memory.used).toBe(empty);
    }),
  );
});

test("two tasks give back their work space in any order, and what stays between them stays", () => {
  const memory = new GraphMemory();
  const [first, second] = [memory.scratch(), memory.scratch()];
  first.allocate(1000);
  const kept = memory.allocate(100);
  memory.u8(kept, 100).fill(7);
  second.allocate(1000);
  first.release();
  const again = memory.allocate(900);
  expect(again).toBeLessThan(kept);
  second.release();
  expect(memory.u8(kept, 100)).toEqual(new Uint8Array(100).fill(7));
});

test("giving back twice is an internal error", () => {
  const memory = new GraphMemory();
  const at = memory.allocate(1);
  memory.free(at);
  expect(() => memory.free(at)).toThrow(/internal/);
});

test("more than one memory holds is refused with the sizes", () => {
  expect(() => new GraphMemory().allocate(2 ** 33)).toThrow(/8589934656 bytes are needed in one memory, which holds/);
});
