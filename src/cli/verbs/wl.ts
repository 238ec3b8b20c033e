import type { Command } from "commander";
import type { Column } from "../../formats/table.js";
import type { IsomorphismResult, Witness } from "../../graphs/weisfeiler-lehman/isomorphism.js";
import type { LabeledGraph } from "../../graphs/weisfeiler-lehman/labeled-graph.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, several, verb } from "../flags.js";
import { labelNames, tablesOf, tableWith } from "../node-tables.js";
import { buildGraph, type GraphFlags, namesOf, readGraph, withGraphFlags } from "../open-graph.js";
import { count, plural, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";
import { writeTable } from "../write-table.js";

interface WlFlags extends GraphFlags {
  nodes?: string[];
  label?: string;
  edgeLabels?: boolean;
  rounds?: number;
  dimension?: number;
  output?: string;
}

/** Colors and pairs of nodes that are listed on a terminal. */
const mostListed = 20;

export function wlVerb(perform: Perform): Command {
  const command = verb(
    "wl",
    "ask",
    "colors of nodes that look alike, and whether two graphs are the same (Weisfeiler-Leman)",
    "Of one graph: colors its nodes by their surroundings until nothing splits, and prints the graph's hash, which " +
      "isomorphic graphs share. Of two: says whether they are the same but for the numbering of their nodes, with a " +
      "mapping or with a reason; the answer is always right.",
    [
      ["wl molecule.csv", "classes of nodes that color refinement cannot tell apart"],
      ["wl web.tsv -o colors.csv", "the color of every node as a table"],
      ["wl a.csv b.csv", "are they isomorphic?"],
      ["wl ethanol.csv --nodes atoms.csv --label element --edge-labels", "atoms and bonds of different kinds"],
      ["wl a.csv b.csv --dimension 2", "the folklore 2-dimensional test instead"],
    ],
  )
    .argument("<graph>", "a file of edges, or a space that keeps them")
    .argument("[other]", "another, to be compared")
    .option("--rounds <integer>", "of one graph: at most so many rounds (default: until nothing splits)", number)
    .option("--dimension <integer>", "of two graphs: the folklore test of pairs (2) or triples (3) of nodes", number)
    .option("-o, --output <file>", "of one graph: write node and color, as .csv or .parquet")
    .option(
      "--nodes <file>",
      "a table of the nodes' labels; of two graphs the first's, given again the second's",
      (text: string, before: string[] | undefined) => several(text, before),
    )
    .option(
      "--label <column>",
      "column of the labels (default: label, class, y or target; of the file itself if named)",
    )
    .option(
      "--edge-labels",
      "edges are of different kinds, by their weights; of several between two nodes the first counts",
    );
  return withGraphFlags(command, "undirected").action(
    perform(async (shell, flags: WlFlags, path: string, other: string | undefined) => {
      const [own, others = own] = flags.nodes ?? [];
      if ((flags.nodes?.length ?? 0) > (other === undefined ? 1 : 2)) {
        throw new UsageError("wl: --nodes is given once for each graph");
      }
      const graph = await openLabeled(path, own, flags, shell);
      if (other === undefined) {
        if (flags.dimension !== undefined) throw new UsageError("wl: --dimension compares two graphs, got one");
        await color(graph, flags, shell);
        return;
      }
      for (const name of ["rounds", "output"] as const) {
        if (flags[name] !== undefined) throw new UsageError(`wl: --${name} is for one graph, got two`);
      }
      const second = await openLabeled(other, others, flags, shell);
      if (flags.dimension === undefined) await compare(graph, second, shell);
      else await compareTuples(graph, second, flags.dimension, shell);
    }),
  );
}

/** A graph, and the labels of its nodes and edges that flags ask for. */
async function openLabeled(
  path: string,
  nodes: string | undefined,
  flags: WlFlags,
  shell: Shell,
): Promise<LabeledGraph> {
  if (flags.edgeLabels && flags.parallel === "sum")
    throw new UsageError("wl: kinds of edges do not add up; --parallel takes first (default here) or refuse");
  const building = flags.edgeLabels ? { ...flags, parallel: flags.parallel ?? ("first" as const) } : flags;
  const file = await readGraph(path, flags, shell);
  const tables = await tablesOf(path, file, nodes === undefined ? [] : [nodes], flags, shell);
  const labels = tableWith(tables, flags.label, labelNames, "label");
  if (labels === null && nodes !== undefined) {
    throw new UsageError(`wl: ${shown(nodes)} has no column ${labelNames.join(", ")}; --label names one`);
  }
  const edgeLabels = flags.edgeLabels ? ("weights" as const) : undefined;
  if (labels === null) return { graph: await buildGraph(file, building, false, shell), edgeLabels };
  const { joinNodes } = await import("../../formats/node-data.js");
  const joined = joinNodes(file, { labels });
  shell.output.note(`joined    ${joined.understood}`);
  const graph = await buildGraph(joined.graph, building, false, shell);
  const { of, classes } = joined.labels as NonNullable<typeof joined.labels>;
  if (of === null) throw new UsageError("wl: a node has several labels");
  const missing = of.indexOf(-1);
  if (missing >= 0) throw new UsageError(`wl: the node ${shown(graph.nameOf(missing))} has no label`);
  return { graph, nodeLabels: Array.from(of, (label) => classes[label]), edgeLabels };
}

async function color(input: LabeledGraph, { rounds, output: target }: WlFlags, { output, signal, onProgress }: Shell) {
  const { colorRefinement } = await import("../../graphs/weisfeiler-lehman/refinement.js");
  const { graphHash } = await import("../../graphs/weisfeiler-lehman/graph-hash.js");
  const { colors, numColors, colorsByRound, stable } = await colorRefinement(input, { rounds, signal, onProgress });
  const hash = await graphHash(input, { signal });
  const names = namesOf(input.graph);
  if (target !== undefined) {
    const columns = new Map<string, Column>([
      ["node", names],
      ["color", Int32Array.from(colors)],
    ]);
    await writing(() => writeTable("wl", target, { rows: names.length, columns }));
    output.note(`wrote     ${shown(target)}: ${count(names.length)} nodes`);
  }
  const members = new Map<number, number[]>();
  for (const [node, own] of colors.entries()) members.set(own, [...(members.get(own) ?? []).slice(0, 3), node]);
  const sizes = new Map<number, number>();
  for (const own of colors) sizes.set(own, (sizes.get(own) ?? 0) + 1);
  const classes = [...sizes].sort(([a, m], [b, n]) => n - m || a - b);
  output.result({ hash, numColors, colorsByRound, stable, colors: [...colors] }, () => {
    const listed = classes.slice(0, mostListed);
    const table = output.table([
      { title: "color", cells: listed.map(([own]) => String(own)), right: true },
      { title: "nodes", cells: listed.map(([, size]) => count(size)), right: true },
      { title: "such as", cells: listed.map(([own]) => examples(names, members.get(own) ?? [])) },
    ]);
    const more = classes.length > mostListed ? `and ${count(classes.length - mostListed)} more\n` : "";
    const steps = `${colorsByRound.map(count).join(", ")}${stable ? " (stable)" : " (more rounds may split them)"}`;
    return `${table}${more}\ncolors by round  ${steps}\nhash             ${hash}\n`;
  });
}

function examples(names: readonly string[], nodes: readonly number[]): string {
  return nodes
    .slice(0, 3)
    .map((node) => shown(names[node]))
    .join(", ");
}

async function compare(first: LabeledGraph, second: LabeledGraph, { output, signal }: Shell) {
  const { isomorphism } = await import("../../graphs/weisfeiler-lehman/isomorphism.js");
  const result = await isomorphism(first, second, { signal });
  const [from, to] = [namesOf(first.graph), namesOf(second.graph)];
  const value = result.isomorphic
    ? { isomorphic: true, mapping: [...result.mapping].map((node, k) => [from[k], to[node]]) }
    : result;
  output.result(value, () =>
    result.isomorphic ? mapped(result, from, to) : `not isomorphic: ${reasonOf(result.witness, from, to)}\n`,
  );
}

function mapped({ mapping }: IsomorphismResult & { isomorphic: true }, from: string[], to: string[]): string {
  const lines = [...mapping.subarray(0, mostListed)].map((node, k) => `  ${shown(from[k])} -> ${shown(to[node])}\n`);
  const more = mapping.length > mostListed ? `  and ${count(mapping.length - mostListed)} more (--json has all)\n` : "";
  return `isomorphic, by\n${lines.join("")}${more}`;
}

function reasonOf(witness: Witness, from: readonly string[], to: readonly string[]): string {
  switch (witness.kind) {
    case "directed":
      return "one is directed, the other is not";
    case "nodes":
    case "arcs": {
      const [a, b] = witness.counts;
      return `${count(a)} and ${count(b)} ${witness.kind === "nodes" ? "nodes" : "entries of the adjacency matrix"}`;
    }
    case "colors": {
      const [a, b] = witness.counts;
      const such = witness.nodes.map((node, k) => (node === null ? null : shown((k === 0 ? from : to)[node])));
      const example = such[0] ?? such[1];
      const like = example === null ? "" : `, such as ${example} of the ${such[0] === null ? "second" : "first"}`;
      return `after ${plural(witness.round, "round")} a color has ${plural(a, "node")} in the first and ${count(b)} in the second${like}`;
    }
    case "search":
      return `colors tell nothing, and ${plural(witness.assignments, "assignment")} all ended in a contradiction`;
  }
}

async function compareTuples(first: LabeledGraph, second: LabeledGraph, dimension: number, { output, signal }: Shell) {
  const { folkloreComparison } = await import("../../graphs/weisfeiler-lehman/folklore.js");
  const result = await folkloreComparison(first, second, { dimension, signal });
  output.result({ dimension, ...result }, () =>
    result.distinguished
      ? `told apart in round ${result.round}: not isomorphic\n`
      : `not told apart, stable after ${plural(result.round, "round")} with ${count(result.numColors)} colors: perhaps isomorphic\n`,
  );
}
