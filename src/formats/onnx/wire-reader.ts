import { FormatError, type FormatErrorCode } from "../../io/errors.js";
import { decodeUtf8 } from "../../io/utf8.js";

/**
 * The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding), read for files of strangers.
 * It is not @bufbuild/protobuf's reader, which cuts lengths of 2^32 and more to 32 bits, lets a field run beyond its
 * message and knows no offsets; and no generated code, which would copy or build what is only to be checked.
 *
 *     while (wire.next()) switch (wire.field) { case 1: name = wire.name(); break; default: wire.skip(); }
 *
 * Each value is checked against the end of its message before it is read. Throws FormatError with the byte offset.
 */
export class WireReader {
  /** The number of the field that `next` found. */
  field = 0;
  /** Byte offset of that field. */
  fieldAt = 0;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #file: string;
  readonly #view: DataView;
  #wireType = 0;
  #at = 0;
  #end: number;
  /** The last varint, as two halves of 32 bits. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, file: string) {
    this.bytes = bytes;
    this.#file = file;
    this.#end = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves to the next field of the message; false at its end. The field's value must then be read or skipped. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    this.fieldAt = this.#at;
    this.#varint();
    if (this.#high !== 0) throw this.error("header", "expected a field, found a number beyond 2^32");
    this.field = this.#low >>> 3;
    this.#wireType = this.#low & 7;
    if (this.field === 0) throw this.error("header", "expected a field, found field number 0");
    return true;
  }

  /** Notes in a set of bits that the field was met, which may happen once. Field numbers must be below 32. */
  once(met: number): number {
    const bit = 1 << this.field;
    if ((met & bit) !== 0) throw this.error("duplicate", `field ${this.field} of a message stands twice`);
    return met | bit;
  }

  /** An int64. */
  int(): number | bigint {
    this.#expect(0);
    return this.#int64();
  }

  /** An int64 that must be a safe integer of at least 0; `what` names it in the error. */
  size(what: string): number {
    const value = this.int();
    if (typeof value === "bigint" || value < 0) {
      throw this.error("header", `${what} must be an integer from 0 to 2^53 - 1, got ${value}`);
    }
    return value;
  }

