import type { Picture } from "../formats/picture.js";
import { encodePng } from "../formats/png/write.js";
import { coefficientLabels, pictureSheet } from "../images/sheet.js";
import type { Space } from "../space/space.js";
import { pointOf } from "./place.js";
import type { PictureAnswer, Place } from "./protocol.js";

/** A picture as the page takes it. */
export async function pictureAnswer(picture: Picture): Promise<PictureAnswer> {
  return { png: await encodePng(picture), width: picture.width, height: picture.height };
}

/** The picture of a place, by the space's decoder. */
export async function decodedPicture(space: Space, place: Place, signal?: AbortSignal): Promise<PictureAnswer> {
  const [picture] = (await space.decode([await pointOf(space, place)], signal)) as Picture[];
  return pictureAnswer(picture);
}

/** Pictures of points beside each other, with coefficients under them; `columns` in a row. */
export async function pictureStrip(
  space: Space,
  vectors: readonly Float32Array[],
  { coefficients, columns, signal }: { coefficients?: readonly number[]; columns?: number; signal?: AbortSignal } = {},
): Promise<PictureAnswer> {
  const pictures = (await space.decode(vectors, signal)) as Picture[];
  const labels = coefficients && coefficientLabels(coefficients);
  return pictureAnswer(pictureSheet(pictures, { labels, columns }));
}
