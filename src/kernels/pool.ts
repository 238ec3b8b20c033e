import { breathe, cpuCount, startWorker, type WorkerHandle } from "#platform";
import { canShare, instantiate, isShared, type KernelFunctions, type KernelName } from "./kernel.js";
import { hasRelaxedSimd } from "./relaxed-simd.js";
import { Agenda, type Answer, type Phase, type RunMessage } from "./serve.js";

export interface PoolOptions {
  /** Threads that do the work, 1 to 256; by default one a processor. The result of no method depends on it. */
  threads?: number;
  /** Relaxed SIMD: faster where the processor fuses multiply and add, with last bits that depend on it. */
  fast?: boolean;
}

/** Calls of one kernel function over one memory. */
export interface Work extends Phase, Place {}

/** Calls that follow each other: those of a phase begin when all of the one before are done. */
export interface PhasedWork extends Place {
  phases: readonly Phase[];
}

interface Place {
  memory: WebAssembly.Memory;
  kernel: KernelName;
  /** One list a thread, appended to the arguments of the calls which that thread makes: its own scratch space. */
  threadArgs?: readonly (readonly number[])[];
  /** Stops the run: no further call begins, and it rejects with the signal's reason once those under way are done. */
  signal?: AbortSignal;
}

/**
 * Bytes of forgotten memories after which a worker is replaced: an idle one does not collect its garbage, however large
 * the memories that it alone still holds.
 */
const mostForgotten = 2 ** 28;

/** Longest time in milliseconds that one thread computes before it lets timers and signals run. */
const breathMilliseconds = 30;

let nextMemoryId = 1;
const memoryIds = new WeakMap<WebAssembly.Memory, number>();

/** A number for a memory, the same on all threads. */
function idOf(memory: WebAssembly.Memory): number {
  let id = memoryIds.get(memory);
  if (id === undefined) {
    id = nextMemoryId++;
    memoryIds.set(memory, id);
  }
  return id;
}

interface Thread {
  worker: WorkerHandle;
  /** Ids of the memories it holds. */
  known: Set<number>;
  /** Bytes of the memories that it was told to forget. */
  forgotten: number;
  runs: Map<number, { done: () => void; failed: (error: Error) => void }>;
}

/**
 * Threads that call kernels over shared memory. Workers start with the first run, live until `close`, and do not keep
 * the process alive while idle. With one thread, or where memory cannot be shared, the calling thread does the work and
 * pauses every 30 ms.
 */
export class Pool {
  /** How many threads work. */
  readonly threads: number;
  /** Whether kernels with relaxed SIMD run. */
  readonly fast: boolean;
  /** Why the pool is not what was asked for, in words for the user; empty when it is. */
  readonly notes: readonly string[];

  #workers: (Thread | null)[] = [];
  #instances = new Map<string, KernelFunctions>();
  #run = 0;
  /** When the calling thread last paused; short runs that follow each other must let timers run too. */
  #lastBreath = performance.now();
  #closed = false;

  constructor({ threads = cpuCount(), fast = false }: PoolOptions = {}) {
    checkThreads(threads);
    const notes: string[] = [];
    if (threads > 1 && !canShare()) {
      notes.push("one thread: SharedArrayBuffer is missing (a page needs COOP and COEP headers)");
      threads = 1;
    }
    if (fast && !hasRelaxedSimd()) {
      notes.push("without relaxed SIMD: this engine has none");
      fast = false;
    }
    this.threads = threads;
    this.fast = fast;
    this.notes = notes;
    this.#workers = Array.from({ length: threads === 1 ? 0 : threads }, () => null);
  }

  /**
   * Makes all calls, which have equally many arguments, and returns their results in the order of the calls. Rejects
   * with the first error: then no further call begins, and those that other threads are in the middle of are finished
   * first, so that the memory is at rest. Over a memory that is not shared, the calling thread does the work.
   */
  run({ fn, calls, ...place }: Work): Promise<Float64Array> {
    return this.runPhases({ ...place, phases: [{ fn, calls }] });
  }

