import { ResourceError } from "../io/errors.js";
import { type KernelFunctions, pageBytes } from "../kernels/kernel.js";
import { entryBytes, notFound, slotBytes, tableBytes, tableField } from "../kernels/twins/tokenizer.js";

/** Hands out bytes of a memory, which grows as needed, up to a limit. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  #used = 0;
  /** Addresses given back, by size. Tables double, so that one's old part is often another's next. */
  readonly #free = new Map<number, number[]>();

  /** `limit`: bytes that may be handed out, at most what the memory can grow to. */
  constructor(memory: WebAssembly.Memory, limit: number) {
    this.memory = memory;
    this.#limit = limit;
  }

  /** The address of `bytes` zero bytes, aligned to 16. Throws ResourceError beyond the limit. */
  allocate(bytes: number): number {
    const reused = this.#free.get(bytes)?.pop();
    if (reused !== undefined) {
      new Uint8Array(this.memory.buffer, reused, bytes).fill(0);
      return reused;
    }
    const address = this.#used;
    const end = Math.ceil((address + bytes) / 16) * 16;
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / pageBytes);
    if (end > this.#limit) throw new ResourceError(tooManyWords(end, this.#limit));
    if (missing > 0) {
      try {
        this.memory.grow(missing);
      } catch (error) {
        throw new ResourceError(tooManyWords(end, this.memory.buffer.byteLength), { cause: error });
      }
    }
    this.#used = end;
    return address;
  }

  /** Takes back what `allocate` gave. */
  release(address: number, bytes: number): void {
    const addresses = this.#free.get(bytes) ?? [];
    addresses.push(address);
    this.#free.set(bytes, addresses);
  }
}

function tooManyWords(needed: number, limit: number): string {
  return (
    `the distinct words need ${needed} bytes of memory, there are ${limit}; ` +
    "raise memoryLimit, use fewer threads, or give cleaner text"
  );
}

/** The words of a table, in order of their numbers. */
export interface WordList {
  counts: Float64Array;
  /** Where each word's UTF-8 begins in `names`, and its length. */
  starts: Uint32Array;
  lengths: Uint32Array;
  names: Uint8Array;
  /** Where `names` lie in the memory until the table grows. */
  address: number;
}

/** A hash table of words with counts, in a memory: words are numbered from 0 in the order in which they came. */
export class WordTable {
  /** Where its fields are; see `tableField`. */
  readonly address: number;
  readonly #arena: Arena;
  readonly #kernel: KernelFunctions;

  /** `kernel` is the tokenizer over the arena's memory; `capacity` words, a power of two, have room at first. */
  constructor(arena: Arena, kernel: KernelFunctions, capacity = 1 << 14) {
    this.#arena = arena;
    this.#kernel = kernel;
    this.address = arena.allocate(tableBytes);
    const slots = arena.allocate(2 * capacity * slotBytes);
    const entries = arena.allocate(capacity * entryBytes);
    const nameCapacity = 16 * capacity;
    const names = arena.allocate(nameCapacity);
    const fields = this.#fields();
    fields[tableField.slots] = slots;
    fields[tableField.slotMask] = 2 * capacity - 1;
    fields[tableField.entries] = entries;
    fields[tableField.entryCapacity] = capacity;
    fields[tableField.names] = names;
    fields[tableField.nameCapacity] = nameCapacity;
  }

  /** How many words there are. */
  get words(): number {
    return this.#fields()[tableField.words];
  }

  /** All words, copied out of the memory. */
  list(): WordList {
    const fields = this.#fields();
    const { buffer } = this.#arena.memory;
    const words = fields[tableField.words];
    const [entries, address] = [fields[tableField.entries], fields[tableField.names]];
    const counts = new Float64Array(buffer, entries, 2 * words);
    const places = new Uint32Array(buffer, entries, 4 * words);
    return {
      counts: Float64Array.from({ length: words }, (_, id) => counts[2 * id]),
      starts: Uint32Array.from({ length: words }, (_, id) => places[4 * id + 2]),
      lengths: Uint32Array.from({ length: words }, (_, id) => places[4 * id + 3]),
      names: new Uint8Array(buffer, address, fields[tableField.nameBytes]).slice(),
      address,
    };
  }

  /** Adds to the count of the word whose bytes lie at an address of the memory; returns its number. */
  add(address: number, length: number, count: number): number {
    for (;;) {
      const id = this.#kernel.intern(this.address, address, length, count) >>> 0;
      if (id !== notFound) return id;
      this.makeRoom();
    }
  }

  /** Doubles what is more than half full. */
  makeRoom(): void {
    const fields = this.#fields();
    const [words, capacity] = [fields[tableField.words], fields[tableField.entryCapacity]];
    const [nameBytes, nameCapacity] = [fields[tableField.nameBytes], fields[tableField.nameCapacity]];
    if (2 * words > capacity) this.#growEntries(2 * capacity);
    if (2 * nameBytes > nameCapacity) this.#growNames(2 * nameCapacity);
  }

  #growEntries(capacity: number): void {
    const slots = this.#arena.allocate(2 * capacity * slotBytes);
    const entries = this.#arena.allocate(capacity * entryBytes);
    const fields = this.#fields();
    const [oldSlots, oldMask, oldEntries] = [tableField.slots, tableField.slotMask, tableField.entries].map(
      (k) => fields[k],
    );
    this.#kernel.rehash(oldSlots, oldMask + 1, slots, 2 * capacity - 1);
    this.#copy(oldEntries, fields[tableField.words] * entryBytes, entries);
    this.#arena.release(oldSlots, (oldMask + 1) * slotBytes);
    this.#arena.release(oldEntries, fields[tableField.entryCapacity] * entryBytes);
    fields[tableField.slots] = slots;
    fields[tableField.slotMask] = 2 * capacity - 1;
    fields[tableField.entries] = entries;
    fields[tableField.entryCapacity] = capacity;
  }

  #growNames(capacity: number): void {
    const names = this.#arena.allocate(capacity);
    const fields = this.#fields();
    this.#copy(fields[tableField.names], fields[tableField.nameBytes], names);
    this.#arena.release(fields[tableField.names], fields[tableField.nameCapacity]);
    fields[tableField.names] = names;
    fields[tableField.nameCapacity] = capacity;
  }

  #copy(from: number, length: number, to: number): void {
    new Uint8Array(this.#arena.memory.buffer).copyWithin(to, from, from + length);
  }

  #fields(): Uint32Array {
    return new Uint32Array(this.#arena.memory.buffer, this.address, tableBytes / 4);
  }
}
