import { ResourceError } from "../io/errors.js";
import { createMemory, largestMemory, pageBytes } from "../kernels/kernel.js";
import { forgetMemory } from "../kernels/pool.js";

/** Bytes to which every region is aligned: a cache line. */
const alignment = 64;

/** Makes pools drop a memory after its owner's death; weakly, so that one that no pool has seen dies with its owner. */
const registry = new FinalizationRegistry<WeakRef<WebAssembly.Memory>>((reference) => {
  const memory = reference.deref();
  if (memory !== undefined) forgetMemory(memory);
});

/**
 * The WebAssembly memory of one graph, in which kernels work: what stays, and what a task needs for a while, which it gives
 * back. Several tasks may do so at once, in any order. It grows as far as 4 GiB and never shrinks; it dies with its owner.
 */
export class GraphMemory {
  readonly memory: WebAssembly.Memory;
  /** Bytes of each region in use, by address. */
  readonly #regions = new Map<number, number>();
  /** Gaps between regions in use, by rising address; no two touch each other or the end. */
  readonly #gaps: { start: number; end: number }[] = [];
  #end = alignment; // so that no region begins at 0
  readonly #what: string;

  /** `what` begins the messages of errors, such as "graph". */
  constructor(bytes = 0, what = "graph") {
    this.#what = what;
    try {
      this.memory = createMemory(bytes + alignment, largestMemory);
    } catch (error) {
      throw new ResourceError(`${what}: the system gives no memory of ${bytes} bytes`, { cause: error });
    }
    registry.register(this, new WeakRef(this.memory));
  }

  /** Bytes from 0 to the end of the last region in use. */
  get used(): number {
    return this.#end;
  }

  /** The address of `bytes` bytes, aligned to 64; what is in them is left from before. */
  allocate(bytes: number): number {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const gap = this.#gaps.findIndex(({ start, end }) => end - start >= size);
    let start = this.#end;
    if (gap >= 0) {
      start = this.#gaps[gap].start;
      this.#gaps[gap].start += size;
      if (this.#gaps[gap].start === this.#gaps[gap].end) this.#gaps.splice(gap, 1);
    } else {
      this.#grow(start + size);
      this.#end = start + size;
    }
    this.#regions.set(start, size);
    return start;
  }

  /** Gives a region back. */
  free(start: number): void {
    const size = this.#regions.get(start);
    if (size === undefined) throw new Error(`internal: there is no region at ${start}`);
    this.#regions.delete(start);
    const gaps = this.#gaps;
    let k = gaps.findIndex((gap) => gap.start > start);
    if (k < 0) k = gaps.length;
    gaps.splice(k, 0, { start, end: start + size });
    if (k + 1 < gaps.length && gaps[k + 1].start === gaps[k].end) gaps[k].end = gaps.splice(k + 1, 1)[0].end;
    if (k > 0 && gaps[k - 1].end === gaps[k].start) gaps[k - 1].end = gaps.splice(k, 1)[0].end;
    if (gaps.at(-1)?.end === this.#end) this.#end = (gaps.pop() as { start: number }).start;
  }

  /** Regions of one task, given back together. */
  scratch(): Scratch {
    return new Scratch(this);
  }

  #grow(end: number): void {
    const present = this.memory.buffer.byteLength;
    if (end > largestMemory) {
      throw new ResourceError(`${this.#what}: ${end} bytes are needed in one memory, which holds ${largestMemory}`);
    }
    if (end <= present) return;
    try {
      this.memory.grow(Math.ceil((end - present) / pageBytes));
    } catch (error) {
      throw new ResourceError(`${this.#what}: the system gives no ${end - present} bytes of memory more`, {
        cause: error,
      });
    }
  }

  /** Tells the threads to drop the memory, which must not be used any more. */
  close(): void {
    forgetMemory(this.memory);
  }

  // Views are made anew at each use: where memory is not shared, growing detaches those that were made before.

  u8(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer, at, length);
  }
  u16(at: number, length: number): Uint16Array<ArrayBuffer> {
    return new Uint16Array(this.memory.buffer as ArrayBuffer, at, length);
  }
  i16(at: number, length: number): Int16Array<ArrayBuffer> {
    return new Int16Array(this.memory.buffer as ArrayBuffer, at, length);
  }
  u32(at: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer as ArrayBuffer, at, length);
  }
  f32(at: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer as ArrayBuffer, at, length);
  }
  f64(at: number, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.memory.buffer as ArrayBuffer, at, length);
  }
}

/** Work space of one task. */
export class Scratch {
  readonly memory: GraphMemory;
  readonly #regions: number[] = [];

  constructor(memory: GraphMemory) {
    this.memory = memory;
  }

  allocate(bytes: number): number {
    const at = this.memory.allocate(bytes);
    this.#regions.push(at);
    return at;
  }

  /** Gives everything back. */
  release(): void {
    for (const at of this.#regions.splice(0)) this.memory.free(at);
  }
}
