import type { Column } from "../formats/table.js";
import { isNumeric } from "../formats/text-columns.js";
import type { ColumnValue } from "../space/columns.js";
import type { NewItem } from "../space/new-items.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { notePictures, pictureInput, readPictureInput } from "./open-pictures.js";
import type { Shell } from "./shell.js";

/** Whether a space takes pictures: those of its frame. */
export function takesPictures({ options }: Space): boolean {
  return typeof options.frame === "object" && options.frame !== null;
}

/** Pictures of files, folders, sheets and IDX files as new items of a space, with their thumbnails. */
export async function newPictures(
  space: Space,
  paths: readonly string[],
  flags: { labels?: string; tile?: number | [number, number]; prefix?: string },
  shell: Shell,
): Promise<NewItem[]> {
  const { pictureAt } = await import("../images/picture-set.js");
  const { thumbnailOf } = await import("../images/thumbnails.js");
  const { prefix = "" } = flags;
  const layout = space.thumbnails?.layout;
  const columns = await space.columns();
  const named = (name: string, thing: Parameters<typeof thumbnailOf>[0]): NewItem => ({
    name: prefix + name,
    thing,
    ...(layout === undefined ? {} : { thumbnail: thumbnailOf(thing, layout) }),
  });
  const kinds = await Promise.all(paths.map(pictureInput));
  if (flags.tile === undefined && kinds.every((kind) => kind === "picture")) {
    if (flags.labels !== undefined) throw new UsageError("add: --labels goes with a folder, a sheet or an IDX file");
    const { nameOf } = await import("#platform");
    const { readPicture } = await import("../images/read-pictures.js");
    const { fitPicture } = await import("../images/picture-set.js");
    const { frameOf } = await import("../images/picture-models.js");
    const frame = frameOf(space);
    const items: NewItem[] = [];
    for (const path of paths) items.push(named(nameOf(path), fitPicture(await readPicture(path), frame)));
    return items;
  }
  const { labels, tile } = flags;
  const idx = kinds[0] === "idx";
  const { frameOf } = await import("../images/picture-models.js");
  const { width, height, channels, fit, background } = frameOf(space);
  const frame = idx ? {} : { size: [width, height] as [number, number], channels, fit, background };
  const set = await readPictureInput("add", paths, { labels, tile, ...frame }, shell);
  notePictures(shell.output, paths, set);
  return set.names.map((name, n) => {
    const values = [...set.columns].filter(([column]) => columns.has(column));
    return {
      ...named(name, pictureAt(set, n)),
      columns: Object.fromEntries(values.map(([column, list]) => [column, valueFor(columns.get(column), list[n])])),
    };
  });
}

/** A value as the space's column holds others: numbers among texts are texts, and texts of numbers among numbers are numbers. */
function valueFor(column: Column | undefined, value: ColumnValue): ColumnValue {
  const kind = typeof Array.from(column ?? []).find((other) => other !== null);
  if (kind === "string" && typeof value === "number") return String(value);
  if (kind === "number" && typeof value === "string" && isNumeric(value)) return Number(value);
  return value;
}
