/** Whether text has UTF-8 bytes: no surrogate stands without its partner. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text); // with the flag u, pairs are one character and do not match
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes as text, a leading byte order mark included. Throws TypeError where they are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Number of leading bytes that are valid UTF-8; `bytes.length` where all are. */
export function validUtf8Length(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length === 0) return i;
    i += length;
  }
  return i;
}

/** Length of the UTF-8 sequence that begins at `i`, 0 where none does (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i];
  if (first < 0x80) return 1;
  let more = 0;
  let low = 0x80; // the range of the second byte rules out overlong forms, surrogates and values above U+10FFFF
  let high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) more = 1;
  else if (first >= 0xe0 && first <= 0xef) {
    more = 2;
    if (first === 0xe0) low = 0xa0;
    if (first === 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    more = 3;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f;
  } else return 0;
  for (let k = 1; k <= more; k++) {
    const byte = bytes[i + k]; // undefined past the end, which no comparison lets through
    if (!(byte >= low && byte <= high)) return 0;
    low = 0x80;
    high = 0xbf;
  }
  return more + 1;
}

/**
 * A stream of bytes made valid UTF-8: what is invalid becomes U+FFFD, one for each byte ("replace"), or is dropped
 * ("skip"). `onInvalid` is told how many bytes that were, piece by piece.
 */
export async function* repairUtf8(
  pieces: AsyncIterable<Uint8Array>,
  mode: "replace" | "skip",
  onInvalid: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0); // the last bytes of a piece, whose sequence may go on in the next
  for await (const piece of pieces) {
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    const [repaired, used] = repair(bytes, mode, false, onInvalid);
    rest = bytes.slice(used);
    yield repaired;
  }
  yield repair(rest, mode, true, onInvalid)[0];
}

/** The repaired bytes, and how many of `bytes` they stand for: all, or up to an unfinished sequence at the end. */
function repair(
  bytes: Uint8Array,
  mode: "replace" | "skip",
  atEnd: boolean,
  onInvalid: (bytes: number) => void,
): [Uint8Array, number] {
  let valid = validUtf8Length(bytes);
  if (valid === bytes.length) return [bytes, valid];
  const out = new Uint8Array(3 * bytes.length);
  let length = 0;
  let at = 0;
  let invalid = 0;
  for (;;) {
    out.set(bytes.subarray(at, at + valid), length);
    length += valid;
    at += valid;
    if (at === bytes.length || (!atEnd && bytes.length - at < 4)) break;
    if (mode === "replace") {
      out.set([0xef, 0xbf, 0xbd], length);
      length += 3;
    }
    invalid++;
    at++;
    valid = validUtf8Length(bytes.subarray(at));
  }
  if (invalid > 0) onInvalid(invalid);
  return [out.subarray(0, length), at];
}
