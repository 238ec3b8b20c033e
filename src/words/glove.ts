import { type CheckpointSettings, checkCheckpoints } from "../io/checkpoint-options.js";
import { booleanOption, integerOption, knownOptions } from "../io/options.js";
import type { OnVectors, TaskOptions } from "../io/progress.js";
import { type CheckpointOptions, type Trained, train } from "../pairs/train.js";
import { Space } from "../space/space.js";
import { Vectors } from "../space/vectors.js";
import { Cooccurrence } from "./cooccurrence.js";
import type { CooccurrenceSettings } from "./cooccurrence-file.js";
import type { Corpus, CorpusFiles } from "./corpus.js";
import { type CooccurrenceOptions, checkSettings, cooccurrenceDefaults, countCooccurrences } from "./count.js";
import { countsForResume, differingSettings, keepCounts } from "./glove-checkpoint.js";
import { gloveEncoder } from "./glove-encoder.js";
import { checkGloveOptions, type GloveModelOptions, gloveDefaults, gloveMethod, gloveRow } from "./glove-method.js";
import type { CorpusReport } from "./read-tokens.js";

export interface GloveOptions extends GloveModelOptions, CooccurrenceOptions, TaskOptions {
  /** Same seed, same bytes, with any number of threads and any memory limit. Default 1. */
  seed?: number;
  /** Relaxed SIMD, where the engine has it: faster, and the last bits depend on the processor. Default false. */
  fast?: boolean;
  /**
   * Where to keep what a later run needs to go on from where this one ended. The folder is the caller's to remove once
   * the space is saved.
   */
  checkpoints?: CheckpointSettings;
  /** Told what was noticed while reading, once the counts are there. */
  onCounts?: (counts: Cooccurrence, report: CorpusReport | null) => void | Promise<void>;
  /** Told of things worth knowing, such as a damaged checkpoint that was passed over. */
  onNote?: (note: string) => void;
  /** Told of the words' vectors while they are learned, in the order of the counts' vocabulary. */
  onVectors?: OnVectors;
}

const where = "glove";

/**
 * Trains GloVe vectors (see `GloveModelOptions` for the model): reads the corpus, counts co-occurrences, trains, and
 * leaves a space of words under the cosine. Takes counts in place of a corpus where they are there already.
 *
 * The space has a column `count` and the tensors `context` [V, D], `bias` [V] and `contextBias` [V], with which
 * `space.embed` and `space.add` place new words.
 *
 * Throws what `countCooccurrences` throws for the corpus, RangeError for options, ResourceError where memory or disk do
 * not suffice, and the signal's reason when aborted, after a last checkpoint.
 */
export async function glove(corpus: Corpus | CorpusFiles | Cooccurrence, options: GloveOptions = {}): Promise<Space> {
  const { signal, onProgress, onCounts, onNote, onVectors, threads, memoryLimit, scratchFolder } = options;
  knownOptions(where, options, knownNames);
  const model = checkGloveOptions(pick(options, Object.keys(gloveDefaults)));
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const fast = booleanOption(where, "fast", options.fast ?? false);
  const checkpoints = options.checkpoints && checkCheckpoints("glove", options.checkpoints);
  if (scratchFolder !== undefined && typeof scratchFolder !== "string") {
    throw new TypeError(`${where}: scratchFolder must be a path, got ${typeof scratchFolder}`);
  }
  const began = performance.now();

  let counts: Cooccurrence;
  let report: CorpusReport | null = null;
  let kept = false; // the counts, in the checkpoints' folder
  if (corpus instanceof Cooccurrence) {
    counts = corpus;
    const differing = differingSettings(counts, givenSettings(options));
    if (differing !== "") throw new RangeError(`${where}: the counts were made with other options: ${differing}`);
  } else {
    const counting = { ...pick(options, countingNames), signal, onProgress };
    checkSettings(counting, where);
    const saved = checkpoints?.resume ? await countsForResume(checkpoints.folder, corpus, counting, onNote) : null;
    kept = saved !== null;
    if (saved !== null) counts = saved;
    else ({ counts, report } = await countCooccurrences(corpus, counting));
  }
  try {
    await onCounts?.(counts, report);
    const { epochs, ...shape } = model;
    const engine: CheckpointOptions | undefined = checkpoints && {
      ...checkpoints,
      began,
      fingerprint: { counts: counts.fingerprint, ...shape },
      prepare: async () => {
        if (!kept) await keepCounts(checkpoints.folder, counts);
      },
    };
    const { dimensions } = model;
    const toldBytes = onVectors ? 4 * counts.rows * dimensions : 0;
    const trained = await train(gloveMethod(counts, model), {
      ...{ epochs, seed, threads, fast, memoryLimit, scratchFolder, signal, onProgress, onNote },
      onRows:
        onVectors && (async (eachRow) => onVectors(await publishedRows(eachRow, counts.rows, dimensions), dimensions)),
      heldBytes: counts.memoryBytes + spaceBytes(counts.rows, dimensions) + toldBytes,
      checkpoints: engine,
    });
    try {
      return await spaceOf(trained, counts, { ...model, ...counts.settings }, seed);
    } finally {
      await trained.close();
    }
  } finally {
    if (counts !== corpus) await counts.close();
  }
}

