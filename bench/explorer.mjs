/**
 * The explorer in real Chromium, beside what its users know.
 *
 *     npm run bench -- explorer [--points 1000000] [--rounds 5] [--diameter 2] [--gpu] [--only frame] [--json]
 *
 * WebGL2 is drawn by SwiftShader in software, the same on every machine without a graphics card, unless `--gpu` is given.
 * `frameMilliseconds` is of WebGL2, like the peer's; `pixelsFrameMilliseconds` of the map as the page draws it by itself, which
 * is what a browser without a graphics processor shows.
 */
import { measureFrames } from "./explorer/frame.mjs";

const units = { frameMilliseconds: "ms", pixelsFrameMilliseconds: "ms" };
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function number(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`explorer: --${name} must be a number above 0, got ${options[name]}`);
}

export default async function bench({ log, options }) {
  const [count, rounds] = [number(options, "points", 1_000_000), number(options, "rounds", 5)];
  const diameter = number(options, "diameter", 2);
  const wants = (part) => (options.only ?? part) === part;
  const figures = {};
  const peers = {};
  const notes = [];
  if (wants("frame")) {
    const { times, version, machine } = await measureFrames({
      count,
      rounds,
      diameter,
      gpu: options.gpu === true,
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
  return { figures, peers, settings: { points: count, rounds, diameter }, units, notes };
}
