/**
 * `npm run peers`: installs what the benchmarks compare with. npm peers go to bench/peers/node_modules; Python peers go
 * to the environment of the interpreter that THING2VEC_PYTHON names, if it names one. Peers that the reader builds
 * (GLOVE_HOME) are looked for and named, never built.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** Runs a program with its output shown; the first one that fails ends this program with its status. */
function run(program, args, options = {}) {
  console.log(`> ${[program, ...args].join(" ")}`);
  const { error, status } = spawnSync(program, args, { stdio: "inherit", ...options });
  if (error) console.error(`${program}: ${error.message}`);
  if (error || status !== 0) process.exit(status || 1);
}

/** npm itself: under `npm run` it says where it is, so that no shell is needed to find it on Windows. */
function npm(args) {
  const script = process.env.npm_execpath;
  if (script) run(process.execPath, [script, ...args]);
  else run("npm", args, { shell: process.platform === "win32" });
}

const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
if (Object.keys(dependencies).length > 0)
  npm(["install", "--prefix", here, "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]);
else console.log("npm peers: none in this version");

const python = process.env.THING2VEC_PYTHON;
if (python) run(python, ["-m", "pip", "install", "-r", join(here, "requirements.txt")]);
else console.log("Python peers: left out; set THING2VEC_PYTHON to an interpreter and run this again");

const glove = process.env.GLOVE_HOME;
if (!glove) console.log("GloVe: left out; set GLOVE_HOME to a built checkout of stanfordnlp/GloVe");
else if (existsSync(join(glove, "build", "glove"))) console.log(`GloVe: ${glove}`);
else {
  console.error(`GloVe: GLOVE_HOME is ${glove}, where there is no build/glove; run make there`);
  process.exit(1);
}
