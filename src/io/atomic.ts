import { files, folderOf, isAlive, type NewFile, nameOf, processId } from "#platform";
import { FileError, fileError } from "./errors.js";

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
/** Numbers of the temporary files that this process is writing. */
const inUse = new Set<number>();

export { folderOf };

/** What names of temporary files of `path` begin with: its own name, cut so that the whole stays below 255 bytes. */
function temporaryStart(path: string): string {
  return `${Array.from(nameOf(path)).slice(0, 56).join("")}.`;
}

/**
 * Removes temporary files of `path` whose process is gone: what a killed run left. A container may give each run the same
 * process number, so one of our number that we are not writing is a leftover too.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = folderOf(path);
  const start = temporaryStart(path);
  const names = await files.list(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(start)) continue;
    const match = /^(\d+)-(\d+)\.tmp$/.exec(name.slice(start.length));
    if (match === null) continue;
    const [pid, number] = [Number(match[1]), Number(match[2])];
    const abandoned = pid === processId ? !inUse.has(number) : !isAlive(pid);
    if (abandoned) await files.remove(`${folder}/${name}`).catch(() => undefined);
  }
}

/** Starts a new file that will replace `path` on commit. A folder, device or pipe of that name is refused. */
export async function createAtomic(path: string, mode?: number): Promise<AtomicFile> {
  const old = await files.info(path).catch(() => undefined);
  if (old !== undefined && old.kind !== "file") {
    const kind = old.kind === "folder" ? "folder" : "device, pipe or socket";
    throw new FileError(`${path}: a file was to be written, this is a ${kind}`);
  }
  await removeLeftovers(path);
  const number = temporaryNumber++;
  const temporary = `${folderOf(path)}/${temporaryStart(path)}${processId}-${number}.tmp`;
  let file: NewFile | null;
  inUse.add(number);
  try {
    file = await files.create(temporary, mode);
  } catch (error) {
    inUse.delete(number);
    throw fileError(path, error);
  }
  const buffer = new Uint8Array(bufferBytes);
  let buffered = 0;
  let written = 0;

  /** Runs one step, which adds `more` bytes; where it fails, everything is removed and the error gets its user's form. */
  const attempt = async <T>(work: () => Promise<T>, more = 0): Promise<T> => {
    const needed = written + buffered + more;
    try {
      return await work();
    } catch (error) {
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
    inUse.delete(number);
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
      }, bytes.length),
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
        inUse.delete(number);
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
