import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../dist/cli/program.js";
import type { OutputStream, StopSignal, Terminal } from "../../dist/cli/terminal.js";
import { Rng } from "../../dist/numerics/random.js";
import { type Outcome, root, runProgram } from "../child.js";

export const mainFile = join(root, "dist/cli/main.js");

/** Runs the built command as a process of its own. */
export function runCli(args: readonly string[], options: Parameters<typeof runProgram>[2] = {}): Promise<Outcome> {
  return runProgram(process.execPath, [mainFile, ...args], options);
}

/** A terminal in memory. */
export class FakeTerminal implements Terminal {
  readonly args: readonly string[] = [];
  readonly env: Record<string, string | undefined>;
  readonly out: OutputStream;
  readonly err: OutputStream;
  stdout = "";
  stderr = "";
  exited: number | undefined;
  #handlers = new Set<(signal: StopSignal) => void>();

  constructor({ env = {}, isTerminal = false }: { env?: Record<string, string>; isTerminal?: boolean } = {}) {
    this.env = env;
    const stream = (write: (text: string) => void): OutputStream => ({
      isTerminal,
      columns: isTerminal ? 80 : undefined,
      write: (data) => write(typeof data === "string" ? data : Buffer.from(data).toString("latin1")),
      flushed: async () => {},
    });
    this.out = stream((text) => {
      this.stdout += text;
    });
    this.err = stream((text) => {
      this.stderr += text;
    });
  }

  residentBytes(): number {
    return 1e8;
  }

  onStop(handler: (signal: StopSignal) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** What the system does when somebody presses Ctrl-C. */
  stop(signal: StopSignal): void {
    for (const handler of this.#handlers) handler(signal);
  }

  exit(code: number): never {
    this.exited = code;
    return undefined as never;
  }
}

/** Runs a command in this process. */
export async function runHere(
  args: readonly string[],
  options: ConstructorParameters<typeof FakeTerminal>[0] = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const terminal = new FakeTerminal(options);
  const code = await run(args, terminal);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

/** The words of the topics of `topicText`. */
export const topics = [
  ["ship", "wave", "sail", "harbor", "captain", "anchor"],
  ["cow", "barn", "hay", "tractor", "milk", "field"],
  ["star", "moon", "comet", "planet", "orbit", "night"],
];
const common = ["the", "and", "of", "with"];

/** Text of short lines, each on one of three topics. */
export function topicText(lines: number, seed = 1): string {
  const rng = new Rng(seed);
  const pick = <T>(from: readonly T[]): T => from[rng.below(from.length)];
  const line = () => {
    const topic = pick(topics);
    return Array.from({ length: 8 }, () => pick(rng.below(10) < 3 ? common : topic)).join(" ");
  };
  return Array.from({ length: lines }, () => `${line()}\n`).join("");
}

/** A file of topic text in a folder. */
export function topicFile(folder: string, lines = 1000, name = "topics.txt"): string {
  const path = join(folder, name);
  writeFileSync(path, topicText(lines));
  return path;
}

/** A small file of vectors in word2vec's text format. */
export function vectorFile(folder: string, name = "small.vec"): string {
  const path = join(folder, name);
  writeFileSync(path, "5 3\nred 1 0 0\ngreen 0 1 0\nblue 0 0 1\nyellow 0.9 0.8 0\nnew 1 1 1\n");
  return path;
}
