import { FormatError } from "../io/errors.js";
import { isWellFormed } from "../io/utf8.js";
import type { VectorRows } from "./vector-rows.js";

/** Refuses to write a file that readers would refuse as empty. */
export function checkNotEmpty(rows: VectorRows, count: number): void {
  if (count === 0) throw new FormatError("empty", { file: rows.name }, "there are no vectors to write");
}

/** Refuses a name that could not be read back; `unfit` says why a name does not fit the format. */
export function checkName(where: string, name: string, unfit: (name: string) => string | undefined): void {
  const reason = isWellFormed(name) ? unfit(name) : "it has half a surrogate pair, which UTF-8 cannot hold";
  if (reason !== undefined) {
    throw new RangeError(`${where}: the name ${JSON.stringify(name.slice(0, 80))} cannot be written: ${reason}`);
  }
}

/** Refuses numbers that text readers refuse. */
export function checkFinite(where: string, name: string, vectors: Float32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (vectors[i] - vectors[i] !== 0) {
      throw new RangeError(
        `${where}: ${JSON.stringify(name)} has ${vectors[i]} as its number ${i - start + 1}; text holds finite numbers only`,
      );
    }
  }
}
