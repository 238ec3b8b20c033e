import { files } from "#platform";
import { fileError } from "./errors.js";
import type { Source } from "./source.js";

/**
 * Opens a file that another file names, such as the weights of a model: strangers write such names. It must be a plain
 * file in `folder` or below it. The name is a relative path with `/` between its parts, without `..`; no part is a link;
 * what is found lies in the folder by its canonical path too; and what was opened, without following a link, is the
 * file that was looked at and has no second name (a hard link) by which it might be anyone's.
 *
 * Where one of these does not hold, throws what `fail` makes of the reason; FileError where there is no such file.
 */
export async function openConfined(folder: string, name: string, fail: (why: string) => Error): Promise<Source> {
  const quoted = JSON.stringify(name.slice(0, 200));
  const parts = name.split("/").filter((part) => part !== ".");
  // a colon stands in drive letters, URLs and the streams of NTFS
  if (parts.some((part) => part === "" || part === ".." || /[\\:\0]/.test(part)) || parts.length === 0) {
    throw fail(
      `${quoted} must be a relative path with / between its parts, within the folder of the file that names it`,
    );
  }
  const path = [folder, ...parts].join("/");
  try {
    for (let depth = 1; depth <= parts.length; depth++) {
      const step = [folder, ...parts.slice(0, depth)].join("/");
      const { kind } = await files.entry(step);
      const needed = depth === parts.length ? "file" : "folder";
      if (kind !== needed) throw fail(`${quoted} needs a plain ${needed} at ${step}, found a ${foundKind(kind)}`);
    }
    const [canonicalFolder, canonicalPath] = [await files.canonical(folder), await files.canonical(path)];
    const within = canonicalFolder.endsWith("/") ? canonicalFolder : `${canonicalFolder}/`;
    if (!canonicalPath.startsWith(within)) throw fail(`${quoted} leads out of the folder, to ${canonicalPath}`);
    const before = await files.entry(path);
    const file = await files.openEntry(path);
    if (file.entry.kind !== "file" || file.entry.identity !== before.identity || file.entry.links !== 1) {
      await file.close();
      if (file.entry.links > 1) throw fail(`${quoted} has ${file.entry.links} names (hard links); copy the file`);
      throw fail(`${quoted} was replaced while it was opened`);
    }
    return {
      name: path,
      size: file.size,
      read: (into, position) => file.read(into, position).catch((error) => Promise.reject(fileError(path, error))),
      close: () => file.close().catch((error) => Promise.reject(fileError(path, error))),
    };
  } catch (error) {
    throw fileError(path, error);
  }
}

function foundKind(kind: "file" | "folder" | "link" | "other"): string {
  if (kind === "link") return "symbolic link; copy what it leads to";
  return kind === "other" ? "device, pipe or socket" : kind;
}
