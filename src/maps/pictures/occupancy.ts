import type { Box } from "./frame.js";

/** Side of a cell in pixels. */
export const cell = 2;

/** What is taken of a rectangle, by cells. */
export class Grid {
  readonly #within: Box;
  readonly #columns: number;
  readonly #rows: number;
  readonly #taken: Uint8Array;

  constructor(within: Box) {
    this.#within = within;
    this.#columns = Math.max(0, Math.ceil(within.width / cell));
    this.#rows = Math.max(0, Math.ceil(within.height / cell));
    this.#taken = new Uint8Array(this.#columns * this.#rows);
  }

  /** Whether a box lies inside and none of its cells is taken. */
  isFree(box: Box): boolean {
    const { x, y, width, height } = this.#within;
    if (box.x < x || box.y < y || box.x + box.width > x + width || box.y + box.height > y + height) return false;
    const [left, top, right, bottom] = this.#cells(box);
    for (let row = top; row < bottom; row++) {
      const start = row * this.#columns;
      if (this.#taken.subarray(start + left, start + right).includes(1)) return false;
    }
    return true;
  }

  take(box: Box): void {
    const [left, top, right, bottom] = this.#cells(box);
    for (let row = top; row < bottom; row++) {
      const start = row * this.#columns;
      if (right > left) this.#taken.fill(1, start + left, start + right);
    }
  }

  /** The cells that a box touches: columns and rows, the last ones excluded. */
  #cells(box: Box): [number, number, number, number] {
    const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
    return [
      clamp(Math.floor((box.x - this.#within.x) / cell), this.#columns),
      clamp(Math.floor((box.y - this.#within.y) / cell), this.#rows),
      clamp(Math.ceil((box.x + box.width - this.#within.x) / cell), this.#columns),
      clamp(Math.ceil((box.y + box.height - this.#within.y) / cell), this.#rows),
    ];
  }
}

/** How many points lie in any box, by sums over the cells above and left of it. */
export class PointCounts {
  readonly #within: Box;
  readonly #columns: number;
  readonly #rows: number;
  /** [rows + 1, columns + 1] */
  readonly #sums: Uint32Array;

  constructor(within: Box, points: Float64Array) {
    this.#within = within;
    this.#columns = Math.max(1, Math.ceil(within.width / cell));
    this.#rows = Math.max(1, Math.ceil(within.height / cell));
    const stride = this.#columns + 1;
    const sums = new Uint32Array(stride * (this.#rows + 1));
    for (let i = 0; i + 1 < points.length; i += 2) {
      const column = Math.floor((points[i] - within.x) / cell);
      const row = Math.floor((points[i + 1] - within.y) / cell);
      if (column < 0 || row < 0 || column >= this.#columns || row >= this.#rows) continue;
      sums[(row + 1) * stride + column + 1]++;
    }
    for (let row = 1; row <= this.#rows; row++)
      for (let column = 1; column <= this.#columns; column++) {
        const at = row * stride + column;
        sums[at] += sums[at - 1] + sums[at - stride] - sums[at - stride - 1];
      }
    this.#sums = sums;
  }

  within(box: Box): number {
    const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
    const left = clamp(Math.floor((box.x - this.#within.x) / cell), this.#columns);
    const top = clamp(Math.floor((box.y - this.#within.y) / cell), this.#rows);
    const right = clamp(Math.ceil((box.x + box.width - this.#within.x) / cell), this.#columns);
    const bottom = clamp(Math.ceil((box.y + box.height - this.#within.y) / cell), this.#rows);
    const stride = this.#columns + 1;
    const sum = (row: number, column: number) => this.#sums[row * stride + column];
    return sum(bottom, right) - sum(top, right) - sum(bottom, left) + sum(top, left);
  }
}
