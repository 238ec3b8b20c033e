/**
 * The distinct signatures of one round: a color, and the sorted keys of what surrounds it, which lie at start .. end - 1
 * of `keys`. They are compared whole; a hash only finds candidates.
 */
export class Signatures {
  keys: Float64Array;
  count = 0;
  #used = 0; // keys that were copied
  #slots = new Int32Array(64).fill(-1); // open addressing, at most half full
  #hashes = new Int32Array(32);
  #colors = new Uint32Array(32);
  #starts = new Float64Array(32);
  #ends = new Float64Array(32);

  constructor(keys: Float64Array) {
    this.keys = keys;
  }

  /** The number of a signature, in order of first appearance; the keys of a new one must stay where they are. */
  add(color: number, start: number, end: number): number {
    const hash = this.#hash(color, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot] >= 0; slot = (slot + 1) & mask) {
      const other = this.#slots[slot];
      if (this.#hashes[other] === hash && this.#equals(other, color, start, end)) return other;
    }
    if (this.count === this.#hashes.length) {
      this.#grow();
      return this.add(color, start, end);
    }
    this.#slots[slot] = this.count;
    this.#hashes[this.count] = hash;
    this.#colors[this.count] = color;
    this.#starts[this.count] = start;
    this.#ends[this.count] = end;
    return this.count++;
  }

  /** The same for keys that lie elsewhere: those of a new signature are appended. Not to be mixed with `add`. */
  addCopy(color: number, keys: ArrayLike<number>): number {
    const end = this.#used + keys.length;
    if (end > this.keys.length) {
      const larger = new Float64Array(2 * end);
      larger.set(this.keys.subarray(0, this.#used));
      this.keys = larger;
    }
    this.keys.set(keys, this.#used);
    const { count } = this;
    const signature = this.add(color, this.#used, end);
    if (signature === count) this.#used = end;
    return signature;
  }

  colorOf(signature: number): number {
    return this.#colors[signature];
  }

  /** All signatures by color, then number of keys, then keys: an order that no numbering of nodes changes. */
  sorted(): Uint32Array {
    return Uint32Array.from({ length: this.count }, (_, i) => i).sort((a, b) => this.#compare(a, b));
  }

  #hash(color: number, start: number, end: number): number {
    let hash = Math.imul(color + 1, 0x9e3779b1);
    for (let i = start; i < end; i++) {
      const key = this.keys[i];
      hash = Math.imul(hash ^ key, 0x85ebca6b) ^ (key / 2 ** 32);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (end - start), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  #equals(other: number, color: number, start: number, end: number): boolean {
    const from = this.#starts[other];
    if (this.#colors[other] !== color || this.#ends[other] - from !== end - start) return false;
    for (let i = 0; i < end - start; i++) {
      if (this.keys[from + i] !== this.keys[start + i]) return false;
    }
    return true;
  }

  #compare(a: number, b: number): number {
    if (this.#colors[a] !== this.#colors[b]) return this.#colors[a] - this.#colors[b];
    const [startA, startB] = [this.#starts[a], this.#starts[b]];
    const length = this.#ends[a] - startA;
    if (length !== this.#ends[b] - startB) return length - (this.#ends[b] - startB);
    for (let i = 0; i < length; i++) {
      const difference = this.keys[startA + i] - this.keys[startB + i];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #grow(): void {
    const size = 2 * this.#hashes.length;
    this.#hashes = longer(this.#hashes, new Int32Array(size));
    this.#colors = longer(this.#colors, new Uint32Array(size));
    this.#starts = longer(this.#starts, new Float64Array(size));
    this.#ends = longer(this.#ends, new Float64Array(size));
    this.#slots = new Int32Array(2 * size).fill(-1);
    const mask = 2 * size - 1;
    for (let i = 0; i < this.count; i++) {
      let slot = this.#hashes[i] & mask;
      while (this.#slots[slot] >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = i;
    }
  }
}

function longer<T extends Int32Array | Uint32Array | Float64Array>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}
