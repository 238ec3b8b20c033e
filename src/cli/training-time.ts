import type { PictureSet } from "../images/picture-set.js";
import { stepsOfPass, usualTraining } from "../images/usual-training.js";
import { numberTrained, type PictureMethodFlags, type pictureMethod } from "./picture-methods.js";

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
  const count = numberTrained(pictures, options);
  const { epochs, batchSize } = usualTraining(count, options, method.needs);
  const steps = epochs * stepsOfPass(count, batchSize);
  if ((!(steps >= fewSteps) && !always) || !(count >= 2)) return null; // or an option is out of range, as training will say
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
    { ...options, batchSize, epochs: trialEpochs, heldOut: 0 },
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
