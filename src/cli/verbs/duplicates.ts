import type { Command } from "commander";
import type { Column } from "../../formats/table.js";
import type { Names } from "../../io/names.js";
import { given } from "../../io/options.js";
import type { Duplicates } from "../../maps/duplicates.js";
import type { NeighborMetric } from "../../maps/neighbor-graph.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { count, plural, shown } from "../output.js";
import type { Perform } from "../shell.js";
import { requireTableName, writeTable } from "../write-table.js";

interface DuplicateFlags {
  above?: number;
  metric?: NeighborMetric;
  count?: number;
  seed?: number;
  threads?: number;
  output?: string;
}

/** Groups that are shown where --count does not say, and items of each. */
const mostShown = 20;
const namesShown = 5;

export function duplicatesVerb(perform: Perform): Command {
  return verb(
    "duplicates",
    "ask",
    "groups of items that are equal or nearly so",
    "Finds groups of near duplicates: items that hang together by pairs at least as similar as --above says, by the cosine, " +
      "or in Euclidean spaces by 1 - |x - y|^2 / 2V, V the variance of all items. The least similarity in each group is " +
      "shown, since in a chain the ends may be unlike.",
    [
      ["duplicates products.space", "groups at a similarity of .95 or more"],
      ["duplicates words.space --above .8", "more, and less alike"],
      ["duplicates images.space -o groups.csv", "as a table: the first item of a group, and the others"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .option("--above <number>", "similarity from which on two items are duplicates (default 0.95)", number)
    .option("--metric <metric>", "cosine or euclidean (default: that of the space)")
    .option("-k, --count <integer>", `how many groups to show (default ${mostShown})`, number)
    .option("-o, --output <file>", "write group, place in it and name of the items, as .csv or .parquet")
    .option("--seed <integer>", "of what is drawn in large spaces (default 1)", number)
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .action(
      perform(async (shell, flags: DuplicateFlags, path: string) => {
        const { output, signal, onProgress } = shell;
        const most = flags.count ?? mostShown;
        if (!Number.isInteger(most) || most < 1) {
          throw new UsageError(`duplicates: --count must be an integer >= 1, got ${most}`);
        }
        const { duplicates } = await import("../../maps/duplicates.js");
        requireTableName("duplicates", flags.output);
        const { openSpace } = await import("../open-space.js");
        const space = await openSpace(path, shell);
        const { above, metric, seed, threads } = flags;
        const onWarning = (message: string) => output.warn(message);
        const found = await duplicates(space, {
          ...given({ above, metric, seed, threads }),
          onWarning,
          signal,
          onProgress,
        });
        const names = await space.names();
        const { output: file } = flags;
        if (file !== undefined) {
          const table = tableOf(found, names);
          await writing(() => writeTable("duplicates", file, table));
          output.note(`wrote     ${shown(file)}: ${plural(table.rows, "item")}`);
        }
        const groups = found.groups.map(({ rows, lowest, equal }) => ({
          ...{ size: rows.length, lowest, equal, items: rows.map((row) => names.get(row)) },
        }));
        output.result({ space: path, metric: found.metric, above: found.above, exact: found.exact, groups }, () => {
          const listed = groups.slice(0, most);
          const table = output.table([
            { title: "items", cells: listed.map(({ size }) => count(size)), right: true },
            {
              title: "lowest",
              cells: listed.map((group) => (group.equal ? "equal" : group.lowest.toFixed(4))),
              right: true,
            },
            { title: "such as", cells: listed.map(({ items }) => examples(items)) },
          ]);
          const more = groups.length > most ? `and ${plural(groups.length - most, "more group")} (--count)\n` : "";
          return `${groups.length === 0 ? "" : table}${more}${summaryOf(found)}\n`;
        });
      }),
    );
}

function examples(items: readonly string[]): string {
  const names = items.slice(0, namesShown).map(shown).join(", ");
  return items.length > namesShown ? `${names}, ...` : names;
}

function summaryOf({ groups, metric, above, exact }: Duplicates): string {
  const all = exact ? "" : "; approximate neighbors, some may be missing";
  if (groups.length === 0) return `no duplicates: no two items have a similarity (${metric}) of ${above} or more${all}`;
  const items = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const equal = groups.filter((group) => group.equal).length;
  return `${plural(groups.length, "group")} of ${plural(items, "item")} at a similarity (${metric}) of ${above} or more, ${equal} of them of equal vectors${all}`;
}

/** A row an item of a group, the items in order. */
function tableOf({ groups }: Duplicates, names: Names) {
  const members = groups.flatMap(({ rows, lowest }, group) =>
    rows.map((row, place) => ({ group, lowest, row, place })),
  );
  const columns = new Map<string, Column>([
    ["group", Int32Array.from(members, ({ group }) => group)],
    ["place", Int32Array.from(members, ({ place }) => place)],
    ["name", members.map(({ row }) => names.get(row))],
    ["lowest", Float64Array.from(members, ({ lowest }) => lowest)],
  ]);
  return { rows: members.length, columns };
}
