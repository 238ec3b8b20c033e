import { hnswForms, hnswMetrics, hnswTask } from "../hnsw-task.js";
import type { Twin } from "../kernel.js";

const { fround } = Math;

/** An item that a walk met. */
interface Entry {
  item: number;
  distance: number;
  expanded: boolean;
}

/** Nearer first, among equals the lower item. */
const isBefore = (a: Entry, b: Entry) => a.distance < b.distance || (a.distance === b.distance && a.item < b.item);

/** The best `most` entries in order. */
class Beam {
  readonly entries: Entry[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  offer(item: number, distance: number): void {
    const entry = { item, distance, expanded: false };
    let place = this.entries.length;
    while (place > 0 && isBefore(entry, this.entries[place - 1])) place--;
    if (place === this.#most) return;
    this.entries.splice(place, 0, entry);
    if (this.entries.length > this.#most) this.entries.pop();
  }
}

/**
 * Hierarchical navigable small worlds (Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320, algorithms 1 to 5), by
 * batches after ParlayANN (Manohar et al. 2024): what runs in parallel reads the graph as it stood and writes lists that
 * are its own, so that threads change no byte. The records of `../hnsw-task.ts` say where everything lies.
 *
 * A distance is a f32, computed as in scan.ts: four partial sums by d mod 4, then (p0 + p2) + (p1 + p3); of bytes from
 * the integer sum of products. It is the same from both ends. Entries are ordered by (distance, item); the kernel keeps
 * an entry as u64: the distance's bits made monotone in the upper half, item and "expanded" in the lower.
 */
export const twin: Twin = (memory) => {
  const bytes = () => new DataView(memory.buffer);
  const u32 = (at: number) => bytes().getUint32(at >>> 0, true);
  const f32 = (at: number) => bytes().getFloat32(at >>> 0, true);
  const setU32 = (at: number, value: number) => bytes().setUint32(at >>> 0, value, true);
  const setF32 = (at: number, value: number) => bytes().setFloat32(at >>> 0, value, true);

  /** The index of a task. */
  function indexOf(task: number) {
    const field = (name: keyof typeof hnswTask) => u32(task + hnswTask[name]);
    const [rows, stride, numbers, form, metric] = [
      field("rows"),
      field("stride"),
      field("numbers"),
      field("form"),
      field("metric"),
    ];
    const [links, upper, offsets, capacity, m] = [
      field("links"),
      field("upper"),
      field("offsets"),
      field("capacity"),
      field("m"),
    ];
    const width = numbers / { 0: 4, 1: 2, 2: 1 }[form as 0 | 1 | 2];

    const numberOf = (row: number, d: number): number => {
      if (form === hnswForms.f32) return f32(row + 4 * d);
      if (form === hnswForms.f16) return fromHalf(bytes().getUint16(row + 2 * d, true));
      return bytes().getInt8(row + d);
    };
    const tail = (row: number, field: number) => f32(row + numbers + 4 * field);

    /** The distance of two rows. */
    const distance = (a: number, b: number): number => {
      const straight = metric >= hnswMetrics.euclidean;
      const sum = [0, 0, 0, 0];
      for (let d = 0; d < width; d++) {
        const x = metric === hnswMetrics.lorentz && d === 0 ? -numberOf(a, d) : numberOf(a, d);
        const y = numberOf(b, d);
        const isDifference = straight && form !== hnswForms.i8;
        const difference = fround(x - y);
        sum[d % 4] = fround(sum[d % 4] + (isDifference ? fround(difference * difference) : fround(x * y)));
      }
      let total = fround(fround(sum[0] + sum[2]) + fround(sum[1] + sum[3]));
      if (form === hnswForms.i8) {
        let products = 0;
        for (let d = 0; d < width; d++) products += numberOf(a, d) * numberOf(b, d);
        if (metric === hnswMetrics.lorentz) products -= 2 * numberOf(a, 0) * numberOf(b, 0);
        total = fround(fround(products) * fround(tail(a, 0) * tail(b, 0)));
        if (straight) total = Math.max(0, fround(fround(tail(a, 1) + tail(b, 1)) - fround(total + total)));
      }
      if (!straight) return fround(0 - total);
      return metric === hnswMetrics.ball ? fround(total * fround(tail(a, 2) * tail(b, 2))) : total;
    };

    const rowOf = (item: number) => rows + item * stride;
    const levelOf = (item: number) => bytes().getUint8(field("levels") + item);
    /** The number of a list: of layer 0 the item's, above behind those of layer 0. */
    const listOf = (layer: number, item: number) =>
      layer === 0 ? item : capacity + u32(offsets + 4 * item) + layer - 1;
    /** Where a list lies: how many items, then the items. */
    const blockOf = (list: number) =>
      list < capacity ? links + list * (8 * m + 4) : upper + (list - capacity) * (4 * m + 4);
    const linksOf = (block: number) => Array.from({ length: u32(block) }, (_, k) => u32(block + 4 + 4 * k));

    /** From the entry down to above `layer`, on each layer to an item that no neighbor beats. */
    const descend = (row: number, layer: number): number => {
      let best: Entry = { item: field("entry"), distance: distance(row, rowOf(field("entry"))), expanded: false };
      for (let at = field("top"); at > layer; at--) {
        for (let before: Entry | undefined; before !== best; ) {
          before = best;
          for (const item of linksOf(blockOf(listOf(at, best.item)))) {
            const entry = { item, distance: distance(row, rowOf(item)), expanded: false };
            if (isBefore(entry, best)) best = entry;
          }
        }
      }
      return best.item;
    };

    /** The `most` nearest items that a walk on a layer meets: it expands the nearest entry until all are expanded. */
    const walk = (row: number, entry: number, layer: number, most: number): Beam => {
      const beam = new Beam(most);
      const visited = new Set([entry]);
      beam.offer(entry, distance(row, rowOf(entry)));
      for (;;) {
        const next = beam.entries.find(({ expanded }) => !expanded);
        if (next === undefined) return beam;
        next.expanded = true;
        for (const item of linksOf(blockOf(listOf(layer, next.item)))) {
          if (!visited.has(item)) beam.offer(item, distance(row, rowOf(item)));
          visited.add(item);
        }
      }
    };

    /**
     * Writes to a list at most `most` entries, the nearest first, each nearer to the item than to every one taken before
     * (algorithm 4). Copies of the item, which are as far from it as itself, neither keep others away nor are taken
     * more than once: else a point that occurs often would be linked to nothing but itself. Returns those taken.
     */
    const choose = (row: number, { entries }: Beam, most: number, block: number): Entry[] => {
      const self = distance(row, row);
      const kept: Entry[] = [];
      for (const entry of entries) {
        if (kept.length === most) break;
        const others = kept.filter((other) => other.distance !== self);
        const isApart = (other: Entry) => entry.distance < distance(rowOf(entry.item), rowOf(other.item));
        if (entry.distance === self ? others.length === kept.length : others.every(isApart)) kept.push(entry);
      }
      setU32(block, kept.length);
      kept.forEach(({ item }, k) => {
        setU32(block + 4 + 4 * k, item);
      });
      return kept;
    };

    const shape = { field, form, metric, stride, numbers, m, capacity };
    return { ...shape, distance, rowOf, levelOf, listOf, blockOf, linksOf, descend, walk, choose };
  }

  /**
   * Step A: chooses the links of the items from .. to - 1 of the batch, on each of their layers, among what a walk through
   * the graph as it stood meets and the batch's other items on that layer; writes their lists and the links' distances.
   */
  function insert(task: number, from: number, to: number, _scratch: number): number {
    const index = indexOf(task);
    const { field, m } = index;
    const [first, end] = [field("first"), field("end")];
    for (let item = from; item < to; item++) {
      const row = index.rowOf(item);
      const level = Math.min(index.levelOf(item), field("top"));
      let entry = index.descend(row, level);
      const slot = u32(field("starts") + 4 * (item - first));
      for (let layer = level; layer >= 0; layer--) {
        const beam = index.walk(row, entry, layer, field("efConstruction"));
        entry = beam.entries[0].item;
        for (let mate = first; mate < end; mate++) {
          if (mate !== item && index.levelOf(mate) >= layer) beam.offer(mate, index.distance(row, index.rowOf(mate)));
        }
        const kept = index.choose(row, beam, m, index.blockOf(index.listOf(layer, item)));
        kept.forEach(({ distance }, k) => {
          setF32(field("distances") + 4 * ((slot + layer) * m + k), distance);
        });
      }
    }
    return 0;
  }

  /**
   * Step B: gathers the batch's links by their targets: targets in the order in which they first occur, the edges of each
   * in the order of the batch. Returns how many targets there are.
   */
  function collect(task: number): number {
    const index = indexOf(task);
    const { field, m } = index;
    const targets = new Map<number, { target: number; edges: { source: number; distance: number }[] }>();
    for (let item = field("first"); item < field("end"); item++) {
      const slot = u32(field("starts") + 4 * (item - field("first")));
      for (let layer = 0; layer <= index.levelOf(item); layer++) {
        index.linksOf(index.blockOf(index.listOf(layer, item))).forEach((target, k) => {
          const list = index.listOf(layer, target);
          const edge = { source: item, distance: f32(field("distances") + 4 * ((slot + layer) * m + k)) };
          const known = targets.get(list);
          if (known === undefined) targets.set(list, { target, edges: [edge] });
          else known.edges.push(edge);
        });
      }
    }
    let [at, end] = [0, 0];
    for (const [list, { target, edges }] of targets) {
      setU32(field("targets") + 8 * at, list);
      setU32(field("targets") + 8 * at + 4, target);
      for (const { source, distance } of edges) {
        setU32(field("edges") + 8 * end, source);
        setF32(field("edges") + 8 * end + 4, distance);
        end++;
      }
      setU32(field("ends") + 4 * at, end);
      at++;
    }
    return targets.size;
  }

  /**
   * Step C: links the targets from .. to - 1 back to the items that chose them: behind their links while there is room,
   * else by choosing anew among the old links and the new.
   */
  function link(task: number, from: number, to: number, _scratch: number): number {
    const index = indexOf(task);
    const { field, m } = index;
    for (let t = from; t < to; t++) {
      const list = u32(field("targets") + 8 * t);
      const target = u32(field("targets") + 8 * t + 4);
      const block = index.blockOf(list);
      const most = list < index.capacity ? 2 * m : m;
      const before = index.linksOf(block);
      const beam = new Beam(Number.POSITIVE_INFINITY);
      const added: number[] = [];
      for (let e = t === 0 ? 0 : u32(field("ends") + 4 * (t - 1)); e < u32(field("ends") + 4 * t); e++) {
        const source = u32(field("edges") + 8 * e);
        if (before.includes(source)) continue;
        added.push(source);
        beam.offer(source, f32(field("edges") + 8 * e + 4));
      }
      if (before.length + added.length <= most) {
        setU32(block, before.length + added.length);
        added.forEach((source, k) => {
          setU32(block + 4 + 4 * (before.length + k), source);
        });
        continue;
      }
      const row = index.rowOf(target);
      for (const item of before) beam.offer(item, index.distance(row, index.rowOf(item)));
      index.choose(row, beam, most, block);
    }
    return 0;
  }

  /**
   * Turns `count` vectors of f32 at `staging`, `stagingStride` bytes apart and padded with zeros, into rows at `into`, and
   * may change them meanwhile; `isQuery` 1: not extended, not checked. Returns `count`, or the number of the first vector
   * that is no point of the metric's space: |x| >= 1 in the ball, or off the hyperboloid by more than a thousandth.
   */
  function prepare(
    task: number,
    staging: number,
    stagingStride: number,
    count: number,
    isQuery: number,
    into: number,
  ): number {
    const { field, form, metric, stride, numbers } = indexOf(task);
    const dimensions = field("dimensions");
    const extend = bytes().getFloat64(task + hnswTask.extend, true);
    for (let r = 0; r < count; r++) {
      const source = new Float32Array(memory.buffer, (staging >>> 0) + r * stagingStride, stagingStride / 4);
      const row = (into >>> 0) + r * stride;
      const sum = [0, 0, 0, 0];
      for (let d = 0; d < source.length; d++) sum[d % 4] += source[d] * source[d];
      const squares = sum[0] + sum[2] + (sum[1] + sum[3]);
      if (isQuery === 0) {
        if (metric === hnswMetrics.ball && !(squares < 1)) return r;
        const time = source[0];
        if (metric === hnswMetrics.lorentz) {
          if (!(time > 0 && Math.abs(2 * time * time - squares - 1) <= 1e-3 * time * time)) return r;
        }
      }
      if (field("unit") !== 0 && squares > 0) {
        const inverse = 1 / Math.sqrt(squares);
        for (let d = 0; d < source.length; d++) source[d] *= inverse;
      }
      if (extend > 0 && isQuery === 0) source[dimensions - 1] = Math.sqrt(Math.max(0, extend - squares));
      new Uint8Array(memory.buffer, row, numbers).fill(0);
      let scale = 0;
      let kept = 0;
      if (form === hnswForms.f32) {
        source.subarray(0, numbers / 4).forEach((x, d) => {
          setF32(row + 4 * d, x);
        });
      } else if (form === hnswForms.f16) {
        for (let d = 0; d < dimensions; d++) bytes().setUint16(row + 2 * d, toHalf(source[d]), true);
      } else {
        const largest = source.subarray(0, dimensions).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        scale = fround(largest / 127);
        let integers = 0;
        for (let d = 0; scale > 0 && d < dimensions; d++) {
          const byte = roundToEven(Math.max(-127, Math.min(127, fround(source[d] / scale))));
          bytes().setInt8(row + d, byte);
          integers += byte * byte;
        }
        kept = fround(fround(integers) * fround(scale * scale));
      }
      if (stride > numbers) {
        [scale, kept, metric === hnswMetrics.ball ? 1 / (1 - squares) : 0, 0].forEach((value, k) => {
          setF32(row + numbers + 4 * k, value);
        });
      }
    }
    return count;
  }

  /**
   * The items that queries (rows at `queries`, as `prepare` leaves them) from .. to - 1 find with a beam of `ef`: at `out`,
   * 8 + 8 ef bytes a query, how many, 0, and as many (u32 item, f32 distance), nearest first.
   */
  function search(
    task: number,
    queries: number,
    from: number,
    to: number,
    ef: number,
    out: number,
    _scratch: number,
  ): number {
    const index = indexOf(task);
    for (let q = from; q < to; q++) {
      const row = (queries >>> 0) + q * index.stride;
      const { entries } = index.walk(row, index.descend(row, 0), 0, ef);
      const at = (out >>> 0) + q * (8 * ef + 8);
      setU32(at, entries.length);
      setU32(at + 4, 0);
      entries.forEach(({ item, distance }, k) => {
        setU32(at + 8 + 8 * k, item);
        setF32(at + 12 + 8 * k, distance);
      });
    }
    return 0;
  }

  return { insert, collect, link, prepare, search };
};

function roundToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** The number that a half stands for; infinity and NaN do not occur. */
export function fromHalf(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return half >> 15 ? -magnitude : magnitude;
}

/** The half nearest to a number below 65,520, ties to even. */
export function toHalf(x: number): number {
  const magnitude = Math.abs(x);
  let exponent = -14;
  while (magnitude >= 2 ** (exponent + 1)) exponent++;
  const fraction = roundToEven(magnitude * 2 ** (10 - exponent));
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  // a fraction of 2^11 carries into the exponent by itself
  return sign + (magnitude === 0 ? 0 : (exponent + 14) * 1024 + fraction);
}
