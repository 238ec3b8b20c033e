import type { Command } from "commander";
import type { Cooccurrence } from "../../words/cooccurrence.js";
import type { ProbabilityRatio, RatioTable } from "../../words/ratios.js";
import { UsageError } from "../exit-codes.js";
import { list, number, size, verb } from "../flags.js";
import { count, type Output, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";

interface RatiosFlags {
  with?: string[];
  window?: number;
  minCount?: number;
  lowerCase?: boolean;
  threads?: number;
  memoryLimit?: number;
}

export function ratiosVerb(perform: Perform): Command {
  return verb(
    "ratios",
    "ask",
    "what goes with one word and not with another",
    "Shows P(k | a), P(k | b) and their ratio for words k: well above 1 for what goes with a and not with b, well below 1 " +
      "the other way round, near 1 for what goes with both or with neither (the table of ice and steam).",
    [
      ["ratios ice steam --with solid,gas,water,fashion corpus.txt.gz", "counts the corpus first"],
      ["ratios ice steam --with solid,gas words.space", "the counts that words --keep-counts left beside the space"],
    ],
  )
    .argument("<a>", "a word")
    .argument("<b>", "another word")
    .argument("<source...>", "text (files, folders, -), counts, or a space whose counts were kept")
    .option("--with <words>", "words to be compared, separated by commas", list)
    .option("--window <integer>", "words to either side that count as near, for text (default 15)", number)
    .option("--min-count <integer>", "leave out words that occur less often, for text (default 5)", number)
    .option("--no-lower-case", "keep Paris and paris apart, for text")
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .option("--memory-limit <size>", "memory to use (default: 75 % of what is free)", size)
    .action(
      perform(async (shell, flags: RatiosFlags, a: string, b: string, sources: string[]) => {
        if (flags.with === undefined) throw new UsageError("ratios: words to compare are needed: --with WORDS");
        const { ratioTable } = await import("../../words/ratios.js");
        const counts = shell.use(await countsOf(sources, flags, shell));
        const table = await ratioTable(counts, a, b, flags.with);
        shell.output.result({ ...table, settings: counts.settings }, () => tableOf(table, shell.output));
      }),
    );
}

/** Where `words --keep-counts` leaves the counts of a space. */
export function countsBeside(space: string): string {
  return `${space.replace(/\/+$/, "").replace(/\.space$/, "")}.counts.safetensors`;
}

/** Counts that are there already, or those of text, which is counted now. */
async function countsOf(sources: string[], flags: RatiosFlags, shell: Shell): Promise<Cooccurrence> {
  const { inputKind, wrongKind } = await import("../input-kind.js");
  const { window, minCount, lowerCase, threads, memoryLimit } = flags;
  const [first] = sources;
  const found = await inputKind(first);
  if (found.kind === "counts" || found.kind === "space") {
    if (sources.length > 1) throw new UsageError(`ratios: ${first} comes alone, got ${sources.length} sources`);
    if ([window, minCount, lowerCase].some((value) => value !== undefined)) {
      throw new UsageError(`ratios: --window, --min-count and --no-lower-case were settled when ${first} was counted`);
    }
    if (found.kind === "space") return countsOfSpace(first);
    const { Cooccurrence } = await import("../../words/cooccurrence.js");
    return Cooccurrence.load(first);
  }
  if (found.kind === "vectors") throw wrongKind(first, "text, counts or a space with its counts", found);
  const { countCooccurrences } = await import("../../words/count.js");
  const { signal, onProgress, output } = shell;
  const options = { window, minCount, lowerCase, threads, memoryLimit, signal, onProgress };
  const { counts } = await countCooccurrences(sources, options);
  output.note(`${count(counts.vocabulary.tokens)} tokens counted in ${shown(sources.join(", "))}`);
  return counts;
}

async function countsOfSpace(path: string): Promise<Cooccurrence> {
  const { files } = await import("#platform");
  const { openFolder } = await import("../../space/folder.js");
  const { FormatError } = await import("../../io/errors.js");
  const { Cooccurrence } = await import("../../words/cooccurrence.js");
  const beside = countsBeside(path);
  if ((await files.info(beside).catch(() => null)) === null) {
    const message = `its counts are not there (${beside}); give the text, or train it again with words --keep-counts`;
    throw new FormatError("empty", { file: path }, message);
  }
  const folder = await openFolder(path);
  await folder.close();
  const counts = await Cooccurrence.load(beside);
  if (folder.manifest.fingerprint === counts.fingerprint) return counts;
  await counts.close();
  throw new FormatError("checksum", { file: beside }, `these are not the counts that ${path} was trained on`);
}

function tableOf({ a, b, occurrences, rows }: RatioTable, output: Output): string {
  const table = output.table([
    { title: "k", cells: rows.map(({ probe }) => shown(probe)) },
    { title: `P(k | ${shown(a)})`, cells: rows.map((row) => probabilityText(row.probabilities[0])), right: true },
    { title: `P(k | ${shown(b)})`, cells: rows.map((row) => probabilityText(row.probabilities[1])), right: true },
    { title: "ratio", cells: rows.map(({ ratio }) => ratioText(ratio)), right: true },
    { title: `with ${shown(a)}`, cells: rows.map((row) => row.counts[0].toFixed(1)), right: true },
    { title: `with ${shown(b)}`, cells: rows.map((row) => row.counts[1].toFixed(1)), right: true },
    { title: "", cells: rows.map(({ reliable }) => (reliable ? "" : "few")) },
  ]);
  const few = rows.some(({ reliable }) => !reliable)
    ? "\nfew: from so few co-occurrences the ratio may be chance.\n"
    : "";
  return `${table}${few}\n${shown(a)} occurs ${count(occurrences[0])} times, ${shown(b)} ${count(occurrences[1])} times.\n`;
}

function probabilityText(probability: number): string {
  return probability === 0 ? "0" : probability.toExponential(2);
}

function ratioText(ratio: ProbabilityRatio): string {
  if (typeof ratio === "string") return ratio;
  if (ratio === 0) return "0";
  return ratio >= 1000 || ratio < 0.001 ? ratio.toExponential(2) : ratio.toPrecision(3);
}
