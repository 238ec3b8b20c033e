import { files } from "#platform";
import type { Picture } from "../formats/picture.js";
import type { Column } from "../formats/table.js";
import { FormatError, fileError } from "../io/errors.js";
import { knownOptions, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { openSource, readExactly } from "../io/source.js";
import { decodePicture, pictureEndings } from "./decode-picture.js";
import {
  checkPictureSetOptions,
  PictureCollector,
  type PictureSet,
  type PictureSetOptions,
  pictureSetOptions,
} from "./picture-set.js";
import { type PictureTable, readPictureTable } from "./picture-table.js";

export interface ReadPicturesOptions extends PictureSetOptions, TaskOptions {
  /** A CSV of labels and attributes; its column file, path, image or name says which picture a row is about. */
  table?: string;
  /** What becomes of a picture that cannot be read: "error" (default), or "skip", which leaves it out and says so in `notes`. */
  broken?: "error" | "skip";
}

const where = "readPictures";
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
  const table = options.table === undefined ? null : await readPictureTable(options.table);
  const rows = table === null ? null : rowsByPicture(table, names);
  const meter = new Meter("reading", "items", names.length, options.onProgress);
  const collector = new PictureCollector(options);
  const read: string[] = [];
  const notes: string[] = [];
  for (const [k, name] of names.entries()) {
    options.signal?.throwIfAborted();
    try {
      collector.add(await readPicture(`${folder}/${name}`));
      read.push(name);
    } catch (error) {
      if (broken === "error" || !(error instanceof FormatError)) throw error;
      notes.push(`left out: ${error.message}`);
    }
    meter.update(k + 1, {}, k + 1 === names.length);
  }
  if (read.length === 0)
    throw new FormatError(
      "empty",
      { file: folder },
      `none of ${names.length} pictures can be read; ${notes[0].replace("left out: ", "")}`,
    );
  const columns = table === null || rows === null ? new Map<string, Column>() : valuesFor(table, rows, read);
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

/** The row of each picture in a table. Names may lack folders and endings where that leaves no doubt. */
function rowsByPicture(table: PictureTable, names: readonly string[]): Map<string, number> {
  const byShort = new Map<string, string | null>();
  for (const name of names) {
    for (const short of new Set([name, baseOf(name), withoutEnding(name), withoutEnding(baseOf(name))])) {
      byShort.set(short, byShort.has(short) && short !== name ? null : name);
    }
  }
  const rows = new Map<string, number>();
  const missing: string[] = [];
  for (const [row, given] of table.names.entries()) {
    const name = byShort.get(given.replace(/^\.\//, ""));
    if (name === null)
      throw new FormatError(
        "duplicate",
        table.placeOf(row),
        `${JSON.stringify(given)} may be several pictures; say the path`,
      );
    if (name === undefined) missing.push(given);
    else if (rows.has(name))
      throw new FormatError("duplicate", table.placeOf(row), `a second row about ${JSON.stringify(name)}`);
    else rows.set(name, row);
  }
  if (missing.length > 0) {
    const some = missing.slice(0, 5).map((name) => JSON.stringify(name));
    const more = missing.length > 5 ? `, and ${missing.length - 5} more` : "";
    throw new FormatError(
      "fields",
      { file: table.file },
      `names pictures that are not there: ${some.join(", ")}${more}`,
    );
  }
  return rows;
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function withoutEnding(name: string): string {
  return name.replace(pictureEndings, "");
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