  float(): number {
    this.#expect(5);
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** Adds the field's int64s, one or a packed run of them. */
  ints(into: (number | bigint)[]): void {
    if (this.#wireType !== 2) {
      into.push(this.int());
      return;
    }
    const outer = this.enter();
    while (this.#at < this.#end) into.push(this.#int64());
    this.leave(outer);
  }

  /** Adds the field's floats, one or a packed run of them. */
  floats(into: number[]): void {
    if (this.#wireType !== 2) {
      into.push(this.float());
      return;
    }
    const outer = this.enter();
    while (this.#at < this.#end) into.push(this.#view.getFloat32(this.#take(4), true));
    this.leave(outer);
  }

  /** Text of at most `limit` bytes, which must be valid UTF-8. */
  text(limit: number): string {
    const length = this.#length();
    if (length > limit) throw this.error("limit", `text of ${length} bytes, at most ${limit} are read`);
    const start = this.#take(length);
    if (length <= shortText) {
      const text = this.#shortText(start, this.#at);
      if (text !== undefined) return text;
    }
    try {
      return decodeUtf8(this.bytes.subarray(start, this.#at));
    } catch {
      throw this.error("encoding", "text that is not valid UTF-8");
    }
  }

  /** Where the field's value lies: the content of one with a length, else the value itself. */
  span(): WireSpan {
    if (this.#wireType === 2) {
      const length = this.#length();
      const start = this.#take(length);
      return { start, end: start + length, packed: true };
    }
    const start = this.#at;
    this.skip();
    return { start, end: this.#at, packed: false };
  }

  /** Goes into the message, or run of values, that is the field's value. Read to its end, then `leave`. */
  enter(): number {
    const length = this.#length();
    const start = this.#take(length);
    const outerEnd = this.#end;
    this.#end = this.#at;
    this.#at = start;
    return outerEnd;
  }

  /** Returns to the message around the one that was entered, behind it; takes what `enter` gave. */
  leave(outerEnd: number): void {
    this.#at = this.#end;
    this.#end = outerEnd;
  }

  /** Reads a message that `span` passed over; `what` names it in errors. */
  visit<T>({ start, end, packed }: WireSpan, what: string, read: () => T): T {
    this.fieldAt = start;
    if (!packed) throw this.error("header", `${what} is a number, expected a message`);
    const [at, outerEnd] = [this.#at, this.#end];
    this.#at = start;
    this.#end = end;
    const value = read();
    this.#at = at;
    this.#end = outerEnd;
    return value;
  }

  skip(): void {
    if (this.#wireType === 0) this.#varint();
    else if (this.#wireType === 1) this.#take(8);
    else if (this.#wireType === 2) this.#take(this.#length());
    else if (this.#wireType === 5) this.#take(4);
    else throw this.error("header", `field ${this.field} has wire type ${this.#wireType}, which ONNX does not use`);
  }

  /** Calls `each` with the low and the high 32 bits of every varint of a span. */
  varints(span: WireSpan, each: (low: number, high: number) => void): void {
    this.visit({ ...span, packed: true }, "numbers", () => {
      while (this.#at < this.#end) {
        this.#varint();
        each(this.#low, this.#high);
      }
    });
  }

  /** An error at the current field, or at another offset. */
  error(code: FormatErrorCode, message: string, offset = this.fieldAt): FormatError {
    return new FormatError(code, { file: this.#file, offset }, message);
  }

  /** ASCII, several times faster than by TextDecoder where it is short; undefined for other text. */
  #shortText(start: number, end: number): string | undefined {
    const codes = new Array<number>(end - start);
    for (let at = start; at < end; at++) {
      const code = this.bytes[at];
      if (code > 0x7f) return undefined;
      codes[at - start] = code;
    }
    return String.fromCharCode.apply(null, codes);
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw this.error("header", `field ${this.field} has wire type ${this.#wireType}, expected ${wireType}`);
    }
  }

  /** Passes over `length` bytes, which must be there; returns where they begin. */
  #take(length: number): number {
    const start = this.#at;
    const left = this.#end - start;
    if (length > left) {
      throw this.error("truncated", `${length} bytes were announced, the message ends after ${left}`, start);
    }
    this.#at = start + length;
    return start;
  }

  /** The length in front of bytes, text or a message. */
  #length(): number {
    this.#expect(2);
    this.#varint();
    return (this.#high >>> 0) * 2 ** 32 + (this.#low >>> 0);
  }

  #int64(): number | bigint {
    this.#varint();
    const value = (this.#high | 0) * 2 ** 32 + (this.#low >>> 0);
    return Number.isSafeInteger(value) ? value : (BigInt(this.#high | 0) << 32n) | BigInt(this.#low >>> 0);
  }

  /** 7 bits a byte, lowest first; 64 bits in at most 10 bytes. */
  #varint(): void {
    const start = this.#at;
    let low = 0;
    let high = 0;
    for (let k = 0; k < 10; k++) {
      if (this.#at >= this.#end) throw this.error("truncated", "a number goes on beyond its message", this.#at);
      const byte = this.bytes[this.#at++];
      const bits = byte & 0x7f;
      if (k < 4) low |= bits << (7 * k);
      else if (k === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * k - 32);
      if (byte < 0x80) {
        if (k === 9 && byte > 1) break;
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw this.error("header", "a number of more than 64 bits", start);
  }
}

/** Characters up to which text is decoded here. */
const shortText = 32;

/** A part of the file. */
export interface WireSpan {
  /** Byte offsets: the first byte, and the one after the last. */
  start: number;
  end: number;
  /** Whether it is the content of a field with a length, so that there may be any number of values in it. */
  packed: boolean;
}
