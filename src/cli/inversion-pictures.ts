import type { Picture } from "../formats/picture.js";
import type { Inversion } from "../images/invert.js";
import type { Space } from "../space/space.js";
import type { Shell } from "./shell.js";
import { decodedPictures, writeFrames, writePng } from "./walk-pictures.js";

/** Pairs of pictures beside each other at most, in a square at most. */
const mostAcross = 4;
/** How often the last picture of an animation is shown, so that it stays for a moment. */
const pause = 12;

/** Draws each picture beside what its code decodes to, the squared error under it, as PNG. */
export async function drawReconstructions(
  space: Space,
  inversions: readonly Inversion[],
  path: string,
  shell: Shell,
): Promise<void> {
  const decoded = await decodedPictures(
    space,
    inversions.map(({ code }) => code),
    shell.signal,
  );
  const errors = inversions.map(({ error }) => error);
  await writePng(path, await pairs(inversions, decoded, errors), shell);
}

/** Draws the ways of the searches, step after step, beside the pictures wanted. */
export async function animatePaths(
  space: Space,
  inversions: readonly Inversion[],
  path: string,
  delay: number | undefined,
  shell: Shell,
): Promise<void> {
  const length = Math.max(...inversions.map((inversion) => inversion.path.length));
  const frames: Picture[] = [];
  for (let k = 0; k < length; k++) {
    const points = inversions.map((inversion) => inversion.path[Math.min(k, inversion.path.length - 1)]);
    const decoded = await decodedPictures(
      space,
      points.map(({ code }) => code),
      shell.signal,
    );
    const errors = points.map(({ error }) => error);
    frames.push(await pairs(inversions, decoded, errors));
  }
  const last = frames[frames.length - 1];
  await writeFrames(path, [...frames, ...new Array<Picture>(pause).fill(last)], { delay }, shell);
}

async function pairs(
  inversions: readonly Inversion[],
  decoded: readonly Picture[],
  errors: readonly number[],
): Promise<Picture> {
  const { pictureSheet } = await import("../images/sheet.js");
  return pictureSheet(
    inversions.flatMap(({ picture }, k) => [picture, decoded[k]]),
    {
      columns: 2 * Math.min(mostAcross, Math.ceil(Math.sqrt(inversions.length))),
      labels: errors.flatMap((error) => ["", error.toFixed(2)]),
    },
  );
}
