import type { Twin } from "../kernel.js";

/** How a call of `edges` or `adjacency` ended; anything but `done` at the first line that it could not read. */
export const edgeStatus = { done: 0, notNumber: 1, wrongFields: 2, badQuote: 3, emptyId: 4 } as const;

/** The fields of a report, u32 each, by index. */
export const edgeReport = {
  status: 0,
  /** Lines done, those without edges among them. */
  lines: 1,
  /** Pairs written. */
  pairs: 2,
  comments: 3,
  blanks: 4,
  /** The largest number read; 0 where none was. */
  largest: 5,
  /** Bytes done, or where the field that could not be read begins. */
  at: 6,
  /** Of `edges`: fields read of the last line; of `adjacency`: nodes, one a line. */
  fields: 7,
} as const;
export const edgeReportBytes = 32;

/** No column, no comment, no number. */
export const noneOfThem = 0xffffffff;

/** Set in the length of a quoted field in which quotes are doubled. */
export const escapedQuotes = 0x80000000;

/** Most bytes of a weight. */
export const longestWeight = 1000;

const lineFeed = 10;
const quote = 34;
const digitZero = 48;

/**
 * Both functions read `length` bytes of whole lines at `text`. A line feed ends a line; spaces, carriage returns and, where
 * they are no delimiters, tabs around fields are no part of them. A line whose first byte is `commentA` or `commentB` is
 * left out. Delimiter 0 is white space; with another one, a field may stand in double quotes, with quotes within doubled.
 * Numbers are decimal, without sign and leading zeros, at most 2^32 - 2.
 *
 * `edges` takes lines of `fields` fields, ids from the columns `source` and `target`, and, unless `weight` is
 * `noneOfThem`, f64 weights. Ids go to u32 arrays at `sourcesOut` and `targetsOut`; where `spans` is not 0, two u32 each,
 * the place in the text (in bytes from its beginning) and the length. A weight of up to 15 digits that is above 0 is
 * written as its number; any other leaves two u32: the place of its text, and 0x7ff80000 + its length, at most
 * `longestWeight` + 1, which as f64 is NaN.
 *
 * `adjacency` takes lines of white space and writes a pair for each id: the number of the line, counted without comments,
 * and the id; or, with `nodeFirst`, the line's first id and each other, after a pair of the first id and `noneOfThem`.
 *
 * Pairs: at most (length + 1) / 4 and (length + 1) / 2.
 */
