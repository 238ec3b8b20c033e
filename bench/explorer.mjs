/**
 * The explorer in real Chromium, beside what its users know.
 *
 *     npm run bench -- explorer [--data ROOT] [--points 1000000] [--rounds 5] [--diameter 2] [--gpu]
 *                               [--only frame|5m|first-picture|slider|page] [--json]
 *
 * `firstPicture100kSeconds` and `firstPicture1mSeconds` are from the address to all points on the screen, `command...` from the
 * start of the command; `sliderMilliseconds` from a slider's move to its decoded picture of 48 x 48 (median of 60; p90 besides),
 * of faces where ROOT holds utkface-adults/, else of disks;
 * `pageKilobytesGzip` of what the served page loads, `exportedKilobytesGzip` of an exported one with its answers.
 * For frames WebGL2 is drawn by SwiftShader in software, the same on every machine without a graphics card, unless `--gpu` is
 * given; all else is of Chromium as it opens by itself. `frameMilliseconds` is of WebGL2, like the peer's; `pixelsFrameMilliseconds` of the map as the page draws it by itself, which
 * is what a browser without a graphics processor shows; `frame5m...` of five million points, all of them drawn without an error.
 */

import { measureFirstPicture } from "./explorer/first-picture.mjs";
import { measureFrames } from "./explorer/frame.mjs";
import { measurePage } from "./explorer/page-size.mjs";
import { measureSlider } from "./explorer/slider.mjs";
import { median } from "./median.mjs";

const units = {
  firstPicture100kSeconds: "s",
  firstPicture1mSeconds: "s",
  command100kSeconds: "s",
  command1mSeconds: "s",
  frameMilliseconds: "ms",
  pixelsFrameMilliseconds: "ms",
  frame5mMilliseconds: "ms",
  pixelsFrame5mMilliseconds: "ms",
  sliderMilliseconds: "ms",
  sliderP90Milliseconds: "ms",
  pageKilobytesGzip: "kB",
  exportedKilobytesGzip: "kB",
};
const parts = ["page", "first-picture", "slider", "frame", "5m"];
const moves = 60;

function number(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`explorer: --${name} must be a number above 0, got ${options[name]}`);
}

export default async function bench({ data, threads, log, options }) {
  const [count, rounds] = [number(options, "points", 1_000_000), number(options, "rounds", 5)];
  const diameter = number(options, "diameter", 2);
  if (options.only !== undefined && !parts.includes(options.only))
    throw new RangeError(`explorer: --only must be one of ${parts.join(", ")}, got ${options.only}`);
  const gpu = options.gpu === true;
  const wants = (part) => (options.only ?? part) === part;
  const figures = {};
  const peers = {};
  const notes = [];
  if (wants("page")) {
    const { served, exported } = await measurePage();
    Object.assign(figures, { pageKilobytesGzip: served, exportedKilobytesGzip: exported });
  }
  if (wants("first-picture")) {
    for (const [name, points] of [
      ["100k", 100_000],
      ["1m", 1_000_000],
    ]) {
      const { page, command } = await measureFirstPicture({ count: points, rounds, log });
      figures[`firstPicture${name}Seconds`] = page;
      figures[`command${name}Seconds`] = command;
    }
  }
  if (wants("slider")) {
    const { times, pictures, kind } = await measureSlider({ data, threads, moves, log });
    notes.push(`${pictures.toFixed(0)} pictures of ${kind} a second while a slider moves without pause`);
    figures.sliderMilliseconds = median(times);
    figures.sliderP90Milliseconds = times.toSorted((a, b) => a - b)[Math.ceil(0.9 * times.length) - 1];
  }
  if (wants("frame")) {
    const { times, version, machine } = await measureFrames({
      count,
      rounds,
      diameter,
      gpu,
      log,
    });
    figures.frameMilliseconds = median(times.webgl2);
    figures.pixelsFrameMilliseconds = median(times.pixels);
    peers.reglScatterplot =
      times.reglScatterplot === undefined
        ? { absent: "npm run peers" }
        : { figures: { frameMilliseconds: median(times.reglScatterplot) } };
    if (version !== null) notes.push(`regl-scatterplot ${version}`);
    notes.push(`drawn by ${machine}`);
  }
  if (wants("5m")) {
    const { times } = await measureFrames({ count: 5_000_000, rounds: 2, diameter, gpu, peer: false, log });
    figures.frame5mMilliseconds = median(times.webgl2);
    figures.pixelsFrame5mMilliseconds = median(times.pixels);
  }
  return { figures, peers, settings: { points: count, rounds, diameter }, units, notes };
}
