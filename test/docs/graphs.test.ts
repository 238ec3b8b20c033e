import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root, runProgram } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";

test("the guide to graphs runs as it stands, and prints what its comments say", async () => {
  const guide = readFileSync(join(root, "docs/graphs.md"), "utf8");
  const code = [...guide.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, block]) => block).join("\n");
  // Below the package's folder, so that "thing2vec" is this package.
  const program = join(root, ".cache", `graphs-${process.pid}.mjs`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  onTestFinished(() => rmSync(program, { force: true }));
  writeFileSync(program, code);
  const {
    code: status,
    stdout,
    stderr,
  } = await runProgram(process.execPath, [program, join(root, "samples"), temporaryFolder()]);
  expect([status, stderr]).toEqual([0, ""]);
  const said = [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
  expect(stdout.trimEnd().split("\n")).toEqual(said);
  expect(said.length).toBeGreaterThan(20);
});
