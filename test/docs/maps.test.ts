import { expect, test } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { temporaryFolder } from "../temporary-folder.js";
import { performAll, readGuide } from "./guide.js";

test("the guide to maps runs as it stands, prints what its comments say, and its commands work", async () => {
  const { said, commands, run } = readGuide("maps");
  const folder = temporaryFolder();
  expect((await run(folder)).trimEnd().split("\n")).toEqual(said);
  expect(said.length).toBeGreaterThan(7);
  await performAll(commands, (args) => runCli(args, { cwd: folder }));
  expect(commands.length).toBeGreaterThan(4);
});
