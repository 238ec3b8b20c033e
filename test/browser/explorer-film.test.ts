import { readFile } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServedExplorer, serveExplorer } from "../../dist/explorer/server/serve.js";
import { gcn } from "../../dist/graphs/gcn.js";
import type { Space } from "../../dist/space/space.js";
import { karate } from "../graphs/karate.js";
import { executable } from "./chromium.js";
import { texts } from "./explorer-page.js";

const skips = executable === null && process.env.REQUIRE_BROWSER !== "1";
let browser: Browser;
let served: ServedExplorer;
let club: Space;

beforeAll(async () => {
  if (skips) return;
  const { graph, factions } = await karate();
  const nodes = { labels: factions, train: [0, 33], classes: ["Mr. Hi", "Officer"] };
  const options = { hidden: 5, activation: "tanh", dropout: 0, weightDecay: 0, epochs: 60, film: 11 } as const;
  club = (await gcn(graph, nodes, options)).space;
  served = await serveExplorer([{ space: club, title: "club" }]);
  browser = await chromium.launch({
    executablePath: executable ?? "",
    args: ["--no-sandbox", "--no-proxy-server", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  });
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Where the points are in the picture that the page exports, by row. */
async function places(page: Page): Promise<[x: number, y: number][]> {
  await page.click("[aria-label='Export']");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".dialog button:text-is('SVG')")]);
  const svg = await readFile((await download.path()) ?? "", "utf8");
  await page.keyboard.press("Escape");
  return Array.from(svg.matchAll(/<circle cx="([-\d.]+)" cy="([-\d.]+)"/g), ([, x, y]) => [Number(x), Number(y)]);
}

test.skipIf(skips)(
  "the film of a real training: it plays, the slider takes it anywhere, points and edges move at one scale to where they end",
  { retry: 1 },
  async () => {
    const context = await browser.newContext({ viewport: { width: 900, height: 640 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(served.url);
    await page.waitForSelector(".counts:has-text('34 nodes')");
    await page.locator('.control:has(span:text-is("color")) select').selectOption("column:predicted");
    await page.waitForSelector(".class:has-text('Officer')");
    const mapSelect = page.locator('.control:has(span:text-is("map")) select');
    expect(await mapSelect.locator("option").allInnerTexts()).toContain("the film");
    const slider = page.locator("[aria-label='Epoch that the film shows']");
    expect(await texts(page, ".film .count")).toEqual(["epoch 60 of 60"]);

    await page.evaluate(() => {
      const seen: string[] = [];
      const film = document.querySelector(".film") as Element;
      const look = () => seen.push(film.querySelector(".count")?.textContent ?? "");
      new MutationObserver(look).observe(film, { subtree: true, characterData: true, childList: true });
      Object.assign(window, { seen });
    });
    await page.click("[aria-label='Play the film of the training']");
    await page.waitForSelector("[aria-label='Stop the film of the training']");
    await page.waitForSelector("[aria-label='Play the film of the training']"); // it stops by itself
    const played = [...new Set(await page.evaluate(() => (window as unknown as { seen: string[] }).seen))];
    expect(played[0]).toBe("epoch 0 of 60");
    expect(played.at(-1)).toBe("epoch 60 of 60");
    expect(played.length).toBeGreaterThan(5);

    const seen = new Map<number, [number, number][]>();
    for (const [frame, epoch] of [
      [0, 0],
      [5, 30],
      [10, 60],
    ]) {
      await slider.fill(String(frame));
      await page.waitForSelector(`.film .count:text-is('epoch ${epoch} of 60')`);
      seen.set(frame, await places(page));
    }
    // one scale for all frames, that between two points of the last
    const film = club.film as NonNullable<Space["film"]>;
    const last = await film.frame(10);
    const [a, b] = [0, 33].map((row) => seen.get(10)?.[row] ?? [0, 0]);
    const scale = (b[0] - a[0]) / (last[66] - last[0]);
    expect(scale).toBeGreaterThan(50);
    for (const [frame, points] of seen) {
      const expected = await film.frame(frame);
      expect(points).toHaveLength(34);
      for (const [row, place] of points.entries()) {
        expect(place[0] - a[0]).toBeCloseTo(scale * (expected[2 * row] - last[0]), -0.5);
        expect(place[1] - a[1]).toBeCloseTo(-scale * (expected[2 * row + 1] - last[1]), -0.5);
      }
    }

    // another map leaves the film, and a link restores it
    await slider.fill("5");
    await page.waitForTimeout(400);
    await page.reload();
    await page.waitForSelector(".film .count:text-is('epoch 30 of 60')");
    expect(await mapSelect.inputValue()).toBe("film");
    await mapSelect.selectOption({ index: 0 });
    await page.waitForSelector(".film .count:text-is('epoch 60 of 60')");
    expect(problems).toEqual([]);
    await context.close();
  },
);
