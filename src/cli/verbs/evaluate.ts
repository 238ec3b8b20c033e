import { type Command, Option } from "commander";
import type { AnalogyReport, AnalogyScore } from "../../evaluate/analogies.js";
import type { Evaluation, Statistic } from "../../evaluate/evaluate.js";
import type { LabelReport } from "../../evaluate/item-labels.js";
import type { UnknownWord } from "../../evaluate/word-lookup.js";
import type { SimilarityReport } from "../../evaluate/word-similarity.js";
import type { MapQuality } from "../../maps/quality.js";
import type { Space } from "../../space/space.js";
import {
  type EvaluatePicturesFlags,
  evaluateSpacesOfPictures,
  pictureText,
  withPictures,
} from "../evaluate-pictures.js";
import { UsageError } from "../exit-codes.js";
import { list, number, several, verb } from "../flags.js";
import { sides } from "../open-pictures.js";
import { type Output, percent, shown } from "../output.js";
import { qualityLine } from "../quality-line.js";
import type { Perform, Shell } from "../shell.js";

interface EvaluateFlags extends EvaluatePicturesFlags {
  analogies?: string[];
  similarity?: string[];
  labels?: string[];
  repeats?: number;
  method?: "3CosAdd" | "3CosMul";
  includeInputs?: boolean;
  caseFold?: "auto" | "always" | "never";
  restrict?: number;
  projection?: string[];
  neighbors?: number;
  threads?: number;
}

/** Columns of a space as a map of it, and how far that may be believed. */
interface ProjectionReport {
  columns: string[];
  /** What made them, where the space tells. */
  method: string | null;
  quality: MapQuality;
}

