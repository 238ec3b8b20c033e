import { isWellFormed, validUtf8Length } from "./utf8.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The most bytes that all names may take together, in UTF-8: offsets are 32 bits wide. */
const mostBytes = 2 ** 32 - 1;

/**
 * The names of a space's rows or a graph's nodes: unique strings, numbered from 0 in the order of `add`.
 *
 * They are kept as UTF-8 one after the other, with an open-addressing hash table of row numbers beside them: about 12
 * bytes a name more than its letters, and no limit of 16.7 million entries as a `Map` has.
 */
export class Names implements Iterable<string> {
  #count = 0;
  #bytes = new Uint8Array(1024);
  /** Name i is bytes `#ends[i - 1] .. #ends[i]`; the first begins at 0. */
  #ends = new Uint32Array(64);
  /** Row + 1 of the name that hashes here or before; 0 is free. A power of two, at least 4/3 of the names. */
  #slots = new Uint32Array(128);

  /**
   * The names in order. Throws RangeError with the rows concerned where a name comes twice or is no valid Unicode;
   * `where` begins the message.
   */
  static from(names: Iterable<string>, where = "Names.from"): Names {
    const result = new Names();
    if (Array.isArray(names)) result.#makeRoom(names.length);
    for (const name of names) result.add(name, where);
    return result;
  }

  /** How many names there are. */
  get length(): number {
    return this.#count;
  }

  /** Bytes of memory taken. */
  get bytes(): number {
    return this.#bytes.length + 4 * (this.#ends.length + this.#slots.length);
  }

  /**
   * Appends a name and returns its row. Throws TypeError where it is no string, RangeError where it is there already or
   * holds a lone surrogate, which UTF-8 cannot express.
   */
  add(name: string, where = "Names.add"): number {
    const row = this.#count;
    if (typeof name !== "string")
      throw new TypeError(`${where}: row ${row}: a name must be a string, got ${typeof name}`);
    if (!isWellFormed(name)) {
      throw new RangeError(`${where}: row ${row}: the name ${JSON.stringify(name)} holds half of a surrogate pair`);
    }
    const start = this.#start(row);
    this.#reserveBytes(start + 3 * name.length, where);
    const end = start + encoder.encodeInto(name, this.#bytes.subarray(start)).written;
    const slot = this.#find(start, end);
    if (this.#slots[slot] !== 0) {
      throw new RangeError(
        `${where}: row ${row}: the name ${JSON.stringify(name)} is that of row ${this.#slots[slot] - 1} already`,
      );
    }
    if (row === this.#ends.length) this.#ends = grown(this.#ends, 2 * row);
    this.#ends[row] = end;
    this.#slots[slot] = row + 1;
    this.#count++;
    if (this.#count > this.#slots.length * 0.75) this.#rehash();
    return row;
  }

  /**
   * The row of the name in bytes start .. end, which is appended where it is new; -1 where it would be new and is no valid
   * UTF-8. Throws RangeError where all names together are too long.
   */
  intern(from: Uint8Array, start: number, end: number): number {
    const row = this.#count;
    const to = this.#start(row);
    const length = end - start;
    this.#reserveBytes(to + length, "Names.intern");
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) bytes[to + i] = from[start + i];
    const slot = this.#find(to, to + length);
    if (this.#slots[slot] !== 0) return this.#slots[slot] - 1;
    if (validUtf8Length(bytes.subarray(to, to + length)) < length) return -1;
    if (row === this.#ends.length) this.#ends = grown(this.#ends, 2 * row);
    this.#ends[row] = to + length;
    this.#slots[slot] = row + 1;
    this.#count++;
    if (this.#count > this.#slots.length * 0.75) this.#rehash();
    return row;
  }

  /** The row of a name, -1 where there is none. */
  indexOf(name: string): number {
    if (!isWellFormed(name)) return -1;
    // The name is written behind the last one, so that both sides of a comparison are bytes of one array.
    const start = this.#start(this.#count);
    if (start + 3 * name.length > mostBytes) return -1;
    this.#reserveBytes(start + 3 * name.length, "Names.indexOf");
    const end = start + encoder.encodeInto(name, this.#bytes.subarray(start)).written;
    return this.#slots[this.#find(start, end)] - 1;
  }

  has(name: string): boolean {
    return this.indexOf(name) >= 0;
  }

  /** The name of a row. Throws RangeError outside 0 .. length - 1. */
  get(row: number): string {
    return decoder.decode(this.utf8(row));
  }

  /** The name of a row as UTF-8: a view that the next `add` or `indexOf` may invalidate. */
  utf8(row: number): Uint8Array {
    if (!Number.isInteger(row) || row < 0 || row >= this.#count) {
      throw new RangeError(`Names: row must be an integer from 0 to ${this.#count - 1}, got ${row}`);
    }
    return this.#bytes.subarray(this.#start(row), this.#ends[row]);
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let row = 0; row < this.#count; row++) yield this.get(row);
  }

  #start(row: number): number {
    return row === 0 ? 0 : this.#ends[row - 1];
  }

  /** The slot of the name in bytes start .. end: its own where it is known, else the free one where it belongs. */
  #find(start: number, end: number): number {
    const bytes = this.#bytes;
    const mask = this.#slots.length - 1;
    let slot = hash(bytes, start, end) & mask;
    for (;;) {
      const row = this.#slots[slot] - 1;
      if (row < 0 || equal(bytes, this.#start(row), this.#ends[row], start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #reserveBytes(needed: number, where: string): void {
    if (needed <= this.#bytes.length) return;
    if (needed > mostBytes) throw new RangeError(`${where}: all names together take more than ${mostBytes} bytes`);
    this.#bytes = grown(this.#bytes, Math.min(mostBytes, Math.max(needed, Math.ceil(this.#bytes.length * 1.5))));
  }

  /** Spares growing while so many names come. */
  #makeRoom(count: number): void {
    this.#ends = new Uint32Array(Math.max(this.#ends.length, count));
    let slots = this.#slots.length;
    while (count > slots * 0.75) slots *= 2;
    this.#slots = new Uint32Array(slots);
  }

  #rehash(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let row = 0; row < this.#count; row++) this.#slots[this.#find(this.#start(row), this.#ends[row])] = row + 1;
  }
}

function grown<T extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}

function equal(bytes: Uint8Array, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = start, j = otherStart; i < end; i++, j++) if (bytes[i] !== bytes[j]) return false;
  return true;
}

/** FNV-1a over bytes, its bits mixed once more (Murmur3's finalizer), since a table takes the lowest only. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i], 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
