import type { PictureShape } from "./networks.js";

/** Where the channels stand in arrays of pictures: [B, C, H, W] or [B, H, W, C]. */
export type Layout = (typeof layouts)[number];
export const layouts = ["channels-first", "channels-last"] as const;

/** How the numbers of a decoded picture lie. */
export interface PictureAxes {
  shape: PictureShape;
  layout: Layout;
  /** What was taken for granted, for people. */
  note?: string;
}

const isChannels = (size: number) => size === 1 || size === 3;

/** What the axes behind the batch are, or what is wrong with them. */
export function pictureAxes(axes: readonly number[], layout?: Layout): PictureAxes | string {
  const text = `[batch, ${axes.join(", ")}]`;
  const wrong = `must be pictures [batch, channels, height, width] of 1 or 3 channels, it is ${text}`;
  if (axes.some((size) => size < 1)) return wrong;
  if (axes.length === 1) {
    const [gray, color] = [Math.sqrt(axes[0]), Math.sqrt(axes[0] / 3)];
    const side = Number.isInteger(gray) ? gray : color;
    const channels = side === gray ? 1 : 3;
    if (!Number.isInteger(side)) return wrong;
    const kind = channels === 1 ? "gray" : "color";
    const note = `its rows of ${axes[0]} numbers are taken for ${kind} pictures of ${side} x ${side}`;
    return { shape: { channels, height: side, width: side }, layout: layout ?? "channels-first", note };
  }
  if (axes.length === 2) return { shape: { channels: 1, height: axes[0], width: axes[1] }, layout: "channels-first" };
  if (axes.length !== 3) return wrong;
  const chosen = layout ?? (isChannels(axes[0]) || !isChannels(axes[2]) ? "channels-first" : "channels-last");
  const [channels, height, width] = chosen === "channels-first" ? axes : [axes[2], axes[0], axes[1]];
  return isChannels(channels) ? { shape: { channels, height, width }, layout: chosen } : wrong;
}
