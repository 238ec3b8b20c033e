import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** `thing2vec explore PATH`, as somebody starts it: { url, started (Date.now() before it was), close }. */
export async function explore(path) {
  const started = Date.now();
  const child = spawn(process.execPath, [command, "explore", path, "--no-open"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  let problems = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    problems += text;
  });
  const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (line === undefined) throw new Error(`explorer: thing2vec explore ${path} ended: ${problems.trim()}`);
  const close = async () => {
    child.kill("SIGINT");
    await ended;
  };
  return { url: line, started, close };
}
