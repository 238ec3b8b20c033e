import type { Command } from "commander";
import type { Picture } from "../../formats/picture.js";
import { given } from "../../io/options.js";
import type { Space } from "../../space/space.js";
import type { Walk } from "../../space/walk.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { type Output, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";

interface WalkFlags {
  along?: string;
  towards?: string;
  from?: number;
  to?: number;
  steps?: number;
  spherical?: boolean;
  count?: number;
  output?: string;
}

export function walkVerb(perform: Perform): Command {
  return verb(
    "walk",
    "steer",
    "go along a direction, or from one item to another",
    "Starts at an item or an expression, adds a direction with coefficients from --from to --to, and shows what is nearest " +
      "at each step. With --towards it goes straight to another item.",
    [
      ["walk words.space king --along gender --from -1 --to 2 --steps 7", "what is nearest at each step"],
      ["walk faces.space 'face7 + 0.6 * gender' --along age --from -5 --to 2", "start and direction are expressions"],
      ["walk faces.space face7 --along age -o strip.png", "of a space of pictures: what they look like"],
      ["walk words.space cat --towards dog --steps 5", "from one item to another"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .argument("<start...>", "a name or an expression")
    .option("--along <direction>", "name of a direction, or an expression")
    .option("--towards <item>", "another item or expression to go to")
    .option("--from <number>", "first coefficient (default -2)", number)
    .option("--to <number>", "last coefficient (default 2)", number)
    .option("--steps <integer>", "number of steps (default 10)", number)
    .option("--spherical", "with --towards: on an arc, for codes that lie about a sphere")
    .option(
      "-o, --output <file.png>",
      "of a space of pictures: the walk as a strip of pictures, coefficients under them",
    )
    .option("-k, --count <integer>", "how many to show at each step (default 3)", number)
    .action(
      perform(async (shell, flags: WalkFlags, path: string, words: string[]) => {
        const { openSpace } = await import("../open-space.js");
        const { joinedExpression } = await import("../name-list.js");
        const space = await openSpace(path, shell);
        const start = await joinedExpression(words, space);
        const walk = await walkOf(space, start, flags);
        const count = flags.count ?? 3;
        const found = await space.near(walk.vectors, { count, signal: shell.signal });
        const steps = walk.coefficients.map((coefficient, k) => ({ coefficient, neighbors: found[k] }));
        if (flags.output !== undefined) await writeStrip(space, walk, flags.output, shell);
        const line = { space: path, start, along: flags.along ?? null, towards: flags.towards ?? null };
        shell.output.result({ ...line, steps }, () => tableOf(steps, shell.output));
      }),
    );
}

/** The pictures of a walk beside each other, as PNG. */
async function writeStrip(space: Space, { coefficients, vectors }: Walk, path: string, shell: Shell): Promise<void> {
  if (!/\.png$/i.test(path))
    throw new UsageError(`walk: a strip is written as PNG; --output must end in .png, got ${path}`);
  const { coefficientLabels, pictureSheet } = await import("../../images/sheet.js");
  const { encodePng } = await import("../../formats/png/write.js");
  const { writeAtomic } = await import("../../io/atomic.js");
  const pictures = (await space.decode(vectors, shell.signal)) as Picture[];
  const strip = await encodePng(pictureSheet(pictures, { labels: coefficientLabels(coefficients) }));
  await writing(() => writeAtomic(path, strip));
  shell.output.note(`wrote     ${shown(path)}`);
}

function walkOf(space: Space, start: string, flags: WalkFlags): Promise<Walk> {
  const { along, towards, from, to, steps, spherical } = flags;
  if ((along === undefined) === (towards === undefined))
    throw new UsageError("walk: --along DIRECTION or --towards ITEM is needed, one of them");
  if (along !== undefined) {
    if (spherical) throw new UsageError("walk: --spherical goes with --towards");
    return space.walk(start, { along, ...given({ from, to, steps }) });
  }
  if (from !== undefined || to !== undefined)
    throw new UsageError("walk: --from and --to go with --along; --towards goes from one end to the other");
  return space.interpolate(
    start,
    towards ?? "",
    given({ steps, method: spherical ? ("spherical" as const) : undefined }),
  );
}

function tableOf(
  steps: readonly { coefficient: number; neighbors: readonly { name: string; score: number }[] }[],
  output: Output,
): string {
  return output.table([
    { title: "coefficient", cells: steps.map(({ coefficient }) => coefficientText(coefficient)), right: true },
    {
      title: "nearest",
      cells: steps.map(({ neighbors }) => neighbors.map(({ name }) => shown(name)).join(", ")),
    },
  ]);
}

/** Two digits, and no minus before a zero. */
function coefficientText(coefficient: number): string {
  const text = coefficient.toFixed(2);
  return text === "-0.00" ? "0.00" : text;
}
