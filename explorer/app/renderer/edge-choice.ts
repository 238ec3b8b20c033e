import type { Scene } from "./scene.js";
import { greyed, selected } from "./types.js";

const usualMost = 200_000;

/** What the pass of edges draws: both ends of each, and how strong. */
export interface EdgeGeometry {
  ends: Float32Array;
  next: Float32Array | null;
  /** [2 E], 255 for full. */
  strengths: Uint8Array;
  drawn: number;
  /** Of all that are drawn together, in units of the map. */
  length: number;
  /** Edges that there are. */
  of: number;
}

/**
 * The first `most` edges, those from selected items the strongest, those between greyed ones faint. An edge with an end that
 * has no place is not drawn.
 */
export function edgeGeometry({ edges, points, morph, state }: Scene): EdgeGeometry {
  const { positions, dimensions } = points;
  if (edges === null)
    return { ends: new Float32Array(0), next: null, strengths: new Uint8Array(0), drawn: 0, length: 0, of: 0 };
  const { source, target, weight, total = source.length, most = usualMost } = edges;
  const count = Math.min(most, source.length);
  const ends = new Float32Array(2 * count * dimensions);
  const next = morph === null ? null : new Float32Array(ends.length);
  const strengths = new Uint8Array(2 * count);
  let heaviest = 0;
  if (weight) for (let e = 0; e < count; e++) heaviest = Math.max(heaviest, weight[e]);
  let drawn = 0;
  let length = 0;
  for (let e = 0; e < count; e++) {
    const [from, to] = [source[e], target[e]];
    const known = Number.isFinite(positions[from * dimensions]) && Number.isFinite(positions[to * dimensions]);
    if (!known) continue;
    const share = weight && heaviest > 0 ? 0.35 + 0.65 * (Math.max(0, weight[e]) / heaviest) : 1;
    let strength = Math.round(150 * share);
    if (state !== null) {
      const [any, both] = [state[from] | state[to], state[from] & state[to]];
      if ((any & selected) !== 0) strength = 255;
      else if ((both & greyed) !== 0) strength = Math.round(strength / 4);
    }
    for (const [side, row] of [from, to].entries()) {
      for (let axis = 0; axis < dimensions; axis++) {
        ends[(2 * drawn + side) * dimensions + axis] = positions[row * dimensions + axis];
        if (next !== null && morph !== null)
          next[(2 * drawn + side) * dimensions + axis] = morph.next.positions[row * dimensions + axis];
      }
      strengths[2 * drawn + side] = strength;
    }
    let square = 0;
    for (let axis = 0; axis < dimensions; axis++)
      square += (positions[from * dimensions + axis] - positions[to * dimensions + axis]) ** 2;
    length += Math.sqrt(square);
    drawn++;
  }
  return {
    ends: ends.subarray(0, 2 * drawn * dimensions),
    next: next?.subarray(0, 2 * drawn * dimensions) ?? null,
    strengths: strengths.subarray(0, 2 * drawn),
    drawn,
    length,
    of: Math.max(total, source.length),
  };
}

/**
 * Opacity of edges of full strength under a view: where they lie over each other many times, little, so that the veil of them
 * does not hide the points. `length` is of all edges together, in units of the map.
 */
export function edgeOpacity(length: number, scale: number): number {
  // All of the map is about 2 x 2 units; a line is a pixel wide.
  const layers = length / (2.5 * scale);
  return Math.min(0.6, Math.max(0.02, 0.9 / Math.max(1, layers)));
}
