import { openScratch as open, type Scratch } from "#platform";
import { fileError } from "./errors.js";

export type { Scratch };

/**
 * Scratch storage in a folder, by default the system's for temporary files; gone when closed or when the process dies.
 * Its calls throw ResourceError where the device is full, FileError where the folder cannot be used.
 */
export async function openScratch(folder?: string): Promise<Scratch> {
  const name = `scratch storage in ${folder ?? "the folder for temporary files"}`;
  let written = 0;
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw fileError(name, error, written);
    }
  };
  const scratch = await attempt(() => open(folder));
  return {
    write(bytes, position) {
      written = Math.max(written, position + bytes.length);
      return attempt(() => scratch.write(bytes, position));
    },
    read: (into, position) => attempt(() => scratch.read(into, position)),
    close: () => scratch.close(),
  };
}
