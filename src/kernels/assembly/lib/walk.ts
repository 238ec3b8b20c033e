// Walks over arrays of many axes, row by row; see src/kernels/twins/walk.ts.

/** Where the rows of the operands begin, in elements. */
export let row0: isize = 0;
export let row1: isize = 0;
export let row2: isize = 0;

/** Begins a walk and returns the address of the record of the last axis. */
export function begin(table: usize, operands: u32): usize {
  row0 = 0;
  row1 = 0;
  row2 = 0;
  return table + 4 + <usize>(load<u32>(table) - 1) * ((operands + 2) << 2);
}

/**
 * Goes to the next row, or, where the caller walks the last two axes itself (`last` is 2), to the next matrix; false behind
 * the last one, where all counters are 0 again.
 */
export function next(table: usize, operands: u32, last: u32 = 1): bool {
  const bytes = <usize>((operands + 2) << 2);
  const axes = load<u32>(table);
  if (axes <= last) return false;
  let at = table + 4 + <usize>(axes - last) * bytes;
  for (let axis = axes - last; axis > 0; axis--) {
    at -= bytes;
    const size = load<u32>(at);
    const counter = at + bytes - 4;
    const count = load<u32>(counter) + 1;
    const wraps = count == size;
    const steps: isize = wraps ? 1 - <isize>size : 1;
    store<u32>(counter, wraps ? 0 : count);
    row0 += steps * <isize>load<i32>(at, 4);
    if (operands > 1) row1 += steps * <isize>load<i32>(at, 8);
    if (operands > 2) row2 += steps * <isize>load<i32>(at, 12);
    if (!wraps) return true;
  }
  return false;
}
