import { files } from "#platform";
import { openVectors, type VectorFormat } from "../formats/vectors.js";
import { fileError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import { spaceFromRows } from "./from-rows.js";
import type { DuplicatePolicy } from "./load-rows.js";
import { type LoadOptions, Space } from "./space.js";

export interface OpenSpaceOptions extends LoadOptions {
  /** Format of a file of vectors; default: what its content and its name say. */
  format?: VectorFormat;
  /** What becomes of a name's second and later rows in a file of vectors; "first" by default, with a warning. */
  duplicates?: DuplicatePolicy;
}

/**
 * Opens a saved space (see `Space.load`), or reads a file of vectors, such as word2vec's or GloVe's, into one; `-` is
 * standard input. Throws FileError and FormatError.
 */
export async function openSpace(path: string, options: OpenSpaceOptions = {}): Promise<Space> {
  const { format, duplicates, ...loading } = options;
  knownOptions("openSpace", loading, ["encoders", "decoders", "onWarning", "verify", "signal"]);
  if (await isFolder(path)) return Space.load(path, loading);
  const { verify, ...reading } = loading;
  const rows = await openVectors(path, { format, duplicates: "keep", onWarning: loading.onWarning });
  return spaceFromRows(rows, { ...reading, duplicates });
}

async function isFolder(path: string): Promise<boolean> {
  if (path === "-") return false;
  try {
    return (await files.info(path)).kind === "folder";
  } catch (error) {
    throw fileError(path, error);
  }
}
