import { CommanderError } from "commander";
import { FileError, FormatError, NotFoundError, ResourceError } from "../io/errors.js";
import type { StopSignal } from "./terminal.js";

/** What a process says by its exit code; every `--help` lists them. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  badInput: 3,
  notFound: 4,
  noRoom: 5,
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

export const exitCodesHelp = `Exit codes: 0 done, 1 failure, 2 wrong usage, 3 an input file is missing or bad, 4 item not found,
5 out of memory or disk, or the result cannot be written, 129, 130 or 143 stopped by a signal`;

/** The command line asks for something that cannot be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A result could not be written. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/** The user, or the system, asked the process to stop. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

/** Runs what writes a result: a file that cannot be written is another error than one that cannot be read. */
export async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileError) throw new OutputError(error.message, { cause: error });
    throw error;
  }
}

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return exitCodes[error.signal];
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof NotFoundError) return exitCodes.notFound;
  if (error instanceof FormatError || error instanceof FileError) return exitCodes.badInput;
  if (error instanceof ResourceError || error instanceof OutputError || isOutOfMemory(error)) return exitCodes.noRoom;
  if (isUsage(error)) return exitCodes.usage;
  return exitCodes.failure;
}

/** The library says RangeError or TypeError of arguments it cannot take; our own bugs begin with `internal:`. */
function isUsage(error: unknown): boolean {
  if (!(error instanceof Error) || error.message.startsWith("internal:")) return false;
  if (error instanceof UsageError || error.name === "ExpressionError" || error instanceof RangeError) return true;
  return error instanceof TypeError && /^[\w.]+: /.test(error.message);
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && /could not allocate|allocation failed|out of memory/i.test(error.message);
}
