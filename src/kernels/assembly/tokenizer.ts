// Splits UTF-8 text into words and numbers them; see ../twins/tokenizer.ts, its definition, also for the layouts.

const done: u32 = 0;
const invalidUtf8: u32 = 1;
const tableFull: u32 = 2;
const lineEnd: u32 = 0xffffffff;
const notFound: u32 = 0xffffffff;
const longestToken: u32 = 1000;
const fnvOffset: u32 = 0x811c9dc5;
const fnvPrime: u32 = 0x01000193;

let codePoint: u32 = 0;

// @ts-ignore: decorator
@inline
function continuation(at: usize, end: usize): bool {
  return at < end && (load<u8>(at) & 0xc0) == 0x80;
}

/** Bytes of the sequence of two to four bytes at `at`, its value left in `codePoint`; 0 where it is not valid. */
function sequence(at: usize, end: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0xc2 || lead > 0xf4 || !continuation(at + 1, end)) return 0;
  const second = <u32>load<u8>(at, 1);
  if (lead < 0xe0) {
    codePoint = ((lead & 0x1f) << 6) | (second & 0x3f);
    return 2;
  }
  if (!continuation(at + 2, end)) return 0;
  const third = <u32>load<u8>(at, 2);
  if (lead < 0xf0) {
    codePoint = ((lead & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
    return codePoint < 0x800 || (codePoint >> 11) == 0x1b ? 0 : 3;
  }
  if (!continuation(at + 3, end)) return 0;
  codePoint = ((lead & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (<u32>load<u8>(at, 3) & 0x3f);
  return codePoint < 0x10000 || codePoint > 0x10ffff ? 0 : 4;
}

// @ts-ignore: decorator
@inline
function scramble(hash: u32): u32 {
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  return hash ^ (hash >> 13);
}

/** Whether two words are the same; the last load of several bytes overlaps the one before. */
// @ts-ignore: decorator
@inline
function equal(a: usize, b: usize, length: u32): bool {
  if (length >= 8) {
    const last = <usize>length - 8;
    for (let k: usize = 0; k < last; k += 8) if (load<u64>(a + k) != load<u64>(b + k)) return false;
    return load<u64>(a + last) == load<u64>(b + last);
  }
  if (length >= 4) {
    const last = <usize>length - 4;
    return load<u32>(a) == load<u32>(b) && load<u32>(a + last) == load<u32>(b + last);
  }
  for (let k: u32 = 0; k < length; k++) if (load<u8>(a + k) != load<u8>(b + k)) return false;
  return true;
}

/** Adds `count` to a word's count and returns its number; `notFound` where the word is new and has no room. */
function add(table: usize, word: usize, length: u32, hash: u32, count: f64): u32 {
  const slots = <usize>load<u32>(table);
  const mask = load<u32>(table, 4);
  const entries = <usize>load<u32>(table, 8);
  const names = <usize>load<u32>(table, 20);
  let k = hash & mask;
  while (true) {
    const slot = slots + ((<usize>k) << 3);
    const number = load<u32>(slot, 4);
    if (number == 0) {
      const words = load<u32>(table, 16);
      const nameBytes = load<u32>(table, 28);
      if (words == load<u32>(table, 12) || nameBytes + length > load<u32>(table, 24)) return notFound;
      memory.copy(names + nameBytes, word, length);
      const entry = entries + ((<usize>words) << 4);
      store<f64>(entry, count);
      store<u32>(entry, nameBytes, 8);
      store<u32>(entry, length, 12);
      store<u32>(slot, hash);
      store<u32>(slot, words + 1, 4);
      store<u32>(table, words + 1, 16);
      store<u32>(table, nameBytes + length, 28);
      return words;
    }
    if (load<u32>(slot) == hash) {
      const entry = entries + ((<usize>(number - 1)) << 4);
      if (load<u32>(entry, 12) == length && equal(names + load<u32>(entry, 8), word, length)) {
        store<f64>(entry, load<f64>(entry) + count);
        return number - 1;
      }
    }
    k = (k + 1) & mask;
  }
}

/** Tokenizes `length` bytes at `text`. */
export function tokenize(text: usize, length: u32, ids: usize, classes: usize, breakLines: u32, report: usize, table: usize): void {
  const end = text + length;
  let at = text;
  let out = ids;
  let status = done;
  let tokens: u32 = 0;
  let lines: u32 = 0;
  let longTokens: u32 = 0;
  let linesBeforeLong: u32 = 0;
  while (at < end) {
    let byte = <u32>load<u8>(at);
    let step: u32 = 1;
    let kind: u32 = 0;
    if (byte < 0x80) {
      kind = load<u8>(classes + byte);
    } else {
      step = sequence(at, end);
      if (step == 0) {
        status = invalidUtf8;
        break;
      }
      kind = load<u8>(classes + codePoint);
    }
    if (kind == 0) {
      at += step;
      if (byte == 10) {
        lines++;
        if (breakLines) {
          store<u32>(out, lineEnd);
          out += 4;
        }
      }
      continue;
    }
    const start = at;
    let hash = fnvOffset;
    for (;;) {
      do {
        hash = (hash ^ <u32>load<u8>(at)) * fnvPrime;
        at++;
      } while (--step != 0);
      while (at < end) {
        byte = load<u8>(at);
        if (byte >= 0x80 || <u32>load<u8>(classes + byte) != kind) break;
        hash = (hash ^ byte) * fnvPrime;
        at++;
      }
      if (at == end || byte < 0x80) break;
      step = sequence(at, end);
      if (step == 0 || <u32>load<u8>(classes + codePoint) != kind) break;
    }
    const bytes = <u32>(at - start);
    if (bytes > longestToken) {
      if (longTokens == 0) linesBeforeLong = lines;
      longTokens++;
      continue;
    }
    const id = add(table, start, bytes, scramble(hash), 1);
    if (id == notFound) {
      at = start;
      status = tableFull;
      break;
    }
    store<u32>(out, id);
    out += 4;
    tokens++;
  }
  store<u32>(report, status);
  store<u32>(report, <u32>(at - text), 4);
  store<u32>(report, <u32>((out - ids) >> 2), 8);
  store<u32>(report, tokens, 12);
  store<u32>(report, lines, 16);
  store<u32>(report, longTokens, 20);
  store<u32>(report, linesBeforeLong, 24);
  store<u32>(report, <u32>table, 28);
}

/** Adds a word with a count; its number, or 0xffffffff where there is no room. */
export function intern(table: usize, word: usize, length: u32, count: f64): u32 {
  let hash = fnvOffset;
  for (let k: u32 = 0; k < length; k++) hash = (hash ^ <u32>load<u8>(word + k)) * fnvPrime;
  return add(table, word, length, scramble(hash), count);
}

/** Enters `count` slots of a smaller table into free ones, of which there are `mask` + 1. */
export function rehash(slots: usize, count: u32, target: usize, mask: u32): void {
  for (const end = slots + ((<usize>count) << 3); slots < end; slots += 8) {
    const number = load<u32>(slots, 4);
    if (number == 0) continue;
    const hash = load<u32>(slots);
    let k = hash & mask;
    while (load<u32>(target + ((<usize>k) << 3), 4) != 0) k = (k + 1) & mask;
    store<u32>(target + ((<usize>k) << 3), hash);
    store<u32>(target + ((<usize>k) << 3), number, 4);
  }
}
