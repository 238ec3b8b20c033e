import { files, isAlive, isLink, processId, sha256 } from "#platform";
import { writeAtomic } from "../io/atomic.js";
import { FileError, FormatError, fileError } from "../io/errors.js";
import { inFolder } from "../io/new-folder.js";
import { openSource, pieces, readExactly, type Source } from "../io/source.js";
import { decodeUtf8 } from "../io/utf8.js";
import {
  isDataFile,
  largestManifest,
  type Manifest,
  parseManifest,
  printManifest,
  type SpaceFile,
} from "./manifest.js";

/**
 * A space on disk: a folder with `space.json` and the data files that it names, such as `vectors-3.safetensors`. A save
 * writes all data files anew under the next generation number, syncs them, and then replaces `space.json` by a rename.
 * Readers follow `space.json` alone, so they find the old space or the new one, never a mixture.
 */

const manifestName = "space.json";
/** Folder of checkpoints that a run keeps in its space's folder until the space is saved; a save leaves it alone. */
const checkpointName = "checkpoint";
/** How often `openFolder` starts again because the space was saved anew while it opened the files. */
const mostAttempts = 10;

/** An open space: every file is open and as long as `space.json` says, nothing else is read yet. */
export interface OpenFolder {
  readonly path: string;
  readonly manifest: Manifest;
  /** By role. They stay readable when a later save removes their names. */
  readonly sources: ReadonlyMap<string, Source>;
  close(): Promise<void>;
}

/** A data file to be written. */
export interface FolderPart {
  extension: string;
  /** Writes the file, whole and synced, to a path. */
  write(path: string): Promise<void>;
}

/**
 * Opens a space's files. Throws FormatError where the folder is no sound space, FileError where something cannot be read
 * for another reason. Files are opened by the names in `space.json`, which cannot leave the folder; links are refused.
 */
export async function openFolder(path: string): Promise<OpenFolder> {
  for (let attempt = 1; ; attempt++) {
    const manifest = await readManifest(path);
    try {
      return await openFiles(path, manifest);
    } catch (error) {
      if (attempt === mostAttempts || !(error instanceof FormatError)) throw error;
      const now = await readManifest(path);
      if (now.generation === manifest.generation) throw error;
    }
  }
}

async function readManifest(path: string): Promise<Manifest> {
  const file = `${path}/${manifestName}`;
  await refuseLink(file);
  const source = await openSource(file);
  try {
    if (source.size > largestManifest) {
      throw new FormatError("limit", { file }, `${source.size} bytes, at most ${largestManifest} are read`);
    }
    const bytes = await readExactly(source, 0, source.size);
    let text: string;
    try {
      text = decodeUtf8(bytes);
    } catch (error) {
      throw new FormatError("encoding", { file }, "not valid UTF-8", { cause: error });
    }
    return parseManifest(text, file);
  } finally {
    await source.close();
  }
}

