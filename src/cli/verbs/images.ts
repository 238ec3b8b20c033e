import { type Command, Option } from "commander";
import { divergenceNames } from "../../images/divergences/names.js";
import type { PictureSet } from "../../images/picture-set.js";
import { targetNames } from "../../images/target-names.js";
import { stepsOfPass, usualTraining } from "../../images/usual-training.js";
import { FormatError } from "../../io/errors.js";
import type { OnProgress, Progress } from "../../io/progress.js";
import type { Space } from "../../space/space.js";
import { contactSheet } from "../contact-sheet.js";
import { UsageError, writing } from "../exit-codes.js";
import { flagOf, list, number, verb } from "../flags.js";
import { type ForeignDecoder, openDecoder } from "../foreign-decoder.js";
import {
  notePictures,
  type PictureFlags,
  pictureFlags,
  pictureInput,
  readPictureInput,
  withPictureFlags,
} from "../open-pictures.js";
import { commandText, count, duration, type Output, percent, plural, shown } from "../output.js";
import { compareWithBaselines, noteBaselines } from "../picture-baselines.js";
import {
  namesOfPictureMethods,
  numberTrained,
  type PictureMethodFlags,
  type PictureMethodName,
  pictureMethod,
  pictureMethods,
} from "../picture-methods.js";
import type { Perform } from "../shell.js";
import { StageClock } from "../stage-clock.js";
import { defaultTarget, noteCheckpoint, requireFree, requirePlace, titleOf } from "../target.js";
import { trainingTime } from "../training-time.js";
import { writePng } from "../walk-pictures.js";
import { checkWatch, type WatchFlags, watchTraining, withWatchFlags } from "../watch-training.js";

interface ImagesFlags extends PictureFlags, PictureMethodFlags, WatchFlags {
  method?: PictureMethodName;
  output?: string;
  contactSheet?: string | boolean;
  force?: boolean;
  dryRun?: boolean;
  resume?: boolean;
  checkpointEvery?: number;
}

