import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { startServer } from "./server.js";

const candidates = process.env.CHROMIUM
  ? [process.env.CHROMIUM]
  : ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The system's Chromium: CHROMIUM where that is set, else where Debian and others put it; null where there is none. */
export const executable: string | null = candidates.find((path) => existsSync(path)) ?? null;

const flags = [
  "--no-sandbox", // Chromium does not start as root with one
  "--disable-quic",
  "--no-first-run",
  "--no-proxy-server",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What draws or computes, in software by SwiftShader, which Chromium brings along. */
const graphicsFlags = {
  none: ["--disable-gpu"],
  webgl: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
  webgpu: [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
  ],
};
type Graphics = keyof typeof graphicsFlags;

/** Imports a module of dist/ within the page: `load<typeof import("../../dist/x.js")>("x.js")`. */
export type Load = <Module>(path: string) => Promise<Module>;

/**
 * Runs a function in a fresh page and returns its result, which must be plain data, as must `argument`. The function is
 * sent as text, so it sees nothing of the test's file: what it needs comes by `load` and `argument`.
 */
export type InBrowser = <Argument, Result>(
  body: (load: Load, argument: Argument) => Promise<Result>,
  argument?: Argument,
) => Promise<Result>;

const contexts = new Map<Graphics, Promise<BrowserContext>>();
const folders: string[] = [];
const servers: Server[] = [];

async function openContext(graphics: Graphics): Promise<BrowserContext> {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-chromium-"));
  folders.push(folder);
  return chromium.launchPersistentContext(folder, {
    executablePath: executable ?? "",
    headless: true,
    args: [...flags, ...graphicsFlags[graphics]],
  });
}

afterAll(async () => {
  for (const context of contexts.values()) await (await context).close();
  for (const server of servers) server.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * A test that runs in Chromium. Where there is none it is skipped with the reason, or fails if REQUIRE_BROWSER
 * is 1. Without `isolated` the page has no SharedArrayBuffer; with `gpu` it may have WebGPU, with
 * `webgl` it has WebGL2. Errors that the page reports fail the test. `page` is for a test that moves the pointer or presses keys.
 */
export function browserTest(
  name: string,
  body: (inBrowser: InBrowser, skip: (reason: string) => void, page: Page) => Promise<void>,
  { isolated = true, gpu = false, webgl = false }: { isolated?: boolean; gpu?: boolean; webgl?: boolean } = {},
): void {
  test(name, async ({ skip }) => {
    if (executable === null) {
      const reason = "no Chromium is installed (apt-get install chromium, or set CHROMIUM to its path)";
      if (process.env.REQUIRE_BROWSER === "1") throw new Error(reason);
      skip(reason);
    }
    const graphics = gpu ? "webgpu" : webgl ? "webgl" : "none";
    const context = contexts.get(graphics) ?? openContext(graphics);
    contexts.set(graphics, context);
    const { url, server } = await startServer({ isolated });
    servers.push(server);
    const page = await (await context).newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("requestfailed", (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`));
    page.on("response", (response) => {
      if (!response.ok()) problems.push(`${response.url()}: ${response.status()}`);
    });
    try {
      await page.goto(url);
      await body(
        (run, argument) => {
          const load = '(path) => import("/dist/" + path)';
          return page.evaluate(`(${run.toString()})(${load}, ${JSON.stringify(argument)})`);
        },
        skip,
        page,
      );
      expect(problems).toEqual([]);
    } finally {
      await page.close();
    }
  });
}
