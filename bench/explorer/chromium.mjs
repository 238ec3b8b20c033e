import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";

const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const flags = {
  software: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
  gpu: ["--ignore-gpu-blocklist"],
  own: [],
};

/**
 * The system's Chromium. Its graphics are "software", WebGL2 by SwiftShader, which is the same on every machine; "gpu", those of
 * the machine even where Chromium does not trust them; or its "own" choice, as for somebody who opens it by hand.
 */
export async function openBrowser(graphics) {
  const executablePath = process.env.CHROMIUM ?? paths.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new RangeError("explorer: Chromium is needed (apt-get install chromium, or set CHROMIUM to its path)");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--no-proxy-server", ...flags[graphics]] });
}

/** Modules of the repository as one, minified as in the page. */
export async function bundled(path) {
  const [{ output }] = await build({
    configFile: false,
    logLevel: "error",
    root: fileURLToPath(new URL("../..", import.meta.url)),
    build: { write: false, target: "es2023", lib: { entry: path, formats: ["es"], fileName: "bench" } },
  });
  return output[0].code;
}

/** Serves texts by path on 127.0.0.1: { url, close }. */
export async function serve(files) {
  const server = createServer(({ url }, response) => {
    const body = files[url];
    if (body === undefined) response.writeHead(404).end();
    else response.setHeader("Content-Type", url.endsWith(".js") ? "text/javascript" : "text/html").end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** `thing2vec explore` on spaces, in a process of its own, once it has told its address: { url, close }. */
export async function explore(...paths) {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "explore", ...paths, "--no-open"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let [told, problems] = ["", ""];
  child.stderr.on("data", (text) => {
    problems += text;
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      told += text;
      if (told.includes("\n")) resolve(told.trim());
    });
    ended.then(() => reject(new Error(`explorer: the command ended: ${problems}`)));
  });
  return {
    url,
    async close() {
      child.kill("SIGINT");
      await ended;
    },
  };
}
