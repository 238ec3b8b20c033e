import type { VectorRows } from "../formats/vector-rows.js";
import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import { knownOptions, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { Vectors } from "./vectors.js";

/** What becomes of a name's second and later rows: refuse the file, keep the first row or the last, or take all rows' mean. */
export const duplicatePolicies = ["error", "first", "last", "mean"] as const;
export type DuplicatePolicy = (typeof duplicatePolicies)[number];

export interface LoadRowsOptions extends TaskOptions {
  /** Default "first". */
  duplicates?: DuplicatePolicy;
  /** Called with a sentence where names stood twice. */
  onWarning?: (message: string) => void;
}

export const loadRowsNames: readonly string[] = ["duplicates", "onWarning", "signal", "onProgress"];

/** Names and vectors of a reader, in memory; the only copy is the one in `vectors`. */
export async function vectorsFromRows(
  rows: VectorRows,
  options: LoadRowsOptions = {},
): Promise<{ names: Names; vectors: Vectors }> {
  knownOptions("vectorsFromRows", options, loadRowsNames);
  const duplicates = wordOption("vectorsFromRows", "duplicates", options.duplicates ?? "first", duplicatePolicies);
  const { dimensions } = rows;
  const names = new Names();
  const vectors = Vectors.create(dimensions);
  const meter = new Meter("reading", "rows", rows.count, options.onProgress);
  /** Rows that were given to a name so far, for names that have more than one. */
  const given = new Map<number, number>();
  let repeated = 0;
  let done = 0;

  const repeat = (row: number, values: Float32Array) => {
    const count = (given.get(row) ?? 1) + 1;
    given.set(row, count);
    repeated++;
    if (duplicates === "error") {
      const message = `row ${done + 1}: the name ${JSON.stringify(names.get(row))} is that of row ${row + 1} already`;
      throw new FormatError("duplicate", { file: rows.name }, message);
    }
    if (duplicates === "last") vectors.set(row, values);
    if (duplicates === "mean") {
      const mean = vectors.get(row);
      vectors.set(
        row,
        mean.map((x, d) => x + (values[d] - x) / count),
      );
    }
  };

  for await (const batch of rows.batches()) {
    options.signal?.throwIfAborted();
    let start = 0; // of the rows of this batch that are new and not yet added
    batch.names.forEach((name, i) => {
      const row = names.indexOf(name);
      if (row < 0) {
        names.add(name, rows.name);
      } else {
        vectors.append(batch.vectors.subarray(start * dimensions, i * dimensions));
        repeat(row, batch.vectors.subarray(i * dimensions, (i + 1) * dimensions));
        start = i + 1;
      }
      done++;
    });
    vectors.append(batch.vectors.subarray(start * dimensions, batch.names.length * dimensions));
    meter.update(done);
  }
  meter.update(done, {}, true);
  if (repeated > 0) {
    const first = JSON.stringify(names.get(given.keys().next().value as number));
    const kept = duplicates === "mean" ? "the mean" : `the ${duplicates}`;
    options.onWarning?.(
      `${rows.name}: rows whose name came before: ${repeated}, first ${first}; ${kept} of each name is kept`,
    );
  }
  return { names, vectors };
}
