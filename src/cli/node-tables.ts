import type { Command } from "commander";
import type { GraphFile } from "../formats/graph-file.js";
import type { NodeData } from "../formats/node-data.js";
import type { NodeTable } from "../formats/node-table.js";
import type { SparseMatrix } from "../formats/sparse-features.js";
import type { LabeledNodes } from "../graphs/labeled-nodes.js";
import type { Matrix } from "../numerics/matrix.js";
import { UsageError } from "./exit-codes.js";
import { noteFeatures, warningOfAnswers } from "./feature-notes.js";
import { several } from "./flags.js";
import { plural, shown } from "./output.js";
import type { Shell } from "./shell.js";

/** Flags of what is known of the nodes. */
export interface NodeFlags {
  nodes?: string[];
  features?: string | false;
  label?: string;
  split?: string;
  seed?: number;
}

export function withNodeFlags(command: Command): Command {
  return command
    .optionsGroup("Nodes:")
    .option(
      "--nodes <file>",
      "a table about the nodes, with a header: label, split, columns of numbers as features; may be given again",
      (text: string, before: string[] | undefined) => several(text, before),
    )
    .option("--features <file>", "sparse features: a line `rows columns entries`, then lines `row column value`")
    .option("--no-features", "columns of numbers in tables are no features")
    .option("--label <column>", "column of the classes (default: label, class, y or target)")
    .option("--split <column>", "column that says train, val or test (default: split, set or fold, else at random)");
}

/** A graph's file with the nodes of its tables, and what is known of them. */
export interface KnownNodes {
  readonly file: GraphFile;
  readonly features: Matrix | null;
  /** null where no table has classes. */
  readonly labeled: LabeledNodes | null;
  /** What whoever learns from the classes should know; null where there is nothing. */
  readonly warning: string | null;
}

export const labelNames = ["label", "class", "y", "target"];
const splitNames = ["split", "set", "fold"];

/** Reads the tables about the nodes of a graph and joins them to it. */
export async function readNodes(path: string, file: GraphFile, flags: NodeFlags, shell: Shell): Promise<KnownNodes> {
  const { nodes: paths = [], features } = flags;
  const tables = await tablesOf(path, file, paths, flags, shell);
  if (tables.length === 0 && !features) return { file, features: null, labeled: null, warning: null };
  const { openStream } = await import("../io/source.js");
  const { joinNodes } = await import("../formats/node-data.js");
  const { output, signal, onProgress } = shell;
  const labels = tableWith(tables, flags.label, labelNames, "label");
  const split = tableWith(tables, flags.split, splitNames, "split");
  let matrixFile: SparseMatrix | null = null;
  if (features !== undefined && features !== false) {
    const { readSparseFeatures } = await import("../formats/sparse-features.js");
    const { understood, ...read } = await readSparseFeatures(await openStream(features), { signal, onProgress });
    output.note(`features  ${shown(features)}: ${shown(understood)}`);
    matrixFile = read;
  }
  const own = features === false || matrixFile !== null ? null : featuresOf(tables, labels, split);
  if (own !== null) noteFeatures(output, own.table, own.columns);
  const joined = joinNodes(file, { labels, split, features: matrixFile ?? own });
  output.note(`joined    ${joined.understood}`);
  const matrix = joined.features === null ? null : matrixOf(joined.features);
  const { labels: found } = joined;
  if (found === null) return { file: joined.graph, features: matrix, labeled: null, warning: null };
  if (found.of === null) throw new UsageError("graph: a node has several classes, which no method of this verb takes");
  const { of, classes } = found;
  const parts = joined.split ?? (await partsOf(of, flags.seed, shell));
  const { train, test } = parts;
  const dense = joined.features !== null && !("offsets" in joined.features) ? joined.features : null;
  const warning =
    own === null || labels === null || dense === null
      ? null
      : warningOfAnswers(own.columns, dense, found, labels.column);
  const validation = "val" in parts ? parts.val : parts.validation;
  return {
    file: joined.graph,
    features: matrix,
    labeled: { features: matrix, labels: of, classes, train, validation, test },
    warning,
  };
}

/** The tables about the nodes: files, and the columns of the graph's own file where a flag names one of them. */
export async function tablesOf(
  path: string,
  file: GraphFile,
  paths: readonly string[],
  flags: Pick<NodeFlags, "label" | "split">,
  { output, signal, onProgress }: Shell,
): Promise<NodeTable[]> {
  const { openStream } = await import("../io/source.js");
  const { readNodeTable } = await import("../formats/node-table.js");
  const { tableOfGraph } = await import("../formats/node-data.js");
  const tables: NodeTable[] = [];
  for (const one of paths) {
    const table = await readNodeTable(await openStream(one), { signal, onProgress });
    output.note(`nodes     ${shown(one)}: ${shown(table.understood)}`);
    tables.push(table);
  }
  const named = (["label", "split"] as const).filter((name) => flags[name] !== undefined);
  if (named.length === 0) return tables;
  const own = tableOfGraph({ ...file, file: path });
  if (own !== null) tables.push(own);
  if (tables.length === 0) {
    throw new UsageError(`--${named[0]} is a column of a table about nodes: --nodes FILE is needed`);
  }
  return tables;
}

/** 60 % of the nodes of each class to learn from, 20 % to choose by, 20 % to measure. */
async function partsOf(labels: Int32Array, seed: number | undefined, { output }: Shell) {
  const { randomSplit } = await import("../graphs/split.js");
  const parts = randomSplit(labels, { seed });
  const [train, validation, test] = [parts.train, parts.validation, parts.test].map((part) => part.length);
  output.note(
    `split     at random, class by class: ${train} / ${validation} / ${plural(test, "node")} to train, validate and test`,
  );
  return parts;
}

/** The table that has a column: the one asked for, or one of the usual names. */
export function tableWith(
  tables: readonly NodeTable[],
  asked: string | undefined,
  usual: readonly string[],
  flag: string,
): { table: NodeTable; column: string } | null {
  for (const name of asked === undefined ? usual : [asked]) {
    const table = tables.find(({ columns }) => columns.has(name));
    if (table !== undefined) return { table, column: name };
  }
  if (asked === undefined) return null;
  const known = tables.flatMap(({ columns }) => [...columns.keys()]);
  throw new UsageError(
    `no table about nodes has a column ${shown(asked)} (--${flag}); there are ${known.map(shown).join(", ")}`,
  );
}

/** The first table with columns of numbers beside label and split: these are features. */
function featuresOf(
  tables: readonly NodeTable[],
  ...taken: ({ column: string } | null)[]
): { table: NodeTable; columns: string[] } | null {
  const others = taken.map((source) => source?.column);
  for (const table of tables) {
    const columns = [...table.columns].flatMap(([name, column]) =>
      column instanceof Float64Array && !others.includes(name) ? [name] : [],
    );
    if (columns.length > 0) return { table, columns };
  }
  return null;
}

function matrixOf(features: NonNullable<NodeData["features"]>): Matrix {
  const { rows, columns, values } = features;
  return "offsets" in features
    ? { rows, columns, values, starts: features.offsets, indices: features.indices }
    : { rows, columns, values };
}