export function evaluateVerb(perform: Perform): Command {
  return verb(
    "evaluate",
    "ask",
    "how good vectors are, by analogies, similarities and labels, maps, by neighbors, and spaces of pictures",
    "Puts test sets to one or more spaces; of several, such as runs of different seeds, mean and deviation are shown. " +
      "Questions with unknown words are left out; how many, and which words, is shown. Of a space of pictures: what the codes " +
      "lose of pictures it was not trained on, how alike its samples are to these, and whether they repeat training pictures.",
    [
      ["evaluate words.space --analogies questions-words.txt", "accuracy by section, semantic, syntactic, in all"],
      ["evaluate words.space --similarity wordsim353.tsv", "Spearman's rank correlation with people's judgement"],
      ["evaluate friends.space --labels nodes.csv --label team", "how well vectors of nodes tell their labels"],
      ["evaluate words.space --projection x,y", "how far a map of the space may be believed"],
      ["evaluate faces.space --pictures faces/ --label gender", "of pictures: errors, samples, copies"],
      ["evaluate seed1.space seed2.space seed3.space --analogies questions-words.txt", "mean and deviation"],
    ],
  )
    .argument("<space...>", "spaces, or files of vectors")
    .option("--analogies <file>", "questions in the format of questions-words.txt; may be given several times", several)
    .option("--similarity <file>", "lines of two words and a number; may be given several times", several)
    .option("--labels <file>", "a table of items and labels, several rows an item for several labels", several)
    .option(
      "--label <column>",
      "column of the labels, or of the classes of pictures (default: label, class, y or target)",
    )
    .option(
      "--repeats <integer>",
      "of labels: draws of the half to learn from, of which the mean is shown (default 1)",
      number,
    )
    .option("--seed <integer>", "of these draws, and of samples (default 1)", number)
    .addOption(new Option("--method <rule>", "rule of the analogies (default 3CosAdd)").choices(["3CosAdd", "3CosMul"]))
    .option("--include-inputs", "let the words of a question be its answer")
    .addOption(
      new Option(
        "--case-fold <when>",
        "look words up in lower case (default auto: where the space has no capitals)",
      ).choices(["auto", "always", "never"]),
    )
    .option("--restrict <integer>", "only the first, usually most frequent, items (default all)", number)
    .option(
      "--projection <columns>",
      "columns that hold a map of the space, x,y as a rule; may be given several times",
      several,
    )
    .option("--neighbors <integer>", "of a map: how many nearest are compared (default 15)", number)
    .option("--threads <integer>", "of a map: threads (default: one a processor)", number)
    .option("--pictures <path>", "what a space of pictures was made of: a folder, a sprite sheet or an IDX file")
    .option("--held-out <path>", "pictures to judge it by (default: those that its training held out)")
    .option(
      "--classifier <file.onnx>",
      "by whose features samples are compared; learned from --label and kept there where there is none",
    )
    .option(
      "--samples <integer>",
      "pictures made from codes at random (default: as many as are held out, to 2000)",
      number,
    )
    .option("--tile <pixels>", "of a sprite sheet: side of a tile, or width x height", sides)
    .option("--table <file>", "of a sprite sheet: the table that names its tiles, of which the space was made")
    .action(
      perform(async (shell, flags: EvaluateFlags, paths: string[]) => {
        const {
          analogies = [],
          similarity = [],
          labels = [],
          label,
          repeats,
          seed,
          method,
          includeInputs,
          caseFold,
          restrict,
        } = flags;
        const maps = (flags.projection ?? []).map(list);
        const ofPictures = withPictures(flags);
        if (analogies.length + similarity.length + labels.length + maps.length === 0 && !ofPictures) {
          throw new UsageError(
            "evaluate: a test is needed: --analogies, --similarity or --labels FILE, --projection COLUMNS, or --pictures PATH",
          );
        }
        const idle = maps.length > 0 ? undefined : (["neighbors", "threads"] as const).find((name) => name in flags);
        if (idle !== undefined) throw new UsageError(`evaluate: --${idle} has no effect without --projection`);
        const { openStream } = await import("../../io/source.js");
        const { readAnalogies } = await import("../../evaluate/analogy-questions.js");
        const { readWordPairs } = await import("../../evaluate/word-pairs.js");
        const { readItemLabels } = await import("../../evaluate/read-item-labels.js");
        const { evaluateMany } = await import("../../evaluate/evaluate.js");
        const { openSpace } = await import("../open-space.js");
        const tests = {
          analogies: await inOrder(analogies, async (file) => readAnalogies(await openStream(file))),
          similarity: await inOrder(similarity, async (file) => readWordPairs(await openStream(file))),
          labels: await inOrder(labels, async (file) => readItemLabels(await openStream(file), { column: label })),
        };
        const opened = await inOrder(paths, (path) => openSpace(path, shell));
        const spaces = await inOrder(opened, async (space) => {
          const names = await space.names();
          return { vectors: await space.vectors(), indexOf: (name: string) => names.indexOf(name) };
        });
        const options = {
          method,
          includeInputs,
          caseFold,
          restrict,
          repeats,
          seed,
          signal: shell.signal,
          onProgress: shell.onProgress,
        };
        const { evaluations, statistics } = await evaluateMany(spaces, tests, options);
        const projections = await inOrder(opened, (space) =>
          inOrder(maps, (columns) => judge(space, columns, flags, shell)),
        );
        const pictures = ofPictures ? await evaluateSpacesOfPictures(opened, flags, shell) : [];
        const value = {
          spaces: paths.map((space, k) => ({
            ...{ space, ...evaluations[k] },
            ...(ofPictures ? { pictures: pictures[k] } : {}),
            ...(maps.length > 0 ? { projections: projections[k] } : {}),
          })),
          statistics,
        };
        shell.output.result(value, () =>
          [
            ...(analogies.length + similarity.length + labels.length > 0
              ? [textOf(paths, evaluations, statistics, shell.output)]
              : []),
            ...paths.flatMap((path, k) => projections[k].map((report) => projectionText(path, report))),
            ...pictures.map((report, k) => pictureText(paths[k], report)),
          ].join("\n"),
        );
      }),
    );
}

/** Judges columns as a map of their space, by the metric that the map was made by where the space tells. */
async function judge(
  space: Space,
  columns: string[],
  { neighbors, threads }: EvaluateFlags,
  { signal, onProgress }: Shell,
): Promise<ProjectionReport> {
  const { mapQuality } = await import("../../maps/quality.js");
  const { coordinatesOf, savedProjections } = await import("../../maps/saved-projection.js");
  const coordinates = await coordinatesOf(space, columns, "evaluate");
  const entry = savedProjections(space).find((saved) => saved.columns.join("\n") === columns.join("\n"));
  const made = entry?.settings.metric;
  const metric = made === "cosine" || made === "euclidean" ? made : undefined;
  const quality = await mapQuality(space, coordinates, { neighbors, metric, threads, signal, onProgress });
  return { columns, method: entry?.method ?? null, quality };
}

