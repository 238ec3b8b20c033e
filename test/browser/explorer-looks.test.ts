import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { decodePng } from "../../dist/formats/png/read.js";
import { root } from "../child.js";
import { ask, pageTest } from "./explorer-page.js";

const folder = join(root, "test/browser/looks");

const desk = { width: 1180, height: 720, graphics: "webgl" } as const;
const phone = { width: 390, height: 780, graphics: "webgl" } as const;

/** What is seen once nothing changes any more: names, pictures and answers have come. */
async function atRest(page: Page): Promise<Buffer> {
  const look = () => page.screenshot({ caret: "hide", animations: "disabled" });
  let before = await look();
  for (let rest = 0, looks = 0; rest < 3 && looks < 60; looks++) {
    await page.waitForTimeout(250);
    const now = await look();
    rest = now.equals(before) ? rest + 1 : 0;
    before = now;
  }
  return before;
}

/**
 * Compares what is seen with the picture that was looked at when it was kept; UPDATE_LOOKS=1 keeps it anew. Fonts and the rounding of
 * software rendering differ between machines: up to 5 % of the pixels may differ by more than 48 of 255.
 */
async function looksAsBefore(page: Page, name: string): Promise<void> {
  await page.locator(".frame-time").evaluateAll((times) => {
    for (const time of times) (time as HTMLElement).style.visibility = "hidden";
  });
  const seen = await atRest(page);
  const path = join(folder, `${name}.png`);
  if (process.env.UPDATE_LOOKS === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, seen);
  }
  const [a, b] = [await decodePng(seen, name), await decodePng(readFileSync(path), path)];
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels]);
  const { channels } = a;
  let differing = 0;
  for (let at = 0; at < a.data.length; at += channels) {
    const apart = [0, 1, 2].map((k) => Math.abs(a.data[at + k] - b.data[at + k]));
    if (Math.max(...apart) > 48) differing++;
  }
  expect(differing / (a.width * a.height)).toBeLessThan(0.05);
}

pageTest(
  "words: an expression, its nearest, the parallelogram, the details of the result",
  async (page) => {
    await ask(page, "king - man + woman");
    await page.keyboard.press("Enter");
    await page.click(".chip.first:has-text('queen')");
    await page.waitForSelector(".neighbor");
    await looksAsBefore(page, "words-light");
  },
  desk,
);

pageTest(
  "faces: sliders, the decoded picture, thumbnails, colors that diverge",
  async (page) => {
    await page.click(".tab-name:text-is('faces')");
    await page.locator('.control:has(span:text-is("color")) select').selectOption("column:smile");
    await page.locator(".slider:has-text('age') input").fill("2");
    await page.waitForSelector(".chips .thumb");
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".decoded canvas");
      return canvas?.getContext("2d")?.getImageData(48, 48, 1, 1).data[3] === 255;
    });
    await looksAsBefore(page, "faces-dark");
  },
  { ...desk, theme: "dark" },
);

pageTest(
  "a graph: edges, sizes, likely links dashed",
  async (page) => {
    await page.click(".tab-name:text-is('karate')");
    await page.locator('.control:has(span:text-is("color")) select').selectOption("column:party");
    await page.locator('.control:has(span:text-is("size")) select').selectOption("pagerank");
    await page.locator("canvas.map").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.selectOption("[aria-label='How likely links are scored']", "adamic-adar");
    await page.waitForSelector(".section:has-text('Likely links') .neighbor");
    await looksAsBefore(page, "graph-light");
  },
  desk,
);

pageTest(
  "settings before work",
  async (page) => {
    await page.keyboard.press("p");
    await page.click(".choice:has-text('UMAP')");
    await page.waitForSelector(".dialog-foot:has-text('about')");
    await looksAsBefore(page, "projection-dark");
  },
  { ...desk, theme: "dark" },
);

pageTest(
  "a phone: the map on top, the bar below",
  async (page) => {
    await page.fill(".expression", "rome - italy + france");
    await page.waitForSelector(".chip.first:has-text('paris')");
    await looksAsBefore(page, "phone-light");
  },
  phone,
);

pageTest(
  "a phone: details as a sheet",
  async (page) => {
    await page.fill(".expression", "rome - italy + france");
    await page.click(".chip.first:has-text('paris')");
    await page.click(".sheet-handle");
    await page.waitForSelector(".neighbor");
    await looksAsBefore(page, "phone-dark");
  },
  { ...phone, theme: "dark" },
);

pageTest(
  "broken: what was needed and what came, beside a map that stays",
  async (page) => {
    await ask(page, "king");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".answer .problem-text");
    await page.evaluate(() => {
      const { source } = window as unknown as { source: { lose(why: string): void } };
      source.lose("The server does not answer. No answer came from 127.0.0.1.");
    });
    await looksAsBefore(page, "broken-light");
  },
  { ...desk, query: "broken=near:%20the%20index%20is%20cut%20short" },
);

pageTest(
  "a training that is watched: its loss, its rate, the map on its way",
  async (page) => {
    await page.waitForSelector(".training .rate:has-text('60,000 of 100,000 pairs')");
    await page.waitForSelector(".loss-curve canvas");
    await looksAsBefore(page, "training-dark");
  },
  { ...desk, theme: "dark", query: "training&still=60" },
);
