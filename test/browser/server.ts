import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { root } from "../child.js";
import { compiledTests } from "../compiled.js";

/** What a page's imports by name lead to, as a bundler would resolve them from the `browser` conditions. */
const imports = {
  "#platform": "/dist/platform/browser.js",
  hyparquet: "/node_modules/hyparquet/src/index.js",
  "hyparquet/src/": "/node_modules/hyparquet/src/",
  "hyparquet-writer": "/node_modules/hyparquet-writer/src/index.js",
  "onnxruntime-web/wasm": "/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
  "onnxruntime-web/webgpu": "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs",
};

const page = `<!doctype html>
<meta charset="utf-8">
<title>thing2vec</title>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script>
`;

const served = /^\/(dist|node_modules\/(hyparquet(-writer)?\/src|onnxruntime-web\/dist))\/[\w./-]+$/;
const types: Record<string, string> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** The file behind a path: of the repository, or of the tests as JavaScript. */
async function fileOf(pathname: string): Promise<string | null> {
  if (served.test(pathname)) return join(root, pathname);
  return /^\/test\/networks\/[\w-]+\.js$/.test(pathname) ? join(await compiledTests(), pathname) : null;
}

/**
 * Serves an empty page with the import map, the built package, its dependencies and the modules of tests on 127.0.0.1. With `isolated` the
 * page may share memory with its workers (COOP and COEP headers).
 */
export async function startServer({ isolated }: { isolated: boolean }): Promise<{ url: string; server: Server }> {
  const server = createServer(async ({ url = "/" }, response) => {
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    const { pathname } = new URL(url, "http://127.0.0.1"); // resolves ".."
    if (pathname === "/") {
      response.setHeader("Content-Type", "text/html").end(page);
      return;
    }
    const file = await fileOf(pathname);
    const body = file === null ? null : await readFile(file).catch(() => null);
    if (body === null) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", types[extname(pathname)] ?? "application/octet-stream").end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
