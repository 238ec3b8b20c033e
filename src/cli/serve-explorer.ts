import type { Command } from "commander";
import type { Explored } from "../explorer/answers.js";
import type { ServedExplorer } from "../explorer/server/serve.js";
import { UsageError } from "./exit-codes.js";
import { number } from "./flags.js";
import type { Shell } from "./shell.js";

/** Flags of how the explorer's page is served. */
export interface ServeFlags {
  port?: number;
  open?: boolean;
}

export function withServeFlags(command: Command): Command {
  return command
    .option("--port <integer>", "the port on 127.0.0.1 (default: a free one)", number)
    .option("--open", "open the browser (default: where standard output is a terminal)")
    .option("--no-open", "only print the address");
}

/** Refuses a port that there is not, before any work. */
export function checkPort(verb: string, { port }: ServeFlags): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535))
    throw new UsageError(`${verb}: --port must be an integer from 0 to 65535, got ${port}`);
}

/** Serves the page until the verb ends; `tell` prints the address, and then the browser is opened where that is wanted. */
export async function serveToBrowser(
  verb: string,
  opened: readonly Explored[],
  { port, open }: ServeFlags,
  { output, use }: Shell,
  tell: (served: ServedExplorer) => void,
): Promise<void> {
  const { serveExplorer } = await import("../explorer/server/serve.js");
  const onFault = (error: unknown) =>
    output.warn(`a fault of the explorer: ${error instanceof Error ? error.message : error}`);
  const served = use(
    await serveExplorer(opened, { port, onFault }).catch((error) => Promise.reject(inWords(verb, error, port))),
  );
  tell(served);
  if (!(open ?? output.columns !== undefined)) return;
  const { openBrowser } = await import("../explorer/server/open-browser.js");
  const { problem } = use(await openBrowser(served.passingUrl()));
  if (problem !== null) output.warn(`no browser was opened: ${problem}; open the address yourself`);
}

/** Waits until the command is asked to end. */
export async function untilStopped({ signal }: Shell): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function inWords(verb: string, error: NodeJS.ErrnoException, port: number | undefined): Error {
  if (error.code === "EADDRINUSE")
    return new UsageError(`${verb}: --port must be a free port, but another program listens on ${port}`);
  if (error.code === "EACCES") return new UsageError(`${verb}: --port must be one that you may use, got ${port}`);
  return error;
}
