export { startCamera } from "./camera.js";
export { RendererError } from "./gl.js";
export { MapRenderer } from "./map-renderer.js";
export type * from "./types.js";
export { greyed, highlighted, selected } from "./types.js";
