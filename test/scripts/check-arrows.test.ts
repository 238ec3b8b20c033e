import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { codeOf } from "../../scripts/source-text.mjs";
import { root, runProgram } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";

/** What check-arrows says about a repository with these files. */
async function check(files: Record<string, string>) {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries({ "package.json": '{"dependencies":{"hyparquet":"*"}}', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const { code, stdout } = await runProgram(process.execPath, [join(root, "scripts/check-arrows.mjs"), folder]);
  return { code, lines: stdout.split("\n").filter((line) => line.startsWith("src/")) };
}

test("the arrows of this repository point the right way", async () => {
  const outcome = await runProgram(process.execPath, ["scripts/check-arrows.mjs"]);
  expect(outcome).toMatchObject({ code: 0, stdout: "" });
});

test("imports along the arrows are accepted", async () => {
  const { code, lines } = await check({
    "src/index.ts": 'export * from "./cli/main.js";\nexport * from "./words/glove.js";',
    "src/cli/main.ts": 'import { glove } from "../index.js";\nimport { serve } from "../explorer/server/main.js";',
    "src/explorer/server/main.ts": 'import { createServer } from "node:http";\nexport const serve = createServer;',
    "src/words/glove.ts": 'import type { Space } from "../space/space.js";\nimport { files } from "#platform";',
    "src/formats/parquet.ts": 'import { parquetRead } from "hyparquet";\nimport { x } from "../io/errors.js";',
    "src/kernels/twins/random.ts": 'import { philox } from "../../numerics/philox.js";',
    "src/platform/node-worker.ts": 'import { serve } from "../kernels/serve.js";\nimport "node:fs";',
    "src/joint/clip.ts": 'import { vae } from "../images/vae.js";',
  });
  expect(lines).toEqual([]);
  expect(code).toBe(0);
});

test.each([
  [
    "a lower layer imports a higher one",
    "io/a.ts",
    'import { a } from "../formats/npy.js";',
    "io may not import formats",
  ],
  ["domains import each other", "words/a.ts", 'import { a } from "../graphs/a.js";', "words may not import graphs"],
  ["engines import each other", "pairs/a.ts", 'export * from "../messages/a.js";', "pairs may not import messages"],
  [
    "a type goes against the arrow",
    "space/a.ts",
    'import type { A } from "../pairs/a.js";',
    "space may not import pairs",
  ],
  ["somebody imports cli", "words/a.ts", 'import { a } from "../cli/near.js";', "words may not import cli"],
  ["the import is dynamic", "io/a.ts", 'const a = await import("../space/a.js");', "io may not import space"],
  ["an import has many lines", "io/a.ts", 'import {\n  a,\n} from "../space/a.js";', "io may not import space"],
  [
    "node: is imported outside platform",
    "io/a.ts",
    'import { open } from "node:fs";',
    "only src/platform and the explorer's server import node:fs",
  ],
  ["platform is imported by path", "io/a.ts", 'import { files } from "../platform/node.js";', "imported as #platform"],
  [
    "platform imports more of kernels",
    "platform/node.ts",
    'import "../kernels/pool.js";',
    "platform may not import kernels",
  ],
  ["a package is no dependency", "io/a.ts", 'import _ from "lodash";', "lodash is no dependency"],
  [
    "the library imports the server",
    "space/a.ts",
    'import "../explorer/server/main.js";',
    "space may not import explorer",
  ],
  [
    "the library imports its index",
    "words/a.ts",
    'import { near } from "../index.js";',
    "only src/cli imports src/index.ts",
  ],
  ["a folder is new", "misc/a.ts", "export {};", "src/misc is in no layer"],
  ["a file lies in src itself", "helpers.ts", "export {};", "src/ itself holds index.ts only"],
])("the check refuses when %s", async (_what, file, text, rule) => {
  const { code, lines } = await check({ [`src/${file}`]: `// first line\n${text}\n` });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(rule);
  if (!rule.startsWith("src/")) expect(lines[0]).toMatch(new RegExp(`^src/${file}:2: `));
});

test.each([
  ["formats/a.ts", "const a = Math.random();", "Math.random"],
  ["pairs/a.ts", "const a = 1;\nconst b = Math . exp(a);", "Math.exp"],
  ["words/a.ts", "const { tanh } = Math;", "Math.tanh"],
  ["numerics/a.ts", "const a = x ** 0.75;", "x ** y"],
  ["kernels/a.ts", "const a = new Date();", "Date"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
  ["words/b.ts", "const a = `loss ${Math.log(x)}`;", "Math.log"],
])("D4 numeric code in %s may not use: %s", async (file, text, rule) => {
  const { code, lines } = await check({ [`src/${file}`]: text });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(rule);
});

test("D4 exact functions, comments, strings and other folders are left alone", async () => {
  const { lines } = await check({
    "src/pairs/a.ts": [
      "// Math.exp(x), Date and x ** 0.75",
      'const a = "Math.exp" + /Math.exp "/.source + `Math.log`;',
      "const b = Math.sqrt(Math.fround(2 ** 24) * Math.SQRT2) / 2; // 10 / 5 /",
    ].join("\n"),
    "src/evaluate/a.ts": "const a = Math.log(2) + new Date().getTime();",
  });
  expect(lines).toEqual([]);
});

test("the linter refuses globals of Node and of browsers outside src/platform, but not names of one's own", async () => {
  const folder = temporaryFolder();
  for (const file of ["biome.json", ".gitignore"]) copyFileSync(join(root, file), join(folder, file));
  const globals = ["window.name", "document.title", "process.pid", "new Worker('x')", "fetch('x')", "Buffer.from('x')"];
  const text = globals.map((use, k) => `export const a${k} = ${use};\n`).join("");
  const own = "export function f(window: number, self: number) {\n  return window + self;\n}\n";
  for (const [file, content] of Object.entries({ "words/a.ts": text, "platform/a.ts": text, "words/own.ts": own })) {
    mkdirSync(dirname(join(folder, "src", file)), { recursive: true });
    writeFileSync(join(folder, "src", file), content);
  }
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const { code, stderr } = await runProgram(process.execPath, [biome, "lint", "."], { cwd: folder });
  expect(code).toBe(1);
  const refused = Array.from(
    stderr.matchAll(/^(\S+):(\d+):\d+ lint\/style\/noRestrictedGlobals/gm),
    (match) => match[0],
  );
  expect(refused).toHaveLength(globals.length);
  for (const line of refused) expect(line.replaceAll("\\", "/")).toMatch(/^src\/words\/a\.ts:/);
});

test("codeOf blanks comments and strings and keeps every position", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
  const text = "a /* b\n */ + 'c' + `d${e + `f${g}`}h` // i\n/ j";
  const { withStrings, withoutStrings } = codeOf(text);
  expect(withStrings).toHaveLength(text.length);
  expect(withoutStrings.replace(/ /g, "")).toBe("a\n++e+g\n/j");
  expect(withStrings.split("\n")).toHaveLength(text.split("\n").length);
});
