import type { Command } from "commander";

/**
 * The arguments with the verb first, then all flags, then `--` and all else: so the order of flags never matters, and
 * negative numbers and expressions such as `-paris + france` are no flags.
 */
export function orderArguments(args: readonly string[], program: Command): string[] {
  const takesValue = new Map<string, boolean>();
  for (const command of [program, ...program.commands]) {
    for (const { short, long, required } of command.options) {
      if (short) takesValue.set(short, required);
      if (long) takesValue.set(long, required);
    }
  }
  const flags: string[] = [];
  const operands: string[] = [];
  for (let k = 0; k < args.length; k++) {
    const arg = args[k];
    if (arg === "--") {
      operands.push(...args.slice(k + 1));
      break;
    }
    if (!isFlag(arg)) {
      operands.push(arg);
      continue;
    }
    flags.push(arg);
    if (!wantsNext(arg, takesValue)) continue;
    if (k + 1 === args.length) return [...operands.slice(0, 1), ...flags]; // commander says that the value is missing
    flags.push(args[++k]);
  }
  const [verb, ...rest] = operands;
  if (verb === undefined) return flags;
  if (verb === "help") return [...operands, ...flags];
  return rest.length > 0 ? [verb, ...flags, "--", ...rest] : [verb, ...flags];
}

/** A dash alone is standard input or an operator; one before a number or before words is an expression's. */
function isFlag(arg: string): boolean {
  if (!arg.startsWith("-") || arg === "-") return false;
  if (/^--[a-z]/.test(arg)) return true;
  return !/\s/.test(arg) && !/^-\.?\d/.test(arg);
}

/** Whether the argument after a flag is its value. Short flags may stand together, as in `-qk 5` or `-qk5`. */
function wantsNext(flag: string, takesValue: ReadonlyMap<string, boolean>): boolean {
  if (flag.startsWith("--")) return takesValue.get(flag) === true;
  for (let k = 1; k < flag.length; k++) if (takesValue.get(`-${flag[k]}`)) return k === flag.length - 1;
  return false;
}
