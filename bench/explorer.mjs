/**
 * The explorer in real Chromium, beside what its users know.
 *
 *     npm run bench -- explorer --data ROOT [--only frame|first|slider|page] [--points 1000000] [--rounds 5]
 *                               [--diameter 2] [--gpu] [--moves 100] [--epochs 1] [--json]
 *
 * - firstPicture100kSeconds, firstPicture1mSeconds: from the address to a map of so many points, with a saved space of x and y
 *   columns (explorer/first-picture.mjs); firstPictureFromCommand...: from the start of the command, the space's opening included;
 * - frameMilliseconds: a frame of the map by WebGL2, drawn by SwiftShader in software, the same on every machine without a graphics
 *   card, unless `--gpu` is given; like the peer's. pixelsFrameMilliseconds: of the map as the page draws it by itself, which is
 *   what a browser without a graphics processor shows (explorer/frame.mjs);
 * - sliderMilliseconds: from a move of a slider to the decoded picture of a face of 48 x 48, the median of `--moves`; ROOT holds
 *   utkface-adults/, on which a decoder of the default size is trained, for one epoch as only the time matters (explorer/slider.mjs);
 * - pageKilobytesGzip: what a browser loads before a space asks for more, in 1,000 bytes (explorer/page-size.mjs).
 */
import { measureFirstPicture } from "./explorer/first-picture.mjs";
import { measureFrames } from "./explorer/frame.mjs";
import { measurePage } from "./explorer/page-size.mjs";
import { measureSlider } from "./explorer/slider.mjs";
import { median } from "./median.mjs";

const units = {
  firstPicture100kSeconds: "s",
  firstPicture1mSeconds: "s",
  firstPictureFromCommand100kSeconds: "s",
  firstPictureFromCommand1mSeconds: "s",
  frameMilliseconds: "ms",
  pixelsFrameMilliseconds: "ms",
  sliderMilliseconds: "ms",
  sliderP90Milliseconds: "ms",
  sliderShownMilliseconds: "ms",
  pageKilobytesGzip: "kB",
  allPageKilobytesGzip: "kB",
};

const parts = { first, frame, slider, page };

function number(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`explorer: --${name} must be a number above 0, got ${options[name]}`);
}

async function first({ options, log }) {
  const rounds = number(options, "rounds", 5);
  const figures = {};
  for (const [name, count] of [
    ["100k", 100_000],
    ["1m", 1_000_000],
  ]) {
    const times = await measureFirstPicture({ count, rounds, log });
    figures[`firstPicture${name}Seconds`] = median(times.map(({ navigation }) => navigation));
    figures[`firstPictureFromCommand${name}Seconds`] = median(times.map(({ command }) => command));
  }
  return { figures, settings: { rounds } };
}

async function frame({ options, log }) {
  const [points, rounds] = [number(options, "points", 1_000_000), number(options, "rounds", 5)];
  const diameter = number(options, "diameter", 2);
  const asked = { count: points, rounds, diameter, gpu: options.gpu === true, log };
  const { times, version, machine } = await measureFrames(asked);
  const { reglScatterplot: peer } = times;
  return {
    figures: { frameMilliseconds: median(times.webgl2), pixelsFrameMilliseconds: median(times.pixels) },
    peers: {
      reglScatterplot:
        peer === undefined ? { absent: "npm run peers" } : { figures: { frameMilliseconds: median(peer) } },
    },
    settings: { points, rounds, diameter },
    notes: [...(version === null ? [] : [`regl-scatterplot ${version}`]), `frames drawn by ${machine}`],
  };
}

async function slider({ data, threads, options, log }) {
  const [moves, epochs] = [number(options, "moves", 100), number(options, "epochs", 1)];
  const { times, pictures, dimensions } = await measureSlider({ data, epochs, threads, moves, log });
  const drawn = times.map((time) => time.drawn).sort((a, b) => a - b);
  return {
    figures: {
      sliderMilliseconds: median(drawn),
      sliderP90Milliseconds: drawn[Math.ceil(0.9 * drawn.length) - 1],
      sliderShownMilliseconds: median(times.map(({ shown }) => shown)),
    },
    settings: { moves, epochs, dimensions },
    notes: [`${pictures.toFixed(0)} pictures a second while a slider moves without pause`],
  };
}

async function page() {
  const { first, all, loaded } = await measurePage();
  return {
    figures: { pageKilobytesGzip: first / 1000, allPageKilobytesGzip: all / 1000 },
    notes: [`loaded first: ${loaded.join(", ")}`],
  };
}

export default async function bench(context) {
  const { only } = context.options;
  if (only !== undefined && !Object.hasOwn(parts, only))
    throw new RangeError(`explorer: --only must be one of ${Object.keys(parts).join(", ")}, got ${only}`);
  const result = { figures: {}, peers: {}, settings: {}, units, notes: [] };
  for (const [name, run] of Object.entries(parts)) {
    if ((only ?? name) !== name) continue;
    const { figures, peers = {}, settings = {}, notes = [] } = await run(context);
    Object.assign(result.figures, figures);
    Object.assign(result.peers, peers);
    Object.assign(result.settings, settings);
    result.notes.push(...notes);
  }
  return result;
}
