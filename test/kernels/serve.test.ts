import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Agenda, type Phase } from "../../dist/kernels/serve.js";
import { Rng } from "../../dist/numerics/random.js";

/** Calls `body`, which has `agenda` and `shared`, in 8 threads, and gives what each posts. */
async function inThreads(agenda: Agenda, shared: SharedArrayBuffer, body: string): Promise<number[]> {
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    const { Agenda } = await import(workerData.module);
    const agenda = new Agenda(workerData.buffer);
    const shared = new Int32Array(workerData.shared);
    ${body}
  `;
  const module = new URL("../../dist/kernels/serve.js", import.meta.url).href;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return Promise.all(
    Array.from({ length: 8 }, () => {
      const worker = new Worker(url, { workerData: { buffer: agenda.buffer, shared, module } });
      return new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
    }),
  );
}

test("T4 8 threads make 10^6 calls, none lost and none twice", async () => {
  const calls = 1_000_000;
  const agenda = Agenda.of([{ fn: "mark", calls: Array.from({ length: calls }, (_, k) => [k]) }], ["mark"]);
  const body = `
    let made = 0;
    agenda.work(["mark"], { mark: (k) => (made++, k + 1) }, []);
    parentPort.postMessage(made);
  `;
  const made = await inThreads(agenda, new SharedArrayBuffer(8), body);
  expect(made.reduce((sum, count) => sum + count)).toBe(calls);
  expect(agenda.results.every((result, k) => result === k + 1)).toBe(true);
});

test("T4 of 8 threads none begins a call of a phase before all of the phase before are done", async () => {
  const rng = new Rng(1);
  let before = 0;
  const phases: Phase[] = Array.from({ length: 3000 }, (_, k) => {
    const length = rng.below(12);
    const calls = Array.from({ length }, () =>
      k % 2 === 0 ? [before, before + length] : [before, before + length, 0],
    );
    before += length;
    return { fn: k % 2 === 0 ? "even" : "odd", calls };
  });
  const agenda = Agenda.of(phases, ["odd", "even"]);
  const body = `
    let wrong = 0;
    const call = (least, most) => {
      const done = Atomics.load(shared, 0);
      if (done < least || done >= most) wrong++;
      return Atomics.add(shared, 0, 1);
    };
    agenda.work(["odd", "even"], { odd: call, even: call }, []);
    parentPort.postMessage(wrong);
  `;
  const shared = new SharedArrayBuffer(8);
  expect(await inThreads(agenda, shared, body)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(new Int32Array(shared)[0]).toBe(before);
  expect([...agenda.results].sort((a, b) => a - b)).toEqual([...Array(before).keys()]);
});

test("a run that one thread stops in the midst of a phase ends in all, also in those that wait for the next", async () => {
  const calls = Array.from({ length: 8 }, (_, k) => [k]);
  const phases = Array.from({ length: 3 }, () => ({ fn: "call", calls }));
  const agenda = Agenda.of(phases, ["call"]);
  const body = `
    const call = (k) => {
      if (k === 7) {
        Atomics.wait(shared, 1, 0, 50);
        agenda.stop();
        throw new Error("no");
      }
      return Atomics.add(shared, 0, 1);
    };
    try {
      agenda.work(["call"], { call }, []);
    } catch {}
    parentPort.postMessage(0);
  `;
  const shared = new SharedArrayBuffer(8);
  await inThreads(agenda, shared, body);
  expect(new Int32Array(shared)[0]).toBe(7); // and none of the next phase
});

test("every call ends with its thread's own arguments, and a stopped agenda hands out no call", () => {
  const seen: number[][] = [];
  const call = (...args: number[]) => seen.push(args);
  const agenda = Agenda.of(
    [
      { fn: "call", calls: [[1], [2]] },
      { fn: "call", calls: [[3, 4]] },
    ],
    ["call"],
  );
  agenda.work(["call"], { call }, [9]);
  expect(seen).toEqual([
    [1, 9],
    [2, 9],
    [3, 4, 9],
  ]);
  const stopped = Agenda.of([{ fn: "call", calls: [[1]] }], ["call"]);
  stopped.stop();
  stopped.work(["call"], { call }, []);
  expect(seen.length).toBe(3);
});
