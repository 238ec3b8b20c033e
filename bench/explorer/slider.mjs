/**
 * Milliseconds from a hand's move of a slider to the decoded picture on the screen: pictures of 48 x 48 pixels, the convolutional
 * decoder of `vae` at its default size after one epoch, as only the time matters, served by the command. The pointer holds the
 * thumb and is moved by Chromium's own input; the time runs from the time stamp of the pointer's event until the frame with the
 * picture of that move has been made. A move is made once the picture of the one before is there, after 0 to 300 ms of rest.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSheet, vae } from "../../dist/images/index.js";
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

/** Faces of grown people, not to be published. */
function faces(data) {
  const folder = join(data, "utkface-adults");
  const sheets = [0, 1, 2, 3, 4, 5].map((k) => join(folder, `sheet-${k}.png`));
  return readSheet(sheets, { tile: side, table: join(folder, "faces.csv") });
}

/** Runs in the page before anything else: notes when the pointer moves, and when a decoded picture has been shown. */
function watch() {
  const told = { moved: 0, shown: 0, pictures: 0 };
  window.slider = told;
  addEventListener("pointermove", ({ timeStamp }) => Object.assign(told, { moved: timeStamp, shown: 0 }), true);
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    drawImage.apply(this, all);
    if (this.canvas.closest(".decoded") === null) return;
    told.pictures++;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        told.shown = performance.now();
      };
      port2.postMessage(null); // comes when the frame is made
    });
  };
}

/** Times of each move, and pictures a second while the pointer moves without pause. */
async function measure(page, moves) {
  const { x, y, width, height } = await page.locator(".slider input").first().boundingBox();
  const rng = new Rng(2);
  const moveTo = (share) => page.mouse.move(x + 8 + share * (width - 16), y + height / 2);
  await moveTo(0.5);
  await page.mouse.down();
  const times = [];
  for (let move = -5; move < moves; move++) {
    await moveTo((move % 2 === 0 ? 0.5 : 0) + 0.48 * rng.uniform()); // to the other half, so that it is a move
    const told = await page.waitForFunction(() => window.slider.shown > 0 && { ...window.slider });
    const { moved, shown } = await told.jsonValue();
    if (move >= 0) times.push(shown - moved);
    await page.waitForTimeout(300 * rng.uniform());
  }
  const before = await page.evaluate(() => window.slider.pictures);
  const start = performance.now();
  for (let step = 0; performance.now() < start + 2000; step++) await moveTo(0.5 + 0.4 * Math.sin(step / 10));
  const seconds = (performance.now() - start) / 1000;
  const pictures = (await page.evaluate(() => window.slider.pictures)) - before;
  await page.mouse.up();
  return { times, pictures: pictures / seconds };
}

/** { times, pictures, kind }: milliseconds of each move; pictures a second; what they are of. */
export async function measureSlider({ data, threads, moves, log }) {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-bench-"));
  const browser = await openBrowser("own");
  try {
    const kind = data === undefined ? "disks" : "faces";
    log(`explorer: training a decoder of ${kind} of 48 x 48`);
    const pictures = data === undefined ? disks() : await faces(data);
    const space = await vae(pictures, { likelihood: "gaussian", epochs: 1, threads });
    const column = data === undefined ? "size" : "age";
    await space.direction(column, { column });
    const path = join(folder, `${kind}.space`);
    await space.save(path);
    await space.close();
    const { url, close } = await explore(path);
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.addInitScript(watch);
      await page.goto(url);
      await page.waitForFunction(() => window.slider.pictures > 0);
      await page.waitForTimeout(1000); // the map and its names, which come at first
      return { ...(await measure(page, moves)), kind };
    } finally {
      await close();
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
