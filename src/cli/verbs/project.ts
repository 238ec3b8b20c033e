import { type Command, Option } from "commander";
import type { JsonObject } from "../../io/json.js";
import type { MethodOptions, ProjectedSpace, ProjectionMethod, ProjectOptions } from "../../maps/project.js";
import { UsageError, writing } from "../exit-codes.js";
import { list, number, verb } from "../flags.js";
import { commandText, type Output, percent, plural, shown } from "../output.js";
import { qualityLine } from "../quality-line.js";
import type { Perform } from "../shell.js";

interface ProjectFlags {
  method?: ProjectionMethod;
  dimensions?: number;
  columns?: string[];
  output?: string;
  vectors?: boolean;
  seed?: number;
  threads?: number;
  [option: string]: unknown;
}

/** Options of one method alone, as the library calls them. */
const own: Readonly<Record<ProjectionMethod, readonly string[]>> = {
  pca: ["normalize"],
  umap: ["neighbors", "minDist", "epochs", "metric"],
  tsne: ["perplexity", "iterations", "metric"],
};

export function projectVerb(perform: Perform): Command {
  return verb(
    "project",
    "look",
    "place the items of a space in a few dimensions, as columns of it",
    "Projects a space by UMAP, t-SNE or PCA, and keeps the coordinates as columns, with settings, seed and quality. Columns x " +
      "and y are those that map draws.",
    [
      ["project words.space", "UMAP to two dimensions, columns x and y"],
      ["project words.space --method tsne --perplexity 50 --columns a,b", "another map beside it"],
      ["project words.space --dimensions 10 --vectors -o words10.space", "a space of its own with 10 dimensions"],
      ["evaluate words.space --projection x,y", "how far the map may be believed"],
    ],
  )
    .argument("<space>", "a space")
    .addOption(new Option("--method <method>", "umap, tsne or pca (default umap)").choices(["umap", "tsne", "pca"]))
    .option("--dimensions <integer>", "how many (default 2; t-SNE has no others)", number)
    .option(
      "--columns <names>",
      "names of the columns, separated by commas (default x, y, z, or METHOD1, METHOD2, ...)",
      list,
    )
    .option("--vectors", "make the coordinates the vectors of the space of --output, instead of columns")
    .option("-o, --output <name.space>", "write another space (default: the next generation of the same)")
    .option("--neighbors <integer>", "of UMAP: size of a neighborhood, the item itself counted (default 15)", number)
    .option("--min-dist <number>", "of UMAP: distance at which neighbors are content (default 0.1)", number)
    .option("--epochs <integer>", "of UMAP: passes (default 500 up to 10,000 items, else 200)", number)
    .option("--perplexity <number>", "of t-SNE: about how many neighbors an item has (default 30)", number)
    .option("--iterations <integer>", "of t-SNE: steps (default 750)", number)
    .option("--normalize", "of PCA: scale vectors to length 1 first (default: where the geometry is cosine)")
    .option("--no-normalize", "of PCA: take them as they are")
    .addOption(
      new Option("--metric <metric>", "of UMAP and t-SNE: cosine or euclidean (default: that of the space)").choices([
        "cosine",
        "euclidean",
      ]),
    )
    .option("--seed <integer>", "of what is drawn (default 1)", number)
    .option("--threads <integer>", "threads (default: one a processor); the result does not depend on it", number)
    .action(
      perform(async (shell, flags: ProjectFlags, path: string) => {
        const { output, signal, onProgress } = shell;
        const { output: file, method = "umap", vectors = false, ...rest } = flags;
        requireOwn(method, rest);
        if (vectors && file === undefined) throw new UsageError("project: --vectors needs --output, another space");
        if (vectors && flags.columns !== undefined)
          throw new UsageError("project: --columns and --vectors exclude each other");
        const { inputKind, wrongKind } = await import("../input-kind.js");
        const { openSpace } = await import("../open-space.js");
        const { judgedProjection, project } = await import("../../maps/project.js");
        const kind = await inputKind(path);
        if (kind.kind !== "space" && file === undefined) throw wrongKind(path, "a space", kind);
        const space = await openSpace(path, shell);
        const options = { method, ...rest, signal, onProgress, onWarning: (message: string) => output.warn(message) };
        const target = file ?? path;
        if (vectors) {
          const { projectedSpace } = await import("../../maps/projected-space.js");
          const { projection, quality } = await judgedProjection(space, options as MethodOptions);
          const made = shell.use(await projectedSpace(space, projection));
          await writing(() => made.save(target, signal));
          output.note(
            `wrote     ${shown(target)}: ${plural(space.length, "item")}, ${plural(made.dimensions, "dimension")}`,
          );
          tell({ space: target, method, columns: null, projection, quality }, output);
          return;
        }
        const { projection, columns, quality } = await project(space, options as ProjectOptions);
        await writing(() => space.save(target, signal));
        output.note(`into      ${shown(target)}: ${plural(columns.length, "column")} ${columns.map(shown).join(", ")}`);
        tell({ space: target, method, columns, projection, quality }, output);
        if (columns.length === 2 && columns[0] === "x" && columns[1] === "y")
          output.note(`\nnext\n  ${commandText("map", [target])}`);
      }),
    );
}

/** What was done, and how far it may be believed. */
function tell(
  {
    projection,
    quality,
    ...about
  }: Omit<ProjectedSpace, "columns"> & { space: string; method: string; columns: readonly string[] | null },
  output: Output,
): void {
  const { settings, seed, metrics } = projection;
  output.result({ ...about, settings, seed, metrics, quality }, () =>
    [...figuresOf(metrics), ...(quality === null ? [] : [qualityLine(quality)])].map((line) => `${line}\n`).join(""),
  );
}

/** Shares of the variance that are shown, of the first components. */
const mostShares = 10;

/** What the method itself measured, in lines. */
function figuresOf({ explainedVarianceRatio, divergence }: JsonObject): string[] {
  const lines: string[] = [];
  if (Array.isArray(explainedVarianceRatio)) {
    const shares = explainedVarianceRatio.slice(0, mostShares).map((share) => percent(Number(share)));
    const more = explainedVarianceRatio.length > mostShares ? ", ..." : "";
    lines.push(`variance         ${shares.join(", ")}${more}`);
  }
  if (typeof divergence === "number")
    lines.push(`divergence       ${divergence.toFixed(4)}  nats (Kullback-Leibler); comparable at equal perplexity`);
  return lines;
}

/** Refuses flags that the method has no use for. */
function requireOwn(method: ProjectionMethod, flags: object): void {
  const others = new Set(
    Object.values(own)
      .flat()
      .filter((name) => !own[method].includes(name)),
  );
  const idle = Object.keys(flags).find((name) => others.has(name));
  if (idle === undefined) return;
  const flag = idle.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const whose = Object.entries(own).flatMap(([other, names]) => (names.includes(idle) ? [other] : []));
  throw new UsageError(`project: --${flag} has no effect with --method ${method}, only with ${whose.join(", ")}`);
}
