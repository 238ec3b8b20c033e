/**
 * How long a coder of pictures is trained where nobody says. Twenty passes over many pictures are enough; over a hundred they would
 * be a few dozen steps, after which a network still gives the mean picture for everything. So a training has at least a thousand
 * steps, that of a VAE four thousand, and few pictures go in small batches, of which a pass has more.
 */

const [fewestSteps, fewestEpochs] = [1000, 20];
/** Pictures of a batch; fewer where a pass would not have `batchesOfPass` of them, down to a smallest batch. */
const [usualBatch, batchesOfPass, smallestBatch] = [128, 16, 16];

/** What a method asks of the usual training. */
export interface TrainingNeeds {
  /** Least to which the usual batch goes; 16 by default. */
  smallestBatch?: number;
  /** Steps of the whole training at least; 1,000 by default. */
  fewestSteps?: number;
}

/** Of coders that compare the codes of a batch with a distribution: few show little of it. */
export const cloudNeeds: TrainingNeeds = { smallestBatch: 64 };
/** Of VAEs, whose codes say nothing until the decoder has learned more than the mean picture. */
export const variationalNeeds: TrainingNeeds = { fewestSteps: 4000 };

export interface TrainingLength {
  epochs: number;
  batchSize: number;
}

/** What was given of a training of `count` pictures, the rest as usual. */
export function usualTraining(
  count: number,
  { epochs, batchSize }: Partial<TrainingLength>,
  needs: TrainingNeeds = {},
): TrainingLength {
  const { smallestBatch: smallest = smallestBatch, fewestSteps: fewest = fewestSteps } = needs;
  let usual = usualBatch;
  while (usual > smallest && count < batchesOfPass * usual) usual /= 2;
  const batch = batchSize ?? usual;
  return {
    batchSize: batch,
    epochs: epochs ?? Math.max(fewestEpochs, Math.ceil(fewest / stepsOfPass(count, batch))),
  };
}

/** Steps of a pass over `count` pictures. */
export function stepsOfPass(count: number, batchSize: number): number {
  return Math.max(1, Math.ceil(count / batchSize));
}

/** How many of `count` pictures are held out: the share, and all but one at most. */
export function numberHeldOut(count: number, share: number): number {
  return count < 2 ? 0 : Math.min(count - 1, Math.round(share * count));
}
