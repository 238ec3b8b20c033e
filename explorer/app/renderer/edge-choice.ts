import type { VeilShading } from "./pixels/veil.js";
import type { Scene } from "./scene.js";
import { greyed, selected } from "./types.js";

const usualMost = 200_000;

/** What the passes of edges draw: both ends of each, and how strong. Edges of selected items come last. */
export interface EdgeGeometry {
  ends: Float32Array;
  next: Float32Array | null;
  /** [2 E], 255 for full. */
  strengths: Uint8Array;
  drawn: number;
  /** Of selected items, among those. */
  strong: number;
  /** Of all that are drawn together, in units of the map. */
  length: number;
  /** Edges that there are. */
  of: number;
}

/**
 * The first `most` edges, those between greyed items faint. An edge with an end that has no place is not drawn.
 */
export function edgeGeometry({ edges, points, morph, state }: Scene): EdgeGeometry {
  const { positions, dimensions } = points;
  if (edges === null)
    return {
      ends: new Float32Array(0),
      next: null,
      strengths: new Uint8Array(0),
      drawn: 0,
      strong: 0,
      length: 0,
      of: 0,
    };
  const { source, target, weight, total = source.length, most = usualMost } = edges;
  const count = Math.min(most, source.length);
  const ends = new Float32Array(2 * count * dimensions);
  const next = morph === null ? null : new Float32Array(ends.length);
  const strengths = new Uint8Array(2 * count);
  let heaviest = 0;
  if (weight) for (let e = 0; e < count; e++) heaviest = Math.max(heaviest, weight[e]);
  const strengthOf = (e: number) => {
    const share = weight && heaviest > 0 ? 0.35 + 0.65 * (Math.max(0, weight[e]) / heaviest) : 1;
    if (state === null) return Math.round(150 * share);
    const [any, both] = [state[source[e]] | state[target[e]], state[source[e]] & state[target[e]]];
    if ((any & selected) !== 0) return 255;
    return Math.round((both & greyed) !== 0 ? 40 * share : 150 * share);
  };
  let [drawn, strong, length] = [0, 0, 0];
  for (const isStrong of [false, true])
    for (let e = 0; e < count; e++) {
      const strength = strengthOf(e);
      if ((strength === 255) !== isStrong) continue;
      const [from, to] = [source[e] * dimensions, target[e] * dimensions];
      if (!(Number.isFinite(positions[from]) && Number.isFinite(positions[to]))) continue;
      let square = 0;
      const at = 2 * drawn * dimensions;
      for (let axis = 0; axis < dimensions; axis++) {
        ends[at + axis] = positions[from + axis];
        ends[at + dimensions + axis] = positions[to + axis];
        if (next !== null && morph !== null) {
          next[at + axis] = morph.next.positions[from + axis];
          next[at + dimensions + axis] = morph.next.positions[to + axis];
        }
        square += (positions[from + axis] - positions[to + axis]) ** 2;
      }
      strengths.fill(strength, 2 * drawn, 2 * drawn + 2);
      length += Math.sqrt(square);
      drawn++;
      if (isStrong) strong++;
    }
  return {
    ends: ends.subarray(0, 2 * drawn * dimensions),
    next: next?.subarray(0, 2 * drawn * dimensions) ?? null,
    strengths: strengths.subarray(0, 2 * drawn),
    drawn,
    strong,
    length,
    of: Math.max(total, source.length),
  };
}

/** Opacity of the edges of selected items. */
export const strongOpacity = 0.75;
/** Edges up to which each is drawn for itself; more are a veil, whose opacity tells how many cross. */
export const mostSingle = 5000;

/** How often edges lie over each other, on average: `length` of all together and `area` of the map in its units. */
function layersOf(length: number, area: number, scale: number): number {
  return length / (0.6 * Math.max(0.1, area) * scale); // a line is a pixel wide
}

/**
 * Opacity of single edges of full strength: where they lie over each other many times, little, so that they do not hide the
 * points. `scale` are the pixels of a unit of the map.
 */
export function edgeOpacity(length: number, area: number, scale: number): number {
  return Math.min(0.6, Math.max(0.1, 0.9 / Math.max(1, layersOf(length, area, scale))));
}

/** How a veil of many edges is shown: several times the usual number of layers are as opaque as it gets. */
export function edgeVeil(length: number, area: number, scale: number): VeilShading {
  return { most: Math.max(2, 6 * layersOf(length, area, scale)), least: 0.12, ceiling: 0.6 };
}
