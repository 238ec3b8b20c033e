// Random walks of second order; see ../twins/walks.ts, their definition.
import { philox, random0, random1, random2, random3 } from "./lib/philox";

const walkStream: u32 = 6;
const noNode: u32 = 0xffffffff;
const mostAttempts: u32 = 64;

export function cumulate(offsets: usize, values: usize, out: usize, first: u32, end: u32): void {
  for (let row = first; row < end; row++) {
    let sum: f64 = 0;
    const last = load<u32>(offsets + (<usize>row << 2), 4);
    for (let k = load<u32>(offsets + (<usize>row << 2)); k < last; k++) {
      sum += load<f64>(values + (<usize>k << 3));
      store<f64>(out + (<usize>k << 3), sum);
    }
  }
}

// @ts-ignore: decorator
@inline
function fraction(word: u32): f64 {
  return <f64>word * (1.0 / 4294967296.0);
}

// @ts-ignore: decorator
@inline
function fraction53(high: u32, low: u32): f64 {
  return (<f64>high * 2097152.0 + <f64>(low >>> 11)) * (1.0 / 9007199254740992.0);
}

/** The arc among first .. end - 1 that leads to x; 0xffffffff where there is none. */
// @ts-ignore: decorator
@inline
function find(indices: usize, first: u32, end: u32, x: u32): u32 {
  let low = first;
  let length = end - first;
  while (length > 0) {
    const half = length >>> 1;
    const middle = low + half;
    const before = load<u32>(indices + (<usize>middle << 2)) < x;
    low = select<u32>(middle + 1, low, before);
    length = select<u32>(length - half - 1, half, before);
  }
  return low < end && load<u32>(indices + (<usize>low << 2)) == x ? low : noNode;
}

// @ts-ignore: decorator
@inline
function weight(cumulative: usize, arc: u32, first: u32): f64 {
  if (cumulative == 0) return 1;
  const at = cumulative + (<usize>arc << 3);
  return arc == first ? load<f64>(at) : load<f64>(at) - load<f64>(at - 8);
}

/** The arc that the words of the generator name, in proportion to the weights. */
// @ts-ignore: decorator
@inline
function arcOf(cumulative: usize, first: u32, end: u32): u32 {
  if (cumulative == 0) return first + <u32>((<u64>random0 * <u64>(end - first)) >> 32);
  const place = fraction53(random0, random1) * load<f64>(cumulative + (<usize>(end - 1) << 3));
  let low = first;
  let high = end - 1;
  while (low < high) {
    const middle = low + ((high - low) >>> 1);
    if (load<f64>(cumulative + (<usize>middle << 3)) > place) high = middle;
    else low = middle + 1;
  }
  return low;
}

// @ts-ignore: decorator
@inline
function factor(indices: usize, first: u32, end: u32, t: u32, x: u32, back: f64, far: f64): f64 {
  if (x == t) return back;
  return find(indices, first, end, x) != noNode ? 1 : far;
}

/** A step from the row first .. end - 1 by the sums of all probabilities; firstOfT .. endOfT is the row of t. */
function exact(indices: usize, cumulative: usize, first: u32, end: u32, firstOfT: u32, endOfT: u32, t: u32, back: f64, far: f64): u32 {
  let total: f64 = 0;
  for (let arc = first; arc < end; arc++) {
    const x = load<u32>(indices + (<usize>arc << 2));
    total += weight(cumulative, arc, first) * factor(indices, firstOfT, endOfT, t, x, back, far);
  }
  const place = fraction53(random0, random1) * total;
  let sum: f64 = 0;
  for (let arc = first; arc < end; arc++) {
    const x = load<u32>(indices + (<usize>arc << 2));
    sum += weight(cumulative, arc, first) * factor(indices, firstOfT, endOfT, t, x, back, far);
    if (sum > place) return x;
  }
  return load<u32>(indices + (<usize>(end - 1) << 2));
}

export function walks(
  offsets: usize,
  indices: usize,
  cumulative: usize,
  starts: usize,
  count: u32,
  number: u32,
  length: u32,
  out: usize,
  p: f64,
  q: f64,
  key0: u32,
  key1: u32,
): void {
  const toT = 1 / p;
  const far = 1 / q;
  const most = max(1, far);
  for (let k: u32 = 0; k < count; k++, starts += 4) {
    const start = load<u32>(starts);
    let v = start;
    let t = noNode;
    let firstOfT: u32 = 0;
    let endOfT: u32 = 0;
    store<u32>(out, v);
    out += 4;
    for (let s: u32 = 1; s < length; s++, out += 4) {
      const first = load<u32>(offsets + (<usize>v << 2));
      const end = load<u32>(offsets + (<usize>v << 2), 4);
      if (first == end) {
        for (; s < length; s++, out += 4) store<u32>(out, noNode);
        break;
      }
      const step = number * length + s;
      let next = noNode;
      let back: f64 = 0;
      if (t != noNode && toT > most) {
        const arc = find(indices, first, end, t);
        const total = cumulative == 0 ? <f64>(end - first) : load<f64>(cumulative + (<usize>(end - 1) << 3));
        const extra = arc == noNode ? 0 : (toT - most) * weight(cumulative, arc, first);
        back = extra / (extra + most * total);
      }
      for (let attempt: u32 = 0; next == noNode; attempt++) {
        philox(attempt, step, walkStream, start, key0, key1);
        if (attempt == mostAttempts) next = exact(indices, cumulative, first, end, firstOfT, endOfT, t, toT, far);
        else if (fraction(random3) < back) next = t;
        else {
          const x = load<u32>(indices + (<usize>arcOf(cumulative, first, end) << 2));
          if (t == noNode) next = x;
          else {
            // the search is spared where the outcome is certain without it
            const kept = fraction(random2) * most;
            if (kept < min(1, far)) {
              if (x != t || kept < toT) next = x;
            } else if (kept < min(most, factor(indices, firstOfT, endOfT, t, x, toT, far))) next = x;
          }
        }
      }
      store<u32>(out, next);
      t = v;
      firstOfT = first;
      endOfT = end;
      v = next;
    }
  }
}
