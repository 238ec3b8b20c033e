import type { PictureClassifier } from "../images/classifier.js";
import type { PictureEvaluation } from "../images/evaluate-pictures.js";
import type { PictureSet } from "../images/picture-set.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { flagOf } from "./flags.js";
import { heldOutText } from "./held-out-text.js";
import { takesPictures } from "./new-pictures.js";
import { notePictures, type PictureFlags, pictureInput, readPictureInput } from "./open-pictures.js";
import { count, percent, shown } from "./output.js";
import type { Shell } from "./shell.js";

/** Flags of the evaluation of spaces of pictures. */
export interface EvaluatePicturesFlags {
  pictures?: string;
  heldOut?: string;
  classifier?: string;
  samples?: number;
  tile?: PictureFlags["tile"];
  table?: string;
  label?: string;
  seed?: number;
}

/** Flags that are without effect where there are no pictures. */
const pictureFlags = ["classifier", "samples", "tile", "table"] as const;

/** Columns that hold classes, the first that there is, as of `--labels`. */
const usualLabels = ["label", "class", "y", "target"];

/** Whether pictures are to be evaluated. Throws UsageError for flags that would be without effect. */
export function withPictures(flags: EvaluatePicturesFlags): boolean {
  if (flags.pictures !== undefined || flags.heldOut !== undefined) return true;
  const idle = pictureFlags.find((name) => flags[name] !== undefined);
  if (idle !== undefined)
    throw new UsageError(`evaluate: ${flagOf(idle)} has no effect without --pictures or --held-out`);
  return false;
}

/**
 * Evaluates spaces of pictures by one classifier: that of `--classifier`, which is learned from the training pictures of the first
 * space, and kept, where there is no such file.
 */
export async function evaluateSpacesOfPictures(
  spaces: readonly Space[],
  flags: EvaluatePicturesFlags,
  shell: Shell,
): Promise<PictureEvaluation[]> {
  const { evaluatePictures } = await import("../images/evaluate-pictures.js");
  const { trainedParts } = await import("../images/trained-pictures.js");
  const { signal, onProgress } = shell;
  for (const space of spaces) {
    if (!takesPictures(space)) {
      const what = space.method ?? "no known method";
      throw new UsageError(`evaluate: --pictures goes with spaces of pictures; one of the spaces is of ${what}`);
    }
  }
  if (flags.table !== undefined && flags.tile === undefined)
    throw new UsageError("evaluate: --table goes with --tile: it names the tiles of a sprite sheet");
  const read = async (path: string | undefined) =>
    path === undefined ? null : readAsOf(spaces[0], path, { tile: flags.tile, labels: flags.table }, shell);
  const [pictures, others] = [await read(flags.pictures), await read(flags.heldOut)];
  if (pictures !== null && flags.tile !== undefined && flags.table === undefined) {
    const names = await spaces[0].names();
    if (names.length > 0 && !pictures.names.includes(names.get(0))) {
      const called = `the space's are called ${shown(names.get(0))} and so on`;
      throw new UsageError(
        `evaluate: tiles of a sheet are numbers without a table, and ${called}: --table FILE names them`,
      );
    }
  }
  const reports: PictureEvaluation[] = [];
  let classifier: PictureClassifier | undefined;
  for (const space of spaces) {
    const parts = pictures === null ? null : await trainedParts(space, pictures);
    const heldOut = others ?? parts?.heldOut ?? null;
    if (heldOut === null)
      throw new UsageError("evaluate: the space was trained on all of its pictures; others are needed: --held-out");
    classifier ??= await classifierFor(parts?.training ?? null, flags, shell);
    const training = parts?.training;
    const { samples, seed } = flags;
    const given = {
      samples,
      seed,
      signal,
      onProgress,
      ...(classifier && { classifier }),
      ...(training && { training }),
    };
    reports.push(await evaluatePictures(space, heldOut, given));
  }
  return reports;
}

