import type { Names } from "../io/names.js";
import type { Cooccurrence } from "../words/cooccurrence.js";
import type { CorpusFiles } from "../words/corpus.js";
import type { GloveOptions } from "../words/glove.js";
import type { CorpusReport } from "../words/read-tokens.js";
import { flagText } from "./flags.js";
import { bytesText, count, duration, itemWord, type Output, plural, rateText, shellWord, shown } from "./output.js";
import type { StageClock } from "./stage-clock.js";

/** What `words` tells: what it understood, what it found, what it made, what to try next. */

export function isCounts(corpus: CorpusFiles | Cooccurrence): corpus is Cooccurrence {
  return "vocabulary" in corpus;
}

/** What was understood, before work starts. */
export function noteCorpus(output: Output, corpus: CorpusFiles | Cooccurrence): void {
  if (isCounts(corpus)) {
    const { settings, rows, pairs } = corpus;
    output.note(
      `counts    ${count(rows)} words, ${count(pairs)} pairs, window ${settings.window}, min count ${settings.minCount}`,
    );
    return;
  }
  const { texts, skipped } = corpus;
  const known = texts.every((text) => text.size !== undefined);
  const bytes = known ? `, ${bytesText(texts.reduce((sum, text) => sum + (text.size ?? 0), 0))}` : "";
  const gzip = texts.filter((text) => text.compressed).length;
  const packed = gzip === 0 ? "" : gzip === texts.length ? " of gzip" : ` (${gzip} gzip)`;
  const name = texts.length === 1 ? shown(texts[0].name) : `${texts.length} files`;
  output.note(`text      ${name}${bytes}${packed}, read as UTF-8`);
  for (const { path, reason } of skipped.slice(0, 5)) output.note(`skipped   ${shown(path)}: ${reason}`);
  if (skipped.length > 5) output.note(`skipped   ${skipped.length - 5} more files`);
}

/** What will be done: the options in force that matter most, and those that were given. */
export async function notePlan(
  output: Output,
  corpus: CorpusFiles | Cooccurrence,
  options: GloveOptions,
  target: string,
  checkpointEvery: number,
): Promise<void> {
  const { cpuCount } = await import("#platform");
  const { gloveDefaults } = await import("../words/glove-method.js");
  const { cooccurrenceDefaults } = await import("../words/count.js");
  const { memoryLimitOf } = await import("../io/memory-limit.js");
  const settled = isCounts(corpus) ? corpus.settings : {};
  const all = { ...cooccurrenceDefaults, ...gloveDefaults, ...options, ...settled };
  const { dimensions, epochs, window, minCount, lowerCase, threads = cpuCount(), memoryLimit, seed = 1, ...rest } = all;
  const others = Object.entries(rest).filter(([name]) => name in options);
  const more = others.map(([name, value]) => `, ${flagText(name, value)}`).join("");
  output.note(
    `model     GloVe, ${dimensions} dimensions, ${epochs} epochs, window ${window}, min count ${minCount}, ` +
      `${lowerCase ? "lower case" : "case kept"}${more}`,
  );
  output.note(
    `machine   ${plural(threads, "thread")}, at most ${bytesText(memoryLimitOf(memoryLimit))} for data, seed ${seed}`,
  );
  output.note(`result    ${shown(target)}${checkpointEvery > 0 ? `, a checkpoint every ${checkpointEvery} s` : ""}`);
}

/** Bytes of text a word on average that no language with spaces between its words comes near; Hindi has about 14. */
const unsegmentedBytes = 30;

export function noteCounted(output: Output, { vocabulary, pairs }: Cooccurrence, report: CorpusReport | null): void {
  const { words, distinct, tokens } = vocabulary;
  output.note(
    `counted   ${count(tokens)} tokens, ${count(distinct)} different words, ${count(words.length)} kept, ${count(pairs)} pairs`,
  );
  if (report === null) return;
  const { longTokens, firstLongToken, invalidBytes } = report;
  if (longTokens > 0)
    output.warn(`${plural(longTokens, "word")} above 1,000 bytes left out, the first at ${firstLongToken}`);
  if (invalidBytes > 0) output.warn(`${plural(invalidBytes, "byte")} no UTF-8, replaced or skipped as asked`);
  if (report.bytes / tokens > unsegmentedBytes) {
    output.warn(
      `words are ${Math.round(report.bytes / tokens)} bytes long on average; text that is written without spaces, such as ` +
        "Chinese, Japanese or Thai, must be segmented first",
    );
  }
}

export function noteDone(
  output: Output,
  {
    space,
    items,
    dimensions,
    metrics,
  }: { space: string; items: number; dimensions: number; metrics: Record<string, unknown> },
  clock: StageClock,
): void {
  const rate = clock.rate("training");
  const loss = typeof metrics.loss === "number" ? `, loss ${metrics.loss.toPrecision(4)}` : "";
  output.note(`trained   ${rate === undefined ? "" : rateText(rate, "pairs")}${loss}`);
  const stages = clock.stages.map(({ stage, seconds }) => `${stage} ${duration(seconds)}`);
  output.note(`time      ${stages.join(", ")}`);
  output.note(`wrote     ${shown(space)}: ${count(items)} words, ${dimensions} dimensions`);
}

/** A word that is neither one of the very common ones nor rare; empty where there is none. */
function wordToTry(names: Names): string {
  let word = "";
  for (let row = 0; row < Math.min(2000, names.length); row++) {
    const name = names.get(row);
    if (!/^\p{Letter}{4,}$/u.test(name)) continue;
    word = name;
    if (row >= Math.min(200, names.length / 4)) break;
  }
  return word;
}

/** Commands to try next, with words that the space has. */
export function noteNext(output: Output, target: string, names: Names, hasCounts: boolean): void {
  const space = shellWord(target.startsWith("-") ? `./${target}` : target);
  const word = wordToTry(names);
  output.note("\nnext");
  if (word !== "") output.note(`  thing2vec near ${space} ${itemWord(word)}`);
  if (["paris", "france", "germany"].every((name) => names.has(name))) {
    output.note(`  thing2vec near ${space} paris - france + germany`);
  }
  output.note(`  thing2vec info ${space}`);
  if (hasCounts) output.note(`  thing2vec ratios WORD WORD --with WORDS ${space}`);
}
