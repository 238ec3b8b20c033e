// Nodes in the order of their degrees, by a counting sort; see ../twins/degree-order.ts, its definition.

// @ts-ignore: decorator
@inline
function word(base: usize, index: u32): u32 {
  return load<u32>(base + (<usize>index << 2));
}

export function countDegrees(offsets: usize, counts: usize, from: u32, to: u32): void {
  let first = word(offsets, from);
  for (let i = from; i < to; i++) {
    const last = word(offsets, i + 1);
    const p = counts + (<usize>min<u32>(last - first, 65535) << 2);
    store<u32>(p, load<u32>(p) + 1);
    first = last;
  }
}

export function rankNodes(offsets: usize, next: usize, rank: usize, from: u32, to: u32): void {
  let first = word(offsets, from);
  for (let i = from; i < to; i++) {
    const last = word(offsets, i + 1);
    const p = next + (<usize>min<u32>(last - first, 65535) << 2);
    const k = load<u32>(p);
    store<u32>(p, k + 1);
    store<u32>(rank + (<usize>i << 2), k);
    first = last;
  }
}

export function rankHubs(offsets: usize, next: usize, hub: usize, nodes: usize, hubs: u32, from: u32, to: u32): void {
  let first = word(offsets, from);
  for (let i = from; i < to; i++) {
    const last = word(offsets, i + 1);
    const p = next + (<usize>min<u32>(last - first, 65535) << 2);
    const k = load<u32>(p);
    store<u32>(p, k + 1);
    if (k < hubs) store<u32>(nodes + (<usize>k << 2), i);
    store<u16>(hub + (<usize>i << 1), <u16>(k < hubs ? k : 0xffff));
    first = last;
  }
}

export function renumber(indices: usize, rank: usize, out: usize, from: u32, to: u32): void {
  const end = <usize>to << 2;
  for (let k = <usize>from << 2; k < end; k += 4) store<u32>(out + k, word(rank, load<u32>(indices + k)));
}

// The longest rows first; rows of 1,023 entries and more count as equally long.
export function groupRows(offsets: usize, counts: usize, place: usize, newOffsets: usize, from: u32, to: u32): void {
  memory.fill(counts, 0, 4096);
  for (let i = from; i < to; i++) {
    const p = counts + (<usize>min<u32>(word(offsets, i + 1) - word(offsets, i), 1023) << 2);
    store<u32>(p, load<u32>(p) + 1);
  }
  let rank = from;
  for (let length: i32 = 1023; length >= 0; length--) {
    const p = counts + (<usize>length << 2);
    const count = load<u32>(p);
    store<u32>(p, rank);
    rank += count;
  }
  for (let i = from; i < to; i++) {
    const length = word(offsets, i + 1) - word(offsets, i);
    const p = counts + (<usize>min<u32>(length, 1023) << 2);
    const r = load<u32>(p);
    store<u32>(p, r + 1);
    store<u32>(place + (<usize>i << 2), r);
    store<u32>(newOffsets + (<usize>r << 2), length);
  }
  let first = word(offsets, from);
  for (let r = from; r < to; r++) {
    const p = newOffsets + (<usize>r << 2);
    const length = load<u32>(p);
    store<u32>(p, first);
    first += length;
  }
}

export function renumberRows(
  offsets: usize, indices: usize, values: usize, place: usize, newOffsets: usize, out: usize, outValues: usize, from: u32,
  to: u32,
): void {
  for (let i = from; i < to; i++) {
    const last = word(offsets, i + 1);
    let k = word(newOffsets, word(place, i));
    for (let e = word(offsets, i); e < last; e++, k++) {
      store<u32>(out + (<usize>k << 2), word(place, word(indices, e)));
      if (values != 0) store<f64>(outValues + (<usize>k << 3), load<f64>(values + (<usize>e << 3)));
    }
  }
}
