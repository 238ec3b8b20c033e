import { type AtomicFile, createAtomic } from "../io/atomic.js";
import { longestDecimal, writeDecimal } from "./decimal.js";

const bufferBytes = 1 << 18;
const encoder = new TextEncoder();

/** Writes text to an atomic file through one buffer. Errors name the file and the row. */
export class TextWriter {
  readonly path: string;
  readonly #file: AtomicFile;
  #buffer = new Uint8Array(bufferBytes);
  #used = 0;

  private constructor(path: string, file: AtomicFile) {
    this.path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<TextWriter> {
    return new TextWriter(path, await createAtomic(path));
  }

  /** Makes sure that `bytes` more bytes can be put without waiting. */
  async reserve(bytes: number): Promise<void> {
    if (this.#used + bytes <= this.#buffer.length) return;
    await this.flush();
    if (bytes > this.#buffer.length) this.#buffer = new Uint8Array(bytes);
  }

  /** Puts text of at most `reserve`d bytes. */
  put(text: string): void {
    this.#used += encoder.encodeInto(text, this.#buffer.subarray(this.#used)).written;
  }

  putByte(byte: number): void {
    this.#buffer[this.#used++] = byte;
  }

  /** Puts vector[start, end) as decimals with `separator` between; the numbers must be finite. */
  putNumbers(vector: Float32Array, start: number, end: number, separator: number): void {
    const buffer = this.#buffer;
    let at = this.#used;
    for (let i = start; i < end; i++) {
      if (i > start) buffer[at++] = separator;
      at = writeDecimal(buffer, at, vector[i]);
    }
    this.#used = at;
  }

  async flush(): Promise<void> {
    if (this.#used > 0) await this.#file.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  async writeAt(text: string, position: number): Promise<void> {
    await this.flush();
    await this.#file.writeAt(encoder.encode(text), position);
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.#file.commit();
  }

  discard(): Promise<void> {
    return this.#file.discard();
  }
}

/** Most bytes that a row of a name and its numbers takes. */
export function longestRow(name: string, dimensions: number): number {
  return name.length * 3 + 2 + dimensions * (longestDecimal + 1);
}
