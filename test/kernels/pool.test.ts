import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMemory } from "../../dist/kernels/kernel.js";
import { Pool, sharedPool, type Work } from "../../dist/kernels/pool.js";
import { Rng } from "../../dist/numerics/random.js";
import { root, runModule } from "../child.js";
import { workers } from "./recorded-workers.js";

const pools: Pool[] = [];

function newPool(threads: number): Pool {
  const pool = new Pool({ threads });
  pools.push(pool);
  return pool;
}

beforeEach(() => {
  workers.length = 0;
});
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

/** `count` calls that each write `length` random numbers, one behind the other. */
function fillWork(count: number, length: number, { shared = true }: { shared?: boolean } = {}): Work {
  const memory = createMemory(4 * count * length, 4 * count * length, shared);
  const calls = Array.from({ length: count }, (_, k) => [4 * k * length, length, k, 0, 0, 1, 2, 1, 1]);
  return { memory, kernel: "random", fn: "uniform", calls };
}

function bytesOf({ memory }: Work): Buffer {
  return Buffer.from(new Uint8Array(memory.buffer));
}

/** What the calls leave, by one thread. */
async function expected(count: number, length: number): Promise<Buffer> {
  const work = fillWork(count, length);
  await newPool(1).run(work);
  return bytesOf(work);
}

/** Numbers lie in [1, 2), so a zero is one that was not written. */
function lastCallWasMade({ memory, calls }: Work): boolean {
  const [out, length] = calls[calls.length - 1];
  return new Float32Array(memory.buffer, out, length).some((x) => x !== 0);
}

describe.each([1, 2, 8])("with %d threads", (threads) => {
  test("D1 all calls are made, and leave the bytes that one thread leaves", async () => {
    const work = fillWork(300, 65);
    await newPool(threads).run(work);
    expect(bytesOf(work).equals(await expected(300, 65))).toBe(true);
  });

  test("no calls are no work", async () => {
    const { memory, kernel, fn } = fillWork(1, 1);
    expect(await newPool(threads).run({ memory, kernel, fn, calls: [] })).toHaveLength(0);
    expect(workers).toHaveLength(0);
  });

  test("a memory that is not shared is worked on by the calling thread", async () => {
    const work = fillWork(50, 65, { shared: false });
    await newPool(threads).run(work);
    expect(bytesOf(work).equals(await expected(50, 65))).toBe(true);
    expect(workers).toHaveLength(0);
  });

  test("T2 a call that traps rejects the run with the kernel's name, and later runs are right", async () => {
    const pool = newPool(threads);
    const work = fillWork(20, 65);
    const calls = work.calls.map((args, k) => (k === 7 ? [2 ** 31, ...args.slice(1)] : args));
    await expect(pool.run({ ...work, calls })).rejects.toThrow(/memory access out of bounds/);
    await pool.run(work);
    expect(bytesOf(work).equals(await expected(20, 65))).toBe(true);
  });

  test("T2 no call begins after one has trapped", async () => {
    const work = fillWork(1000, 4096);
    const calls = work.calls.map((args, k) => (k === 0 ? [2 ** 31, ...args.slice(1)] : args));
    await expect(newPool(threads).run({ ...work, calls })).rejects.toThrow();
    expect(lastCallWasMade(work)).toBe(false);
  });

  test("calls of different lengths are refused", async () => {
    const work = fillWork(2, 1);
    const calls = [work.calls[0], work.calls[1].slice(1)];
    await expect(newPool(threads).run({ ...work, calls })).rejects.toThrow("internal: uniform: calls differ in length");
  });

  test("an abort stops the run between two calls with the signal's reason", async () => {
    const pool = newPool(threads);
    const work = fillWork(8000, 4096);
    const controller = new AbortController();
    const run = pool.run({ ...work, signal: controller.signal });
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(run).rejects.toThrow("enough");
    expect(lastCallWasMade(work)).toBe(false);
    await expect(pool.run({ ...work, signal: controller.signal })).rejects.toThrow("enough");
  });

  test("T3 after aborts at 100 random moments the pool still works", async () => {
    const pool = newPool(threads);
    const rng = new Rng(threads);
    for (let k = 0; k < 100; k++) {
      const controller = new AbortController();
      const run = pool.run({ ...fillWork(40, 1024), signal: controller.signal });
      const moment = rng.below(4);
      if (moment === 0) controller.abort();
      else if (moment === 1) setImmediate(() => controller.abort());
      else setTimeout(() => controller.abort(), rng.below(3));
      await run.catch((error: Error) => expect(error.name).toBe("AbortError"));
    }
    const work = fillWork(40, 65);
    await pool.run(work);
    expect(bytesOf(work).equals(await expected(40, 65))).toBe(true);
  });
});

test("results come in the order of the calls, and two runs at once do not mix", async () => {
  const pool = newPool(3);
  const works = [fillWork(100, 33), fillWork(200, 65)];
  const results = await Promise.all(works.map((work) => pool.run(work)));
  expect(results.map((result) => result.length)).toEqual([100, 200]);
  expect(bytesOf(works[0]).equals(await expected(100, 33))).toBe(true);
  expect(bytesOf(works[1]).equals(await expected(200, 65))).toBe(true);
});

