import { folderOf } from "#platform";
import { openConfined } from "../../io/confined.js";
import { FormatError, ResourceError } from "../../io/errors.js";
import { readExactly, type Source } from "../../io/source.js";
import type { ExternalRange } from "./external-range.js";
import type { OnnxTensor } from "./model.js";
import { elementsOf } from "./tensor-reader.js";

/** Gives exactly `length` bytes from byte `offset` of what a model calls `location`. */
export type ReadExternal = (location: string, offset: number, length: number) => Promise<Uint8Array>;

/** A tensor that waits for its elements. */
export interface ExternalTensor {
  tensor: OnnxTensor;
  range: ExternalRange;
}

interface Surroundings {
  /** The model's file, for messages. */
  file: string;
  /** The model's path, whose folder holds the other files; undefined for a model in memory. */
  folderOf: string | undefined;
  readExternal: ReadExternal | undefined;
  /** Bytes that all these tensors together may take. */
  memoryLeft: number;
}

/**
 * Reads the tensors that a model keeps in other files. These are plain files in the model's folder or below, reached
 * without links (`openConfined`); every range is compared with its file's size, and the sum of all with the memory,
 * before anything is allocated.
 */
export async function loadExternal(tensors: ExternalTensor[], surroundings: Surroundings): Promise<void> {
  const { file, folderOf: path, readExternal, memoryLeft } = surroundings;
  if (tensors.length === 0) return;
  if (readExternal === undefined && path === undefined) {
    const [{ range }] = tensors;
    const message = `${range.label} lies in another file, ${JSON.stringify(range.location)}, which a model in memory does not reach`;
    throw new FormatError("unsupported", { file, offset: range.at }, `${message}; give readExternal`);
  }
  const read = readExternal ?? new ExternalFiles(file, path ?? "");
  const needed = tensors.reduce((sum, { range }) => sum + range.length, 0);
  if (read instanceof ExternalFiles) for (const { range } of tensors) await read.check(range);
  if (needed > memoryLeft) {
    throw new ResourceError(
      `${file}: its tensors in other files need ${needed} bytes of memory, ${memoryLeft} are left`,
    );
  }
  for (const { tensor, range } of tensors) {
    if (tensor.type === "string") throw new Error("internal: text in another file");
    const bytes = read instanceof ExternalFiles ? await read.read(range) : await askFor(read, range, file);
    tensor.data = elementsOf(tensor.type, bytes, (index, message) => {
      const place = { file: range.location, offset: range.offset + index };
      return new FormatError("number", place, `${range.label}: ${message}`);
    });
  }
}

async function askFor(read: ReadExternal, range: ExternalRange, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await read(range.location, range.offset, range.length);
  if (bytes.length === range.length) return bytes as Uint8Array<ArrayBuffer>;
  const message = `${range.label}: readExternal was to give ${range.length} bytes, it gave ${bytes.length}`;
  throw new FormatError("truncated", { file, offset: range.at }, message);
}

/** The files that a model names; one is open at a time. */
class ExternalFiles {
  readonly #file: string;
  readonly #folder: string;

  constructor(file: string, path: string) {
    this.#file = file;
    this.#folder = folderOf(path);
  }

  /** Whether the range lies within its file. */
  async check(range: ExternalRange): Promise<void> {
    await this.#with(range, async () => undefined);
  }

  async read(range: ExternalRange): Promise<Uint8Array<ArrayBuffer>> {
    return this.#with(range, (source) => readExactly(source, range.offset, range.length));
  }

  async #with<T>(range: ExternalRange, work: (source: Source) => Promise<T>): Promise<T> {
    const fail = (why: string) =>
      new FormatError("unsupported", { file: this.#file, offset: range.at }, `${range.label}: ${why}`);
    const source = await openConfined(this.#folder, range.location, fail);
    try {
      const end = range.offset + range.length;
      if (end > source.size) {
        const message = `${range.label} of ${this.#file} ends at byte ${end}, the file at ${source.size}`;
        throw new FormatError("truncated", { file: source.name, offset: source.size }, message);
      }
      return await work(source);
    } finally {
      await source.close();
    }
  }
}
