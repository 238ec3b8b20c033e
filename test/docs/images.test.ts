import { expect, onTestFinished, test } from "vitest";
import { runHere } from "../cli/run-cli.js";
import { temporaryFolder } from "../temporary-folder.js";
import { performAll, readGuide } from "./guide.js";

test("the guide to pictures runs as it stands, prints what its comments say, and its commands work", async () => {
  const { said, commands, run } = readGuide("images");
  const folder = temporaryFolder();
  expect((await run(folder)).trimEnd().split("\n")).toEqual(said);
  expect(said.length).toBeGreaterThan(6);
  const before = process.cwd();
  process.chdir(folder); // the commands name files as somebody in this folder would
  onTestFinished(() => process.chdir(before));
  await performAll(commands, (args) => runHere(args));
  expect(commands.length).toBeGreaterThan(4);
}, 240_000); // it trains, and starts a dozen commands