test("no more threads start than there are calls, and they are kept for the next run", async () => {
  const pool = newPool(8);
  await pool.run(fillWork(3, 5));
  expect(workers).toHaveLength(3);
  await pool.run(fillWork(2, 5));
  expect(workers).toHaveLength(3);
});

test("every call that a thread makes ends with that thread's own arguments", async () => {
  const memory = createMemory(4 * 500);
  const calls = Array.from({ length: 500 }, (_, k) => [4 * k, 1, 0, 0, 0, 0, 0]);
  const threadArgs = [0, 1, 2].map((t) => [10 * (t + 1), 0]); // low and span: the numbers written are 10, 20 and 30
  await newPool(3).run({ memory, kernel: "random", fn: "uniform", calls, threadArgs });
  const written = new Set(new Float32Array(memory.buffer, 0, 500));
  for (const value of written) expect([10, 20, 30]).toContain(value);
});

test("T2 a killed worker rejects the run, no further call begins, and another worker takes its place", async () => {
  const pool = newPool(2);
  await pool.run(fillWork(2, 1)); // both workers are up
  expect(workers).toHaveLength(2);
  const work = fillWork(4000, 4096);
  const run = pool.run(work);
  void workers[1].terminate();
  await expect(run).rejects.toThrow("a worker thread ended with code 1");
  expect(lastCallWasMade(work)).toBe(false);

  const again = fillWork(100, 65);
  await pool.run(again);
  expect(bytesOf(again).equals(await expected(100, 65))).toBe(true);
  expect(workers).toHaveLength(3);
});

test("T2 a worker that was killed while idle is replaced", async () => {
  const pool = newPool(2);
  await pool.run(fillWork(2, 1));
  await Promise.all(workers.map((worker) => worker.terminate()));
  const work = fillWork(10, 65);
  await pool.run(work);
  expect(bytesOf(work).equals(await expected(10, 65))).toBe(true);
  expect(workers).toHaveLength(4);
});

test("T2 the run of a pool that is closed meanwhile is rejected", async () => {
  const pool = newPool(2);
  const run = pool.run(fillWork(4000, 4096));
  setImmediate(() => pool.close());
  await expect(run).rejects.toThrow("a worker thread ended");
  await expect(pool.run(fillWork(1, 1))).rejects.toThrow("internal: the pool is closed");
});

test("a forgotten memory can be used again", async () => {
  const pool = newPool(2);
  const work = fillWork(10, 65);
  await pool.run(work);
  pool.forget(work.memory);
  new Uint8Array(work.memory.buffer).fill(0);
  await pool.run(work);
  expect(bytesOf(work).equals(await expected(10, 65))).toBe(true);
});

test("one thread lets timers run", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await newPool(1).run(fillWork(4000, 4096));
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(0);
});

test("one thread lets timers run between short runs", async () => {
  const pool = newPool(1);
  let ticked = false;
  setTimeout(() => {
    ticked = true;
  }, 1);
  const work = fillWork(1, 1);
  for (let run = 0; !ticked && run < 1_000_000; run++) await pool.run(work);
  expect(ticked).toBe(true);
});

test.each([0, 1.5, 257, -1, Number.NaN])("threads: %d is refused", (threads) => {
  expect(() => new Pool({ threads })).toThrow(
    new RangeError(`threads must be an integer from 1 to 256, got ${threads}`),
  );
});

test("a pool that is what was asked for has no notes", () => {
  const pool = newPool(2);
  expect(pool.notes).toEqual([]);
  expect(pool.threads).toBe(2);
  expect(pool.fast).toBe(false);
});

test("sharedPool gives the same pool for the same options", () => {
  expect(sharedPool({ threads: 2 })).toBe(sharedPool({ threads: 2 }));
  expect(sharedPool({ threads: 2 })).not.toBe(sharedPool({ threads: 1 }));
});

/** A program with a pool of two threads and a work of some calls. */
const program = (calls: number, end: string) => `
  import { Pool } from "./dist/kernels/pool.js";
  import { createMemory } from "./dist/kernels/kernel.js";
  const calls = Array.from({ length: ${calls} }, (_, k) => [0, 4096, k, 0, 0, 1, 2, 0, 1]);
  const pool = new Pool({ threads: 2 });
  const run = pool.run({ memory: createMemory(65536), kernel: "random", fn: "uniform", calls });
  ${end}`;

test("a process waits for a run under way, and ends by itself although its pool was not closed", async () => {
  const outcome = await runModule(program(2000, 'run.then(() => console.log("done"));'), { cwd: root });
  expect(outcome).toEqual({ code: 0, signal: null, stdout: "done\n", stderr: "" });
});

test("a process ends by itself after a failed run too", async () => {
  const end = "pool.close(); run.catch((error) => console.log(error.message));";
  const outcome = await runModule(program(100_000, end), { cwd: root });
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(outcome.stdout).toContain("a worker thread ended");
});
