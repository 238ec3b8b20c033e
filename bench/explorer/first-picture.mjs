/**
 * Seconds until a space is first seen: of points at columns x and y, with vectors of 100 numbers, saved, and opened by
 * `thing2vec explore`. "navigation" is from when the browser is given the address until a frame with all points is drawn;
 * "command" from when the command is started, and holds the opening of the space. Each round starts the command anew and
 * gives the page a profile of its own; the browser runs already, and draws by what it chooses itself.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Space } from "../../dist/space/space.js";
import { openBrowser } from "./chromium.mjs";
import { explore } from "./server.mjs";

const dimensions = 100;

/** Points in 60 round clusters, with vectors around one of 60 middles each. */
function spaceOf(count) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const clusters = Array.from({ length: 60 }, () => ({ x: random(), y: random(), spread: 0.01 + 0.05 * random() }));
  const middles = Float32Array.from({ length: clusters.length * dimensions }, () => random() - 0.5);
  const [x, y] = [new Float32Array(count), new Float32Array(count)];
  const vectors = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) {
    const k = Math.floor(clusters.length * random());
    const [angle, radius] = [2 * Math.PI * random(), Math.sqrt(-2 * Math.log(random()))];
    x[i] = clusters[k].x + clusters[k].spread * radius * Math.cos(angle);
    y[i] = clusters[k].y + clusters[k].spread * radius * Math.sin(angle);
    for (let d = 0; d < dimensions; d++)
      vectors[i * dimensions + d] = middles[k * dimensions + d] + 0.3 * (random() - 0.5);
  }
  const names = Array.from({ length: count }, (_, i) => `item ${i}`);
  return Space.from({ names, vectors, columns: { x, y } });
}

/** Runs in the page before anything of it: notes when its map tells that it has drawn points. */
function watch() {
  const look = () => {
    const points = Number(document.querySelector("canvas.map")?.dataset.drawn ?? 0);
    if (points === 0) return;
    observer.disconnect();
    window.firstPicture = { points, at: performance.timeOrigin + performance.now() };
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn"] });
}

/** Seconds of each round: [{ navigation, command }]. */
export async function measureFirstPicture({ count, rounds, log }) {
  const folder = await mkdtemp(join(tmpdir(), "thing2vec-bench-"));
  const browser = await openBrowser("own");
  try {
    const path = join(folder, "points.space");
    log(`explorer: a space of ${count} points`);
    await spaceOf(count).save(path);
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const { url, started, close } = await explore(path);
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      try {
        const tab = await context.newPage();
        await tab.addInitScript(watch);
        const asked = Date.now();
        await tab.goto(url, { waitUntil: "commit" });
        const drawn = await tab.waitForFunction(() => window.firstPicture, null, { timeout: 120_000 });
        const { points, at } = await drawn.jsonValue();
        if (points !== count) throw new Error(`explorer: ${points} of ${count} points were drawn`);
        times.push({ navigation: (at - asked) / 1000, command: (at - started) / 1000 });
        log(`explorer: first picture after ${times[round].navigation.toFixed(2)} s`);
      } finally {
        await context.close();
        await close();
      }
    }
    return times;
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}
