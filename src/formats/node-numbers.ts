import { Names } from "../io/names.js";

/** Nodes numbered from 0, and what they are called. */
export interface NodeNumbers {
  readonly numNodes: number;
  /** null where each is called by its number. */
  readonly names: Names | null;
  /** A sentence about it. */
  readonly said: string;
}

/** Share of the numbers from 0 to the largest that must occur for the others to be taken as isolated nodes. */
const dense = 0.9;

/**
 * Numbers for nodes whose ids are numbers. Where 0 occurs and at least nine tenths of the numbers up to the largest, ids
 * are numbers already, and those that do not occur are isolated nodes. Otherwise the ids become names, in order of number,
 * and the arrays get the places in that order. `force` decides instead.
 */
export function numberNodes(
  arrays: readonly Uint32Array[],
  largest: number,
  force: "auto" | "numbers" | "names",
): NodeNumbers {
  const total = arrays.reduce((sum, array) => sum + array.length, 0);
  if (total === 0) return { numNodes: 0, names: null, said: "no nodes" };
  const all = (present: number): NodeNumbers => ({
    numNodes: largest + 1,
    names: null,
    said: `nodes are called by their numbers, 0 to ${largest}${present === largest + 1 ? "" : ", those without edges among them"}`,
  });
  if (force === "numbers") return all(0);
  const present = largest < 64 * total + 2 ** 20 ? byBits(arrays, largest) : bySorting(arrays);
  if (force === "auto" && present.at(0) === 0 && present.length >= dense * (largest + 1)) return all(present.length);
  const names = new Names();
  for (const id of present) names.add(String(id));
  const place = placesOf(present, largest);
  for (const array of arrays) for (let k = 0; k < array.length; k++) array[k] = place(array[k]);
  const said = `${present.length} of the numbers 0 to ${largest} occur, which are taken as names`;
  return { numNodes: present.length, names, said };
}

/** The distinct numbers in order, by marking them. */
function byBits(arrays: readonly Uint32Array[], largest: number): Uint32Array {
  const bits = new Uint32Array((largest >>> 5) + 1);
  for (const array of arrays) for (let k = 0; k < array.length; k++) bits[array[k] >>> 5] |= 1 << (array[k] & 31);
  let count = 0;
  for (let word = 0; word < bits.length; word++) for (let rest = bits[word]; rest !== 0; rest &= rest - 1) count++;
  const present = new Uint32Array(count);
  count = 0;
  for (let word = 0; word < bits.length; word++) {
    for (let rest = bits[word]; rest !== 0; rest &= rest - 1) {
      present[count++] = word * 32 + 31 - Math.clz32(rest & -rest);
    }
  }
  return present;
}

/** The distinct numbers in order, where they are few among many. */
function bySorting(arrays: readonly Uint32Array[]): Uint32Array {
  const sorted = new Uint32Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    sorted.set(array, at);
    at += array.length;
  }
  sorted.sort();
  return sorted.filter((id, k) => k === 0 || id !== sorted[k - 1]);
}

/** Where an id stands among those present. */
function placesOf(present: Uint32Array, largest: number): (id: number) => number {
  if (largest < 16 * present.length + 2 ** 16) {
    const places = new Uint32Array(largest + 1);
    for (let k = 0; k < present.length; k++) places[present[k]] = k;
    return (id) => places[id];
  }
  return (id) => {
    let low = 0;
    for (let high = present.length - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if (present[middle] < id) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const canonical = /^(?:0|[1-9]\d*)$/;

/**
 * Names that are all decimal integers are put in order of number, so that it does not matter where one stands first; where
 * they are small enough, `numberNodes` decides. Other names keep the order in which they came.
 */
export function orderNames(names: Names, arrays: readonly Uint32Array[], force: "auto" | "names"): NodeNumbers {
  const keep: NodeNumbers = {
    numNodes: names.length,
    names,
    said:
      names.length === 0
        ? "no nodes"
        : `nodes are names (first ${JSON.stringify(names.get(0))}), in the order in which they come`,
  };
  if (names.length === 0) return keep;
  const texts: string[] = [];
  let longest = 0;
  for (const name of names) {
    if (!canonical.test(name)) return keep;
    longest = Math.max(longest, name.length);
    texts.push(name);
  }
  if (longest <= 9) {
    const ids = Uint32Array.from(texts, Number);
    for (const array of arrays) for (let k = 0; k < array.length; k++) array[k] = ids[array[k]];
    return numberNodes(
      arrays,
      ids.reduce((a, b) => Math.max(a, b)),
      force,
    );
  }
  const order = texts
    .map((_, k) => k)
    .sort((a, b) => texts[a].length - texts[b].length || (texts[a] < texts[b] ? -1 : 1));
  const rank = new Uint32Array(order.length);
  for (const [place, k] of order.entries()) rank[k] = place;
  for (const array of arrays) for (let k = 0; k < array.length; k++) array[k] = rank[array[k]];
  return {
    numNodes: names.length,
    names: Names.from(order.map((k) => texts[k])),
    said: `nodes are ${names.length} numbers up to ${texts[order[order.length - 1]]}, which are taken as names`,
  };
}
