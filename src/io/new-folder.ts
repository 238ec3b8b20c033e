import { files } from "#platform";
import { fileError } from "./errors.js";

/**
 * Does `work` in a folder that is made where there is none. Where the work fails and has left no file, the folders that
 * were made for it are removed. Throws FileError, ResourceError where the folder cannot be made.
 */
export async function inFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  let made: string | undefined;
  try {
    made = await files.makeFolder(path);
  } catch (error) {
    throw fileError(path, error);
  }
  try {
    return await work();
  } catch (error) {
    if (made !== undefined && (await isHollow(made))) await files.remove(made).catch(() => undefined); // the first error counts
    throw error;
  }
}

/** Whether a folder holds nothing, or such folders only; false where that cannot be seen. */
async function isHollow(folder: string): Promise<boolean> {
  try {
    for (const name of await files.list(folder)) {
      const path = `${folder}/${name}`;
      if ((await files.info(path)).kind !== "folder" || !(await isHollow(path))) return false;
    }
    return true;
  } catch {
    return false;
  }
}
