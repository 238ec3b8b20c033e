import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../../dist/explorer/server/open-browser.js";
import { type ServedExplorer, serveExplorer } from "../../dist/explorer/server/serve.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { executable } from "./chromium.js";
import { attacks } from "./explorer-attacks.js";
import { ask } from "./explorer-page.js";

const skips = executable === null && process.env.REQUIRE_BROWSER !== "1";
let served: ServedExplorer;
let browser: Browser;

/** Every attack is a name, a value of a column, and in part the name of a column, a direction or the space. */
beforeAll(async () => {
  if (skips) return;
  const rng = new Rng(5);
  const space = Space.from({
    names: [...attacks],
    vectors: Float32Array.from({ length: 4 * attacks.length }, () => rng.normal()),
    geometry: "euclidean",
    method: attacks[2],
    columns: { [attacks[3]]: [...attacks], kind: attacks.map((_, k) => attacks[k % 7]) },
    directions: { [attacks[11]]: { vector: Float32Array.of(1, 0, 0, 0), metrics: {} } },
  });
  served = await serveExplorer([{ space, title: attacks[2] }]);
  browser = await chromium.launch({
    executablePath: executable ?? "",
    args: [
      "--no-sandbox",
      "--no-proxy-server",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--host-resolver-rules=MAP *.test 127.0.0.1",
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** A page that must end without a dialog, a script of the data's or a request to anybody else. */
async function unharmed(body: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 900, height: 600 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const harm: string[] = [];
  page.on("dialog", (dialog) => {
    harm.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on("pageerror", (error) => harm.push(String(error)));
  context.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== "127.0.0.1" && protocol.startsWith("http")) harm.push(request.url());
  });
  page.on("console", (message) => {
    // what the rules of the page have stopped was tried all the same
    if (/Content Security Policy|Refused to/i.test(message.text())) harm.push(message.text());
  });
  try {
    await body(page);
    expect(await page.evaluate(() => "attacked" in window)).toBe(false);
    expect(await page.title()).not.toBe("attacked");
    expect(harm).toEqual([]);
  } finally {
    await context.close();
  }
}

test.skipIf(skips)("S12 two hundred attacks in names, values, columns and titles are shown as texts", () =>
  unharmed(async (page) => {
    expect(attacks.length).toBeGreaterThanOrEqual(200);
    expect(new Set(attacks).size).toBe(attacks.length);
    await page.goto(served.url);
    await page.waitForSelector(".counts");
    await page.locator('.control:has(span:text-is("color")) select').selectOption("column:kind");
    await page.waitForSelector(".class");
    for (let row = 0; row < attacks.length; row += 24) {
      await ask(page, `"${attacks[row].replaceAll('"', '\\"')}"`);
      await page.keyboard.press("Enter");
      await page.waitForTimeout(30);
      await page.fill(".expression", "");
    }
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("onerror");
    await page.click(".found-item >> nth=0");
    await page.waitForSelector(".neighbor");
    expect(await page.locator(".item-name").first().innerText()).toContain("onerror");
    // nothing of the data has become an element
    expect(
      await page
        .locator("iframe, object, embed, marquee, base, [onerror], [onload], [ontoggle], [onfocus], [href^=javascript]")
        .count(),
    ).toBe(0);
  }),
);

test.skipIf(skips)(
  "S2 a foreign name that leads to this machine gets nothing: no page, no answer, no events",
  async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    try {
      const foreign = served.url.replace("127.0.0.1", "rebound.test");
      expect((await page.goto(foreign))?.status()).toBe(421);
      const statuses = await page.evaluate(async () => {
        const asked = [
          fetch("/"),
          fetch("/api/spaces", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }),
          fetch("/api/jobs/1/events"),
          fetch("/index.html"),
        ];
        return (await Promise.all(asked)).map(({ status }) => status);
      });
      expect(statuses).toEqual([421, 421, 421, 421]);
      expect(await context.cookies()).toEqual([]);
    } finally {
      await context.close();
    }
  },
);

test.skipIf(skips)("a file, as the browser is opened with, leads to the page, and its address is not kept", () =>
  unharmed(async (page) => {
    const { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const folder = mkdtempSync(join(tmpdir(), "thing2vec-opener-"));
    const seen = join(folder, "seen");
    writeFileSync(join(folder, "xdg-open"), `#!/bin/sh\necho "$1" > ${seen}\n`);
    chmodSync(join(folder, "xdg-open"), 0o755);
    const { PATH } = process.env;
    process.env.PATH = `${folder}:${PATH}`;
    const opened = await openBrowser(served.passingUrl());
    process.env.PATH = PATH;
    try {
      await expect.poll(() => readFileSync(seen, { encoding: "utf8", flag: "a+" })).toContain("file:");
      await page.goto(readFileSync(seen, "utf8").trim());
      await page.waitForSelector(".counts");
      expect(new URL(page.url()).search).toBe("");
    } finally {
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }),
);
