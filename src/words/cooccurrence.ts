import { FormatError } from "../io/errors.js";
import { openSource } from "../io/source.js";
import type { PairBatch, PairSource } from "../pairs/pair-source.js";
import {
  type CooccurrenceParts,
  type CooccurrenceSettings,
  contentHash,
  readCooccurrence,
  writeCooccurrence,
} from "./cooccurrence-file.js";
import type { Vocabulary } from "./vocabulary.js";

const batchPairs = 1 << 16;

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
  readonly #parts: CooccurrenceParts;
  readonly #rowStarts: Float64Array;

  /** Use `countCooccurrences` or `Cooccurrence.load`. */
  constructor(parts: CooccurrenceParts) {
    const { vocabulary, rowStarts } = parts;
    this.vocabulary = vocabulary;
    this.settings = parts.settings;
    this.fingerprint = parts.fingerprint;
    this.rows = vocabulary.words.length;
    this.columns = this.rows;
    this.pairs = rowStarts[this.rows];
    this.rowSums = parts.rowSums;
    this.#parts = parts;
    this.#rowStarts = rowStarts;
  }

  /** Bytes of memory that the pairs take; the others lie on disk. */
  get memoryBytes(): number {
    return this.#parts.columns.memoryBytes + this.#parts.weights.memoryBytes;
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

  /** Writes everything to one file, which `load` reads; see `writeCooccurrence`. */
  async save(path: string): Promise<void> {
    await writeCooccurrence(path, this.#parts);
  }

  /**
   * Opens what `save` wrote. Everything is checked, the pairs in two passes; they are then read from the file as needed,
   * until `close`. Throws FileError and FormatError.
   */
  static async load(path: string): Promise<Cooccurrence> {
    const source = await openSource(path);
    try {
      const parts = await readCooccurrence(source);
      const loaded = new Cooccurrence(parts);
      await loaded.#check(source.name);
      if ((await contentHash(parts)) !== parts.sha256) {
        throw new FormatError("checksum", { file: source.name }, "the counts are not those that were saved");
      }
      return loaded;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Gives back memory, scratch storage and files. */
  async close(): Promise<void> {
    await this.#parts.columns.close();
    await this.#parts.weights.close();
  }

  async #read(first: number, columns: Uint32Array, weights: Float32Array): Promise<void> {
    await this.#parts.columns.read(new Uint8Array(columns.buffer, columns.byteOffset, columns.byteLength), 4 * first);
    await this.#parts.weights.read(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength), 4 * first);
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