export const twin: Twin = (memory) => {
  let bytes = new Uint8Array(0);
  let u32 = new Uint32Array(0);
  let f64 = new Float64Array(0);
  let fieldStart = 0;
  let fieldLength = 0;
  let escaped = false;
  let number = 0;

  function look(): void {
    bytes = new Uint8Array(memory.buffer);
    u32 = new Uint32Array(memory.buffer);
    f64 = new Float64Array(memory.buffer);
  }

  function isBlank(byte: number, delimiter: number): boolean {
    return byte === 32 || byte === 13 || (byte === 9 && delimiter !== 9);
  }

  function passBlanks(at: number, end: number, delimiter: number): number {
    while (at < end && isBlank(bytes[at], delimiter)) at++;
    return at;
  }

  function passLine(at: number, end: number): number {
    while (at < end && bytes[at] !== lineFeed) at++;
    return at;
  }

  /** Reads a field; returns where it ends (at a delimiter, a line feed or the end), 0 where quotes are wrong. */
  function field(at: number, end: number, delimiter: number): number {
    at = passBlanks(at, end, delimiter);
    escaped = false;
    if (delimiter !== 0 && at < end && bytes[at] === quote) {
      const start = ++at;
      for (; ; at++) {
        if (at === end || bytes[at] === lineFeed) return 0;
        if (bytes[at] !== quote) continue;
        if (at + 1 === end || bytes[at + 1] !== quote) break;
        escaped = true;
        at++;
      }
      fieldStart = start;
      fieldLength = at - start;
      at = passBlanks(at + 1, end, delimiter);
      return at === end || bytes[at] === lineFeed || bytes[at] === delimiter ? at : 0;
    }
    fieldStart = at;
    if (delimiter === 0) {
      while (at < end && bytes[at] !== lineFeed && !isBlank(bytes[at], 0)) at++;
      fieldLength = at - fieldStart;
      return passBlanks(at, end, 0);
    }
    while (at < end && bytes[at] !== lineFeed && bytes[at] !== delimiter) at++;
    let last = at;
    while (last > fieldStart && isBlank(bytes[last - 1], delimiter)) last--;
    fieldLength = last - fieldStart;
    return at;
  }

  /** Reads a number; 0 where there is none. */
  function numberAt(at: number, end: number, delimiter: number): number {
    at = field(at, end, delimiter);
    if (at === 0 || escaped || fieldLength === 0 || fieldLength > 10) return 0;
    if (fieldLength > 1 && bytes[fieldStart] === digitZero) return 0;
    let value = 0;
    for (let k = fieldStart; k < fieldStart + fieldLength; k++) {
      const digit = bytes[k] - digitZero;
      if (digit < 0 || digit > 9) return 0;
      value = value * 10 + digit;
    }
    if (value >= noneOfThem) return 0;
    number = value;
    return at;
  }

  function storeWeight(slot: number, text: number): void {
    const end = fieldStart + fieldLength;
    if (fieldLength <= 16 && !escaped) {
      const isDigit = (at: number) => at < end && bytes[at] >= digitZero && bytes[at] <= digitZero + 9;
      let at = fieldStart;
      let mantissa = 0;
      let digits = 0;
      let power = 1;
      for (; isDigit(at); at++, digits++) mantissa = mantissa * 10 + bytes[at] - digitZero;
      if (at < end && bytes[at] === 46) {
        for (at++; isDigit(at); at++, digits++) {
          mantissa = mantissa * 10 + bytes[at] - digitZero;
          power *= 10;
        }
      }
      if (at === end && digits > 0 && digits <= 15 && mantissa > 0) {
        f64[slot / 8] = mantissa / power;
        return;
      }
    }
    u32[slot / 4] = fieldStart - text;
    u32[slot / 4 + 1] = 0x7ff80000 + Math.min(fieldLength, longestWeight + 1);
  }

  function edges(
    text: number,
    length: number,
    delimiter: number,
    fields: number,
    source: number,
    target: number,
    weight: number,
    commentA: number,
    commentB: number,
    spans: number,
    sourcesOut: number,
    targetsOut: number,
    weightsOut: number,
    report: number,
  ): number {
    look();
    const end = text + length;
    let at = text;
    let status: number = edgeStatus.done;
    let lines = 0;
    let count = 0;
    let comments = 0;
    let blanks = 0;
    let largest = 0;
    let k = 0;
    while (at < end) {
      at = passBlanks(at, end, delimiter);
      if (at === end || bytes[at] === lineFeed) {
        blanks++;
        lines++;
        if (at < end) at++;
        continue;
      }
      if (bytes[at] === commentA || bytes[at] === commentB) {
        comments++;
        lines++;
        at = passLine(at, end);
        if (at < end) at++;
        continue;
      }
      for (k = 0; ; ) {
        const start = at;
        const isId = k === source || k === target;
        if (isId && spans === 0) {
          at = numberAt(at, end, delimiter);
          if (at === 0) status = edgeStatus.notNumber;
          else {
            u32[(k === source ? sourcesOut : targetsOut) / 4 + count] = number;
            largest = Math.max(largest, number);
          }
        } else {
          at = field(at, end, delimiter);
          if (at === 0) status = edgeStatus.badQuote;
          else if (isId && fieldLength === 0) status = edgeStatus.emptyId;
          else if (isId) {
            const slot = (k === source ? sourcesOut : targetsOut) / 4 + 2 * count;
            u32[slot] = fieldStart - text;
            u32[slot + 1] = fieldLength + (escaped ? escapedQuotes : 0);
          } else if (k === weight) storeWeight(weightsOut + 8 * count, text);
        }
        if (status !== edgeStatus.done) {
          at = start;
          break;
        }
        k++;
        if (at === end || bytes[at] === lineFeed) break;
        if (delimiter !== 0) at++;
      }
      if (status === edgeStatus.done && k !== fields) status = edgeStatus.wrongFields;
      if (status !== edgeStatus.done) break;
      count++;
      lines++;
      if (at < end) at++;
    }
    u32.set([status, lines, count, comments, blanks, largest, at - text, k], report / 4);
    return 0;
  }

  function adjacency(
    text: number,
    length: number,
    nodeFirst: number,
    commentA: number,
    commentB: number,
    spans: number,
    sourcesOut: number,
    targetsOut: number,
    report: number,
  ): number {
    look();
    const end = text + length;
    let at = text;
    let status: number = edgeStatus.done;
    let lines = 0;
    let nodes = 0;
    let count = 0;
    let comments = 0;
    let blanks = 0;
    let largest = 0;
    while (at < end && status === edgeStatus.done) {
      at = passBlanks(at, end, 0);
      const first = at === end ? lineFeed : bytes[at];
      if (first === commentA || first === commentB) {
        comments++;
        lines++;
        at = passLine(at, end);
        if (at < end) at++;
        continue;
      }
      if (first === lineFeed) blanks++;
      let node = nodes;
      let nodeLength = 0;
      let isNode = nodeFirst !== 0;
      while (at < end && bytes[at] !== lineFeed) {
        if (spans === 0) {
          const start = at;
          at = numberAt(at, end, 0);
          if (at === 0) {
            at = start;
            status = edgeStatus.notNumber;
            break;
          }
          largest = Math.max(largest, number);
          if (isNode) node = number;
          u32[sourcesOut / 4 + count] = node;
          u32[targetsOut / 4 + count] = isNode ? noneOfThem : number;
        } else {
          at = field(at, end, 0);
          if (isNode) {
            node = fieldStart - text;
            nodeLength = fieldLength;
          }
          u32.set([node, nodeLength], sourcesOut / 4 + 2 * count);
          u32.set(isNode ? [noneOfThem, 0] : [fieldStart - text, fieldLength], targetsOut / 4 + 2 * count);
        }
        isNode = false;
        count++;
      }
      if (status !== edgeStatus.done) break;
      lines++;
      nodes++;
      if (at < end) at++;
    }
    u32.set([status, lines, count, comments, blanks, largest, at - text, nodes], report / 4);
    return 0;
  }

  return { edges, adjacency };
};
