import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportSite } from "../../dist/explorer/server/export-site.js";
import { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";

const small = (names: string[] = ["a", "b", "c"]) =>
  Space.from({ names, vectors: Float32Array.from({ length: 2 * names.length }, (_, k) => Math.cos(k)) });
const decoding = () =>
  Space.from({ names: ["a"], vectors: Float32Array.of(1, 2), models: { decoder: new Uint8Array([1]) } });
const text = (path: string) => readFileSync(path, "utf8");

/** What the page's first file says that lies beside it. */
function told(folder: string): { title: string; path: string }[] {
  const content = /<meta name="thing2vec-spaces" content="([^"]*)"/.exec(text(join(folder, "index.html")))?.[1] ?? "";
  return JSON.parse(content.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
}

test("a folder holds the page and the spaces, which load as they were", async () => {
  const folder = join(temporaryFolder(), "new", "site");
  const site = await exportSite([{ space: small(), title: "words" }], folder);
  expect(site.spaces).toEqual([{ title: "words", path: "spaces/words.space" }]);
  expect(told(folder)).toEqual(site.spaces);
  const again = await Space.load(join(folder, "spaces/words.space"), { verify: true });
  expect([...(await again.names())]).toEqual(["a", "b", "c"]);
  await again.close();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(site.files).toBe(files.length);
});

test("titles become folders that every host can hold, each its own, and stay text in the page", async () => {
  const folder = join(temporaryFolder(), "site");
  const titles = ["Größe & Maß", "groesse", "Gr e ma", "gr-e-ma", "猫", '"><script>alert(1)</script>'];
  const { spaces } = await exportSite(
    titles.map((title) => ({ space: small(), title })),
    folder,
  );
  expect(spaces.map(({ title }) => title)).toEqual(titles);
  expect(spaces.map(({ path }) => path)).toEqual(
    ["gr-e-ma", "groesse", "gr-e-ma-2", "gr-e-ma-3", "space", "script-alert-1-script"].map(
      (name) => `spaces/${name}.space`,
    ),
  );
  expect(told(folder).map(({ title }) => title)).toEqual(titles);
  expect(text(join(folder, "index.html"))).not.toContain("<script>");
});

test("what may be loaded is said before anything is, and names no other host", async () => {
  const folder = join(temporaryFolder(), "site");
  await exportSite([{ space: small(), title: "words" }], folder);
  const html = text(join(folder, "index.html"));
  expect(html.indexOf("Content-Security-Policy")).toBeLessThan(html.search(/<script|<link/));
  expect(html).toContain("default-src 'self'");
  expect(html).not.toMatch(/https?:/);
});

test("an earlier export is replaced, and nothing of it is left", async () => {
  const folder = join(temporaryFolder(), "site");
  await exportSite(
    [
      { space: decoding(), title: "faces" },
      { space: small(), title: "words" },
    ],
    folder,
  );
  expect(readdirSync(folder).sort()).toEqual(["assets", "icon.svg", "index.html", "runtime", "spaces"]);
  writeFileSync(join(folder, "assets/of-an-older-version.js"), "");
  await exportSite([{ space: small(["x", "y"]), title: "words" }], folder);
  expect(readdirSync(folder).sort()).toEqual(["assets", "icon.svg", "index.html", "spaces"]);
  expect(readdirSync(join(folder, "spaces"))).toEqual(["words.space"]);
  expect(readdirSync(join(folder, "assets"))).not.toContain("of-an-older-version.js");
  expect(told(folder)).toHaveLength(1);
});

test("the decoder's runtime is there only where a space decodes", async () => {
  const folder = join(temporaryFolder(), "site");
  await exportSite([{ space: decoding(), title: "faces" }], folder);
  expect(readdirSync(join(folder, "runtime")).sort()).toEqual([
    "ort-wasm-simd-threaded.wasm",
    "ort.wasm.bundle.min.mjs",
  ]);
});

test("a folder with other things is refused and stays as it is", async () => {
  const foreign = temporaryFolder();
  writeFileSync(join(foreign, "thesis.tex"), "mine");
  await expect(exportSite([{ space: small(), title: "words" }], foreign)).rejects.toThrow(
    `${foreign}: a new or empty folder, or an earlier export, was needed; this one holds "thesis.tex"`,
  );
  expect(readdirSync(foreign)).toEqual(["thesis.tex"]);
  const other = temporaryFolder();
  writeFileSync(join(other, "index.html"), "<p>another site");
  mkdirSync(join(other, "assets"));
  await expect(exportSite([{ space: small(), title: "words" }], other)).rejects.toThrow(
    "this one holds an index.html of something else",
  );
  expect(readdirSync(other).sort()).toEqual(["assets", "index.html"]);
  const file = join(foreign, "thesis.tex");
  await expect(exportSite([{ space: small(), title: "words" }], file)).rejects.toThrow(file);
});

test("until the new page is whole the old one stays, and a run that was cut off is taken up by the next", async () => {
  const folder = join(temporaryFolder(), "site");
  await exportSite([{ space: small(), title: "words" }], folder);
  const before = text(join(folder, "index.html"));
  const stop = new AbortController();
  const broken = small();
  Object.defineProperty(broken, "save", { value: async () => stop.abort(new Error("stopped")) });
  const spaces = [{ space: broken, title: "others" }];
  await expect(exportSite(spaces, folder, { signal: stop.signal })).rejects.toThrow("stopped");
  expect(text(join(folder, "index.html"))).toBe(before);
  expect(existsSync(join(folder, "spaces/words.space/space.json"))).toBe(true);
  rmSync(join(folder, "index.html")); // as a first run leaves it that was killed
  await exportSite([{ space: small(), title: "words" }], folder);
  expect(told(folder)).toHaveLength(1);
});

test("nothing to export is refused", async () => {
  await expect(exportSite([], temporaryFolder())).rejects.toThrow("one space or more was needed, got none");
});
