import type { NamedVectors } from "../../dist/evaluate/named-vectors.js";
import { Vectors } from "../../dist/space/vectors.js";

/** A space of a few named vectors of equal length. */
export function tinySpace(items: Record<string, readonly number[]>, mostRowsPerShard?: number): NamedVectors {
  const names = Object.keys(items);
  const vectors = Vectors.create(Object.values(items)[0].length, { mostRowsPerShard });
  vectors.append(Float32Array.from(Object.values(items).flat()));
  return { vectors, indexOf: (name) => names.indexOf(name) };
}
