import { isWellFormed } from "../../io/utf8.js";

/** Bytes from which on a value is taken by reference. */
const longBytes = 1024;
const longestMessage = 2 ** 31 - 1;

const encoder = new TextEncoder();

/**
 * The wire format of protocol buffers, written in one pass. Long values are kept aside and put between the rest at the
 * end, so that each is copied once however deep its message lies; @bufbuild/protobuf's writer moves a message's bytes
 * when it closes, once for each message around them.
 */
export class WireWriter {
  #bytes = new Uint8Array(1 << 14);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  /** Long values, and where among the bytes they belong. */
  #long: { at: number; bytes: Uint8Array }[] = [];
  #longLength = 0;
  /** The open messages. */
  #open: { at: number; long: number; longLength: number }[] = [];

  /** Begins a message; `close` ends it. */
  open(field: number): void {
    this.#tag(field, 2);
    this.#reserve(1);
    this.#open.push({ at: this.#at, long: this.#long.length, longLength: this.#longLength });
    this.#at++; // the length, if it takes one byte
  }

  close(): void {
    const opened = this.#open.pop();
    if (opened === undefined) throw new Error("internal: no message is open");
    const own = this.#at - opened.at - 1;
    const length = own + this.#longLength - opened.longLength;
    if (length > longestMessage) {
      throw new RangeError(`encodeOnnx: ${length} bytes of a message, at most ${longestMessage} can be written`);
    }
    const shift = varintLength(length) - 1;
    if (shift > 0) {
      this.#reserve(shift);
      this.#bytes.copyWithin(opened.at + 1 + shift, opened.at + 1, this.#at);
      for (let k = opened.long; k < this.#long.length; k++) this.#long[k].at += shift;
    }
    this.#at = opened.at;
    this.#varint(length);
    this.#at += own;
  }

  /** An int64; the caller has checked that it is one. */
  int(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.#reserve(10);
    if (typeof value === "number" && value >= 0) this.#varint(value);
    else this.#varint64(BigInt.asUintN(64, BigInt(value)));
  }

  float(field: number, value: number): void {
    this.#tag(field, 5);
    this.#reserve(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  /** Text as UTF-8. Throws RangeError where it has half a surrogate pair. */
  string(field: number, text: string): void {
    const { length } = text;
    if (length > 127) {
      this.#encoded(field, text);
      return;
    }
    this.#tag(field, 2);
    this.#reserve(length + 1);
    const start = this.#at;
    this.#bytes[this.#at++] = length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.#at = start - (field < 16 ? 1 : 2); // begin anew
        this.#encoded(field, text);
        return;
      }
      this.#bytes[this.#at++] = code;
    }
  }

  /** Bytes, which must not change until `finish`. */
  bytes(field: number, bytes: Uint8Array): void {
    this.#tag(field, 2);
    if (bytes.length > longestMessage) {
      throw new RangeError(`encodeOnnx: a tensor of ${bytes.length} bytes, at most ${longestMessage} can be written`);
    }
    this.#reserve(5 + longBytes);
    this.#varint(bytes.length);
    if (bytes.length < longBytes) {
      this.#bytes.set(bytes, this.#at);
      this.#at += bytes.length;
    } else {
      this.#long.push({ at: this.#at, bytes });
      this.#longLength += bytes.length;
    }
  }

  /** All bytes in order, in pieces; long values are the arrays that were given. */
  *pieces(): Generator<Uint8Array> {
    let from = 0;
    for (const { at, bytes } of this.#long) {
      yield this.#bytes.subarray(from, at);
      yield bytes;
      from = at;
    }
    yield this.#bytes.subarray(from, this.#at);
  }

  /** Length of all bytes. */
  get length(): number {
    return this.#at + this.#longLength;
  }

  #encoded(field: number, text: string): void {
    if (!isWellFormed(text)) {
      throw new RangeError(
        `encodeOnnx: ${JSON.stringify(text.slice(0, 80))} has half a surrogate pair, UTF-8 cannot hold it`,
      );
    }
    this.bytes(field, encoder.encode(text));
  }

  #tag(field: number, wireType: number): void {
    this.#reserve(2);
    this.#varint((field << 3) | wireType);
  }

  /** An integer from 0 to 2^53 - 1; room for it is reserved. */
  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #varint64(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest & 127n) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * (this.#bytes.length + more));
    longer.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = longer;
    this.#view = new DataView(longer.buffer);
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}
