import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServedExplorer, serveExplorer } from "../../dist/explorer/server/serve.js";
import { fromWire } from "../../dist/explorer/wire.js";
import { encodePng } from "../../dist/formats/png/write.js";
import { pictureAt, picturePca } from "../../dist/images/index.js";
import { decoders, encoders } from "../../dist/joint/encoders.js";
import { Rng } from "../../dist/numerics/random.js";
import { openSpace } from "../../dist/space/open-space.js";
import { Space } from "../../dist/space/space.js";
import { firstPane, firstState } from "../../explorer/app/state.js";
import { writeLink } from "../../explorer/app/url.js";
import { planted } from "../images/planted-pictures.js";
import { texts } from "./explorer-page.js";
import { launch, patient, skips, visit } from "./served-page.js";

const folder = mkdtempSync(join(tmpdir(), "thing2vec-odds-"));
const pictures = planted(60);
const faults: unknown[] = [];
let browser: Browser;
let served: ServedExplorer;

/** Items in a line, with places and a direction. */
function line(count: number): Space {
  const rng = new Rng(3);
  const names = Array.from({ length: count }, (_, k) => `item ${k}`);
  const vectors = Float32Array.from({ length: 4 * count }, () => rng.normal());
  const columns = { x: Float64Array.from(names.keys()), y: Float64Array.from(names.keys()) };
  const directions = { along: { vector: Float32Array.of(1, 0, 0, 0), metrics: {} } };
  return Space.from({ names, vectors, columns, directions, geometry: "euclidean" });
}

/** Mean distance of pixels. */
function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, k) => Math.abs(value - (b[k] ?? 0))).reduce((sum, one) => sum + one, 0) / a.length;
}

/** A space of the disk, of which a file changes once it is open. */
async function changed(title: string, space: Space, name: RegExp, change: (bytes: Buffer) => void) {
  const path = join(folder, `${title}.space`);
  await space.save(path);
  const opened = await openSpace(path, { encoders, decoders });
  const { files } = JSON.parse(readFileSync(join(path, "space.json"), "utf8"));
  const file = Object.values(files as Record<string, { name: string }>).find((one) => name.test(one.name));
  const bytes = readFileSync(join(path, file?.name ?? ""));
  change(bytes);
  writeFileSync(join(path, file?.name ?? ""), bytes);
  return { title, space: opened };
}

