/**
 * Keeps the arrows of docs/architecture.md: which folder of src/ may import which, and what numeric code may not use.
 * Prints `file:line: rule` for each breach and exits with 1. (Globals of Node and of browsers outside src/platform are
 * refused by biome.json, since that takes scopes: `window` may be an option's name.)
 *
 *     node scripts/check-arrows.mjs [root of a repository]
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { codeOf } from "./source-text.mjs";

/** A folder may import itself and every folder of the rows above its own. */
const layers = [
  ["platform", "kernels", "numerics"],
  ["io"],
  ["formats"],
  ["space"],
  ["pairs", "messages"],
  ["networks"],
  ["maps", "evaluate"],
  ["words", "graphs", "trees", "images", "language"],
  ["joint"],
  ["explorer"],
  ["cli"],
];

/** Imports that the rows alone would refuse, with the files concerned and the reason. */
const exceptions = [
  { from: /^kernels\//, to: /^numerics\//, why: "a twin is defined by the same functions as everything else" },
  { from: /^platform\/(node|browser)-worker\.ts$/, to: /^kernels\/serve\.ts$/, why: "the body of a worker" },
];

/** Folders whose results must not depend on the engine, the machine or the hour. */
const numeric = ["kernels", "numerics", "space", "pairs", "messages", "maps", "words", "graphs", "images"];

/** Functions of Math that every engine computes alike, to the last bit; the others differ. */
const exactMath = new Set(
  ["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"].concat(
    ["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"], // constants
  ),
);

/** Uses of inexact functions in numeric folders that cannot change a result: `file`, `use`, and the reason. */
const harmless = [];

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dependencies = Object.keys(manifest.dependencies ?? {});
const peers = Object.keys(manifest.peerDependencies ?? {});
const rowOf = new Map(layers.flatMap((row, index) => row.map((folder) => [folder, index])));
const breaches = [];

for (const file of sourceFiles()) {
  const text = readFileSync(join(source, file), "utf8");
  const { withStrings, withoutStrings } = codeOf(text);
  const report = (index, rule) => breaches.push(`src/${file}:${text.slice(0, index).split("\n").length}: ${rule}`);
  const folder = folderOf(file);
  if (folder !== null && !rowOf.has(folder)) report(0, `src/${folder} is in no layer of scripts/check-arrows.mjs`);
  if (folder === null && file !== "index.ts") report(0, "src/ itself holds index.ts only; put the file in a folder");
  for (const { index, target } of importsOf(withStrings)) {
    const rule = refusedImport(file, target);
    if (rule !== null) report(index, rule);
  }
  for (const { index, rule } of inexactUses(file, withoutStrings)) report(index, rule);
}

for (const breach of breaches) console.log(breach);
if (breaches.length > 0) {
  console.log(`\n${breaches.length} arrows point the wrong way; docs/architecture.md tells which folders know which.`);
  process.exitCode = 1;
}

/** Paths of the TypeScript files below src/, with forward slashes; what is built is not looked at. */
function sourceFiles() {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?ts$/.test(entry.name))
    .map((entry) =>
      relative(source, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join("/"),
    )
    .filter((file) => !file.startsWith("kernels/generated/"))
    .sort();
}

/** The folder of src/ that a path lies in; null for a file of src/ itself. */
function folderOf(file) {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : null;
}

/** Every module that is imported, re-exported or loaded, types included. */
function importsOf(code) {
  const forms = [
    /\b(?:import|export)\b[\s\w*{},$#]*?\bfrom\s*["']([^"']+)["']/g,
    /\bimport\s*["']([^"']+)["']/g,
    /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return forms.flatMap((form) => Array.from(code.matchAll(form), ({ index, 1: target }) => ({ index, target })));
}

/** Why `file` may not import `target`; null where it may. */
function refusedImport(file, target) {
  const folder = folderOf(file);
  if (target.startsWith("node:")) {
    if (folder === "platform" || file.startsWith("explorer/server/")) return null;
    return `only src/platform and the explorer's server import ${target}; use #platform`;
  }
  if (target === "#platform") return folder === "platform" ? "src/platform does not import itself by #platform" : null;
  if (!target.startsWith(".")) {
    const name = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
    if (dependencies.includes(name) || file.startsWith("kernels/assembly/")) return null;
    if (peers.includes(name)) {
      return folder === "platform" ? null : `only src/platform imports the optional peer ${name}; use #platform`;
    }
    return `${name} is no dependency of package.json`;
  }

  const path = posix.normalize(posix.join("src", posix.dirname(file), target)).replace(/\.js$/, ".ts");
  if (!path.startsWith("src/")) return `${path} lies outside src/`;
  const to = path.slice("src/".length);
  const toFolder = folderOf(to);
  if (folder === null || toFolder === folder) return null; // index.ts may import everything
  if (toFolder === null) return folder === "cli" ? null : `only src/cli imports src/${to}`;
  if (toFolder === "platform") return `src/platform is imported as #platform, not as ${target}`;
  if (exceptions.some((exception) => exception.from.test(file) && exception.to.test(to))) return null;
  if (rowOf.get(toFolder) < rowOf.get(folder)) return null;
  const allowed = layers.slice(0, rowOf.get(folder)).flat();
  return `${folder} may not import ${toFolder}, only ${allowed.length === 0 ? "itself" : allowed.join(", ")}`;
}

/** Uses of what engines or clocks decide: Math.random anywhere, inexact functions and Date in numeric folders. */
function inexactUses(file, code) {
  const found = [];
  const isNumeric = numeric.includes(folderOf(file));
  const excused = (use) => harmless.some((entry) => entry.file === file && entry.use === use);
  const note = (index, use, rule) => {
    if (!excused(use)) found.push({ index, rule });
  };
  for (const { index, 1: name } of code.matchAll(/\bMath\s*\.\s*(\w+)/g)) {
    if (name === "random") note(index, "Math.random", "Math.random has no seed; use src/numerics/random.ts");
    else if (isNumeric && !exactMath.has(name)) {
      note(index, `Math.${name}`, `engines differ in Math.${name}; use src/numerics/elementary.ts`);
    }
  }
  for (const { index, 1: names } of code.matchAll(/\{([^{}]*)\}\s*=\s*Math\b/g)) {
    for (const name of names.split(",").map((part) => part.split(":")[0].trim())) {
      if (name === "random" || (isNumeric && name !== "" && !exactMath.has(name))) {
        note(index, `Math.${name}`, `Math.${name} by destructuring; use src/numerics`);
      }
    }
  }
  if (!isNumeric) return found;
  for (const { index } of code.matchAll(/\bDate\b/g)) note(index, "Date", "numeric code knows no Date");
  for (const { index } of code.matchAll(/(?<!\b2\s*)\*\*/g)) {
    note(index, "**", "engines differ in x ** y unless x is 2; multiply, or use pow of src/numerics/elementary.ts");
  }
  return found;
}
