import { Space } from "../space/space.js";

/** A space without anything: what stands where none can be opened. */
export function noSpace(): Space {
  return Space.from({ names: [], vectors: new Float32Array(0), dimensions: 1 });
}
