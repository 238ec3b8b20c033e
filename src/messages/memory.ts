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
 * The WebAssembly memory of one graph, in which kernels work: what stays is allocated first, what a task needs for a while
 * lies behind it and is given back by `release`. It grows as far as 4 GiB and never shrinks; it dies with its owner.
 */
export class GraphMemory {
  readonly memory: WebAssembly.Memory;
  #used = alignment; // so that no region begins at 0
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

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** The address of `bytes` new bytes, aligned to 64. They are zero only where nothing was before. */
  allocate(bytes: number): number {
    const start = this.#used;
    const end = Math.ceil((start + bytes) / alignment) * alignment;
    const present = this.memory.buffer.byteLength;
    if (end > largestMemory) {
      throw new ResourceError(`${this.#what}: ${end} bytes are needed in one memory, which holds ${largestMemory}`);
    }
    if (end > present) {
      try {
        this.memory.grow(Math.ceil((end - present) / pageBytes));
      } catch (error) {
        throw new ResourceError(`${this.#what}: the system gives no ${end - present} bytes of memory more`, {
          cause: error,
        });
      }
    }
    this.#used = end;
    return start;
  }

  /** A place to come back to. */
  mark(): number {
    return this.#used;
  }

  /** Gives back everything that was allocated since the mark. */
  release(mark: number): void {
    this.#used = mark;
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
