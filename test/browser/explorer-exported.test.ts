import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportSite } from "../../dist/explorer/server/export-site.js";
import { autoencoder, encodePng, type PictureSet, picturePca } from "../../dist/images/index.js";
import { graphSpace, wordSpace } from "../../explorer/app/sources/fake/make.js";
import { executable } from "./chromium.js";
import { ask, texts, view } from "./explorer-page.js";
import { real } from "./real-spaces.js";

const skips = executable === null && process.env.REQUIRE_BROWSER !== "1";
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Pictures of 8 x 8 that are darker to one side or the other, the more the later they come. */
function shades(): PictureSet {
  const data = new Uint8Array(24 * 64);
  for (let n = 0; n < 24; n++) {
    for (let k = 0; k < 64; k++) data[64 * n + k] = Math.round(127 + ((n - 12) * ((k % 8) - 3.5) * 127) / 48);
  }
  const names = Array.from({ length: 24 }, (_, n) => `shade ${n}`);
  const columns = new Map([["slope", names.map((_, n) => n)]]);
  return { names, width: 8, height: 8, channels: 1, fit: "cover", background: 255, data, columns, notes: [] };
}

let browser: Browser;
let server: Server;
let address: string;
let folder: string;
let site: string;
/** Paths that were asked for since the page was opened, by the page or its worker. */
let asked: string[];

