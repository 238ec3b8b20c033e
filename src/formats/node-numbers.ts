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
  const numbers: NodeNumbers = {
    numNodes: largest + 1,
    names: null,
    said: `nodes are called by their numbers, 0 to ${largest}`,
  };
  if (force === "numbers") return numbers;
  const enough = force === "auto" ? Math.ceil(dense * (largest + 1)) : Number.POSITIVE_INFINITY;
  const present = largest < 8 * total + 2 ** 20 ? byMarks(arrays, largest, enough) : bySorting(arrays);
  if (present === "dense") return numbers;
  const names = new Names();
  for (const id of present) names.add(String(id));
  const place = placesOf(present, largest);
  for (const array of arrays) for (let k = 0; k < array.length; k++) array[k] = place(array[k]);
  const said = `${present.length} of the numbers 0 to ${largest} occur, which are taken as names`;
  return { numNodes: present.length, names, said };
}

/** The distinct numbers in order, by marking them; "dense" as soon as 0 and `enough` others have occurred. */
function byMarks(arrays: readonly Uint32Array[], largest: number, enough: number): Uint32Array | "dense" {
  const marks = new Uint8Array(largest + 1);
  let distinct = 0;
  for (const array of arrays) {
    for (let k = 0; k < array.length; k++) {
      if (marks[array[k]] !== 0) continue;
      marks[array[k]] = 1;
      distinct++;
      if (distinct >= enough && marks[0] !== 0) return "dense";
    }
  }
  const present = new Uint32Array(distinct);
  for (let id = 0, at = 0; at < distinct; id++) if (marks[id] !== 0) present[at++] = id;
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
