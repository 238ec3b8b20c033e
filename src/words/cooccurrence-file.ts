import { sha256 } from "#platform";
import {
  readSafetensorsHeader,
  readTensor,
  requireTensor,
  type TensorOut,
  writeSafetensors,
} from "../formats/safetensors.js";
import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import type { Source } from "../io/source.js";
import { decodeUtf8 } from "../io/utf8.js";
import type { Vocabulary } from "./vocabulary.js";

/** Bytes read at any position: a spool, or a tensor of a file. */
export interface StoredBytes {
  /** Bytes of memory taken. */
  readonly memoryBytes: number;
  read(into: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** The options that a count depends on. */
export interface CooccurrenceSettings {
  window: number;
  minCount: number;
  /** The most words kept; null where there was no limit. */
  maxWords: number | null;
  lowerCase: boolean;
  numbers: boolean;
  symmetric: boolean;
  windowsCrossLines: boolean;
}

export interface CooccurrenceParts {
  vocabulary: Vocabulary;
  settings: CooccurrenceSettings;
  /** SHA-256 of the corpus's bytes and the settings. */
  fingerprint: string;
  columns: StoredBytes;
  weights: StoredBytes;
  rowStarts: Float64Array;
  rowSums: Float64Array;
}

const fileFormat = "thing2vec.cooccurrence";
const fileVersion = "1";

/**
 * Writes counts to one safetensors file: by word its UTF-8 (`words`, lengths in `word_bytes`), count, number of pairs and
 * sum of X; by pair, row after row, its column and X; the settings as metadata.
 */
export async function writeCooccurrence(path: string, counts: CooccurrenceParts): Promise<void> {
  const { vocabulary, rowStarts, rowSums, columns, weights } = counts;
  const rows = vocabulary.words.length;
  const pairs = rowStarts[rows];
  const utf8 = Array.from({ length: rows }, (_, row) => vocabulary.words.utf8(row).slice());
  const wordBytes = Uint32Array.from(utf8, (bytes) => bytes.length);
  const allBytes = wordBytes.reduce((sum, length) => sum + length, 0);
  const rowPairs = Uint32Array.from({ length: rows }, (_, row) => rowStarts[row + 1] - rowStarts[row]);
  const tensors: TensorOut[] = [
    { name: "counts", dtype: "F64", shape: [rows], data: () => whole(vocabulary.counts) },
    { name: "row_sums", dtype: "F64", shape: [rows], data: () => whole(rowSums) },
    { name: "row_pairs", dtype: "U32", shape: [rows], data: () => whole(rowPairs) },
    { name: "word_bytes", dtype: "U32", shape: [rows], data: () => whole(wordBytes) },
    { name: "columns", dtype: "U32", shape: [pairs], data: () => piecesOf(columns, 4 * pairs) },
    { name: "weights", dtype: "F32", shape: [pairs], data: () => piecesOf(weights, 4 * pairs) },
    { name: "words", dtype: "U8", shape: [allBytes], data: () => utf8 },
  ];
  await writeSafetensors(path, tensors, {
    format: fileFormat,
    version: fileVersion,
    fingerprint: counts.fingerprint,
    settings: JSON.stringify(counts.settings),
    distinct: String(vocabulary.distinct),
    tokens: String(vocabulary.tokens),
    sha256: await contentHash(counts),
  });
}

/** SHA-256 of all that a file of counts holds, so that a damaged one is no other count in silence. */
export async function contentHash(counts: CooccurrenceParts): Promise<string> {
  const { vocabulary, settings, fingerprint, rowStarts, rowSums, columns, weights } = counts;
  const { words, distinct, tokens } = vocabulary;
  const hash = sha256();
  hash.update(new TextEncoder().encode(JSON.stringify([settings, fingerprint, distinct, tokens, ...words])));
  for (const array of [vocabulary.counts, rowStarts, rowSums]) for (const bytes of whole(array)) hash.update(bytes);
  const bytes = 4 * rowStarts[rowStarts.length - 1];
  for (const stored of [columns, weights]) for await (const piece of piecesOf(stored, bytes)) hash.update(piece);
  return hash.digest();
}

function whole(array: Float64Array | Uint32Array): Uint8Array[] {
  return [new Uint8Array(array.buffer, array.byteOffset, array.byteLength)];
}

async function* piecesOf(bytes: StoredBytes, length: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(1 << 18);
  for (let position = 0; position < length; position += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, length - position));
    await bytes.read(part, position);
    yield part;
  }
}

/**
 * Reads what `writeCooccurrence` wrote, all but the pairs, which are then read from the source as needed. Everything but
 * the pairs' values is checked. Throws FormatError.
 */
