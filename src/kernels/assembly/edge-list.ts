// Edges from lines of text; see ../twins/edge-list.ts, its definition, also for the layouts.

const done: u32 = 0;
const notNumber: u32 = 1;
const wrongFields: u32 = 2;
const badQuote: u32 = 3;
const emptyId: u32 = 4;
const none: u32 = 0xffffffff;
const escaped: u32 = 0x80000000;
const longestWeight: u32 = 1000;

let fieldStart: usize = 0;
let fieldLength: u32 = 0;
let number: u32 = 0;

// @ts-ignore: decorator
@inline
function blank(byte: u32, delimiter: u32): bool {
  return byte == 32 || byte == 13 || (byte == 9 && delimiter != 9);
}

// @ts-ignore: decorator
@inline
function passBlanks(at: usize, end: usize, delimiter: u32): usize {
  while (at < end && blank(load<u8>(at), delimiter)) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function passLine(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != 10) at++;
  return at;
}

/** Reads a field; returns where it ends, 0 where quotes are wrong. */
function field(at: usize, end: usize, delimiter: u32): usize {
  at = passBlanks(at, end, delimiter);
  if (delimiter != 0 && at < end && load<u8>(at) == 34) {
    const start = ++at;
    let flag: u32 = 0;
    while (true) {
      if (at == end || load<u8>(at) == 10) return 0;
      if (load<u8>(at) == 34) {
        if (at + 1 == end || load<u8>(at, 1) != 34) break;
        flag = escaped;
        at++;
      }
      at++;
    }
    fieldStart = start;
    fieldLength = <u32>(at - start) | flag;
    at = passBlanks(at + 1, end, delimiter);
    return at == end || load<u8>(at) == 10 || <u32>load<u8>(at) == delimiter ? at : 0;
  }
  fieldStart = at;
  if (delimiter == 0) {
    while (at < end && load<u8>(at) != 10 && !blank(load<u8>(at), 0)) at++;
    fieldLength = <u32>(at - fieldStart);
    return passBlanks(at, end, 0);
  }
  while (at < end && load<u8>(at) != 10 && <u32>load<u8>(at) != delimiter) at++;
  let last = at;
  while (last > fieldStart && blank(load<u8>(last - 1), delimiter)) last--;
  fieldLength = <u32>(last - fieldStart);
  return at;
}

