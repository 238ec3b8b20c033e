import { instantiate, type KernelFunctions, type KernelName } from "./kernel.js";

/** Calls of one function, which may be made in any order and at once. */
export interface Phase {
  fn: string;
  /** The arguments of each call. Threads claim the calls in this order, so the longest should come first. */
  calls: readonly (readonly number[])[];
}

/** One run of a pool, as its workers see it. */
export interface RunMessage {
  kind: "run";
  run: number;
  memoryId: number;
  /** Present the first time this worker meets the memory. */
  memory?: WebAssembly.Memory;
  kernel: KernelName;
  fast: boolean;
  /** What `Agenda` reads: the calls of all phases. */
  agenda: SharedArrayBuffer;
  /** The functions that the phases name. */
  fns: string[];
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

/** Words of 4 bytes before the phases: their number, whether the run was stopped. */
const phasesAt = 2;
/**
 * Words of a phase: the number of its function, of its calls, of arguments a call, of its first call among all; how many
 * calls are claimed, and done.
 */
const phaseWords = 6;
const [fnWord, callsWord, widthWord, firstWord, claimedWord, doneWord] = [0, 1, 2, 3, 4, 5];
/** Looks at a counter before a thread sleeps: some ten microseconds, less than it takes to be woken. */
const looks = 2000;
/** Milliseconds after which a sleeping thread looks whether the run was stopped. */
const nap = 20;

/**
 * The calls of a run, phase by phase, in memory that all threads share: they claim the calls of a phase one by one, and begin
 * the next when all are done. So no thread waits for one that has not begun, and phases follow each other within
 * microseconds. Behind the words lie, in f64, a result a call, and the arguments.
 */
export class Agenda {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  /** Where the arguments of each phase begin. */
  readonly #argsAt: number[] = [];

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, phasesAt + phaseWords * new Int32Array(buffer)[0]);
    this.#numbers = new Float64Array(buffer, 8 * Math.ceil(this.#words.length / 2));
    let at = this.calls;
    for (let phase = 0; phase < this.phases; phase++) {
      this.#argsAt.push(at);
      at += this.#word(phase, callsWord) * this.#word(phase, widthWord);
    }
  }

  /** The calls of a phase must be equally long. */
  static of(phases: readonly Phase[], fns: readonly string[]): Agenda {
    const words = phasesAt + phaseWords * phases.length;
    const calls = phases.reduce((sum, phase) => sum + phase.calls.length, 0);
    const args = phases.reduce((sum, phase) => sum + phase.calls.length * (phase.calls[0]?.length ?? 0), 0);
    const buffer = new SharedArrayBuffer(8 * (Math.ceil(words / 2) + calls + args));
    const header = new Int32Array(buffer, 0, words);
    const numbers = new Float64Array(buffer, 8 * Math.ceil(words / 2));
    header[0] = phases.length;
    let [first, at] = [0, calls];
    for (const [k, phase] of phases.entries()) {
      const width = phase.calls[0]?.length ?? 0;
      header.set([fns.indexOf(phase.fn), phase.calls.length, width, first], phasesAt + phaseWords * k);
      for (const call of phase.calls) {
        numbers.set(call, at);
        at += width;
      }
      first += phase.calls.length;
    }
    return new Agenda(buffer);
  }

  get phases(): number {
    return this.#words[0];
  }

  /** How many calls there are in all phases. */
  get calls(): number {
    let calls = 0;
    for (let phase = 0; phase < this.phases; phase++) calls += this.#word(phase, callsWord);
    return calls;
  }

  /** A result a call, in the order of the calls. */
  get results(): Float64Array {
    return this.#numbers.slice(0, this.calls);
  }

  /** Makes calls until none is left, or the run is stopped. */
  work(fns: readonly string[], functions: KernelFunctions, threadArgs: readonly number[]): void {
    for (let phase = 0; phase < this.phases; phase++) {
      const [calls, width, first] = [callsWord, widthWord, firstWord].map((word) => this.#word(phase, word));
      const fn = functions[fns[this.#word(phase, fnWord)]];
      const claimed = phasesAt + phaseWords * phase + claimedWord;
      let made = 0;
      while (!this.isStopped()) {
        const call = Atomics.add(this.#words, claimed, 1);
        if (call >= calls) break;
        const at = this.#argsAt[phase] + call * width;
        this.#numbers[first + call] = fn(...this.#numbers.subarray(at, at + width), ...threadArgs);
        made++;
      }
      if (phase + 1 < this.phases && !this.#met(phase, calls, made)) return;
    }
  }

  /** Leaves no call to claim; those claimed before go on. */
  stop(): void {
    Atomics.store(this.#words, 1, 1);
  }

  isStopped(): boolean {
    return Atomics.load(this.#words, 1) === 1;
  }

  /** Counts calls that were made, and waits until all of the phase are; false where the run is stopped before. */
  #met(phase: number, calls: number, made: number): boolean {
    const at = phasesAt + phaseWords * phase + doneWord;
    if (Atomics.add(this.#words, at, made) + made === calls) {
      Atomics.notify(this.#words, at);
      return true;
    }
    for (let look = 0; look < looks; look++) if (Atomics.load(this.#words, at) === calls) return true;
    for (let done = Atomics.load(this.#words, at); done !== calls; done = Atomics.load(this.#words, at)) {
      if (this.isStopped()) return false;
      Atomics.wait(this.#words, at, done, nap);
    }
    return true;
  }

  #word(phase: number, word: number): number {
    return this.#words[phasesAt + phaseWords * phase + word];
  }
}

/**
 * The body of a worker: takes messages, makes calls until none is left, answers once a run. Nothing that it imports may
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
    const { run, memoryId, kernel, fast, fns, threadArgs } = message;
    const agenda = new Agenda(message.agenda);
    try {
      if (message.memory) memories.set(memoryId, message.memory);
      const key = `${memoryId} ${kernel} ${fast}`;
      let functions = instances.get(key);
      if (functions === undefined) {
        functions = instantiate(kernel, memories.get(memoryId) as WebAssembly.Memory, fast);
        instances.set(key, functions);
      }
      agenda.work(fns, functions, threadArgs);
      answer({ run });
    } catch (error) {
      agenda.stop();
      answer({ run, error: `${kernel}.${fns.join(", ")}: ${error instanceof Error ? error.message : String(error)}` });
    }
  };
}
