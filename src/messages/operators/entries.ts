import { weighting } from "../../kernels/twins/spmm.js";
import { Rows } from "../rows.js";
import { Operator } from "./operator.js";

/** An operator entry by entry: row to[k] of its image gets coefficients[k] times row from[k], and each row its own. */
export interface OperatorEntries {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly coefficients: Float64Array;
  /** What rows of a square operator get of themselves; null for nothing. */
  readonly diagonal: Float64Array | null;
}

/** The entries of an operator, in the order of its rows. */
export function entriesOf(operator: Operator): OperatorEntries {
  const { rows, memory, mode, precision, coefficientsAt, afterAt, diagonalAt } = operator;
  const { numRows, numColumns, numEntries, offsets } = rows;
  const listAt = (at: number, length: number) => (at === 0 ? null : Float64Array.from(memory[precision](at, length)));
  const from = rows.indices.slice();
  const to = new Uint32Array(numEntries);
  for (let i = 0; i < numRows; i++) to.fill(i, offsets[i], offsets[i + 1]);
  const given = listAt(coefficientsAt, mode === weighting.byColumn ? numColumns : numEntries);
  const after = listAt(afterAt, numRows);
  const coefficients = Float64Array.from(
    from,
    (j, k) => (given?.[mode === weighting.byColumn ? j : k] ?? 1) * (after?.[to[k]] ?? 1),
  );
  return { from, to, coefficients, diagonal: listAt(diagonalAt, numRows) };
}

/**
 * Some rows of an operator as an operator in the same memory, [nodes.length, columns]: what it gives for these nodes alone.
 * `nodes` are numbers of rows, any number of times.
 */
export function selectRows(operator: Operator, nodes: ArrayLike<number>): Operator {
  const { from, coefficients, diagonal } = entriesOf(operator);
  const { offsets, numColumns } = operator.rows;
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const i of Array.from(nodes)) {
    const own = new Map<number, number>();
    for (let k = offsets[i]; k < offsets[i + 1]; k++) own.set(from[k], (own.get(from[k]) ?? 0) + coefficients[k]);
    if (diagonal !== null) own.set(i, (own.get(i) ?? 0) + diagonal[i]);
    for (const [column, value] of [...own].sort(([a], [b]) => a - b)) {
      indices.push(column);
      values.push(value);
    }
    starts.push(indices.length);
  }
  const matrix = { rows: nodes.length, columns: numColumns, starts, indices, values: Float64Array.from(values) };
  return new Operator(Rows.from(matrix, operator.memory), { precision: operator.precision });
}
