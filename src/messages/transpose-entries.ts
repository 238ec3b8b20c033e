import { Rows } from "./rows.js";

/**
 * The transposed matrix of rows of any shape, in the same memory, and the address of a u32 for each of its entries: the
 * entry of `rows` that it was. A stable counting sort.
 */
export function transposeEntries(rows: Rows): { rows: Rows; placesAt: number } {
  const { memory, numRows, numColumns, numEntries } = rows;
  const at = {
    offsets: memory.allocate(4 * (numColumns + 1)),
    indices: memory.allocate(4 * numEntries),
    values: rows.valuesAt === 0 ? 0 : memory.allocate(8 * numEntries),
  };
  const placesAt = memory.allocate(4 * numEntries);
  const transposed = new Rows(memory, { numRows: numColumns, numColumns: numRows, numEntries }, at);
  const { offsets, indices, values } = rows;
  const to = { offsets: transposed.offsets.fill(0), indices: transposed.indices, values: transposed.values };
  const places = memory.u32(placesAt, numEntries);
  for (const column of indices) to.offsets[column + 1]++;
  for (let j = 0; j < numColumns; j++) to.offsets[j + 1] += to.offsets[j];
  const next = to.offsets.slice(0, numColumns);
  for (let i = 0; i < numRows; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      const place = next[indices[k]]++;
      to.indices[place] = i;
      places[place] = k;
      if (to.values !== null && values !== null) to.values[place] = values[k];
    }
  }
  return { rows: transposed, placesAt };
}