export function imagesVerb(perform: Perform): Command {
  const methods = Object.entries(pictureMethods).map(([name, { does }]) => `${name} (${does})`);
  const command = verb(
    "images",
    "make",
    "learn a space of pictures that can be walked",
    "Learns a vector for every picture and a way back, so that points between pictures and along directions can be looked at. " +
      "Takes a folder of pictures (PNG, PPM; with sharp also JPEG, WebP, GIF, AVIF, TIFF), a sprite sheet, or an IDX file such as " +
      `MNIST's. Methods: ${methods.join(", ")}. Ends with a contact sheet: items, what their codes give back, and pictures ` +
      "from codes at random.",
    [
      ["images faces/", "writes faces.space and faces-contact.png"],
      ["images faces/ --labels people.csv --size 64 --dry-run", "what would be done, and how long it would take"],
      ["images train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz -o digits.space", "MNIST and its like"],
      ["images emoji.png --tile 32 --labels emoji.csv --dimensions 16", "a sprite sheet with names and groups"],
      ["images faces/ --explore", "shows the map in the browser while the codes find their places"],
      ["images faces/ --resume", "goes on after an interruption"],
      ["images faces/ --decoder generator.onnx", "codes for a decoder that was made elsewhere, found by inversion"],
    ],
  )
    .argument("<pictures...>", "a folder, an IDX file, or sprite sheets")
    .option("-o, --output <name.space>", "folder of the space (default: the first file's name, in the current folder)")
    .option("--contact-sheet <file.png>", "where it goes (default: beside the space, NAME-contact.png)")
    .option("--no-contact-sheet", "write none")
    .option("--dry-run", "say what would be done and for how long, and do nothing")
    .option("--force", "replace a space, or start anew where an interrupted run left a checkpoint");
  withPictureFlags(command)
    .optionsGroup("Model:")
    .addOption(
      new Option("--method <name>", "how (default autoencoder; inversion with --decoder)").choices(
        namesOfPictureMethods,
      ),
    )
    .option("--dimensions <integer>", "numbers in a code; 10 to 100 is usual (default 30)", number)
    .addOption(
      new Option("--network <kind>", "default dense up to 32 x 32, else convolutional").choices([
        "dense",
        "convolutional",
      ]),
    )
    .option(
      "--hidden <widths>",
      "of the dense network, separated by commas; none makes it linear (default 1000,500,250)",
      widths,
    )
    .option(
      "--epochs <integer>",
      "passes over the pictures (default 20; of few pictures, as many as make 1,000 steps, 4,000 of a VAE)",
      number,
    )
    .option("--batch-size <integer>", "pictures a step (default 128; of fewer than 2,048 pictures down to 16)", number)
    .option("--learning-rate <number>", "Adam's first step (default 0.001; of inversion 0.1)", number)
    .option("--held-out <number>", "share of the pictures that the error is measured on (default 0.1)", number)
    .option("--smoothness <number>", "weight of a prior that makes walks smooth, .01 to 1 (default 0)", number)
    .addOption(new Option("--loss <kind>", "of autoencoder (default squared)").choices(["squared", "cross-entropy"]))
    .option("--beta <number>", "of vae: weight of the KL term; 1 is the bound itself (default 1)", number)
    .addOption(
      new Option("--likelihood <kind>", "of vae: of pixels (default bernoulli)").choices(["bernoulli", "gaussian"]),
    )
    .option("--deviation <number>", "of vae, gaussian: standard deviation of a pixel (default 0.1)", number)
    .addOption(
      new Option("--binarize <how>", "of vae: make pixels 0 or 1 (default none)").choices([
        "none",
        "threshold",
        "stochastic",
      ]),
    )
    .option("--decoder <file.onnx>", "of inversion: the decoder, from codes to pictures of 0..1, -1..1 or 0..255")
    .addOption(
      new Option("--range <values>", "of its pictures (default: what they look like)").choices([
        "0..1",
        "-1..1",
        "0..255",
      ]),
    )
    .addOption(
      new Option("--descent <how>", "of inversion (default adam; lbfgs takes fewer steps)").choices(["adam", "lbfgs"]),
    )
    .option("--restarts <integer>", "of inversion: starts besides the mean (default 3)", number)
    .option("--steps <integer>", "of inversion, from each start (default 1000; lbfgs at most 500)", number)
    .addOption(
      new Option("--divergence <name>", "of generative-autoencoder: how its cloud is compared (default mmd)").choices(
        divergenceNames,
      ),
    )
    .addOption(
      new Option("--target <name>", "of generative-autoencoder: what codes lie as (default normal)").choices(
        targetNames,
      ),
    )
    .option(
      "--lambda <number>",
      "of generative-autoencoder: weight of the divergence (default 100; 10 before a transport)",
      number,
    )
    .addOption(
      new Option("--matching <how>", "of generative-autoencoder: codes of a batch, or of all (default local)").choices([
        "local",
        "global",
      ]),
    )
    .option("--cloud <integer>", "of global matching: codes compared at once (default 2048)", number)
    .option("--projections <integer>", "of divergence sliced: directions a step (default 50)", number)
    .option("--blur <number>", "of divergence sinkhorn: share of the usual distance (default 0.05)", number)
    .option(
      "--transport <rounds>",
      "of generative-autoencoder: of a map that brings codes the rest of the way (default 64 from 10,000 pictures on, else 0)",
      number,
    )
    .option("--seed <integer>", "same seed and number of threads, same bytes (default 1)", number)
    .optionsGroup("Machine:")
    .option(
      "--threads <integer>",
      "threads (default: one a processor); the bytes of what is trained depend on their number",
      number,
    )
    .option("--checkpoint-every <seconds>", "seconds from checkpoint to checkpoint; 0 for none (default 60)", number)
    .option("--resume", "go on where an interrupted run of the same pictures and flags stopped");
  return withWatchFlags(command).action(
    perform(async (shell, flags: ImagesFlags, paths: string[]) => {
      const { output, signal } = shell;
      const { checkpointEvery = 60, force, resume, dryRun } = flags;
      const method = pictureMethod(flags.method ?? (flags.decoder === undefined ? undefined : "inversion"));
      const options = optionsOf(flags, method);
      checkWatch("images", flags);
      const target = flags.output ?? defaultTarget(paths[0], "pictures");
      if (!(checkpointEvery >= 0))
        throw new UsageError(`images: --checkpoint-every must be >= 0, got ${checkpointEvery}`);
      const checkpointFolder = `${target}/checkpoint`;
      const sheet = sheetPath(flags.contactSheet, target);
      const goesOn = await requireFree("images", target, checkpointFolder, { force, resume }, output);
      if (sheet !== null) await requirePlace(sheet);
      const clock = new StageClock();
      const follow = (onProgress: OnProgress) => (event: Progress) => {
        clock.see(event);
        onProgress(event);
      };
      const reading = { signal, onProgress: follow(shell.onProgress) };
      const { decoder } = options;
      const foreign = decoder === undefined ? undefined : await openDecoder(decoder, options.range, output);
      const framed = foreign === undefined ? flags : await framedBy(foreign, paths, flags);
      const pictures = await readPictureInput("images", paths, framed, { ...shell, ...reading });
      notePictures(output, paths, pictures);
      requireEnough(pictures, paths[0], method.least, flags);
      await method.check(pictures, options);
      const estimates = method.trains && !(goesOn && !dryRun);
      const always = dryRun ?? false;
      const seconds = estimates ? await trainingTime(pictures, method, options, { signal, always }) : null;
      notePlan(output, method, options, pictures, { seconds, always });
      const keeps = method.trains && checkpointEvery > 0;
      output.note(`result    ${shown(target)}${keeps ? `, a checkpoint every ${checkpointEvery} s` : ""}`);
      if (dryRun) {
        const { width, height, channels, names, notes } = pictures;
        const found = { pictures: names.length, width, height, channels, notes };
        output.result({ space: target, method: method.name, ...found, options, seconds }, () => "");
        return;
      }
      const plan = {
        title: titleOf(target, "pictures"),
        kind: "images",
        geometry: "euclidean",
        moves: method.trains,
      } as const;
      const watch = await watchTraining("images", plan, flags, shell);
      if (flags.explore) {
        const { thumbnailsOf } = await import("../../images/thumbnails.js");
        watch.begin({ names: pictures.names, columns: pictures.columns, thumbnails: thumbnailsOf(pictures) });
      }
      const making = method.embed(pictures, options, {
        ...{ signal, onProgress: follow(watch.onProgress), onVectors: watch.onVectors },
        ...(foreign === undefined ? {} : { decoder: foreign }),
        onNote: (note) => output.warn(note),
        checkpoints: keeps ? { folder: checkpointFolder, every: checkpointEvery, resume } : undefined,
      });
      shell.stop.patient = keeps;
      const space = shell.use(
        await watch.outcome(making).catch((error) => noteCheckpoint(error, checkpointFolder, shell)),
      );
      clock.stage("saving");
      await writing(() => space.save(target));
      const { files, folderOf } = await import("#platform");
      const { inFolder } = await import("../../io/new-folder.js");
      await files.remove(checkpointFolder);
      const { threads } = options;
      const compared = method.trains ? await compareWithBaselines(pictures, space, { ...reading, threads }) : null;
      clock.end();
      noteErrors(output, space);
      if (compared !== null) noteBaselines(output, method.name, space, compared);
      noteCodes(output, space);
      noteDone(output, target, space, clock);
      if (sheet !== null) {
        const picture = await contactSheet(space, options.seed ?? 1, signal);
        await writing(() => inFolder(folderOf(sheet), () => writePng(sheet, picture, shell)));
      }
      const { metrics, seed, dimensions } = space;
      const made = { space: target, method: method.name, items: space.length, dimensions, metrics, seed };
      const baselines = compared === null ? null : { mean: compared.mean, pca: compared.pca };
      output.result({ ...made, baselines, contactSheet: sheet, stages: clock.stages }, () => "");
      if (!output.json) noteNext(output, target, pictures);
      await watch.explore();
    }),
  );
}

