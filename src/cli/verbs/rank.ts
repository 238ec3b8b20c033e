import { type Command, Option } from "commander";
import type { Column, Table } from "../../formats/table.js";
import type { PageRank } from "../../graphs/pagerank.js";
import type { NodeDistribution } from "../../graphs/pagerank-distribution.js";
import type { RankedNode } from "../../graphs/rank-table.js";
import { NotFoundError } from "../../io/errors.js";
import type { Graph } from "../../messages/graph.js";
import { UsageError, writing } from "../exit-codes.js";
import { list, number, several, verb } from "../flags.js";
import { type GraphFlags, namesOf, openGraph, withGraphFlags } from "../open-graph.js";
import { plural, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";
import { writeTable } from "../write-table.js";

interface RankFlags extends GraphFlags {
  count?: number;
  damping?: number;
  tolerance?: number;
  maxIterations?: number;
  from?: string[];
  reverse?: boolean;
  output?: string;
  into?: string;
  listing?: "dense" | "sparse";
}

export function rankVerb(perform: Perform): Command {
  const command = verb(
    "rank",
    "ask",
    "the most important nodes of a graph (PageRank)",
    "Ranks the nodes of a graph by PageRank: a node is important where important nodes point to it. The walker follows an " +
      "edge with the chance --damping and else jumps, anywhere or to the nodes of --from.",
    [
      ["rank web.txt.gz", "the top 10 of a web"],
      ["rank results.csv --source loser --target winner --weight points", "better teams beat better teams"],
      ["rank friends.csv --no-directed --from ann,bob -k 20", "who is near to Ann and Bob"],
      ["rank web.txt.gz -o ranks.parquet", "all ranks as a table"],
      ["rank edges.csv --into edges.space", "ranks as a column of the space of the same nodes"],
    ],
  )
    .argument("<edges>", "a file of edges, or a space that keeps them")
    .option("-k, --count <integer>", "how many nodes to show (default 10)", number)
    .option("-o, --output <file>", "write all ranks, best first, as .csv or .parquet")
    .option("--into <space>", "keep all ranks as a column of this space, whose items are the nodes by name")
    .option("--damping <number>", "chance to follow an edge (default 0.85)", number)
    .option("--tolerance <number>", "stop where all ranks together change by less (default 1e-8)", number)
    .option("--max-iterations <integer>", "stop after so many (default 1000)", number)
    .option(
      "--from <names>",
      "jump to these nodes only, separated by commas; again for another ranking at once",
      (text: string, before: string[] | undefined) => several(text, before),
    )
    .addOption(
      new Option(
        "--listing <form>",
        "as it is taught: the whole matrix, or sparse with a tax; nodes without out-edges lose rank",
      ).choices(["dense", "sparse"]),
    );
  return withGraphFlags(command, "directed").action(
    perform(async (shell, flags: RankFlags, path: string) => {
      const { output, signal, onProgress } = shell;
      const top = flags.count ?? 10;
      if (!Number.isInteger(top) || top < 1) throw new UsageError(`rank: --count must be an integer >= 1, got ${top}`);
      const { pageRank } = await import("../../graphs/pagerank.js");
      const graph = await openGraph(path, flags, true, shell);
      if (flags.listing !== undefined) {
        await taught(graph, flags.listing, flags, top, shell);
        return;
      }
      const names = namesOf(graph);
      const { damping, tolerance, maxIterations, threads } = flags;
      const known = new Set(flags.from === undefined ? [] : names);
      const personalization = flags.from?.map((text) => startOf(text, known)) ?? null;
      const options = { damping, tolerance, maxIterations, threads, signal, onProgress };
      const rankings =
        personalization === null
          ? [await pageRank(graph, options)]
          : await pageRank(graph, { ...options, personalization });
      const titles = flags.from === undefined ? ["rank"] : flags.from.map((text) => `rank from ${text}`);
      for (const [k, ranking] of rankings.entries()) {
        output.note(
          `ranked    ${flags.from === undefined ? "" : `from ${shown(flags.from[k])}: `}${reportOf(ranking)}`,
        );
        if (!ranking.converged)
          output.warn("not converged: --max-iterations or --tolerance allow more; ranks are given as they are");
      }
      const { rankTable, topRanks } = await import("../../graphs/rank-table.js");
      if (flags.output !== undefined) {
        const [first] = rankings;
        const all = topRanks(graph, first.ranks);
        const table = flags.from === undefined ? rankTable(all) : severalOf(all, rankings, titles);
        await writing(() => writeTable("rank", flags.output as string, table));
        output.note(`wrote     ${shown(flags.output)}: ${plural(names.length, "node")}`);
      }
      if (flags.into !== undefined) await keepInSpace(flags.into, graph, rankings, titles, shell);
      const results = rankings.map((ranking, k) => {
        const { ranks, iterations, residual, converged, errorBound } = ranking;
        const nodes = topRanks(graph, ranks, top);
        return {
          from: flags.from?.[k] ?? null,
          iterations,
          residual,
          converged,
          errorBound,
          nodes,
        };
      });
      output.result(flags.from === undefined ? results[0] : results, () =>
        results
          .map(({ from, nodes }) => {
            const table = output.table([
              { title: from === null ? "node" : `from ${shown(from)}`, cells: nodes.map(({ name }) => shown(name)) },
              { title: "rank", cells: nodes.map(({ rank }) => rank.toPrecision(6)), right: true },
            ]);
            return table;
          })
          .join("\n"),
      );
    }),
  );
}

/** One of the listings by which PageRank is taught, and what its ranks sum to. */
async function taught(
  graph: Graph,
  listing: "dense" | "sparse",
  flags: RankFlags,
  top: number,
  { output }: Shell,
): Promise<void> {
  const foreign = (["from", "into", "output"] as const).find((name) => flags[name] !== undefined);
  if (foreign !== undefined) throw new UsageError(`rank: --listing shows ranks only, --${foreign} goes without it`);
  const { densePageRank, sparsePageRank } = await import("../../graphs/pagerank-listings.js");
  const { topRanks } = await import("../../graphs/rank-table.js");
  const { damping, tolerance: epsilon, maxIterations } = flags;
  const run = listing === "dense" ? densePageRank : sparsePageRank;
  const { ranks, iterations } = run(graph, { damping, epsilon, maxIterations });
  const sum = ranks.reduce((total, rank) => total + rank, 0);
  const lost = Math.abs(sum - 1) < 1e-3 ? "" : ": nodes without out-edges lose the rest at each step";
  output.note(`listing   ${listing}, ${plural(iterations, "iteration")}; ranks sum to ${sum.toPrecision(4)}${lost}`);
  const nodes = topRanks(graph, ranks, top);
  output.result({ listing, iterations, sum, nodes }, () =>
    output.table([
      { title: "node", cells: nodes.map(({ name }) => shown(name)) },
      { title: "rank", cells: nodes.map(({ rank }) => rank.toPrecision(6)), right: true },
    ]),
  );
}

/** Ranks as columns of a space, which becomes its next generation. */
async function keepInSpace(
  path: string,
  graph: Graph,
  rankings: readonly PageRank[],
  titles: readonly string[],
  shell: Shell,
): Promise<void> {
  const { output, signal } = shell;
  const { inputKind, wrongKind } = await import("../input-kind.js");
  const { openSpace } = await import("../open-space.js");
  const { rankColumn } = await import("../../graphs/rank-table.js");
  const kind = await inputKind(path);
  if (kind.kind !== "space") throw wrongKind(path, "a space", kind);
  const space = await openSpace(path, shell);
  const names = await space.names();
  let known = 0;
  for (const [k, { ranks }] of rankings.entries()) {
    const { column, found } = rankColumn(graph, ranks, names);
    known = found;
    if (found === 0) throw new UsageError(`rank: no item of ${shown(path)} is a node of the graph (--into)`);
    await space.setColumn(titles[k], column);
  }
  await writing(() => space.save(path, signal));
  const rest = space.length - known;
  const without = rest === 0 ? "" : `, ${plural(rest, "item")} without, being no ${rest === 1 ? "node" : "nodes"}`;
  const columns = `${plural(titles.length, "column")} ${titles.map(shown).join(", ")}`;
  output.note(`into      ${shown(path)}: ${columns} for ${plural(known, "item")}${without}`);
}

/** The nodes of `--from`, all alike; a text that is a node's name as it stands is that node, commas and all. */
function startOf(text: string, names: ReadonlySet<string>): NodeDistribution {
  const shares = new Map<string, number>();
  for (const name of names.has(text) ? [text] : list(text)) {
    if (!names.has(name)) throw new NotFoundError(`rank: there is no node ${shown(name)} (--from)`, name);
    shares.set(name, 1);
  }
  return shares;
}

function reportOf({ iterations, residual, errorBound }: PageRank): string {
  return `${plural(iterations, "iteration")}, last change ${residual.toExponential(1)}, at most ${errorBound.toExponential(1)} from exact`;
}

/** A column of ranks for each ranking, the nodes by the first of them. */
function severalOf(nodes: readonly RankedNode[], rankings: readonly PageRank[], titles: readonly string[]): Table {
  const columns = new Map<string, Column>([["node", nodes.map(({ name }) => name)]]);
  for (const [k, { ranks }] of rankings.entries()) {
    columns.set(
      titles[k],
      Float64Array.from(nodes, ({ node }) => ranks[node]),
    );
  }
  return { rows: nodes.length, columns };
}
