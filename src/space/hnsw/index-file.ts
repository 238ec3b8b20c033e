import { readSafetensorsHeader, readTensor, requireTensor, writeSafetensors } from "../../formats/safetensors.js";
import { FormatError } from "../../io/errors.js";
import type { Source } from "../../io/source.js";
import { geometries } from "../manifest.js";
import type { IndexMemory } from "./memory.js";
import { type IndexSettings, levelsOf, mostLinks, precisions, widestBeam } from "./settings.js";

/**
 * An index on disk: a safetensors file of two tensors, the lists without their empty places: `degrees` U16, how many links
 * each list has, layer 0 of all items and then, item by item, the layers above; `links` U32, the items of all lists in
 * the same order. Layers and the entry follow from the seed. The metadata hold the settings and the fingerprint of the
 * vectors; the rows' copy, with what extends it, is made anew from these.
 */

const format = "thing2vec index";
const version = 1;
/** Links that are written at a time. */
const linksAtOnce = 2 ** 18;

/** What a file says of itself. */
export interface IndexHeader {
  settings: IndexSettings;
  items: number;
  dimensions: number;
  /** Of the vectors of these items; see `fingerprintOf`. */
  fingerprint: string;
}

/** Writes an index whole and synced. */
export async function writeIndex(path: string, memory: IndexMemory, fingerprint: string): Promise<void> {
  const { settings, length, dimensions } = memory;
  const lists = Array.from(listsOf(memory, length));
  const words = memory.u32(0, memory.memory.buffer.byteLength >>> 2);
  const degrees = Uint16Array.from(lists, (block) => words[block]);
  const links = degrees.reduce((sum, degree) => sum + degree, 0);
  const metadata = {
    ...{ format, version: `${version}`, geometry: settings.geometry, precision: settings.precision },
    ...{ m: `${settings.m}`, efConstruction: `${settings.efConstruction}`, seed: `${settings.seed}` },
    ...{ items: `${length}`, dimensions: `${dimensions}`, fingerprint },
  };
  function* pieces() {
    let piece = new Uint32Array(linksAtOnce);
    let end = 0;
    for (const block of lists) {
      const degree = words[block];
      if (end + degree > linksAtOnce) {
        yield new Uint8Array(piece.buffer, 0, 4 * end);
        piece = new Uint32Array(linksAtOnce);
        end = 0;
      }
      piece.set(words.subarray(block + 1, block + 1 + degree), end);
      end += degree;
    }
    yield new Uint8Array(piece.buffer, 0, 4 * end);
  }
  const asBytes = () => [new Uint8Array(degrees.buffer, degrees.byteOffset, degrees.byteLength)];
  await writeSafetensors(
    path,
    [
      { name: "links", dtype: "U32", shape: [links], data: pieces },
      { name: "degrees", dtype: "U16", shape: [degrees.length], data: asBytes },
    ],
    metadata,
  );
}

/** The lists in the order of the file, as word offsets in the memory. */
function* listsOf(memory: IndexMemory, items: number): Generator<number> {
  for (let item = 0; item < items; item++) yield memory.listAt(0, item) / 4;
  for (let item = 0; item < items; item++) {
    for (let layer = 1; layer <= memory.levels[item]; layer++) yield memory.listAt(layer, item) / 4;
  }
}

/** Reads and checks what a file says of itself. Throws FormatError. */
export async function readIndexHeader(source: Source): Promise<IndexHeader> {
  const { metadata } = await readSafetensorsHeader(source);
  const file = source.name;
  const wrong = (message: string, code: FormatError["code"] = "header") => new FormatError(code, { file }, message);
  const text = (name: string): string => {
    const value = metadata.get(name);
    if (value === undefined) throw wrong(`${name} is missing among the metadata`);
    return value;
  };
  const integer = (name: string, least: number, most: number): number => {
    const value = text(name);
    const number = Number(value);
    if (/^\d{1,16}$/.test(value) && number >= least && number <= most) return number;
    throw wrong(`${name} must be an integer from ${least} to ${most}, got ${JSON.stringify(value.slice(0, 40))}`);
  };
  const word = <T extends string>(name: string, words: readonly T[]): T => {
    const value = text(name);
    if (words.includes(value as T)) return value as T;
    throw wrong(`${name} must be one of ${words.join(", ")}, got ${JSON.stringify(value.slice(0, 40))}`);
  };
  if (text("format") !== format) throw wrong(`format must be ${JSON.stringify(format)}`, "unsupported");
  if (integer("version", 1, Number.MAX_SAFE_INTEGER) > version) {
    throw wrong(`a newer thing2vec made this index; build it anew, or use that`, "unsupported");
  }
  const settings: IndexSettings = {
    geometry: word("geometry", geometries),
    precision: word("precision", precisions),
    m: integer("m", 2, mostLinks),
    efConstruction: integer("efConstruction", 1, widestBeam),
    seed: integer("seed", 0, Number.MAX_SAFE_INTEGER),
  };
  const fingerprint = text("fingerprint");
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw wrong("fingerprint must be 64 hexadecimal digits");
  return {
    ...{ settings, fingerprint },
    items: integer("items", 0, 2 ** 31 - 1),
    dimensions: integer("dimensions", 1, 2 ** 20),
  };
}

