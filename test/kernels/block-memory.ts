import { blockTask, pairBytes, pairSlack } from "../../dist/kernels/block-task.js";
import { aliasTable } from "../../dist/numerics/alias.js";
import { seedKey } from "../../dist/numerics/random.js";

/** A block as a kernel of the pair engine gets it. */
export interface BlockSetup {
  /** Values of the rows and columns, one behind the other. */
  rows: Float32Array;
  columns: Float32Array;
  /** f32 numbers of a row. */
  rowLength: number;
  /** Row, column and weight. */
  pairs: readonly (readonly [number, number, number])[];
  parameters: readonly number[];
  /** Weights of the column part as negatives, and draws a pair. */
  negatives?: { weights: readonly number[]; perPair: number };
  seed?: number;
  pass?: number;
  block?: number;
  first?: number;
  loss?: number;
}

/** Where a block lies in its memory. */
export interface BlockLayout {
  bytes: number;
  /** Arguments of the kernel's `block`. */
  args: [task: number, scratch: number];
  /** What the kernel may use as it likes. */
  scratch: [from: number, to: number];
  /** The tables. */
  floats: [from: number, to: number];
  rows: number;
  columns: number;
  fill(memory: Uint8Array): void;
}

const line = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Lays out a block with room between its pieces, so that a write outside a piece shows. */
export function blockLayout(setup: BlockSetup): BlockLayout {
  const { rows, columns, rowLength, pairs, parameters, negatives, seed = 1, pass = 0, block = 0, first = 0 } = setup;
  const task = 64;
  const scratch = 256;
  const pairsAt = scratch + 1024 + 64;
  const rowsAt = pairsAt + line(pairs.length * pairBytes + pairSlack) + 64;
  const columnsAt = rowsAt + line(rows.byteLength) + 64;
  const tableAt = columnsAt + line(columns.byteLength) + 64;
  const table = aliasTable(negatives?.weights ?? [1]);
  return {
    bytes: tableAt + line(table.byteLength) + 64,
    args: [task, scratch],
    scratch: [scratch, scratch + 1024],
    floats: [rowsAt, columnsAt + columns.byteLength],
    rows: rowsAt,
    columns: columnsAt,
    fill(memory) {
      const { buffer } = memory;
      const fields = new DataView(buffer);
      const set = (offset: number, value: number) => fields.setUint32(task + offset, value, true);
      const [key0, key1] = seedKey(seed);
      const words: [number, number][] = [
        [blockTask.pairs, pairsAt],
        [blockTask.count, pairs.length],
        [blockTask.first, first],
        [blockTask.rows, rowsAt],
        [blockTask.rowStride, 4 * rowLength],
        [blockTask.columns, columnsAt],
        [blockTask.columnStride, 4 * rowLength],
        [blockTask.negatives, tableAt],
        [blockTask.candidates, table.length / 2],
        [blockTask.negativesPerPair, negatives?.perPair ?? 0],
        [blockTask.pass, pass],
        [blockTask.block, block],
        [blockTask.key0, key0],
        [blockTask.key1, key1],
      ];
      for (const [offset, value] of words) set(offset, value);
      fields.setFloat64(task + blockTask.loss, setup.loss ?? 0, true);
      for (const [k, value] of parameters.entries())
        fields.setFloat64(task + blockTask.parameters + 8 * k, value, true);
      for (const [k, [i, j, weight]] of pairs.entries()) {
        fields.setUint16(pairsAt + pairBytes * k, i, true);
        fields.setUint16(pairsAt + pairBytes * k + 2, j, true);
        fields.setFloat32(pairsAt + pairBytes * k + 4, weight, true);
      }
      new Float32Array(buffer, rowsAt).set(rows);
      new Float32Array(buffer, columnsAt).set(columns);
      new Uint32Array(buffer, tableAt).set(table);
    },
  };
}

/** `count` pairs of random rows and columns; `weight` makes their weights. */
export function randomPairs(
  below: (n: number) => number,
  count: number,
  rows: number,
  columns: number,
  weight: () => number = () => 1,
): [number, number, number][] {
  return Array.from({ length: count }, () => [below(rows), below(columns), weight()]);
}