/** Pictures as those of a space: of its size and channels. */
async function readAsOf(
  space: Space,
  path: string,
  own: Pick<PictureFlags, "tile" | "labels">,
  shell: Shell,
): Promise<PictureSet> {
  const { frameOf } = await import("../images/picture-models.js");
  const { width, height, channels, fit, background } = frameOf(space);
  const idx = (await pictureInput(path)) === "idx";
  const frame = idx ? {} : { size: [width, height] as [number, number], channels, fit, background };
  const set = await readPictureInput("evaluate", [path], { ...frame, ...own }, shell);
  notePictures(shell.output, [path], set);
  return set;
}

/** The classifier in whose features pictures are compared; undefined where there is none to read and nothing to learn from. */
async function classifierFor(
  training: PictureSet | null,
  { classifier: path, label }: EvaluatePicturesFlags,
  shell: Shell,
): Promise<PictureClassifier | undefined> {
  const { files } = await import("#platform");
  const { classifier, loadClassifier } = await import("../images/classifier.js");
  const { output, signal, onProgress } = shell;
  if (path !== undefined && (await files.info(path).catch(() => null)) !== null) {
    if (label !== undefined) output.note(`${shown(path)} is there already: --label is not used for it`);
    return loadClassifier(path);
  }
  const column = label ?? usualLabels.find((name) => training?.columns.has(name));
  if (training === null || column === undefined) {
    const reason = training === null ? "--pictures and a column" : "a column of classes (--label)";
    if (path !== undefined || label !== undefined)
      throw new UsageError(`evaluate: a classifier is learned from the space's pictures: ${reason} is needed`);
    output.note(
      `no Frechet distance: a classifier to compare by (--classifier), or ${reason} to learn one from, is needed`,
    );
    return undefined;
  }
  output.note(`learning a classifier of ${shown(column)} from ${count(training.names.length)} training pictures`);
  const learned = await classifier(training, { label: column, signal, onProgress });
  output.note(`it tells ${learned.accuracy === null ? "-" : percent(learned.accuracy)} of held-out pictures`);
  if (path !== undefined) {
    const { writing } = await import("./exit-codes.js");
    await writing(() => learned.save(path));
    output.note(`kept in ${shown(path)}`);
  }
  return learned;
}

/** An evaluation in lines. */
export function pictureText(path: string, report: PictureEvaluation): string {
  const { reconstruction, samples, codes, nearest, features, directions } = report;
  const { pictures, perPicture, perPixel } = reconstruction;
  const lines = [
    shown(path),
    `reconstruction  ${figure(perPicture)} a picture, ${figure(perPixel)} a pixel: squared error of ${count(pictures)} held-out pictures`,
    `samples         ${count(samples.count)} from a ${samples.distribution} distribution`,
    `codes           p ${figure(codes.pValue)} in a two-sample test of codes of held-out pictures against this distribution, ` +
      `${count(codes.points)} of each, ${count(codes.permutations)} permutations`,
  ];
  if (nearest !== null) {
    const ratio = nearest.ratio === null ? "-" : figure(nearest.ratio);
    lines.push(
      `nearest         ${figure(nearest.samples)} from a sample to a training picture, ${figure(nearest.heldOut)} from a held-out picture: ` +
        `ratio ${ratio}, near 0 for copies; ${percent(nearest.closer)} of samples are closer than 99 % of these`,
    );
  }
  if (features !== null) {
    const { frechet, samples: made, training } = features;
    const real = (value: number | null | undefined) =>
      value === null || value === undefined ? "" : `, training pictures ${figure(value)}`;
    lines.push(
      `frechet         samples ${figure(frechet.samples)}, reconstructions ${figure(frechet.reconstructions)}${real(frechet.training)}: ` +
        `classifier-feature Frechet distance (${features.name}) from held-out pictures, ${count(features.count)} of each`,
      `precision       samples ${figure(made.precision)}${real(training?.precision)}: share that lies where held-out pictures are`,
      `recall          samples ${figure(made.recall)}${real(training?.recall)}: share of held-out pictures that lies where these are`,
    );
  }
  for (const [name, metrics] of Object.entries(directions)) {
    lines.push(`direction       ${shown(name)}: ${heldOutText(metrics) ?? "not measured"}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Three digits that count. */
function figure(value: number): string {
  return value === 0 ? "0" : String(Number(value.toPrecision(3)));
}
