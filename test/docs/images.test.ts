import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root, runProgram } from "../child.js";
import { mainFile } from "../cli/run-cli.js";
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
  for (const command of commands) {
    const [name, ...args] = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
    expect(name).toBe("thing2vec");
    const outcome = await runProgram(process.execPath, [mainFile, ...args], { cwd: folder });
    expect([command, outcome.code, outcome.stdout === ""]).toEqual([command, 0, false]);
  }
  expect(commands.length).toBeGreaterThan(4);
});
