import type { Command } from "commander";
import type { OpenedSpace } from "../../explorer/answers.js";
import type { ExportedSite } from "../../explorer/server/export-site.js";
import { UsageError } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { bytesText, shown } from "../output.js";
import type { Perform } from "../shell.js";
import { titleOf } from "../target.js";

interface ExploreFlags {
  port?: number;
  open?: boolean;
  export?: string;
}

export function exploreVerb(perform: Perform): Command {
  return verb(
    "explore",
    "look",
    "spaces in the browser: maps, arithmetic, directions",
    "Serves a page about one or several spaces to this machine's browser alone, until it is stopped (Ctrl-C). The address that is " +
      "printed lets one browser in; nothing leaves the machine. With --export the page and the spaces become a folder for any web " +
      "host instead, where the page answers by itself.",
    [
      ["explore words.space", "a map of words, and a line for king - man + woman"],
      ["explore faces.space cora.space", "two spaces beside each other"],
      ["explore faces.space --export site", "the same page without a server, in the folder site"],
    ],
  )
    .argument("<spaces...>", "spaces, or files of vectors")
    .option("--port <integer>", "the port on 127.0.0.1 (default: a free one)", number)
    .option("--open", "open the browser (default: where standard output is a terminal)")
    .option("--no-open", "only print the address")
    .option("--export <folder>", "write the page and the spaces to a folder, new or of an earlier export, and end")
    .action(
      perform(async (shell, { port, open, export: folder }: ExploreFlags, paths: string[]) => {
        const { output, signal, use } = shell;
        if (folder !== undefined && (port !== undefined || open !== undefined))
          throw new UsageError("explore: --export starts no server, so --port and --open have no place beside it");
        if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535))
          throw new UsageError(`explore: --port must be an integer from 0 to 65535, got ${port}`);
        const { openSpace } = await import("../open-space.js");
        const opened: OpenedSpace[] = [];
        for (const path of paths) {
          const space = await openSpace(path, shell);
          opened.push({ space, title: unique(titleOf(path, "space"), opened) });
        }
        if (folder !== undefined) {
          const { exportSite } = await import("../../explorer/server/export-site.js");
          const site = await exportSite(opened, folder, { signal });
          output.result({ folder, ...site }, () => siteText(folder, site));
          return;
        }
        const { serveExplorer } = await import("../../explorer/server/serve.js");
        const onFault = (error: unknown) =>
          output.warn(`a fault of the explorer: ${error instanceof Error ? error.message : error}`);
        const served = use(
          await serveExplorer(opened, { port, onFault }).catch((error) => Promise.reject(inWords(error, port))),
        );
        output.note(`exploring ${paths.map(shown).join(", ")}; Ctrl-C ends it`);
        output.result({ url: served.url, port: served.port }, () => `${served.url}\n`);
        if (open ?? output.columns !== undefined) {
          const { openBrowser } = await import("../../explorer/server/open-browser.js");
          const { problem } = use(await openBrowser(served.passingUrl()));
          if (problem !== null) output.warn(`no browser was opened: ${problem}; open the address yourself`);
        }
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }),
    );
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

function inWords(error: NodeJS.ErrnoException, port: number | undefined): Error {
  if (error.code === "EADDRINUSE")
    return new UsageError(`explore: --port must be a free port, but another program listens on ${port}`);
  if (error.code === "EACCES") return new UsageError(`explore: --port must be one that you may use, got ${port}`);
  return error;
}
