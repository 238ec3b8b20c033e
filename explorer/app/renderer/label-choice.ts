import type { View } from "./camera.js";
import type { Picking } from "./picking.js";
import type { Scene } from "./scene.js";

/** Rows that are looked at in the order of importance before the view is searched instead. */
const mostTried = 50_000;

/**
 * The most important rows in view, at most `count`, in order. Where much of the map is in view the first rows are tried one
 * by one; where little is, those in view are gathered and sorted.
 */
export function importantInView(scene: Scene, picking: Picking, view: View, count: number): number[] {
  const order = scene.labels?.order;
  const total = order?.length ?? scene.count;
  const found: number[] = [];
  const tried = Math.min(total, mostTried);
  for (let k = 0; k < tried && found.length < count; k++) {
    const row = order === undefined ? k : order[k];
    const place = scene.placeOf(row, view);
    if (place !== null && place.x >= 0 && place.y >= 0 && place.x <= view.width && place.y <= view.height)
      found.push(row);
  }
  if (found.length === count || tried === total) return found;
  const rows = picking.inView(scene.located, view) ?? new Uint32Array(0);
  if (order === undefined) return Array.from(rows.sort().subarray(0, count));
  const ranks = scene.labelRanks();
  const ranked = Array.from(rows).filter((row) => ranks[row] < total);
  return ranked.sort((a, b) => ranks[a] - ranks[b]).slice(0, count);
}
