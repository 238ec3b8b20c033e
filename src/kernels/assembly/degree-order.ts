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
