import type { Vectors } from "../space/vectors.js";

/** What an evaluation asks of a space: vectors, and the row of a name. */
export interface NamedVectors {
  readonly vectors: Vectors;
  /** The row of a name, -1 where there is none. */
  indexOf(name: string): number;
}
