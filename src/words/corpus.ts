import { files, isLink } from "#platform";
import { FormatError, fileError } from "../io/errors.js";
import { isGzip, openSource, openStream } from "../io/source.js";
import { isWellFormed, validUtf8Length } from "../io/utf8.js";

/**
 * Text to learn from: a path, several paths, or text itself. A path is a file, a folder, or `-` for standard input;
 * gzip is recognized by its first bytes. Of a folder come all files that look like text, also those in its folders,
 * in the order of their names; several paths come in the order given.
 */
export type Corpus = string | readonly string[] | TextCorpus;

/** Text from the program: strings, each followed by a line end, or bytes of UTF-8, one piece after the other. */
export interface TextCorpus {
  readonly texts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
  /** For messages; `<text>` by default. */
  readonly name?: string;
}

/** What a corpus turned out to be. */
export interface CorpusFiles {
  /** In the order in which they will be read. */
  texts: CorpusText[];
  /** Files of folders that are left out, and why. */
  skipped: { path: string; reason: string }[];
  /** Bytes to be read; undefined where that cannot be known before: standard input, gzip, text from the program. */
  bytes: number | undefined;
}

export interface CorpusText {
  /** A path, `<stdin>`, or the corpus's name. */
  name: string;
  /** Bytes as stored; undefined where unknown. */
  size: number | undefined;
  /** Whether the stored bytes are gzip. */
  compressed: boolean;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

const looks = 4096;

/**
 * Finds the files of a corpus and looks at each, so that a missing one is an error before work starts. Throws FileError,
 * TypeError, and FormatError "empty" for a folder without text.
 */
export async function findTexts(corpus: Corpus): Promise<CorpusFiles> {
  if (typeof corpus === "object" && !Array.isArray(corpus)) return textFromProgram(corpus as TextCorpus);
  const paths = typeof corpus === "string" ? [corpus] : (corpus as readonly string[]);
  if (paths.length === 0) throw new RangeError("corpus: at least one path is needed, got none");
  const found: CorpusFiles = { texts: [], skipped: [], bytes: 0 };
  for (const path of paths) {
    if (typeof path !== "string") throw new TypeError(`corpus: a path must be a string, got ${typeof path}`);
    if (path === "-") {
      found.texts.push({ name: "<stdin>", size: undefined, compressed: false, open: () => openStream("-") });
    } else if ((await kindOf(path)) === "folder") {
      const before = found.texts.length;
      await findInFolder(path, found);
      if (found.texts.length === before)
        throw new FormatError("empty", { file: path }, "there is no text in this folder");
    } else {
      found.texts.push(await fileText(path));
    }
  }
  if (paths.filter((path) => path === "-").length > 1)
    throw new RangeError("corpus: standard input can be read once, - is given twice");
  const known = found.texts.every(({ size, compressed }) => size !== undefined && !compressed);
  found.bytes = known ? found.texts.reduce((sum, { size }) => sum + (size as number), 0) : undefined;
  return found;
}

async function kindOf(path: string): Promise<string> {
  try {
    return (await files.info(path)).kind;
  } catch (error) {
    throw fileError(path, error);
  }
}

async function fileText(path: string): Promise<CorpusText> {
  const source = await openSource(path);
  try {
    const magic = new Uint8Array(2);
    await source.read(magic, 0);
    return { name: path, size: source.size, compressed: isGzip(magic), open: () => openStream(path) };
  } finally {
    await source.close();
  }
}

async function findInFolder(folder: string, found: CorpusFiles): Promise<void> {
  let names: string[];
  try {
    names = await files.list(folder);
  } catch (error) {
    throw fileError(folder, error);
  }
  if (names.includes("space.json") || folder.endsWith(".space")) {
    found.skipped.push({ path: folder, reason: "a space" });
    return;
  }
  for (const name of names) {
    const path = folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
    const kind = await kindOf(path);
    const skip = (reason: string) => found.skipped.push({ path, reason });
    if (name.startsWith(".")) skip("its name begins with a dot");
    else if (kind === "folder" && (await isLink(path))) skip("a link to a folder");
    else if (kind === "folder") await findInFolder(path, found);
    else if (kind !== "file") skip("a device, pipe or socket");
    else {
      const reason = await whyNotText(path);
      if (reason === null) found.texts.push(await fileText(path));
      else skip(reason);
    }
  }
}

/** Why a file of a folder is not taken for text; null where it is. Its first 4 KiB tell. */
async function whyNotText(path: string): Promise<string | null> {
  const source = await openSource(path);
  try {
    const start = new Uint8Array(looks);
    const length = await source.read(start, 0);
    if (length === 0) return "empty";
    if (isGzip(start)) return path.endsWith(".tar.gz") || path.endsWith(".tgz") ? "an archive" : null;
    if (utf16Order(start.subarray(0, length)) !== null) return null; // text, which reading will refuse by name
    if (start.subarray(0, length).includes(0)) return "not text: it holds NUL bytes";
    // the last character may be cut
    if (validUtf8Length(start.subarray(0, length)) < length - 3) return "not text: its first bytes are not UTF-8";
    return null;
  } finally {
    await source.close();
  }
}

/** The byte order of UTF-16 text by its first bytes; null where they are none. */
export function utf16Order(start: Uint8Array): "little" | "big" | null {
  if (start[0] === 0xff && start[1] === 0xfe) return "little";
  if (start[0] === 0xfe && start[1] === 0xff) return "big";
  const nuls = [0, 0];
  for (let k = 0; k < start.length; k++) if (start[k] === 0) nuls[k % 2]++;
  const many = start.length / 4; // half of the bytes at even or at odd places
  if (start.length < 16) return null;
  return nuls[1] > many && nuls[0] === 0 ? "little" : nuls[0] > many && nuls[1] === 0 ? "big" : null;
}

function textFromProgram({ texts, name = "<text>" }: TextCorpus): CorpusFiles {
  if (texts === undefined || typeof texts === "string") {
    throw new TypeError("corpus: give paths, or { texts } with an iterable of strings or bytes");
  }
  const encoder = new TextEncoder();
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let index = 0;
    for await (const text of texts) {
      if (typeof text === "string") {
        if (!isWellFormed(text)) {
          throw new FormatError("encoding", { file: name }, `text ${index} holds half of a surrogate pair`);
        }
        yield encoder.encode(text.endsWith("\n") ? text : `${text}\n`);
      } else if (text instanceof Uint8Array) {
        yield text;
      } else {
        throw new TypeError(`${name}: text ${index} must be a string or Uint8Array, got ${typeof text}`);
      }
      index++;
    }
  }
  return {
    texts: [{ name, size: undefined, compressed: false, open: async () => bytes() }],
    skipped: [],
    bytes: undefined,
  };
}
