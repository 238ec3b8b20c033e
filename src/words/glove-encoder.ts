import type { Encoder, Space } from "../space/space.js";
import { embedWord, type GloveTables } from "./embed-word.js";

/** A word that a GloVe space does not know, as `space.embed` and `space.add` take it. */
export interface NewWord {
  /**
   * How often the word occurs together with words of the space, counted as for training: 1/distance a pair, within the
   * window on both sides. Words that are not in the space, or were added to it later, are passed over.
   */
  cooccurrences: ReadonlyMap<string, number>;
}

/**
 * The encoder of a GloVe space: `embedWord` over the contexts and biases that training left in the space's tensors. The
 * options xMax and alpha are those of training. Throws RangeError where the space lacks what is needed.
 */
export async function gloveEncoder(space: Space): Promise<Encoder> {
  const tables = await readTables(space);
  if (space.options.symmetric === false) {
    throw new RangeError("embed: the space was trained with symmetric: false; embedding needs counts of both sides");
  }
  const options = { xMax: numberOf(space, "xMax"), alpha: numberOf(space, "alpha") };
  const words = tables.wordBias.length;
  return async (things, signal) => {
    const names = await space.names();
    return things.map((thing, k) => {
      signal?.throwIfAborted();
      const counts = new Map<number, number>();
      for (const [name, count] of cooccurrencesOf(thing, k)) {
        const row = names.indexOf(name);
        if (row >= 0 && row < words) counts.set(row, count);
      }
      return embedWord(tables, counts, options);
    });
  };
}

function cooccurrencesOf(thing: unknown, k: number): ReadonlyMap<string, number> {
  const counts =
    typeof thing === "object" && thing !== null && "cooccurrences" in thing ? thing.cooccurrences : undefined;
  if (counts instanceof Map) return counts;
  throw new TypeError(`embed: thing ${k} must be { cooccurrences: Map of words to counts }`);
}

async function readTables(space: Space): Promise<GloveTables> {
  const { dimensions } = space;
  const [context, wordBias, contextBias] = await Promise.all(
    ["context", "bias", "contextBias"].map(async (name) => {
      const tensor = space.tensors.get(name);
      if (tensor === undefined)
        throw new RangeError(`embed: the space was saved without the tensor ${name}, which embedding needs`);
      return tensor.read();
    }),
  );
  const words = wordBias.length;
  if (contextBias.length !== words || context.length !== words * dimensions || words > space.length) {
    throw new RangeError("embed: the tensors context, bias and contextBias do not fit together");
  }
  // Published vectors are w + c.
  const vectors = await space.vectors();
  const word = new Float32Array(words * dimensions);
  let at = 0;
  for (const batch of vectors.batches(0, words)) {
    for (let i = 0; i < batch.length; i++, at++) word[at] = batch[i] - context[at];
  }
  return { dimensions, word, context, wordBias, contextBias };
}

function numberOf(space: Space, option: string): number {
  const value = space.options[option];
  if (typeof value === "number" && value >= 0) return value;
  throw new RangeError(`embed: the space's options must hold ${option} >= 0, got ${JSON.stringify(value)}`);
}
