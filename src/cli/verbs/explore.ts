import type { Command } from "commander";
import type { OpenedSpace } from "../../explorer/answers.js";
import type { ExportedSite } from "../../explorer/server/export-site.js";
import { FileError, FormatError } from "../../io/errors.js";
import { UsageError } from "../exit-codes.js";
import { verb } from "../flags.js";
import { bytesText, shown } from "../output.js";
import { checkPort, type ServeFlags, serveToBrowser, untilStopped, withServeFlags } from "../serve-explorer.js";
import type { Perform, Shell } from "../shell.js";
import { titleOf } from "../target.js";

interface ExploreFlags extends ServeFlags {
  export?: string;
}

export function exploreVerb(perform: Perform): Command {
  const command = verb(
    "explore",
    "look",
    "spaces in the browser: maps, arithmetic, directions",
    "Serves a page about one or several spaces to this machine's browser alone, until it is stopped (Ctrl-C). The address that is " +
      "printed lets one browser in; nothing leaves the machine. With --export the page and the spaces become a folder for any web " +
      "host instead, where the page answers by itself. In the page ? shows the keys; a space " +
      "of graph --film is played as a film. docs/exploring.md is a guide.",
    [
      ["explore words.space", "a map of words, and a line for king - man + woman"],
      ["explore faces.space cora.space", "two spaces beside each other"],
      ["explore faces.space --export site", "the same page without a server, in the folder site"],
    ],
  )
    .argument("<spaces...>", "spaces, or files of vectors")
    .option("--export <folder>", "write the page and the spaces to a folder, new or of an earlier export, and end");
  return withServeFlags(command).action(
    perform(async (shell, { export: folder, ...flags }: ExploreFlags, paths: string[]) => {
      const { output, signal } = shell;
      if (folder !== undefined && (flags.port !== undefined || flags.open !== undefined))
        throw new UsageError("explore: --export starts no server, so --port and --open have no place beside it");
      checkPort("explore", flags);
      const opened: OpenedSpace[] = [];
      for (const path of paths) {
        const title = unique(titleOf(path, "space"), opened);
        opened.push({ title, ...(await openedOrNot(path, shell, paths.length > 1 && folder === undefined)) });
      }
      const problems = opened.flatMap(({ problem }) => problem ?? []);
      if (problems.length === opened.length) throw problems[0];
      for (const { message } of problems) output.warn(`${message}; the page tells so, and opens the others`);
      if (folder !== undefined) {
        const { exportSite } = await import("../../explorer/server/export-site.js");
        const site = await exportSite(opened, folder, { signal });
        output.result({ folder, ...site }, () => siteText(folder, site));
        return;
      }
      await serveToBrowser("explore", opened, flags, shell, ({ url, port }) => {
        output.note(`exploring ${paths.map(shown).join(", ")}; Ctrl-C ends it`);
        output.result({ url, port }, () => `${url}\n`);
      });
      await untilStopped(shell);
    }),
  );
}

/** A space, or why it cannot be opened where others can: a damaged one does not take them with it. */
async function openedOrNot(path: string, shell: Shell, hasOthers: boolean): Promise<Omit<OpenedSpace, "title">> {
  const { openSpace } = await import("../open-space.js");
  if (!hasOthers || path === "-") return { space: await openSpace(path, shell) };
  const { inputKind } = await import("../input-kind.js");
  const { kind } = await inputKind(path); // what is not there, or no space at all, was meant to be another path
  try {
    return { space: await openSpace(path, shell) };
  } catch (error) {
    if ((kind !== "space" && kind !== "vectors") || !isDamage(error)) throw error;
    const { noSpace } = await import("../../explorer/no-space.js");
    return { space: noSpace(), problem: error };
  }
}

function isDamage(error: unknown): error is Error {
  return error instanceof FormatError || error instanceof FileError;
}

function siteText(folder: string, { files, bytes, spaces }: ExportedSite): string {
  const size = `${spaces.length} ${spaces.length === 1 ? "space" : "spaces"}, ${files} files, ${bytesText(bytes)}`;
  return `${shown(folder)}: ${size}; put it on any web host, or start a server in it\n`;
}

/** A title that no space before has: `words`, `words 2`. */
function unique(title: string, before: readonly OpenedSpace[]): string {
  const taken = new Set(before.map((one) => one.title));
  let found = title;
  for (let k = 2; taken.has(found); k++) found = `${title} ${k}`;
  return found;
}
