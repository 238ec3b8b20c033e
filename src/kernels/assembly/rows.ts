// Compressed rows from edges; see ../twins/rows.ts, its definition.

export function count(sources: usize, targets: usize, weights: usize, edges: u32, numNodes: u32, shift: u32, both: u32, loops: u32, first: u32, counts: usize, buckets: u32): i32 {
  for (let e: u32 = 0; e < edges; e++) {
    const source = load<u32>(sources + (<usize>e << 2));
    const target = load<u32>(targets + (<usize>e << 2));
    if (source >= numNodes || target >= numNodes) return e;
    if (first != 0xffffffff && (source >= first || target < first)) return e;
    if (weights != 0) {
      const weight = load<f64>(weights + (<usize>e << 3));
      if (!(weight > 0) || weight == Infinity) return e;
    }
    if (source == target && loops != 0) {
      if (loops == 2) return e;
      const dropped = counts + (<usize>buckets << 2);
      store<u32>(dropped, load<u32>(dropped) + 1);
      continue;
    }
    const own = counts + (<usize>(source >> shift) << 2);
    store<u32>(own, load<u32>(own) + 1);
    if (both != 0 && source != target) {
      const other = counts + (<usize>(target >> shift) << 2);
      store<u32>(other, load<u32>(other) + 1);
    }
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function put(row: u32, column: u32, weights: usize, e: u32, shift: u32, positions: usize, keys: usize, values: usize): void {
  const at = positions + (<usize>(row >> shift) << 2);
  const place = load<u32>(at);
  store<u32>(at, place + 1);
  store<u64>(keys + (<usize>place << 3), (<u64>row << 32) | <u64>column);
  if (weights != 0) store<f64>(values + (<usize>place << 3), load<f64>(weights + (<usize>e << 3)));
}

export function scatter(sources: usize, targets: usize, weights: usize, edges: u32, shift: u32, both: u32, loops: u32, positions: usize, keys: usize, values: usize): void {
  for (let e: u32 = 0; e < edges; e++) {
    const source = load<u32>(sources + (<usize>e << 2));
    const target = load<u32>(targets + (<usize>e << 2));
    if (source == target) {
      if (loops == 0) put(source, target, weights, e, shift, positions, keys, values);
      continue;
    }
    put(source, target, weights, e, shift, positions, keys, values);
    if (both != 0) put(target, source, weights, e, shift, positions, keys, values);
  }
}

// @ts-ignore: decorator
@inline
function digitOf(key: u64, shift: u64, base: u32, mask: u32): u32 {
  return (<u32>(key >> shift) - base) & mask;
}

/** One stable pass of a radix sort. */
function pass(keys: usize, values: usize, toKeys: usize, toValues: usize, n: u32, shift: u64, base: u32, digits: u32, mask: u32, places: usize): void {
  memory.fill(places, 0, <usize>digits << 2);
  for (let i: u32 = 0; i < n; i++) {
    const at = places + (<usize>digitOf(load<u64>(keys + (<usize>i << 3)), shift, base, mask) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let d: u32 = 0; d < digits; d++) {
    const at = places + (<usize>d << 2);
    const own = load<u32>(at);
    store<u32>(at, sum);
    sum += own;
  }
  for (let i: u32 = 0; i < n; i++) {
    const key = load<u64>(keys + (<usize>i << 3));
    const at = places + (<usize>digitOf(key, shift, base, mask) << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u64>(toKeys + (<usize>place << 3), key);
    if (values != 0) store<f64>(toValues + (<usize>place << 3), load<f64>(values + (<usize>i << 3)));
  }
}

export function sort(keys: usize, values: usize, n: u32, firstRow: u32, rows: u32, columnBits: u32, policy: u32, both: u32, starts: usize, stats: usize, tmpKeys: usize, tmpValues: usize, places: usize): i32 {
  const passes: u32 = (columnBits + 10) / 11;
  const width: u32 = (columnBits + passes - 1) / passes;
  const tmp: usize = values != 0 ? tmpValues : 0;
  let inKeys = true;
  for (let p: u32 = 0; p < passes; p++) {
    const digits: u32 = 1 << min(width, columnBits - p * width);
    if (inKeys) pass(keys, values, tmpKeys, tmp, n, p * width, 0, digits, digits - 1, places);
    else pass(tmpKeys, tmp, keys, values, n, p * width, 0, digits, digits - 1, places);
    inKeys = !inKeys;
  }
  if (inKeys) pass(keys, values, tmpKeys, tmp, n, 32, firstRow, rows, 0xffffffff, places);
  else {
    pass(tmpKeys, tmp, keys, values, n, 32, firstRow, rows, 0xffffffff, places);
    memory.copy(tmpKeys, keys, <usize>n << 3);
    if (values != 0) memory.copy(tmp, values, <usize>n << 3);
  }

  const counts = keys + (<usize>n << 2);
  let merged: u32 = 0;
  let parallel: u32 = 0;
  let other: u32 = 0;
  let row: u32 = 0; // rows whose start is known
  let last: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const key = load<u64>(tmpKeys + (<usize>i << 3));
    const weight: f64 = values != 0 ? load<f64>(tmp + (<usize>i << 3)) : 1;
    const place: usize = merged - 1;
    if (i != 0 && key == last) {
      if (policy == 2) {
        store<u32>(stats, <u32>(key >> 32));
        store<u32>(stats, <u32>key, 4);
        return -1;
      }
      if (both == 0 || <u32>(key >> 32) <= <u32>key) parallel++;
      if (policy == 0) {
        if (values != 0) store<f64>(values + (place << 3), load<f64>(values + (place << 3)) + weight);
        else store<u32>(counts + (place << 2), load<u32>(counts + (place << 2)) + 1);
        other = 1;
      }
      continue;
    }
    const own = <u32>(key >> 32) - firstRow;
    for (; row <= own; row++) store<u32>(starts + (<usize>row << 2), merged);
    store<u32>(keys + (<usize>merged << 2), <u32>key);
    if (values != 0) {
      store<f64>(values + (<usize>merged << 3), weight);
      if (weight != 1) other = 1;
    } else store<u32>(counts + (<usize>merged << 2), 1);
    merged++;
    last = key;
  }
  for (; row < rows; row++) store<u32>(starts + (<usize>row << 2), merged);
  store<u32>(stats, parallel);
  store<u32>(stats, other, 4);
  return merged;
}
