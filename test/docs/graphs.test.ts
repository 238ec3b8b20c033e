import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { readGuide } from "./guide.js";

test("the guide to graphs runs as it stands, and prints what its comments say", async () => {
  const { said, run } = readGuide("graphs");
  const printed = await run(join(root, "samples"), temporaryFolder());
  expect(printed.trimEnd().split("\n")).toEqual(said);
  expect(said.length).toBeGreaterThan(20);
});
