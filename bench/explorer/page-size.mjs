/**
 * Kilobytes of the page, gzipped: of the files that it asks for before a person has done anything, of spaces of words; and of the
 * same page exported, with all that answers in it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { exportSite } from "../../dist/explorer/server/export-site.js";
import { serveExplorer } from "../../dist/explorer/server/serve.js";
import { Space } from "../../dist/space/space.js";
import { openBrowser, serve } from "./chromium.mjs";

/** Bytes of the files below a folder that a page asks for. */
async function asked(browser, url, folder) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const paths = new Set();
  context.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.ok() && !/^\/(api|spaces)\//.test(pathname)) paths.add(pathname === "/" ? "/index.html" : pathname);
  });
  await page.goto(url);
  await page.waitForSelector(".counts");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await context.close();
  return [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0) / 1000;
}

/** { served, exported } */
export async function measurePage() {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-bench-"));
  const browser = await openBrowser("own");
  const names = Array.from({ length: 100 }, (_, k) => `word ${k}`);
  const space = Space.from({
    names,
    vectors: Float32Array.from({ length: 1000 }, (_, k) => Math.sin(k)),
    kind: "words",
  });
  try {
    const opened = [{ space, title: "words" }];
    const served = await serveExplorer(opened);
    const page = join(import.meta.dirname, "../../dist/explorer/page");
    const servedKilobytes = await asked(browser, served.url, page);
    await served.close();
    await exportSite(opened, folder);
    const site = await serve(new Proxy({}, { get: (_, path) => fileOf(folder, path) }));
    const exportedKilobytes = await asked(browser, site.url, folder);
    site.close();
    return { served: servedKilobytes, exported: exportedKilobytes };
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fileOf(folder, path) {
  try {
    return readFileSync(join(folder, path === "/" ? "index.html" : path));
  } catch {
    return undefined;
  }
}
