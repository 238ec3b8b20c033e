import { Space } from "../space/space.js";
import type { Vectors } from "../space/vectors.js";

/** What an evaluation asks of a space: vectors, and the row of a name. */
export interface NamedVectors {
  readonly vectors: Vectors;
  /** The row of a name, -1 where there is none. */
  indexOf(name: string): number;
}

/** A space as evaluations take it; reads its names and vectors where they are still on disk. */
export async function namedVectors(space: NamedVectors | Space): Promise<NamedVectors> {
  if (!(space instanceof Space)) return space;
  const [names, vectors] = await Promise.all([space.names(), space.vectors()]);
  return { vectors, indexOf: (name) => names.indexOf(name) };
}
