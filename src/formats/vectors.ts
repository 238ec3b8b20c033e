import { FormatError } from "../io/errors.js";
import { knownOptions, wordOption } from "../io/options.js";
import { type ByteStream, openSource, openStream, type Source } from "../io/source.js";
import { type Duplicates, withoutDuplicates } from "./duplicates.js";
import { readGlove, textStart, writeGlove } from "./glove.js";
import { readNpy, writeNpy } from "./npy.js";
import { metadataPath, readProjector, writeProjector } from "./projector.js";
import type { ReadOptions } from "./read-options.js";
import { readSafetensorsVectors, writeSafetensorsVectors } from "./safetensors-vectors.js";
import { TextLines } from "./text-rows.js";
import type { VectorRows } from "./vector-rows.js";
import { readWord2vecBinary, writeWord2vecBinary } from "./word2vec-binary.js";
import { readWord2vecText, writeWord2vecText } from "./word2vec-text.js";

/** Files of named vectors, whatever their format. */

export const vectorFormats = ["word2vec-text", "word2vec-binary", "glove", "npy", "safetensors", "projector"] as const;
export type VectorFormat = (typeof vectorFormats)[number];

export interface OpenVectorsOptions extends ReadOptions {
  /** Default: what the content and the file's name say. */
  format?: VectorFormat;
  /** A name that stands twice; see `Duplicates`. Default "first", with a warning that counts them. */
  duplicates?: Duplicates;
  /** File of names, one a line, for npy; the metadata file for projector (default: beside the vectors). */
  names?: string;
}

/** Opens a file of vectors. `-` is standard input; gzip is unpacked for the formats that are read from front to back. */
export async function openVectors(path: string, options: OpenVectorsOptions = {}): Promise<VectorRows> {
  const where = "openVectors";
  const { format: asked, duplicates = "first", names, ...readOptions } = options;
  knownOptions(where, readOptions, ["nonfinite", "encodingErrors", "limit", "onWarning"]);
  wordOption(where, "duplicates", duplicates, ["error", "first", "keep"]);
  if (asked !== undefined) wordOption(where, "format", asked, vectorFormats);
  const { stream, head, close } = await peek(await openStream(path));
  let rows: VectorRows;
  try {
    const format = asked ?? (await formatOf(path, head));
    if (names !== undefined && format !== "npy" && format !== "projector") {
      throw new RangeError(`${where}: names is an option for npy and projector, ${path} is ${format}`);
    }
    rows = await openAs(format, path, stream, close, names, readOptions);
  } catch (error) {
    await close();
    throw error;
  }
  return withoutDuplicates(rows, duplicates, options.onWarning);
}

async function openAs(
  format: VectorFormat,
  path: string,
  stream: ByteStream,
  close: () => Promise<void>,
  names: string | undefined,
  options: ReadOptions,
): Promise<VectorRows> {
  const wholeFile = async (): Promise<Source> => {
    await close();
    if (path === "-" || stream.compressed) {
      throw new FormatError(
        "unsupported",
        { file: stream.name },
        `${format} is read from a plain file only; unpack it first`,
      );
    }
    return openSource(path);
  };
  switch (format) {
    case "word2vec-text":
      return readWord2vecText(stream, options);
    case "word2vec-binary":
      return readWord2vecBinary(stream, options);
    case "glove":
      return readGlove(stream, options);
    case "projector":
      if (path === "-" && names === undefined) {
        throw new RangeError("openVectors: projector from standard input needs names");
      }
      return readProjector(stream, await openStream(names ?? metadataPath(path)), options);
    case "npy":
      return closingOnError(await wholeFile(), async (source) =>
        readNpy(source, { ...options, names: names === undefined ? undefined : await openStream(names) }),
      );
    case "safetensors":
      return closingOnError(await wholeFile(), (source) => readSafetensorsVectors(source, options));
  }
}

