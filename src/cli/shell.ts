import type { Command } from "commander";
import type { OnProgress } from "../io/progress.js";
import { exitCodeOf, exitCodes, UsageError } from "./exit-codes.js";
import type { SharedFlags } from "./flags.js";
import { Output } from "./output.js";
import { progressLine } from "./progress-line.js";
import { settle } from "./settings.js";
import { type Stop, stopOnSignal } from "./signals.js";
import type { Terminal } from "./terminal.js";

/** What a verb works with besides its flags. */
export interface Shell {
  readonly output: Output;
  readonly onProgress: OnProgress;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly stop: Stop;
  /** Closes a resource when the verb has ended, however it does. */
  readonly use: <T extends { close(): Promise<void> }>(resource: T) => T;
}

/** What a verb does. Its own flags are those that were given, by the library's names of the options. */
export type Action<F extends object, A extends unknown[]> = (shell: Shell, flags: F, ...operands: A) => Promise<void>;

/** Makes commander's handler of what a verb does. */
export type Perform = <F extends object, A extends unknown[]>(
  action: Action<F, A>,
) => (...args: unknown[]) => Promise<void>;

/** Performs verbs on a terminal and leaves the exit code in `outcome`. */
export function performer(terminal: Terminal, outcome: { code: number }): Perform {
  return <F extends object, A extends unknown[]>(action: Action<F, A>) =>
    async (...args: unknown[]) => {
      const command = args[args.length - 1] as Command; // commander hands it over last
      outcome.code = await perform(terminal, command, action);
    };
}

async function perform<F extends object, A extends unknown[]>(
  terminal: Terminal,
  command: Command,
  action: Action<F, A>,
): Promise<number> {
  let output = new Output(terminal);
  let stop: Stop | undefined;
  const used: { close(): Promise<void> }[] = [];
  try {
    const warn = (message: string) => output.warn(message);
    const settings = await settle(command, terminal.env, command.parent?.commands ?? [], warn);
    const { json, quiet, progress, debug, config, printConfig, ...flags }: SharedFlags = settings;
    output = new Output(terminal, { json, quiet });
    if (printConfig) {
      const { printConfig, config, ...file } = settings;
      terminal.out.write(`${JSON.stringify(file, null, 2)}\n`);
      return exitCodes.done;
    }
    const line = progressLine(terminal, progress ?? "auto", quiet);
    output.clearLine = line.clear;
    stop = stopOnSignal(terminal, (signal) => output.note(`${signal}: stopping; once more stops at once`));
    const shell: Shell = {
      output,
      onProgress: line.onProgress,
      signal: stop.signal,
      stop,
      use(resource) {
        used.push(resource);
        return resource;
      },
    };
    await action(shell, flags as F, ...(command.processedArgs as A));
    line.clear();
    return stop.signal.aborted ? exitCodeOf(stop.signal.reason) : exitCodes.done;
  } catch (error) {
    const cause = stop?.signal.aborted ? stop.signal.reason : error;
    if (cause !== error) output.warn(`while stopping: ${messageOf(error, command)}`);
    output.error(messageOf(cause, command));
    if (command.opts<SharedFlags>().debug && cause instanceof Error) output.error(cause.stack ?? cause.message);
    return exitCodeOf(cause);
  } finally {
    for (const resource of used) await resource.close().catch(() => undefined); // what was read is read
    stop?.close();
  }
}

/** The message, with the library's names of options as the flags that they are here. */
function messageOf(error: unknown, command: Command): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError) return error.message;
  let { message } = error;
  for (const option of command.options) {
    const name = option.attributeName();
    const flag = option.long ?? name;
    // a name of one word may be a word of the sentence: it is the flag where the sentence is about it
    const isName = /[A-Z]/.test(name)
      ? new RegExp(`(?<![\\w./-])${name}\\b(?!\\.)`, "g")
      : new RegExp(`(?<=^(\\w+: )?)${name}(?= must )`, "g");
    message = message.replaceAll(isName, flag);
  }
  return message.replace(/^\w+: (?=--)/, ""); // the library's function, which nobody here has called
}
