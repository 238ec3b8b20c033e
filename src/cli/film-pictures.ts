import type { MapPicture } from "../maps/pictures/map-picture.js";
import type { Space } from "../space/space.js";
import { UsageError, writing } from "./exit-codes.js";
import { count, plural } from "./output.js";
import type { Shell } from "./shell.js";

/** Whether a file's name asks for a picture that moves. */
export function isAnimated(path: string): boolean {
  return /\.(gif|webp)$/i.test(path);
}

/** Milliseconds that a film takes, a frame of it at least and at most, and that its last frame stands. */
const [whole, shortest, longest, rest] = [8000, 60, 450, 2000];

/** Pixels across, unless others are asked for: pictures in hundreds are large. */
const usualWidth = 640;

/** The film of a space as an animation: a map of each frame, all at one scale. `picture` is what the maps have in common. */
export async function writeFilm(
  path: string,
  space: Space,
  picture: Omit<MapPicture, "coordinates" | "bounds">,
  { signal, onProgress }: Shell,
): Promise<{ frames: number }> {
  const { film } = space;
  if (film === null) {
    throw new UsageError(
      "map: .gif and .webp are films, the space has none; graph --method gcn --film 50 makes one, .svg and .png are maps",
    );
  }
  const { epochs, dimensions, items } = film.layout;
  if (dimensions !== 2) throw new UsageError(`map: a film of two dimensions was needed, the space's has ${dimensions}`);
  if (items < space.length) {
    throw new UsageError(`map: the film has ${plural(items, "item")}, the space ${count(space.length)}; make it anew`);
  }
  const { drawMap } = await import("../maps/pictures/draw-map.js");
  const { boundsOf } = await import("../maps/pictures/frame.js");
  const { pngOf } = await import("../maps/pictures/png.js");
  const { decodePng } = await import("../formats/png/read.js");
  const { encodeAnimation } = await import("../images/animation.js");
  const { Meter } = await import("../io/progress.js");
  const { writeAtomic } = await import("../io/atomic.js");
  const meter = new Meter("drawing", "items", film.length, onProgress);
  const shared = { ...picture, width: picture.width ?? usualWidth, bounds: boundsOf(await film.coordinates()) };
  const pictures = [];
  for (const [k, epoch] of epochs.entries()) {
    signal.throwIfAborted();
    const subtitle = `epoch ${count(epoch)} of ${count(epochs[epochs.length - 1])}`;
    const png = await pngOf(drawMap({ ...shared, subtitle, coordinates: await film.frame(k) }), { scale: 1 });
    pictures.push(await decodePng(png, path));
    meter.update(k + 1, {}, k + 1 === epochs.length);
  }
  const delay = Math.max(shortest, Math.min(longest, Math.round(whole / pictures.length)));
  const last = pictures[pictures.length - 1];
  const resting = Array.from({ length: Math.round(rest / delay) }, () => last);
  const format = /\.gif$/i.test(path) ? "gif" : "webp";
  const bytes = await encodeAnimation([...pictures, ...resting], { format, delay });
  await writing(() => writeAtomic(path, bytes));
  return { frames: film.length };
}
