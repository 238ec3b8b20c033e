/** Most numbers that the rows of one part hold: 2 MiB of f32, so that two parts stay in a core's share of the cache. */
const partNumbers = 2 ** 19;
const leastParts = 16;
/** Below this many rows there is one part: parts would hold too few candidates for negatives. */
const leastRows = 4096;
/** Rows of a part are numbered by 16 bits. */
const mostRowsOfPart = 65536;

/**
 * How many parts P the rows of a table are divided into: the smallest power of two that is at least 16 and leaves at most
 * 2^19 numbers and 65,536 rows to a part; 1 below 4,096 rows. It follows from the table alone, never from threads or
 * memory, so that neither changes a result. `numbers` is the length of a row, optimiser state included.
 */
export function partCount(rows: number, numbers: number): number {
  if (rows < leastRows) return 1;
  let parts = leastParts;
  while ((rows * numbers) / parts > partNumbers || Math.ceil(rows / parts) > mostRowsOfPart) parts *= 2;
  return parts;
}

/** Rows r with r mod P = part, which is how frequent rows spread evenly: row r is number floor(r / P) of its part. */
export function rowsOfPart(rows: number, parts: number, part: number): number {
  return Math.ceil((rows - part) / parts);
}
