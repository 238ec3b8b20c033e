import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Queue } from "../../dist/kernels/serve.js";

/** A thread that claims calls until none is left, marks each, and answers how many it got. */
const claimer = `
  import { parentPort, workerData } from "node:worker_threads";
  const { Queue } = await import(workerData.module);
  const queue = new Queue(workerData.buffer, workerData.calls, 0);
  let claims = 0;
  for (let call = queue.claim(); call !== null; call = queue.claim()) {
    queue.results[call]++;
    claims++;
  }
  parentPort.postMessage(claims);
`;

test("T4 8 threads claim 10^6 calls, none lost and none twice", async () => {
  const calls = 1_000_000;
  const buffer = new SharedArrayBuffer(Queue.bytes(calls, 0));
  const module = new URL("../../dist/kernels/serve.js", import.meta.url).href;
  const url = new URL(`data:text/javascript,${encodeURIComponent(claimer)}`);
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => {
      const worker = new Worker(url, { workerData: { buffer, calls, module } });
      return new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
    }),
  );
  const queue = new Queue(buffer, calls, 0);
  expect(claims.reduce((sum, count) => sum + count)).toBe(calls);
  expect(queue.results.every((count) => count === 1)).toBe(true);
  expect(queue.next[0]).toBe(calls + 8); // one fruitless claim a thread
  expect(queue.claim()).toBeNull();
});

test("a stopped queue hands out no call", () => {
  const queue = new Queue(new SharedArrayBuffer(Queue.bytes(10, 3)), 10, 3);
  expect(queue.claim()).toBe(0);
  expect(queue.claim()).toBe(1);
  queue.stop();
  expect(queue.claim()).toBeNull();
});
