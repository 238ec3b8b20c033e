import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { fromWire } from "../../../dist/explorer/wire.js";
import { root } from "../../child.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { mainFile, runHere, vectorFile } from "../run-cli.js";

interface Running {
  url: string;
  stdout: () => string;
  stderr: () => string;
  /** What Ctrl-C does, and how it ends. */
  stop(): Promise<number | null>;
}

/** `thing2vec explore` in a process of its own, until it has printed its address. */
function explore(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Running> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [mainFile, "explore", ...args], {
      cwd: root,
      env: { ...process.env, ...env },
    });
    let [stdout, stderr] = ["", ""];
    const ended = new Promise<number | null>((done) => child.on("close", done));
    const stop = () => {
      child.kill("SIGINT");
      return ended;
    };
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.on("data", (text) => {
      stdout += text;
      const url = /^http:\S+\n/.exec(stdout)?.[0].trim();
      if (url !== undefined) resolve({ url, stdout: () => stdout, stderr: () => stderr, stop });
    });
    child.on("close", () => reject(new Error(stderr)));
  });
}

/** Enters by an address, and asks which spaces there are. */
async function spacesAt(url: string): Promise<{ title: string; items: number }[]> {
  const entered = await fetch(url, { redirect: "manual" });
  expect(entered.status).toBe(303);
  const { origin } = new URL(url);
  const cookie = (entered.headers.get("set-cookie") ?? "").split(";")[0];
  const headers = { cookie, origin, "content-type": "application/json" };
  const answer = await fetch(`${origin}/api/spaces`, { method: "POST", headers, body: "{}" });
  return fromWire(await answer.arrayBuffer()) as { title: string; items: number }[];
}

describe("explore", () => {
  test("prints an address that serves the spaces under different titles, and ends on Ctrl-C", async () => {
    const running = await explore([vectorFile(temporaryFolder()), vectorFile(temporaryFolder())]);
    expect((await spacesAt(running.url)).map(({ title }) => title)).toEqual(["small", "small 2"]);
    expect(await running.stop()).toBe(130);
    expect(running.stdout()).toBe(`${running.url}\n`);
    expect(running.stderr()).not.toMatch(/token=|at .*\.js:/);
  });

  test.skipIf(process.platform !== "linux")(
    "a browser is led on by a file that its owner alone can read, once",
    async () => {
      const folder = temporaryFolder();
      const seen = join(folder, "seen");
      const opener = join(folder, "xdg-open");
      writeFileSync(opener, `#!/bin/sh\necho "$@" > ${seen}.part && mv ${seen}.part ${seen}\n`);
      chmodSync(opener, 0o755);
      const running = await explore(["--open", vectorFile(folder)], {
        PATH: `${folder}${delimiter}${process.env.PATH}`,
      });
      await expect.poll(() => existsSync(seen)).toBe(true);
      const argument = readFileSync(seen, "utf8").trim();
      expect(argument).toMatch(/^file:\/\/\S+\.html$/);
      const file = fileURLToPath(argument);
      expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
      const pass = /url=(http:[^"]+)"/.exec(readFileSync(file, "utf8"))?.[1] ?? "";
      expect(pass).not.toBe(running.url);
      expect(await spacesAt(pass)).toHaveLength(1);
      expect((await fetch(pass, { redirect: "manual" })).status).toBe(401);
      expect(await running.stop()).toBe(130);
      expect(existsSync(dirname(file))).toBe(false);
    },
  );

  test("without a browser it says so, and serves", async () => {
    const running = await explore(["--open", vectorFile(temporaryFolder())], { PATH: temporaryFolder() });
    await expect.poll(running.stderr).toMatch(/warning: no browser was opened: .*open the address yourself/);
    expect(await spacesAt(running.url)).toHaveLength(1);
    await running.stop();
  });

  test("a bad port, one that is taken, and broken or empty files are told by name", async () => {
    const folder = temporaryFolder();
    const vectors = vectorFile(folder);
    for (const port of ["-1", "65536", "1.5"])
      expect(await runHere(["explore", vectors, "--port", port])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("--port must be an integer from 0 to 65535"),
      });
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as AddressInfo;
    const taken = await runHere(["explore", vectors, "--port", String(port)]);
    other.close();
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining(`another program listens on ${port}`)]);
    for (const [name, text] of [
      ["empty.vec", ""],
      ["nan.vec", "2 2\na 1 2\nb NaN 1\n"],
      ["broken.space", "no archive"],
    ]) {
      const path = join(folder, name);
      writeFileSync(path, text);
      const { code, stdout, stderr } = await runHere(["explore", path]);
      expect([code === 0, stdout, stderr], name).toEqual([false, "", expect.stringContaining(name)]);
    }
  });

  test("of several spaces a damaged one is told, and the others open; alone it ends with its error", async () => {
    const folder = temporaryFolder();
    const [whole, broken] = [vectorFile(folder), join(folder, "broken.vec")];
    writeFileSync(broken, "2 2\na 1 2\nb NaN 1\n");
    const running = await explore([broken, whole]);
    expect(await spacesAt(running.url)).toMatchObject([
      { title: "broken", items: 0, unopened: true, problem: expect.stringContaining("broken.vec line 3") },
      { title: "small", problem: null },
    ]);
    expect(running.stderr()).toMatch(/warning: .*broken\.vec line 3/);
    await running.stop();
    const alone = await runHere(["explore", broken, broken]);
    expect([alone.code, alone.stderr]).toEqual([3, expect.stringContaining("broken.vec line 3")]);
    const exported = await runHere(["explore", whole, broken, "--export", join(folder, "site")]);
    expect(exported.code).toBe(3); // what is given to others is whole
    const missing = await runHere(["explore", whole, join(folder, "none.space")]);
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining("none.space")]);
  });

  test("a space of one item is served", async () => {
    const path = join(temporaryFolder(), "one.vec");
    writeFileSync(path, "1 2\na 1 2\n");
    const running = await explore([path]);
    expect(await spacesAt(running.url)).toMatchObject([{ title: "one", items: 1 }]);
    await running.stop();
  });

  test("--export writes the page and the spaces to a folder, and ends", async () => {
    const folder = join(temporaryFolder(), "site");
    const file = vectorFile(temporaryFolder());
    const { code, stdout } = await runHere(["explore", file, "--export", folder]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/site: 1 space, \d+ files, [\d.]+ MB; put it on any web host/),
    ]);
    expect(existsSync(join(folder, "spaces/small.space/space.json"))).toBe(true);
    const again = await runHere(["explore", file, "--export", folder, "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      folder,
      spaces: [{ title: "small", path: "spaces/small.space" }],
    });
    const both = await runHere(["explore", file, "--export", folder, "--port", "80"]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("--export starts no server")]);
    const foreign = await runHere(["explore", file, "--export", dirname(file)]);
    expect([foreign.code, foreign.stderr]).toEqual([3, expect.stringContaining("or an earlier export, was needed")]);
  });
});
