/** Points of an average cell. */
const pointsPerCell = 16;
const mostCells = 256;

/**
 * Rows of points by the cells of a square grid over [low, high] of their x and y, cell by cell and within a cell in
 * ascending order: what is in a part of the plane is found without looking at the rest. Points that are not finite are in
 * no cell.
 */
export interface PointGrid {
  /** Cells of a side. */
  side: number;
  low: readonly [number, number];
  /** Width and height of a cell. */
  step: readonly [number, number];
  /** [side * side + 1]: the rows of cell k are rows[starts[k]] .. rows[starts[k + 1] - 1]; cells run along x first. */
  starts: Uint32Array;
  rows: Uint32Array;
}

/** Of points with their x and y at `stride * i` and `stride * i + 1`; two passes, a counting sort. */
export function pointGrid(positions: Float32Array, stride: number): PointGrid {
  const count = Math.floor(positions.length / stride);
  const side = Math.min(mostCells, Math.max(1, Math.ceil(Math.sqrt(count / pointsPerCell))));
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < count * stride; at += stride) {
    const x = positions[at];
    const y = positions[at + 1];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  if (x0 > x1) [x0, y0, x1, y1] = [0, 0, 0, 0];
  const step = [(x1 - x0) / side || 1, (y1 - y0) / side || 1] as const;
  const cells = new Uint32Array(count);
  const starts = new Uint32Array(side * side + 2);
  const none = side * side;
  for (let i = 0; i < count; i++) {
    const x = positions[i * stride];
    const y = positions[i * stride + 1];
    const column = Math.min(side - 1, Math.floor((x - x0) / step[0]));
    const row = Math.min(side - 1, Math.floor((y - y0) / step[1]));
    const at = row * side + column;
    const cell = Number.isNaN(at) ? none : at;
    cells[i] = cell;
    starts[cell + 1]++;
  }
  for (let k = 0; k <= none; k++) starts[k + 1] += starts[k];
  const next = starts.slice();
  const rows = new Uint32Array(starts[none]);
  for (let i = 0; i < count; i++) {
    const cell = cells[i];
    if (cell !== none) rows[next[cell]++] = i;
  }
  return { side, low: [x0, y0], step, starts: starts.subarray(0, none + 1), rows };
}

/** Ranges [start, end) of `grid.rows` that cover all points of a rectangle and not many others, row of cells by row. */
export function rangesWithin(grid: PointGrid, x0: number, y0: number, x1: number, y1: number): [number, number][] {
  const { side, low, step, starts, rows } = grid;
  const cellOf = (value: number, axis: 0 | 1) =>
    Math.min(side - 1, Math.max(0, Math.floor((value - low[axis]) / step[axis])));
  // Half a cell more: a division by a rounded step may end in the cell beside.
  const [left, right] = [cellOf(x0 - step[0] / 2, 0), cellOf(x1 + step[0] / 2, 0)];
  const [bottom, top] = [cellOf(y0 - step[1] / 2, 1), cellOf(y1 + step[1] / 2, 1)];
  if (left === 0 && right === side - 1 && bottom === 0 && top === side - 1) return [[0, rows.length]];
  const ranges: [number, number][] = [];
  for (let row = bottom; row <= top; row++) {
    const [start, end] = [starts[row * side + left], starts[row * side + right + 1]];
    const last = ranges.at(-1);
    if (start === end) continue;
    if (last !== undefined && last[1] === start) last[1] = end;
    else ranges.push([start, end]);
  }
  return ranges;
}
