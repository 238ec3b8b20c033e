import {
  readSafetensorsHeader,
  readTensor,
  requireTensor,
  type SafetensorsHeader,
  type TensorOut,
  writeSafetensors,
} from "../formats/safetensors.js";
import { FormatError } from "../io/errors.js";
import { openSource, type Source } from "../io/source.js";
import { decodeUtf8 } from "../io/utf8.js";
import type { PairBatch, PairSource } from "../pairs/pair-source.js";
import { Names } from "../space/names.js";
import type { Vocabulary } from "./vocabulary.js";

/** Bytes read at any position: a spool, or a tensor of a file. */
export interface StoredBytes {
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

const batchPairs = 1 << 16;
const fileFormat = "thing2vec.cooccurrence";
const fileVersion = "1";

/**
 * How often words occur near each other: X_ij = sum of 1 / d over all places where word j stands d words from word i,
 * for i and j in a vocabulary of V words. Rows and columns are in the vocabulary's order; only X_ij > 0 are stored.
 */
export class Cooccurrence implements PairSource {
  readonly vocabulary: Vocabulary;
  readonly settings: CooccurrenceSettings;
  /** Changes with the corpus's bytes and with the settings, and with nothing else. */
  readonly fingerprint: string;
  /** V. */
  readonly rows: number;
  readonly columns: number;
  /** How many X_ij are above 0; both (i, j) and (j, i) count. */
  readonly pairs: number;
  /** f64[V]: sum over j of X_ij, rounded once from the exact sum. */
  readonly rowSums: Float64Array;
  readonly #rowStarts: Float64Array;
  readonly #columns: StoredBytes;
  readonly #weights: StoredBytes;

  /** Use `countCooccurrences` or `Cooccurrence.load`. */
  constructor({ vocabulary, settings, fingerprint, columns, weights, rowStarts, rowSums }: CooccurrenceParts) {
    this.vocabulary = vocabulary;
    this.settings = settings;
    this.fingerprint = fingerprint;
    this.rows = vocabulary.words.length;
    this.columns = this.rows;
    this.pairs = rowStarts[this.rows];
    this.rowSums = rowSums;
    this.#rowStarts = rowStarts;
    this.#columns = columns;
    this.#weights = weights;
  }

