import { files, isAlive, type NewFile, processId } from "#platform";
import { fileError } from "./errors.js";

/** A file that appears whole or not at all: written beside its target, synced, renamed. */
export interface AtomicFile {
  /** Bytes written so far. */
  readonly length: number;
  /** Appends. The bytes may be reused once this has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites bytes that were written before, such as a header's counts. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Syncs, renames over the target and syncs the folder. */
  commit(): Promise<void>;
  /** Removes what was written; the old target stays. No effect after commit. */
  discard(): Promise<void>;
}

const bufferBytes = 1 << 18;
let temporaryNumber = 0;

/** Folder part of a path, `.` where there is none. */
export function folderOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return cut < 0 ? "." : cut === 0 ? "/" : path.slice(0, cut);
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Removes temporary files of `path` whose process is gone: what a killed run left. */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = folderOf(path);
  const start = `${nameOf(path)}.`;
  const names = await files.list(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(start)) continue;
    const match = /^(\d+)-\d+\.tmp$/.exec(name.slice(start.length));
    if (match && !isAlive(Number(match[1]))) await files.remove(`${folder}/${name}`).catch(() => undefined);
  }
}

/** Starts a new file that will replace `path` on commit. */
export async function createAtomic(path: string, mode?: number): Promise<AtomicFile> {
  await removeLeftovers(path);
  const temporary = `${path}.${processId}-${temporaryNumber++}.tmp`;
  let file: NewFile | null;
  try {
    file = await files.create(temporary, mode);
  } catch (error) {
    throw fileError(path, error);
  }
  const buffer = new Uint8Array(bufferBytes);
  let buffered = 0;
  let written = 0;

  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const needed = written + buffered;
      await discard();
      throw fileError(path, error, needed);
    }
  };
  const flush = async () => {
    if (buffered === 0) return;
    await file?.write(buffer.subarray(0, buffered), written);
    written += buffered;
    buffered = 0;
  };
  const discard = async () => {
    const open = file;
    file = null;
    if (open === null) return;
    await open.close().catch(() => undefined); // the first error is the one to report
    await files.remove(temporary).catch(() => undefined);
  };
  return {
    get length() {
      return written + buffered;
    },
    write: (bytes) =>
      attempt(async () => {
        if (buffered + bytes.length > bufferBytes) await flush();
        if (bytes.length > bufferBytes) {
          await file?.write(bytes, written);
          written += bytes.length;
        } else {
          buffer.set(bytes, buffered);
          buffered += bytes.length;
        }
      }),
    writeAt: (bytes, position) =>
      attempt(async () => {
        await flush();
        await file?.write(bytes, position);
      }),
    commit: () =>
      attempt(async () => {
        await flush();
        await file?.sync();
        await file?.close();
        await files.rename(temporary, path);
        file = null;
        await files.syncFolder(folderOf(path));
      }),
    discard,
  };
}

/** Writes one file atomically: `path` is the old file or the new one, whole. */
export async function writeAtomic(path: string, bytes: Uint8Array | string, mode?: number): Promise<void> {
  const file = await createAtomic(path, mode);
  await file.write(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  await file.commit();
}
