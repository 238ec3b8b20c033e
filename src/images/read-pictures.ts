import { files } from "#platform";
import type { Picture } from "../formats/picture.js";
import type { Column } from "../formats/table.js";
import { FormatError, fileError } from "../io/errors.js";
import { knownOptions, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { openSource, readExactly } from "../io/source.js";
import { decodePicture, pictureEndings } from "./decode-picture.js";
import { PictureFinder, tableOfPictures } from "./picture-rows.js";
import {
  checkPictureSetOptions,
  PictureCollector,
  type PictureSet,
  type PictureSetOptions,
  pictureSetOptions,
} from "./picture-set.js";
import type { PictureTable } from "./picture-table.js";

export interface ReadPicturesOptions extends PictureSetOptions, TaskOptions {
  /** A CSV of labels and attributes; its column file, path, image, picture or name says which picture a row is about. */
  table?: string;
  /** What becomes of a picture that cannot be read: "error" (default), or "skip", which leaves it out and says so in `notes`. */
  broken?: "error" | "skip";
}

const where = "readPictures";
/** What a note about a picture that is not in the set begins with. */
export const leftOut = "left out: ";
/** Bytes of one file that are read at most. */
const mostBytes = 2 ** 30;

/**
 * The pictures of a folder and of the folders in it, in the order of their names, as one set of one size. Names are paths
 * from the folder. Formats: PNG, PGM, PPM; with sharp or in a page also JPEG, WebP, GIF, AVIF and TIFF. Throws FormatError for a
 * picture that is damaged, a folder without pictures, and a table that names files that are not there.
 */
export async function readPictures(folder: string, options: ReadPicturesOptions = {}): Promise<PictureSet> {
  knownOptions(where, options, [...pictureSetOptions, "table", "broken", "signal", "onProgress"]);
  checkPictureSetOptions(where, options);
  const broken = wordOption(where, "broken", options.broken ?? "error", ["error", "skip"]);
  const names = await picturesIn(folder);
  if (names.length === 0) {
    throw new FormatError(
      "empty",
      { file: folder },
      "there is no picture in this folder; PNG, JPEG, WebP ... were looked for",
    );
  }
  const { table: path } = options;
  const found =
    path === undefined ? null : await tableOfPictures(path, new PictureFinder(names, await ownPath(folder)));
  const meter = new Meter("reading", "items", names.length, options.onProgress);
  const collector = new PictureCollector(options);
  const read: string[] = [];
  const notes: string[] = found === null ? [] : found.notes;
  for (const [k, name] of names.entries()) {
    options.signal?.throwIfAborted();
    try {
      collector.add(await readPicture(`${folder}/${name}`));
      read.push(name);
    } catch (error) {
      if (broken === "error" || !(error instanceof FormatError)) throw error;
      notes.push(`${leftOut}${error.message}`);
    }
    meter.update(k + 1, {}, k + 1 === names.length);
  }
  if (read.length === 0) {
    const [first] = notes.filter((note) => note.startsWith(leftOut));
    const message = `none of ${names.length} pictures can be read; ${first.slice(leftOut.length)}`;
    throw new FormatError("empty", { file: folder }, message);
  }
  const columns = found === null ? new Map<string, Column>() : valuesFor(found.table, found.rows, read);
  return collector.finish(read, columns, notes);
}

/** One file as a picture. Throws FileError, FormatError, ResourceError. */
export async function readPicture(path: string): Promise<Picture> {
  const source = await openSource(path);
  try {
    if (source.size > mostBytes)
      throw new FormatError(
        "limit",
        { file: path },
        `${source.size} bytes; at most ${mostBytes} are read of a picture`,
      );
    return await decodePicture(await readExactly(source, 0, source.size), path);
  } finally {
    await source.close();
  }
}

/** Paths of pictures below a folder, sorted by folder and name; hidden files and links are passed over. */
async function picturesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const look = async (below: string) => {
    const at = below === "" ? folder : `${folder}/${below}`;
    for (const name of await files.list(at).catch((error) => Promise.reject(fileError(at, error)))) {
      if (name.startsWith(".")) continue;
      const path = below === "" ? name : `${below}/${name}`;
      const { kind } = await files.entry(`${folder}/${path}`);
      if (kind === "folder") await look(path);
      else if (kind === "file" && pictureEndings.test(name)) found.push(path);
    }
  };
  await look("");
  return found;
}

/** The path of a folder as tables may write it: its own, or the whole one where it is written with dots. */
async function ownPath(folder: string): Promise<string> {
  return /(^|[/\\])\.{1,2}[/\\]*$/.test(folder) ? files.canonical(folder).catch(() => folder) : folder;
}

function valuesFor(
  table: PictureTable,
  rows: ReadonlyMap<string, number>,
  names: readonly string[],
): Map<string, Column> {
  const order = names.map((name) => rows.get(name));
  return new Map(
    Array.from(table.columns, ([column, values]) => [
      column,
      order.map((row) => (row === undefined ? null : values[row])),
    ]),
  );
}
