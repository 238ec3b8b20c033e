import { type Command, Option } from "commander";
import type { PictureSet, PictureSetOptions } from "../images/picture-set.js";
import { UsageError } from "./exit-codes.js";
import { flagOf, number } from "./flags.js";
import { count, type Output, plural, shown } from "./output.js";
import type { Shell } from "./shell.js";

/** Flags of how pictures are read. */
export interface PictureFlags {
  labels?: string;
  size?: number | [number, number];
  fit?: PictureSetOptions["fit"];
  channels?: 1 | 3;
  background?: number;
  tile?: number | [number, number];
  broken?: "error" | "skip";
  limit?: number;
}

/** Names of the flags. */
export const pictureFlags: readonly (keyof PictureFlags)[] = [
  ...(["labels", "size", "fit", "channels", "background", "tile", "broken", "limit"] as const),
];

export function withPictureFlags(command: Command): Command {
  return command
    .optionsGroup("Pictures:")
    .option("--labels <file>", "a table of labels and attributes, CSV or TSV; of an IDX file its labels in IDX")
    .option("--size <pixels>", "side, or width x height such as 64x48 (default: their own up to 128, else 64)", sides)
    .addOption(
      new Option("--fit <how>", "what fills another shape (default cover)").choices(["cover", "contain", "stretch"]),
    )
    .option("--channels <number>", "1 gray, 3 colors (default: gray where all are)", number)
    .option("--background <number>", "what shows through, 0 black to 255 white (default 255)", number)
    .option("--tile <pixels>", "of a sprite sheet: side of a tile, or width x height", sides)
    .addOption(new Option("--broken <what>", "pictures that cannot be read (default skip)").choices(["skip", "error"]))
    .option("--limit <integer>", "take the first so many", number);
}

/** `64` or `64x48`. */
export function sides(text: string): number | [number, number] {
  const parts = text.split(/[x,]/i).map((part) => number(part.trim()));
  return parts.length === 2 ? [parts[0], parts[1]] : number(text);
}

/** What pictures a path holds; null where it holds none. */
export async function pictureInput(path: string): Promise<"folder" | "idx" | "picture" | null> {
  if (path === "-") return null;
  const { files } = await import("#platform");
  const { fileError } = await import("../io/errors.js");
  const { pictureEndings } = await import("../images/decode-picture.js");
  const { kind } = await files.info(path).catch((error) => Promise.reject(fileError(path, error)));
  if (kind === "folder") return (await files.info(`${path}/space.json`).catch(() => null)) === null ? "folder" : null;
  if (/idx\d(-ubyte)?(\.gz)?$/i.test(path)) return "idx";
  return pictureEndings.test(path) ? "picture" : null;
}

/** Reads the pictures of a folder, an IDX file or a sprite sheet, as the flags say, and tells what it found. */
export async function readPictureInput(
  verb: string,
  paths: readonly string[],
  flags: PictureFlags,
  shell: Shell,
): Promise<PictureSet> {
  const { FormatError } = await import("../io/errors.js");
  const [path] = paths;
  const kinds = await Promise.all(paths.map(pictureInput));
  const other = kinds.indexOf(null);
  if (other >= 0) {
    const needed = "a folder of pictures, a sprite sheet or an IDX file was needed";
    throw new FormatError("unsupported", { file: paths[other] }, `${needed}; this is none by its name`);
  }
  const [kind] = kinds;
  if (paths.length > 1 && !(kinds.every((one) => one === "picture") && flags.tile !== undefined))
    throw new UsageError(`${verb}: one folder or file at a time, or several sheets with --tile, got ${paths.length}`);
  if (kind === "picture" && flags.tile === undefined)
    throw new UsageError(`${verb}: ${path} is one picture; a sprite sheet needs --tile, the pixels of a picture in it`);
  if (kind !== "picture") refuse(verb, flags, ["tile"], "a sprite sheet");
  const set = await readSet(verb, kind, paths, flags, shell);
  return flags.limit === undefined ? set : firstOf(set, flags.limit, verb);
}

