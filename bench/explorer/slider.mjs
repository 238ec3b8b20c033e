/**
 * Milliseconds from a hand's move of a slider to the decoded picture: faces of 48 x 48 and a decoder of the library's default
 * size, served by `thing2vec explore`. The pointer holds the thumb and is moved by events of Chromium's own input; the time runs
 * from the pointer event's own time stamp until the picture of that move is drawn on its canvas ("drawn"), and until the frame
 * that shows it has been made ("shown"). A move is made once the last one's picture is there, after a pause of 0 to 300 ms.
 * "pictures" is how many a second are drawn while the pointer moves without pause.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrowser } from "./chromium.mjs";
import { faceSpace } from "./faces.mjs";
import { explore } from "./server.mjs";

const slider = ".slider:has-text('age') input";

/** Runs in the page before anything of it: notes when the pointer moves and when the decoded picture is drawn. */
function watch() {
  const told = { moved: 0, drawn: 0, shown: 0, pictures: 0 };
  window.slider = told;
  addEventListener(
    "pointermove",
    ({ timeStamp }) => Object.assign(told, { moved: timeStamp, drawn: 0, shown: 0 }),
    true,
  );
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    drawImage.apply(this, given);
    if (this.canvas.closest?.(".decoded") == null) return;
    told.pictures++;
    told.drawn = performance.now();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        told.shown = performance.now();
      };
      port2.postMessage(null); // comes after the frame
    });
  };
}

/** Times of each move: { drawn, shown } in milliseconds, and `pictures` a second. */
async function measure(tab, moves) {
  const { x, y, width, height } = await tab.locator(slider).boundingBox();
  const across = (share) => x + 8 + share * (width - 16); // where the thumb can be
  const middle = y + height / 2;
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  await tab.mouse.move(across(0.5), middle);
  await tab.mouse.down();
  const times = [];
  for (let move = -5; move < moves; move++) {
    // always to the other half, so that each is a move
    await tab.mouse.move(across((move % 2 === 0 ? 0.5 : 0) + 0.48 * random()), middle);
    const told = await tab.waitForFunction(() => window.slider.shown > 0 && { ...window.slider });
    const { moved, drawn, shown } = await told.jsonValue();
    if (move >= 0) times.push({ drawn: drawn - moved, shown: shown - moved });
    await tab.waitForTimeout(300 * random());
  }
  const before = await tab.evaluate(() => window.slider.pictures);
  const start = performance.now();
  for (let step = 0; performance.now() < start + 2000; step++)
    await tab.mouse.move(across(0.5 + 0.4 * Math.sin(step / 10)), middle);
  const seconds = (performance.now() - start) / 1000;
  const drawn = (await tab.evaluate(() => window.slider.pictures)) - before;
  await tab.mouse.up();
  return { times, pictures: drawn / seconds };
}

export async function measureSlider({ data, epochs, threads, moves, log }) {
  const folder = await mkdtemp(join(tmpdir(), "thing2vec-bench-"));
  try {
    const path = join(folder, "faces.space");
    log(`explorer: an autoencoder of faces, ${epochs} epochs`);
    const space = await faceSpace({ data, epochs, threads });
    await space.save(path);
    const { url, close } = await explore(path);
    const browser = await openBrowser("own");
    try {
      const tab = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await tab.addInitScript(watch);
      await tab.goto(url);
      await tab.waitForFunction(() => window.slider.pictures > 0);
      await tab.waitForTimeout(1000);
      log(`explorer: ${moves} moves of a slider`);
      return { ...(await measure(tab, moves)), dimensions: space.dimensions };
    } finally {
      await browser.close();
      await close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