const countingNames = [...Object.keys(cooccurrenceDefaults), "maxWords", "threads", "memoryLimit", "scratchFolder"];
const knownNames = [
  ...Object.keys(gloveDefaults),
  ...countingNames,
  ...["seed", "fast", "checkpoints", "onCounts", "onNote", "onVectors", "signal", "onProgress"],
];

/** The settings of counting that were given, checked. */
function givenSettings(options: GloveOptions): Partial<CooccurrenceSettings> {
  const given = Object.keys(options).filter((name) => options[name as keyof GloveOptions] !== undefined);
  return pick(checkSettings(options), given);
}

function pick<T extends object>(options: T, names: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name))) as Partial<T>;
}

/** Bytes of the numbers of a space of V words: vectors and contexts, biases and counts. */
function spaceBytes(V: number, dimensions: number): number {
  return V * (8 * dimensions + 16);
}

/** The vectors w + c as they are now, [V, D]. */
async function publishedRows(eachRow: Trained["eachRow"], V: number, dimensions: number) {
  const rows = new Float32Array(V * dimensions);
  await eachRow((row, [w, c]) => {
    for (let d = 0; d < dimensions; d++) rows[row * dimensions + d] = w[d] + c[d];
  });
  return rows;
}

/** The published vectors w + c, and what embedding new words needs. */
async function spaceOf(
  trained: Trained,
  counts: Cooccurrence,
  settings: Required<GloveModelOptions> & Cooccurrence["settings"],
  seed: number,
): Promise<Space> {
  const { dimensions } = settings;
  const { bias } = gloveRow(dimensions);
  const V = counts.rows;
  const vectors = emptyVectors(V, dimensions);
  const context = new Float32Array(V * dimensions);
  const wordBias = new Float32Array(V);
  const contextBias = new Float32Array(V);
  const published = new Float32Array(dimensions);
  await trained.eachRow((row, [w, c]) => {
    for (let d = 0; d < dimensions; d++) published[d] = w[d] + c[d];
    vectors.set(row, published);
    context.set(c.subarray(0, dimensions), row * dimensions);
    wordBias[row] = w[bias];
    contextBias[row] = c[bias];
  });
  const { vocabulary } = counts;
  return Space.from(
    {
      names: vocabulary.words,
      vectors,
      kind: "words",
      geometry: "cosine",
      columns: { count: vocabulary.counts },
      tensors: {
        context: { shape: [V, dimensions], data: context },
        bias: { shape: [V], data: wordBias },
        contextBias: { shape: [V], data: contextBias },
      },
      method: "glove",
      options: settings,
      seed,
      fast: trained.fast,
      fingerprint: counts.fingerprint,
      metrics: {
        loss: trained.losses.at(-1) ?? null,
        tokens: vocabulary.tokens,
        distinct: vocabulary.distinct,
        pairs: counts.pairs,
      },
    },
    { encoders: { glove: gloveEncoder } },
  );
}

/** V rows of zeros, to be set in any order. */
function emptyVectors(V: number, dimensions: number): Vectors {
  const vectors = Vectors.create(dimensions, { rows: V });
  const rows = 1024;
  const zeros = new Float32Array(rows * dimensions);
  for (let row = 0; row < V; row += rows) vectors.append(zeros.subarray(0, Math.min(rows, V - row) * dimensions));
  return vectors;
}
