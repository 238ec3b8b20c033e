import { OutputError, UsageError, writing } from "./exit-codes.js";
import { type Output, shown } from "./output.js";
import type { Shell } from "./shell.js";

/** `texts/corpus.txt.gz` becomes `corpus.space`, standard input the space `otherwise`, in the current folder. */
export function defaultTarget(path: string, otherwise: string): string {
  const name =
    path
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .at(-1) ?? "";
  const stem = name.replace(/\.gz$/i, "").replace(/(\.counts)?\.[a-z0-9]{1,12}$/i, "");
  return `${stem === "" || stem === "-" || /^\.+$/.test(stem) ? otherwise : stem}.space`;
}

/** What a space is called: `data/words.space` is `words`; standard input is `otherwise`. */
export function titleOf(path: string, otherwise: string): string {
  return defaultTarget(path, otherwise).replace(/\.space$/, "");
}

/** Refuses to write over what it is not meant to replace. Returns whether there is a checkpoint to go on from, and says where not. */
export async function requireFree(
  verb: string,
  target: string,
  checkpointFolder: string,
  { force, resume }: { force?: boolean; resume?: boolean },
  output: Output,
): Promise<boolean> {
  const { files } = await import("#platform");
  await requirePlace(target);
  const isThere = async (path: string) => (await files.info(path).catch(() => null)) !== null;
  const kept = await files.list(checkpointFolder).catch(() => []);
  if (resume && kept.some((name) => name.startsWith("slot-"))) return true;
  if (await isThere(target)) {
    if ((await isThere(checkpointFolder)) && !force && !resume) {
      throw new UsageError(
        `${verb}: ${target} holds the checkpoint of an interrupted run: --resume goes on with it, --force starts anew`,
      );
    }
    const { presentManifest } = await import("../space/folder.js");
    const present = await writing(() => presentManifest(target));
    if (present !== null && !force) {
      throw new UsageError(`${verb}: ${target} is there already: --force replaces it, --output names another`);
    }
  }
  if (resume) output.note(`resume    no checkpoint in ${shown(checkpointFolder)}: it starts from the beginning`);
  return false;
}

/** Throws OutputError where a file or folder cannot be made because what its path leads through is no folder. */
export async function requirePlace(path: string): Promise<void> {
  const { files, folderOf } = await import("#platform");
  for (let at = folderOf(path); ; at = folderOf(at)) {
    const found = await files.info(at).catch(() => null);
    if (found !== null && found.kind !== "folder")
      throw new OutputError(`${path}: ${at} is a file, a folder was needed to write into`);
    if (found !== null || folderOf(at) === at) return;
  }
}

/** Says how to go on where an interrupted run left a checkpoint; the error goes on its way. */
export async function noteCheckpoint(error: unknown, folder: string, { output, signal }: Shell): Promise<never> {
  const { files } = await import("#platform");
  const names = await files.list(folder).catch(() => []);
  if (signal.aborted && names.some((name) => name.startsWith("slot-"))) {
    output.note(`a checkpoint is in ${shown(folder)}: the same command with --resume goes on from it`);
  }
  throw error;
}
