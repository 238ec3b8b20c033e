/**
 * Compiles src/kernels/assembly/*.ts with AssemblyScript and writes src/kernels/generated/: one TypeScript module a
 * kernel, holding its WebAssembly in base64, and index.ts, the table of all kernels with their twins.
 *
 * Each kernel is built twice: `standard`, and `fast` with relaxed SIMD, which only `--fast` uses. Both are for shared
 * memory; `sharedFlag` is the byte that says so, where the loader clears a bit for memory that is not shared (an engine
 * refuses a module of the other kind, and nothing else in the module differs). Files in assembly/lib/ are shared parts,
 * no kernels.
 *
 *     node scripts/build-kernels.mjs [another output folder [name of the only kernel]]
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src/kernels/assembly");
const twins = join(root, "src/kernels/twins");
const target = process.argv[2] ?? join(root, "src/kernels/generated");

const common = [
  "--runtime",
  "stub",
  "-O3",
  "--noAssert",
  "--importMemory",
  "--maximumMemory",
  "65536",
  "--use",
  "abort=",
];
const shared = ["--enable", "simd", "--enable", "threads", "--sharedMemory"];
const variants = { standard: shared, fast: [...shared, "--enable", "relaxed-simd"] };

const names = readdirSync(source)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3))
  .filter((name) => name === (process.argv[3] ?? name))
  .sort();
const parts = existsSync(join(source, "lib"))
  ? readdirSync(join(source, "lib"))
      .filter((name) => name.endsWith(".ts"))
      .sort()
  : [];
const compiler = JSON.parse(readFileSync(join(root, "node_modules/assemblyscript/package.json"), "utf8")).version;

/** Changes when the kernel, a shared part, the compiler or this program changes. */
function fingerprint(name) {
  const hash = createHash("sha256")
    .update(compiler)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const file of [`${name}.ts`, ...parts.map((part) => `lib/${part}`)])
    hash.update(file).update(readFileSync(join(source, file)));
  return hash.digest("hex").slice(0, 16);
}

function isCurrent(name, print) {
  const file = join(target, `${name}.ts`);
  return existsSync(file) && readFileSync(file, "utf8").startsWith(`// ${print}\n`);
}

/** Offset of the flags of the imported memory's limits, "shared, with a maximum". */
function sharedFlagOf(binary) {
  const entry = "\x03env\x06memory\x02"; // both names with their lengths, and the kind of the import
  const at = binary.indexOf(entry, 0, "latin1") + entry.length;
  if (at < entry.length || binary[at] !== 3) throw new Error("the module imports no shared memory env.memory");
  return at;
}

mkdirSync(target, { recursive: true });
for (const file of readdirSync(target)) {
  if (file !== "index.ts" && !names.includes(file.slice(0, -3))) rmSync(join(target, file));
}
let asc;
for (const name of names) {
  if (!existsSync(join(twins, `${name}.ts`)))
    throw new Error(`src/kernels/twins/${name}.ts is missing: every kernel has a plain twin`);
  const print = fingerprint(name);
  if (isCurrent(name, print)) continue;
  asc ??= (await import("assemblyscript/asc")).default;
  let text = `// ${print}\n// Built by scripts/build-kernels.mjs from assembly/${name}.ts.\n`;
  const built = {};
  for (const [variant, flags] of Object.entries(variants)) {
    let binary;
    const { error, stderr } = await asc.main([`${name}.ts`, "--outFile", "kernel.wasm", ...common, ...flags], {
      readFile: (file) => (existsSync(join(source, file)) ? readFileSync(join(source, file), "utf8") : null),
      writeFile: (_file, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    });
    if (error) {
      console.error(stderr.toString());
      throw new Error(`assembly/${name}.ts does not compile (${variant})`);
    }
    const base64 = Buffer.from(binary).toString("base64");
    const same = Object.keys(built).find((other) => built[other] === base64); // a kernel may not use relaxed SIMD
    built[variant] = base64;
    // Annotated, since the type would be the literal otherwise, and stand in every declaration file.
    text += `export const ${variant}: string =\n  ${same ?? `"${base64}"`};\n`;
  }
  const flags = Object.values(built).map((base64) => sharedFlagOf(Buffer.from(base64, "base64")));
  if (flags.some((at) => at !== flags[0]))
    throw new Error(`assembly/${name}.ts: its variants import memory differently`);
  text += `export const sharedFlag: number = ${flags[0]};\n`;
  writeFileSync(join(target, `${name}.ts`), text);
  console.log(`kernel ${name}`);
}

const identifier = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const index = [
  "// Built by scripts/build-kernels.mjs: every kernel, compiled and plain.",
  ...names.map((name) => `import * as ${identifier(name)} from "./${name}.js";`),
  ...names.map((name) => `import { twin as ${identifier(name)}Twin } from "../twins/${name}.js";`),
  "",
  "export const kernels = {",
  ...names.map((name) => `  ${JSON.stringify(name)}: { ...${identifier(name)}, twin: ${identifier(name)}Twin },`),
  "};",
  "",
].join("\n");
const indexFile = join(target, "index.ts");
if (!existsSync(indexFile) || readFileSync(indexFile, "utf8") !== index) writeFileSync(indexFile, index);
