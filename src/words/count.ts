import { sha256 } from "#platform";
import { FormatError } from "../io/errors.js";
import { memoryLimitOf } from "../io/memory-limit.js";
import { booleanOption, given, integerOption, knownOptions, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { type Pool, sharedPool } from "../kernels/pool.js";
import { Cooccurrence } from "./cooccurrence.js";
import type { CooccurrenceSettings } from "./cooccurrence-file.js";
import { type Corpus, type CorpusFiles, findTexts } from "./corpus.js";
import { hashCorpus } from "./corpus-hash.js";
import { countPairs } from "./count-pairs.js";
import { type MemoryPlan, planMemory } from "./memory-plan.js";
import { type CorpusReport, readTokens, type Tokens } from "./read-tokens.js";
import type { EncodingErrors } from "./text-feed.js";

/** What counts as a word, which words are kept, and what counts as near. */
export interface CooccurrenceOptions {
  /** Words to either side that count as near; 15 by default. 2 to 5 favors grammar, 10 to 15 topics. */
  window?: number;
  /** Words that occur less often are left out before windows are formed, so that they take no place; 5 by default. */
  minCount?: number;
  /** The most words kept, the most frequent ones; no limit by default. */
  maxWords?: number;
  /** Whether `Paris` and `paris` are one word; true by default. (GloVe's and word2vec's own tools do not fold.) */
  lowerCase?: boolean;
  /** Whether runs of digits are words; true by default. `mp3` is two words, or one without numbers. */
  numbers?: boolean;
  /** Whether words on both sides count, true by default, or X_ij only where j follows i. */
  symmetric?: boolean;
  /** Whether windows go on across line ends, false by default. They always stop where a file ends. */
  windowsCrossLines?: boolean;
  /** What is done about bytes that are no UTF-8: `error` by default; `replace` makes word borders of them, `skip` drops them. */
  encodingErrors?: EncodingErrors;
  /** Threads, by default one a processor. The result does not depend on them. */
  threads?: number;
  /**
   * Bytes of memory to be used, 75 % of what is available by default; the process itself and some work space, up to
   * 64 MiB, come on top. The result does not depend on it.
   */
  memoryLimit?: number;
  /** Folder for what does not fit into memory; the system's folder for temporary files by default. */
  scratchFolder?: string;
}

/** Defaults of what a count depends on. */
export const cooccurrenceDefaults = {
  window: 15,
  minCount: 5,
  lowerCase: true,
  numbers: true,
  symmetric: true,
  windowsCrossLines: false,
  encodingErrors: "error",
} as const;

/** Counts, and what was noticed while reading. */
export interface CountResult {
  counts: Cooccurrence;
  report: CorpusReport;
}

const where = "countCooccurrences";

/**
 * Reads a corpus once and counts which words occur near each other, in bounded memory and on all threads. The result
 * depends on the texts and the settings alone. Words are the longest runs of Unicode letters and marks, or of numbers;
 * all else separates: an apostrophe too, as in gensim.
 *
 * Throws RangeError for options; FileError and FormatError for texts, with file, line and byte; FormatError "empty"
 * where there is nothing to count; ResourceError where memory or scratch storage do not suffice.
 */
export async function countCooccurrences(
  corpus: Corpus | CorpusFiles,
  options: CooccurrenceOptions & TaskOptions = {},
): Promise<CountResult> {
  const known = [...Object.keys(cooccurrenceDefaults), "maxWords", "threads", "memoryLimit", "scratchFolder"];
  knownOptions(where, options, [...known, "signal", "onProgress"]);
  const settings = checkSettings(options);
  if (options.scratchFolder !== undefined && typeof options.scratchFolder !== "string") {
    throw new TypeError(`${where}: scratchFolder must be a path, got ${typeof options.scratchFolder}`);
  }
  const pool = sharedPool({ threads: options.threads });
  const limit = memoryLimitOf(options.memoryLimit);
  const plan = planMemory(integerOption(where, "memoryLimit", limit, 1), pool.threads);
  return await countWithPlan(corpus, settings, { ...plan, scratch: options.scratchFolder }, pool, options);
}

export type CheckedSettings = CooccurrenceSettings & { encodingErrors: EncodingErrors };

/** The settings with defaults filled in. Throws RangeError in the name of the function that was called. */
export function checkSettings(options: CooccurrenceOptions, where = "countCooccurrences"): CheckedSettings {
  const all = { ...cooccurrenceDefaults, ...given(options) };
  return {
    window: integerOption(where, "window", all.window, 1, 1000),
    minCount: integerOption(where, "minCount", all.minCount, 1),
    maxWords: all.maxWords === undefined ? null : integerOption(where, "maxWords", all.maxWords, 2),
    lowerCase: booleanOption(where, "lowerCase", all.lowerCase),
    numbers: booleanOption(where, "numbers", all.numbers),
    symmetric: booleanOption(where, "symmetric", all.symmetric),
    windowsCrossLines: booleanOption(where, "windowsCrossLines", all.windowsCrossLines),
    encodingErrors: wordOption(where, "encodingErrors", all.encodingErrors, ["error", "replace", "skip"]),
  };
}

/** `countCooccurrences` with a memory plan of one's own, for tests. */
export async function countWithPlan(
  corpus: Corpus | CorpusFiles,
  { encodingErrors, ...settings }: CheckedSettings,
  plan: MemoryPlan,
  pool: Pool,
  task: TaskOptions = {},
): Promise<CountResult> {
  task.signal?.throwIfAborted();
  const files = isFound(corpus) ? corpus : await findTexts(corpus);
  const maxWords = settings.maxWords ?? Number.POSITIVE_INFINITY;
  const tokens = await readTokens(files, { ...settings, encodingErrors, maxWords }, plan, pool, task);
  try {
    const { vocabulary, report } = tokens;
    refuseTooFewWords(tokens, settings);
    const pairs = await countPairs(tokens, settings, plan, pool, task);
    if (pairs.rowStarts[vocabulary.words.length] === 0) {
      await Promise.all([pairs.columns.close(), pairs.weights.close()]);
      const message =
        `no two of the ${vocabulary.words.length} words kept stand in one line; ` +
        `set windowsCrossLines, or a minCount below ${settings.minCount}`;
      throw new FormatError("empty", { file: nameOf(report) }, message);
    }
    const fingerprint = await fingerprintOf(report.sha256, { ...settings, encodingErrors });
    return { counts: new Cooccurrence({ vocabulary, settings, fingerprint, ...pairs }), report };
  } finally {
    await tokens.spool.close();
  }
}

function isFound(corpus: Corpus | CorpusFiles): corpus is CorpusFiles {
  return typeof corpus === "object" && "skipped" in corpus;
}

/** Throws FormatError "empty" where fewer than two words are kept, with the counts and what would help. */
function refuseTooFewWords({ vocabulary, highestCounts, report }: Tokens, { minCount }: CooccurrenceSettings): void {
  if (vocabulary.words.length >= 2) return;
  const refuse = (message: string): never => {
    throw new FormatError("empty", { file: nameOf(report) }, message);
  };
  const long =
    report.longTokens === 0 ? "" : `, ${report.longTokens} longer than 1,000 bytes (${report.firstLongToken})`;
  if (vocabulary.distinct === 0)
    refuse(`there are no words in ${report.bytes} bytes of text${long}; at least two were needed`);
  const [first, second] = highestCounts;
  if (vocabulary.distinct === 1) refuse(`there is one word only, ${first} times; at least two were needed`);
  refuse(
    `of ${vocabulary.distinct} words ${vocabulary.words.length === 0 ? "none occurs" : "one occurs"} minCount = ${minCount} times or more, ` +
      `at least two were needed; the most frequent occur ${first} and ${second} times: set minCount to ${second} or less`,
  );
}

function nameOf({ texts }: CorpusReport): string {
  return texts.length === 1 ? texts[0] : `${texts[0]} and ${texts.length - 1} more`;
}

/** Of the counts that a corpus of this hash leaves. */
async function fingerprintOf(corpusHash: string, settings: CheckedSettings): Promise<string> {
  const hash = sha256();
  hash.update(new TextEncoder().encode(JSON.stringify([corpusHash, settings])));
  return await hash.digest();
}

/** The fingerprint that the counts of a corpus would have; reads the corpus and counts nothing. */
export async function fingerprintCorpus(
  corpus: Corpus | CorpusFiles,
  settings: CheckedSettings,
  signal?: AbortSignal,
): Promise<string> {
  const files = isFound(corpus) ? corpus : await findTexts(corpus);
  return fingerprintOf(await hashCorpus(files, signal), settings);
}
