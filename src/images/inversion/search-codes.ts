import { Meter, type OnProgress } from "../../io/progress.js";
import { operationsOf } from "../../networks/cost.js";
import { chooseExecutor } from "../../networks/executable.js";
import { threadsFor } from "../../networks/runtime.js";
import { trace } from "../../networks/trace.js";
import type { DecoderModel } from "../decoder-model.js";
import type { PictureSet } from "../picture-set.js";
import { pixelsOf } from "../pixels.js";
import { adamDescender } from "./adam.js";
import { type CodeDistribution, drawStarts } from "./codes.js";
import type { Descent, DescentSettings } from "./descent.js";
import { lbfgsDescender } from "./lbfgs.js";
import { objectiveGradient, type Weights } from "./objective.js";

export interface SearchSettings extends Weights {
  method: "adam" | "lbfgs";
  steps: number;
  learningRate: number;
  restarts: number;
  pathEvery?: number;
  seed: number;
  threads?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** The pictures wanted, of the decoder's size, and where to begin. */
export interface Wanted {
  pictures: Pick<PictureSet, "width" | "height" | "channels" | "data">;
  count: number;
  codes: CodeDistribution;
  /** Codes of the encoder, one a picture; null to begin at the mean. */
  encoded: readonly Float32Array[] | null;
}

/** Codes that are searched at a time at most, pixels of all of their pictures, and numbers of all of them. */
const [mostCodes, mostPixels, mostNumbers] = [128, 2 ** 20, 2 ** 17];

/**
 * Searches from every start of every picture: [pictures][1 + restarts], of which the best has its path and the others none.
 * `threads` is how many took part.
 */
export async function searchCodes(
  model: DecoderModel,
  { pictures, count, codes, encoded }: Wanted,
  settings: SearchSettings,
): Promise<{ descents: Descent[][]; threads: number }> {
  const { dimensions, shape } = model;
  const starts = 1 + settings.restarts;
  const total = count * starts;
  if (total === 0) return { descents: [], threads: 1 };
  const pixels = shape.channels * shape.height * shape.width;
  const fitting = Math.floor(Math.min(mostPixels / pixels, mostNumbers / dimensions));
  const most = Math.max(1, Math.min(mostCodes, fitting));
  const batch = model.batch ?? Math.ceil(total / Math.ceil(total / most));
  const gradientAt = objectiveGradient(model, codes, settings);
  const { steps, pathEvery, signal, learningRate } = settings;
  const descent: DescentSettings = {
    ...{ batch, dimensions, shape, steps, pathEvery, signal },
    ...placeFor(gradientAt, batch, dimensions, [batch, shape.channels, shape.height, shape.width], settings.threads),
  };
  const descender =
    settings.method === "adam" ? adamDescender(gradientAt, descent, learningRate) : lbfgsDescender(gradientAt, descent);
  const meter = new Meter("inverting", "steps", total * steps, settings.onProgress);
  const descents: Descent[][] = Array.from({ length: count }, () => []);
  try {
    for (let first = 0; first < total; first += batch) {
      signal?.throwIfAborted();
      // a file that takes so many codes gets so many: the last one again where there are fewer
      const numbers = Array.from({ length: batch }, (_, b) => Math.min(first + b, total - 1));
      const taken = Math.min(batch, total - first);
      const found = await descender.run({
        starts: startsOf(numbers),
        targets: pixelsOf(
          pictures,
          numbers.map((number) => Math.floor(number / starts)),
        ) as Float32Array<ArrayBuffer>,
        onStep: (done, error) => meter.update(first * steps + taken * done, { loss: error }),
      });
      for (const [b, one] of found.slice(0, taken).entries()) keep(descents[Math.floor(numbers[b] / starts)], one);
    }
    meter.update(total * steps, {}, true);
    return { descents, threads: descent.threads };
  } finally {
    await descender.close();
  }

  /** Starts by number, [batch, D], in units of the codes' distribution. */
  function startsOf(numbers: readonly number[]): Float64Array {
    const rows = new Float64Array(numbers.length * dimensions);
    for (const [b, number] of numbers.entries()) {
      const [picture, start] = [Math.floor(number / starts), number % starts];
      const row = rows.subarray(b * dimensions, (b + 1) * dimensions);
      if (start > 0) row.set(drawStarts(start, dimensions, settings.seed, picture).subarray((start - 1) * dimensions));
      else if (encoded !== null)
        row.set(encoded[picture].map((value, d) => (value - codes.mean[d]) / codes.deviation[d]));
    }
    return rows;
  }
}

/** Number of the search that ended lowest, the first of them; -1 where there is none. */
export function bestOf(descents: readonly Descent[]): number {
  return descents.reduce((least, { value }, k) => (least < 0 || value < descents[least].value ? k : least), -1);
}

/** Takes one search more of a picture; paths are long, so that only the best keeps its own. */
function keep(descents: Descent[], one: Descent): void {
  const before = descents[bestOf(descents)];
  descents.push(one);
  if (before !== undefined) (one.value < before.value ? before : one).path = [];
}

/** What runs the program, and with how many threads. */
function placeFor(
  gradientAt: ReturnType<typeof objectiveGradient>,
  batch: number,
  dimensions: number,
  pictures: readonly number[],
  threads: number | undefined,
): Pick<DescentSettings, "executor" | "threads"> {
  const u = { dtype: "float32", shape: [batch, dimensions] } as const;
  const { graph } = trace(gradientAt, u, { dtype: "float32", shape: pictures });
  const { executor } = chooseExecutor(graph, {});
  return { executor, threads: executor === "kernels" ? 1 : (threads ?? threadsFor(operationsOf(graph))) };
}