  /**
   * Makes the calls of one phase after the other, and returns the results of all. The threads meet between phases by
   * themselves, which costs microseconds where a run costs some fifty, so many short phases should go into one run.
   */
  async runPhases(work: PhasedWork): Promise<Float64Array> {
    if (this.#closed) throw new Error("internal: the pool is closed");
    work.signal?.throwIfAborted();
    for (const { fn, calls } of work.phases) {
      if (calls.some(({ length }) => length !== calls[0].length))
        throw new Error(`internal: ${fn}: calls differ in length`);
    }
    if (this.threads === 1 || !isShared(work.memory)) return this.#runHere(work);

    const fns = [...new Set(work.phases.map(({ fn }) => fn))];
    const agenda = Agenda.of(work.phases, fns);
    const widest = Math.max(0, ...work.phases.map(({ calls }) => calls.length));
    const threads = Math.min(this.threads, widest);
    const stop = () => agenda.stop();
    work.signal?.addEventListener("abort", stop, { once: true });
    const run = this.#run++;
    const finished: Promise<void>[] = [];
    for (let t = 0; t < threads; t++) {
      const thread = this.#send(t, run, work, agenda, fns);
      thread.catch(stop);
      finished.push(thread);
    }
    const outcomes = await Promise.allSettled(finished);
    work.signal?.removeEventListener("abort", stop);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    work.signal?.throwIfAborted();
    return agenda.results;
  }

  /** Drops what the threads know of a memory, so that it can be collected. */
  forget(memory: WebAssembly.Memory): void {
    const memoryId = memoryIds.get(memory);
    if (memoryId === undefined) return;
    this.#workers.forEach((thread, t) => {
      if (!thread?.known.delete(memoryId)) return;
      thread.worker.post({ kind: "forget", memoryId });
      thread.forgotten += memory.buffer.byteLength;
      this.#replaceFull(t, thread);
    });
    for (const key of this.#instances.keys()) if (key.startsWith(`${memoryId} `)) this.#instances.delete(key);
  }

  /** Ends the workers. */
  close(): void {
    this.#closed = true;
    for (const thread of this.#workers) thread?.worker.terminate();
    this.#workers = [];
    this.#instances.clear();
  }

  async #runHere({ memory, kernel, phases, threadArgs, signal }: PhasedWork): Promise<Float64Array> {
    const key = `${idOf(memory)} ${kernel}`;
    let functions = this.#instances.get(key);
    if (functions === undefined) {
      functions = instantiate(kernel, memory, this.fast);
      this.#instances.set(key, functions);
    }
    const own = threadArgs?.[0] ?? [];
    const results = new Float64Array(phases.reduce((sum, { calls }) => sum + calls.length, 0));
    let made = 0;
    for (const { fn, calls } of phases) {
      for (const args of calls) {
        results[made++] = functions[fn](...args, ...own);
        if (performance.now() - this.#lastBreath > breathMilliseconds) {
          await breathe();
          signal?.throwIfAborted();
          this.#lastBreath = performance.now();
        }
      }
    }
    return results;
  }

  #send(t: number, run: number, work: PhasedWork, agenda: Agenda, fns: string[]): Promise<void> {
    this.#workers[t] ??= this.#start(t);
    const thread = this.#workers[t];
    const memoryId = idOf(work.memory);
    const message: RunMessage = {
      kind: "run",
      run,
      memoryId,
      kernel: work.kernel,
      fast: this.fast,
      agenda: agenda.buffer,
      fns,
      threadArgs: [...(work.threadArgs?.[t] ?? [])],
    };
    if (!thread.known.has(memoryId)) message.memory = work.memory;
    return new Promise((done, failed) => {
      thread.worker.post(message);
      thread.worker.hold(true);
      thread.known.add(memoryId);
      thread.runs.set(run, { done, failed });
    });
  }

  /** Ends an idle worker whose garbage is large, and starts another at once, so that the next run need not wait for it. */
  #replaceFull(t: number, thread: Thread): void {
    if (thread.forgotten <= mostForgotten || thread.runs.size > 0) return;
    if (this.#workers[t] === thread) {
      const next = this.#start(t);
      next.worker.hold(false);
      this.#workers[t] = next;
    }
    thread.worker.terminate();
  }

  #start(t: number): Thread {
    const worker = startWorker();
    if (worker === null) throw new Error("internal: no worker although memory can be shared");
    const thread: Thread = { worker, known: new Set(), forgotten: 0, runs: new Map() };
    worker.onMessage = (message) => {
      const { run, error } = message as Answer;
      const waiting = thread.runs.get(run);
      thread.runs.delete(run);
      if (thread.runs.size === 0) worker.hold(false);
      if (error === undefined) waiting?.done();
      else waiting?.failed(new Error(`internal: kernel ${error}`));
      this.#replaceFull(t, thread);
    };
    worker.onExit = (reason) => {
      if (this.#workers[t] === thread) this.#workers[t] = null; // the next run starts another
      for (const { failed } of thread.runs.values()) failed(reason);
      thread.runs.clear();
    };
    return thread;
  }
}

/** Throws RangeError for a number of threads that no pool can have. */
export function checkThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return;
  throw new RangeError(`threads must be an integer from 1 to 256, got ${threads}`);
}

const pools = new Map<string, Pool>();

/** The process's pool for these options: started once, kept for all that follows. */
export function sharedPool(options: PoolOptions = {}): Pool {
  checkThreads(options.threads ?? 1); // "2" would find the pool of 2
  const key = `${options.threads ?? cpuCount()} ${options.fast ?? false}`;
  let pool = pools.get(key);
  if (pool === undefined) {
    pool = new Pool(options);
    pools.set(key, pool);
  }
  return pool;
}

/** Makes the shared pools drop a memory, so that it can be collected. */
export function forgetMemory(memory: WebAssembly.Memory): void {
  for (const pool of pools.values()) pool.forget(memory);
}
