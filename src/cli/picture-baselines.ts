import type { PictureComponents } from "../images/picture-components.js";
import type { PictureSet } from "../images/picture-set.js";
import { stepsOfPass, usualTraining } from "../images/usual-training.js";
import type { TaskOptions } from "../io/progress.js";
import type { Space } from "../space/space.js";
import { count, type Output, plural } from "./output.js";
import type { PictureMethodName } from "./picture-methods.js";

/** Errors that a space of pictures has to be better than: of the same pictures, held out by the same seed. */
export interface Baselines {
  /** What the mean picture loses. */
  mean: number;
  /** What principal components lose, as many as the codes have numbers or as there are. */
  pca: { error: number; dimensions: number };
}

/** The space's error beside the baselines, all of the pictures held out or, where none were, of those trained on. */
export interface Compared extends Baselines {
  error: number;
  /** Of the pictures trained on, and what PCA loses of them. */
  training: { error: number; pca: number };
}

/** Compares a trained space with the mean picture and PCA; null where the space tells no error of the kind. */
export async function compareWithBaselines(
  pictures: PictureSet,
  space: Space,
  task: TaskOptions & { threads?: number },
): Promise<Compared | null> {
  const { heldOut } = space.options;
  const { heldOutError, trainingError } = space.metrics;
  if (typeof heldOut !== "number" || typeof trainingError !== "number" || space.seed === null) return null;
  const { pictureComponents } = await import("../images/picture-components.js");
  const { numberHeldOut } = await import("../images/usual-training.js");
  const { length } = pictures.names;
  const most = Math.min(length - numberHeldOut(length, heldOut), pictures.width * pictures.height * pictures.channels);
  const dimensions = Math.min(space.dimensions, most);
  const found = await pictureComponents(pictures, { ...task, dimensions, heldOut, seed: space.seed });
  const training = { error: trainingError, pca: found.trainingError };
  return typeof heldOutError === "number"
    ? { error: heldOutError, training, ...baselinesOf(found, dimensions, "HeldOut") }
    : { error: trainingError, training, ...baselinesOf(found, dimensions, "Training") };
}

function baselinesOf(found: PictureComponents, dimensions: number, part: "HeldOut" | "Training"): Baselines {
  const [mean, error] =
    part === "HeldOut" ? [found.meanHeldOutError, found.heldOutError] : [found.meanTrainingError, found.trainingError];
  return { mean: mean ?? 0, pca: { error: error ?? 0, dimensions } };
}

/** Says how much a trained space is worth, and plainly where it is worth nothing, with what to try. */
export function noteBaselines(output: Output, method: PictureMethodName, space: Space, compared: Compared): void {
  const { mean, pca } = compared;
  const plane = `${pca.error.toPrecision(4)} by PCA with ${plural(pca.dimensions, "dimension")}`;
  output.note(`beside    ${mean.toPrecision(4)} by the mean picture alone, ${plane}`);
  const warning = warningOf(method, space, compared);
  if (warning !== null) output.warn(warning);
}

/** Below this share of the mean picture's error codes say something. */
const hardly = 0.95;

function warningOf(method: PictureMethodName, space: Space, { error, mean, pca, training }: Compared): string | null {
  if (mean === 0) return "all pictures are alike: there is nothing that codes could tell";
  const byHeart = training.error < training.pca;
  if (error >= hardly * mean && !byHeart)
    return `the codes give back hardly more than the mean picture: the training was too short. ${longer(space)}`;
  // a VAE and what shapes its codes pay for their clouds with detail
  if (method !== "autoencoder" || error < pca.error) return null;
  const what = "PCA, which takes seconds, gives the pictures back better (--method pca)";
  if (!byHeart) return `${what}: the training was too short. ${longer(space)}`;
  return `${what}: the network has learned the pictures by heart, and more of them would help`;
}

function longer({ options, metrics }: Space): string {
  const [epochs, batchSize, pictures] = [Number(options.epochs), Number(options.batchSize), Number(metrics.pictures)];
  const trained = pictures - Number(metrics.heldOut);
  const steps = count(epochs * stepsOfPass(trained, batchSize));
  const usual = usualTraining(trained, {});
  const smaller = batchSize > usual.batchSize ? ` and --batch-size ${usual.batchSize}` : "";
  return `It had ${steps} ${steps === "1" ? "step" : "steps"}; try --epochs ${Math.max(4 * epochs, usual.epochs)}${smaller}`;
}