/** `1000,500`, or `none`. */
function widths(text: string): number[] {
  return text === "none" ? [] : list(text).map(number);
}

/** Pictures are read at the decoder's size where no other is asked for; those of IDX files have theirs. */
async function framedBy(
  { frame }: ForeignDecoder,
  [path]: readonly string[],
  flags: ImagesFlags,
): Promise<ImagesFlags> {
  return (await pictureInput(path)) === "idx" ? flags : { ...frame, ...flags };
}

/** The options that were given. Flags that are another method's would be without effect. */
function optionsOf(flags: ImagesFlags, method: ReturnType<typeof pictureMethod>): PictureMethodFlags {
  const reading: readonly string[] = pictureFlags;
  const own: readonly string[] = method.flags;
  const others: readonly string[] = Object.values(pictureMethods).flatMap(({ flags }) => flags);
  const options: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(flags)) {
    if (own.includes(flag)) options[flag] = value;
    else if (others.includes(flag) && !reading.includes(flag))
      throw new UsageError(`images: ${flagOf(flag)} has no effect with --method ${method.name}`);
  }
  if (method.name === "inversion" && flags.decoder === undefined)
    throw new UsageError("images: --method inversion needs --decoder FILE.onnx");
  if (!method.trains && (flags.resume || flags.checkpointEvery !== undefined))
    throw new UsageError(`images: ${method.name} is computed at once; it has no checkpoints`);
  return options as PictureMethodFlags;
}

