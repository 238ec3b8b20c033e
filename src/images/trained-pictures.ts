import type { Space } from "../space/space.js";
import type { PictureSet } from "./picture-set.js";
import { splitPictures } from "./pixels.js";
import { selectPictures } from "./select-pictures.js";

/** The pictures of a space in the two parts that its training made of them, with the space's columns. */
export interface TrainedPictureParts {
  training: PictureSet;
  /** null where none were held out. */
  heldOut: PictureSet | null;
}

const where = "trainedParts";

/**
 * Which pictures a space was trained on and which were held out, as its options, seed and metrics tell. `pictures` holds those of
 * the space, by name, in any order and among others. Throws RangeError where it lacks one, or the space does not tell.
 */
export async function trainedParts(space: Space, pictures: PictureSet): Promise<TrainedPictureParts> {
  const { heldOut: share } = space.options;
  const { pictures: count } = space.metrics;
  if (typeof share !== "number" || typeof count !== "number" || count > space.length || space.seed === null) {
    const method = space.method ?? "no known method";
    throw new RangeError(`${where}: a space that was trained on pictures was needed, this one is of ${method}`);
  }
  const numberOf = new Map(pictures.names.map((name, n) => [name, n]));
  const names = [...(await space.names())].slice(0, count); // items that were added later come behind
  const missing = names.filter((name) => !numberOf.has(name));
  if (missing.length > 0) {
    throw new RangeError(
      `${where}: the pictures that the space was trained on were needed, ${missing.length} of ${count} are missing, such as ${missing[0]}`,
    );
  }
  const own = selectPictures(
    pictures,
    names.map((name) => numberOf.get(name) ?? 0),
  );
  const columns = [...(await space.columns())].map(([name, column]) => [name, column.slice(0, count)] as const);
  const all = { ...own, columns: new Map(columns) };
  const { trainingItems, heldOutItems } = splitPictures(all, share, space.seed);
  return {
    training: selectPictures(all, trainingItems),
    heldOut: heldOutItems.length === 0 ? null : selectPictures(all, heldOutItems),
  };
}
