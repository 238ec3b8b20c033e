import { type Command, Option } from "commander";
import type { Picture } from "../../formats/picture.js";
import type { Inversion, Inversions, InvertOptions } from "../../images/invert.js";
import { given } from "../../io/options.js";
import type { Neighbor } from "../../space/neighbors.js";
import type { Space } from "../../space/space.js";
import { UsageError, writing } from "../exit-codes.js";
import { list, number, several, verb } from "../flags.js";
import { itemWord, type Output, plural, shellWord, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";
import { shapeOf } from "../walk-pictures.js";

interface InvertFlags
  extends Pick<
    InvertOptions,
    "method" | "start" | "restarts" | "steps" | "learningRate" | "prior" | "continuity" | "threads" | "seed"
  > {
  count?: number;
  add?: boolean;
  names?: string[];
  output?: string[];
  delay?: number;
}

export function invertVerb(perform: Perform): Command {
  return verb(
    "invert",
    "steer",
    "find the code of a picture that the space has never seen",
    "Searches for the code whose picture, as the space's decoder makes it, is nearest to yours, from several starts: the " +
      "encoder's code or the mean, and random codes. Tells the squared error of every start, summed over the pixels in 0 .. 1, " +
      "and the items nearest to the best code.",
    [
      ["invert faces.space me.jpg -o me.png", "draws the picture beside what its code gives"],
      ["invert faces.space me.jpg -o search.gif", "how the search came there, as an animation"],
      ["invert faces.space me.jpg --add --names me", "then: thing2vec walk faces.space me --along age"],
      ["invert digits.space a.png b.png --method lbfgs --restarts 20", "several pictures, another method, more starts"],
    ],
  )
    .argument("<space>", "a space of pictures")
    .argument("<pictures...>", "files of pictures, of any size")
    .addOption(
      new Option("--method <method>", "how to descend (default adam; lbfgs takes fewer steps)").choices([
        "adam",
        "lbfgs",
      ]),
    )
    .addOption(
      new Option("--start <start>", "where to begin (default encoder where there is one)").choices(["encoder", "mean"]),
    )
    .option("--restarts <integer>", "further starts from random codes (default 3)", number)
    .option("--steps <integer>", "steps from each start (default 1000; lbfgs at most 500)", number)
    .option("--learning-rate <number>", "of adam, in standard deviations of the codes (default 0.1)", number)
    .option("--prior <weight>", "keeps codes near the mean of the items' (default 0; .01 to 1 is useful)", number)
    .option("--continuity <weight>", "keeps the decoded picture smooth (default 0)", number)
    .option("--add", "put the codes into the space, as items")
    .option(
      "--names <names>",
      "with --add: what they are called, separated by commas (default: the files' names)",
      list,
    )
    .option(
      "-o, --output <file>",
      "draw originals and reconstructions as .png, or the way of the search as .gif or .webp; may be given twice",
      several,
    )
    .option("--delay <milliseconds>", "of an animation: how long a step is shown (default 100)", number)
    .option("-k, --count <integer>", "how many nearest items to show (default 3)", number)
    .option("--threads <integer>", "threads (default: what suits the size of the decoder)", number)
    .option("--seed <integer>", "of the random starts (default 1)", number)
    .action(
      perform(async (shell, flags: InvertFlags, path: string, files: string[]) => {
        for (const file of flags.output ?? []) shapeOf(file, "invert");
        const names = namesFor(files, flags);
        const { openSpace } = await import("../open-space.js");
        const { readPicture } = await import("../../images/read-pictures.js");
        const { invert } = await import("../../images/invert.js");
        const { output, signal, onProgress } = shell;
        const space = await openSpace(path, shell);
        if (flags.add) await requireRoom(space, names);
        const pictures: Picture[] = [];
        for (const file of files) pictures.push(await readPicture(file));
        const { method, start, restarts, steps, learningRate, prior, continuity, threads, seed } = flags;
        const found = await invert(space, pictures, {
          ...given({ method, start, restarts, steps, learningRate, prior, continuity, threads, seed }),
          ...{ signal, onProgress },
        });
        for (const note of found.notes) output.note(note.replace(/^picture (\d+)/, (_, k) => shown(files[Number(k)])));
        const codes = found.inversions.map(({ code }) => code);
        const nearest = await space.near(codes, { count: flags.count ?? 3, signal });
        await draw(space, found.inversions, flags, shell);
        if (flags.add) {
          await addItems(space, names, found.inversions, signal);
          await writing(() => space.save(path, signal));
        }
        report(path, files, flags.add ? names : [], found, nearest, output);
      }),
    );
}

/** Names of the new items: those given, or the files' without their folders. */
function namesFor(files: readonly string[], { add, names }: InvertFlags): readonly string[] {
  if (names !== undefined && !add) throw new UsageError("invert: --names goes with --add");
  if (names !== undefined && names.length !== files.length)
    throw new UsageError(`invert: as many --names as pictures were needed, ${files.length}, got ${names.length}`);
  return names ?? files.map((file) => file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1));
}

