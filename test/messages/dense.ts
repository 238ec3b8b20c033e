import type { Graph } from "../../dist/messages/graph.js";
import type { Operator } from "../../dist/messages/operators/operator.js";
import { spmmHere } from "../../dist/messages/spmm.js";

export type Dense = number[][];

/** The adjacency matrix of a graph. */
export function adjacency({ rows }: Graph): Dense {
  const { numRows, numColumns, offsets, indices, values } = rows;
  const dense = Array.from({ length: numRows }, () => new Array<number>(numColumns).fill(0));
  for (let i = 0; i < numRows; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) dense[i][indices[k]] += values?.[k] ?? 1;
  }
  return dense;
}

/** The matrix of an operator: its image of the identity. */
export function matrixOf(operator: Operator): Dense {
  const { rows, memory, precision } = operator;
  const { numRows, numColumns } = rows;
  const size = precision === "f32" ? 4 : 8;
  const mark = memory.mark();
  const x = memory.allocate(size * numColumns * numColumns);
  const y = memory.allocate(size * numRows * numColumns);
  const identity = memory[precision](x, numColumns * numColumns).fill(0);
  for (let j = 0; j < numColumns; j++) identity[j * numColumns + j] = 1;
  spmmHere(operator, x, y, { width: numColumns });
  const image = Array.from(memory[precision](y, numRows * numColumns));
  memory.release(mark);
  return Array.from({ length: numRows }, (_, i) => image.slice(i * numColumns, (i + 1) * numColumns));
}

export function transposed(matrix: Dense): Dense {
  return matrix[0].map((_, j) => matrix.map((row) => row[j]));
}

/** The largest difference of two matrices. */
export function gap(a: Dense, b: Dense): number {
  return Math.max(0, ...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i][j]))));
}

/** Eigenvalues and orthonormal eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations. */
export function eigen(symmetric: Dense): { values: number[]; vectors: Dense } {
  const n = symmetric.length;
  const a = symmetric.map((row) => [...row]);
  const v: Dense = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let rest = Number.POSITIVE_INFINITY; rest > 1e-15; ) {
    rest = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        rest = Math.max(rest, Math.abs(a[p][q]));
        if (Math.abs(a[p][q]) < 1e-17) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        for (let k = 0; k < n; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
        for (let k = 0; k < n; k++) [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
      }
    }
  }
  return { values: a.map((row, i) => row[i]), vectors: v };
}

/** f of a symmetric matrix: V f(values) V'. */
export function functionOf(symmetric: Dense, f: (value: number) => number): Dense {
  const { values, vectors } = eigen(symmetric);
  const images = values.map(f);
  return vectors.map((row) => vectors.map((other) => row.reduce((sum, x, k) => sum + x * images[k] * other[k], 0)));
}