function projectionText(path: string, { columns, method, quality }: ProjectionReport): string {
  const title = `${shown(path)}, columns ${columns.map(shown).join(", ")}${method === null ? "" : ` (${shown(method)})`}`;
  return `${title}\n${qualityLine(quality)}\n`;
}

async function inOrder<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await work(value));
  return results;
}

function textOf(
  paths: readonly string[],
  evaluations: readonly Evaluation[],
  statistics: readonly Statistic[],
  output: Output,
): string {
  const parts: string[] = [];
  if (paths.length > 1) parts.push(statisticsTable(paths.length, statistics, output));
  evaluations.forEach(({ analogies, similarity, labels }, k) => {
    for (const report of analogies) parts.push(`${shown(paths[k])}, ${analogyText(report, output)}`);
    for (const report of similarity) parts.push(`${shown(paths[k])}, ${similarityText(report)}`);
    for (const report of labels) parts.push(`${shown(paths[k])}, ${labelText(report, output)}`);
  });
  return parts.join("\n");
}

function statisticsTable(spaces: number, statistics: readonly Statistic[], output: Output): string {
  const digits = (figure: string, value: number | null) => {
    if (value === null) return "-";
    return figure === "spearman" || figure === "pearson" ? value.toFixed(4) : percent(value);
  };
  return output.table([
    { title: `${spaces} spaces`, cells: statistics.map(({ test }) => shown(test)) },
    { title: "figure", cells: statistics.map(({ figure }) => figure) },
    { title: "mean", cells: statistics.map(({ figure, mean }) => digits(figure, mean)), right: true },
    { title: "deviation", cells: statistics.map(({ figure, deviation }) => digits(figure, deviation)), right: true },
  ]);
}

function analogyText(report: AnalogyReport, output: Output): string {
  const { sections, semantic, syntactic, total } = report;
  const rows: (AnalogyScore & { name: string })[] = [...sections];
  rows.push({ name: "semantic", ...semantic }, { name: "syntactic", ...syntactic }, { name: "total", ...total });
  const table = output.table([
    { title: `${shown(report.name)} (${report.method})`, cells: rows.map(({ name }) => shown(name)) },
    { title: "correct", cells: rows.map(({ correct }) => String(correct)), right: true },
    { title: "seen", cells: rows.map(({ seen }) => String(seen)), right: true },
    { title: "of", cells: rows.map(({ total }) => String(total)), right: true },
    { title: "accuracy", cells: rows.map(({ accuracy }) => percent(accuracy)), right: true },
  ]);
  return table + footer(report);
}

function similarityText(report: SimilarityReport): string {
  const { name, spearman, pearson, seen, total } = report;
  const figure = (value: number | null) => (value === null ? "-" : value.toFixed(4));
  const line = `${shown(name)}: Spearman ${figure(spearman)}, Pearson ${figure(pearson)}, ${seen} of ${total} pairs seen\n`;
  return line + footer(report);
}

/** Where the baseline wins, the first line says so. */
function labelText(report: LabelReport, output: Output): string {
  const { name, classes, seen, total, microF1, macroF1, baseline, repeats } = report;
  const loses = microF1 <= baseline.microF1;
  const title = `${shown(name)}: ${classes} labels, ${seen} of ${total} items seen, ${repeats === 1 ? "one half to learn from" : `mean of ${repeats} halves to learn from`}`;
  const table = output.table([
    { title: "", cells: ["vectors", "most frequent labels"] },
    { title: "micro-F1", cells: [percent(microF1), percent(baseline.microF1)], right: true },
    { title: "macro-F1", cells: [percent(macroF1), percent(baseline.macroF1)], right: true },
  ]);
  return `${loses ? "the most frequent labels do as well as the vectors\n" : ""}${title}\n${table}`;
}

function footer({ caseFold, unknown }: { caseFold: boolean; unknown: readonly UnknownWord[] }): string {
  const fold = caseFold ? "words were looked up in lower case\n" : "";
  if (unknown.length === 0) return fold;
  const words = unknown.slice(0, 10).map(({ word, count }) => `${shown(word)} (${count})`);
  const more = unknown.length > words.length ? ` and ${unknown.length - words.length} more` : "";
  return `${fold}unknown words, with the questions they stand in: ${words.join(", ")}${more}\n`;
}
