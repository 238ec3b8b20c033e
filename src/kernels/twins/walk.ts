/**
 * A walk over arrays of many axes, row by row. Its table, 32-bit integers: the number of axes, at least 1, then for each
 * axis, outermost first, its size, a stride in elements for each operand, and a counter, 0 between walks.
 */
export class Walk {
  /** Size of a row, and the operands' strides in it. */
  readonly size: number;
  readonly strides: readonly number[];
  /** Where the operands' rows begin, in elements, for each row in order. */
  readonly rows: readonly (readonly number[])[];

  constructor(memory: WebAssembly.Memory, table: number, operands: number) {
    const [axes] = new Int32Array(memory.buffer, table, 1);
    const words = operands + 2;
    const records = Array.from({ length: axes }, (_, axis) =>
      Array.from(new Int32Array(memory.buffer, table + 4 + 4 * words * axis, words)),
    );
    const last = records[axes - 1];
    this.size = last[0];
    this.strides = last.slice(1, 1 + operands);
    let rows: number[][] = [new Array<number>(operands).fill(0)];
    for (const [size, ...rest] of records.slice(0, -1)) {
      rows = rows.flatMap((row) =>
        Array.from({ length: size }, (_, k) => row.map((start, operand) => start + k * rest[operand])),
      );
    }
    this.rows = rows;
  }
}
