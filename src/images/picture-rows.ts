import type { TextTable } from "../formats/text-table.js";
import { valuesOf } from "../formats/text-table.js";
import { FormatError } from "../io/errors.js";
import { pictureEndings } from "./decode-picture.js";
import { keyIn, keyNames, type PictureTable, readPictureTable } from "./picture-table.js";

/** Finds pictures of a folder by what a table may call them: with or without the folder, folders in it, and the ending. */
export class PictureFinder {
  readonly #folder: readonly string[];
  /** Null where a short name may mean several. */
  readonly #byShort = new Map<string, string | null>();

  /** `names` are paths from the folder. */
  constructor(names: readonly string[], folder: string) {
    this.#folder = partsOf(folder);
    for (const name of names) {
      for (const short of new Set([name, baseOf(name), withoutEnding(name), withoutEnding(baseOf(name))])) {
        this.#byShort.set(short, this.#byShort.has(short) && short !== name ? null : name);
      }
    }
  }

  /** The name of a picture; null where it may be several, undefined where there is none such. */
  find(given: string): string | null | undefined {
    for (const reading of this.#readings(given)) {
      const name = this.#byShort.get(reading);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** A path as it stands, and as one from the folder where it begins with the folder's own, or the end of that. */
  *#readings(given: string): Generator<string> {
    yield given;
    const path = given.replaceAll("\\", "/");
    const parts = path.split("/");
    if (path !== given || parts[0] === ".") yield partsOf(path).join("/");
    for (let k = 1; k < parts.length; k++) {
      const before = partsOf(parts.slice(0, k).join("/"));
      const shared = Math.min(before.length, this.#folder.length);
      if (shared > 0 && before.slice(-shared).every((part, n) => part === this.#folder.slice(-shared)[n]))
        yield parts.slice(k).join("/");
    }
  }
}

/** A table about pictures of a folder, the row of each picture that has one, and what to tell of it. */
export interface PictureRows {
  table: PictureTable;
  rows: ReadonlyMap<string, number>;
  notes: string[];
}

/** Reads a table about pictures of a folder. Throws FormatError where it does not say which, with the line where there is one. */
export async function tableOfPictures(path: string, finder: PictureFinder): Promise<PictureRows> {
  const notes: string[] = [];
  const table = await readPictureTable(path, (text) => {
    const key = keyIn(text.header, keyNames);
    if (key !== null) return key;
    requireNamesFirst(path, text, finder);
    notes.push(`column ${JSON.stringify(text.header[0])} of ${path} names the pictures`);
    return 0;
  });
  return { table, rows: rowsOf(table, finder), notes };
}

/** Throws unless the texts of the first column are all names of pictures; numbers may be anything. */
function requireNamesFirst(path: string, { header, headerLine, fields }: TextTable, finder: PictureFinder): void {
  const [first] = fields;
  if (finder.find(header[0]) !== undefined) {
    const message = `${JSON.stringify(header[0])} is a picture; a line with the names of the columns, such as file,label, was needed first`;
    throw new FormatError("header", { file: path, line: headerLine }, message);
  }
  const texts = !(valuesOf(first) instanceof Float64Array);
  if (texts && first.every((given) => finder.find(given) !== undefined)) return;
  const there = header.map((name) => JSON.stringify(name)).join(", ");
  const message = `no column says which picture a row is about; one called ${keyNames.join(", ")} was looked for, there are ${there}`;
  throw new FormatError(
    "header",
    { file: path, line: headerLine },
    `${message}; call the one with the files' names file`,
  );
}

/** The row of each picture. */
function rowsOf(table: PictureTable, finder: PictureFinder): Map<string, number> {
  const rows = new Map<string, number>();
  const missing: { row: number; quoted: string }[] = [];
  for (const [row, given] of (table.names ?? []).entries()) {
    const name = finder.find(given);
    const quoted = JSON.stringify(given);
    if (name === null)
      throw new FormatError("duplicate", table.placeOf(row), `${quoted} may be several pictures; say the path`);
    if (name === undefined) missing.push({ row, quoted });
    else if (rows.has(name))
      throw new FormatError("duplicate", table.placeOf(row), `a second row about ${JSON.stringify(name)}`);
    else rows.set(name, row);
  }
  if (missing.length > 0) {
    const more = missing.length > 5 ? `, and ${missing.length - 5} more` : "";
    const some = missing.slice(0, 5).map(({ quoted }) => quoted);
    const message = `column ${JSON.stringify(table.key)} names pictures that are not there: ${some.join(", ")}${more}`;
    throw new FormatError("fields", table.placeOf(missing[0].row), message);
  }
  return rows;
}

function partsOf(path: string): string[] {
  return path.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function withoutEnding(name: string): string {
  return name.replace(pictureEndings, "");
}
