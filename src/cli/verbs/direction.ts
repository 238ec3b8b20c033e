import type { Command } from "commander";
import type { JsonObject } from "../../io/json.js";
import { given } from "../../io/options.js";
import type { DirectionOptions } from "../../space/direction.js";
import type { DirectionMethod } from "../../space/direction-fit.js";
import type { Space } from "../../space/space.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { heldOutText } from "../held-out-text.js";
import { commandText, type Output, percent, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";

interface DirectionFlags {
  from?: string;
  to?: string;
  column?: string;
  positive?: string;
  component?: number;
  method?: DirectionMethod;
  weights?: boolean;
  orthogonalTo?: string;
  raw?: boolean;
  folds?: number;
  seed?: number;
  remove?: boolean;
  output?: string;
}

/** Flags that say what to make or to take out, which needs a name. */
const makingFlags: readonly string[] = [
  ...["from", "to", "column", "positive", "component", "method", "weights", "orthogonalTo", "raw", "folds", "seed"],
  ...["remove", "output"],
];

export function directionVerb(perform: Perform): Command {
  return verb(
    "direction",
    "steer",
    "name a direction of a space, along which one property changes",
    "Learns a direction from two groups of items, from a column, or from the spread of all items, and saves it in the " +
      "space by its name, with its accuracy (of classes) or correlation (of numbers) on held-out items. Expressions take it " +
      "like an item: face + 0.6 * age. A coefficient of 1 is one standard deviation of the items. From a column, it is how " +
      "items change as what a regression predicts rises; --weights takes the regression's weights. Without a name: the " +
      "directions that there are.",
    [
      ["direction faces.space age --column age", "along which the numbers of a column grow"],
      ["direction faces.space smile --column expression --positive smiling", "to one class from all others"],
      ["direction words.space gender --from king,man,boy --to queen,woman,girl", "from one group to another"],
      ["direction faces.space age2 --column age --orthogonal-to gender", "age, all else being equal in gender"],
      ["direction faces.space", "what there is"],
    ],
  )
    .argument("<space>", "a space")
    .argument("[name]", "its name")
    .option("--from <file|names>", "items that it comes from: a file with a name a line, or names separated by commas")
    .option("--to <file|names>", "items that it goes to")
    .option("--column <name>", "a column of numbers or of classes")
    .option("--positive <class>", "of a column of classes: the class that it goes to")
    .option("--component <integer>", "a principal component of the items, counted from 1", number)
    .option("--method <method>", "mean-difference (default for groups) or logistic (default for classes)")
    .option(
      "--weights",
      "of a column: the regression's own weights (default: how items change as what they predict rises)",
    )
    .option("--orthogonal-to <names>", "directions whose share is taken off, separated by commas")
    .option("--raw", "keep the length as fitted (default: one standard deviation of the items)")
    .option("--folds <integer>", "parts of the cross-validation (default 5)", number)
    .option("--seed <integer>", "of the parts (default 1)", number)
    .option("--remove", "take the direction out of the space")
    .option("-o, --output <name.space>", "write another space (default: the next generation of the same)")
    .action(
      perform(async (shell, flags: DirectionFlags, path: string, name: string | undefined) => {
        const { inputKind, wrongKind } = await import("../input-kind.js");
        const { openSpace } = await import("../open-space.js");
        const { output, signal } = shell;
        const kind = await inputKind(path);
        if (kind.kind !== "space") throw wrongKind(path, "a space", kind);
        const space = await openSpace(path, shell);
        if (name === undefined) {
          const made = Object.keys(flags).find((flag) => makingFlags.includes(flag));
          if (made !== undefined) throw new UsageError(`direction: the direction needs a name: ${path} NAME`);
          list(path, space, output);
          return;
        }
        const target = flags.output ?? path;
        if (flags.remove) {
          if (!space.removeDirection(name)) {
            const { NotFoundError } = await import("../../io/errors.js");
            const names = [...space.directions.keys()];
            const there = names.map(shown).join(", ") || "none";
            throw new NotFoundError(`direction: ${path} has no direction ${shown(name)}; it has ${there}`, name, names);
          }
          await writing(() => space.save(target, signal));
          output.result({ space: target, removed: name }, () => "");
          output.note(`${shown(name)} removed from ${shown(target)}`);
          return;
        }
        if (flags.weights && flags.column === undefined)
          throw new UsageError("direction: --weights goes with --column, whose regression they are of");
        const { metrics } = await space.direction(name, await optionsOf(flags, space));
        await writing(() => space.save(target, signal));
        output.result({ space: target, direction: name, metrics }, () => tableOf(new Map([[name, metrics]]), output));
        const advice = await adviceOn(name, space);
        if (advice !== null) output.warn(advice);
        await suggest(target, name, space, shell);
      }),
    );
}

async function optionsOf(flags: DirectionFlags, space: Space): Promise<DirectionOptions> {
  const { namesOf } = await import("../name-list.js");
  const { valueOfText } = await import("../../space/columns.js");
  const { column, component, method, folds, seed, positive } = flags;
  const options = {
    ...{ column, component, method, folds, seed },
    from: flags.from === undefined ? undefined : await namesOf(flags.from),
    to: flags.to === undefined ? undefined : await namesOf(flags.to),
    orthogonalTo: flags.orthogonalTo?.split(",").map((name) => name.trim()),
    vector: flags.weights ? ("weights" as const) : undefined,
    scale: flags.raw ? ("raw" as const) : undefined,
    positive: positive === undefined ? undefined : valueOfText((await space.columns()).get(column ?? ""), positive),
  };
  return given(options);
}

function list(path: string, space: Space, output: Output): void {
  const directions = new Map([...space.directions].map(([name, { metrics }]) => [name, metrics]));
  output.result({ space: path, directions: Object.fromEntries(directions) }, () =>
    directions.size === 0 ? "" : tableOf(directions, output),
  );
  if (directions.size === 0)
    output.note(`${shown(path)} has no directions; thing2vec direction --help shows how to make one`);
}

function tableOf(directions: ReadonlyMap<string, JsonObject>, output: Output): string {
  const all = [...directions];
  return output.table([
    { title: "direction", cells: all.map(([name]) => shown(name)) },
    { title: "made of", cells: all.map(([, metrics]) => sourceOf(metrics)) },
    { title: "items", cells: all.map(([, { items }]) => itemsText(items)), right: true },
    {
      title: "held out",
      cells: all.map(([, metrics]) => heldOutText(metrics) ?? (metrics.method === "component" ? "-" : tooFew)),
    },
  ]);
}

const tooFew = "too few items to hold any out";

function itemsText(items: unknown): string {
  return Array.isArray(items) ? items.join(" + ") : items === undefined ? "all" : String(items);
}

function sourceOf({ method, vector, column, positive, component, explainedVariance }: JsonObject): string {
  if (component !== undefined) return `component ${component}, ${percent(Number(explainedVariance))} of the variance`;
  if (column === undefined) return `two groups, ${method}`;
  const fitted = vector === "weights" ? `weights of ${method}` : method;
  return `${shown(String(column))}${positive === undefined ? "" : ` = ${shown(String(positive))}`}, ${fitted}`;
}

/** What to know of a name that an expression would not read as this direction; null where it does. */
async function adviceOn(name: string, space: Space): Promise<string | null> {
  const { printExpression, quoteName } = await import("../../space/expression.js");
  const own = shown(printExpression({ kind: "name", name, scope: "direction" }));
  if (await space.has(name)) {
    return `an item is called ${shown(name)} too: in expressions the name alone is the item, ${own} the direction`;
  }
  const quoted = shown(quoteName(name));
  if (quoted !== shown(name)) return `in expressions the name has quotes: face + 0.6 * ${quoted}`;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(name)
    ? `in expressions ${name} is a number where * follows it, and the direction elsewhere; ${own} is the direction everywhere`
    : null;
}

async function suggest(target: string, name: string, space: Space, { output }: Shell): Promise<void> {
  if (space.length === 0) return;
  const first = (await space.names()).get(0);
  output.note(`\nnext\n  ${commandText("walk", [target, first], { "--along": name, "--from": "-2", "--to": "2" })}`);
}