async function openFiles(path: string, manifest: Manifest): Promise<OpenFolder> {
  const sources = new Map<string, Source>();
  const close = async () => {
    for (const source of sources.values()) await source.close();
  };
  try {
    for (const [role, { name, size }] of manifest.files) {
      const file = `${path}/${name}`;
      await refuseLink(file);
      const source = await openSource(file, size).catch((error) => Promise.reject(missing(file, error)));
      sources.set(role, source);
      if (source.size !== size) {
        const code = source.size < size ? "truncated" : "trailing";
        throw new FormatError(code, { file }, `${source.size} bytes, ${manifestName} says ${size}`);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { path, manifest, sources, close };
}

async function refuseLink(file: string): Promise<void> {
  const link = await isLink(file).catch(() => false); // where there is nothing, opening says so
  if (link) throw new FormatError("unsupported", { file }, "a symbolic link; the files of a space are files");
}

/** A file that `space.json` names and that is not there, or is a folder or a pipe, makes the space unsound. */
function missing(file: string, error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (!(error instanceof FileError) || (code !== undefined && code !== "ENOENT")) return error;
  const message = code === "ENOENT" ? "is missing" : "is no file";
  return new FormatError("truncated", { file }, `${message}, ${manifestName} names it`, { cause: error });
}

/** Compares every data file with its checksum. Throws FormatError "checksum". */
export async function verifyFolder({ path, manifest, sources }: OpenFolder, signal?: AbortSignal): Promise<void> {
  for (const [role, source] of sources) await verifyFile(path, manifest.files.get(role), source, signal);
}

/** Compares one data file with its checksum. */
export async function verifyFile(
  path: string,
  file: SpaceFile | undefined,
  source: Source,
  signal?: AbortSignal,
): Promise<void> {
  if (file === undefined) throw new Error("internal: a source without its entry");
  if ((await checksum(source, signal)) !== file.sha256) {
    throw new FormatError("checksum", { file: `${path}/${file.name}` }, `the SHA-256 is not that of ${manifestName}`);
  }
}

async function checksum(source: Source, signal?: AbortSignal): Promise<string> {
  const hash = sha256();
  for await (const piece of pieces(source)) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  return hash.digest();
}

/** Folders that this process is saving to. */
const saving = new Set<string>();

/**
 * Saves a space as the next generation of the folder, which is made where there is none. Until the last moment the
 * folder holds the old space; a failed save removes what it wrote, and what a killed one left the next removes. Throws
 * FileError where another process is saving there, or the folder holds other things but no space.
 */
export async function saveFolder(
  path: string,
  content: Omit<Manifest, "generation" | "files">,
  parts: ReadonlyMap<string, FolderPart>,
  signal?: AbortSignal,
): Promise<void> {
  if (saving.has(path)) throw new FileError(`${path}: is being saved already; await that first`);
  saving.add(path);
  try {
    await inFolder(path, () => withOnlyWriter(path, () => saveGeneration(path, content, parts, signal)));
  } finally {
    saving.delete(path);
  }
}

async function saveGeneration(
  path: string,
  content: Omit<Manifest, "generation" | "files">,
  parts: ReadonlyMap<string, FolderPart>,
  signal?: AbortSignal,
): Promise<void> {
  const before = await presentManifest(path);
  await removeStrays(path, before);
  const generation = (before?.generation ?? 0) + 1;
  const written = new Map<string, SpaceFile>();
  try {
    for (const [role, { extension, write }] of parts) {
      signal?.throwIfAborted();
      const name = `${role}-${generation}.${extension}`;
      await write(`${path}/${name}`);
      const source = await openSource(`${path}/${name}`);
      try {
        written.set(role, { name, size: source.size, sha256: await checksum(source, signal) });
      } finally {
        await source.close();
      }
    }
    signal?.throwIfAborted();
    const manifest = new TextEncoder().encode(printManifest({ ...content, generation, files: written }));
    if (manifest.length > largestManifest) {
      throw new RangeError(
        `save: ${manifestName} would take ${manifest.length} bytes, at most ${largestManifest} are read`,
      );
    }
    await writeAtomic(`${path}/${manifestName}`, manifest);
  } catch (error) {
    // Which space is there must be looked up: the last step may have failed after its rename.
    await presentManifest(path)
      .then((present) => removeStrays(path, present))
      .catch(() => undefined); // the first error is the one to report
    throw error;
  }
  // The save is done; a name that cannot be removed now, such as an open file's on Windows, goes with the next save.
  await removeStrays(path, { files: written }).catch(() => undefined);
}

/** The space that is there now; null for a new folder. Throws FileError where a space cannot be saved there. */
export async function presentManifest(path: string): Promise<Manifest | null> {
  const names = await onDisk(path, () => files.list(path));
  if (names.includes(manifestName)) return readManifest(path);
  const foreign = names.find((name) => !isOurs(name) && writerOf(name) === undefined && name !== checkpointName);
  if (foreign !== undefined) {
    throw new FileError(
      `${path}: a new or empty folder, or a space, was needed; this one holds ${JSON.stringify(foreign)}`,
    );
  }
  return null;
}

/** Removes data files that no space names and temporary files. Only the writer may do this. */
async function removeStrays(path: string, manifest: Pick<Manifest, "files"> | null): Promise<void> {
  const kept = new Set([manifestName]);
  for (const { name } of manifest?.files.values() ?? []) kept.add(name);
  await onDisk(path, async () => {
    for (const name of await files.list(path)) {
      if (isOurs(name) && !kept.has(name)) await files.remove(`${path}/${name}`);
    }
  });
}

/** Whether a name is that of `space.json` or a data file, or of one being written. */
function isOurs(name: string): boolean {
  const target = name.replace(/\.\d+-\d+\.tmp$/, "");
  return target === manifestName || isDataFile(target);
}

/** The process that a name such as `4711.saving` stands for. */
function writerOf(name: string): number | undefined {
  const match = /^(\d+)\.saving$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/**
 * Does the work unless another process does such work in this folder. Each writer first puts down a file with its number
 * and then looks for those of others: of two that start at once, at least one sees the other. Files of processes that
 * are gone do not count and are removed.
 */
async function withOnlyWriter(path: string, work: () => Promise<void>): Promise<void> {
  const own = `${path}/${processId}.saving`;
  await onDisk(path, async () => {
    await files.remove(own); // of a killed process that had our number
    await (await files.create(own)).close();
  });
  try {
    for (const name of await onDisk(path, () => files.list(path))) {
      const writer = writerOf(name);
      if (writer === undefined || writer === processId) continue;
      if (isAlive(writer))
        throw new FileError(`${path}: process ${writer} is saving this space; try again when it has ended`);
      await onDisk(path, () => files.remove(`${path}/${name}`));
    }
    await work();
  } finally {
    await files.remove(own).catch(() => undefined);
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(path, error);
  }
}
