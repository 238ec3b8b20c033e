import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProgram } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { runHere } from "./run-cli.js";

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["-c", "true"]).status === 0;
}

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runHere(["completion", shell]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** What bash offers at the end of a line. */
async function offers(words: readonly string[], folder: string): Promise<string[]> {
  const script = join(folder, "completion.bash");
  writeFileSync(script, await scriptOf("bash"));
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _thing2vec; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runProgram("bash", ["-c", program, "bash", script, ...words], { cwd: folder });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("L5 completion", () => {
  test.each(["bash", "zsh", "fish"])(
    "%s: the script is sound, where the shell is installed, and names all verbs",
    async (shell) => {
      const script = await scriptOf(shell);
      for (const verb of ["words", "near", "ratios", "evaluate", "info", "convert", "add", "completion"]) {
        expect(script).toContain(verb);
      }
      expect(script).toContain("min-count");
      if (!isInstalled(shell)) {
        console.warn(`${shell} is not installed: its script was not run`);
        return;
      }
      const file = join(temporaryFolder(), "script");
      writeFileSync(file, script);
      expect(await runProgram(shell, ["-n", file])).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test.runIf(isInstalled("fish"))("fish offers verbs, flags and the values of flags", async () => {
    const file = join(temporaryFolder(), "thing2vec.fish");
    writeFileSync(file, await scriptOf("fish"));
    const offered = async (line: string) => {
      const { stdout } = await runProgram("fish", ["-c", 'source $argv[1]; complete -C "$argv[2]"', file, line]);
      return stdout.split("\n").map((row) => row.split("\t")[0]);
    };
    expect(await offered("thing2vec ne")).toContain("near");
    expect(await offered("thing2vec words --min")).toContain("--min-count");
    expect(await offered("thing2vec completion z")).toContain("zsh");
  });

  test("bash offers verbs, flags, the values of flags, and files", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "corpus.txt"), "");
    expect(await offers(["thing2vec", ""], folder)).toContain("words");
    expect(await offers(["thing2vec", "ne"], folder)).toEqual(["near"]);
    expect(await offers(["thing2vec", "words", "--min"], folder)).toEqual(["--min-count"]);
    expect(await offers(["thing2vec", "words", "--encoding-errors", ""], folder)).toEqual(["error", "replace", "skip"]);
    expect(await offers(["thing2vec", "words", "cor"], folder)).toEqual(["corpus.txt"]);
    expect(await offers(["thing2vec", "words", "-o", "cor"], folder)).toEqual(["corpus.txt"]);
    expect(await offers(["thing2vec", "completion", "z"], folder)).toEqual(["zsh"]);
    expect(await offers(["thing2vec", "--json", "convert", "--t"], folder)).toEqual(["--to"]);
  });
});
