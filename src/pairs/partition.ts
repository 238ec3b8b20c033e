/** Most numbers that the rows of one part hold: 2 MiB of f32, so that two parts stay in a core's share of the cache. */
export const partNumbers = 2 ** 19;
/** Least number of parts where there are several: room for as many threads. */
export const leastParts = 16;
/** A table of fewer rows is not divided: parts would hold too few candidates for negatives. */
export const leastRows = 4096;
/** Rows of a part are numbered by 16 bits. */
export const mostRowsOfPart = 65536;

/**
 * How many parts P the tables of a run are divided into, each into as many: the smallest power of two that is at least 16
 * and leaves at most `partNumbers` numbers and 65,536 rows to a part. Where a table has fewer than 4,096 rows, P is 1, or
 * as much as the 16 bits of the other's rows take.
 *
 * It follows from the tables alone, never from threads or memory, so that neither changes a result. `numbers` is the
 * length of a row, optimiser state included.
 */
export function partCount(tables: readonly { rows: number; numbers: number }[]): number {
  const small = tables.some(({ rows }) => rows < leastRows);
  const fits = (parts: number) =>
    tables.every(
      ({ rows, numbers }) =>
        Math.ceil(rows / parts) <= mostRowsOfPart && (small || (rows * numbers) / parts <= partNumbers),
    );
  let parts = small ? 1 : leastParts;
  while (!fits(parts)) parts *= 2;
  return parts;
}

/** Rows r with r mod P = part, which is how frequent rows spread evenly: row r is number floor(r / P) of its part. */
export function rowsOfPart(rows: number, parts: number, part: number): number {
  return Math.max(0, Math.ceil((rows - part) / parts));
}
