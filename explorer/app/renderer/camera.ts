import type { Camera } from "./types.js";

/** Everything in view, from the front. */
export const startCamera: Camera = { center: [0, 0, 0], zoom: 1, azimuth: 0, elevation: 0, perspective: true };

/** Beyond this, the steps of single precision would be seen. */
export const mostZoom = 50_000;
export const leastZoom = 0.2;
/** Pixels at each side that the points leave free at zoom 1, for what is drawn and written at them, and at most that share. */
const [margin, mostMargin] = [36, 0.12];
/** Distance of the eye from the center at zoom 1, in units of the map. */
const eyeDistance = 3.2;

export interface ViewSize {
  width: number;
  height: number;
}

/**
 * How places become pixels under a camera: e = R (p - center), then right and up from the middle by e.xy * scale / w, with
 * w = 1 - e.z / distance in perspective, so that what is at the center has the same scale at any distance.
 */
export interface View extends ViewSize {
  center: readonly [number, number, number];
  /** Pixels of a unit of the map at the center. */
  scale: number;
  /** Rows of the rotation: right, up, towards the eye. */
  right: readonly [number, number, number];
  up: readonly [number, number, number];
  toward: readonly [number, number, number];
  /** Units of the map from the center to the eye; infinite where there is no perspective. */
  distance: number;
}

/** `halves` is what must be seen of flat points at zoom 1, about the middle; of others, which turn, all within 1. */
export function viewOf(
  camera: Camera,
  { width, height }: ViewSize,
  dimensions: 2 | 3,
  halves: readonly [number, number] = [1, 1],
): View {
  const { center, zoom, azimuth, elevation, perspective } = camera;
  const [across, up] = dimensions === 2 ? halves : [1, 1];
  const inner = (side: number) => Math.max(1, side - 2 * Math.min(margin, mostMargin * side));
  // A map that is flat as a line is shown as if it were a tenth as high as wide.
  const fits = Math.min(inner(width) / Math.max(0.1, across), inner(height) / Math.max(0.1, up));
  const scale = (zoom * fits) / 2;
  if (dimensions === 2) {
    const [right, up, toward] = [[1, 0, 0] as const, [0, 1, 0] as const, [0, 0, 1] as const];
    return { width, height, center: [center[0], center[1], 0], scale, right, up, toward, distance: Infinity };
  }
  const [ca, sa, ce, se] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
  return {
    width,
    height,
    center,
    scale,
    right: [ca, 0, -sa],
    up: [-sa * se, ce, -ca * se],
    toward: [sa * ce, se, ca * ce],
    distance: perspective ? eyeDistance / zoom : Infinity,
  };
}

/** x, y in pixels and w of a place; w <= 0 behind the eye. */
export function project(view: View, x: number, y: number, z: number, out: Float64Array): void {
  const { center, right, up, toward, scale } = view;
  const dx = x - center[0];
  const dy = y - center[1];
  const dz = z - center[2];
  const w = 1 - (toward[0] * dx + toward[1] * dy + toward[2] * dz) / view.distance;
  out[0] = view.width / 2 + ((right[0] * dx + right[1] * dy + right[2] * dz) * scale) / w;
  out[1] = view.height / 2 - ((up[0] * dx + up[1] * dy + up[2] * dz) * scale) / w;
  out[2] = w;
}

/** The place at pixels (x, y), at the depth of the center. */
export function unproject(view: View, x: number, y: number): [number, number, number] {
  const { center, right, up, scale } = view;
  const [a, b] = [(x - view.width / 2) / scale, (view.height / 2 - y) / scale];
  return [0, 1, 2].map((axis) => center[axis] + a * right[axis] + b * up[axis]) as [number, number, number];
}

/** Column-major 4 x 4 matrix from p - center to clip space. Depth is 0: nothing is hidden by depth, order decides. */
export function clipMatrix({ right, up, toward, width, height, scale, distance }: View): Float32Array {
  const [sx, sy] = [(2 * scale) / width, (2 * scale) / height];
  const matrix = new Float32Array(16);
  for (let axis = 0; axis < 3; axis++) {
    matrix[4 * axis] = sx * right[axis];
    matrix[4 * axis + 1] = sy * up[axis];
    matrix[4 * axis + 3] = -toward[axis] / distance;
  }
  matrix[15] = 1;
  return matrix;
}

/** The camera after its content was dragged by (dx, dy) pixels. */
export function panned(camera: Camera, view: View, dx: number, dy: number): Camera {
  return { ...camera, center: unproject(view, view.width / 2 - dx, view.height / 2 - dy) };
}

/** Zoomed by a factor so that what is at (x, y) stays there. */
export function zoomed(camera: Camera, view: View, factor: number, x: number, y: number): Camera {
  const zoom = Math.min(mostZoom, Math.max(leastZoom, camera.zoom * factor));
  const kept = unproject(view, x, y);
  const share = camera.zoom / zoom;
  const center = camera.center.map((value, axis) => kept[axis] + (value - kept[axis]) * share);
  return { ...camera, zoom, center: center as [number, number, number] };
}

/** Turned by a drag of (dx, dy) pixels: half a turn for the shorter side; never over the poles. */
export function orbited(camera: Camera, view: View, dx: number, dy: number): Camera {
  const turn = Math.PI / Math.max(1, Math.min(view.width, view.height));
  const azimuth = (camera.azimuth - dx * turn) % (2 * Math.PI);
  const elevation = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, camera.elevation + dy * turn));
  return { ...camera, azimuth, elevation };
}

/** Whether two cameras show the same. */
export function isSame(a: Camera, b: Camera): boolean {
  return (
    a.zoom === b.zoom &&
    a.azimuth === b.azimuth &&
    a.elevation === b.elevation &&
    a.perspective === b.perspective &&
    a.center.every((value, axis) => value === b.center[axis])
  );
}

/** Between two cameras; zoom by its logarithm, angles the short way round. */
export function between(from: Camera, to: Camera, share: number): Camera {
  if (share >= 1) return to;
  const mix = (a: number, b: number) => a + (b - a) * share;
  const apart = to.azimuth - from.azimuth;
  const turn = Math.atan2(Math.sin(apart), Math.cos(apart));
  const zoom = from.zoom * (to.zoom / from.zoom) ** share;
  // Zooming about a fixed place keeps it fixed only if the center follows 1 / zoom.
  const moved = from.zoom === to.zoom ? share : (1 / from.zoom - 1 / zoom) / (1 / from.zoom - 1 / to.zoom);
  return {
    center: from.center.map((value, axis) => value + (to.center[axis] - value) * moved) as [number, number, number],
    zoom,
    azimuth: from.azimuth + turn * share,
    elevation: mix(from.elevation, to.elevation),
    perspective: to.perspective,
  };
}
