import type { Picture } from "../formats/picture.js";
import { encodePng } from "../formats/png/write.js";
import { coefficientLabels, pictureSheet } from "../images/sheet.js";
import { quoteName } from "../space/expression.js";
import type { Space } from "../space/space.js";
import type { PictureAnswer, Place } from "./protocol.js";

/** A picture as the page takes it. */
export async function pictureAnswer(picture: Picture): Promise<PictureAnswer> {
  return { png: await encodePng(picture), width: picture.width, height: picture.height };
}

/** The point that a place means. Throws NotFoundError, ExpressionError. */
export async function pointOf(space: Space, { at, along = {} }: Place): Promise<Float32Array> {
  const moves = Object.entries(along).filter(([, coefficient]) => coefficient !== 0);
  if (moves.length === 0) return (await space.interpolate(at, at, { steps: 1 })).vectors[0];
  const sum = moves.map(([name, coefficient]) => `${number(coefficient)} * direction:${quoteName(name)}`).join(" + ");
  return (await space.walk(at, { along: sum, from: 1, to: 1, steps: 1 })).vectors[0];
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

/** A number as the grammar of expressions reads it. */
function number(value: number): string {
  return Number.isFinite(value) ? String(value) : "0";
}