beforeAll(async () => {
  if (skips) return;
  const pictures = await picturePca(shades(), { dimensions: 3 });
  await pictures.direction("slope", { column: "slope" });
  folder = mkdtempSync(join(tmpdir(), "thing2vec-exported-"));
  site = join(folder, "deep", "site");
  const spaces = [
    { space: real(wordSpace(0)), title: "words" },
    { space: real(graphSpace(1)), title: "karate" },
    { space: pictures, title: "shades" },
    // a decoder that only ONNX Runtime runs
    { space: await autoencoder(shades(), { network: "convolutional", dimensions: 4, epochs: 1 }), title: "convolved" },
  ];
  await exportSite(spaces, site);
  // what any host does: it gives files, says nothing of what may be loaded, and knows nothing of parts
  server = createServer(async ({ url = "/" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://127.0.0.1").pathname).replace(/^\/maps\/our\//, "/");
    asked.push(path.slice(1));
    const body = await readFile(join(site, path.endsWith("/") ? `${path}index.html` : path)).catch(() => null);
    response.setHeader("Content-Type", types[extname(path)] ?? "text/html");
    response.writeHead(body === null ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/maps/our/`;
  browser = await chromium.launch({
    executablePath: executable ?? "",
    args: [
      ...["--no-sandbox", "--no-proxy-server", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
      "--host-resolver-rules=MAP somewhere.example 127.0.0.1",
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The exported page; what it logs, and what it asks of others, fails the test. */
async function opened(body: (page: Page) => Promise<void>, url = address): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 900, height: 640 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems: string[] = [];
  asked = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  context.on("request", (request) => {
    const isOwn = [url, `blob:${new URL(url).origin}/`].some((start) => request.url().startsWith(start));
    if (!isOwn) problems.push(request.url());
  });
  try {
    await page.goto(url);
    await page.waitForSelector(".counts:has-text('177 words')");
    await body(page);
    expect(
      await page.evaluate(() => navigator.serviceWorker?.getRegistrations().then(({ length }) => length) ?? 0),
    ).toBe(0);
    expect(problems.join("\n")).toBe("");
  } finally {
    await context.close();
  }
}

/** On a busy machine a wait may run out; what fails twice fails. */
const patient = { retry: 1 };

test.skipIf(skips)(
  "S13 exported: king - man + woman, colors of a column, a link that restores it, names that are not there",
  patient,
  () =>
    opened(async (page) => {
      await ask(page, "king - man + woman");
      await page.keyboard.press("Enter");
      await page.click(".chip.first:has-text('queen')");
      await page.waitForSelector(".neighbor");
      await page.locator('.control:has(span:text-is("color")) select').selectOption("column:topic");
      await page.waitForSelector(".class:has-text('places')");
      await page.waitForTimeout(400);
      await page.reload();
      await page.waitForSelector(".item-name:text-is('queen')");
      await page.waitForSelector(".class:has-text('places')");
      await expect.poll(async () => (await texts(page, ".chips .chip"))[0]).toMatch(/^queen/);
      await page.fill(".expression", "king - mann");
      await page.waitForSelector(".answer .problem-text:has-text('mann')");
    }),
);

test.skipIf(skips)("exported: what is loaded first is at most 300 kB gzipped, and no decoder's runtime", patient, () =>
  opened(async (page) => {
    await page.waitForTimeout(500);
    const own = [...new Set(asked)].filter((path) => !path.startsWith("spaces/"));
    expect(own.join()).toContain("assets/answering");
    expect(own.filter((path) => path.startsWith("runtime/"))).toEqual([]);
    const sizes = own.map((path) => gzipSync(readFileSync(join(site, path === "" ? "index.html" : path))).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
  }),
);

test.skipIf(skips)(
  "exported: edges, likely links, a projection that moves and ends, the film of a training",
  patient,
  () =>
    opened(async (page) => {
      await page.click(".tab-name:text-is('karate')");
      await page.waitForSelector(".counts:has-text('34 nodes · 78 edges')");
      await page.keyboard.press("/");
      await page.keyboard.type("member 9");
      await page.click(".found-item:text-is('member 9')");
      await page.waitForSelector(".section h3:has-text('Links 5')");
      await page.selectOption("[aria-label='How likely links are scored']", "adamic-adar");
      await page.waitForSelector(".section:has-text('Likely links') .neighbor");
      await page.locator("canvas.map").first().focus();
      await page.keyboard.press("p");
      await page.click(".choice:has-text('UMAP')");
      await page.click(".dialog button:text-is('Start')");
      await expect
        .poll(() => page.locator('.control:has(span:text-is("map")) select').inputValue(), { timeout: 15_000 })
        .toContain('"umap"');
      const made = await view(page);
      await page.locator("[aria-label='Epoch that the film shows']").fill("0");
      await page.waitForSelector(".film .count:text-is('epoch 0 of 50')");
      await expect.poll(() => view(page)).not.toBe(made);
      expect(await texts(page, ".axis-right, .axis-top")).toEqual(["PCA 1 →", "↑ PCA 2"]); // as the film calls them
    }),
);

test.skipIf(skips)(
  "exported: a slider's picture, a picture that was never seen, and its place among the others",
  patient,
  () =>
    opened(async (page) => {
      await page.click(".tab-name:text-is('shades')");
      const left = () =>
        page
          .locator(".decoded canvas")
          .evaluate(
            (canvas) => [...((canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, 1, 1).data ?? [])][0],
          );
      await expect.poll(left).toBeGreaterThan(200); // of shade 0
      const slider = page.locator(".slider:has-text('slope') input");
      await slider.fill((await slider.getAttribute("max")) ?? "");
      await expect.poll(left).toBeLessThan(150);
      const unseen = shades();
      const png = await encodePng({
        ...unseen,
        data: unseen.data.slice(64 * 20, 64 * 21).map((value) => 0.9 * value + 12),
      });
      await page.setInputFiles("input[type=file]", {
        name: "mine.png",
        mimeType: "image/png",
        buffer: Buffer.from(png),
      });
      await page.waitForSelector(".notice:has-text('mine.png is placed')");
      await expect.poll(async () => (await texts(page, ".chips .chip"))[0]).toMatch(/^shade (19|20)/);
    }),
);

test.skipIf(skips)("exported: a node that was never seen is placed by its neighbors", patient, () =>
  opened(async (page) => {
    await page.click(".tab-name:text-is('karate')");
    await page.click("button:text-is('Place a new node')");
    await page.fill(".dialog .field", "newcomer");
    await page.fill(".dialog .expression", '"member 1" + "member 2" + "member 99"');
    await page.click(".dialog button:text-is('Place')");
    await page.waitForSelector(".notice:has-text('Not in the space, and passed over: member 99')");
    await page.waitForSelector(".answer:has-text('newcomer →')");
    await expect.poll(async () => (await texts(page, ".chips .chip"))[0]).toMatch(/^member/);
  }),
);

test.skipIf(skips)("exported: ONNX Runtime comes from the page's own folder when a decoder needs it", patient, () =>
  opened(async (page) => {
    expect(asked.join()).not.toContain("runtime/");
    await page.click(".tab-name:text-is('convolved')");
    await page.waitForSelector(".decoded canvas");
    await expect.poll(() => asked).toContain("runtime/ort-wasm-simd-threaded.wasm");
    await page.click("button:text-is('Sample')");
    await page.click("button:text-is('Draw')");
    await page.waitForSelector(".dialog canvas");
  }),
);

test.skipIf(skips)("exported: it opens from a host without TLS, where browsers compute no digests", patient, () =>
  opened(
    async (page) => {
      expect(await page.evaluate(() => isSecureContext)).toBe(false);
      await ask(page, "paris - france + italy");
      await expect.poll(async () => (await texts(page, ".chips .chip"))[0]).toMatch(/^rome/);
    },
    address.replace("127.0.0.1", "somewhere.example"),
  ),
);

test.skipIf(skips)("S13 exported: opened as a file it says what it needs instead", patient, async () => {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(site, "index.html")).href);
  await page.waitForSelector("text=needs JavaScript, and to be opened from a web server");
  expect(await page.title()).toBe("words, karate, shades, convolved · thing2vec");
  await page.close();
});

test.skipIf(skips)(
  "exported: a space that is damaged or gone is named, with what is wrong with it",
  patient,
  async () => {
    const manifest = join(site, "spaces/karate.space/space.json");
    const whole = readFileSync(manifest);
    const context = await browser.newContext();
    const page = await context.newPage();
    try {
      writeFileSync(manifest, "{}");
      await page.goto(address);
      await page.waitForSelector("text=/karate.space.space.json.*format is missing/");
      rmSync(manifest);
      await page.click("button:text-is('Try again')");
      await page.waitForSelector("text=/karate.space.space.json.*no such file/");
      writeFileSync(manifest, whole);
      await page.click("button:text-is('Try again')");
      await page.waitForSelector(".counts:has-text('177 words')");
    } finally {
      writeFileSync(manifest, whole);
      await context.close();
    }
  },
);
