import { aliasTable } from "../numerics/alias.js";
import type { Negatives } from "./method.js";
import { rowsOfPart } from "./partition.js";

/** The alias table of a column part: two u32 a column, at a byte offset of the run's memory. */
export interface NegativeTable {
  address: number;
  candidates: number;
}

/** Bytes of the alias tables of all parts. */
export function negativesBytes(negatives: Negatives | undefined): number {
  return negatives === undefined ? 0 : 8 * negatives.weights.length;
}

/** Writes the alias tables of all column parts, one behind the other. Throws RangeError for weights that have none. */
export function placeNegatives(
  memory: WebAssembly.Memory,
  start: number,
  { weights }: Negatives,
  parts: number,
): NegativeTable[] {
  const tables: NegativeTable[] = [];
  let address = start;
  for (let part = 0; part < parts; part++) {
    const candidates = rowsOfPart(weights.length, parts, part);
    const own = Float64Array.from({ length: candidates }, (_, k) => weights[k * parts + part]);
    new Uint32Array(memory.buffer, address, 2 * candidates).set(tableOfPart(own, part, parts));
    tables.push({ address, candidates });
    address += 8 * candidates;
  }
  return tables;
}

function tableOfPart(weights: Float64Array, part: number, parts: number): Uint32Array {
  try {
    return aliasTable(weights);
  } catch (error) {
    throw new RangeError(`negatives of columns ${part} mod ${parts}: ${(error as Error).message}`, { cause: error });
  }
}
