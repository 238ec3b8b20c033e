import { escaped, tenths } from "../../../src/maps/pictures/svg.js";
import type { View } from "./camera.js";
import { type LabelRoom, type LabelWish, type PlacedText, placeLabels } from "./labels.js";
import type { Scene } from "./scene.js";
import type { MapSpot } from "./types.js";

/** A spot that is seen, in pixels, and where its text stands. */
export interface PlacedSpot {
  x: number;
  y: number;
  radius: number;
  text: string;
  label: PlacedText;
}

/** Where spots and their texts go; their texts come before those of items. */
export function placeSpots(
  spots: readonly MapSpot[],
  scene: Scene,
  view: View,
  dot: number,
  room: LabelRoom,
  measure: (text: string, isWanted: boolean) => number,
): PlacedSpot[] {
  const radius = dot + 4;
  return spots.flatMap(({ at, text }) => {
    const place = scene.endOf(at, view);
    if (place === null) return [];
    const half = [radius, radius] as const;
    const wish: LabelWish = { row: -1, ...place, width: measure(text, true), isWanted: true, half, isTaken: false };
    return [{ ...place, radius, text, label: placeLabels([wish], room, 0, 1)[0] ?? beside(wish, room) }];
  });
}

/** Where nothing is free a text stands over what is there: it is what was asked for. */
function beside({ row, x, y, width, half }: LabelWish, { texts, fontSize }: LabelRoom): PlacedText {
  const box = { x: x + half[0] + 4, y: y - fontSize / 2, width, height: fontSize };
  texts.take(box);
  return { row, box, x: box.x, y: y + 0.35 * fontSize, leader: null };
}

/** Draws what stands for a place where there is no item. */
export function drawSpot(context: CanvasRenderingContext2D, { x, y, radius }: PlacedSpot, { theme }: Scene): void {
  const shape = new Path2D(diamond(x, y, radius));
  context.lineWidth = 5;
  context.strokeStyle = theme.background;
  context.stroke(shape);
  context.fillStyle = theme.background;
  context.fill(shape);
  context.lineWidth = 2;
  context.strokeStyle = theme.accent;
  context.stroke(shape);
}

/** The same as a shape of SVG. */
export function spotShape({ x, y, radius, text }: PlacedSpot, { theme }: Scene): string {
  const title = `<title>${escaped(text)}</title>`;
  const style = `fill="${theme.background}" stroke="${theme.accent}" stroke-width="2"`;
  return `<path d="${diamond(Number(tenths(x)), Number(tenths(y)), radius)}" ${style}>${title}</path>`;
}

/** What stands for a place where there is no item, as a path. */
export function diamond(x: number, y: number, radius: number): string {
  return `M${x - radius} ${y}L${x} ${y - radius}L${x + radius} ${y}L${x} ${y + radius}Z`;
}
