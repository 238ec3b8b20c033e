import type { Command } from "commander";
import { orderArguments } from "../../dist/cli/argument-order.js";
import { createProgram } from "../../dist/cli/program.js";
import type { Perform } from "../../dist/cli/shell.js";
import { FakeTerminal } from "./run-cli.js";

export interface Parsed {
  verb: string;
  flags: Record<string, unknown>;
  operands: unknown[];
}

/** The terminal of all that is parsed here: one program parses every line, since making its verbs takes a millisecond. */
const terminal = new FakeTerminal();
let parsed: Parsed | null = null;
const perform: Perform =
  () =>
  async (...handed) => {
    const command = handed.at(-1) as Command;
    parsed = { verb: command.name(), flags: command.opts(), operands: command.processedArgs };
  };
const program = createProgram(terminal, perform);

/** What a command line means, without doing it; throws CommanderError. Null where help was printed. */
export async function parseOnly(args: readonly string[]): Promise<Parsed | null> {
  parsed = null;
  terminal.stdout = "";
  terminal.stderr = "";
  await program.parseAsync(orderArguments(args, program), { from: "user" });
  return parsed;
}

/** What the last command line wrote to standard error. */
export function saidOnError(): string {
  return terminal.stderr;
}
