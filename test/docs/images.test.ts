import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root, runProgram } from "../child.js";
import { runHere } from "../cli/run-cli.js";
import { temporaryFolder } from "../temporary-folder.js";

test("the guide to pictures runs as it stands, prints what its comments say, and its commands work", async () => {
  const guide = readFileSync(join(root, "docs/images.md"), "utf8");
  const blocks = (language: string) =>
    [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))]
      .map(([, block]) => block)
      .join("\n");
  const code = blocks("js");
  // Below the package's folder, so that "thing2vec" is this package.
  const program = join(root, ".cache", `images-${process.pid}.mjs`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  onTestFinished(() => rmSync(program, { force: true }));
  writeFileSync(program, code);
  const folder = temporaryFolder();
  const { code: status, stdout, stderr } = await runProgram(process.execPath, [program, folder]);
  expect([status, stderr]).toEqual([0, ""]);
  const said = [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
  expect(stdout.trimEnd().split("\n")).toEqual(said);
  expect(said.length).toBeGreaterThan(6);
  const commands = blocks("sh")
    .split("\n")
    .filter((line) => line !== "");
  const before = process.cwd();
  process.chdir(folder); // the commands name files as somebody in this folder would
  onTestFinished(() => process.chdir(before));
  for (const command of commands) {
    const [name, ...args] = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
    expect(name).toBe("thing2vec");
    const outcome = await runHere(args);
    expect([command, outcome.code, outcome.stdout === ""]).toEqual([command, 0, false]);
  }
  expect(commands.length).toBeGreaterThan(4);
}, 240_000); // it trains, and starts a dozen commands
