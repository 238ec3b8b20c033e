import { FormatError } from "../io/errors.js";
import { wordOption } from "../io/options.js";
import type { VectorBatch, VectorRows } from "./vector-rows.js";

/**
 * What to do with a name that stands twice: refuse the file, or keep its first row. "keep" passes all rows on, for
 * receivers that hold all vectors and can take the last one or the mean.
 */
export type Duplicates = "error" | "first" | "keep";

/** Names a Set takes; V8's ends at 2^24. */
const mostInSet = 2 ** 23;

/** A set of strings without that limit. */
class NameSet {
  readonly #sets = [new Set<string>()];

  /** Whether the name is new. */
  add(name: string): boolean {
    if (this.#sets.some((set) => set.has(name))) return false;
    if (this.#sets[0].size === mostInSet) this.#sets.unshift(new Set());
    this.#sets[0].add(name);
    return true;
  }
}

/** Rows with every name once. Keeps the names in memory, not the vectors. */
export function withoutDuplicates(
  rows: VectorRows,
  duplicates: Duplicates,
  onWarning: (message: string) => void = () => {},
): VectorRows {
  wordOption("withoutDuplicates", "duplicates", duplicates, ["error", "first", "keep"]);
  if (duplicates === "keep") return rows;
  return { ...rows, batches: () => uniqueBatches(rows, duplicates, onWarning) };
}

async function* uniqueBatches(
  rows: VectorRows,
  duplicates: "error" | "first",
  onWarning: (message: string) => void,
): AsyncGenerator<VectorBatch> {
  const { dimensions } = rows;
  const seen = new NameSet();
  let row = 0;
  let dropped = 0;
  let example = "";
  for await (const { names, vectors } of rows.batches()) {
    const kept: string[] = [];
    for (const [i, name] of names.entries()) {
      row++;
      if (seen.add(name)) {
        if (kept.length < i) vectors.copyWithin(kept.length * dimensions, i * dimensions, (i + 1) * dimensions);
        kept.push(name);
      } else {
        if (duplicates === "error") {
          const message = `row ${row}: the name ${JSON.stringify(name)} stands twice; duplicates "first" keeps its first row`;
          throw new FormatError("duplicate", { file: rows.name }, message);
        }
        if (dropped++ === 0) example = name;
      }
    }
    if (kept.length > 0) yield { names: kept, vectors: vectors.subarray(0, kept.length * dimensions) };
  }
  if (dropped > 0) {
    onWarning(
      `${rows.name}: rows whose name came before: ${dropped}, first ${JSON.stringify(example)}; the first of each name is kept`,
    );
  }
}
