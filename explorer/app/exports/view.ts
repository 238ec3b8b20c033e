import { themes } from "../../../src/maps/pictures/themes.js";
import type { Pane } from "../pane.js";
import type { MapRenderer } from "../renderer/index.js";

/** The map as it is seen, as PNG in the pixels of the screen. */
export function viewPicture(map: MapRenderer, { canvases, explorer }: Pane): Promise<Blob> {
  map.drawNow();
  const [first] = canvases.peek();
  const whole = document.createElement("canvas");
  whole.width = first.width;
  whole.height = first.height;
  const context = whole.getContext("2d");
  if (context === null) throw new Error("export: a canvas was needed, the browser gives none");
  context.fillStyle = themes[explorer.theme.peek()].background;
  context.fillRect(0, 0, whole.width, whole.height);
  for (const canvas of canvases.peek()) context.drawImage(canvas, 0, 0);
  return new Promise((resolve, reject) => {
    whole.toBlob((blob) => (blob === null ? reject(new Error("export: the picture is too large")) : resolve(blob)));
  });
}
