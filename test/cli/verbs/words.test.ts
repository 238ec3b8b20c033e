import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../temporary-folder.js";
import { mainFile, runCli, runHere, topicFile, topicText } from "../run-cli.js";

const small = ["--dimensions", "12", "--epochs", "8", "--threads", "2"];

function vectorsOf(space: string): Buffer {
  const name = readdirSync(space).find((file) => file.startsWith("vectors"));
  return readFileSync(join(space, name ?? "vectors"));
}

describe("words", () => {
  test("says what it understood, leaves a space, says what to try next", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder);
    const { code, stdout, stderr } = await runCli(["words", text, ...small], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^text {6}.*topics\.txt, [\d.]+ kB, read as UTF-8$/m);
    expect(stderr).toMatch(/^model {5}GloVe, 12 dimensions, 8 epochs, window 15, min count 5, lower case$/m);
    expect(stderr).toMatch(/^machine {3}2 threads, at most .* for data, seed 1$/m);
    expect(stderr).toMatch(/^result {4}topics\.space, a checkpoint every 60 s$/m);
    expect(stderr).toMatch(/^counted {3}8,000 tokens, 22 different words, 22 kept, [\d,]+ pairs$/m);
    expect(stderr).toMatch(/^time {6}reading .*training .*saving/m);
    expect(readdirSync(join(folder, "topics.space")).sort()).toEqual([
      ...["items-1.parquet", "space.json", "vectors-1.safetensors"],
    ]);

    const next = /^ {2}thing2vec (near topics\.space \w+)$/m.exec(stderr)?.[1].split(" ") ?? [];
    expect(await runCli(next, { cwd: folder })).toMatchObject({ code: 0, stderr: "" });
  });

  test("finds the topics of the text", async () => {
    const folder = temporaryFolder();
    const space = join(folder, "topics.space");
    await runHere(["words", topicFile(folder, 3000), "-o", space, "--epochs", "60", "--dimensions", "8", "-q"]);
    const { stdout } = await runHere(["near", space, "ship", "-k", "5", "--json"]);
    const names = JSON.parse(stdout).neighbors.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(["anchor", "captain", "harbor", "sail", "wave"]);
  });

  test("D1 the same bytes with any number of threads, from gzip, standard input, a folder and kept counts", async () => {
    const folder = temporaryFolder();
    const text = topicText(800);
    const path = (name: string) => join(folder, name);
    writeFileSync(path("a.txt"), text);
    writeFileSync(path("b.txt.gz"), gzipSync(text));
    mkdirSync(path("texts"));
    writeFileSync(join(path("texts"), "c.txt"), text);
    const options = ["--dimensions", "12", "--epochs", "3", "-q"];
    const runs: [string, string[]][] = [
      ["one.space", [path("a.txt"), "--threads", "1", "--keep-counts"]],
      ["three.space", [path("a.txt"), "--threads", "3"]],
      ["gzip.space", [path("b.txt.gz")]],
      ["folder.space", [path("texts")]],
      ["counts.space", [path("one.counts.safetensors")]],
    ];
    for (const [name, args] of runs) {
      const { code, stderr } = await runHere(["words", ...args, "-o", path(name), ...options]);
      expect([code, stderr], name).toEqual([0, ""]);
    }
    expect(await runCli(["words", "-", "-o", path("stdin.space"), ...options], { input: text })).toMatchObject({
      code: 0,
    });
    for (const name of ["three", "gzip", "folder", "counts", "stdin"]) {
      expect(vectorsOf(path(`${name}.space`)).equals(vectorsOf(path("one.space"))), name).toBe(true);
    }
    const other = await runHere(["words", path("a.txt"), "-o", path("seed.space"), "--seed", "2", ...options]);
    expect(other.code).toBe(0);
    expect(vectorsOf(path("seed.space")).equals(vectorsOf(path("one.space")))).toBe(false);
  });

  test("JSON has the figures of the run", async () => {
    const folder = temporaryFolder();
    const space = join(folder, "x.space");
    const { code, stdout } = await runHere(["words", topicFile(folder), "-o", space, ...small, "--json"]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      ...{ space, items: 22, seed: 1, metrics: { tokens: 8000, distinct: 22, loss: expect.any(Number) } },
      report: { lines: 1000, longTokens: 0, invalidBytes: 0 },
    });
    const stages = result.stages.map(({ stage }: { stage: string }) => stage);
    expect(stages).toEqual(expect.arrayContaining(["reading", "training", "saving"]));
  });

  test("replaces a space with --force only, and nothing else ever", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder, 300);
    const space = join(folder, "x.space");
    expect(await runHere(["words", text, "-o", space, ...small, "-q"])).toMatchObject({ code: 0 });
    const again = await runHere(["words", text, "-o", space, ...small, "-q"]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("--force replaces it");
    expect(await runHere(["words", text, "-o", space, ...small, "-q", "--force"])).toMatchObject({ code: 0 });
    expect(readdirSync(space)).toContain("vectors-2.safetensors");

    const foreign = join(folder, "photos");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "cat.jpg"), "");
    for (const [target, message] of [
      [foreign, 'this one holds "cat.jpg"'],
      [text, "is not a folder"],
    ]) {
      const refused = await runHere(["words", text, "-o", target, ...small, "--force"]);
      expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining(message)]);
    }
    expect(readdirSync(foreign)).toEqual(["cat.jpg"]);
  });

  test.each<[string, string | Uint8Array, string[], number, string]>([
    ["an empty file", "", [], 3, "empty"],
    ["one word", "word ".repeat(10), [], 3, "there is one word only"],
    ["only rare words", "a b c d e f", [], 3, "set --min-count to 1 or less"],
    [
      "no pair",
      "a\n".repeat(9) + "b\n".repeat(9),
      [],
      3,
      "no two of the 2 words kept stand in one line; set --windows-cross-lines",
    ],
    ["what is no UTF-8", Uint8Array.of(97, 32, 98, 10, 0xff), [], 3, "line 2 byte 4: not valid UTF-8"],
    ["UTF-16", Buffer.from("some words of text", "utf16le"), [], 3, "UTF-16"],
    ["vectors", "a 1.5 2.5 3.5\nb 1.5 2.5 3.5\n", [], 3, "text was needed, this is a file of vectors (glove)"],
    ["a Python pickle", "\x80\x04more", [], 3, "Python pickle"],
    ["too little memory", "a b ".repeat(20), ["--memory-limit", "1MB"], 5, "--memory-limit must be at least"],
    ["a wrong option", "a b ".repeat(20), ["--dimensions", "0"], 2, "dimensions must be an integer"],
  ])("of %s: one line that says what is wrong, and nothing half-written", async (_, content, flags, code, message) => {
    const folder = temporaryFolder();
    const file = join(folder, "input.bin");
    writeFileSync(file, typeof content === "string" ? Buffer.from(content, "latin1") : content);
    const outcome = await runHere(["words", file, "-o", join(folder, "x.space"), "-q", ...flags]);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    expect(readdirSync(folder)).toEqual(["input.bin"]);
  });

  test("--force takes nothing away before the new run has something to put there", async () => {
    const folder = temporaryFolder();
    const space = join(folder, "x.space");
    mkdirSync(join(space, "checkpoint"), { recursive: true });
    writeFileSync(join(space, "checkpoint/slot-0"), "of an older run");
    const args = ["words", topicFile(folder), "-o", space, "--force"];
    expect(await runHere([...args, "--epochs", "0"])).toMatchObject({ code: 2 });
    expect(readFileSync(join(space, "checkpoint/slot-0"), "utf8")).toBe("of an older run");
    expect(await runHere([...args, ...small, "-q"])).toMatchObject({ code: 0 });
    expect(existsSync(join(space, "checkpoint"))).toBe(false);
  });

  test("warns of text without spaces between its words", async () => {
    const folder = temporaryFolder();
    const text = join(folder, "zh.txt");
    writeFileSync(text, "北京是中华人民共和国的首都，巴黎是法兰西共和国的首都。\n".repeat(20));
    const { code, stderr } = await runHere(["words", text, "-o", join(folder, "zh.space"), ...small]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("must be segmented first")]);
  });

  test("counts keep the settings they were counted with", async () => {
    const folder = temporaryFolder();
    const flags = ["-o", join(folder, "x.space"), ...small, "-q"];
    await runHere(["words", topicFile(folder), "--keep-counts", ...flags]);
    const counts = join(folder, "x.counts.safetensors");
    const { code, stderr } = await runHere(["words", counts, ...flags, "--force", "--window", "3"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--window 3 comes too late, these words are counted");
  });
});

