import { StringStringEntryProto } from "./fields.js";
import { longestName } from "./limits.js";
import type { WireReader } from "./wire-reader.js";

/** A tensor's bytes in a file of their own, as `external_data` states it; nothing is opened yet. */
export interface ExternalRange {
  /** For messages. */
  label: string;
  /** As the model writes it. */
  location: string;
  /** Bytes. */
  offset: number;
  length: number;
  /** Byte of the model's file at which the tensor stands. */
  at: number;
}

const keys = ["location", "offset", "length", "checksum"];

/** Collects the entries of `external_data`: the keys location, offset, length and checksum, each at most once. */
export class ExternalRangeReader {
  readonly #entries = new Map<string, string>();

  /** Reads the entry that is the current field. */
  readEntry(wire: WireReader): void {
    const at = wire.fieldAt;
    const [key, value] = readEntry(wire, longestName);
    if (!keys.includes(key)) {
      throw wire.error(
        "unsupported",
        `external_data has the key ${JSON.stringify(key)}, expected ${keys.join(", ")}`,
        at,
      );
    }
    if (this.#entries.has(key)) throw wire.error("duplicate", `external_data has the key ${key} twice`, at);
    this.#entries.set(key, value);
  }

  /** The range of a tensor of `bytes` bytes. The checksum, a SHA-1 that few writers state, is not compared. */
  finish(label: string, bytes: number, at: number, wire: WireReader): ExternalRange {
    const location = this.#entries.get("location");
    if (location === undefined) throw wire.error("header", `${label}: external_data has no location`, at);
    const number = (key: string, fallback: number) => {
      const text = this.#entries.get(key) ?? String(fallback);
      const value = Number(text);
      if (/^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(value)) return value;
      const found = JSON.stringify(text.slice(0, 40));
      throw wire.error("header", `${label}: ${key} must be an integer from 0 to 2^53 - 1, got ${found}`, at);
    };
    const length = number("length", bytes);
    if (length !== bytes) {
      throw wire.error("header", `${label}: its shape takes ${bytes} bytes, external_data has length ${length}`, at);
    }
    const offset = number("offset", 0);
    if (!Number.isSafeInteger(offset + length)) {
      throw wire.error("header", `${label}: offset ${offset} and length ${length} end beyond 2^53`, at);
    }
    return { label, location, offset, length, at };
  }
}

/** Key and value of the StringStringEntryProto that is the current field; `longest` is the value's limit in bytes. */
export function readEntry(wire: WireReader, longest: number): [key: string, value: string] {
  const outer = wire.enter();
  let met = 0;
  let key = "";
  let value = "";
  while (wire.next()) {
    if (wire.field === StringStringEntryProto.key) {
      met = wire.once(met);
      key = wire.text(longestName);
    } else if (wire.field === StringStringEntryProto.value) {
      met = wire.once(met);
      value = wire.text(longest);
    } else wire.skip();
  }
  wire.leave(outer);
  return [key, value];
}
