import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, expect, test } from "vitest";
import { root } from "../child.js";
import { executable } from "./chromium.js";

const flags = ["--no-sandbox", "--no-first-run", "--no-proxy-server", "--disable-background-networking"];
/** What draws the map: the page's own painter, or WebGL2 in software by SwiftShader, which takes twice as long. */
const graphicsFlags = {
  painter: ["--disable-gpu", "--disable-3d-apis"],
  webgl: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
};
type Graphics = keyof typeof graphicsFlags;
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

interface Site {
  server: Server;
  address: string;
  folder: string;
}

let site: Promise<Site> | undefined;
const browsers = new Map<Graphics, Promise<Browser>>();

/** The page on small spaces in memory, built as the real one is, with the rules of the real server about what it may load. */
async function open(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-explorer-"));
  await build({
    configFile: join(root, "explorer/vite.config.ts"),
    logLevel: "error",
    build: { outDir: folder, rollupOptions: { input: join(root, "explorer/fake.html") } },
  });
  const server = createServer(async ({ url = "/" }, response) => {
    const path = new URL(url, "http://127.0.0.1").pathname;
    const body = await readFile(join(folder, path)).catch(() => null);
    response.setHeader("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'");
    response.setHeader("Content-Type", types[extname(path)] ?? "application/octet-stream");
    response.writeHead(body === null ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return { server, folder, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function browserWith(graphics: Graphics): Promise<Browser> {
  let browser = browsers.get(graphics);
  if (browser === undefined) {
    browser = chromium.launch({ executablePath: executable ?? "", args: [...flags, ...graphicsFlags[graphics]] });
    browsers.set(graphics, browser);
  }
  return browser;
}

afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
  const opened = await site;
  opened?.server.close();
  if (opened !== undefined) rmSync(opened.folder, { recursive: true, force: true });
});

export interface PageOptions {
  /** Of the page's address: what the fake spaces are like. */
  query?: string;
  width?: number;
  height?: number;
  theme?: "light" | "dark";
  /** "painter" by default. */
  graphics?: Graphics;
  /** Runs in the page before anything else. */
  before?: string;
}

/** A test of the page in Chromium; what the page logs as an error, or asks of any other host, fails it. */
export function pageTest(name: string, body: (page: Page) => Promise<void>, options: PageOptions = {}): void {
  // on a busy machine a wait may run out; what fails twice fails
  test(name, { retry: 1 }, async ({ skip }) => {
    if (executable === null) {
      const reason = "no Chromium is installed (apt-get install chromium, or set CHROMIUM to its path)";
      if (process.env.REQUIRE_BROWSER === "1") throw new Error(reason);
      skip(reason);
    }
    site ??= open();
    const { address } = await site;
    const { query = "", width = 800, height = 560, theme = "light", graphics = "painter", before } = options;
    const browser = await browserWith(graphics);
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: "reduce",
      acceptDownloads: true,
    });
    page.setDefaultTimeout(20_000);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !request.url().startsWith("blob:")) problems.push(request.url());
    });
    page.on("dialog", (dialog) => problems.push(`a dialog: ${dialog.message()}`));
    if (before !== undefined) await page.addInitScript(before);
    try {
      await page.goto(`${address}/fake.html?${query}`);
      await page.waitForSelector(".counts, .blank h2");
      await body(page);
      expect(problems).toEqual([]);
    } finally {
      await page.close();
    }
  });
}

/** Types into the bar, from wherever the focus is. */
export async function ask(page: Page, text: string): Promise<void> {
  await page.locator(".map").first().focus();
  await page.keyboard.press("=");
  await page.keyboard.type(text);
}

/** The texts of all that a selector finds. */
export async function texts(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
}

/** The pixels of a canvas as one text, to tell whether it has changed. */
export function picture(page: Page, selector: string): Promise<string> {
  return page
    .locator(selector)
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** What is seen of the first map, as one text, to tell whether it has changed. */
export async function view(page: Page): Promise<string> {
  const seen = await page.locator(".map-place").first().screenshot();
  return createHash("sha256").update(seen).digest("hex");
}

/** The same once it has been equal for a second: names and pictures have come. */
export async function viewAtRest(page: Page): Promise<string> {
  let before = await view(page);
  for (let rest = 0, looks = 0; rest < 4 && looks < 60; looks++) {
    await page.waitForTimeout(250);
    const now = await view(page);
    rest = now === before ? rest + 1 : 0;
    before = now;
  }
  return before;
}
