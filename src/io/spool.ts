import { openScratch, type Scratch } from "#platform";
import { fileError } from "./errors.js";

const pieceBytes = 1 << 20;

export interface SpoolOptions {
  /** Bytes that may stay in memory; what comes after them goes to scratch storage. */
  memoryBytes: number;
  /** Folder of the scratch storage; by default the system's folder for temporary files. */
  folder?: string;
  /** How scratch storage is opened; for tests. */
  open?: (folder?: string) => Promise<Scratch>;
}

/**
 * Bytes of one run, written once from the front and read at any position: in memory up to a limit, in scratch storage
 * beyond it. Nothing remains after `close`, nor when the process dies.
 */
export class Spool {
  readonly #memoryPieces: number;
  readonly #folder: string | undefined;
  readonly #open: (folder?: string) => Promise<Scratch>;
  readonly #pieces: Uint8Array[] = [];
  /** The piece being filled. */
  #tail = new Uint8Array(0);
  #length = 0;
  #scratch: Scratch | undefined;

  constructor({ memoryBytes, folder, open = openScratch }: SpoolOptions) {
    this.#memoryPieces = Math.floor(memoryBytes / pieceBytes);
    this.#folder = folder;
    this.#open = open;
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory taken. */
  get memoryBytes(): number {
    return this.#pieces.length * pieceBytes + this.#tail.length;
  }

  /** Bytes that lie in scratch storage. */
  get spilled(): number {
    return this.#scratch === undefined ? 0 : (this.#full - this.#memoryPieces) * pieceBytes;
  }

  /** Copies the bytes to the end. Throws ResourceError where scratch storage is full. */
  async append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const at = this.#length % pieceBytes;
      if (this.#tail.length === 0) this.#tail = new Uint8Array(pieceBytes);
      const part = bytes.subarray(done, done + pieceBytes - at);
      this.#tail.set(part, at);
      this.#length += part.length;
      done += part.length;
      if (at + part.length === pieceBytes) await this.#keep(this.#full - 1);
    }
  }

  /** Fills `into` with the bytes from `position` on, which must have been appended. */
  async read(into: Uint8Array, position: number): Promise<void> {
    if (position < 0 || position + into.length > this.#length) {
      throw new RangeError(`internal: spool: bytes ${position} to ${position + into.length} of ${this.#length}`);
    }
    for (let done = 0; done < into.length; ) {
      const at = (position + done) % pieceBytes;
      const k = Math.floor((position + done) / pieceBytes);
      const part = into.subarray(done, done + pieceBytes - at);
      if (k < this.#pieces.length) part.set(this.#pieces[k].subarray(at, at + part.length));
      else if (k === this.#full) part.set(this.#tail.subarray(at, at + part.length));
      else await this.#attempt((scratch) => scratch.read(part, (k - this.#memoryPieces) * pieceBytes + at));
      done += part.length;
    }
  }

  async close(): Promise<void> {
    this.#pieces.length = 0;
    this.#tail = new Uint8Array(0);
    this.#length = 0;
    const scratch = this.#scratch;
    this.#scratch = undefined;
    await scratch?.close();
  }

  /** Number of pieces that are full. */
  get #full(): number {
    return Math.floor(this.#length / pieceBytes);
  }

  /** Puts the full piece number k where it stays. */
  async #keep(k: number): Promise<void> {
    if (k < this.#memoryPieces) {
      this.#pieces.push(this.#tail);
      this.#tail = new Uint8Array(0);
    } else await this.#attempt((scratch) => scratch.write(this.#tail, (k - this.#memoryPieces) * pieceBytes));
  }

  async #attempt(work: (scratch: Scratch) => Promise<void>): Promise<void> {
    try {
      this.#scratch ??= await this.#open(this.#folder);
      await work(this.#scratch);
    } catch (error) {
      throw fileError(`scratch storage in ${this.#folder ?? "the folder for temporary files"}`, error, this.#length);
    }
  }
}
