import { project, type View } from "./camera.js";
import { type PointGrid, pointGrid, rangesWithin } from "./point-grid.js";
import { regionTest } from "./region.js";
import type { Region } from "./types.js";

/**
 * What of the points lies where on the screen. Flat points are looked up in the grid of their own coordinates, which holds
 * for every camera; others in a grid over their places on the screen, made once for a camera, when first asked.
 */
export class Picking {
  #places: { positions: Float32Array; view: View; screen: Float32Array; grid: PointGrid } | null = null;

  /** The row nearest to (x, y) whose point is at most `reach` pixels away, of equals the nearer to the eye; or null. */
  pick(points: Points, view: View, x: number, y: number, reach: number): number | null {
    let [best, least, nearest] = [-1, reach * reach, Number.POSITIVE_INFINITY];
    this.#eachWithin(points, view, [x - reach, y - reach, x + reach, y + reach], (row, px, py, w) => {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least || (distance === least && w < nearest)) [best, least, nearest] = [row, distance, w];
      return false;
    });
    return best < 0 ? null : best;
  }

  /** Rows inside a region of the screen, in ascending order. */
  rowsIn(points: Points, view: View, region: Region): Uint32Array {
    const { bounds, contains } = regionTest(region);
    const inside = new Uint8Array(points.positions.length / points.dimensions);
    let count = 0;
    this.#eachWithin(points, view, bounds, (row, x, y) => {
      if (contains(x, y)) {
        inside[row] = 1;
        count++;
      }
      return false;
    });
    const rows = new Uint32Array(count);
    let next = 0;
    for (let row = 0; next < count; row++) if (inside[row] === 1) rows[next++] = row;
    return rows;
  }

  /** Rows in view, in no order; null if there are more than `most`. */
  inView(points: Points, view: View, most = Number.POSITIVE_INFINITY): Uint32Array | null {
    const rows: number[] = [];
    const { width, height } = view;
    this.#eachWithin(points, view, [0, 0, width, height], (row, x, y) => {
      if (x >= 0 && y >= 0 && x <= width && y <= height) rows.push(row);
      return rows.length > most;
    });
    return rows.length > most ? null : Uint32Array.from(rows);
  }

  /** Until `visit` returns true. */
  #eachWithin(
    { positions, dimensions, grid }: Points,
    view: View,
    [x0, y0, x1, y1]: readonly [number, number, number, number],
    visit: (row: number, x: number, y: number, w: number) => boolean,
  ): void {
    if (dimensions === 2) {
      const { center, scale, width, height } = view;
      const [left, right] = [center[0] + (x0 - width / 2) / scale, center[0] + (x1 - width / 2) / scale];
      const [bottom, top] = [center[1] + (height / 2 - y1) / scale, center[1] + (height / 2 - y0) / scale];
      for (const [start, end] of rangesWithin(grid, left, bottom, right, top))
        for (let k = start; k < end; k++) {
          const row = grid.rows[k];
          const x = width / 2 + (positions[2 * row] - center[0]) * scale;
          const y = height / 2 - (positions[2 * row + 1] - center[1]) * scale;
          if (visit(row, x, y, 1)) return;
        }
      return;
    }
    const { screen, grid: cells } = this.#onScreen(positions, view);
    for (const [start, end] of rangesWithin(cells, x0, y0, x1, y1))
      for (let k = start; k < end; k++) {
        const row = cells.rows[k];
        if (visit(row, screen[3 * row], screen[3 * row + 1], screen[3 * row + 2])) return;
      }
  }

  #onScreen(positions: Float32Array, view: View) {
    if (this.#places !== null && this.#places.positions === positions && this.#places.view === view)
      return this.#places;
    const screen = new Float32Array(positions.length);
    const place = new Float64Array(3);
    for (let at = 0; at < positions.length; at += 3) {
      project(view, positions[at], positions[at + 1], positions[at + 2], place);
      // What is behind the eye or outside the view is nowhere, so that the cells are those of what is seen.
      const seen = place[2] > 0 && place[0] >= 0 && place[1] >= 0 && place[0] <= view.width && place[1] <= view.height;
      screen[at] = seen ? place[0] : Number.NaN;
      screen[at + 1] = seen ? place[1] : Number.NaN;
      screen[at + 2] = place[2];
    }
    this.#places = { positions, view, screen, grid: pointGrid(screen, 3) };
    return this.#places;
  }
}

export interface Points {
  /** [N, dimensions] in units of the map. */
  positions: Float32Array;
  dimensions: 2 | 3;
  /** Of flat points. */
  grid: PointGrid;
}
