import { instantiate, type KernelFunctions, type KernelName } from "./kernel.js";

/** One run of a pool, as its workers see it. */
export interface RunMessage {
  kind: "run";
  run: number;
  memoryId: number;
  /** Present the first time this worker meets the memory. */
  memory?: WebAssembly.Memory;
  kernel: KernelName;
  fn: string;
  fast: boolean;
  /** Calls, arguments a call, and where they lie: see `QueueLayout`. */
  queue: SharedArrayBuffer;
  calls: number;
  width: number;
  /** Arguments that follow the call's own and differ between threads, such as scratch space. */
  threadArgs: number[];
}

export interface ForgetMessage {
  kind: "forget";
  memoryId: number;
}

export interface Answer {
  run: number;
  error?: string;
}

/**
 * The calls of a run, claimed one by one by all threads: an i32 counter in the first 8 bytes, then a f64 result a call,
 * then `width` f64 arguments a call.
 */
export class Queue {
  readonly next: Int32Array;
  readonly results: Float64Array;
  readonly args: Float64Array;

  constructor(buffer: ArrayBufferLike, calls: number, width: number) {
    this.next = new Int32Array(buffer, 0, 1);
    this.results = new Float64Array(buffer, 8, calls);
    this.args = new Float64Array(buffer, 8 + 8 * calls, calls * width);
  }

  /** Claims a call; null when none is left. */
  claim(): number | null {
    const call = Atomics.add(this.next, 0, 1);
    return call < this.results.length ? call : null;
  }

  /** Leaves no call to claim; those claimed before go on. */
  stop(): void {
    Atomics.store(this.next, 0, this.results.length);
  }

  static bytes(calls: number, width: number): number {
    return 8 + 8 * calls * (1 + width);
  }
}

/**
 * The body of a worker: takes messages, claims calls until none is left, answers once a run. Nothing that it imports may
 * import `#platform`, since a page's import map does not reach into workers.
 */
export function serve(answer: (answer: Answer) => void): (message: RunMessage | ForgetMessage) => void {
  const memories = new Map<number, WebAssembly.Memory>();
  const instances = new Map<string, KernelFunctions>();

  return (message) => {
    if (message.kind === "forget") {
      memories.delete(message.memoryId);
      for (const key of instances.keys()) if (key.startsWith(`${message.memoryId} `)) instances.delete(key);
      return;
    }
    const { run, memoryId, kernel, fn, fast, calls, width, threadArgs } = message;
    try {
      if (message.memory) memories.set(memoryId, message.memory);
      const key = `${memoryId} ${kernel} ${fast}`;
      let functions = instances.get(key);
      if (functions === undefined) {
        functions = instantiate(kernel, memories.get(memoryId) as WebAssembly.Memory, fast);
        instances.set(key, functions);
      }
      const queue = new Queue(message.queue, calls, width);
      for (let call = queue.claim(); call !== null; call = queue.claim()) {
        const args = queue.args.subarray(call * width, (call + 1) * width);
        queue.results[call] = functions[fn](...args, ...threadArgs);
      }
      answer({ run });
    } catch (error) {
      answer({ run, error: `${kernel}.${fn}: ${error instanceof Error ? error.message : String(error)}` });
    }
  };
}
