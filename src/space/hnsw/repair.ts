import type { IndexMemory } from "./memory.js";

/** Rounds after which a graph that still falls apart would be a bug of ours. */
const mostRounds = 20;

/**
 * Makes every item reachable from the entry along layer 0: each that is not, in order, becomes a neighbor of the nearest
 * item that is and has room for a link, or, where none has, takes the place of the nearest one's last link. Returns how
 * many were not reachable at first.
 */
export function repair(memory: IndexMemory): number {
  let found = 0;
  for (let round = 0; round < mostRounds; round++) {
    const reached = new Uint8Array(memory.length);
    if (memory.length > 0) reach(memory, memory.get("entry"), reached);
    let missing = 0;
    for (let item = 0; item < memory.length; item++) {
      if (reached[item] === 1) continue;
      missing++;
      attach(memory, item);
      reach(memory, item, reached);
    }
    if (round === 0) found = missing;
    if (missing === 0) return found;
  }
  throw new Error("internal: an index that cannot be repaired");
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

/** Links an item from the nearest item that a search finds and whose list has room. */
function attach(memory: IndexMemory, item: number): void {
  const { m, efConstruction } = memory.settings;
  const most = 2 * m;
  for (let ef = efConstruction; ; ef *= 8) {
    const width = Math.min(ef, memory.length, 2 ** 16);
    const { scratch, at } = memory.workspace(1, width, 8 + 8 * width);
    memory.functions.search(0, memory.rowAt(item), 0, 1, width, at, scratch[0]);
    const results = memory.u32(at, 2 + 2 * width);
    for (let k = 0; k < results[0]; k++) {
      const list = memory.u32(memory.listAt(0, results[2 + 2 * k]), 1 + most);
      if (list[0] === most) continue;
      list[0]++;
      list[list[0]] = item;
      return;
    }
    if (width === ef) continue;
    memory.u32(memory.listAt(0, results[2]), 1 + most)[most] = item;
    return;
  }
}
