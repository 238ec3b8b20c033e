import { type Command, Option } from "commander";
import type { EdgeListOptions } from "../formats/edge-list.js";
import type { GraphFile } from "../formats/graph-file.js";
import type { Graph, GraphOptions } from "../messages/graph.js";
import { UsageError } from "./exit-codes.js";
import { number, size } from "./flags.js";
import { count, type Output, plural, shown } from "./output.js";
import type { Shell } from "./shell.js";

/** Flags of how a file of edges is understood, and of the graph that becomes of it. */
export interface GraphFlags extends Pick<GraphOptions, "directed" | "parallel" | "selfLoops"> {
  source?: string;
  target?: string;
  weight?: string | false;
  delimiter?: string;
  header?: boolean;
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
    .option("--source <column>", "column of the sources, by name or number (default: found by the header, else 1)")
    .option("--target <column>", "column of the targets (default: found by the header, else 2)")
    .option("--weight <column>", "column of the weights (default: found by the header, or a third of numbers)")
    .option("--no-weight", "all edges weigh 1")
    .addOption(
      new Option("--delimiter <what>", "what separates columns (default: found)").choices([
        ...["comma", "tab", "semicolon", "pipe", "space"],
      ]),
    )
    .option("--header", "the first line names the columns (default: found)")
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

const delimiterOf: Readonly<Record<string, EdgeListOptions["delimiter"]>> = {
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

export interface OpenedGraph {
  readonly graph: Graph;
  readonly file: GraphFile;
}

/** Reads a file of edges, says how it was understood, and builds its graph. */
export async function openGraph(
  path: string,
  flags: GraphFlags,
  directedOtherwise: boolean,
  { output, signal, onProgress }: Shell,
): Promise<OpenedGraph> {
  const { readEdgeList } = await import("../formats/edge-list.js");
  const { openStream } = await import("../io/source.js");
  const { Graph } = await import("../messages/graph.js");
  const { threads, memoryLimit, parallel, selfLoops, weight } = flags;
  const file = await readEdgeList(await openStream(path), {
    delimiter: flags.delimiter === undefined ? "auto" : delimiterOf[flags.delimiter],
    header: flags.header ?? "auto",
    source: columnOf(flags.source),
    target: columnOf(flags.target),
    weight: weight === false ? null : columnOf(weight),
    ...{ ids: flags.ids, bipartite: flags.bipartite, threads, memoryLimit, signal, onProgress },
  });
  const directed = flags.directed ?? file.directed ?? directedOtherwise;
  if (directed && file.bipartite !== undefined) {
    throw new UsageError(`${shown(path)}: a bipartite graph has no directions, and --directed was given`);
  }
  const graph = await Graph.fromEdges(file, { directed, parallel, selfLoops, memoryLimit, threads, signal });
  noteGraph(output, path, graph, file);
  return { graph, file };
}

function noteGraph(output: Output, path: string, graph: Graph, { understood, sources, bipartite }: GraphFile): void {
  const { dropped } = graph;
  output.note(`file      ${shown(path)}: ${shown(understood)}`);
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
