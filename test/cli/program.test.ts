import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../dist/cli/program.js";
import { formatChoices } from "../../dist/cli/verbs/convert.js";
import { vectorFormats } from "../../dist/formats/vectors.js";
import { version } from "../../dist/io/version.js";
import { Rng } from "../../dist/numerics/random.js";
import { cooccurrenceDefaults } from "../../dist/words/count.js";
import { gloveDefaults } from "../../dist/words/glove-method.js";
import { root } from "../child.js";
import { parseOnly, saidOnError } from "./parse-only.js";
import { FakeTerminal, runCli, runHere } from "./run-cli.js";

const program = createProgram(new FakeTerminal(), () => async () => {});

describe("help", () => {
  test("L1 the list of verbs is as it was", async () => {
    const { code, stdout } = await runHere(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  test.each(program.commands.map((command) => command.name()))("L1 the help of %s is as it was", async (verb) => {
    const { code, stdout, stderr } = await runHere([verb, "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain("Exit codes:");
    expect(stdout).toMatchSnapshot();
    expect((await runHere(["help", verb])).stdout).toBe(stdout);
  });

  test("the defaults that help states are the library's", () => {
    const options = program.commands.find((command) => command.name() === "words")?.options ?? [];
    const stated = new Map<string, string>();
    for (const option of options) {
      const match = /\(default ([\w.]+)/.exec(option.description);
      if (match) stated.set(option.attributeName(), match[1]);
    }
    for (const [name, value] of Object.entries({ ...cooccurrenceDefaults, ...gloveDefaults })) {
      if (typeof value === "boolean") {
        // a flag that changes it exists, and not its opposite
        const flag = options.find((option) => option.attributeName() === name);
        expect(flag?.negate, name).toBe(value);
      } else expect(stated.get(name), name).toBe(String(value));
    }
  });

  test("the formats that convert offers are the library's", () => {
    expect(formatChoices).toEqual([...vectorFormats]);
  });

  test("without a verb help goes to standard error, as a wrong usage", async () => {
    const { code, stdout, stderr } = await runHere([]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Make a space:");
  });

  test("a flag takes a value in all verbs or in none, so that it may stand before the verb", () => {
    const takesValue = new Map<string, boolean>();
    for (const { short, long, required } of program.commands.flatMap(({ options }) => options)) {
      for (const name of [short, long]) {
        if (name === undefined) continue;
        expect(takesValue.get(name) ?? required, name).toBe(required);
        takesValue.set(name, required);
      }
    }
  });

  test("the version is that of the package", async () => {
    expect(version).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
    expect((await runHere(["--version"])).stdout).toBe(`${version}\n`);
  });

  test("help comes without loading what the verbs need", async () => {
    const trace = `import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(\`export async function load(url, context, next) {
        if (/dist.(kernels|space|words|pairs)/.test(url)) console.error("loaded " + url);
        return next(url, context);
      }\`));
      process.argv = ["node", "thing2vec", "words", "--help"];
      await import("./dist/cli/main.js");`;
    const { runModule } = await import("../child.js");
    const { stdout, stderr } = await runModule(trace);
    expect(stdout).toContain("Usage: thing2vec words");
    expect(stderr).not.toContain("loaded");
  });
});

describe("any arguments", () => {
  test("L6 10,000 random lists end in success or in a usage error that says why", async () => {
    const rng = new Rng(6);
    const flags = program.commands.flatMap(({ options }) => options.flatMap(({ short, long }) => [short, long]));
    const pieces = [
      ...program.commands.map((command) => command.name()),
      ...flags.filter((flag) => flag !== undefined),
      ...[
        "",
        " ",
        "-",
        "--",
        "---",
        "-1",
        "1e400",
        "NaN",
        "a b",
        "--=",
        "--x=",
        "-kk",
        "-k=3",
        "--count=",
        "\0",
        "é",
        "😀",
      ],
      ...["help", "--help", "--version", "a.txt", "mean(a,", '"', "__proto__", "--__proto__", "constructor", "-\u202e"],
    ];
    for (let round = 0; round < 10_000; round++) {
      const args = Array.from({ length: rng.below(7) }, () => pieces[rng.below(pieces.length)]);
      try {
        await parseOnly(args);
      } catch (error) {
        expect(error, JSON.stringify(args)).toBeInstanceOf(CommanderError);
        if ((error as CommanderError).exitCode !== 0) expect(saidOnError(), JSON.stringify(args)).not.toBe("");
      }
      expect(saidOnError(), JSON.stringify(args)).not.toMatch(/^ {4}at /m);
    }
  });

  test("L6 the whole process says it in words and with code 2", async () => {
    const { code, stdout, stderr } = await runCli(["near", "--count", "x", "a", "b"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("A number was needed");
    expect(stderr).not.toContain("    at ");
  });
});