async function readSet(
  verb: string,
  kind: "folder" | "idx" | "picture" | null,
  paths: readonly string[],
  flags: PictureFlags,
  shell: Shell,
): Promise<PictureSet> {
  const [path] = paths;
  const { given } = await import("../io/options.js");
  const { labels, size, fit, channels, background, tile = 1, broken = "skip" } = flags;
  const frame = given({ size, fit, channels, background });
  switch (kind) {
    case "idx": {
      refuse(verb, flags, ["size", "fit", "channels", "background", "broken"], "a folder or a sheet");
      const { readIdxPictures } = await import("../images/read-idx-pictures.js");
      return readIdxPictures(path, given({ labels }));
    }
    case "picture": {
      refuse(verb, flags, ["broken"], "a folder");
      const { readSheet } = await import("../images/read-sheet.js");
      return readSheet(paths, { tile, ...given({ table: labels }), ...frame });
    }
    default: {
      const { readPictures } = await import("../images/read-pictures.js");
      const { signal, onProgress } = shell;
      return readPictures(path, { broken, ...given({ table: labels }), ...frame, signal, onProgress });
    }
  }
}

function refuse(verb: string, flags: PictureFlags, names: readonly (keyof PictureFlags)[], needs: string): void {
  const foreign = names.find((name) => flags[name] !== undefined);
  if (foreign !== undefined) throw new UsageError(`${verb}: ${flagOf(foreign)} goes with ${needs}`);
}

function firstOf(set: PictureSet, limit: number, verb: string): PictureSet {
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`${verb}: --limit must be an integer >= 1, got ${limit}`);
  const columns = new Map([...set.columns].map(([name, values]) => [name, values.slice(0, limit)]));
  const data = set.data.subarray(0, limit * set.width * set.height * set.channels);
  return { ...set, names: set.names.slice(0, limit), columns, data };
}

/** Columns that are named where values are missing. */
const mostColumns = 8;

/** How many pictures have no value, column by column. */
function noteMissing(output: Output, { columns, names }: PictureSet): void {
  const gaps = [...columns].flatMap(([name, values]) => {
    const missing = Array.from(values).filter((value) => value === null || Number.isNaN(value)).length;
    return missing === 0 ? [] : [{ name, missing }];
  });
  if (gaps.length === 0) return;
  const [first, ...others] = gaps.slice(0, mostColumns).map(({ name, missing }, k) => {
    const which = k === 0 ? `${count(missing)} of ${plural(names.length, "picture")} have no` : `${count(missing)} no`;
    return `${which} ${shown(name)}`;
  });
  const more = gaps.length > mostColumns ? [`and so on, ${gaps.length} columns`] : [];
  output.note(`missing   ${[first, ...others, ...more].join(", ")}`);
}

/** What was understood. */
export function notePictures(output: Output, paths: readonly string[], set: PictureSet): void {
  const { names, width, height, channels, columns, notes } = set;
  const where = paths.length === 1 ? shown(paths[0]) : `${paths.length} sheets`;
  output.note(
    `pictures  ${count(names.length)} in ${where}, ${width} x ${height}, ${channels === 1 ? "gray" : "color"}` +
      `${columns.size > 0 ? `, with ${[...columns.keys()].map(shown).join(", ")}` : ""}`,
  );
  const [left, others] = [
    notes.filter((note) => note.startsWith("left out")),
    notes.filter((note) => !note.startsWith("left out")),
  ];
  for (const note of others) output.note(`${note.includes("resized") ? "resized " : "table   "}  ${shown(note)}`);
  noteMissing(output, set);
  for (const note of left.slice(0, 5)) output.warn(shown(note));
  if (left.length > 5) output.warn(`left out ${count(left.length - 5)} more pictures`);
}
