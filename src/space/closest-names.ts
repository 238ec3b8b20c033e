import type { Names } from "../io/names.js";
import { editDistance } from "./edit-distance.js";

/**
 * The names most like `name`: within one edit for up to 3 letters, two for up to 7, three beyond, letter case and
 * diacritics aside ("Sao Paulo" finds "São Paulo"). Nearest first, then by row; at most `count`.
 */
export function closestNames(names: Names, name: string, count = 3): string[] {
  const wanted = foldedLetters(new TextEncoder().encode(name), new Uint32Array(name.length));
  const limit = wanted.length <= 3 ? 1 : wanted.length <= 7 ? 2 : 3;
  const wantedSet = letterSet(wanted);
  const room = new Uint32Array(wanted.length + limit + 1); // of longer names only so much that they are seen to be longer
  const found: { row: number; edits: number }[] = [];
  for (let row = 0; row < names.length; row++) {
    const letters = foldedLetters(names.utf8(row), room);
    if (Math.abs(letters.length - wanted.length) > limit) continue;
    if (!mayBeWithin(letterSet(letters), wantedSet, limit)) continue;
    const edits = editDistance(letters, wanted, limit);
    if (edits <= limit) found.push({ row, edits });
  }
  found.sort((a, b) => a.edits - b.edits || a.row - b.row);
  return found.slice(0, count).map(({ row }) => names.get(row));
}

/** The letters of UTF-8 text without case and diacritics, written to `into` as far as there is room. */
function foldedLetters(utf8: Uint8Array, into: Uint32Array): Uint32Array {
  let length = 0;
  for (let i = 0; i < utf8.length && length < into.length; ) {
    const first = utf8[i];
    const bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let letter = bytes === 1 ? first : first & (0xff >> (bytes + 1));
    for (let k = 1; k < bytes; k++) letter = (letter << 6) | (utf8[i + k] & 0x3f);
    const folded = letter < folds.length ? folds[letter] : letter;
    if (folded === unknown) {
      folds[letter] = fold(letter);
      continue; // now it is known
    }
    if (folded !== dropped) into[length++] = folded;
    i += bytes;
  }
  return into.subarray(0, length);
}

/** Folded letters of the basic plane, as far as they were met; letters beyond it stay as they are. */
const folds = new Int32Array(0x10000).fill(-2);
const unknown = -2;
/** For marks, which vanish. */
const dropped = -1;

/** A letter in lower case without its diacritics; itself where that is not one letter, such as a Hangul syllable. */
function fold(letter: number): number {
  const bare = Array.from(
    String.fromCodePoint(letter)
      .normalize("NFD")
      .replace(/\p{Mark}/gu, "")
      .toLowerCase(),
  );
  if (bare.length === 0) return dropped;
  return bare.length === 1 ? (bare[0].codePointAt(0) ?? letter) : letter;
}

/** One bit for every five lowest bits that occur. */
function letterSet(letters: Uint32Array): number {
  let set = 0;
  for (let i = 0; i < letters.length; i++) set |= 1 << (letters[i] & 31);
  return set;
}

/** An edit takes at most one letter out of a set and puts at most one in. */
function mayBeWithin(a: number, b: number, edits: number): boolean {
  return bitCount(a & ~b) <= edits && bitCount(b & ~a) <= edits;
}

function bitCount(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}