/** Refuses fewer pictures than the method learns from: too few in the input, or by --limit. */
function requireEnough(
  { names }: PictureSet,
  path: string,
  least: number,
  { limit = Number.POSITIVE_INFINITY }: ImagesFlags,
): void {
  if (names.length >= least) return;
  if (limit < least) throw new UsageError(`images: --limit must be >= ${least} to learn from, got ${limit}`);
  const message = `${least} pictures or more were needed to learn from, this has ${names.length} that can be read`;
  throw new FormatError("empty", { file: path }, message);
}

function notePlan(
  output: Output,
  method: ReturnType<typeof pictureMethod>,
  options: PictureMethodFlags,
  pictures: PictureSet,
  { seconds, always }: { seconds: number | null; always: boolean },
): void {
  const given = Object.entries(options).map(([name, value]) => `, ${flagOf(name)} ${String(value) || "none"}`);
  output.note(`model     ${method.name}${given.join("")}`);
  if (method.trains) {
    const trained = numberTrained(pictures, options);
    const { epochs, batchSize } = usualTraining(trained, options, method.needs);
    const steps = plural(stepsOfPass(trained, batchSize), "step");
    output.note(
      `training  ${plural(epochs, "epoch")} of ${steps}, ${plural(Math.min(batchSize, trained), "picture")} a step`,
    );
  }
  if (seconds !== null) {
    output.note(`estimate  about ${duration(Math.max(0.1, seconds))} of training, by a few steps of it`);
  } else if (always && !method.trains)
    output.note(`estimate  none: ${method.name} is computed at once, not in steps that could be timed`);
}

/** `a/faces.space` has `a/faces-contact.png` beside it. */
function sheetPath(given: string | boolean | undefined, target: string): string | null {
  if (typeof given === "string") {
    if (!/\.png$/i.test(given)) throw new UsageError(`images: --contact-sheet must end in .png, got ${given}`);
    return given;
  }
  return given === false ? null : `${target.replace(/[/\\]+$/, "").replace(/\.space$/i, "")}-contact.png`;
}

