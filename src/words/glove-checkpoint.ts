import { files } from "#platform";
import type { TaskOptions } from "../io/progress.js";
import { Cooccurrence } from "./cooccurrence.js";
import type { Corpus, CorpusFiles } from "./corpus.js";
import { type CooccurrenceOptions, checkSettings, fingerprintCorpus } from "./count.js";

/** The counts that a checkpoint folder keeps, so that a resumed run need not count again. */
export function countsPath(folder: string): string {
  return `${folder}/counts.safetensors`;
}

/**
 * The counts of the run that is to be resumed, or null where it had saved none. The corpus is read again, only to see
 * that it is the same; throws RangeError where it or a setting differs.
 */
export async function countsForResume(
  folder: string,
  corpus: Corpus | CorpusFiles,
  options: CooccurrenceOptions & TaskOptions,
): Promise<Cooccurrence | null> {
  const path = countsPath(folder);
  if ((await files.info(path).catch(() => null)) === null) return null;
  const settings = checkSettings(options);
  const counts = await Cooccurrence.load(path);
  try {
    const differing = Object.entries(counts.settings).filter(([name, value]) => Object(settings)[name] !== value);
    if (differing.length > 0) {
      const list = differing.map(([name, value]) => `${name} was ${value}, is ${Object(settings)[name]}`).join("; ");
      throw new RangeError(`glove: the checkpoint in ${folder} is of another run: ${list}`);
    }
    if (counts.fingerprint !== (await fingerprintCorpus(corpus, settings, options.signal))) {
      throw new RangeError(`glove: the checkpoint in ${folder} is of another corpus; start anew without resume`);
    }
    return counts;
  } catch (error) {
    await counts.close();
    throw error;
  }
}
