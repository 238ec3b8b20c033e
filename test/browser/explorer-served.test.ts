import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noSpace } from "../../dist/explorer/no-space.js";
import { type ServedExplorer, serveExplorer } from "../../dist/explorer/server/serve.js";
import { Space } from "../../dist/space/space.js";
import { graphSpace, wordSpace } from "../../explorer/app/sources/fake/make.js";
import { ask, texts } from "./explorer-page.js";
import { real } from "./real-spaces.js";
import { launch, patient, skips, visit } from "./served-page.js";

/** Codes that decode to two gray pixels: the first coordinates. */
const coded = () =>
  Space.from(
    {
      names: ["dark", "light", "mixed"],
      vectors: Float32Array.of(0, 0, 1, 1, 0, 1),
      geometry: "euclidean",
      kind: "images",
      method: "test",
      models: { decoder: new Uint8Array([1]) },
      directions: { left: { vector: Float32Array.of(1, 0), metrics: {} } },
    },
    {
      decoders: {
        test: async () => async (codes: readonly Float32Array[]) =>
          codes.map((code) => ({
            width: 2,
            height: 1,
            channels: 1 as const,
            data: Uint8Array.from([0, 1], (k) => Math.max(0, Math.min(255, Math.round(255 * code[k])))),
          })),
      },
    },
  );

const spaces = () => [
  { space: real(wordSpace(0)), title: "words" },
  { space: real(graphSpace(1)), title: "karate" },
  { space: coded(), title: "grays" },
];

let browser: Browser;
let served: ServedExplorer;

beforeAll(async () => {
  if (skips) return;
  served = await serveExplorer(spaces());
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** The page, once it shows the first space. */
function opened(body: (page: Page) => Promise<void>, expected: RegExp | null = null): Promise<void> {
  const whenShown = async (page: Page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await body(page);
  };
  return visit(browser, served.url, whenShown, expected);
}

test.skipIf(skips)(
  "served: king - man + woman, its details, a column's colors, a link that restores it all",
  patient,
  () =>
    opened(async (page) => {
      expect(new URL(page.url()).search).toBe(""); // the token is gone from the address
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
    }, /400 \(Bad Request\)|404 \(Not Found\)/),
);

test.skipIf(skips)("served: a graph's edges and likely links, and a projection that runs to its end", patient, () =>
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
  }),
);

test.skipIf(skips)("served: a map that is made in the page says how far to believe it", patient, () =>
  opened(async (page) => {
    await page.click(".tab-name:text-is('karate')");
    await page.waitForSelector(".counts:has-text('34 nodes')");
    await page.locator("canvas.map").first().focus();
    await page.keyboard.press("p");
    await page.click(".dialog button:text-is('Start')");
    await page.waitForSelector(".map-quality:has-text('trustworthiness .')");
  }),
);

test.skipIf(skips)(
  "served: of several spaces a broken one is a tab that says why, and the others open",
  patient,
  async () => {
    const problem = new Error("broken.space/items.parquet: the file ends too early");
    const several = await serveExplorer([{ title: "broken", space: noSpace(), problem }, ...spaces()]);
    try {
      await visit(browser, several.url, async (page) => {
        await page.waitForSelector(".counts:has-text('177 words')"); // not the broken one, though it is the first
        await page.waitForSelector(".notice:has-text('broken cannot be opened'):has-text('ends too early')");
        await page.click(".tab-name:text-is('broken')");
        await page.waitForSelector(".map-message:has-text('broken cannot be opened'):has-text('ends too early')");
        await page.click(".tab-name:text-is('karate')");
        await page.waitForSelector(".counts:has-text('34 nodes')");
      });
    } finally {
      await several.close();
    }
  },
);

test.skipIf(skips)("served: the decoded picture follows a slider; a new direction joins it", patient, () =>
  opened(async (page) => {
    await page.click(".tab-name:text-is('grays')");
    const pixel = () =>
      page
        .locator(".decoded canvas")
        .evaluate(
          (canvas) => [...((canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, 1, 1).data ?? [])][0],
        );
    await expect.poll(pixel).toBe(0);
    await page.locator(".slider:has-text('left') input").fill("0.6");
    await expect.poll(pixel).toBeGreaterThan(100);
  }),
);

