import type { Command } from "commander";
import { given } from "../../io/options.js";
import type { Neighbor } from "../../space/neighbors.js";
import type { Space } from "../../space/space.js";
import type { Walk } from "../../space/walk.js";
import { UsageError } from "../exit-codes.js";
import { flagOf, number, verb } from "../flags.js";
import { type Output, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";
import { decodedPictures, requireDrawable, shapeOf, writeAnimation, writePng } from "../walk-pictures.js";

interface WalkFlags {
  along?: string;
  towards?: string;
  from?: number;
  to?: number;
  steps?: number;
  and?: string;
  andFrom?: number;
  andTo?: number;
  andSteps?: number;
  spherical?: boolean;
  count?: number;
  output?: string;
  delay?: number;
  thereAndBack?: boolean;
}

/** Steps of a walk and of a grid's sides where nothing is said. */
const [usualSteps, usualSide] = [10, 7];
/** Frames of an animation where nothing is said. */
const usualFrames = 40;

export function walkVerb(perform: Perform): Command {
  return verb(
    "walk",
    "steer",
    "go along a direction, or from one item to another",
    "Starts at an item or an expression, adds a direction with coefficients from --from to --to, and shows what is nearest " +
      "at each step. With --and a second direction makes a grid: --along from left to right, --and from top to bottom. With " +
      "--towards it goes straight to another item. Spaces that decode into pictures draw the walk.",
    [
      ["walk words.space king --along gender --from -1 --to 2 --steps 7", "what is nearest at each step"],
      ["walk faces.space 'face7 + 0.6 * gender' --along age --from -5 --to 2", "start and direction are expressions"],
      ["walk faces.space face7 --along age -o strip.png", "of a space of pictures: what they look like"],
      ["walk faces.space face7 --along age --and smile -o grid.png", "a grid over two directions"],
      ["walk faces.space face7 --towards face9 -o walk.gif --there-and-back", "one picture after the other"],
      ["walk words.space cat --towards dog --steps 5", "from one item to another"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .argument("<start...>", "a name or an expression")
    .option("--along <direction>", "name of a direction, or an expression")
    .option("--from <number>", "first coefficient (default -2)", number)
    .option("--to <number>", "last coefficient (default 2)", number)
    .option("--steps <integer>", `number of steps (default 10; 7 in a grid, ${usualFrames} in an animation)`, number)
    .option("--and <direction>", "with --along: a second direction, which makes a grid")
    .option("--and-from <number>", "its first coefficient, of the uppermost row (default -2)", number)
    .option("--and-to <number>", "its last coefficient (default 2)", number)
    .option("--and-steps <integer>", "number of rows (default 7)", number)
    .option("--towards <item>", "another item or expression to go to")
    .option("--spherical", "with --towards: on an arc, for codes that lie about a sphere")
    .option("-o, --output <file>", "of a space of pictures: draw it as .png, or step after step as .gif or .webp")
    .option("--delay <milliseconds>", "of an animation: how long a step is shown (default 100)", number)
    .option("--there-and-back", "of an animation: it also runs back")
    .option("-k, --count <integer>", "how many to show at each step (default 3; 1 in a grid)", number)
    .action(
      perform(async (shell, flags: WalkFlags, path: string, words: string[]) => {
        checkFlags(flags);
        const { openSpace } = await import("../open-space.js");
        const { joinedExpression } = await import("../name-list.js");
        const space = await openSpace(path, shell);
        const start = await joinedExpression(words, space);
        const showing =
          flags.and === undefined
            ? showWalk(space, path, start, flags, shell)
            : showGrid(space, path, start, flags, shell);
        await showing.catch((error) => Promise.reject(byFlag(error)));
      }),
    );
}

/** What the library calls its options, and what they are called here. */
const ofLibrary: readonly (readonly [RegExp, string])[] = [
  [/^walk: along: /, "walk: --along: "],
  [/^walkGrid: columns\.along: /, "walk: --along: "],
  [/^walkGrid: rows\.along: /, "walk: --and: "],
  [/^walkGrid: columns: /, "walk: --"],
  [/^walkGrid: rows: /, "walk: --and-"],
  [/^walkGrid: /, "walk: "],
  [/^interpolate: to: /, "walk: --towards: "],
  [/^interpolate: /, "walk: "],
];

/** An error that names the flag of the command line rather than the library's option. */
function byFlag(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const found = ofLibrary.find(([pattern]) => pattern.test(error.message));
  if (found !== undefined) error.message = error.message.replace(...found);
  error.message = error.message.replace(/^walk: (from|to|steps) /, "walk: --$1 ");
  return error;
}

function checkFlags(flags: WalkFlags): void {
  const { along, towards, output } = flags;
  if ((along === undefined) === (towards === undefined))
    throw new UsageError("walk: --along DIRECTION or --towards ITEM is needed, one of them");
  if (along !== undefined && flags.spherical) throw new UsageError("walk: --spherical goes with --towards");
  if (towards !== undefined && (flags.from !== undefined || flags.to !== undefined))
    throw new UsageError("walk: --from and --to go with --along; --towards goes from one end to the other");
  if (towards !== undefined && flags.and !== undefined) throw new UsageError("walk: --and goes with --along");
  const ofRows = (["andFrom", "andTo", "andSteps"] as const).find((flag) => flags[flag] !== undefined);
  if (flags.and === undefined && ofRows !== undefined) throw new UsageError(`walk: ${flagOf(ofRows)} goes with --and`);
  const shape = output === undefined ? undefined : shapeOf(output);
  if (shape === "animation" && flags.and !== undefined)
    throw new UsageError("walk: a grid is drawn as .png; an animation goes along one direction");
  const ofFrames = (["delay", "thereAndBack"] as const).find((flag) => flags[flag] !== undefined);
  if (shape !== "animation" && ofFrames !== undefined)
    throw new UsageError(`walk: ${flagOf(ofFrames)} goes with an --output of .gif or .webp`);
}

async function showWalk(space: Space, path: string, start: string, flags: WalkFlags, shell: Shell): Promise<void> {
  const { output, signal } = shell;
  const file = flags.output;
  if (file !== undefined) await requireDrawable(space, file, { steps: stepsOf(flags) ?? usualSteps });
  const walk = await walkOf(space, start, flags);
  const found = await space.near(walk.vectors, { count: flags.count ?? 3, signal });
  const steps = walk.coefficients.map((coefficient, k) => ({ coefficient, neighbors: found[k] }));
  if (file !== undefined) await drawWalk(space, walk, file, flags, shell);
  const line = { space: path, start, along: flags.along ?? null, towards: flags.towards ?? null };
  output.result({ ...line, steps }, () => tableOf(steps, output));
}

async function drawWalk(
  space: Space,
  { coefficients, vectors }: Walk,
  path: string,
  { delay, thereAndBack }: WalkFlags,
  shell: Shell,
): Promise<void> {
  const { coefficientLabels, pictureSheet } = await import("../../images/sheet.js");
  const labels = coefficientLabels(coefficients);
  const pictures = await decodedPictures(space, vectors, shell.signal);
  if (shapeOf(path) === "still") await writePng(path, pictureSheet(pictures, { labels }), shell);
  else await writeAnimation(path, pictures, labels, given({ delay, thereAndBack }), shell);
}

/** Undefined where the library's default is good. */
function stepsOf({ steps, output }: WalkFlags): number | undefined {
  return steps ?? (output !== undefined && shapeOf(output) === "animation" ? usualFrames : undefined);
}

function walkOf(space: Space, start: string, flags: WalkFlags): Promise<Walk> {
  const { along, towards = "", from, to, spherical } = flags;
  const steps = stepsOf(flags);
  if (along !== undefined) return space.walk(start, { along, ...given({ from, to, steps }) });
  return space.interpolate(start, towards, given({ steps, method: spherical ? ("spherical" as const) : undefined }));
}

async function showGrid(space: Space, path: string, start: string, flags: WalkFlags, shell: Shell): Promise<void> {
  const { output, signal } = shell;
  const { along = "", and = "", steps = usualSide, andSteps = usualSide } = flags;
  if (flags.output !== undefined) await requireDrawable(space, flags.output, { steps, rows: andSteps });
  const { columns, rows, vectors } = await space.walkGrid(start, {
    columns: { along, ...given({ from: flags.from, to: flags.to, steps: flags.steps }) },
    rows: { along: and, ...given({ from: flags.andFrom, to: flags.andTo, steps: flags.andSteps }) },
  });
  const { coefficientLabels, pictureSheet } = await import("../../images/sheet.js");
  const [columnLabels, rowLabels] = [columns, rows].map(coefficientLabels);
  const sheet = { columns: columns.length, columnLabels, rowLabels };
  const found = await space.near(vectors, { count: flags.count ?? 1, signal });
  if (flags.output !== undefined) {
    const pictures = await decodedPictures(space, vectors, signal);
    await writePng(flags.output, pictureSheet(pictures, sheet), shell);
  }
  const cells = vectors.map((_, k) => ({
    row: rows[Math.floor(k / columns.length)],
    column: columns[k % columns.length],
    neighbors: found[k],
  }));
  output.result({ space: path, start, along, and, columns, rows, cells }, () =>
    output.table([
      { title: `${shown(and)} \\ ${shown(along)}`, cells: rows.map(coefficientText), right: true },
      ...columns.map((coefficient, c) => ({
        title: coefficientText(coefficient),
        cells: rows.map((_, r) => namesOf(found[r * columns.length + c])),
      })),
    ]),
  );
}

function tableOf(steps: readonly { coefficient: number; neighbors: readonly Neighbor[] }[], output: Output): string {
  return output.table([
    { title: "coefficient", cells: steps.map(({ coefficient }) => coefficientText(coefficient)), right: true },
    { title: "nearest", cells: steps.map(({ neighbors }) => namesOf(neighbors)) },
  ]);
}

function namesOf(neighbors: readonly Neighbor[]): string {
  return neighbors.map(({ name }) => shown(name)).join(", ");
}

/** Two digits, and no minus before a zero. */
function coefficientText(coefficient: number): string {
  const text = coefficient.toFixed(2);
  return text === "-0.00" ? "0.00" : text;
}
