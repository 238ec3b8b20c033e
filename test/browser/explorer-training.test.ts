import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveExplorer } from "../../dist/explorer/server/serve.js";
import { WatchedTraining } from "../../dist/explorer/watched-training.js";
import { type GloveOptions, glove } from "../../dist/words/glove.js";
import { topicText } from "../cli/run-cli.js";
import { executable } from "./chromium.js";
import { picture, texts } from "./explorer-page.js";

let browser: Browser;
const skips = executable === null && process.env.REQUIRE_BROWSER !== "1";
const plan = { title: "topics", kind: "words", geometry: "cosine", moves: true } as const;
const text = { texts: [topicText(300)] };
// two threads: then this one, which serves and steers the browser too, does none of the work
const model = { dimensions: 8, minCount: 1, threads: 2 } satisfies GloveOptions;

beforeAll(async () => {
  if (skips) return;
  browser = await chromium.launch({
    executablePath: executable ?? "",
    args: ["--no-sandbox", "--no-proxy-server", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  });
});

afterAll(() => browser?.close());

/** The page on a training that is yet to begin. What the page logs as an error fails the test. */
async function watching(training: WatchedTraining, body: (page: Page) => Promise<void>): Promise<void> {
  const served = await serveExplorer([training]);
  const context = await browser.newContext({ viewport: { width: 900, height: 600 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  try {
    await page.goto(served.url);
    await body(page);
    expect(problems).toEqual([]);
  } finally {
    await context.close();
    await served.close();
  }
}

const curve = "[aria-label^='Curve of the loss']";

/** On a busy machine a wait may run out; what fails twice fails. */
const patient = { retry: 1 };

test.skipIf(skips)(
  "a training: loss, rate and a map that moves; its words answer while it learns, and when it has learned",
  patient,
  async () => {
    const training = new WatchedTraining(plan);
    const stop = new AbortController();
    const begin = () =>
      glove(text, {
        ...model,
        epochs: 1_000_000, // until it has been seen to move
        signal: stop.signal,
        onCounts: ({ vocabulary: { words, counts } }) => training.begin({ names: words, columns: { count: counts } }),
        onProgress: (progress) => training.report(progress),
        onVectors: (vectors, dimensions) => training.learn(vectors, dimensions),
      });
    await watching(training, async (page) => {
      await page.waitForSelector(".map-message:has-text('topics is being made')");
      const learning = begin().catch((error) => error);

      await page.waitForSelector(".counts:has-text('22 words')");
      await page.waitForSelector(".map-message", { state: "detached" });
      await page.waitForSelector(".training .rate:has-text('a second')");
      await page.waitForSelector(`${curve} canvas`);
      const label = await page.getAttribute(curve, "aria-label");
      await expect.poll(() => page.getAttribute(curve, "aria-label")).not.toBe(label);
      expect((await texts(page, ".training h3"))[0]).toMatch(/^training, epoch [\d,]+ of 1000000 loss [\d.e-]+$/);
      const before = await picture(page, "canvas.map");
      await expect.poll(() => picture(page, "canvas.map")).not.toBe(before);
      await page.fill(".expression", "captain"); // at once: half a name would be told as unknown
      await page.waitForSelector(".chips .chip");

      stop.abort(new Error("seen"));
      expect(await learning).toMatchObject({ message: "seen" });
      await training.end(await glove(text, { ...model, epochs: 40 }));
      await page.waitForSelector(".training h3:has-text('Trained')");
      await page.fill(".expression", "cow");
      const farm = ["barn", "hay", "tractor", "milk", "field"];
      const isOfFarm = async () => farm.includes((await texts(page, ".chips .chip"))[0]?.split(" ")[0]);
      await expect.poll(isOfFarm).toBe(true);
      const rests = async () => {
        const before = await picture(page, "canvas.map");
        await page.waitForTimeout(600);
        return (await picture(page, "canvas.map")) === before;
      };
      await expect.poll(rests).toBe(true);
      await page.waitForSelector(".side:has-text('glove')"); // what the trained space knows of itself
      await page.reload(); // and so it is for those who come late
      await page.waitForSelector(".training h3:has-text('Trained')");
      await page.waitForSelector(`${curve} canvas`);
      await page.waitForSelector(".counts:has-text('22 words')");
    });
  },
);

test.skipIf(skips)(
  "a training that tells no vectors shows its loss alone, says so, and why it stopped",
  patient,
  async () => {
    const training = new WatchedTraining({ ...plan, moves: false });
    await watching(training, async (page) => {
      training.report({ stage: "training", done: 1, total: 9, unit: "steps", rate: 1.5, loss: 4 });
      await page.waitForSelector(".map-message:has-text('tells no vectors before its end')");
      await page.waitForSelector(".training:has-text('1 of 9 steps, 1.5 a second')");
      training.fail(new RangeError("glove: training diverged; lower learningRate"));
      await page.waitForSelector(".training [role=alert]:has-text('lower learningRate')");
      expect((await texts(page, ".training h3"))[0]).toMatch(/^Training has stopped/);
    });
  },
);