test.skipIf(skips)(
  "served: odd spaces are shown and asked like any other, and say what they lack",
  patient,
  async () => {
    const names = ["a", "b", "c", "d"];
    const numbers = (length: number, of: (k: number) => number) => Float32Array.from({ length }, (_, k) => of(k));
    const gaps = {
      x: Float64Array.of(Number.NaN, 1, 2, 3),
      y: Float64Array.of(0, 1, 2, 3),
      none: [null, null, null, null],
    };
    const odd = {
      empty: Space.from({ names: [], vectors: new Float32Array(0), dimensions: 4 }),
      "one item": Space.from({ names: ["a"], vectors: numbers(4, (k) => k) }),
      alike: Space.from({ names, vectors: numbers(16, () => 1) }),
      zero: Space.from({ names, vectors: new Float32Array(16) }, { onWarning: () => {} }),
      gaps: Space.from({ names, vectors: numbers(16, (k) => k), columns: gaps }),
      "one number": Space.from({ names, vectors: numbers(4, (k) => k + 1) }),
    };
    const faults: unknown[] = [];
    const { url, close } = await serveExplorer(
      Object.entries(odd).map(([title, space]) => ({ title, space })),
      { onFault: (error) => faults.push(error) },
    );
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    try {
      await page.goto(url);
      await page.waitForSelector(".map-message:has-text('It has no items')");
      for (const [title, space] of Object.entries(odd)) {
        await page.click(`.tab-name:text-is('${title}')`);
        await page.waitForSelector(`.side .item-name:text-is('${title}')`);
        await expect.poll(() => page.inputValue(".expression")).toBe(""); // of the space before
        await page.waitForSelector(`.counts:has-text('${space.length} item')`);
        if (space.length < 2) continue;
        await page.fill(".expression", "a");
        await expect.poll(() => texts(page, ".chips .chip")).toHaveLength(3);
      }
      await page.click(".tab-name:text-is('gaps')");
      await page.locator('.control:has(span:text-is("color")) select').selectOption("column:none");
      await page.waitForSelector(".legend:has-text('none')");
      expect(problems).toEqual([]);
      expect(faults).toEqual([]);
    } finally {
      await page.close();
      await close();
    }
  },
);

test.skipIf(skips)(
  "served: when the server is gone the page says so and keeps the map and the history",
  patient,
  () =>
    opened(async (page) => {
      await ask(page, "paris");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".history a:has-text('paris')");
      await served.close();
      await page.fill(".expression", "rome");
      await page.waitForSelector(".notice:has-text('The server does not answer')");
      await page.waitForSelector(".history a:has-text('paris')");
      expect(Number(await page.locator("canvas.map").first().getAttribute("data-drawn"))).toBe(177);
      await page.keyboard.press("Enter");
      await page.waitForSelector(".answer .problem-text:has-text('The server does not answer')");
      expect(await texts(page, ".history a .history-text")).toEqual(["paris"]);
      // a map that was not fetched before comes later; one that was is there
      await page.click(".tab-name:text-is('karate')");
      await page.waitForSelector(".map-message:has-text('comes when the server answers again')");
      expect(await page.locator(".map-message:has-text('cannot be shown')").count()).toBe(0);
      await page.click(".tab-name:text-is('words')");
      await expect.poll(() => page.locator("canvas.map").first().getAttribute("data-drawn")).toBe("177");
      expect(await page.locator(".map-message").count()).toBe(0);

      // a server that was started again has another cookie; its address, opened beside, lets this page go on
      served = await serveExplorer(spaces(), { port: served.port });
      await page.waitForSelector(".notice:has-text('The server was started again: open the address that it printed')");
      const beside = await page.context().newPage();
      await beside.goto(served.url);
      await beside.waitForSelector(".counts:has-text('177 words')");
      await page.waitForSelector(".notice", { state: "detached" });
      await page.waitForSelector(".history a:has-text('paris')");
      await page.fill(".expression", "rome");
      await page.waitForSelector(".chips .chip");
    }, /net::ERR_|404 \(Not Found\)|401 \(Unauthorized\)/), // half a name is asked for where names to complete it come late
);
