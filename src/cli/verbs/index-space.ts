import type { Command } from "commander";
import type { Precision } from "../../space/hnsw/settings.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { commandText, count, shown } from "../output.js";
import type { Perform } from "../shell.js";

interface IndexFlags {
  m?: number;
  efConstruction?: number;
  precision?: Precision;
  seed?: number;
  ef?: number;
  threads?: number;
  output?: string;
  remove?: boolean;
}

export function indexVerb(perform: Perform): Command {
  return verb(
    "index",
    "keep",
    "an index of a large space, so that near is fast",
    "Builds an index for approximate neighbors (HNSW) and keeps it beside the vectors, in the place of an older one. It is " +
      "worth it from some 40,000 items on; add keeps it up to date. Says how much of the exact answers it finds.",
    [
      ["index words.space", "an index with usual settings"],
      ["index words.space --m 24 --ef-construction 400", "finds more, takes more time and memory"],
      ["index words.space --precision i8", "searches a copy of a quarter the size"],
      ["index words.space --remove", "leaves the space without one"],
    ],
  )
    .argument("<space>", "a space")
    .option("--m <integer>", "links an item chooses on each layer, 8 to 48 (default 16)", number)
    .option("--ef-construction <integer>", "width of the beams that look for links, 100 to 400 (default 200)", number)
    .option("--precision <f32|f16|i8>", "numbers of the copy that is searched (default f32)")
    .option("--seed <integer>", "decides the items' layers (default 1)", number)
    .option("--ef <integer>", "width of the beams by which recall is measured (default 64)", number)
    .option("-o, --output <name.space>", "write another space (default: the next generation of the same)")
    .option("--remove", "remove the index instead")
    .option("--threads <integer>", "threads; the index does not depend on them (default: one a processor)", number)
    .action(
      perform(async (shell, flags: IndexFlags, path: string) => {
        const { inputKind, wrongKind } = await import("../input-kind.js");
        const { openSpace } = await import("../open-space.js");
        const { recallMetric, recallText } = await import("../search-notes.js");
        const { output, signal, onProgress } = shell;
        const kind = await inputKind(path);
        if (kind.kind !== "space") throw wrongKind(path, "a space", kind);
        const { ef, output: other, remove, ...options } = flags;
        const target = other ?? path;
        const space = await openSpace(path, shell);
        if (remove) {
          if (ef !== undefined || Object.keys(options).length > 0)
            throw new UsageError("index: --remove takes no settings of an index");
          space.removeIndex();
          space.setMetric(recallMetric, null);
          await writing(() => space.save(target, signal));
          output.result({ space: target, index: null }, () => "");
          output.note(`${shown(target)} has no index`);
          return;
        }
        const began = performance.now();
        const index = await space.buildIndex({ ...options, signal, onProgress });
        const seconds = (performance.now() - began) / 1000;
        const wanted = Math.min(10, Math.max(1, space.length - 1)); // one item has no other
        const recall = await space.estimateRecall({ count: wanted, ef, signal });
        space.setMetric(recallMetric, { ...index.settings, ...recall });
        await writing(() => space.save(target, signal));
        const { unreached, settings, bytes } = index;
        const made = { space: target, items: space.length, settings, seconds, bytes, unreached, recall };
        const each = Math.round(bytes / Math.max(1, space.length));
        output.result(made, () => "");
        output.note(`${count(space.length)} items in ${seconds.toFixed(1)} s, ${count(each)} bytes an item in memory`);
        output.note(`ef ${recall.ef}: ${recallText(recall)}`);
        output.note(`\nnext\n  ${commandText("near", [target, "NAME"], { "--approximate": true })}`);
      }),
    );
}
