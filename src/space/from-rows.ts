import type { VectorRows } from "../formats/vector-rows.js";
import { FormatError } from "../io/errors.js";
import { knownOptions, wordOption } from "../io/options.js";
import type { Geometry } from "./manifest.js";
import { Names } from "./names.js";
import { Space, type SpaceOptions } from "./space.js";
import { Vectors } from "./vectors.js";

/** What to do with a name that stands twice. */
export const duplicatePolicies = ["error", "first", "last", "mean"] as const;
export type DuplicatePolicy = (typeof duplicatePolicies)[number];

export interface FromRowsOptions extends SpaceOptions {
  /** Refuse the file, keep the first or the last row, or take the mean of all. Default "first", with a warning. */
  duplicates?: DuplicatePolicy;
  /** What the items are; "words" by default. */
  kind?: string;
  /** Default "cosine". */
  geometry?: Geometry;
  signal?: AbortSignal;
}

/**
 * Reads rows, such as those of a file opened with `duplicates: "keep"`, into a space, in the order in which names first
 * come. Throws FormatError as the rows do, and for a name that stands twice where that is refused.
 */
export async function spaceFromRows(rows: VectorRows, options: FromRowsOptions = {}): Promise<Space> {
  const where = "spaceFromRows";
  knownOptions(where, options, ["duplicates", "kind", "geometry", "signal", "encoders", "onWarning"]);
  const { kind = "words", geometry = "cosine", signal, encoders, onWarning = console.warn } = options;
  const policy = wordOption(where, "duplicates", options.duplicates ?? "first", duplicatePolicies);
  const { dimensions } = rows;
  const names = new Names();
  const vectors = Vectors.create(dimensions, { rows: rows.count });
  const repeated = new Repeated(policy, vectors);
  for await (const batch of rows.batches()) {
    signal?.throwIfAborted();
    let kept = 0;
    const first = names.length;
    batch.names.forEach((name, k) => {
      const row = batch.vectors.subarray(k * dimensions, (k + 1) * dimensions);
      const known = names.indexOf(name);
      if (known < 0) {
        names.add(name, rows.name);
        if (kept < k) batch.vectors.copyWithin(kept * dimensions, k * dimensions, (k + 1) * dimensions);
        kept++;
      } else if (policy === "error") {
        const message = `the name ${JSON.stringify(name)} stands twice; duplicates "first", "last" or "mean" reads on`;
        throw new FormatError("duplicate", { file: rows.name }, message);
      } else if (known < first) repeated.add(known, name, row, vectors.get(known));
      else {
        const own = batch.vectors.subarray((known - first) * dimensions, (known - first + 1) * dimensions);
        repeated.add(known, name, row, own.slice());
      }
    });
    vectors.append(batch.vectors.subarray(0, kept * dimensions));
  }
  repeated.finish(rows.name, onWarning);
  return Space.from({ names, vectors, dimensions, kind, geometry }, { encoders, onWarning });
}

/** Rows whose name came before; they are settled at the end. */
class Repeated {
  readonly #policy: DuplicatePolicy;
  readonly #vectors: Vectors;
  readonly #rows = new Map<number, { sum: Float64Array; count: number }>();
  #count = 0;
  #example = "";

  constructor(policy: DuplicatePolicy, vectors: Vectors) {
    this.#policy = policy;
    this.#vectors = vectors;
  }

  /** `before` is the first row of the name. */
  add(row: number, name: string, vector: Float32Array, before: Float32Array): void {
    if (this.#count++ === 0) this.#example = name;
    if (this.#policy === "first") return;
    const entry = this.#rows.get(row) ?? { sum: Float64Array.from(before), count: 1 };
    const add = this.#policy === "mean";
    for (let d = 0; d < vector.length; d++) entry.sum[d] = (add ? entry.sum[d] : 0) + vector[d];
    entry.count = add ? entry.count + 1 : 1;
    this.#rows.set(row, entry);
  }

  finish(file: string, warn: (message: string) => void): void {
    for (const [row, { sum, count }] of this.#rows)
      this.#vectors.set(
        row,
        sum.map((x) => x / count),
      );
    if (this.#count === 0) return;
    const what = { error: "", first: "left out", last: "put in place of the first", mean: "averaged" }[this.#policy];
    warn(`${file}: rows ${what} for names that came before: ${this.#count}, first ${JSON.stringify(this.#example)}`);
  }
}
