import { type Command, Option } from "commander";
import type { GraphFile } from "../formats/graph-file.js";
import type { GraphFileOptions } from "../formats/graph-files.js";
import type { Graph, GraphOptions } from "../messages/graph.js";
import { UsageError } from "./exit-codes.js";
import { flagOf, number, size } from "./flags.js";
import { count, type Output, plural, shown } from "./output.js";
import type { Shell } from "./shell.js";

/** Flags of how a file of edges is understood, and of the graph that becomes of it. */
export interface GraphFlags extends Pick<GraphOptions, "directed" | "parallel" | "selfLoops"> {
  source?: string;
  target?: string;
  weight?: string | false;
  delimiter?: string;
  header?: boolean;
  format?: GraphFileOptions["format"];
  ids?: "auto" | "numbers" | "names";
  bipartite?: boolean;
  threads?: number;
  memoryLimit?: number;
}

/** Adds the flags of a graph. `direction` says what holds where neither the flag nor the file tells. */
export function withGraphFlags(command: Command, direction: string): Command {
  return command
    .optionsGroup("Graph:")
    .option("--directed", `edges go from source to target only (default: as the file says, else ${direction})`)
    .option("--no-directed", "edges go both ways")
    .option(
      "--source <column>",
      "column of the sources, by name or number (default: source, from or the like in the header, else 1)",
    )
    .option("--target <column>", "column of the targets (default: target, to or the like in the header, else 2)")
    .option(
      "--weight <column>",
      "column of the weights (default: weight or the like in the header, or a third column of numbers)",
    )
    .option("--no-weight", "all edges weigh 1")
    .addOption(
      new Option("--format <name>", "format of the file (default: seen from name and content)").choices([
        ...["edges", "adjacency", "adjlist", "mtx", "json", "graphml", "gexf", "parquet"],
      ]),
    )
    .addOption(
      new Option("--delimiter <what>", "what separates columns (default: seen from the first lines)").choices([
        ...["comma", "tab", "semicolon", "pipe", "space"],
      ]),
    )
    .option("--header", "the first line names the columns (default: seen from the first lines)")
    .option("--no-header", "the first line is an edge")
    .addOption(new Option("--ids <kind>", "what nodes are called (default auto)").choices(["auto", "numbers", "names"]))
    .option("--bipartite", "sources and targets are different kinds, even where their ids are equal")
    .addOption(
      new Option("--parallel <policy>", "several edges between the same nodes (default sum)").choices([
        ...["sum", "first", "refuse"],
      ]),
    )
    .addOption(
      new Option("--self-loops <policy>", "edges from a node to itself (default keep)").choices([
        ...["keep", "drop", "refuse"],
      ]),
    )
    .optionsGroup("Machine:")
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .option("--memory-limit <size>", "memory for data (default: 75 % of what is free)", size);
}

const delimiterOf: Readonly<Record<string, GraphFileOptions["delimiter"]>> = {
  comma: ",",
  tab: "\t",
  semicolon: ";",
  pipe: "|",
  space: " ",
};

/** `2` is the second column, everything else a name. */
function columnOf(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

/** Reads a file of a graph, or the relations of a space, and says how it was understood. */
export async function readGraph(path: string, flags: GraphFlags, shell: Shell): Promise<GraphFile> {
  const { output, signal, onProgress } = shell;
  if (path !== "-" && (await isFolder(path))) return readRelations(path, flags, shell);
  const { readGraphFile } = await import("../formats/graph-files.js");
  const { threads, memoryLimit, weight, format, ids, bipartite, header } = flags;
  const file = await readGraphFile(path, {
    delimiter: flags.delimiter === undefined ? undefined : delimiterOf[flags.delimiter],
    source: columnOf(flags.source),
    target: columnOf(flags.target),
    weight: weight === false ? null : columnOf(weight),
    ...{ format, header, ids, bipartite, threads, memoryLimit, signal, onProgress },
  });
  output.note(`file      ${shown(path)}: ${shown(file.understood)}`);
  return file;
}

async function isFolder(path: string): Promise<boolean> {
  const { files } = await import("#platform");
  return (await files.info(path).catch(() => null))?.kind === "folder";
}

/** Flags of how a file is understood, which a space leaves no doubt about. */
const fileFlags = ["source", "target", "delimiter", "header", "format", "ids", "bipartite"] as const;

async function readRelations(path: string, flags: GraphFlags, shell: Shell): Promise<GraphFile> {
  const foreign = fileFlags.find((name) => flags[name] !== undefined);
  if (foreign !== undefined || typeof flags.weight === "string") {
    throw new UsageError(`${flagOf(foreign ?? "weight")} is for files, ${shown(path)} is a folder`);
  }
  const { openSpace } = await import("./open-space.js");
  const { FormatError } = await import("../io/errors.js");
  const space = await openSpace(path, shell);
  const relations = await space.relations();
  if (relations === null) {
    const made = space.method === null ? "" : ` (it was made by ${space.method})`;
    throw new FormatError("unsupported", { file: path }, `a space that keeps relations was needed${made}`);
  }
  const { sources, targets, directed } = relations;
  const understood = `space of ${plural(space.length, "item")} with ${plural(sources.length, "relation")}`;
  shell.output.note(`file      ${shown(path)}: ${understood}`);
  const weights = flags.weight === false ? null : relations.weights;
  const names = await space.names();
  return { sources, targets, weights, directed, names, numNodes: space.length, nodes: null, understood };
}

/** Builds the graph of a file, with directions where flag or file say so, else as `directedOtherwise`. */
export async function buildGraph(
  file: GraphFile,
  flags: GraphFlags,
  directedOtherwise: boolean,
  { output, signal }: Shell,
): Promise<Graph> {
  const { Graph } = await import("../messages/graph.js");
  const { threads, memoryLimit, parallel, selfLoops } = flags;
  const directed = flags.directed ?? file.directed ?? (directedOtherwise && file.bipartite === undefined);
  if (directed && file.bipartite !== undefined) {
    throw new UsageError("a bipartite graph has no directions, and --directed was given");
  }
  const graph = await Graph.fromEdges(file, { directed, parallel, selfLoops, memoryLimit, threads, signal });
  noteGraph(output, graph, file);
  return graph;
}

/** Both at once. */
export async function openGraph(
  path: string,
  flags: GraphFlags,
  directedOtherwise: boolean,
  shell: Shell,
): Promise<Graph> {
  return buildGraph(await readGraph(path, flags, shell), flags, directedOtherwise, shell);
}

function noteGraph(output: Output, graph: Graph, { sources, bipartite }: GraphFile): void {
  const { dropped } = graph;
  const kinds =
    bipartite === undefined ? "" : ` (${count(bipartite)} sources, ${count(graph.numNodes - bipartite)} targets)`;
  const merged = dropped.parallel === 0 ? "" : `, ${plural(dropped.parallel, "parallel edge")} merged`;
  const loops = dropped.selfLoops === 0 ? "" : `, ${plural(dropped.selfLoops, "self-loop")} dropped`;
  const how = `${graph.directed ? "directed" : "undirected"}, ${graph.weighted ? "weighted" : "without weights"}`;
  output.note(
    `graph     ${plural(graph.numNodes, "node")}${kinds}, ${plural(sources.length, "edge")}${merged}${loops}; ${how}`,
  );
}

/** The names of the nodes, by number. */
export function namesOf(graph: Graph): string[] {
  return Array.from({ length: graph.numNodes }, (_, node) => graph.nameOf(node));
}
