import type { Command } from "commander";
import { NotFoundError } from "../../io/errors.js";
import { given } from "../../io/options.js";
import type { SearchReport } from "../../space/hnsw/filtered-search.js";
import type { Neighbor } from "../../space/neighbors.js";
import type { Space } from "../../space/space.js";
import { exitCodeOf, exitCodes, UsageError } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { count as countText, type Output, shown, type TableColumn } from "../output.js";
import { howFound } from "../search-notes.js";
import type { Perform, Shell } from "../shell.js";
import { requirePictureName } from "../write-picture.js";

interface NearFlags {
  count?: number;
  includeInputs?: boolean;
  among?: string;
  metric?: "cosine" | "dot" | "euclidean";
  threads?: number;
  exact?: boolean;
  approximate?: boolean;
  ef?: number;
  plot?: string;
  dark?: boolean;
}

/** An expression and what was found; `count` is how often a word occurs, where the space knows. */
interface Answer {
  expression: string;
  neighbors: { name: string; row: number; score: number; count?: number | null }[];
}

export function nearVerb(perform: Perform): Command {
  return verb(
    "near",
    "ask",
    "the items nearest to a name or an expression",
    "Finds the items nearest to a name or an expression: every item is compared, or, in a large space that has an index " +
      "(thing2vec index), those that a walk through it meets; which it was, and how much is found, is told. " +
      "Operators stand between spaces; a name with spaces is quoted; - alone reads expressions from standard input, one a line.",
    [
      ["near words.space paris", "the ten nearest words"],
      ["near words.space paris - france + germany", "Paris is to France as what is to Germany?"],
      [`near words.space '"new york" - usa + 0.5 * japan'`, "names with spaces, weights"],
      ["near words.space -k 3 --json - < expressions.txt", "many questions at once"],
      ["near words.space power -k 20 --plot power.svg", "also a picture of the neighborhood"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .argument("<expression...>", "a name, an expression, or -")
    .option("-k, --count <integer>", "how many to find (default 10)", number)
    .option("--include-inputs", "also show the items that the expression names")
    .option("--among <file|names>", "only these: a file with a name a line, or names separated by commas")
    .option("--metric <metric>", "cosine, dot or euclidean (default: that of the space)")
    .option("--exact", "compare every item, although there is an index")
    .option("--approximate", "use the index, although comparing every item may be as fast")
    .option("--ef <integer>", "width of the index's beams: more finds more, slower (default 64)", number)
    .option("--threads <integer>", "threads of a search (default: one a processor)", number)
    .option("--plot <file>", "also draw what was found, as .svg or .png (PNG needs sharp)")
    .option("--dark", "draw on a dark background")
    .action(
      perform(async (shell, flags: NearFlags, path: string, words: string[]) => {
        const { openSpace } = await import("../open-space.js");
        const { joinedExpression, namesOf } = await import("../name-list.js");
        const fromInput = words.length === 1 && words[0] === "-";
        if (fromInput && path === "-")
          throw new UsageError("near: standard input cannot be both space and expressions");
        if (flags.plot !== undefined) {
          if (fromInput) throw new UsageError("near: --plot draws one expression, standard input may hold many");
          requirePictureName("near", "--plot", flags.plot);
        }
        const space = await openSpace(path, shell);
        const { count, includeInputs, metric, threads } = flags;
        if (flags.plot !== undefined && (space.geometry === "poincare" || space.geometry === "lorentz"))
          throw new UsageError(`near: --plot draws flat spaces, this has geometry ${space.geometry}`);
        const among = flags.among === undefined ? undefined : await namesOf(flags.among);
        if (flags.exact && (flags.approximate || flags.ef !== undefined))
          throw new UsageError("near: --exact does not go with --approximate or --ef");
        const exact = flags.exact ? true : flags.approximate ? false : undefined;
        const told: SearchReport[] = [];
        const options = {
          ...{ count, metric, threads, excludeInputs: !includeInputs, among, signal: shell.signal },
          ...{ exact, ef: flags.ef, onSearch: (report: SearchReport) => told.push(report) },
        };
        const ask = (expressions: string[]) => space.near(expressions, given(options));

        if (!fromInput) {
          const expression = await joinedExpression(words, space);
          const [neighbors] = await ask([expression]);
          const answer = { expression, neighbors: await withCounts(neighbors, space) };
          const found = await howFound(told, space, count, shell);
          shell.output.result({ space: path, metric: metric ?? space.geometry, ...answer, ...found }, () => {
            return tableOf(answer, metric ?? space.geometry, shell.output);
          });
          if (flags.plot !== undefined) {
            const { plotNear } = await import("../near-plot.js");
            const measure = metric ?? (space.geometry as "cosine" | "dot" | "euclidean"); // of others near has no scores
            const plot = { space, expression, neighbors, metric: measure, dark: flags.dark === true };
            await plotNear(flags.plot, plot, shell);
          }
          return;
        }
        await answerLines(path, space, metric ?? space.geometry, ask, () => howFound(told, space, count, shell), shell);
      }),
    );
}

/** Answers the expressions of standard input; one that cannot be answered is an error of its own, the others go on. */
async function answerLines(
  path: string,
  space: Space,
  metric: string,
  ask: (expressions: string[]) => Promise<Neighbor[][]>,
  ways: () => Promise<object>,
  { output }: Shell,
): Promise<void> {
  const { openStream } = await import("../../io/source.js");
  const { textLines } = await import("../../evaluate/text-lines.js");
  const lines = await textLines(await openStream("-"));
  const answers: (Answer | { expression: string; neighbors: null; error: string })[] = [];
  let failure: Error | undefined;
  let failures = 0;
  const answerAll = async (expressions: string[]) => {
    const found = await ask(expressions);
    for (const [k, expression] of expressions.entries()) {
      answers.push({ expression, neighbors: await withCounts(found[k], space) });
    }
  };
  for (let first = 0; first < lines.length; first += linesAtOnce) {
    const batch = lines.slice(first, first + linesAtOnce);
    try {
      await answerAll(batch.map(({ text }) => text));
    } catch (error) {
      if (!isOfOneLine(error)) throw error;
      for (const { text, line } of batch) {
        try {
          await answerAll([text]);
        } catch (error) {
          if (!isOfOneLine(error)) throw error;
          failure ??= error;
          failures++;
          answers.push({ expression: text, neighbors: null, error: error.message });
          output.error(`<stdin> line ${line}: ${error.message}`);
        }
      }
    }
  }
  const found = await ways();
  output.result({ space: path, metric, answers, ...found }, () =>
    answers
      .filter((answer) => answer.neighbors !== null)
      .map((answer) => tableOf(answer, metric, output))
      .join("\n"),
  );
  if (failure === undefined) return;
  const message = `near: ${failures} of ${lines.length} expressions were not answered`;
  throw failure instanceof NotFoundError ? new NotFoundError(message, failure.item) : new UsageError(message);
}

/** Expressions that are searched for together. */
const linesAtOnce = 128;

function isOfOneLine(error: unknown): error is Error {
  const code = exitCodeOf(error);
  return error instanceof Error && (code === exitCodes.notFound || error.name === "ExpressionError");
}

async function withCounts(neighbors: readonly Neighbor[], space: Space): Promise<Answer["neighbors"]> {
  const counts = (await space.columns()).get("count");
  return neighbors.map(({ name, row, score }) => {
    const value = counts?.[row];
    return value === undefined
      ? { name, row, score }
      : { name, row, score, count: value === null ? null : Number(value) };
  });
}

function tableOf({ expression, neighbors }: Answer, metric: string, output: Output): string {
  const columns: TableColumn[] = [
    { title: shown(expression), cells: neighbors.map(({ name }) => shown(name)) },
    { title: titles[metric] ?? metric, cells: neighbors.map(({ score }) => score.toFixed(4)), right: true },
  ];
  if (neighbors.some(({ count }) => count !== undefined)) {
    const cells = neighbors.map(({ count }) => (count === undefined || count === null ? "-" : countText(count)));
    columns.push({ title: "count", cells, right: true });
  }
  return output.table(columns);
}

const titles: Readonly<Record<string, string>> = {
  cosine: "similarity",
  dot: "dot product",
  euclidean: "distance",
  poincare: "distance",
  lorentz: "distance",
};
