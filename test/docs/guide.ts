import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type Outcome, root, runProgram } from "../child.js";

/** A guide of docs/, with the program that its JavaScript makes and the commands that it shows. */
export interface Guide {
  /** The program. */
  code: string;
  /** What its comments say that the program prints, a line each. */
  said: string[];
  /** Lines of its shell blocks. */
  commands: string[];
  /** Runs the program to its end; it must succeed in silence on standard error. Returns what it printed. */
  run(...args: string[]): Promise<string>;
}

export function readGuide(name: string): Guide {
  const guide = readFileSync(join(root, `docs/${name}.md`), "utf8");
  const blocks = (language: string) =>
    [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))]
      .map(([, block]) => block)
      .join("\n");
  const code = blocks("js");
  return {
    code,
    said: [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line),
    commands: blocks("sh")
      .split("\n")
      .filter((line) => line !== ""),
    async run(...args) {
      // Below the package's folder, so that "thing2vec" is this package.
      const program = join(root, ".cache", `${name}-${process.pid}.mjs`);
      mkdirSync(join(root, ".cache"), { recursive: true });
      onTestFinished(() => rmSync(program, { force: true }));
      writeFileSync(program, code);
      const { code: status, stdout, stderr } = await runProgram(process.execPath, [program, ...args]);
      expect([status, stderr]).toEqual([0, ""]);
      return stdout;
    },
  };
}

/** The words of a command line, of which single quotes hold some together. */
export function wordsOf(command: string): string[] {
  return (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

/** Does what the commands say, one after the other, by `perform`, which takes arguments; each must succeed and print. */
export async function performAll(
  commands: readonly string[],
  perform: (args: string[]) => Promise<Pick<Outcome, "code" | "stdout">>,
): Promise<void> {
  for (const command of commands) {
    const [name, ...args] = wordsOf(command);
    expect(name).toBe("thing2vec");
    const outcome = await perform(args);
    expect([command, outcome.code, outcome.stdout === ""]).toEqual([command, 0, false]);
  }
}
