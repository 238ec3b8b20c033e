import { files, type NewFile, type OpenFile } from "../../dist/platform/node.js";

/** Errors of file systems, as reliability test C5 lists them. */
export const fileErrorCodes = ["ENOSPC", "EIO", "EDQUOT", "EMFILE", "EACCES", "EROFS"] as const;
export type FileErrorCode = (typeof fileErrorCodes)[number];

/** Calls that write to a device: they fail again and again once it is full or broken. */
const writing = ["create", "file.write", "file.sync", "file.close", "rename", "makeFolder", "syncFolder"];

/** One call of `files`, or of a file that it opened. */
export interface FileCall {
  /** `create`, `rename`, ..., and `file.write`, `file.read`, `file.sync`, `file.close` of open files. */
  name: string;
  path: string;
}

export interface Fault {
  /** The call that fails, counted from 1. */
  at: number;
  code: FileErrorCode;
  /** Whether every writing call after it fails too, as on a full disk. */
  lasting: boolean;
}

/**
 * Runs `work` with a file system whose call number `fault.at` fails; without a fault all calls only are recorded. A write
 * that fails has written half of its bytes, and a file whose close fails is closed. Other code of this process that uses
 * `files` meanwhile is counted too, so such tests run one at a time, as vitest does within a file.
 */
export async function withFault<T>(
  fault: Fault | null,
  work: () => Promise<T>,
): Promise<{ calls: FileCall[]; result: T }> {
  const calls: FileCall[] = [];
  /** Counts a call and throws where it is to fail; `before` is what a failing call has done by then. */
  const visit = async (name: string, path: string, before = async () => {}) => {
    calls.push({ name, path });
    const fails =
      fault !== null &&
      (calls.length === fault.at || (fault.lasting && calls.length > fault.at && writing.includes(name)));
    if (!fails) return;
    await before();
    throw Object.assign(new Error(`${fault.code}: injected at call ${calls.length}, ${name} '${path}'`), {
      code: fault.code,
    });
  };

  const original = { ...files };
  const wrapNew = (path: string, file: NewFile): NewFile => ({
    async write(bytes, position) {
      await visit("file.write", path, () => file.write(bytes.subarray(0, bytes.length >> 1), position));
      await file.write(bytes, position);
    },
    async sync() {
      await visit("file.sync", path);
      await file.sync();
    },
    async close() {
      await visit("file.close", path, () => file.close());
      await file.close();
    },
  });
  const wrapOpen = (path: string, file: OpenFile): OpenFile => ({
    size: file.size,
    async read(into, position) {
      await visit("file.read", path);
      return file.read(into, position);
    },
    async close() {
      await visit("file.close", path, () => file.close());
      await file.close();
    },
  });
  Object.assign(files, {
    async open(path) {
      await visit("open", path);
      return wrapOpen(path, await original.open(path));
    },
    async create(path, mode) {
      await visit("create", path);
      return wrapNew(path, await original.create(path, mode));
    },
    async rename(from, to) {
      await visit("rename", to);
      await original.rename(from, to);
    },
    async remove(path) {
      await visit("remove", path);
      await original.remove(path);
    },
    async makeFolder(path) {
      await visit("makeFolder", path);
      return original.makeFolder(path);
    },
    async syncFolder(path) {
      await visit("syncFolder", path);
      await original.syncFolder(path);
    },
    async info(path) {
      await visit("info", path);
      return original.info(path);
    },
    async list(path) {
      await visit("list", path);
      return original.list(path);
    },
    async entry(path) {
      await visit("entry", path);
      return original.entry(path);
    },
    async openEntry(path) {
      await visit("openEntry", path);
      const file = await original.openEntry(path);
      return { ...wrapOpen(path, file), entry: file.entry };
    },
    async canonical(path) {
      await visit("canonical", path);
      return original.canonical(path);
    },
  } satisfies typeof files);
  try {
    return { calls, result: await work() };
  } finally {
    Object.assign(files, original);
  }
}

/**
 * C5: lets every call that `work` makes fail in turn, with every code, once and lastingly. Before each run `prepare` sets
 * the scene anew; after it `check` sees the error that the work was rejected with, null where it got over the fault:
 *
 *     await atEveryFileCall({ prepare: writeOld, work: writeNew, check: ({ error }) => expectOldOrNew(error) });
 */
export async function atEveryFileCall({
  prepare = async () => {},
  work,
  check,
  codes = fileErrorCodes,
}: {
  prepare?: () => Promise<void>;
  work: () => Promise<unknown>;
  check: (outcome: { fault: Fault; call: FileCall; error: Error | null }) => Promise<void> | void;
  codes?: readonly FileErrorCode[];
}): Promise<number> {
  await prepare();
  const { calls } = await withFault(null, work);
  for (let at = 1; at <= calls.length; at++) {
    for (const code of codes) {
      for (const lasting of [false, true]) {
        const fault = { at, code, lasting };
        await prepare();
        const error = await withFault(fault, work).then(
          () => null,
          (reason: Error) => reason,
        );
        await check({ fault, call: calls[at - 1], error });
      }
    }
  }
  return calls.length;
}
