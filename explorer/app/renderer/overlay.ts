import type { View } from "./camera.js";
import type { Scene } from "./scene.js";

/** A region that is being drawn. */
export interface Outline {
  tool: "lasso" | "box";
  corners: readonly number[];
}

/** What lies over the points, on a canvas of its own: the region that is being drawn. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  { theme }: Scene,
  view: View,
  ratio: number,
  outline: Outline | null,
): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  if (outline === null) return;
  const { corners } = outline;
  context.beginPath();
  if (outline.tool === "box") context.rect(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]);
  else for (let k = 0; k + 1 < corners.length; k += 2) context.lineTo(corners[k], corners[k + 1]);
  if (outline.tool === "lasso") context.closePath();
  context.fillStyle = theme.accent;
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.5;
  context.stroke();
}
