import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A peer's process, to which requests and answers go as lines of JSON: { ask(request) -> answer, close() } and
 * what its answer to `first` tells, such as its version; or { absent } with the line that would install it.
 */
export async function startPeer(program, file, first, install) {
  const child = spawn(program, [file], { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  child.stdin.on("error", () => {}); // it has ended: the answer that does not come tells
  const ended = new Promise((resolve) => child.on("close", resolve).on("error", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await Promise.race([lines.next(), ended.then(() => ({ done: true }))]);
    if (done) throw new Error(errors.trim().split("\n").at(-1) || "it ended");
    return JSON.parse(value);
  };
  try {
    const told = await ask(first);
    const close = async () => {
      child.stdin.end();
      await ended;
    };
    return { ...told, ask, close };
  } catch (error) {
    return { absent: `${install} (${error.message})` };
  }
}