async function closingOnError<T>(source: Source, work: (source: Source) => Promise<T>): Promise<T> {
  try {
    return await work(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Bytes from the front that detection looks at. */
const headBytes = 1 << 16;

/** A stream's first bytes, and the stream as if nothing had been read. */
async function peek(stream: ByteStream): Promise<{ stream: ByteStream; head: Uint8Array; close: () => Promise<void> }> {
  const pieces = stream[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (length < headBytes && !ended) {
    const next = await pieces.next();
    if (next.done) ended = true;
    else {
      first.push(next.value);
      length += next.value.length;
    }
  }
  const head = new Uint8Array(Math.min(length, headBytes));
  let at = 0;
  for (const piece of first) {
    const part = piece.subarray(0, head.length - at);
    head.set(part, at);
    at += part.length;
  }
  const close = async () => {
    await pieces.return?.();
  };
  const again: ByteStream = {
    name: stream.name,
    size: stream.size,
    compressed: stream.compressed,
    async *[Symbol.asyncIterator]() {
      try {
        yield* first.splice(0);
        for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
      } finally {
        await close();
      }
    },
  };
  return { stream: again, head, close };
}

/** The format of a file of vectors by its first bytes, and by its name where those do not tell. */
export async function detectFormat(path: string): Promise<VectorFormat> {
  const { head, close } = await peek(await openStream(path));
  await close();
  return formatOf(path, head);
}

async function formatOf(path: string, head: Uint8Array): Promise<VectorFormat> {
  if (head.length === 0) throw new FormatError("empty", { file: path }, "the file is empty");
  if (startsWith(head, "\x93NUMPY")) return "npy";
  if (head.length > 8 && head[8] === 0x7b && head[6] === 0 && head[7] === 0) return "safetensors"; // length, then {
  const other = foreignFormats.find(({ magic }) => startsWith(head, magic));
  if (other !== undefined) {
    const message = `this is ${other.what}; ${other.advice}. Vectors are read from ${vectorFormats.join(", ")}`;
    throw new FormatError("unsupported", { file: path, offset: 0 }, message);
  }
  const name = path.toLowerCase().replace(/\.gz$/, "");
  const byName = (["npy", "safetensors"] as const).find((format) => name.endsWith(`.${format}`));
  if (byName !== undefined) return byName; // the reader says what is wrong with it
  if (name.endsWith(".tsv") && !head.subarray(0, endOfLine(head)).includes(0x20)) return "projector";
  const start = textStart(await TextLines.open(memoryHead(path, head)));
  if (start === "header and row") return "word2vec-text";
  if (start !== "row" && hasControlBytes(head)) return "word2vec-binary";
  return start === "header alone" ? "word2vec-text" : "glove";
}

/** What people have at hand and mistake for one of ours. */
const foreignFormats = [
  { magic: "PAR1\x15", what: "a Parquet file", advice: "tables of items are Parquet, vectors are not" },
  { magic: "PK\x03\x04", what: "a zip archive (npz?)", advice: "unpack it and give one of its .npy files" },
  { magic: "\xba\x16\x4f\x2f", what: "a fastText model (.bin)", advice: "give its .vec file" },
  {
    magic: "\x80",
    what: "a Python pickle (gensim's .model or .kv?)",
    advice: "save it with save_word2vec_format: pickles run code and are never read",
  },
];

function startsWith(bytes: Uint8Array, latin1: string): boolean {
  return (
    bytes.length >= latin1.length && Array.from(latin1).every((character, i) => bytes[i] === character.charCodeAt(0))
  );
}

function endOfLine(bytes: Uint8Array): number {
  const end = bytes.indexOf(0x0a);
  return end < 0 ? bytes.length : end;
}

/** Bytes that text has none of, and floats have many of. */
function hasControlBytes(head: Uint8Array): boolean {
  return head.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13);
}

/** The first bytes as a stream, without the line that they may cut. */
function memoryHead(name: string, head: Uint8Array): ByteStream {
  const end = head.length < headBytes ? head.length : Math.max(head.lastIndexOf(0x0a) + 1, endOfLine(head));
  return {
    name,
    size: end,
    compressed: false,
    async *[Symbol.asyncIterator]() {
      yield head.subarray(0, end);
    },
  };
}

export interface WriteVectorsOptions {
  /** File for the names where the format holds none: npy (default: they are not kept), projector (default: beside). */
  names?: string;
  onWarning?: (message: string) => void;
}

/** Writes vectors in a format, atomically and a batch at a time. Returns the number of rows. */
export async function writeVectors(
  path: string,
  format: VectorFormat,
  rows: VectorRows,
  options: WriteVectorsOptions = {},
): Promise<number> {
  const where = "writeVectors";
  wordOption(where, "format", format, vectorFormats);
  knownOptions(where, options, ["names", "onWarning"]);
  const { names, onWarning } = options;
  if (names !== undefined && format !== "npy" && format !== "projector") {
    throw new RangeError(`${where}: names is an option for npy and projector, not for ${format}`);
  }
  switch (format) {
    case "word2vec-text":
      return writeWord2vecText(path, rows);
    case "word2vec-binary":
      return writeWord2vecBinary(path, rows);
    case "glove":
      return writeGlove(path, rows);
    case "projector":
      return writeProjector(path, rows, { metadata: names });
    case "npy":
      if (names === undefined) onWarning?.(`${path}: npy holds no names; give a file for them to keep them`);
      return writeNpy(path, rows, { names });
    case "safetensors":
      return writeSafetensorsVectors(path, rows);
  }
}

/** The format that a new file's name asks for; undefined where it does not tell. */
export function formatByName(path: string): VectorFormat | undefined {
  const name = path.toLowerCase();
  if (name.endsWith(".npy")) return "npy";
  if (name.endsWith(".safetensors")) return "safetensors";
  if (name.endsWith(".tsv")) return "projector";
  if (name.endsWith(".bin")) return "word2vec-binary";
  if (name.endsWith(".vec")) return "word2vec-text";
  if (/glove[^/\\]*\.txt$/.test(name)) return "glove";
  return name.endsWith(".txt") ? "word2vec-text" : undefined;
}
