import { sha256 } from "../../numerics/sha256.js";
import type { Label } from "./labeled-graph.js";

/**
 * Which hashes these are: it is hashed with everything, and changes when what is hashed does, so that stored hashes of
 * another version never seem equal by chance.
 */
export const hashVersion = "thing2vec-wl-1";

/** Bytes of a hash: the first half of a SHA-256. */
export const hashBytes = 16;

/** What the kinds of fields begin with. */
const kinds = { count: 1, number: 2, text: 3, bytes: 4 } as const;

const encoder = new TextEncoder();

/**
 * What is hashed: fields one after the other, each with its kind (one byte), its length in bytes (u32) and its bytes, all
 * big endian, so that no two lists of fields give the same bytes.
 */
export class HashRecord {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #encoded = new Map<string, Uint8Array>();

  /** Begins anew, with the version and what is hashed. */
  begin(what: string): this {
    this.#length = 0;
    return this.label(hashVersion).label(what);
  }

  /** An integer from 0 to 2^53 - 1, in 8 bytes. */
  count(value: number): this {
    const at = this.#field(kinds.count, 8);
    this.#view.setUint32(at, Math.floor(value / 2 ** 32));
    this.#view.setUint32(at + 4, value >>> 0);
    return this;
  }

  /** A number as float64, -0 as 0; a text as `text` does, for those of which there are few. */
  label(label: Label): this {
    if (typeof label === "string") {
      let bytes = this.#encoded.get(label);
      if (bytes === undefined) {
        bytes = encoder.encode(label);
        this.#encoded.set(label, bytes);
      }
      return this.#put(kinds.text, bytes);
    }
    const at = this.#field(kinds.number, 8);
    this.#view.setFloat64(at, label + 0);
    return this;
  }

  /** A text as UTF-8. */
  text(text: string): this {
    return this.#put(kinds.text, encoder.encode(text));
  }

  bytes(bytes: Uint8Array): this {
    return this.#put(kinds.bytes, bytes);
  }

  /** The hash of the fields, of 16 bytes. */
  digest(): Uint8Array<ArrayBuffer> {
    return sha256(this.#bytes.subarray(0, this.#length)).subarray(0, hashBytes);
  }

  #put(kind: number, bytes: Uint8Array): this {
    const at = this.#field(kind, bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Room for a field; returns where its bytes go. */
  #field(kind: number, length: number): number {
    const at = this.#length + 5;
    if (at + length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (at + length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#view.setUint8(this.#length, kind);
    this.#view.setUint32(this.#length + 1, length);
    this.#length = at + length;
    return at;
  }
}

const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexadecimal[byte];
  return text;
}