type Metrics = Partial<Record<"error" | "heldOutError" | "trainingError" | "heldOut", number | null>>;

function noteErrors(output: Output, space: Space): void {
  const { heldOutError = null, trainingError = null, error = null, heldOut } = space.metrics as Metrics;
  const errors = [
    error === null ? [] : [`${error.toPrecision(4)} of all, as the decoder makes them`],
    heldOutError === null ? [] : [`${heldOutError.toPrecision(4)} of ${plural(heldOut ?? 0, "picture")} held out`],
    trainingError === null ? [] : [`${trainingError.toPrecision(4)} of those trained on`],
  ].flat();
  output.note(`error     squared, a picture: ${errors.join(", ")}`);
  const { explainedVarianceRatio: kept } = space.metrics;
  if (Array.isArray(kept)) {
    const share = percent((kept as number[]).reduce((sum, ratio) => sum + ratio, 0));
    output.note(`kept      ${share} of the variance of those trained on`);
  }
}

/** What methods tell of their codes besides the error. */
function noteCodes(output: Output, space: Space): void {
  const { heldOutReconstruction, trainingReconstruction, heldOutKl, trainingKl, deadCoordinates } = space.metrics;
  const [made, kl] = [heldOutReconstruction ?? trainingReconstruction, heldOutKl ?? trainingKl].map(Number);
  if (Array.isArray(deadCoordinates)) {
    const dead = `${deadCoordinates.length} of ${space.dimensions} coordinates say nothing of the pictures`;
    output.note(`bound     ${made.toFixed(1)} nats a picture to make it, ${kl.toFixed(1)} for its code; ${dead}`);
  }
  const { twoSamplePValue } = space.metrics;
  if (typeof twoSamplePValue === "number") {
    output.note(
      `codes     told from ${space.options.target} points by a two-sample test: p = ${twoSamplePValue.toFixed(3)}`,
    );
  }
}

function noteDone(output: Output, target: string, space: Space, clock: StageClock): void {
  output.note(`time      ${clock.stages.map(({ stage, seconds }) => `${stage} ${duration(seconds)}`).join(", ")}`);
  output.note(`wrote     ${shown(target)}: ${plural(space.length, "picture")}, ${count(space.dimensions)} dimensions`);
}

function noteNext(output: Output, target: string, { names, columns }: PictureSet): void {
  const [first, last] = [names[0], names[names.length - 1]];
  const column = [...columns]
    .map(([name, values]) => ({ name, values: Array.from(values).filter((value) => value !== null) }))
    .find(({ values }) => canSteer(values));
  const command = (...words: Parameters<typeof commandText>) => output.note(`  ${commandText(...words)}`);
  output.note("\nnext");
  command("near", [target, first]);
  if (column === undefined) command("direction", [target, "change"], { "--component": "1" });
  else {
    const { name, values } = column;
    const isScale = typeof values[0] === "number" && new Set(values).size > mostClasses;
    const positive: Record<string, string> = isScale ? {} : { "--positive": String(values[0]) };
    command("direction", [target, "change"], { "--column": name, ...positive });
  }
  command("walk", [target, first], { "--along": "change", "-o": "strip.png" });
  command("walk", [target, first], { "--towards": last, "-o": "walk.gif" });
  command("sample", [target], { "-o": "samples.png" });
  command("invert", [target, "another-picture.png"]);
  command("map", [target]);
}

/** Different values of a column up to which they are taken for classes. */
const mostClasses = 20;

/** Whether a direction can be learned from a column: a few classes, or numbers. */
function canSteer(values: readonly unknown[]): boolean {
  const different = new Set(values).size;
  return different > 1 && (different <= mostClasses || values.every((value) => typeof value === "number"));
}
