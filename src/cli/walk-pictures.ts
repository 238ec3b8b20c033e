import type { Picture } from "../formats/picture.js";
import type { Space } from "../space/space.js";
import { UsageError, writing } from "./exit-codes.js";
import { shown } from "./output.js";
import type { Shell } from "./shell.js";

/** How a walk can be shown as a file, by the file's ending. */
const endings = { still: /\.png$/i, animation: /\.(gif|webp)$/i };

/** Whether a name asks for a picture of all steps or for one step after the other. Throws UsageError for other names. */
export function shapeOf(path: string, verb = "walk"): "still" | "animation" {
  for (const shape of ["still", "animation"] as const) if (endings[shape].test(path)) return shape;
  throw new UsageError(`${verb}: --output must end in .png, .gif or .webp, got ${path}`);
}

/** The pictures that vectors stand for. Throws RangeError where the space has no way back to pictures. */
export async function decodedPictures(
  space: Space,
  vectors: readonly Float32Array[],
  signal: AbortSignal,
): Promise<Picture[]> {
  const things = await space.decode(vectors, signal);
  const isPicture = (thing: unknown) => (thing as Partial<Picture> | null)?.data instanceof Uint8Array;
  if (!things.every(isPicture))
    throw new RangeError("a space of pictures was needed; this one decodes to other things");
  return things as Picture[];
}

/** Pixels of all frames of an animation at most, which are held at once. */
const mostAnimationPixels = 1e8;

/**
 * Refuses a walk or a grid of more pictures than can be drawn, before they are made. Spaces that do not tell the size of their
 * pictures pass: what cannot be drawn is then refused when it is.
 */
export async function requireDrawable(
  space: Space,
  path: string,
  { steps, rows }: { steps: number; rows?: number },
): Promise<void> {
  const { width, height } = (space.options.frame ?? {}) as { width?: unknown; height?: unknown };
  if (typeof width !== "number" || typeof height !== "number") return;
  if (![steps, rows ?? 1].every((count) => Number.isInteger(count) && count >= 1)) return; // the walk says what is wrong
  const frame = { width, height };
  const each = `pictures of ${width} x ${height} pixels`;
  if (shapeOf(path) === "animation") {
    const most = Math.floor(mostAnimationPixels / (width * height * scaleOf(frame) ** 2));
    if (steps > most)
      throw new UsageError(`walk: --steps must be at most ${most} for an animation of ${each}, got ${steps}`);
    return;
  }
  const { sheetProblem } = await import("../images/sheet.js");
  const labeled = rows === undefined ? { labels: [] } : { columns: steps, rowLabels: [], columnLabels: [] };
  const problem = sheetProblem(frame, steps * (rows ?? 1), labeled);
  if (problem === null) return;
  if (rows === undefined)
    throw new UsageError(`walk: --steps must be at most ${problem.most} for a strip of ${each}, got ${steps}`);
  const beside = `for a grid of ${rows} rows of ${each}`;
  throw new UsageError(
    `walk: --steps must be at most ${problem.most} ${beside}, got ${steps}; or take fewer --and-steps`,
  );
}

/** Writes a picture as PNG. */
export async function writePng(path: string, picture: Picture, { output }: Shell): Promise<void> {
  const { encodePng } = await import("../formats/png/write.js");
  await writeBytes(path, await encodePng(picture));
  output.note(`wrote     ${shown(path)}`);
}

/** Writes frames, each under its coefficient, as GIF or WebP. */
export async function writeAnimation(
  path: string,
  pictures: readonly Picture[],
  labels: readonly string[],
  options: { delay?: number; thereAndBack?: boolean },
  shell: Shell,
): Promise<void> {
  const { pictureSheet } = await import("../images/sheet.js");
  const frames = pictures.map((picture, k) =>
    pictureSheet([picture], { labels: [labels[k]], scale: scaleOf(picture) }),
  );
  await writeFrames(path, frames, options, shell);
}

/** Writes pictures of one size one after the other, as GIF or WebP. */
export async function writeFrames(
  path: string,
  frames: readonly Picture[],
  options: { delay?: number; thereAndBack?: boolean },
  { output }: Shell,
): Promise<void> {
  const { encodeAnimation } = await import("../images/animation.js");
  const format = /\.gif$/i.test(path) ? "gif" : "webp";
  await writeBytes(path, await encodeAnimation(frames, { ...options, format }));
  output.note(`wrote     ${shown(path)}`);
}

/** Pixels for one of a picture that stands alone: 192 or more a side. */
function scaleOf({ width, height }: Pick<Picture, "width" | "height">): number {
  return Math.max(1, Math.ceil(192 / Math.max(width, height)));
}

async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const { writeAtomic } = await import("../io/atomic.js");
  await writing(() => writeAtomic(path, bytes));
}
