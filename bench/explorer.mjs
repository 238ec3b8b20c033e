/**
 * The explorer in real Chromium, beside what its users know.
 *
 *     npm run bench -- explorer [--points 1000000] [--rounds 5] [--diameter 2] [--gpu] [--only frame] [--json]
 *
 * Graphics are drawn by SwiftShader in software, the same on every machine without a graphics card, unless `--gpu` is given.
 */
import { measureFrames } from "./explorer/frame.mjs";

const units = { frameMilliseconds: "ms" };
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
    figures.frameMilliseconds = median(times.thing2vec);
    peers.reglScatterplot =
      times.reglScatterplot === undefined
        ? { absent: "npm run peers" }
        : { figures: { frameMilliseconds: median(times.reglScatterplot) } };
    if (version !== null) notes.push(`regl-scatterplot ${version}`);
    notes.push(`drawn by ${machine}`);
  }
  return { figures, peers, settings: { points: count, rounds, diameter }, units, notes };
}
