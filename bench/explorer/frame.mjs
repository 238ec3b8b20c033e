/**
 * Milliseconds of a frame of a million points, ours and regl-scatterplot's, in one page: canvases of one size, one device
 * pixel a pixel, points of one diameter and the same eight colors, everything in view. Ours and theirs take turns. A frame
 * lasts from the call that draws it until a pixel of it was read back, which waits for the graphics processor; theirs is
 * called in place of the browser's animation frame, so that no waiting for the screen is counted. "webgl2" is drawn by the
 * same means as theirs; "pixels" is what a browser without a graphics processor is given by default.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundled, openBrowser, serve } from "./chromium.mjs";

const [width, height] = [1280, 800];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const page = `<!doctype html><meta charset="utf-8"><title>frames</title><link rel="icon" href="data:,">
<style>html, body { margin: 0 } div { position: relative; width: ${width}px; height: ${height}px }
canvas { position: absolute; inset: 0; width: 100%; height: 100% }</style>
<div><canvas id="webgl2"></canvas><canvas></canvas></div><div><canvas id="pixels"></canvas><canvas></canvas></div>
<div><canvas id="peer"></canvas></div>`;

/** Runs in the page: points in 60 normal clusters, on both maps, and `rounds` turns of each. */
async function inPage({ count, rounds, diameter, hasPeer, width, height }) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const middles = Array.from({ length: 60 }, () => [1.4 * random() - 0.7, 1.4 * random() - 0.7, 0.02 + 0.1 * random()]);
  const coordinates = new Float32Array(2 * count);
  const codes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const k = Math.floor(middles.length * random());
    const [x, y, spread] = middles[k];
    coordinates[2 * i] = Math.max(-1, Math.min(1, x + spread * normal()));
    coordinates[2 * i + 1] = Math.max(-1, Math.min(1, y + spread * normal()));
    codes[i] = k % 8;
  }
  const palette = ["#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7", "#f0e442", "#000000"];

  const { MapRenderer } = await import("/renderer.js");
  const turns = {};
  const maps = ["webgl2", "pixels"].map((graphics) => {
    const canvas = document.getElementById(graphics);
    const map = new MapRenderer(canvas, canvas.nextElementSibling, { theme: "light", pixelRatio: 1, graphics });
    map.setPoints({ dimensions: 2, coordinates });
    map.setColors({ codes, palette });
    map.setDiameter(diameter);
    turns[graphics] = (k) => {
      map.camera = { ...map.camera, zoom: 1 + k * 1e-4 };
      return map.drawNow();
    };
    return map;
  });

  let version = null;
  if (hasPeer) {
    const { default: createScatterplot } = await import("/peer.js");
    const plot = createScatterplot({
      canvas: document.getElementById("peer"),
      width,
      height,
      pointSize: diameter,
      pointColor: palette,
      colorBy: "valueA",
      opacityBy: "density",
    });
    await plot.draw({
      x: coordinates.filter((_, k) => k % 2 === 0),
      y: coordinates.filter((_, k) => k % 2 === 1),
      z: codes,
    });
    version = plot.get("version");
    // Its loop of animation frames, one step at a time.
    const next = window.requestAnimationFrame;
    let step = null;
    const take = (callback) => {
      step = callback;
      return 1;
    };
    window.requestAnimationFrame = take;
    while (step === null) await new Promise((resolve) => setTimeout(resolve, 20));
    window.requestAnimationFrame = next;
    const gl = plot.get("renderer").regl._gl;
    let drawn = 0;
    plot.subscribe("drawing", () => drawn++);
    turns.reglScatterplot = () => {
      const before = drawn;
      plot.redraw();
      window.requestAnimationFrame = take;
      const start = performance.now();
      step(start);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      const milliseconds = performance.now() - start;
      window.requestAnimationFrame = next;
      if (drawn !== before + 1) throw new Error("regl-scatterplot drew no frame");
      return { milliseconds };
    };
  }
  const times = Object.fromEntries(Object.keys(turns).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const [name, frame] of Object.entries(turns)) {
      frame(0); // the other one's frames have filled the caches
      for (let k = 1; k <= 3; k++) {
        const { milliseconds } = frame(k);
        if (round >= 0) times[name].push(milliseconds);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  const gl = document.getElementById("webgl2").getContext("webgl2");
  const machine = gl.getExtension("WEBGL_debug_renderer_info");
  return {
    times,
    version,
    points: Math.min(...maps.map((map) => map.drawNow().points)),
    error: gl.getError(),
    machine: gl.getParameter(machine === null ? gl.RENDERER : machine.UNMASKED_RENDERER_WEBGL),
  };
}

export async function measureFrames({ count, rounds, diameter, gpu = false, peer = true, log }) {
  const hasPeer = peer && existsSync(here("../peers/node_modules/regl-scatterplot"));
  log("explorer: bundling the renderers");
  const files = { "/": page, "/renderer.js": await bundled(here("../../explorer/app/renderer/index.ts")) };
  if (hasPeer)
    files["/peer.js"] = await bundled(here("../peers/node_modules/regl-scatterplot/dist/regl-scatterplot.esm.js"));
  const { url, close } = await serve(files);
  const browser = await openBrowser(gpu ? "gpu" : "software");
  try {
    const tab = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1 });
    await tab.goto(url);
    log(`explorer: frames of ${count} points`);
    const told = await tab.evaluate(inPage, { count, rounds, diameter, hasPeer, width, height });
    if (told.error !== 0) throw new Error(`explorer: WebGL reported error ${told.error}`);
    if (told.points !== count) throw new Error(`explorer: ${told.points} of ${count} points were drawn`);
    return told;
  } finally {
    await browser.close();
    close();
  }
}