/** Runs `words` until it trains, then sends a signal; resolves with what happened and how long the end took. */
async function interrupt(args: readonly string[], signals: NodeJS.Signals[], cwd: string) {
  const child = spawn(process.execPath, [mainFile, "words", ...args, "--progress", "json"], { cwd });
  let stderr = "";
  let sent = 0;
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve) => {
    child.on("close", () => resolve());
    child.stderr.on("data", (data: Buffer) => {
      stderr += data;
      if (sent > 0 || !/"stage":"training".*"epoch":2/.test(stderr)) return;
      sent = performance.now();
      for (const signal of signals) child.kill(signal);
      resolve();
    });
  });
  const outcome = await ended;
  return { ...outcome, stderr, seconds: sent === 0 ? Number.NaN : (performance.now() - sent) / 1000 };
}

describe("words, interrupted", () => {
  const flags = ["--dimensions", "100", "--epochs", "3000", "--threads", "2"];

  test("C6 SIGINT, SIGTERM and SIGHUP end training with a checkpoint and code 130, 143 or 129", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder);
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      const space = `${signal}.space`;
      const outcome = await interrupt([text, "-o", space, ...flags], [signal], folder);
      expect(outcome.code, outcome.stderr).toBe(code);
      expect(outcome.seconds).toBeLessThan(20); // a guard on a loaded machine; alone it is below 2
      expect(outcome.stderr).toContain("the same command with --resume goes on from it");
      expect(readdirSync(join(folder, space))).toEqual(["checkpoint"]);
    }
    const refused = await runHere(["words", text, "-o", join(folder, "SIGINT.space"), ...flags]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--resume goes on with it, --force starts anew");
  });

  test("C2 C3 killed or interrupted at several moments and resumed: the bytes of an undisturbed run", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder);
    const args = [text, "-o", "killed.space", ...flags, "--checkpoint-every", "0.05"];
    for (const [round, signal] of (["SIGKILL", "SIGINT", "SIGKILL"] as const).entries()) {
      const { code } = await interrupt(round === 0 ? args : [...args, "--resume"], [signal], folder);
      expect(code).toBe(signal === "SIGINT" ? 130 : null);
    }
    const resumed = await runCli(["words", ...args, "--resume"], { cwd: folder });
    expect(resumed.code, resumed.stderr).toBe(0);
    const undisturbed = await runCli(["words", text, "-o", "whole.space", ...flags, "--checkpoint-every", "0"], {
      cwd: folder,
    });
    expect(undisturbed.code).toBe(0);
    expect(vectorsOf(join(folder, "killed.space")).equals(vectorsOf(join(folder, "whole.space")))).toBe(true);
    expect(existsSync(join(folder, "killed.space", "checkpoint"))).toBe(false);
  });

  test("C4 another text, or another flag, is no run to resume", async () => {
    const folder = temporaryFolder();
    const text = topicFile(folder);
    await interrupt([text, "-o", "x.space", ...flags], ["SIGINT"], folder);
    const again = (...args: string[]) =>
      runCli(["words", "-o", "x.space", ...flags, "--resume", ...args], { cwd: folder });
    const seed = await again(text, "--seed", "2");
    expect([seed.code, seed.stderr]).toEqual([2, expect.stringContaining("seed was 1, is 2")]);
    const window = await again(text, "--window", "3");
    expect([window.code, window.stderr]).toEqual([2, expect.stringContaining("window was 15, is 3")]);
    const other = await again(topicFile(folder, 900, "other.txt"));
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("another corpus")]);
  });
});