beforeAll(async () => {
  if (skips) return;
  const faces = await picturePca(pictures, { dimensions: 3 });
  await faces.save(join(folder, "faces.space"));
  served = await serveExplorer(
    [
      { title: "whole", space: line(4) },
      await changed("table", line(5), /parquet$/, (bytes) => bytes.fill(7, 8, 60)),
      await changed("numbers", line(6), /safetensors$/, (bytes) => bytes.writeFloatLE(Number.NaN, bytes.length - 4)),
      await changed("sheets", faces, /png$/, (bytes) => bytes.fill(7, 8, 60)),
      { title: "faces", space: await openSpace(join(folder, "faces.space"), { encoders, decoders }) },
      { title: "many", space: line(1500) },
    ],
    { onFault: (error) => faults.push(error) },
  );
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  rmSync(folder, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const refused = /400 \(Bad Request\)|404 \(Not Found\)/;

test.skipIf(skips)(
  "served: a damaged file is named, takes only what it holds, and no other space with it",
  patient,
  () =>
    visit(
      browser,
      served.url,
      async (page) => {
        const drawn = () => page.locator("canvas.map").first().getAttribute("data-drawn");
        await expect.poll(drawn).toBe("4");
        await page.fill(".expression", "item 1");
        await page.waitForSelector(".chips .chip");
        await page.keyboard.press("Enter");
        await page.waitForSelector(".history a:has-text('item 1')");

        await page.click(".tab-name:text-is('table')");
        await page.waitForSelector(".notice:has-text('A part of table cannot be read'):has-text('.parquet')");
        await expect.poll(drawn).toBe("5"); // of the vectors, which are whole

        await page.click(".tab-name:text-is('numbers')");
        await page.waitForSelector(".notice:has-text('number 3 of row 5 is not finite')");
        await expect.poll(drawn).toBe("6"); // of the columns, which are whole
        await page.fill(".expression", "item 1");
        await page.waitForSelector(".answer .problem-text:has-text('not finite')");

        await page.click(".tab-name:text-is('sheets')");
        await page.waitForSelector(".notice.problem:has-text('sheet 0 of the thumbnails cannot be shown')");
        await expect.poll(drawn).toBe("60");

        await page.click(".tab-name:text-is('whole')");
        await expect.poll(drawn).toBe("4");
        await page.waitForSelector(".history a:has-text('item 1')");
      },
      refused,
    ),
);

test.skipIf(skips)("served: a link to columns that are gone says which, and which there are", patient, async () => {
  const pane = {
    ...firstPane,
    map: { kind: "columns" as const, columns: ["x", "lost"] },
    color: { kind: "column" as const, column: "faded", scale: "auto" as const },
  };
  const link = await writeLink({ ...firstState, panes: [pane] });
  await visit(
    browser,
    served.url,
    async (page) => {
      await page.waitForSelector(".counts");
      await page.goto(`http://127.0.0.1:${served.port}/#${link}`);
      await page.waitForSelector(`.map-message:has-text('there is no column "lost"'):has-text('"x", "y"')`);
      await page.waitForSelector(`.legend .problem-text:has-text('there is no column "faded"')`);
      await page.fill(".expression", "item 1");
      await page.waitForSelector(".chips .chip");
      await page.locator('.control:has(span:text-is("map")) select').selectOption({ index: 0 });
      await expect.poll(() => page.locator("canvas.map").first().getAttribute("data-drawn")).toBe("4");
    },
    refused,
  );
});

test.skipIf(skips)(
  "served: a picture that is uploaded is placed and decoded; what is no picture is refused",
  patient,
  () =>
    visit(browser, served.url, async (page) => {
      const first = pictureAt(pictures, 0).data;
      const [picture] = pictures.names
        .map((_, n) => pictureAt(pictures, n))
        .sort((a, b) => distanceOf(b.data, first) - distanceOf(a.data, first));
      await page.click(".tab-name:text-is('faces')");
      await page.waitForSelector(".decoded canvas");
      const shown = () =>
        page.locator(".decoded canvas").evaluate((canvas: HTMLCanvasElement) => [
          ...(canvas
            .getContext("2d")
            ?.getImageData(0, 0, 8, 8)
            .data.filter((_, k) => k % 4 === 0) ?? []),
        ]);
      const distance = async () => {
        const pixels = await shown();
        return distanceOf(picture.data, pixels);
      };
      expect(await distance()).toBeGreaterThan(15); // of the first item, before
      const upload = "input[aria-label='Picture to find the place of']";
      const file = { name: "mine.png", mimeType: "image/png", buffer: Buffer.from(await encodePng(picture)) };
      await page.setInputFiles(upload, file);
      await page.waitForSelector(".notice:has-text('mine.png is placed')");
      await expect.poll(distance).toBeLessThan(10); // but for its noise
      await page.setInputFiles(upload, { ...file, name: "text.png", buffer: Buffer.from("no picture") });
      await page.waitForSelector(".notice.problem:has-text('not placed')");
      expect(await texts(page, ".notice.problem")).toEqual([
        "text.png is not placed: a picture was needed (PNG, JPEG, WebP, GIF, AVIF, TIFF, PGM or PPM), and this file is none",
      ]);
      expect(await distance()).toBeLessThan(10);
      await page.click("button:text-is('Reset')");
      await page.click(".tab-name:text-is('many')");
      await page.waitForSelector(".notice.problem", { state: "detached" });
    }),
);

test.skipIf(skips)("served: a projection that is cancelled ends on the server too, and the map stays", patient, () =>
  visit(browser, served.url, async (page) => {
    await page.click(".tab-name:text-is('many')");
    await page.waitForSelector(".counts:has-text('1,500 items')");
    await page.locator("canvas.map").first().focus();
    await page.keyboard.press("p");
    await page.click(".choice:has-text('t-SNE')");
    await page.locator(".form-row:has-text('Iterations') input").fill("5000");
    const asked = page.waitForRequest(/\/api\/jobs\/\d+\/events/);
    await page.click(".dialog button:text-is('Start')");
    const events = (await asked).url();
    await page.waitForSelector(".map-progress:has-text('t-SNE')");
    await page.click(".map-progress button:text-is('Cancel')");
    await page.waitForSelector(".map-progress", { state: "detached" });
    const end = await page.evaluate(async (path) => (await fetch(path)).text(), events);
    expect(end).toMatch(/event: failed\ndata: \{"error":"cancelled"\}/);
    expect(await texts(page, ".notice.problem")).toEqual([]);
    await page.waitForSelector(".counts:has-text('1,500 items')");
  }),
);

test.skipIf(skips)(
  "served: where a hundred streams follow work already, the page says so, and the work is given up",
  patient,
  () =>
    visit(
      browser,
      served.url,
      async (page) => {
        await page.click(".tab-name:text-is('many')");
        await page.waitForSelector(".counts:has-text('1,500 items')");
        const [{ name, value }] = await page.context().cookies();
        const headers = {
          "content-type": "application/json",
          cookie: `${name}=${value}`,
          origin: `http://127.0.0.1:${served.port}`,
        };
        const post = (path: string, body: object) =>
          fetch(`http://127.0.0.1:${served.port}/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
        const settings = { perplexity: 30, iterations: 5000 };
        const begun = await post("project", { space: 5, request: { method: "tsne", dimensions: 2, settings } });
        const { job } = fromWire(await begun.arrayBuffer()) as { job: number };
        const stop = new AbortController();
        const follow = () =>
          fetch(`http://127.0.0.1:${served.port}/api/jobs/${job}/events`, { headers, signal: stop.signal });
        const streams = await Promise.all(Array.from({ length: 100 }, follow));
        expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));

        await page.locator("canvas.map").first().focus();
        await page.keyboard.press("p");
        await page.click(".choice:has-text('t-SNE')");
        await page.locator(".form-row:has-text('Iterations') input").fill("5000");
        const cancelled = page.waitForRequest(/\/api\/jobs\/\d+\/cancel/);
        await page.click(".dialog button:text-is('Start')");
        await page.waitForSelector(".notice.problem:has-text('100 pages follow work already')");
        await cancelled;
        await page.waitForSelector(".map-progress", { state: "detached" });
        stop.abort();
        await post(`jobs/${job}/cancel`, {});
      },
      /503 \(Service Unavailable\)/,
    ),
);