export async function readCooccurrence(source: Source): Promise<CooccurrenceParts & { sha256: string }> {
  const header = await readSafetensorsHeader(source);
  const file = source.name;
  const refuse = (message: string): never => {
    throw new FormatError("header", { file }, message);
  };
  const metadata = (key: string) => header.metadata.get(key) ?? refuse(`the metadata has no ${key}`);
  if (header.metadata.get("format") !== fileFormat || metadata("version") !== fileVersion) {
    const message = `co-occurrence counts of version ${fileVersion} were needed, as words --keep-counts leaves them`;
    throw new FormatError("unsupported", { file }, message);
  }
  const tensors = {
    counts: requireTensor(file, header, "counts", "F64", 1),
    rowSums: requireTensor(file, header, "row_sums", "F64", 1),
    rowPairs: requireTensor(file, header, "row_pairs", "U32", 1),
    wordBytes: requireTensor(file, header, "word_bytes", "U32", 1),
    columns: requireTensor(file, header, "columns", "U32", 1),
    weights: requireTensor(file, header, "weights", "F32", 1),
    words: requireTensor(file, header, "words", "U8", 1),
  };
  const rows = tensors.counts.shape[0];
  const pairs = tensors.columns.shape[0];
  for (const { name, shape } of [tensors.rowSums, tensors.rowPairs, tensors.wordBytes]) {
    if (shape[0] !== rows) refuse(`tensor ${name} has ${shape[0]} elements, counts has ${rows}`);
  }
  if (tensors.weights.shape[0] !== pairs) refuse(`there are ${pairs} columns but ${tensors.weights.shape[0]} weights`);

  const counts = new Float64Array(rows);
  const rowSums = new Float64Array(rows);
  const rowPairs = new Uint32Array(rows);
  await readTensor(source, tensors.counts, 0, counts);
  await readTensor(source, tensors.rowSums, 0, rowSums);
  await readTensor(source, tensors.rowPairs, 0, rowPairs);
  counts.forEach((count, row) => {
    if (!Number.isSafeInteger(count) || count < 1 || (row > 0 && count > counts[row - 1])) {
      refuse(`row ${row} has count ${count}; counts must be whole, above 0 and descending`);
    }
  });
  rowSums.forEach((sum, row) => {
    if (!(sum >= 0 && sum < Number.POSITIVE_INFINITY)) refuse(`row ${row} has sum ${sum}`);
  });
  const rowStarts = new Float64Array(rows + 1);
  rowPairs.forEach((length, row) => {
    rowStarts[row + 1] = rowStarts[row] + length;
  });
  if (rowStarts[rows] !== pairs) refuse(`row_pairs add up to ${rowStarts[rows]}, there are ${pairs} pairs`);

  const lengths = new Uint32Array(rows);
  const utf8 = new Uint8Array(tensors.words.bytes);
  await readTensor(source, tensors.wordBytes, 0, lengths);
  await readTensor(source, tensors.words, 0, utf8);
  const words = readWords(file, utf8, lengths);
  const vocabulary = { words, counts, distinct: total(metadata("distinct")), tokens: total(metadata("tokens")) };

  function total(text: string): number {
    return /^\d{1,15}$/.test(text) ? Number(text) : refuse(`${JSON.stringify(text.slice(0, 40))} is no count`);
  }
  const section = (offset: number, shared: boolean): StoredBytes => ({
    memoryBytes: 0,
    async read(into, position) {
      const got = await source.read(into, offset + position);
      if (got < into.length) {
        throw new FormatError("truncated", { file, offset: offset + position + got }, "the file became shorter");
      }
    },
    close: async () => (shared ? undefined : await source.close()),
  });
  return {
    vocabulary,
    settings: readSettings(file, metadata("settings")),
    fingerprint: metadata("fingerprint"),
    sha256: metadata("sha256"),
    columns: section(tensors.columns.offset, true),
    weights: section(tensors.weights.offset, false),
    rowStarts,
    rowSums,
  };
}

function readWords(file: string, utf8: Uint8Array, lengths: Uint32Array): Names {
  const words = new Names();
  let start = 0;
  lengths.forEach((length, row) => {
    try {
      if (start + length > utf8.length) throw new RangeError("the words end early");
      words.add(decodeUtf8(utf8.subarray(start, start + length)));
    } catch (error) {
      const message = `word ${row}: ${error instanceof Error ? error.message : String(error)}`;
      throw new FormatError("encoding", { file }, message, { cause: error });
    }
    start += length;
  });
  if (start !== utf8.length)
    throw new FormatError("header", { file }, `${utf8.length - start} bytes after the last word`);
  return words;
}

function readSettings(file: string, json: string): CooccurrenceSettings {
  const refuse = (message: string): never => {
    throw new FormatError("header", { file }, `settings: ${message}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    refuse("no JSON");
  }
  if (typeof value !== "object" || value === null) return refuse("an object was needed");
  const fields = value as Record<string, unknown>;
  const atLeastOne = (name: string) => {
    const field = fields[name];
    return typeof field === "number" && Number.isSafeInteger(field) && field >= 1
      ? field
      : refuse(`${name} must be an integer >= 1`);
  };
  const flag = (name: string) => {
    const field = fields[name];
    return typeof field === "boolean" ? field : refuse(`${name} must be true or false`);
  };
  return {
    window: atLeastOne("window"),
    minCount: atLeastOne("minCount"),
    maxWords: fields.maxWords === null ? null : atLeastOne("maxWords"),
    lowerCase: flag("lowerCase"),
    numbers: flag("numbers"),
    symmetric: flag("symmetric"),
    windowsCrossLines: flag("windowsCrossLines"),
  };
}