/** Refuses names that are taken, before work begins. */
async function requireRoom(space: Space, names: readonly string[]): Promise<void> {
  const { requireNew } = await import("../../space/new-items.js");
  requireNew(
    names.map((name) => ({ name })),
    await space.names(),
  );
}

async function draw(space: Space, inversions: readonly Inversion[], flags: InvertFlags, shell: Shell): Promise<void> {
  const { animatePaths, drawReconstructions } = await import("../inversion-pictures.js");
  for (const file of flags.output ?? []) {
    if (shapeOf(file, "invert") === "still") await drawReconstructions(space, inversions, file, shell);
    else await animatePaths(space, inversions, file, flags.delay, shell);
  }
}

async function addItems(
  space: Space,
  names: readonly string[],
  inversions: readonly Inversion[],
  signal: AbortSignal,
): Promise<void> {
  const { thumbnailOf } = await import("../../images/thumbnails.js");
  const hasError = (await space.columns()).has("inversionError");
  const layout = space.thumbnails?.layout;
  const items = inversions.map(({ code, error, picture }, k) => ({
    name: names[k],
    vector: code,
    ...(hasError ? { columns: { inversionError: error } } : {}),
    ...(layout === undefined ? {} : { thumbnail: thumbnailOf(picture, layout) }),
  }));
  await space.add(items, signal);
}

function report(
  path: string,
  files: readonly string[],
  added: readonly string[],
  { inversions, method, seed, threads, notes }: Inversions,
  nearest: readonly (readonly Neighbor[])[],
  output: Output,
): void {
  const pictures = inversions.map(({ code, error, errorPerPixel, best, starts: all }, k) => {
    const starts = all.map(({ code: _, ...told }) => told);
    return { picture: files[k], error, errorPerPixel, best, starts, nearest: nearest[k], code: Array.from(code) };
  });
  output.result({ space: path, method, seed, threads, added, notes, pictures }, () =>
    output.table([
      { title: "picture", cells: files.map(shown) },
      { title: "error", cells: inversions.map(({ error }) => error.toFixed(3)), right: true },
      { title: "per pixel", cells: inversions.map(({ errorPerPixel }) => errorPerPixel.toFixed(5)), right: true },
      { title: "of each start", cells: inversions.map(startsText) },
      { title: "nearest", cells: nearest.map((items) => items.map(({ name }) => shown(name)).join(", ")) },
    ]),
  );
  if (added.length === 0) return;
  output.note(`${plural(added.length, "item")} added to ${shown(path)}`);
  output.note(`\nnext\n  thing2vec walk ${shellWord(path)} ${itemWord(added[0])} --along DIRECTION -o walk.png`);
}

/** `encoder 3.214*, random 4.100, ...`, the best with a star. */
function startsText({ starts, best }: Inversion): string {
  return starts.map(({ start, error }, k) => `${start} ${error.toFixed(3)}${k === best ? "*" : ""}`).join(", ");
}
