import type { Picture } from "../formats/picture.js";
import type { Space } from "../space/space.js";
import { decodedPictures } from "./walk-pictures.js";

/** Pictures in a row. */
const across = 12;

/**
 * What a space of pictures is good for, at a glance: a row of its items, one of what their codes give back, and two of
 * pictures from codes at random. Items are spread evenly over the rows.
 */
export async function contactSheet(space: Space, seed: number, signal: AbortSignal): Promise<Picture> {
  const { samplesOf } = await import("../images/sample.js");
  const { pictureSheet } = await import("../images/sheet.js");
  const { resize } = await import("../images/resize.js");
  const { toColor } = await import("../images/channels.js");
  const shown = Math.min(across, space.length);
  const rows = Array.from({ length: shown }, (_, k) => Math.floor(((k + 0.5) * space.length) / shown));
  const vectors = await space.vectors();
  const codes = rows.map((row) => vectors.get(row));
  const { vectors: drawn } = await samplesOf(space, 2 * shown, seed);
  const decoded = await decodedPictures(space, [...codes, ...drawn], signal);
  const { width, height } = decoded[0];
  const items = ((await space.thumbnails?.at(rows)) ?? []).flatMap((picture) =>
    picture === null ? [] : [resize(toColor(picture), width, height, "stretch")],
  );
  return pictureSheet([...(items.length === shown ? items : []), ...decoded], { columns: shown });
}
