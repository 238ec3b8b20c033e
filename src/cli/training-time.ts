import type { PictureSet } from "../images/picture-set.js";
import type { PictureMethodFlags, pictureMethod } from "./picture-methods.js";

/** Steps an epoch of the trial, and epochs: the first is not counted, in which functions are compiled. */
const [trialSteps, trialEpochs] = [2, 3];
/** Below so many steps training is over before its time is known. */
const fewSteps = 100;

/**
 * Seconds that training takes, by a few steps on some of the pictures; null where it is over before that is known, unless `always`,
 * and where there is nothing to learn from.
 */
export async function trainingTime(
  pictures: PictureSet,
  method: ReturnType<typeof pictureMethod>,
  options: PictureMethodFlags,
  { signal, always }: { signal: AbortSignal; always: boolean },
): Promise<number | null> {
  const { epochs = 20, batchSize = 128, heldOut = 0.1 } = options;
  const count = Math.round(pictures.names.length * (1 - heldOut));
  const steps = epochs * Math.ceil(count / batchSize);
  if ((steps < fewSteps && !always) || count < 2) return null;
  const size = Math.min(count, trialSteps * batchSize);
  const length = pictures.width * pictures.height * pictures.channels;
  const some = {
    ...pictures,
    names: pictures.names.slice(0, size),
    data: pictures.data.subarray(0, size * length),
    columns: new Map(),
  };
  let start = 0;
  let seconds = 0;
  const space = await method.embed(
    some,
    { ...options, epochs: trialEpochs, heldOut: 0 },
    {
      signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 1) start = performance.now();
        else seconds = (performance.now() - start) / 1000;
      },
    },
  );
  await space.close();
  return (seconds / ((trialEpochs - 1) * Math.ceil(size / batchSize))) * steps;
}
