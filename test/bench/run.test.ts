import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseArguments } from "../../bench/arguments.mjs";
import { show, table } from "../../bench/table.mjs";
import { root, runProgram } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";

/** The runner in a folder of its own, with one benchmark of this text. */
function runBench(text: string, args: string[]) {
  const folder = join(temporaryFolder(), "bench");
  mkdirSync(folder);
  for (const part of ["run.mjs", "arguments.mjs", "table.mjs"]) cpSync(join(root, "bench", part), join(folder, part));
  writeFileSync(join(folder, "sample.mjs"), text);
  return runProgram(process.execPath, [join(folder, "run.mjs"), ...args]);
}

const sample = `export default async ({ data, threads, log, options }) => {
  log("working");
  return {
    figures: { speed: 12_000_000, accuracy: 28.5 },
    peers: { glove: { figures: { speed: 1_750_000 } }, numpy: { absent: "pip install numpy" } },
    settings: { data, threads, ...options },
    units: { speed: "pairs/s", accuracy: "%" },
    notes: ["warm file cache"],
  };
};`;

test("figures stand beside the peers' with units and ratios, and an absent peer with the line that installs it", async () => {
  const { code, stdout, stderr } = await runBench(sample, ["sample", "--data", "d", "--epochs=3"]);
  expect(code).toBe(0);
  expect(stderr).toBe("working\n");
  expect(stdout.split("\n")).toEqual([
    "           thing2vec     unit      glove  ratio",
    "speed     12,000,000  pairs/s  1,750,000   6.86",
    "accuracy        28.5        %",
    "numpy is absent; to have it measured too: pip install numpy",
    "data: d",
    "threads: 2",
    "epochs: 3",
    "warm file cache",
    "",
  ]);
});

test("with --json the last line is one object with the figures of all peers that are there", async () => {
  const { stdout } = await runBench(sample, ["--json", "sample", "--threads", "4"]);
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toEqual({
    bench: "sample",
    figures: { speed: 12_000_000, accuracy: 28.5 },
    peers: { glove: { speed: 1_750_000 } },
    settings: { threads: 4 },
  });
});

test("an unknown name and wrong options are one line and exit 2; a failing benchmark is exit 1", async () => {
  const unknown = await runBench(sample, ["glvoe"]);
  expect(unknown).toMatchObject({ code: 2, stdout: "" });
  expect(unknown.stderr).toBe("bench: a name was needed, got glvoe; there are sample\n");
  expect(await runBench(sample, [])).toMatchObject({ code: 2 });
  expect((await runBench(sample, ["sample", "--threads", "0"])).stderr).toBe(
    "bench: threads must be an integer from 1 to 256, got 0\n",
  );
  expect(await runBench('export default async () => { throw new Error("no"); };', ["sample"])).toMatchObject({
    code: 1,
  });
});

test("arguments are read in any order", () => {
  expect(parseArguments(["--threads=1", "glove", "--seeds", "3", "--data", "x", "--peers", "--json"])).toEqual({
    name: "glove",
    data: "x",
    threads: 1,
    json: true,
    options: { seeds: "3", peers: true },
  });
  expect(() => parseArguments(["a", "b"])).toThrow("bench: one name was needed, got a and b");
  expect(() => parseArguments(["a", "--data"])).toThrow("bench: --data needs a folder");
});

test("numbers have four significant digits, and large ones all of their integer part", () => {
  expect([12345678.9, 1234.5, 999.99, 0.48912, 0, -2, Number.NaN].map(show)).toEqual([
    "12,345,679",
    "1,235",
    "1,000",
    "0.4891",
    "0",
    "-2",
    "NaN",
  ]);
  expect(table({}, { glove: { figures: { speed: 2 } } }, {})).toContain("speed");
});
