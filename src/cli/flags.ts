import { Command, InvalidArgumentError, Option } from "commander";
import { exitCodesHelp } from "./exit-codes.js";

/** Flags that every verb takes. */
export interface SharedFlags {
  json?: boolean;
  quiet?: boolean;
  progress?: "auto" | "plain" | "json" | "none";
  config?: string;
  printConfig?: boolean;
  debug?: boolean;
}

/** Groups of verbs in `--help`. */
export const groups = {
  make: "Make a space:",
  ask: "Ask a space:",
  look: "Look at a space:",
  steer: "Steer:",
  keep: "Keep and look after spaces:",
} as const;

/** A new verb with the flags that all have. `examples` are commands and what they do. */
export function verb(
  name: string,
  group: keyof typeof groups,
  summary: string,
  description: string,
  examples: readonly (readonly [command: string, does: string])[],
): Command {
  const command = new Command(name).summary(summary).description(description).helpGroup(groups[group]);
  const lines = examples.map(([line, does]) => `  thing2vec ${line}\n      ${does}`);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n")}\n\n${exitCodesHelp}`);
  return command;
}

/** Adds the flags that every verb takes, in a group of their own. */
export function withSharedFlags(command: Command): Command {
  return command
    .optionsGroup("Flags of every verb:")
    .option("--json", "print the result as one JSON document")
    .option("-q, --quiet", "print results, warnings and errors only")
    .addOption(
      new Option("--progress <how>", "auto (a line on a terminal), plain or json lines, or none").choices([
        "auto",
        "plain",
        "json",
        "none",
      ]),
    )
    .option("--config <file>", "JSON file of flags; THING2VEC_ variables and flags go before it")
    .option("--print-config", "print the flags in force as such a file, and do nothing")
    .option("--debug", "print the stack of an error");
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads a number; which ones make sense, the library knows. */
export function number(text: string): number {
  if (decimal.test(text)) return Number(text);
  throw new InvalidArgumentError("A number was needed.");
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** Reads a number of bytes: `2000000`, `500MB`, `1.5 GiB`. */
export function size(text: string): number {
  const match = /^(\d+\.?\d*|\.\d+)\s*([a-z]*)$/i.exec(text);
  const unit = match === null ? undefined : units[match[2].toUpperCase()];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError("A size was needed, such as 500MB, 2GB or 1.5GiB.");
  }
  return Math.floor(Number(match[1]) * unit);
}

/** Reads names separated by commas. */
export function list(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Names separated by commas were needed, one is empty.");
  return names;
}

/** Gathers the values of a flag that may be given several times. */
export function several(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** Whether a flag may be given several times. */
export function isRepeatable(option: Option): boolean {
  return option.parseArg === (several as Option["parseArg"]);
}

/** The name of a library's option as a flag: `minCount` is `--min-count`. */
export function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A flag as it would be typed. */
export function flagText(option: string, value: unknown): string {
  if (typeof value !== "boolean") return `${flagOf(option)} ${value}`;
  return value ? flagOf(option) : flagOf(option).replace("--", "--no-");
}
