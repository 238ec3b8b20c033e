import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The page, as static files that open from any folder of any host: all paths are relative. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    conditions: ["browser", "module", "import", "default"],
    alias: { "#platform": fileURLToPath(new URL("app/sources/page-platform.ts", import.meta.url)) },
  },
  build: {
    outDir: fileURLToPath(new URL("../dist/explorer/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
});