  /** All pairs, X as f32, by row and then by column. Batches share their arrays: one is over when the next is asked for. */
  async *batches(): AsyncGenerator<PairBatch> {
    const batch = {
      length: 0,
      i: new Uint32Array(batchPairs),
      j: new Uint32Array(batchPairs),
      weight: new Float32Array(batchPairs),
    };
    let row = 0;
    for (let first = 0; first < this.pairs; first += batchPairs) {
      batch.length = Math.min(batchPairs, this.pairs - first);
      await this.#read(first, batch.j.subarray(0, batch.length), batch.weight.subarray(0, batch.length));
      for (let k = 0; k < batch.length; ) {
        while (this.#rowStarts[row + 1] <= first + k) row++;
        const end = Math.min(batch.length, this.#rowStarts[row + 1] - first);
        batch.i.fill(row, k, end);
        k = end;
      }
      yield batch;
    }
  }

  /** The words near word i, in ascending order, with X_ij. Throws RangeError outside 0 .. rows - 1. */
  async row(i: number): Promise<{ columns: Uint32Array; weights: Float32Array }> {
    if (!Number.isInteger(i) || i < 0 || i >= this.rows) {
      throw new RangeError(`Cooccurrence.row: row must be an integer from 0 to ${this.rows - 1}, got ${i}`);
    }
    const length = this.#rowStarts[i + 1] - this.#rowStarts[i];
    const [columns, weights] = [new Uint32Array(length), new Float32Array(length)];
    await this.#read(this.#rowStarts[i], columns, weights);
    return { columns, weights };
  }

  /** Writes everything to one safetensors file, which `load` reads; see docs in `tensorsOf`. */
  async save(path: string): Promise<void> {
    const { words, counts, distinct, tokens } = this.vocabulary;
    const utf8 = Array.from({ length: this.rows }, (_, row) => words.utf8(row).slice());
    const wordBytes = utf8.reduce((sum, bytes) => sum + bytes.length, 0);
    const rowPairs = Uint32Array.from(
      { length: this.rows },
      (_, row) => this.#rowStarts[row + 1] - this.#rowStarts[row],
    );
    const whole = (array: Float64Array | Uint32Array) => [
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    ];
    const tensors: TensorOut[] = [
      { name: "counts", dtype: "F64", shape: [this.rows], data: () => whole(counts) },
      { name: "row_sums", dtype: "F64", shape: [this.rows], data: () => whole(this.rowSums) },
      { name: "row_pairs", dtype: "U32", shape: [this.rows], data: () => whole(rowPairs) },
      {
        name: "word_bytes",
        dtype: "U32",
        shape: [this.rows],
        data: () => whole(Uint32Array.from(utf8, (b) => b.length)),
      },
      { name: "columns", dtype: "U32", shape: [this.pairs], data: () => stored(this.#columns, 4 * this.pairs) },
      { name: "weights", dtype: "F32", shape: [this.pairs], data: () => stored(this.#weights, 4 * this.pairs) },
      { name: "words", dtype: "U8", shape: [wordBytes], data: () => utf8 },
    ];
    await writeSafetensors(path, tensors, {
      format: fileFormat,
      version: fileVersion,
      fingerprint: this.fingerprint,
      settings: JSON.stringify(this.settings),
      distinct: String(distinct),
      tokens: String(tokens),
    });
  }

  /**
   * Opens what `save` wrote. Everything is checked, the pairs in one pass; they are then read from the file as needed,
   * until `close`. Throws FileError and FormatError.
   */
  static async load(path: string): Promise<Cooccurrence> {
    const source = await openSource(path);
    try {
      const header = await readSafetensorsHeader(source);
      const loaded = new Cooccurrence(await readParts(source, header));
      await loaded.#check(source.name);
      return loaded;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Gives back memory, scratch storage and files. */
  async close(): Promise<void> {
    await this.#columns.close();
    await this.#weights.close();
  }

  async #read(first: number, columns: Uint32Array, weights: Float32Array): Promise<void> {
    await this.#columns.read(new Uint8Array(columns.buffer, columns.byteOffset, columns.byteLength), 4 * first);
    await this.#weights.read(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength), 4 * first);
  }

  async #check(file: string): Promise<void> {
    let [row, column] = [-1, -1];
    for await (const { length, i, j, weight } of this.batches()) {
      for (let k = 0; k < length; k++) {
        if (i[k] !== row) column = -1;
        row = i[k];
        const wrong = j[k] >= this.rows || j[k] <= column || !(weight[k] > 0 && weight[k] < Number.POSITIVE_INFINITY);
        if (wrong) {
          const message = `row ${row} has column ${j[k]} with weight ${weight[k]} after column ${column}; columns must ascend below ${this.rows}, weights be finite and above 0`;
          throw new FormatError("number", { file }, message);
        }
        column = j[k];
      }
    }
  }
}

async function* stored(bytes: StoredBytes, length: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(4 * batchPairs);
  for (let position = 0; position < length; position += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, length - position));
    await bytes.read(part, position);
    yield part;
  }
}

async function readParts(source: Source, header: SafetensorsHeader): Promise<CooccurrenceParts> {
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
  const vocabulary = { words, counts, distinct: whole(metadata("distinct")), tokens: whole(metadata("tokens")) };

  function whole(text: string): number {
    return /^\d{1,15}$/.test(text) ? Number(text) : refuse(`${JSON.stringify(text.slice(0, 40))} is no count`);
  }
  const section = (offset: number, shared: boolean): StoredBytes => ({
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
  const whole = (name: string) => {
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
    window: whole("window"),
    minCount: whole("minCount"),
    maxWords: fields.maxWords === null ? null : whole("maxWords"),
    lowerCase: flag("lowerCase"),
    numbers: flag("numbers"),
    symmetric: flag("symmetric"),
    windowsCrossLines: flag("windowsCrossLines"),
  };
}
