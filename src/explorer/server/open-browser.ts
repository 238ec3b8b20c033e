import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A browser was asked to open an address. */
export interface OpenedBrowser {
  /** Why it could not be asked; null where it was. */
  readonly problem: string | null;
  /** Removes what was left for the browser. */
  close(): Promise<void>;
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens an address in the browser of the one who is logged in. Arguments of a process are seen by everybody on a machine, and
 * the address holds a secret: so the browser is given a file that only its owner can read, which leads on to the address.
 */
export async function openBrowser(address: string): Promise<OpenedBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "thing2vec-open-"));
  const file = join(folder, "explorer.html");
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const target = address.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${target}"><title>thing2vec</title>\n`;
    await writeFile(file, page, { mode: 0o600, flag: "wx" });
    const [program, ...args] = openers[platform()] ?? ["xdg-open"];
    const problem = await started(program, [...args, pathToFileURL(file).href]);
    return { problem, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts a program that may outlive us; null once it runs, or why it does not. */
function started(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: "ignore" });
    child.once("spawn", () => {
      child.unref();
      resolve(null);
    });
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? `${program} is not installed` : error.message),
    );
  });
}
