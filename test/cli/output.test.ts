import { describe, expect, test } from "vitest";
import {
  bytesText,
  count,
  duration,
  itemWord,
  Output,
  rateText,
  shellWord,
  shown,
  widthOf,
} from "../../dist/cli/output.js";
import { progressLine } from "../../dist/cli/progress-line.js";
import { temporaryFolder } from "../temporary-folder.js";
import { FakeTerminal, runHere, vectorFile } from "./run-cli.js";

/** Each says that colors and lines that move are not welcome. */
const unwelcome: Record<string, string>[] = [{ NO_COLOR: "1" }, { TERM: "dumb" }, { CI: "true" }];

describe("output", () => {
  test("an item in a proposed command is no flag, even if its name begins with a dash", async () => {
    expect(["-x.png", "a b", "it's", "-a b"].map(itemWord)).toEqual(["item:-x.png", "'a b'", "'it'\\''s'", "'-a b'"]);
    const { Space } = await import("../../dist/space/space.js");
    const path = `${temporaryFolder()}/dash.space`;
    await Space.from({ names: ["-x.png", "-a b"], vectors: Float32Array.of(1, 2, 2, 1) }).save(path);
    for (const name of [itemWord("-x.png"), "-a b"]) expect((await runHere(["near", path, name])).code).toBe(0);
  });

  test("tables align words at the left and numbers at the right, wide letters too", () => {
    const table = new Output(new FakeTerminal()).table([
      { title: "name", cells: ["a", "日本", "e\u0301te"] },
      { title: "n", cells: ["1", "22", "333"], right: true },
    ]);
    expect(table).toBe("name    n\na       1\n日本   22\ne\u0301te   333\n");
    expect(widthOf("日本")).toBe(4);
  });

  test("L3 a piped result has no escape codes, a terminal's has unless NO_COLOR, TERM=dumb or CI say no", async () => {
    const args = ["near", vectorFile(temporaryFolder()), "red"];
    expect((await runHere(args)).stdout).not.toContain("\x1b");
    expect((await runHere(args, { isTerminal: true })).stdout).toContain("\x1b[1m");
    for (const env of unwelcome) {
      expect((await runHere(args, { isTerminal: true, env })).stdout).not.toContain("\x1b");
    }
  });

  test("names cannot steer the terminal, and go through JSON as they are", () => {
    expect(shown("a\x1b[2Jb\n")).toBe("a\\u001b[2Jb\\u000a");
  });

  test("NaN is written as null", () => {
    const terminal = new FakeTerminal();
    new Output(terminal, { json: true }).result({ x: Number.NaN, y: Number.POSITIVE_INFINITY }, () => "");
    expect(JSON.parse(terminal.stdout)).toEqual({ x: null, y: null });
  });

  test("figures read well", () => {
    expect(count(1234567)).toBe("1,234,567");
    expect([0, 999, 1500, 99.6e6, 12.3e9].map(bytesText)).toEqual([
      "0 bytes",
      "999 bytes",
      "1.5 kB",
      "100 MB",
      "12.3 GB",
    ]);
    expect(rateText(12.34e6, "pairs")).toBe("12.3 M pairs/s");
    expect(rateText(5, "rows")).toBe("5 rows/s");
    expect([0.04, 9.94, 59.4, 192, 7500].map(duration)).toEqual(["0.0 s", "9.9 s", "59 s", "3 min 12 s", "2 h 5 min"]);
    expect(shellWord("a b's")).toBe("'a b'\\''s'");
    expect(shellWord("-x")).toBe("'-x'");
    expect(shellWord("été.space")).toBe("été.space");
  });
});

describe("progress", () => {
  const event = {
    stage: "training",
    done: 5,
    total: 10,
    unit: "pairs",
    rate: 2e6,
    epoch: 1,
    epochs: 2,
    loss: 0.5,
  } as const;

  function written(
    mode: "auto" | "plain" | "json" | "none",
    options: ConstructorParameters<typeof FakeTerminal>[0] = {},
  ) {
    const terminal = new FakeTerminal(options);
    const line = progressLine(terminal, mode);
    line.onProgress(event);
    line.onProgress(event);
    line.clear();
    expect(terminal.stdout).toBe("");
    return terminal.stderr;
  }

  test("L3 a line that moves is for terminals that take it", () => {
    const line = written("auto", { isTerminal: true });
    expect(line).toContain("training   [##########----------]  50 %  2.0 M pairs/s  epoch 1/2  loss 0.5000");
    expect(line.endsWith("\r\x1b[K")).toBe(true);
    expect(Math.max(...line.split("\r").map((part) => part.length))).toBeLessThan(85);
    expect(written("auto")).toBe("");
    for (const env of unwelcome) {
      expect(written("auto", { isTerminal: true, env })).toBe("");
    }
  });

  test("plain lines come once a stage or every five seconds, JSON lines for every report, none never", () => {
    expect(written("plain")).toBe("training, 50 %, 2.0 M pairs/s, epoch 1/2, loss 0.5000\n");
    const lines = written("json").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).progress)).toEqual([event, event]);
    expect(written("none", { isTerminal: true })).toBe("");
  });
});
