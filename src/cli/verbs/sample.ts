import type { Command } from "commander";
import { UsageError } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { plural, shown } from "../output.js";
import type { Perform } from "../shell.js";
import { decodedPictures, writePng } from "../walk-pictures.js";

interface SampleFlags {
  count?: number;
  seed?: number;
  output?: string;
}

/** Samples in all and in a row of the sheet where nothing is said. */
const [usualCount, usualColumns] = [64, 8];

export function sampleVerb(perform: Perform): Command {
  return verb(
    "sample",
    "ask",
    "things that are not in a space: vectors at random, and what they decode to",
    "Draws vectors at random: from the distribution that the method drew its codes towards where it has one (a VAE's standard " +
      "normal), else from a normal distribution with the mean and the covariance of the space's vectors, and says which. Shows " +
      "the item nearest to each with its distance: samples that lie on items are remembered, not made up.",
    [
      ["sample faces.space -o samples.png", "64 new pictures"],
      ["sample faces.space --count 16 --seed 2 -o samples.png --json", "others, and the items nearest to them"],
      ["sample words.space --count 5", "of a space that decodes nothing: the items nearest to such vectors"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .option("-k, --count <integer>", `how many (default ${usualCount})`, number)
    .option("--seed <integer>", "same seed, same samples (default 1)", number)
    .option("-o, --output <file.png>", "of a space of pictures: the samples as a sheet, a single one as it is")
    .action(
      perform(async (shell, flags: SampleFlags, path: string) => {
        const { output: file, count = usualCount, seed = 1 } = flags;
        const { output, signal } = shell;
        if (file !== undefined && !/\.png$/i.test(file))
          throw new UsageError(`sample: --output must end in .png, got ${file}`);
        const { openSpace } = await import("../open-space.js");
        const { samplesOf } = await import("../../images/sample.js");
        const space = await openSpace(path, shell);
        const { vectors, distribution } = await samplesOf(space, count, seed);
        const near = await space.near(vectors, { count: 1, metric: "euclidean", signal });
        const samples = near.map(([nearest], sample) => ({ sample, nearest: nearest.name, distance: nearest.score }));
        output.note(`drawn     ${plural(count, "vector")} from a ${distribution} distribution, seed ${seed}`);
        if (file !== undefined) {
          const { pictureSheet } = await import("../../images/sheet.js");
          const pictures = await decodedPictures(space, vectors, signal);
          const [one] = pictures;
          await writePng(file, count === 1 ? one : pictureSheet(pictures, { columns: usualColumns }), shell);
        }
        output.result({ space: path, seed, distribution, samples }, () =>
          output.table([
            { title: "sample", cells: samples.map(({ sample }) => String(sample)), right: true },
            { title: "nearest", cells: samples.map(({ nearest }) => shown(nearest)) },
            { title: "distance", cells: samples.map(({ distance }) => distance.toPrecision(4)), right: true },
          ]),
        );
      }),
    );
}
