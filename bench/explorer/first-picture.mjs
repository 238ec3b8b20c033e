/**
 * Seconds until the first picture of a space with columns x and y and vectors of 100 numbers: from the moment that the browser
 * goes to the address until all points are on the screen, by the clock of the page; and the same from the start of the command,
 * which opens the space. The browser runs already, with the graphics that it chooses itself; each round has a new process, a new
 * profile and nothing in a cache but the file system's.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { Vectors } from "../../dist/space/vectors.js";
import { median } from "../median.mjs";
import { explore, openBrowser } from "./chromium.mjs";

const dimensions = 100;
/** Of the window. */
const viewport = { width: 1280, height: 800 };

/** Points in 60 clusters, saved to a folder; the vectors hold the clusters too. */
async function savedSpace(folder, count) {
  const rng = new Rng(1);
  const middles = Array.from({ length: 60 }, () => [rng.uniform(), rng.uniform(), 0.01 + 0.05 * rng.uniform()]);
  const [x, y] = [new Float64Array(count), new Float64Array(count)];
  const vectors = Vectors.create(dimensions, { rows: count });
  const row = new Float32Array(dimensions);
  for (let k = 0; k < count; k++) {
    const [middleX, middleY, spread] = middles[Math.floor(60 * rng.uniform())];
    const [right, up] = [rng.normal(), rng.normal()];
    x[k] = middleX + spread * right;
    y[k] = middleY + spread * up;
    for (let d = 0; d < dimensions; d++) row[d] = (d % 2 === 0 ? x[k] : y[k]) + 0.01 * ((7 * k + 13 * d) % 11);
    vectors.append(row);
  }
  const names = Array.from({ length: count }, (_, k) => `item ${k}`);
  const space = Space.from({ names, vectors, columns: { x, y } });
  const path = join(folder, "points.space");
  await space.save(path);
  await space.close();
  return path;
}

/** Runs in the page before anything else: notes when a frame with all points was on the screen. */
function watch(count) {
  const drawn = () => document.querySelector("canvas.map")?.dataset.drawn === String(count);
  new MutationObserver((_, observer) => {
    if (window.seenAt !== undefined || !drawn()) return;
    observer.disconnect();
    // the next frame but one begins when the one with the points has been shown
    requestAnimationFrame(() => requestAnimationFrame(() => (window.seenAt = performance.now())));
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn"] });
}

/** { page, command }: medians in seconds. */
export async function measureFirstPicture({ count, rounds, log }) {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-bench-"));
  const browser = await openBrowser("own");
  const times = { page: [], command: [] };
  try {
    log(`explorer: a space of ${count} points`);
    const path = await savedSpace(folder, count);
    for (let round = -1; round < rounds; round++) {
      const start = performance.now();
      const { url, close } = await explore(path);
      const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
      const page = await context.newPage();
      await page.addInitScript(watch, count);
      await page.goto(url);
      await page.waitForFunction(() => window.seenAt !== undefined, undefined, { timeout: 120_000 });
      if (round >= 0) {
        times.command.push((performance.now() - start) / 1000);
        times.page.push((await page.evaluate(() => window.seenAt)) / 1000);
        log(`explorer: ${count} points after ${times.page.at(-1).toFixed(2)} s`);
      }
      await context.close();
      await close();
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { page: median(times.page), command: median(times.command) };
}
