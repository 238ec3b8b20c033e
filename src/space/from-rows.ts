import type { VectorRows } from "../formats/vector-rows.js";
import { knownOptions } from "../io/options.js";
import { type LoadRowsOptions, loadRowsNames, vectorsFromRows } from "./load-rows.js";
import type { Geometry } from "./manifest.js";
import { Space, type SpaceOptions } from "./space.js";

export interface FromRowsOptions extends SpaceOptions, Omit<LoadRowsOptions, "onWarning"> {
  /** What the items are; "words" by default. */
  kind?: string;
  /** Default "cosine". */
  geometry?: Geometry;
}

/**
 * Reads rows, such as those of a file opened with `duplicates: "keep"`, into a space, in the order in which names first
 * come. Throws FormatError as the rows do, and for a name that stands twice where that is refused.
 */
export async function spaceFromRows(rows: VectorRows, options: FromRowsOptions = {}): Promise<Space> {
  knownOptions("spaceFromRows", options, [...loadRowsNames, "kind", "geometry", "encoders", "decoders"]);
  const { kind = "words", geometry = "cosine", encoders, onWarning = console.warn, ...loading } = options;
  const { names, vectors } = await vectorsFromRows(rows, { ...loading, onWarning });
  return Space.from({ names, vectors, dimensions: rows.dimensions, kind, geometry }, { encoders, onWarning });
}