/** Whether the field just read is a number, which is left in `number`. */
function numberOfField(): bool {
  if (fieldLength == 0 || fieldLength > 10 || (fieldLength > 1 && load<u8>(fieldStart) == 48)) return false;
  let value: u64 = 0;
  for (let k: u32 = 0; k < fieldLength; k++) {
    const digit = <u32>load<u8>(fieldStart + k) - 48;
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  if (value >= <u64>none) return false;
  number = <u32>value;
  return true;
}

/** Reads a number, most often without a call of `field`; 0 where there is none. */
// @ts-ignore: decorator
@inline
function numberAt(at: usize, end: usize, delimiter: u32): usize {
  const start = at;
  let value: u32 = 0;
  while (at < end) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  const digits = <u32>(at - start);
  if (digits > 0 && digits < 10 && (digits == 1 || load<u8>(start) != 48)) {
    if (at == end) {
      number = value;
      return at;
    }
    const byte = <u32>load<u8>(at);
    if (byte == 10 || (delimiter != 0 && byte == delimiter)) {
      number = value;
      return at;
    }
    if (delimiter == 0 && blank(byte, 0)) {
      number = value;
      return passBlanks(at + 1, end, 0);
    }
  }
  at = field(start, end, delimiter);
  return at != 0 && numberOfField() ? at : 0;
}

/** Stores the number in the field just read, or where it lies. */
function storeWeight(slot: usize, text: usize): void {
  const end = fieldStart + fieldLength;
  if (fieldLength <= 16) {
    let at = fieldStart;
    let mantissa: u64 = 0;
    while (at < end && <u32>load<u8>(at) - 48 <= 9) {
      mantissa = mantissa * 10 + load<u8>(at) - 48;
      at++;
    }
    let digits = <u32>(at - fieldStart);
    let power: f64 = 1;
    if (at < end && load<u8>(at) == 46) {
      at++;
      while (at < end && <u32>load<u8>(at) - 48 <= 9) {
        mantissa = mantissa * 10 + load<u8>(at) - 48;
        power *= 10;
        digits++;
        at++;
      }
    }
    if (at == end && digits > 0 && digits <= 15 && mantissa > 0) {
      store<f64>(slot, <f64>mantissa / power);
      return;
    }
  }
  store<u32>(slot, <u32>(fieldStart - text));
  store<u32>(slot, 0x7ff80000 | min<u32>(fieldLength & ~escaped, longestWeight + 1), 4);
}

/** Writes a report: the numbers of `edgeReport`, in order. */
function tell(report: usize, status: u32, lines: u32, count: u32, comments: u32, blanks: u32, largest: u32, at: u32, last: u32): void {
  store<u32>(report, status);
  store<u32>(report, lines, 4);
  store<u32>(report, count, 8);
  store<u32>(report, comments, 12);
  store<u32>(report, blanks, 16);
  store<u32>(report, largest, 20);
  store<u32>(report, at, 24);
  store<u32>(report, last, 28);
}

export function edges(text: usize, length: u32, delimiter: u32, fields: u32, source: u32, target: u32, weight: u32, commentA: u32, commentB: u32, spans: u32, sourcesOut: usize, targetsOut: usize, weightsOut: usize, report: usize): void {
  const end = text + length;
  let at = text;
  let status = done;
  let lines: u32 = 0;
  let count: u32 = 0;
  let comments: u32 = 0;
  let blanks: u32 = 0;
  let largest: u32 = 0;
  let k: u32 = 0;
  while (at < end) {
    at = passBlanks(at, end, delimiter);
    if (at == end || load<u8>(at) == 10) {
      blanks++;
      lines++;
      if (at < end) at++;
      continue;
    }
    const first = <u32>load<u8>(at);
    if (first == commentA || first == commentB) {
      comments++;
      lines++;
      at = passLine(at, end);
      if (at < end) at++;
      continue;
    }
    k = 0;
    while (true) {
      const start = at;
      if (k == source || k == target) {
        if (spans == 0) {
          at = numberAt(at, end, delimiter);
          if (at == 0) {
            at = start;
            status = notNumber;
            break;
          }
          store<u32>((k == source ? sourcesOut : targetsOut) + (<usize>count << 2), number);
          if (number > largest) largest = number;
        } else {
          at = field(at, end, delimiter);
          if (at == 0) {
            at = start;
            status = badQuote;
            break;
          }
          if (fieldLength == 0) {
            at = start;
            status = emptyId;
            break;
          }
          const slot = (k == source ? sourcesOut : targetsOut) + (<usize>count << 3);
          store<u32>(slot, <u32>(fieldStart - text));
          store<u32>(slot, fieldLength, 4);
        }
      } else {
        at = field(at, end, delimiter);
        if (at == 0) {
          at = start;
          status = badQuote;
          break;
        }
        if (k == weight) storeWeight(weightsOut + (<usize>count << 3), text);
      }
      k++;
      if (at == end || load<u8>(at) == 10) break;
      if (delimiter != 0) at++;
    }
    if (status == done && k != fields) status = wrongFields;
    if (status != done) break;
    count++;
    lines++;
    if (at < end) at++;
  }
  tell(report, status, lines, count, comments, blanks, largest, <u32>(at - text), k);
}

export function adjacency(text: usize, length: u32, nodeFirst: u32, commentA: u32, commentB: u32, spans: u32, sourcesOut: usize, targetsOut: usize, report: usize): void {
  const end = text + length;
  let at = text;
  let status = done;
  let lines: u32 = 0;
  let nodes: u32 = 0;
  let count: u32 = 0;
  let comments: u32 = 0;
  let blanks: u32 = 0;
  let largest: u32 = 0;
  while (at < end) {
    at = passBlanks(at, end, 0);
    const empty = at == end || load<u8>(at) == 10;
    const first = empty ? <u32>10 : <u32>load<u8>(at);
    if (first == commentA || first == commentB) {
      comments++;
      lines++;
      at = passLine(at, end);
      if (at < end) at++;
      continue;
    }
    if (empty) blanks++;
    let node = nodes;
    let nodeLength: u32 = 0;
    let isNode = nodeFirst != 0;
    while (at < end && load<u8>(at) != 10) {
      if (spans == 0) {
        const start = at;
        at = numberAt(at, end, 0);
        if (at == 0) {
          at = start;
          status = notNumber;
          break;
        }
        if (number > largest) largest = number;
        if (isNode) node = number;
        store<u32>(sourcesOut + (<usize>count << 2), node);
        store<u32>(targetsOut + (<usize>count << 2), isNode ? none : number);
      } else {
        at = field(at, end, 0);
        if (isNode) {
          node = <u32>(fieldStart - text);
          nodeLength = fieldLength;
        }
        store<u32>(sourcesOut + (<usize>count << 3), node);
        store<u32>(sourcesOut + (<usize>count << 3), nodeLength, 4);
        store<u32>(targetsOut + (<usize>count << 3), isNode ? none : <u32>(fieldStart - text));
        store<u32>(targetsOut + (<usize>count << 3), isNode ? 0 : fieldLength, 4);
      }
      isNode = false;
      count++;
    }
    if (status != done) break;
    lines++;
    nodes++;
    if (at < end) at++;
  }
  tell(report, status, lines, count, comments, blanks, largest, <u32>(at - text), nodes);
}
