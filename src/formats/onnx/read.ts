import { FormatError, ResourceError } from "../../io/errors.js";
import { memoryLimitOf } from "../../io/memory-limit.js";
import { openSource, readExactly } from "../../io/source.js";
import { loadExternal, type ReadExternal } from "./external-data.js";
import { longestFile } from "./limits.js";
import type { OnnxModel } from "./model.js";
import { ModelReader } from "./model-reader.js";

export interface ReadOnnxOptions {
  /**
   * Gives the bytes of tensors that the model keeps in other files: exactly `length` bytes from byte `offset` of what
   * the model calls `location`. Without it they are read from files in the model's folder, and a model in memory may
   * have none.
   */
  readExternal?: ReadExternal;
  /** Bytes that the model and its tensors may take; by default three quarters of the memory that is available. */
  memoryLimit?: number;
  /** Name of a model in memory, for messages. */
  name?: string;
}

/**
 * Reads an ONNX model from a file or from memory. Tensors may be views of the bytes. Nodes come in topological order, and
 * every name has one value. Files of IR version 3 to 14 are read; sequences, maps, optional values, sparse tensors,
 * functions and complex or sub-byte numbers are refused by name.
 *
 * Throws FormatError where the file, or one that it names, is no sound model; FileError where it cannot be opened;
 * ResourceError where it needs more memory than `memoryLimit`.
 */
export async function readOnnx(path: string | Uint8Array, options: ReadOnnxOptions = {}): Promise<OnnxModel> {
  const memoryLimit = memoryLimitOf(options.memoryLimit);
  const file = typeof path === "string" ? path : (options.name ?? "<memory>");
  const bytes = typeof path === "string" ? await readWhole(path, memoryLimit) : (path as Uint8Array<ArrayBuffer>);
  checkLength(file, bytes.length);
  const { model, external } = new ModelReader(bytes, file).read();
  await loadExternal(external, {
    file,
    folderOf: typeof path === "string" ? path : undefined,
    readExternal: options.readExternal,
    memoryLeft: memoryLimit - bytes.length,
  });
  return model;
}

async function readWhole(path: string, memoryLimit: number): Promise<Uint8Array<ArrayBuffer>> {
  const source = await openSource(path);
  try {
    checkLength(path, source.size);
    if (source.size > memoryLimit) {
      throw new ResourceError(`${path}: needs ${source.size} bytes of memory, the limit is ${memoryLimit}`);
    }
    return await readExactly(source, 0, source.size);
  } finally {
    await source.close();
  }
}

function checkLength(file: string, length: number): void {
  if (length === 0) throw new FormatError("empty", { file }, "the file is empty");
  if (length > longestFile) {
    throw new FormatError("limit", { file, offset: 0 }, `${length} bytes, a model has at most ${longestFile}`);
  }
}
