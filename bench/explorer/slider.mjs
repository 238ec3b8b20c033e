/**
 * Milliseconds from a key that moves a slider to the decoded picture on the screen: pictures of 48 x 48 pixels, the convolutional
 * decoder of `vae` at its default size, served by the command, in Chromium. Each move waits for the picture of the one before.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vae } from "../../dist/images/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { explore, openBrowser } from "./chromium.mjs";

const [side, count] = [48, 256];

/** Gray disks of any place, size and shade: what they show does not change the time. */
function disks() {
  const rng = new Rng(1);
  const data = new Uint8Array(count * side * side);
  const sizes = [];
  for (let n = 0; n < count; n++) {
    const [x, y, radius] = [side * rng.uniform(), side * rng.uniform(), 4 + 16 * rng.uniform()];
    const shade = 80 + Math.floor(175 * rng.uniform());
    sizes.push(radius);
    for (let k = 0; k < side * side; k++) {
      const distance = Math.hypot((k % side) - x, Math.floor(k / side) - y);
      data[n * side * side + k] = distance < radius ? shade : 20;
    }
  }
  const names = sizes.map((_, n) => `disk ${n}`);
  const columns = new Map([["size", sizes]]);
  return { names, width: side, height: side, channels: 1, fit: "cover", background: 255, data, columns, notes: [] };
}

/** Runs in the page before anything else: notes when the decoded picture is drawn, and shown. */
function watch() {
  const { drawImage } = CanvasRenderingContext2D.prototype;
  window.shown = 0;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    drawImage.apply(this, all);
    if (this.canvas.closest(".decoded") === null) return;
    requestAnimationFrame(() => {
      window.shownAt = performance.now();
      window.shown++;
    });
  };
  document.addEventListener(
    "input",
    () => {
      window.movedAt = performance.now();
    },
    true,
  );
}

/** { times }: milliseconds of each move. */
export async function measureSlider({ moves, log }) {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-bench-"));
  const browser = await openBrowser();
  try {
    log("explorer: training a decoder of 48 x 48 pictures");
    const space = await vae(disks(), { likelihood: "gaussian", network: "convolutional", epochs: 1 });
    await space.direction("size", { column: "size" });
    const path = join(folder, "disks.space");
    await space.save(path);
    await space.close();
    const { url, close } = await explore(path);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.addInitScript(watch);
    await page.goto(url);
    await page.waitForFunction(() => window.shown > 0);
    await page.locator(".slider input").focus();
    const times = [];
    for (let move = -3; move < moves; move++) {
      const before = await page.evaluate(() => window.shown);
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction((number) => window.shown > number, before);
      if (move >= 0) times.push(await page.evaluate(() => window.shownAt - window.movedAt));
      await new Promise((resolve) => setTimeout(resolve, 300)); // the nearest, which come after the picture
    }
    await close();
    return { times };
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
