import { type Command, Option } from "commander";
import type { Cooccurrence } from "../../words/cooccurrence.js";
import type { CorpusFiles } from "../../words/corpus.js";
import type { GloveOptions } from "../../words/glove.js";
import type { CorpusReport } from "../../words/read-tokens.js";
import { UsageError, writing } from "../exit-codes.js";
import { flagText, number, size, verb } from "../flags.js";
import type { Perform, Shell } from "../shell.js";
import { StageClock } from "../stage-clock.js";
import { defaultTarget, noteCheckpoint, requireFree, titleOf } from "../target.js";
import { checkWatch, type WatchFlags, watchTraining, withWatchFlags } from "../watch-training.js";
import { isCounts, noteCorpus, noteCounted, noteDone, noteNext, notePlan } from "../words-notes.js";
import { countsBeside } from "./ratios.js";

/** The library's options, and what only the command line knows. */
interface WordsFlags
  extends Omit<GloveOptions, "signal" | "onProgress" | "onCounts" | "onVectors" | "onNote" | "checkpoints">,
    WatchFlags {
  output?: string;
  force?: boolean;
  keepCounts?: boolean;
  resume?: boolean;
  checkpointEvery?: number;
}

export function wordsVerb(perform: Perform): Command {
  const command = verb(
    "words",
    "make",
    "learn word vectors from text (GloVe)",
    "Learns a vector for every word of a text, such that words that occur in the same company get similar vectors (GloVe). " +
      "Takes text files, also gzip, folders of them, - for standard input, or the counts of an earlier run. Words are the " +
      "longest runs of letters, or of digits; text without spaces between words must be segmented first. The same seed " +
      "gives the same bytes, whatever the threads and the memory. An interrupted run goes on with --resume.",
    [
      ["words corpus.txt", "writes corpus.space"],
      ["words articles/ -o news.space --dimensions 200 --epochs 30", "a folder of texts, wider vectors, more passes"],
      ["words corpus.txt.gz --resume", "goes on after an interruption"],
      ["words corpus.txt --explore", "shows the map in the browser while the words find their places"],
      ["words corpus.txt --keep-counts", "also leaves corpus.counts.safetensors, for ratios and for further runs"],
    ],
  )
    .argument("<files...>", "text files, folders, -, or counts")
    .option("-o, --output <name.space>", "folder of the space (default: the first file's name, in the current folder)")
    .option("--force", "replace a space, or start anew where an interrupted run left a checkpoint")
    .optionsGroup("Text:")
    .option("--min-count <integer>", "leave out words that occur less often (default 5)", number)
    .option("--max-words <integer>", "keep only this many words, the most frequent (default all)", number)
    .option("--no-lower-case", "keep Paris and paris apart")
    .option("--no-numbers", "numbers are no words")
    .addOption(
      new Option("--encoding-errors <what>", "bytes that are no UTF-8 (default error)").choices([
        "error",
        "replace",
        "skip",
      ]),
    )
    .optionsGroup("Counting:")
    .option("--window <integer>", "words to either side that count as near (default 15)", number)
    .option("--windows-cross-lines", "windows go on across line ends")
    .option("--no-symmetric", "only what follows a word is near it")
    .option("--keep-counts", "keep the counts beside the space")
    .optionsGroup("Model:")
    .option("--dimensions <integer>", "numbers in a vector; 50 to 300 is usual (default 100)", number)
    .option("--epochs <integer>", "passes over all co-occurrences (default 15)", number)
    .option("--x-max <number>", "co-occurrences above it weigh alike; 10 to 100 (default 10)", number)
    .option("--alpha <number>", "exponent of the weight below (default 0.75)", number)
    .option("--learning-rate <number>", "first step of AdaGrad (default 0.05)", number)
    .option("--gradient-clip <number>", "bound on a component of the gradient (default 100)", number)
    .addOption(
      new Option("--bias-step <how>", "steps of the biases (default reference: without the rate)").choices([
        "reference",
        "adagrad",
      ]),
    )
    .option("--seed <integer>", "same seed, same bytes (default 1)", number)
    .optionsGroup("Machine:")
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .option(
      "--memory-limit <size>",
      "memory for data, such as 2GB; the program itself takes 100 to 200 MB more (default: 75 % of what is free)",
      size,
    )
    .option("--scratch-folder <folder>", "for what does not fit into memory (default: that for temporary files)")
    .option("--fast", "relaxed SIMD; the last bits then depend on the processor")
    .option("--checkpoint-every <seconds>", "seconds from checkpoint to checkpoint; 0 for none (default 60)", number)
    .option("--resume", "go on where an interrupted run of the same text and flags stopped");
  return withWatchFlags(command).action(
    perform(async (shell, flags: WordsFlags, paths: string[]) => {
      const { output, signal } = shell;
      const { output: name, force, keepCounts, resume, checkpointEvery = 60, ...others } = flags;
      const { explore: _, port: __, open: ___, ...options } = others;
      checkWatch("words", flags);
      const target = name ?? defaultTarget(paths[0], "words");
      if (!(checkpointEvery >= 0))
        throw new UsageError(`words: --checkpoint-every must be >= 0, got ${checkpointEvery}`);
      const checkpointFolder = `${target}/checkpoint`;
      const corpus = await openCorpus(paths, shell);
      if (isCounts(corpus)) await refuseCountingFlags(options);
      await requireFree("words", target, checkpointFolder, { force, resume }, output);
      noteCorpus(output, corpus);
      await notePlan(output, corpus, options, target, checkpointEvery);

      const { glove } = await import("../../words/glove.js");
      const { files } = await import("#platform");
      const plan = { title: titleOf(target, "words"), kind: "words", geometry: "cosine", moves: true } as const;
      const watch = await watchTraining("words", plan, flags, shell);
      const clock = new StageClock();
      let report: CorpusReport | null = null;
      const training = glove(corpus, {
        ...options,
        signal,
        onProgress: (event) => {
          clock.see(event);
          watch.onProgress(event);
        },
        onVectors: watch.onVectors,
        onNote: (note) => output.warn(note),
        onCounts: async (counts, corpusReport) => {
          report = corpusReport;
          noteCounted(output, counts, corpusReport);
          const { words, counts: count } = counts.vocabulary;
          watch.begin({ names: words, columns: { count } });
          if (keepCounts) await writing(() => counts.save(countsBeside(target)));
          shell.stop.patient = checkpointEvery > 0;
        },
        checkpoints: checkpointEvery > 0 ? { folder: checkpointFolder, every: checkpointEvery, resume } : undefined,
      });
      const space = await watch.outcome(training).catch((error) => noteCheckpoint(error, checkpointFolder, shell));
      clock.stage("saving");
      await writing(() => space.save(target)); // to its end, also when the process is asked to stop
      await files.remove(checkpointFolder);
      clock.end();

      const summary = { space: target, items: space.length, metrics: space.metrics, seed: space.seed };
      if (output.json) {
        output.result({ ...summary, stages: clock.stages, report }, () => "");
      } else {
        noteDone(output, { ...summary, dimensions: space.dimensions }, clock);
        noteNext(output, target, await space.names(), keepCounts === true);
      }
      await watch.explore();
    }),
  );
}

/** Text, or the counts of an earlier run; anything else is refused by name. */
async function openCorpus(paths: readonly string[], { use }: Shell): Promise<CorpusFiles | Cooccurrence> {
  const { inputKind, wrongKind } = await import("../input-kind.js");
  for (const path of paths) {
    const found = await inputKind(path);
    if (found.kind === "counts") {
      if (paths.length > 1) throw new UsageError(`words: counts (${path}) come alone, got ${paths.length} files`);
      const { Cooccurrence } = await import("../../words/cooccurrence.js");
      return use(await Cooccurrence.load(path));
    }
    if (found.kind === "vectors" || found.kind === "space") throw wrongKind(path, "text", found);
  }
  const { findTexts } = await import("../../words/corpus.js");
  return findTexts(paths);
}

/** What was settled when words were counted cannot be changed by flags. */
async function refuseCountingFlags(options: GloveOptions): Promise<void> {
  const { cooccurrenceDefaults } = await import("../../words/count.js");
  const settled = [...Object.keys(cooccurrenceDefaults), "maxWords"];
  for (const [name, value] of Object.entries(options)) {
    if (!settled.includes(name)) continue;
    throw new UsageError(`words: ${flagText(name, value)} comes too late, these words are counted; give the text`);
  }
}
