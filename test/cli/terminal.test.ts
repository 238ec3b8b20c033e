import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProgram } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { mainFile, runCli, topicFile, vectorFile } from "./run-cli.js";

/** A line of bash, in which `$cli` is the command. */
function bash(line: string, cwd: string) {
  const program = `set -o pipefail; cli() { "${process.execPath}" "${mainFile}" "$@"; }; ${line}`;
  return runProgram("bash", ["-c", program], { cwd });
}

describe("streams", () => {
  test("C6 a reader that leaves early ends the command silently with code 0", async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 20_000 }, (_, k) => `word${k} ${k} ${k + 1}.5`);
    writeFileSync(join(folder, "large.vec"), `${rows.length} 2\n${rows.join("\n")}\n`);
    const head = await bash("cli convert large.vec - --to glove -q | head -1; echo $PIPESTATUS", folder);
    expect(head).toMatchObject({ stdout: "word0 0 1.5\n0\n", stderr: "" });
    const near = await bash("cli near large.vec word0 -k 20000 | head -1; echo $PIPESTATUS", folder);
    expect([near.stdout.split("\n")[1], near.stderr]).toEqual(["0", ""]);
  });

  test.runIf(existsSync("/dev/full"))("C5 a full device is said, with code 5", async () => {
    const folder = temporaryFolder();
    vectorFile(folder);
    const { code, stderr } = await bash("cli near small.vec red > /dev/full", folder);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^thing2vec: standard output: .*no space left/);
  });

  test("L8 closed standard streams are no error of the command", async () => {
    const folder = temporaryFolder();
    vectorFile(folder);
    for (const closed of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) {
      const { code, stderr } = await bash(`cli near small.vec red ${closed}`, folder);
      expect([code, stderr], closed).toEqual([0, ""]);
    }
    expect((await bash("cli words - -o x.space -q <&-", folder)).code).toBe(3);
  });

  test("L3 nothing but the result is on standard output, whatever else is said", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder, 300);
    const flags = ["-o", "x.space", "--dimensions", "4", "--epochs", "2", "--progress", "plain"];
    const words = await runCli(["words", text, ...flags], { cwd: folder });
    expect([words.code, words.stdout]).toEqual([0, ""]);
    expect(words.stderr).toContain("training, ");
    const json = await runCli(["words", text, ...flags, "--force", "--json"], { cwd: folder });
    expect(JSON.parse(json.stdout).space).toBe("x.space");
  });

  test("a signal while standard input is awaited ends the command within the grace", async () => {
    const child = spawn(process.execPath, [mainFile, "words", "-", "-o", "x.space"], { cwd: temporaryFolder() });
    const code = await new Promise((resolve) => {
      child.stderr.once("data", () => setTimeout(() => child.kill("SIGINT"), 100));
      child.on("close", resolve);
    });
    expect(code).toBe(130);
  });
});

describe("L7 file names", () => {
  test.each([
    ["spaces", "a name with  spaces"],
    ["a line feed", "two\nlines"],
    ["a leading dash", "-dash"],
    ["emoji", "😀🚀"],
    ["quotes and dollars", `'"$HOME\`x\``],
    ["right-to-left letters", "שלום"],
    ["250 letters", "x".repeat(244)],
  ])("with %s are read and written", async (_, name) => {
    const folder = temporaryFolder();
    vectorFile(folder, `${name}.vec`);
    const convert = await runCli(["convert", "--", `${name}.vec`, `${name}.space`], { cwd: folder });
    expect([convert.code, convert.stdout], convert.stderr).toEqual([0, ""]);
    expect(readdirSync(folder).sort()).toEqual([`${name}.space`, `${name}.vec`].sort());
    const near = await runCli(["near", "-k", "1", "--json", "--", `${name}.space`, "red"], { cwd: folder });
    expect(JSON.parse(near.stdout)).toMatchObject({ space: `${name}.space`, neighbors: [{ name: "yellow" }] });
    if (name.startsWith("-")) return;
    expect((await runCli(["info", `${name}.space`], { cwd: folder })).stdout).not.toContain("two\nlines");
  });

  test("of more than 255 bytes, or of bytes that are no UTF-8, are errors with a reason", async () => {
    const folder = temporaryFolder();
    const long = await runCli(["info", `${"x".repeat(300)}.vec`], { cwd: folder });
    expect([long.code, long.stderr]).toEqual([3, expect.stringContaining("the name is too long")]);
    const bytes = await bash(`cli info $'\\xff\\xfe.vec'`, folder);
    expect([bytes.code, bytes.stderr]).toEqual([3, expect.stringContaining("no such file")]);
  });
});

describe("L8 places that cannot be written", () => {
  test("a folder below a file", async () => {
    const folder = temporaryFolder();
    const from = vectorFile(folder);
    for (const name of ["x.space", "x.bin"]) {
      const { code, stderr } = await runCli(["convert", from, join(from, name), "-q"]);
      expect(code).toBe(5);
      expect(stderr).toMatch(/^thing2vec: .*(is not a folder)/);
    }
  });

  test.skipIf(process.getuid?.() === 0)("a read-only folder", async () => {
    const folder = temporaryFolder();
    const from = vectorFile(folder);
    const locked = join(folder, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    for (const name of ["x.space", "x.bin"]) {
      const { code, stderr } = await runCli(["convert", from, join(locked, name), "-q"]);
      expect([code, stderr]).toEqual([5, expect.stringContaining("permission denied")]);
    }
    expect(readdirSync(locked)).toEqual([]);
  });

  test("no home and no folder for temporary files", async () => {
    const folder = temporaryFolder();
    const env = { HOME: undefined, TMPDIR: join(folder, "nothing") };
    const from = vectorFile(folder);
    expect((await runCli(["near", from, "red"], { env })).code).toBe(0);
    expect((await runCli(["words", topicFile(folder, 200), "-o", join(folder, "x.space"), "-q"], { env })).code).toBe(
      0,
    );
    const { code, stdout, stderr } = await runCli(["convert", from, "-", "--to", "glove", "-q"], { env });
    expect([code, stdout]).toEqual([5, ""]);
    expect(stderr).toContain("no such file or folder");
  });
});
