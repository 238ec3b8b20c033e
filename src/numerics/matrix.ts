/**
 * Matrices that callers hand in: features of N things, one a row, all of them (dense) or only those that are not 0
 * (sparse). Below are the few products that the regressions are made of, row by row, in f64 and in the order of the
 * columns, so that a sparse matrix and its dense twin give the same sums.
 */

/** A dense matrix [N, D], row-major. */
export interface DenseMatrix {
  /** N. */
  rows: number;
  /** D. */
  columns: number;
  values: Float32Array | Float64Array;
}

/** A matrix [N, D] in compressed sparse rows: row i has the values starts[i] to starts[i + 1], exclusive. */
export interface SparseMatrix {
  /** N. */
  rows: number;
  /** D. */
  columns: number;
  values: Float32Array | Float64Array;
  /** Where each row begins among the values, and the end: [N + 1]. */
  starts: ArrayLike<number>;
  /** The column of each value, ascending within a row. */
  indices: ArrayLike<number>;
}

export type Matrix = DenseMatrix | SparseMatrix;

export function isSparse(matrix: Matrix): matrix is SparseMatrix {
  return "starts" in matrix;
}

/**
 * Refuses what is no matrix, and NaN and infinities, with row and column. Throws RangeError on behalf of the function
 * `where`, in which the matrix is called `name`.
 */
export function checkMatrix(where: string, name: string, matrix: Matrix): void {
  const { rows, columns, values } = matrix;
  for (const [what, value] of [
    ["rows", rows],
    ["columns", columns],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`${where}: ${name}.${what} must be an integer >= 1, got ${value}`);
    }
  }
  if (isSparse(matrix)) checkSparsity(where, name, matrix);
  else if (values.length !== rows * columns) {
    throw new RangeError(
      `${where}: ${name} must have ${rows} x ${columns} = ${rows * columns} values, got ${values.length}`,
    );
  }
  for (let at = 0; at < values.length; at++) {
    if (!Number.isFinite(values[at])) {
      const { row, column } = placeOf(matrix, at);
      throw new RangeError(`${where}: ${name} must be finite, got ${values[at]} in row ${row}, column ${column}`);
    }
  }
}

function checkSparsity(where: string, name: string, { rows, columns, values, starts, indices }: SparseMatrix): void {
  if (starts.length !== rows + 1) {
    throw new RangeError(`${where}: ${name}.starts must have ${rows + 1} entries, got ${starts.length}`);
  }
  if (indices.length !== values.length) {
    throw new RangeError(
      `${where}: ${name} must have as many indices as values, got ${indices.length} and ${values.length}`,
    );
  }
  if (starts[0] !== 0 || starts[rows] !== values.length) {
    throw new RangeError(
      `${where}: ${name}.starts must run from 0 to ${values.length}, got ${starts[0]} to ${starts[rows]}`,
    );
  }
  for (let row = 0; row < rows; row++) {
    if (!(starts[row] <= starts[row + 1]) || !Number.isInteger(starts[row])) {
      throw new RangeError(
        `${where}: ${name}.starts must be integers that do not fall, got ${starts[row]}, ${starts[row + 1]} for row ${row}`,
      );
    }
  }
  for (let row = 0; row < rows; row++) {
    for (let at = starts[row], least = 0; at < starts[row + 1]; at++) {
      const column = indices[at];
      if (!Number.isInteger(column) || column < least || column >= columns) {
        throw new RangeError(
          `${where}: ${name}.indices must be ascending integers below ${columns} in each row, got ${column} in row ${row}`,
        );
      }
      least = column + 1;
    }
  }
}

/** Row and column of the value `at`. */
function placeOf(matrix: Matrix, at: number): { row: number; column: number } {
  if (!isSparse(matrix)) return { row: Math.floor(at / matrix.columns), column: at % matrix.columns };
  let row = 0;
  while (matrix.starts[row + 1] <= at) row++;
  return { row, column: matrix.indices[at] };
}

/** Row `row` written out: `into`, [D]. */
export function readRow(matrix: Matrix, row: number, into: Float64Array): void {
  const { columns, values } = matrix;
  if (isSparse(matrix)) {
    into.fill(0);
    const end = matrix.starts[row + 1];
    for (let at = matrix.starts[row]; at < end; at++) into[matrix.indices[at]] = values[at];
  } else {
    for (let d = 0; d < columns; d++) into[d] = values[row * columns + d];
  }
}

/** sum_d x[row, d] vector[d]; the vector is [D]. */
export function rowDot(matrix: Matrix, row: number, vector: Float64Array): number {
  const { columns, values } = matrix;
  let sum = 0;
  if (isSparse(matrix)) {
    const end = matrix.starts[row + 1];
    for (let at = matrix.starts[row]; at < end; at++) sum += values[at] * vector[matrix.indices[at]];
  } else {
    for (let d = 0; d < columns; d++) sum += values[row * columns + d] * vector[d];
  }
  return sum;
}

/** sums[c] += sum_d x[row, d] weights[d, c]; weights are [D, C], `sums` is [C]. */
export function addRowTimes(matrix: Matrix, row: number, weights: Float64Array, sums: Float64Array): void {
  const { columns, values } = matrix;
  const width = sums.length;
  if (isSparse(matrix)) {
    const end = matrix.starts[row + 1];
    for (let at = matrix.starts[row]; at < end; at++) {
      const value = values[at];
      const start = matrix.indices[at] * width;
      for (let c = 0; c < width; c++) sums[c] += value * weights[start + c];
    }
  } else {
    for (let d = 0, start = 0; d < columns; d++, start += width) {
      const value = values[row * columns + d];
      for (let c = 0; c < width; c++) sums[c] += value * weights[start + c];
    }
  }
}

/** sums[d, c] += x[row, d] factors[c]: one row's part of X^T times a matrix [N, C]; `sums` is [D, C] or longer. */
export function addRowTransposedTimes(matrix: Matrix, row: number, factors: Float64Array, sums: Float64Array): void {
  const { columns, values } = matrix;
  const width = factors.length;
  if (isSparse(matrix)) {
    const end = matrix.starts[row + 1];
    for (let at = matrix.starts[row]; at < end; at++) {
      const value = values[at];
      const start = matrix.indices[at] * width;
      for (let c = 0; c < width; c++) sums[start + c] += value * factors[c];
    }
  } else {
    for (let d = 0, start = 0; d < columns; d++, start += width) {
      const value = values[row * columns + d];
      for (let c = 0; c < width; c++) sums[start + c] += value * factors[c];
    }
  }
}
