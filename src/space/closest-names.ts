import { editDistance } from "./edit-distance.js";
import type { Names } from "./names.js";

/**
 * The names most like `name`: within one edit for up to 3 letters, two for up to 7, three beyond, letter case and
 * diacritics aside ("Sao Paulo" finds "São Paulo"). Nearest first, then by row; at most `count`.
 */
export function closestNames(names: Names, name: string, count = 3): string[] {
  const wanted = fold(name);
  const limit = wanted.length <= 3 ? 1 : wanted.length <= 7 ? 2 : 3;
  const wantedLetters = letterSet(wanted);
  const found: { name: string; edits: number; row: number }[] = [];
  for (let row = 0; row < names.length; row++) {
    const utf8 = names.utf8(row);
    // Almost all names are dismissed without being decoded: UTF-8 has 1 to 4 bytes a letter, and marks only add to it.
    if (utf8.length < wanted.length - limit) continue;
    let letters: number[];
    if (isAscii(utf8)) {
      if (utf8.length > wanted.length + limit) continue;
      if (!mayBeWithin(letterSet(utf8), wantedLetters, limit)) continue;
      letters = Array.from(utf8, lowerCase);
    } else {
      if (utf8.length > 16 * (wanted.length + limit)) continue;
      letters = fold(names.get(row));
    }
    const edits = editDistance(letters, wanted, limit);
    if (edits <= limit) found.push({ name: names.get(row), edits, row });
  }
  found.sort((a, b) => a.edits - b.edits || a.row - b.row);
  return found.slice(0, count).map((match) => match.name);
}

/** Code points without diacritics and in lower case. Recomposed, so that a Hangul syllable stays one letter. */
function fold(text: string): number[] {
  const bare = text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .normalize("NFC")
    .toLowerCase();
  return Array.from(bare, (letter) => letter.codePointAt(0) ?? 0);
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 127) return false;
  return true;
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** One bit for every five lowest bits that occur: a letter and its capital share theirs. */
function letterSet(letters: ArrayLike<number>): number {
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
