import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { root, runProgram } from "../child.js";
import { parseOnly } from "../cli/parse-only.js";
import { runHere } from "../cli/run-cli.js";
import { temporaryFolder } from "../temporary-folder.js";
import { wordsOf } from "./guide.js";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** What a test cannot wait for, made short; everything else runs as it stands. */
const shorter: Readonly<Record<string, readonly string[]>> = {
  words: ["--epochs", "2", "--min-count", "20"],
  images: ["--epochs", "2"],
  invert: ["--method", "lbfgs", "--steps", "20"],
};

/** Lines of the README after a dollar sign, without what is said of them. */
function commands(): string[] {
  return [...readme.matchAll(/^\$ (thing2vec .*)$/gm)].map(([, line]) => line.replace(/\s#.*$/, "").trim());
}

/** Programs of the README, one a section, made short. */
function programs(): { section: string; code: string }[] {
  return readme.split(/^## /m).flatMap((text) => {
    const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, block]) => block);
    if (blocks.length === 0) return [];
    const code = blocks
      .join("\n")
      .replace(/, type Tensor|: Tensor/g, "")
      .replace(/epochs: \d+/g, "epochs: 2")
      .replace("epochs: 2, onProgress", "epochs: 2, minCount: 20, onProgress");
    return [{ section: text.split("\n", 1)[0], code }];
  });
}

/** A folder with nothing but samples/ in it. */
function freshFolder(): string {
  const folder = temporaryFolder();
  symlinkSync(join(root, "samples"), join(folder, "samples"));
  return folder;
}

describe("the README", () => {
  test("its commands run in their order in a folder with samples/ alone, and its programs after them", async () => {
    const folder = freshFolder();
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
    const lines = commands();
    expect(lines.length).toBeGreaterThan(25);
    for (const line of lines) {
      const [, verb, ...args] = wordsOf(line);
      if ((verb === "explore" && !args.includes("--export")) || args.includes("--explore")) {
        expect((await parseOnly([verb, ...args]))?.verb, line).toBe(verb); // a page that waits for Ctrl-C
        continue;
      }
      const { code, stderr } = await runHere([verb, ...args, ...(shorter[verb] ?? [])]);
      expect([line, code, stderr]).toEqual([line, line.includes("bananna") ? 4 : 0, expect.any(String)]);
    }
    mkdirSync(join(root, ".cache"), { recursive: true });
    for (const { section, code } of programs()) {
      // Below the package's folder, so that "thing2vec" is this package.
      const program = join(root, ".cache", `readme-${process.pid}.mjs`);
      onTestFinished(() => rmSync(program, { force: true }));
      writeFileSync(program, code);
      const { code: status, stderr } = await runProgram(process.execPath, [program], { cwd: folder });
      expect([section, status, stderr.includes("Error")]).toEqual([section, 0, false]);
    }
  }, 300_000); // it trains words, pictures and graphs, and draws maps of them
});
