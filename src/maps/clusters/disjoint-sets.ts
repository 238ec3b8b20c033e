/** Disjoint sets of 0 .. count - 1 (Galler and Fischer 1964): joined by size, with paths halved. */
export class DisjointSets {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;

  /** Each alone in its set. */
  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
    this.#size = new Int32Array(count).fill(1);
  }

  /** A member that stands for the set of `i`. */
  find(i: number): number {
    const parent = this.#parent;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }

  /** Joins the sets of `i` and `j`; false where they are one already. */
  join(i: number, j: number): boolean {
    let [a, b] = [this.find(i), this.find(j)];
    if (a === b) return false;
    if (this.#size[a] < this.#size[b] || (this.#size[a] === this.#size[b] && b < a)) [a, b] = [b, a];
    this.#parent[b] = a;
    this.#size[a] += this.#size[b];
    return true;
  }
}
