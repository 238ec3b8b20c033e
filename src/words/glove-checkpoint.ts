import { files } from "#platform";
import { FormatError } from "../io/errors.js";
import { inFolder } from "../io/new-folder.js";
import type { TaskOptions } from "../io/progress.js";
import { Cooccurrence } from "./cooccurrence.js";
import type { CooccurrenceSettings } from "./cooccurrence-file.js";
import type { Corpus, CorpusFiles } from "./corpus.js";
import { type CooccurrenceOptions, checkSettings, fingerprintCorpus } from "./count.js";

/** The counts that a checkpoint folder keeps, so that a resumed run need not count again. */
export function countsPath(folder: string): string {
  return `${folder}/counts.safetensors`;
}

/** Puts the counts into a checkpoint folder, which is made where there is none. Throws FileError, ResourceError. */
export async function keepCounts(folder: string, counts: Cooccurrence): Promise<void> {
  await inFolder(folder, () => counts.save(countsPath(folder)));
}

/**
 * The counts of the run that is to be resumed, or null where it had saved none or they are damaged, which `onNote` is
 * told: they can be counted again. The corpus is read, only to see that it is the same; throws RangeError where it or a
 * setting differs.
 */
export async function countsForResume(
  folder: string,
  corpus: Corpus | CorpusFiles,
  options: CooccurrenceOptions & TaskOptions,
  onNote?: (note: string) => void,
): Promise<Cooccurrence | null> {
  const path = countsPath(folder);
  const settings = checkSettings(options);
  const counts = await loadWhole(path, onNote);
  if (counts === null) return null;
  try {
    const differing = differingSettings(counts, settings);
    if (differing !== "") throw new RangeError(`glove: the checkpoint in ${folder} is of another run: ${differing}`);
    if (counts.fingerprint !== (await fingerprintCorpus(corpus, settings, options.signal))) {
      const message = `the checkpoint in ${folder} is of another corpus, or encodingErrors was not ${settings.encodingErrors}`;
      throw new RangeError(`glove: ${message}; start anew without resume`);
    }
    return counts;
  } catch (error) {
    await counts.close();
    throw error;
  }
}

/** Which of the settings given are not those of the counts, in words; empty where none is. */
export function differingSettings({ settings }: Cooccurrence, given: Partial<CooccurrenceSettings>): string {
  const names = Object.keys(settings) as (keyof CooccurrenceSettings)[];
  return names
    .filter((name) => given[name] !== undefined && given[name] !== settings[name])
    .map((name) => `${name} was ${settings[name]}, is ${given[name]}`)
    .join("; ");
}

/** The counts of a file; null where there is none or it is damaged. */
async function loadWhole(path: string, onNote?: (note: string) => void): Promise<Cooccurrence | null> {
  if ((await files.info(path).catch(() => null)) === null) return null;
  try {
    return await Cooccurrence.load(path);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    onNote?.(`${error.message}; counting again`);
    return null;
  }
}
