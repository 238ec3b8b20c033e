import type { Command } from "commander";
import type { OpenedSpace } from "../../explorer/answers.js";
import { verb } from "../flags.js";
import { shown } from "../output.js";
import { checkPort, type ServeFlags, serveToBrowser, untilStopped, withServeFlags } from "../serve-explorer.js";
import type { Perform } from "../shell.js";
import { titleOf } from "../target.js";

export function exploreVerb(perform: Perform): Command {
  const command = verb(
    "explore",
    "look",
    "spaces in the browser: maps, arithmetic, directions",
    "Serves a page about one or several spaces to this machine's browser alone, until it is stopped (Ctrl-C). The address that is " +
      "printed lets one browser in; nothing leaves the machine.",
    [
      ["explore words.space", "a map of words, and a line for king - man + woman"],
      ["explore faces.space cora.space", "two spaces beside each other"],
    ],
  ).argument("<spaces...>", "spaces, or files of vectors");
  return withServeFlags(command).action(
    perform(async (shell, flags: ServeFlags, paths: string[]) => {
      const { output } = shell;
      checkPort("explore", flags);
      const { openSpace } = await import("../open-space.js");
      const opened: OpenedSpace[] = [];
      for (const path of paths) {
        const space = await openSpace(path, shell);
        opened.push({ space, title: unique(titleOf(path, "space"), opened) });
      }
      await serveToBrowser("explore", opened, flags, shell, ({ url, port }) => {
        output.note(`exploring ${paths.map(shown).join(", ")}; Ctrl-C ends it`);
        output.result({ url, port }, () => `${url}\n`);
      });
      await untilStopped(shell);
    }),
  );
}

/** A title that no space before has: `words`, `words 2`. */
function unique(title: string, before: readonly OpenedSpace[]): string {
  const taken = new Set(before.map((one) => one.title));
  let found = title;
  for (let k = 2; taken.has(found); k++) found = `${title} ${k}`;
  return found;
}
