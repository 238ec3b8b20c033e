import type { Command } from "commander";
import type { Column } from "../../formats/table.js";
import type { JsonObject } from "../../io/json.js";
import { given } from "../../io/options.js";
import type { Clustering } from "../../maps/clusters/clustering.js";
import type { ClusterName } from "../../maps/clusters/name-clusters.js";
import type { NeighborMetric } from "../../maps/neighbor-graph.js";
import type { Space } from "../../space/space.js";
import { UsageError, writing } from "../exit-codes.js";
import { flagOf, number, size, verb } from "../flags.js";
import { commandText, count, type Output, percent, plural, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";
import { requireTableName, writeTable } from "../write-table.js";

interface ClusterFlags {
  method?: "leiden" | "hdbscan";
  resolution?: number;
  neighbors?: number;
  minClusterSize?: number;
  minSamples?: number;
  exact?: boolean;
  metric?: NeighborMetric;
  seed?: number;
  threads?: number;
  memoryLimit?: number;
  text?: string;
  count?: number;
  into?: string;
  force?: boolean;
  output?: string;
}

/** Flags that one method alone takes. */
const ofMethod = {
  leiden: ["resolution", "neighbors"],
  hdbscan: ["minClusterSize", "minSamples", "exact"],
} as const;

/** Clusters that are shown where --count does not say. */
const mostShown = 20;

export function clustersVerb(perform: Perform): Command {
  return verb(
    "clusters",
    "look",
    "groups of like items, with names",
    "Divides the items of a space into clusters: by Leiden, the communities of its neighbor graph, in which every item is; " +
      "or by HDBSCAN, clusters of any shape where the items lie densely, and noise. A cluster is named by its most " +
      "typical items, or by the words of a text column that tell it from the others.",
    [
      ["clusters words.space", "the clusters, largest first"],
      ["clusters reviews.space --text review --into topic", "named by words, and saved as a column"],
      ["clusters codes.space --method hdbscan --min-cluster-size 30", "dense clusters, the rest is noise"],
      ["clusters words.space --resolution 3 -o clusters.csv", "smaller clusters, as a table of all items"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .option("--method <method>", "leiden (default) or hdbscan")
    .option("--resolution <number>", "of leiden: above 1 smaller clusters, below 1 larger ones (default 1)", number)
    .option("--neighbors <integer>", "of leiden: neighbors of an item in the graph (default 15)", number)
    .option(
      "--min-cluster-size <integer>",
      "of hdbscan: items of the smallest cluster (default: a thousandth, at least 5)",
      number,
    )
    .option(
      "--min-samples <integer>",
      "of hdbscan: more of them, more noise (default: as --min-cluster-size, at most 16)",
      number,
    )
    .option("--exact", "of hdbscan: compare all pairs, also of more than 20,000 items")
    .option("--metric <metric>", "cosine or euclidean (default: that of the space)")
    .option("--text <column>", "name the clusters by the words of a column")
    .option("-k, --count <integer>", `how many to show (default ${mostShown})`, number)
    .option("--into <column>", "save each item's cluster in the space, as this column, and its name as COLUMN-name")
    .option("--force", "let --into replace a column that holds something else")
    .option("-o, --output <file>", "write name, cluster and the cluster's name of all items, as .csv or .parquet")
    .option("--seed <integer>", "of what is drawn (default 1)", number)
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .option(
      "--memory-limit <size>",
      "bytes to take at most, such as 2GB (default: three quarters of what is free)",
      size,
    )
    .action(
      perform(async (shell, flags: ClusterFlags, path: string) => {
        const { output } = shell;
        const method = flags.method ?? "leiden";
        checkFlags(method, flags);
        requireTableName("clusters", flags.output);
        const { openSpace } = await import("../open-space.js");
        const space = await openSpace(path, shell);
        if (flags.into !== undefined) await requireColumn(path, space, flags.into, flags);
        const { nameClusters, textColumn } = await import("../../maps/clusters/name-clusters.js");
        if (flags.text !== undefined) await textColumn(space, flags.text); // before the work, not after
        const found = await clustersOf(space, method, flags, shell);
        const options = { text: flags.text, metric: flags.metric };
        const names = await nameClusters(space, found, given(options));
        await save(path, space, found, names, flags, shell);
        const itemNames = await space.names();
        const clusters = names.map(({ name, words, typical }, cluster) => ({
          cluster,
          size: found.sizes[cluster],
          name,
          words,
          typical: typical.map((row) => itemNames.get(row)),
        }));
        const { labels, noise, settings, summary } = found;
        output.result({ space: path, ...settings, clusters, noise, labels: [...labels] }, () =>
          tableOf(clusters, noise, flags.count ?? mostShown, summary, output),
        );
      }),
    );
}

function checkFlags(method: string, flags: ClusterFlags): void {
  if (method !== "leiden" && method !== "hdbscan") {
    throw new UsageError(`clusters: --method must be one of leiden, hdbscan, got ${shown(method)}`);
  }
  for (const [other, names] of Object.entries(ofMethod)) {
    const idle = other === method ? undefined : names.find((name) => flags[name] !== undefined);
    if (idle !== undefined) throw new UsageError(`clusters: ${flagOf(idle)} is of --method ${other}, not of ${method}`);
  }
  const { count: most } = flags;
  if (most !== undefined && !(Number.isInteger(most) && most >= 1)) {
    throw new UsageError(`clusters: --count must be an integer >= 1, got ${most}`);
  }
  if (flags.force && flags.into === undefined) throw new UsageError("clusters: --force has no effect without --into");
}

interface Found extends Clustering {
  /** Of hdbscan. */
  probabilities?: Float64Array;
  /** What the clusters depend on, and how good they are. */
  settings: JsonObject;
  /** The last, in words. */
  summary: string;
}

async function clustersOf(space: Space, method: string, flags: ClusterFlags, shell: Shell): Promise<Found> {
  const { output, signal, onProgress } = shell;
  const { resolution, neighbors, minClusterSize, minSamples, exact, metric, seed, threads, memoryLimit } = flags;
  const options = { resolution, neighbors, minClusterSize, minSamples, exact, metric, seed, threads, memoryLimit };
  const wanted = {
    ...given(options),
    ...{ onWarning: (message: string) => output.warn(message), signal, onProgress },
  };
  if (method === "hdbscan") {
    const { hdbscan } = await import("../../maps/clusters/hdbscan.js");
    const { labels, sizes, noise, probabilities, ...about } = await hdbscan(space, wanted);
    const settings = { method, minClusterSize: about.minClusterSize, minSamples: about.minSamples, exact: about.exact };
    const pairs = about.exact ? "over all pairs" : "over near neighbors, approximate";
    const summary = `hdbscan ${pairs}: ${plural(sizes.length, "cluster")} of ${about.minClusterSize} items or more, ${percent(noise / labels.length)} noise`;
    return { labels, sizes, noise, probabilities, settings, summary };
  }
  const { spaceCommunities } = await import("../../maps/clusters/space-communities.js");
  const { labels, sizes, noise, ...about } = await spaceCommunities(space, wanted);
  const settings = {
    ...{ method, resolution: resolution ?? 1, neighbors: about.neighbors, metric: about.metric, exact: about.exact },
    ...{ seed: seed ?? 1, modularity: about.modularity },
  };
  const graph = `${plural(about.neighbors, "neighbor")}${about.exact ? "" : ", approximate"}`;
  const summary = `leiden over ${graph}: ${plural(sizes.length, "cluster")}, modularity ${about.modularity.toFixed(3)}`;
  return { labels, sizes, noise, settings, summary };
}

function tableOf(
  clusters: readonly {
    cluster: number;
    size: number;
    name: string;
    words: readonly string[] | null;
    typical: string[];
  }[],
  noise: number,
  most: number,
  summary: string,
  output: Output,
): string {
  const listed = clusters.slice(0, most);
  const columns = [
    { title: "cluster", cells: listed.map(({ cluster }) => String(cluster)), right: true },
    { title: "items", cells: listed.map(({ size: items }) => count(items)), right: true },
    { title: "name", cells: listed.map(({ name }) => shown(name)) },
  ];
  if (clusters.some(({ words }) => words !== null)) {
    columns.push({ title: "such as", cells: listed.map(({ typical }) => shown(typical.join(", "))) });
  }
  const rest = clusters.slice(most);
  const more = rest.length === 0 ? "" : `and ${plural(rest.length, "smaller cluster")} (--count shows more)\n`;
  const others = noise === 0 ? "" : `${plural(noise, "item")} in no cluster\n`;
  return `${clusters.length === 0 ? "" : output.table(columns)}${more}${others}${summary}\n`;
}

/** The columns of a space that hold clusters, and how each was made. */
function savedClusters(space: Space): JsonObject {
  const saved = space.metrics.clusters;
  return typeof saved === "object" && saved !== null && !Array.isArray(saved) ? (saved as JsonObject) : {};
}

/** Refuses to write where no column can be, or over one that holds something else. */
async function requireColumn(path: string, space: Space, column: string, { force }: ClusterFlags): Promise<void> {
  const { inputKind, wrongKind } = await import("../input-kind.js");
  const kind = await inputKind(path);
  if (kind.kind !== "space") throw wrongKind(path, "a space to save --into", kind);
  const columns = await space.columns();
  const taken = [column, nameColumn(column)].find((name) => columns.has(name));
  if (taken === undefined || force || Object.hasOwn(savedClusters(space), column)) return;
  throw new UsageError(
    `clusters: ${path} has a column ${shown(taken)} already: --force replaces it, --into names another`,
  );
}

const nameColumn = (column: string) => `${column}-name`;

async function save(
  path: string,
  space: Space,
  { labels, settings, probabilities }: Found,
  names: readonly ClusterName[],
  { into, output: file }: ClusterFlags,
  { output, signal }: Shell,
): Promise<void> {
  // with the number, so that two clusters of one name stay two
  const named = Array.from(labels, (label) => (label < 0 ? null : `${label}: ${names[label].name}`));
  if (file !== undefined) {
    const columns = new Map<string, Column>([
      ["name", [...(await space.names())]],
      ["cluster", Int32Array.from(labels)],
      ["clusterName", named],
    ]);
    if (probabilities !== undefined) columns.set("probability", Float64Array.from(probabilities));
    await writing(() => writeTable("clusters", file, { rows: labels.length, columns }));
    output.note(`wrote     ${shown(file)}: ${plural(labels.length, "item")}`);
  }
  if (into === undefined) return;
  await space.setColumns({ [into]: Int32Array.from(labels), [nameColumn(into)]: named });
  space.setMetric("clusters", { ...savedClusters(space), [into]: settings });
  await writing(() => space.save(path, signal));
  output.note(`into      ${shown(path)}: columns ${shown(into)} and ${shown(nameColumn(into))}`);
  output.note(`\nnext\n  ${commandText("map", [path], { "--color": nameColumn(into) })}`);
}
