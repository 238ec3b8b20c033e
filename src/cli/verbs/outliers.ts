import type { Command } from "commander";
import type { Column } from "../../formats/table.js";
import type { NeighborMetric } from "../../maps/neighbor-graph.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { plural, shown } from "../output.js";
import type { Perform } from "../shell.js";
import { requireTableName, writeTable } from "../write-table.js";

interface OutlierFlags {
  neighbors?: number;
  metric?: NeighborMetric;
  count?: number;
  seed?: number;
  threads?: number;
  output?: string;
}

/** The factor above which scikit-learn, too, calls an item an outlier where nobody says how many there are. */
const suspicious = 1.5;

export function outliersVerb(perform: Perform): Command {
  return verb(
    "outliers",
    "ask",
    "items that lie apart from those nearest to them",
    "Ranks the items of a space by their local outlier factor: how much more sparsely an item lies than its neighbors do. " +
      "About 1 is ordinary.",
    [
      ["outliers codes.space", "the ten strangest items"],
      ["outliers products.space --neighbors 30", "where strange items come in small groups"],
      ["outliers codes.space -o factors.csv", "all factors as a table"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .option("--neighbors <integer>", "neighbors that an item is compared with (default 15)", number)
    .option("--metric <metric>", "cosine or euclidean (default: that of the space)")
    .option("-k, --count <integer>", "how many to show (default 10)", number)
    .option("-o, --output <file>", "write name and factor of all items, strangest first, as .csv or .parquet")
    .option("--seed <integer>", "of what is drawn in large spaces (default 1)", number)
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .action(
      perform(async (shell, flags: OutlierFlags, path: string) => {
        const { output, signal, onProgress } = shell;
        const most = flags.count ?? 10;
        if (!Number.isInteger(most) || most < 1) {
          throw new UsageError(`outliers: --count must be an integer >= 1, got ${most}`);
        }
        const { outliers } = await import("../../maps/outliers.js");
        requireTableName("outliers", flags.output);
        const { openSpace } = await import("../open-space.js");
        const space = await openSpace(path, shell);
        const { metric, seed, threads } = flags;
        const given = Object.fromEntries(
          Object.entries({ neighbors: flags.neighbors, metric, seed, threads }).filter(
            ([, value]) => value !== undefined,
          ),
        );
        const onWarning = (message: string) => output.warn(message);
        const { factors, order, graph } = await outliers(space, { ...given, onWarning, signal, onProgress });
        const names = await space.names();
        const { output: file } = flags;
        if (file !== undefined) {
          const columns = new Map<string, Column>([
            ["name", Array.from(order, (row) => names.get(row))],
            ["factor", Float64Array.from(order, (row) => factors[row])],
          ]);
          await writing(() => writeTable("outliers", file, { rows: order.length, columns }));
          output.note(`wrote     ${shown(file)}: ${plural(order.length, "item")}`);
        }
        const items = Array.from(order.subarray(0, most), (row) => ({
          name: names.get(row),
          row,
          factor: factors[row],
          nearest: names.get(graph.rows[row * graph.neighbors]),
          distance: graph.distances[row * graph.neighbors],
        }));
        const above = factors.reduce((found, factor) => found + (factor > suspicious ? 1 : 0), 0);
        const about = {
          metric: graph.metric,
          neighbors: graph.neighbors,
          exact: graph.exact,
          above: { [suspicious]: above },
        };
        output.result({ space: path, ...about, items }, () => {
          const table = output.table([
            { title: "item", cells: items.map(({ name }) => shown(name)) },
            { title: "factor", cells: items.map(({ factor }) => factor.toFixed(3)), right: true },
            { title: "nearest", cells: items.map(({ nearest }) => shown(nearest)) },
            { title: "distance", cells: items.map(({ distance }) => distance.toPrecision(4)), right: true },
          ]);
          const approximate = graph.exact ? "" : ", approximate";
          return `${table}${plural(above, "item")} of ${order.length} above ${suspicious} (${graph.metric}, ${plural(graph.neighbors, "neighbor")}${approximate})\n`;
        });
      }),
    );
}
