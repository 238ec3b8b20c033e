import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { root } from "./child.js";

let folder: Promise<string> | undefined;

afterAll(async () => {
  if (folder !== undefined) rmSync(await folder, { recursive: true, force: true });
});

/**
 * A folder with the modules that tests hand to pages and to processes of their own, as JavaScript: test/networks/*.js, and
 * beside them dist/.
 */
export function compiledTests(): Promise<string> {
  folder ??= compile();
  return folder;
}

const modules = ["test/networks/check-op.ts", "test/networks/op-cases.ts"];

async function compile(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), "thing2vec-tests-"));
  symlinkSync(join(root, "dist"), join(out, "dist"));
  writeFileSync(join(out, "package.json"), '{ "type": "module" }');
  const settings = { outDir: out, rootDir: root, module: "nodenext", target: "es2023", lib: "es2023,dom,esnext" };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--ignoreConfig", "--noCheck", "--skipLibCheck", "--declaration", "false"];
  await promisify(execFile)(process.execPath, [compiler, ...modules, ...flags, ...options], { cwd: root });
  return out;
}
