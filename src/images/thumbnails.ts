import type { Picture } from "../formats/picture.js";
import type { ThumbnailData, ThumbnailLayout } from "../space/thumbnails.js";
import { toColor, toGray } from "./channels.js";
import { type PictureSet, pictureAt } from "./picture-set.js";
import { resize } from "./resize.js";

/** Pixels a side that the pictures of a space keep at most, and what all of them together take. */
const largestSide = 64;
const mostBytes = 2 ** 28;

/** The pictures of a set as a space keeps them: of the set's shape, as they are where they are small and not too many. */
export function thumbnailsOf(pictures: PictureSet): ThumbnailData {
  const { width, height, channels, data, names } = pictures;
  const room = Math.sqrt(mostBytes / Math.max(1, data.length));
  const scale = Math.min(1, largestSide / Math.max(width, height), room);
  if (scale === 1) return { width, height, channels, data };
  const [across, down] = [width, height].map((side) => Math.max(1, Math.floor(side * scale)));
  const length = across * down * channels;
  const small = new Uint8Array(names.length * length);
  for (let n = 0; n < names.length; n++)
    small.set(resize(pictureAt(pictures, n), across, down, "stretch").data, n * length);
  return { width: across, height: down, channels, data: small };
}

/** A picture that was fitted to the frame of a space, as its thumbnail. */
export function thumbnailOf(picture: Picture, { width, height, channels }: ThumbnailLayout): Picture {
  return resize(channels === 1 ? toGray(picture) : toColor(picture), width, height, "stretch");
}
