import type { IndexMemory } from "./memory.js";
import { widestBeam } from "./settings.js";

/** Rounds after which a graph that still falls apart would be a bug of ours. */
const mostRounds = 50;

/**
 * Makes layer 0 hold together: every item can be reached from the entry, and from every item the entry, so that wherever
 * a walk begins nothing is out of its reach. An item that cannot be reached, in order, becomes a neighbor of the nearest
 * that can and has room for a link; one that leads nowhere gets the nearest that does as its neighbor. Where no list has
 * room, the last link goes, and all is looked at once more. Returns how many items were not reachable at first.
 */
export function repair(memory: IndexMemory): number {
  if (memory.length < 2) return 0;
  const top = memory.get("top");
  memory.set("top", 0); // searches begin at the entry itself, so that they meet what can be reached from it alone
  try {
    let unreached: number | undefined;
    for (let round = 0; round < mostRounds; round++) {
      const attached = attachUnreached(memory);
      unreached ??= attached;
      if (attached + connectBack(memory) === 0) return unreached;
    }
    throw new Error("internal: an index that cannot be repaired");
  } finally {
    memory.set("top", top);
  }
}

/** Makes items that cannot be reached from the entry neighbors of those that can; returns how many there were. */
function attachUnreached(memory: IndexMemory): number {
  const reached = new Uint8Array(memory.length);
  reach(memory, memory.get("entry"), reached);
  let count = 0;
  for (let item = 0; item < memory.length; item++) {
    if (reached[item] === 1) continue;
    count++;
    const met = nearestOf(memory, item, () => true);
    const room = (other: number) => hasRoom(memory, other);
    addLink(memory, met.find(room) ?? nearestOf(memory, item, room)[0] ?? met[0], item);
    reach(memory, item, reached);
  }
  return count;
}

/** Marks what can be reached from an item. */
function reach(memory: IndexMemory, from: number, reached: Uint8Array): void {
  const words = memory.u32(0, memory.memory.buffer.byteLength >>> 2);
  const waiting = [from];
  reached[from] = 1;
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const block = memory.listAt(0, item) / 4;
    for (let k = block + 1; k <= block + words[block]; k++) {
      if (reached[words[k]] === 1) continue;
      reached[words[k]] = 1;
      waiting.push(words[k]);
    }
  }
}

/** Gives items from which the entry cannot be reached a neighbor from which it can; returns how many there were. */
function connectBack(memory: IndexMemory): number {
  const leads = new Uint8Array(memory.length);
  leads[memory.get("entry")] = 1;
  spread(memory, leads);
  let count = 0;
  for (let item = 0; item < memory.length; item++) {
    if (leads[item] === 1) continue;
    count++;
    const [nearest] = nearestOf(memory, item, (other) => leads[other] === 1);
    addLink(memory, item, nearest);
    leads[item] = 1;
  }
  return count;
}

/** Marks every item with a link to a marked one, until there is none that is not marked. */
function spread(memory: IndexMemory, leads: Uint8Array): void {
  const words = memory.u32(0, memory.memory.buffer.byteLength >>> 2);
  for (let changed = true; changed; ) {
    changed = false;
    for (let item = 0; item < leads.length; item++) {
      if (leads[item] === 1) continue;
      const block = memory.listAt(0, item) / 4;
      for (let k = block + 1; k <= block + words[block]; k++) {
        if (leads[words[k]] === 0) continue;
        leads[item] = 1;
        changed = true;
        break;
      }
    }
  }
}

/** The items that a walk meets and that pass a test, nearest first; wider and wider beams, until one has met some or all. */
function nearestOf(memory: IndexMemory, item: number, test: (other: number) => boolean): number[] {
  for (let ef = memory.settings.efConstruction; ; ef *= 8) {
    const width = Math.min(ef, memory.length, widestBeam);
    const { scratch, at } = memory.workspace(1, width, 8 + 8 * width);
    memory.functions.search(0, memory.rowAt(item), 0, 1, width, at, scratch[0]);
    const results = memory.u32(at, 2 + 2 * width);
    const passing: number[] = [];
    for (let k = 0; k < results[0]; k++) {
      const other = results[2 + 2 * k];
      if (other !== item && test(other)) passing.push(other);
    }
    if (passing.length > 0 || width < ef) return passing;
  }
}

function hasRoom(memory: IndexMemory, item: number): boolean {
  return memory.u32(memory.listAt(0, item), 1)[0] < 2 * memory.settings.m;
}

/** Adds a link on layer 0; in a full list in the place of the last. */
function addLink(memory: IndexMemory, from: number, to: number): void {
  const most = 2 * memory.settings.m;
  const list = memory.u32(memory.listAt(0, from), 1 + most);
  if (list[0] < most) list[0]++;
  list[list[0]] = to;
}
