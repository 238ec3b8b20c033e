import type { Command } from "commander";
import { UsageError } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { shown } from "../output.js";
import type { Perform } from "../shell.js";
import { defaultTarget } from "../target.js";

interface ExploreFlags {
  port?: number;
}

export function exploreVerb(perform: Perform): Command {
  return verb(
    "explore",
    "look",
    "spaces in the browser: maps, arithmetic, directions",
    "Serves a page about one or several spaces to this machine's browser alone, until it is stopped (Ctrl-C). The address that is " +
      "printed lets one browser in; nothing leaves the machine.",
    [
      ["explore words.space", "a map of words, and a line for king - man + woman"],
      ["explore faces.space cora.space", "two spaces beside each other"],
    ],
  )
    .argument("<spaces...>", "spaces, or files of vectors")
    .option("--port <integer>", "the port on 127.0.0.1 (default: a free one)", number)
    .action(
      perform(async (shell, { port }: ExploreFlags, paths: string[]) => {
        const { output, signal, use } = shell;
        if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535))
          throw new UsageError(`explore: --port must be an integer from 0 to 65535, got ${port}`);
        const { openSpace } = await import("../open-space.js");
        const opened = [];
        for (const path of paths) opened.push({ space: await openSpace(path, shell), title: titleOf(path) });
        const { serveExplorer } = await import("../../explorer/server/serve.js");
        const onFault = (error: unknown) =>
          output.warn(`a fault of the explorer: ${error instanceof Error ? error.message : error}`);
        const served = use(await serveExplorer(opened, { port, onFault }));
        output.note(`exploring ${paths.map(shown).join(", ")}; Ctrl-C ends it`);
        output.result({ url: served.url, port: served.port }, () => `${served.url}\n`);
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }),
    );
}

/** `data/words.space` is `words`. */
function titleOf(path: string): string {
  return defaultTarget(path, "space").replace(/\.space$/, "");
}
