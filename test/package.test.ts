import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join, posix, relative, sep } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, test } from "vitest";
import { root, runProgram } from "./child.js";
import { temporaryFolder } from "./temporary-folder.js";

interface LockedPackage {
  license?: string;
  dev?: boolean;
  resolved?: string;
  hasInstallScript?: boolean;
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

const manifest = JSON.parse(read("package.json"));
const locked: Record<string, LockedPackage> = JSON.parse(read("package-lock.json")).packages;
const dependencies = Object.entries(locked).filter(([path]) => path.startsWith("node_modules/"));

describe("what is installed", () => {
  test("I3 the lock file names no host", () => {
    expect(read("package-lock.json")).not.toContain('"resolved"');
    expect(read(".npmrc")).toContain("omit-lockfile-registry-resolved=true");
  });

  test("I2 no dependency needs an install script, and none of our scripts runs by itself", () => {
    // The two of ONNX Runtime fetch libraries for CUDA and print a warning; it works without, and npm runs none of them.
    const withScript = dependencies.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(withScript.map(([path, { dev }]) => [path, dev])).toEqual([
      ["node_modules/onnxruntime-node", true],
      ["node_modules/protobufjs", true],
    ]);
    const automatic = ["preinstall", "install", "postinstall", "prepare", "prepublish", "prepublishOnly", "prepack"];
    expect(Object.keys(manifest.scripts).filter((name) => automatic.includes(name))).toEqual([]);
    expect(read(".npmrc")).toContain("ignore-scripts=true");
  });

  test("I3 users install packages under MIT, ISC, BSD or Apache licences only", () => {
    const shipped = dependencies.filter(([, { dev }]) => !dev);
    expect(shipped.map(([path]) => path.slice("node_modules/".length))).toEqual(Object.keys(manifest.dependencies));
    for (const [path, { license }] of shipped)
      expect(license, path).toMatch(/^(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0)$/);
  });
});

/** The modules of the package that come with a module, itself among them; not those that it imports when they are needed. */
function reachedFrom(entry: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const [, target] of read(path).matchAll(/(?:from|import)\s*"(\.[^"]+|#platform)"/g))
      waiting.push(target === "#platform" ? "dist/platform/node.js" : posix.join(posix.dirname(path), target));
  }
  return reached;
}

interface Packed {
  unpackedSize: number;
  files: { path: string; size: number }[];
}

describe("what is published", () => {
  let packed: Packed;
  let paths: string[];

  beforeAll(async () => {
    const { code, stdout, stderr } = await runProgram("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]);
    expect(stderr.includes("npm error"), stderr).toBe(false);
    expect(code).toBe(0);
    // npm 12 answers with an object by package name, earlier ones with a list.
    packed = Object.values(JSON.parse(stdout))[0] as Packed;
    paths = packed.files.map(({ path }) => path).sort();
  });

  test("I4 the package holds what src/ compiles to, the page of the explorer and the documents, nothing else", () => {
    const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .map((file) => file.split(sep).join("/"))
      .filter((file) => file.endsWith(".ts") && !file.startsWith("kernels/assembly/"));
    const compiled = sources.flatMap((file) => [".js", ".d.ts"].map((end) => `dist/${file.replace(/\.ts$/, end)}`));
    const page = readdirSync(join(root, "dist/explorer/page"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
    const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"].concat(
      readdirSync(join(root, "docs")).map((file) => `docs/${file}`), // the README's links lead there
    );
    expect(paths).toEqual([...compiled, ...page, ...documents].sort());
  });

  test('I3 the core, which is what `import "thing2vec"` loads, stays below 1 MB, the package below 5 MB', () => {
    const core = [...reachedFrom("dist/index.js")];
    expect(core).toContain("dist/words/glove.js");
    const bytes = new Map(packed.files.map(({ path, size }) => [path, size]));
    expect(core.filter((path) => !bytes.has(path))).toEqual([]);
    expect(core.reduce((sum, path) => sum + (bytes.get(path) as number), 0)).toBeLessThanOrEqual(1_000_000);
    expect(packed.unpackedSize).toBeLessThanOrEqual(5_000_000);
  });

  test("no published file holds a path or the name of the machine that built it", () => {
    const private_ = [root.slice(0, -1), homedir(), hostname()].filter((text) => text.length > 4);
    for (const path of paths) {
      const text = read(path);
      for (const secret of private_) expect(text.includes(secret), `${secret} in ${path}`).toBe(false);
    }
  });

  test("I4 publint finds nothing", async () => {
    const { messages } = await publint({
      pkgDir: "package",
      strict: true,
      pack: {
        files: packed.files.map(({ path }) => ({ name: `package/${path}`, data: readFileSync(join(root, path)) })),
      },
    });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });
});

describe("what a user's project sees", () => {
  /** A project that depends on this package, with one TypeScript file. */
  function project(compilerOptions: object): string {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules/thing2vec"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const options = {
      target: "es2023",
      lib: ["es2023", "esnext.disposable", "dom"],
      types: [],
      strict: true,
      noEmit: true,
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, ...compilerOptions }, files: ["main.ts"] }),
    );
    writeFileSync(
      join(folder, "main.ts"),
      'import * as thing2vec from "thing2vec";\nexport const names: string[] = Object.keys(thing2vec);\n',
    );
    return folder;
  }

  test.each([
    ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }],
    ["bundler for browsers", { module: "esnext", moduleResolution: "bundler", customConditions: ["browser"] }],
  ])("I4 the types resolve and hold under %s", async (_name, compilerOptions) => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const outcome = await runProgram(process.execPath, [tsc, "-p", project(compilerOptions)]);
    expect(outcome.stdout).toBe("");
    expect(outcome.code).toBe(0);
  });

  test("the package is imported by its name", async () => {
    const program = 'console.log(Object.keys(await import("thing2vec")).length > 0)';
    const folder = project({});
    const outcome = await runProgram(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder });
    expect(outcome).toMatchObject({ code: 0, stdout: "true\n", stderr: "" });
  });
});

describe("what is built", () => {
  test("I5 a kernel built twice has the same bytes", async () => {
    const folder = temporaryFolder();
    const outcome = await runProgram(process.execPath, ["scripts/build-kernels.mjs", folder, "random"]);
    expect(outcome).toMatchObject({ code: 0, stdout: "kernel random\n" });
    expect(readFileSync(join(folder, "random.ts"), "utf8")).toBe(read("src/kernels/generated/random.ts"));
  });

  test("I5 no WebAssembly is committed", async () => {
    const { code, stdout } = await runProgram("git", ["ls-files"]);
    if (code !== 0) return; // no repository, or no git
    expect(stdout.split("\n").filter((path) => path.endsWith(".wasm") || path.includes("generated/"))).toEqual([]);
  });

  test("every kernel has a twin, and a test that compares the two", () => {
    const list = (folder: string) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
    const names = (folder: string) =>
      list(folder)
        .filter((file) => /^[^/\\]+\.ts$/.test(file))
        .map((file) => file.slice(0, -".ts".length));
    const kernels = names("src/kernels/assembly");
    expect(names("src/kernels/twins")).toEqual(expect.arrayContaining(kernels));
    const tests = list("test").filter((file) => file.endsWith(".test.ts") && file !== "package.test.ts");
    const comparing = tests.map((file) => read(join("test", file))).filter((text) => /twin/i.test(text));
    expect(kernels.filter((name) => !comparing.some((text) => text.includes(`"${name}"`)))).toEqual([]);
  });
});
