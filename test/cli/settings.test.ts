import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { runHere } from "./run-cli.js";

function configFile(content: string | object): string {
  const path = join(temporaryFolder(), "settings.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function settingsOf(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await runHere(["words", "a.txt", "--print-config", ...args], { env });
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

describe("settings", () => {
  test("the command line goes before variables, and they before the file", async () => {
    const config = configFile({ seed: 1, window: 2, epochs: 3, minCount: 4 });
    const env = { THING2VEC_WINDOW: "20", THING2VEC_MIN_COUNT: "40" };
    expect(await settingsOf(["--config", config, "--min-count", "400"], env)).toEqual({
      seed: 1,
      window: 20,
      epochs: 3,
      minCount: 400,
    });
  });

  test("members named like a verb are for this verb, and go before the others", async () => {
    const config = configFile({ seed: 1, words: { seed: 2 }, near: { count: 3 }, count: 4 });
    expect(await settingsOf(["--config", config])).toEqual({ seed: 2 });
  });

  test("what --print-config prints is a file that --config reads", async () => {
    const args = ["--memory-limit", "2GiB", "--no-lower-case", "--fast", "--encoding-errors", "skip", "--json"];
    const settings = await settingsOf(args);
    expect(settings).toEqual({
      memoryLimit: 2 ** 31,
      lowerCase: false,
      fast: true,
      encodingErrors: "skip",
      json: true,
    });
    expect(await settingsOf(["--config", configFile(settings as object)])).toEqual(settings);
  });

  test("sizes, numbers and switches may be written as on the command line", async () => {
    const config = configFile({ memoryLimit: "2GB", alpha: "0.5" });
    expect(await settingsOf(["--config", config], { THING2VEC_FAST: "0", THING2VEC_JSON: "true" })).toEqual({
      memoryLimit: 2e9,
      alpha: 0.5,
      fast: false,
      json: true,
    });
  });

  test("a flag that may be repeated takes a list", async () => {
    const config = configFile({ evaluate: { analogies: ["a.txt", "b.txt"] } });
    const { stdout } = await runHere(["evaluate", "x.space", "--print-config", "--config", config]);
    expect(JSON.parse(stdout)).toEqual({ analogies: ["a.txt", "b.txt"] });
  });

  test.each([
    [{ sed: 1 }, 2, "there is no flag sed"],
    [{ words: { count: 1 } }, 2, "words has no flag count"],
    [{ seed: "many" }, 2, 'seed: a number was needed, got "many"'],
    [{ seed: [1, 2] }, 2, "seed must be a single value"],
    [{ seed: null }, 2, "seed must be a text or a number"],
    [{ fast: "yes" }, 2, "fast must be true or false"],
    [{ encodingErrors: "no" }, 2, 'encodingErrors: allowed choices are error, replace, skip, got "no"'],
    [{ config: "other.json" }, 2, "there is no flag config"],
    ["[1]", 3, "a JSON object of flags was needed"],
    ['{"seed":', 3, "settings.json"],
    ['{"seed": 1, "seed": 2}', 3, "seed"],
  ])("L2 %j in the file is refused", async (content, code, message) => {
    const outcome = await runHere(["words", "a.txt", "--print-config", "--config", configFile(content)]);
    expect(outcome.stderr).toContain(message);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
  });

  test("a variable that is no flag is another program's: a warning, no error", async () => {
    const { code, stdout, stderr } = await runHere(["words", "a.txt", "--print-config"], {
      env: { THING2VEC_SED: "1" },
    });
    expect([code, stdout]).toEqual([0, "{}\n"]);
    expect(stderr).toContain("THING2VEC_SED is ignored: there is no flag --sed");
  });
});
