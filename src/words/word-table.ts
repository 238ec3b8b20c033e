import { ResourceError } from "../io/errors.js";
import { type KernelFunctions, pageBytes } from "../kernels/kernel.js";
import { entryBytes, notFound, slotBytes, tableBytes, tableField } from "../kernels/twins/tokenizer.js";

/** Hands out a memory's bytes from the front; the memory grows as needed, up to a limit. Nothing is given back. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  #used = 0;

  /** `limit`: bytes that may be handed out, at most what the memory can grow to. */
  constructor(memory: WebAssembly.Memory, limit: number) {
    this.memory = memory;
    this.#limit = limit;
  }

  /** The address of `bytes` zero bytes, aligned to 16. Throws ResourceError beyond the limit. */
  allocate(bytes: number): number {
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
}

function tooManyWords(needed: number, limit: number): string {
  return (
    `the distinct words need ${needed} bytes of memory, there are ${limit}; ` +
    "raise memoryLimit, use fewer threads, or give cleaner text"
  );
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

  /** The address and length of a word's bytes. */
  word(id: number): { address: number; length: number } {
    const [start, length] = new Uint32Array(this.#arena.memory.buffer, this.#entry(id) + 8, 2);
    return { address: this.#fields()[tableField.names] + start, length };
  }

  /** A word's bytes, as a view that lives until the memory grows. */
  bytes(id: number): Uint8Array {
    const { address, length } = this.word(id);
    return new Uint8Array(this.#arena.memory.buffer, address, length);
  }

  count(id: number): number {
    return new Float64Array(this.#arena.memory.buffer, this.#entry(id), 1)[0];
  }

  /** Counts of all words, as a copy. */
  counts(): Float64Array {
    const entries = new Float64Array(this.#arena.memory.buffer, this.#fields()[tableField.entries], 2 * this.words);
    return Float64Array.from({ length: this.words }, (_, id) => entries[2 * id]);
  }

  /** Adds to the count of the word whose bytes lie at an address of the memory; returns its number. */
  add(address: number, length: number, count: number): number {
    for (;;) {
      const id = this.#kernel.intern(this.address, address, length, count) >>> 0;
      if (id !== notFound) return id;
      this.makeRoom(true);
    }
  }

  /** Doubles what is more than half full, so that the tokenizer seldom stops; with `full`, what a word found full. */
  makeRoom(full = false): void {
    const fields = this.#fields();
    const [words, capacity] = [fields[tableField.words], fields[tableField.entryCapacity]];
    const [nameBytes, nameCapacity] = [fields[tableField.nameBytes], fields[tableField.nameCapacity]];
    if (2 * words > capacity) this.#growEntries(2 * capacity);
    if (2 * nameBytes > nameCapacity || (full && 2 * words <= capacity)) this.#growNames(2 * nameCapacity);
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
    fields[tableField.slots] = slots;
    fields[tableField.slotMask] = 2 * capacity - 1;
    fields[tableField.entries] = entries;
    fields[tableField.entryCapacity] = capacity;
  }

  #growNames(capacity: number): void {
    const names = this.#arena.allocate(capacity);
    const fields = this.#fields();
    this.#copy(fields[tableField.names], fields[tableField.nameBytes], names);
    fields[tableField.names] = names;
    fields[tableField.nameCapacity] = capacity;
  }

  #copy(from: number, length: number, to: number): void {
    new Uint8Array(this.#arena.memory.buffer).copyWithin(to, from, from + length);
  }

  #entry(id: number): number {
    return this.#fields()[tableField.entries] + entryBytes * id;
  }

  #fields(): Uint32Array {
    return new Uint32Array(this.#arena.memory.buffer, this.address, tableBytes / 4);
  }
}