/** The lists of an index, all of which lead somewhere. */
export interface IndexLists {
  /** u8 [items]: each item's highest layer. */
  levels: Uint8Array;
  /** Links of each list, layer 0 of all items first. */
  degrees: Uint16Array;
  links: Uint32Array;
}

/**
 * Reads an index's lists. Every number of the file is checked before it is used: sizes, degrees, and that each link leads
 * to another item of the list's layer. Throws FormatError.
 */
export async function readLists(source: Source, { items, settings }: IndexHeader): Promise<IndexLists> {
  const file = source.name;
  const header = await readSafetensorsHeader(source);
  const degreesInfo = requireTensor(file, header, "degrees", "U16", 1);
  const linksInfo = requireTensor(file, header, "links", "U32", 1);
  const present = degreesInfo.shape[0];
  // Layers are computed, one an item: only where the file is large enough to have so many.
  const levels = present < items ? new Uint8Array(0) : levelsOf(settings, 0, items);
  const expected = levels.reduce((sum, level) => sum + level, items);
  if (present !== expected) {
    const place = { file, offset: degreesInfo.offset };
    throw new FormatError("header", place, `${present} lists, items and seed make ${expected} or more`);
  }
  const degrees = new Uint16Array(expected);
  await readTensor(source, degreesInfo, 0, degrees);
  let sum = 0;
  degrees.forEach((degree, list) => {
    const most = list < items ? 2 * settings.m : settings.m;
    if (degree > most) {
      const place = { file, offset: degreesInfo.offset + 2 * list };
      throw new FormatError("header", place, `list ${list} has ${degree} links, at most ${most} are possible`);
    }
    sum += degree;
  });
  if (sum !== linksInfo.shape[0]) {
    const place = { file, offset: linksInfo.offset };
    throw new FormatError("header", place, `${linksInfo.shape[0]} links, degrees add up to ${sum}`);
  }
  const links = new Uint32Array(sum);
  await readTensor(source, linksInfo, 0, links);
  const lists = { levels, degrees, links };
  forEachList(lists, (item, layer, from, end) => {
    for (let k = from; k < end; k++) {
      if (links[k] < items && links[k] !== item && levels[links[k]] >= layer) continue;
      const place = { file, offset: linksInfo.offset + 4 * k };
      throw new FormatError("number", place, `item ${item} on layer ${layer} cannot be linked to ${links[k]}`);
    }
  });
  return lists;
}

/** Puts lists into the memory of an index whose rows are there. */
export function placeLists(memory: IndexMemory, lists: IndexLists): void {
  const { levels, links } = lists;
  const words = memory.u32(0, memory.memory.buffer.byteLength >>> 2);
  forEachList(lists, (item, layer, from, end) => {
    const block = memory.listAt(layer, item) / 4;
    words[block] = end - from;
    words.set(links.subarray(from, end), block + 1);
  });
  let entry = 0;
  levels.forEach((level, item) => {
    if (level > levels[entry]) entry = item;
  });
  memory.set("entry", entry);
  memory.set("top", levels[entry] ?? 0);
  memory.length = levels.length;
}

/** Visits lists in the order of the file: their links are those from `from` to `end` - 1. */
function forEachList(
  { levels, degrees }: IndexLists,
  visit: (item: number, layer: number, from: number, end: number) => void,
): void {
  let [list, at] = [0, 0];
  const next = (item: number, layer: number) => {
    const end = at + degrees[list++];
    visit(item, layer, at, end);
    at = end;
  };
  for (let item = 0; item < levels.length; item++) next(item, 0);
  for (let item = 0; item < levels.length; item++)
    for (let layer = 1; layer <= levels[item]; layer++) next(item, layer);
}
