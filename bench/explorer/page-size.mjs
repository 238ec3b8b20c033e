/**
 * Bytes that the page is made of, gzipped one by one (level 9): "first", of what a browser loads when it opens the address of
 * an explorer that has no space, so that nothing asks for a lazy part; "all", of every file that the page may load.
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { readPageFiles } from "../../dist/explorer/server/page-files.js";
import { serveExplorer } from "../../dist/explorer/server/serve.js";
import { openBrowser } from "./chromium.mjs";

export async function measurePage() {
  const served = await serveExplorer([]);
  const browser = await openBrowser("own");
  try {
    const tab = await browser.newPage();
    const loaded = new Set();
    tab.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (response.ok() && !pathname.startsWith("/api/")) loaded.add(pathname === "/" ? "/index.html" : pathname);
    });
    await tab.goto(served.url, { waitUntil: "networkidle" });
    await tab.waitForSelector(".blank h2");
    const files = await readPageFiles(fileURLToPath(new URL("../../dist/explorer/page", import.meta.url)));
    const sizes = [...files].map(([path, { bytes }]) => ({ path, gzip: gzipSync(bytes, { level: 9 }).length }));
    const sum = (its) => its.reduce((total, { gzip }) => total + gzip, 0);
    return { first: sum(sizes.filter(({ path }) => loaded.has(path))), all: sum(sizes), loaded: [...loaded] };
  } finally {
    await browser.close();
    await served.close();
  }
}
