import type { Picture } from "../formats/picture.js";

/** A picture of red, green and blue; what is transparent shows the background, 0 to 255 in every channel. */
export function toColor({ width, height, channels, data }: Picture, background = 255): Picture {
  if (channels === 3) return { width, height, channels, data };
  const colors = new Uint8Array(width * height * 3);
  const hasAlpha = channels % 2 === 0;
  for (let k = 0; k < width * height; k++) {
    const alpha = hasAlpha ? data[(k + 1) * channels - 1] : 255;
    for (let c = 0; c < 3; c++) {
      const value = data[k * channels + (channels < 3 ? 0 : c)];
      colors[3 * k + c] = Math.round((value * alpha + background * (255 - alpha)) / 255);
    }
  }
  return { width, height, channels: 3, data: colors };
}

/**
 * A picture of one channel: Y' = .299 R' + .587 G' + .114 B' (ITU-R BT.601), as usual for such pictures; of gray ones what
 * they are.
 */
export function toGray(picture: Picture, background = 255): Picture {
  if (picture.channels === 1) return picture;
  const { width, height, data } = toColor(picture, background);
  const gray = new Uint8Array(width * height);
  for (let k = 0; k < gray.length; k++) {
    gray[k] = Math.round((299 * data[3 * k] + 587 * data[3 * k + 1] + 114 * data[3 * k + 2]) / 1000);
  }
  return { width, height, channels: 1, data: gray };
}

/** Whether red, green and blue are the same in every pixel. */
export function isGray({ channels, data }: Picture): boolean {
  if (channels < 3) return true;
  for (let k = 0; k < data.length; k += channels) if (data[k] !== data[k + 1] || data[k] !== data[k + 2]) return false;
  return true;
}
