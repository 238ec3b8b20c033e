import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../dist/cli/program.js";
import type { SpaceSummary } from "../../dist/explorer/protocol.js";
import { fromWire } from "../../dist/explorer/wire.js";
import { loadSpace } from "../../dist/index.js";
import { root } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { FakeTerminal, mainFile, runHere, topicText } from "./run-cli.js";

/** A command with --explore in a process of its own. */
function watched(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, [mainFile, ...args, "--explore"], { cwd });
  const seen = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    seen.stdout += text;
  });
  child.stderr.on("data", (text) => {
    seen.stderr += text;
  });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  const stop = () => {
    child.kill("SIGINT");
    return ended;
  };
  const url = () => /^watch +(http:\S+)$/m.exec(seen.stderr)?.[1] ?? "";
  return { seen, url, stop, ended };
}

/** Asks as the page does. */
async function asker(url: string) {
  const entered = await fetch(url, { redirect: "manual" });
  const { origin } = new URL(url);
  const cookie = (entered.headers.get("set-cookie") ?? "").split(";")[0];
  const headers = { cookie, origin, "content-type": "application/json" };
  return async (name: string, question: object = {}) => {
    const answer = await fetch(`${origin}/api/${name}`, { method: "POST", headers, body: JSON.stringify(question) });
    expect(answer.status).toBe(200);
    return fromWire(await answer.arrayBuffer());
  };
}

const patience = { timeout: 20_000 };

describe("--explore on a training", () => {
  test("serves the training, then the trained space, with the result on standard output, until Ctrl-C", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "text.txt"), topicText(300));
    const model = ["--dimensions", "8", "--min-count", "1", "--epochs", "5", "--threads", "1"];
    const { seen, url, stop } = watched(["words", "text.txt", "-o", "topics.space", ...model, "--json"], folder);
    await expect.poll(url, patience).not.toBe("");
    const ask = await asker(url());
    await expect.poll(() => seen.stdout, patience).toContain("\n");
    expect(JSON.parse(seen.stdout)).toMatchObject({ space: "topics.space" });
    const [summary] = (await ask("spaces")) as SpaceSummary[];
    expect(summary).toMatchObject({ title: "topics", kind: "words", items: 22, training: "done", method: "glove" });
    const { neighbors } = (await ask("near", { space: 0, request: { query: "ship" } })) as { neighbors: unknown[] };
    expect(neighbors).toHaveLength(10);
    await expect.poll(() => seen.stderr, patience).toContain("exploring topics at the address above; Ctrl-C ends it");
    expect(await stop()).toBe(130);
  });

  test("Ctrl-C while it trains leaves a checkpoint and no space, as without it", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "text.txt"), topicText(300));
    const model = ["--dimensions", "8", "--min-count", "1", "--epochs", "1000000", "--threads", "1"];
    const { seen, url, stop } = watched(["words", "text.txt", "-o", "topics.space", ...model], folder);
    await expect.poll(url, patience).not.toBe("");
    const ask = await asker(url());
    const learning = async () => ((await ask("spaces")) as SpaceSummary[])[0];
    await expect.poll(learning, patience).toMatchObject({ items: 22, training: "under way" });
    expect(await stop()).toBe(130);
    expect(seen.stderr).toContain("the same command with --resume goes on from it");
    expect(seen.stdout).toBe("");
    expect(existsSync(join(folder, "topics.space/space.json"))).toBe(false);
  });

  const sample = (name: string) => join(root, "samples", name);
  const karate = ["graph", sample("karate/edges.csv"), "--dimensions", "4", "--method"];
  const faces = ["images", sample("emoji/faces.png"), "--tile", "48", "--no-contact-sheet", "--method"];
  const trainings: [string, string[]][] = [
    ["node2vec", [...karate, "node2vec", "--walks", "2"]],
    ["spectral", [...karate, "spectral"]],
    ["pca of pictures", [...faces, "pca", "--dimensions", "4"]],
    ["autoencoder", [...faces, "autoencoder", "--hidden", "none", "--epochs", "1"]],
  ];

  test.each(trainings)("%s serves what it leaves", async (_, args) => {
    const target = join(temporaryFolder(), "made.space");
    const terminal = new FakeTerminal();
    const ending = run([...args, "-o", target, "--threads", "1", "--explore"], terminal);
    await expect.poll(() => terminal.stderr, patience).toContain("exploring made at the address above; Ctrl-C ends it");
    const url = /^watch +(http:\S+)$/m.exec(terminal.stderr)?.[1] ?? "";
    const ask = await asker(url);
    const [summary] = (await ask("spaces")) as SpaceSummary[];
    const space = await loadSpace(target);
    expect(summary).toMatchObject({
      title: "made",
      training: "done",
      items: space.length,
      dimensions: space.dimensions,
    });
    if (args[0] === "graph") expect(summary.relations).toEqual({ count: 78, directed: false });
    else expect([summary.decodes, summary.thumbnails?.tileWidth]).toEqual([true, 48]);
    await space.close();
    terminal.stop("SIGINT");
    expect(await ending).toBe(130);
  });

  test("flags of the page without it, and ports that there are not, are refused before any work", async () => {
    for (const [verb, ...args] of [
      ["words", "none.txt", "--port", "80"],
      ["graph", "none.csv", "--no-open"],
      ["images", "none", "--open"],
    ]) {
      const { code, stderr } = await runHere([verb, ...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining("has no effect without --explore")]);
    }
    const { code, stderr } = await runHere(["words", "none.txt", "--explore", "--port", "70000"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--port must be an integer from 0 to 65535")]);
  });
});
