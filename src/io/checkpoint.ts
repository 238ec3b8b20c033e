import { files, sha256 } from "#platform";
import { createAtomic } from "./atomic.js";
import { FormatError, fileError } from "./errors.js";
import { inFolder } from "./new-folder.js";
import { openSource, readExactly, type Source } from "./source.js";

const magic = new TextEncoder().encode("t2v-ckp1");
const digestBytes = 32;
const mostHeaderBytes = 1 << 24;
const pieceBytes = 1 << 20;

/** Anything that JSON holds; what a task must know to go on. */
export type CheckpointState = Record<string, unknown>;

/** A checkpoint that was found whole. */
export interface Checkpoint {
  readonly state: CheckpointState;
  /** Bytes of the payload. */
  readonly bytes: number;
  /** Fills `into` with the payload's next bytes. */
  read(into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Checkpoints of one task in two alternating files, slot-0 and slot-1 of a folder: while one is written the other stays
 * whole. A file is 8 bytes of magic, the header's length (u32, little-endian), the header (JSON: sequence, payload's
 * length, state), the payload, and the SHA-256 of all that. A task that opens none of them starts anew: its first
 * checkpoint replaces both.
 */
export class Checkpoints {
  readonly folder: string;
  /** That of the checkpoint opened or written last; -1 before. */
  #sequence = -1;

  constructor(folder: string) {
    this.folder = folder;
  }

  #slot(sequence: number): string {
    return `${this.folder}/slot-${sequence % 2}`;
  }

  /** Writes the next checkpoint over the older slot. The pieces of the payload must add up to `bytes`. */
  async save(state: CheckpointState, bytes: number, payload: AsyncIterable<Uint8Array>): Promise<void> {
    const sequence = this.#sequence + 1;
    const header = new TextEncoder().encode(JSON.stringify({ sequence, bytes, state }));
    const start = new Uint8Array(magic.length + 4 + header.length);
    start.set(magic);
    new DataView(start.buffer).setUint32(magic.length, header.length, true);
    start.set(header, magic.length + 4);

    await inFolder(this.folder, () => this.#write(sequence, start, bytes, payload));
    this.#sequence = sequence;
  }

  async #write(sequence: number, start: Uint8Array, bytes: number, payload: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#sequence < 0) await this.#attempt(() => files.remove(this.#slot(1))); // an older task's would seem newer
    const file = await createAtomic(this.#slot(sequence));
    try {
      const hash = sha256();
      hash.update(start);
      await file.write(start);
      for await (const piece of payload) {
        hash.update(piece);
        await file.write(piece);
      }
      if (file.length !== start.length + bytes) {
        throw new Error(`internal: a checkpoint's payload of ${bytes} bytes has ${file.length - start.length}`);
      }
      await file.write(fromHex(await hash.digest()));
      await file.commit();
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /**
   * The newest whole checkpoint, or null where there is none. A damaged newer slot is passed over, which `onNote` is told;
   * where only damaged ones are left, throws FormatError.
   */
  async open(onNote: (note: string) => void = () => {}): Promise<Checkpoint | null> {
    const found: Slot[] = [];
    const damaged: FormatError[] = [];
    try {
      for (const sequence of [0, 1]) {
        const slot = await this.#openSlot(sequence);
        if (slot instanceof FormatError) damaged.push(slot);
        else if (slot !== null) found.push(slot);
      }
    } catch (error) {
      for (const { source } of found) await close(source);
      throw error;
    }
    found.sort((a, b) => b.header.sequence - a.header.sequence);
    const newest = found.shift();
    for (const { source } of found) await close(source);
    if (newest === undefined) {
      if (damaged.length === 0) return null;
      throw new FormatError(
        damaged[0].code,
        { file: this.folder },
        `no checkpoint here is whole (${damaged.map(({ message }) => message).join("; ")}); start anew without resume`,
      );
    }
    const { source, header } = newest;
    for (const error of damaged) onNote(`${error.message}; going on from ${source.name}`);
    this.#sequence = header.sequence;
    const end = header.start + header.bytes;
    let position = header.start;
    return {
      state: header.state,
      bytes: header.bytes,
      async read(into) {
        if (position + into.length > end) throw new Error("internal: a checkpoint is read beyond its payload");
        into.set(await readExactly(source, position, into.length));
        position += into.length;
      },
      close: () => close(source),
    };
  }

  /** A slot's file, what is wrong with it, or null where there is none. */
  async #openSlot(sequence: number): Promise<Slot | FormatError | null> {
    let source: Source;
    try {
      source = await openSource(this.#slot(sequence));
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
      throw error;
    }
    try {
      return { source, header: await readVerified(source) };
    } catch (error) {
      await close(source);
      if (error instanceof FormatError) return error;
      throw error;
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw fileError(this.folder, error);
    }
  }
}

/** A slot whose checkpoint is whole. */
interface Slot {
  source: Source;
  header: Header;
}

interface Header {
  sequence: number;
  bytes: number;
  state: CheckpointState;
  /** Offset of the payload. */
  start: number;
}

/** Reads a slot's header and checks the whole file against its checksum. */
async function readVerified(source: Source): Promise<Header> {
  const file = source.name;
  const fixed = await readExactly(source, 0, magic.length + 4);
  if (magic.some((byte, k) => fixed[k] !== byte)) {
    throw new FormatError("header", { file, offset: 0 }, "this is no checkpoint of this package");
  }
  const length = new DataView(fixed.buffer).getUint32(magic.length, true);
  if (length > mostHeaderBytes)
    throw new FormatError("limit", { file, offset: magic.length }, `a header of ${length} bytes is too long`);
  const text = await readExactly(source, fixed.length, length);
  const start = fixed.length + length;

  const hash = sha256();
  const end = source.size - digestBytes;
  for (let at = 0; at < end; at += pieceBytes)
    hash.update(await readExactly(source, at, Math.min(pieceBytes, end - at)));
  if (end < start || toHex(await readExactly(source, end, digestBytes)) !== (await hash.digest())) {
    throw new FormatError("checksum", { file }, "the checkpoint is damaged or cut short");
  }
  // the checksum holds, so this is what we wrote
  const { sequence, bytes, state } = JSON.parse(new TextDecoder().decode(text)) as Header;
  if (start + bytes !== end)
    throw new FormatError("header", { file }, `a payload of ${bytes} bytes was said, ${end - start} are there`);
  return { sequence, bytes, state, start };
}

/** A file that was only read loses nothing where closing it fails. */
async function close(source: Source): Promise<void> {
  await source.close().catch(() => undefined);
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
