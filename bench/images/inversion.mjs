/**
 * Inversion: codes that are known are decoded to pictures of 8 bits, and looked for again by `invert` (Adam, 1000 steps, from the
 * encoder's code and three random ones). Also pictures that the decoder was not trained on, and starts against each other.
 *
 *     npm run bench -- images --only inversion --data ROOT [--pictures 20000] [--epochs 10] [--space TRAINED.space]
 *
 * `inversionCodeError` is the median over 20 codes of the root mean square over live coordinates of what was found less what was
 * planted, in standard deviations of the coordinate. Codes are drawn normal with the mean and deviations of those of the training
 * pictures. The decoder is that of a VAE of 30 coordinates, with the dense network.
 */
import { invert, liveCoordinates, pictureAt, vae } from "../../dist/images/index.js";
import { loadSpace } from "../../dist/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { median } from "../median.mjs";
import { mnistPictures } from "./mnist.mjs";

const planted = 20;
const unseen = 20;
/** Steps of the comparison of starts. */
const fewSteps = 100;

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What inversion finds of codes that are known, through the decoder of a space. */
export async function plantedCodes(space, { log = () => {}, threads, seed = 7 } = {}) {
  const { live, deviations } = await liveCoordinates(space);
  const vectors = await space.vectors();
  const center = new Float64Array(space.dimensions);
  for (let row = 0; row < space.length; row++)
    for (const [d, value] of vectors.get(row).entries()) center[d] += value / space.length;
  const rng = new Rng(seed);
  const codes = Array.from({ length: planted }, () =>
    Float32Array.from(center, (value, d) => value + deviations[d] * rng.normal()),
  );
  const pictures = await space.decode(codes);
  const distance = (code, k) => Math.sqrt(mean(live.map((d) => ((code[d] - codes[k][d]) / deviations[d]) ** 2)));
  const run = async (options) => {
    log(`images: inversion, ${JSON.stringify(options)}`);
    const start = performance.now();
    const { inversions } = await invert(space, pictures, { threads, ...options });
    const seconds = (performance.now() - start) / 1000;
    const distances = inversions.map(({ code }, k) => distance(code, k));
    return {
      inversions,
      seconds,
      code: median(distances),
      worst: Math.max(...distances),
      pixels: median(inversions.map(({ error }) => error)),
    };
  };
  return { run, distance, live: live.length, dimensions: space.dimensions };
}

const told = ({ code, worst, pixels, seconds }) =>
  `code ${code.toFixed(4)} (worst ${worst.toFixed(4)}), pixels ${pixels.toFixed(4)}, ${seconds.toFixed(1)} s`;

export default async function inversion({ data, threads, log, options }) {
  const { training, test } = await mnistPictures(data);
  const [count, epochs] = [Number(options.pictures ?? 20_000), Number(options.epochs ?? 10)];
  const space =
    typeof options.space === "string"
      ? await loadSpace(options.space)
      : await train(firstOf(training, count), { epochs, threads, log });
  const { run, distance, live, dimensions } = await plantedCodes(space, { log, threads });
  const found = await run({});
  const notes = [
    `inversion: ${space.method}, ${live} of ${dimensions} coordinates are live; medians of ${planted} planted codes, code errors in ` +
      "deviations, pixel errors squared and summed over a picture (rounding to 8 bits leaves .001 of one without black and white)",
    `inversion, defaults (adam, encoder and 3 random starts): ${told(found)}`,
    `inversion, lbfgs, the same starts: ${told(await run({ method: "lbfgs" }))}`,
  ];
  for (const start of ["encoder", "mean"]) {
    const alone = await run({ start, restarts: 0, steps: fewSteps });
    notes.push(`inversion, ${fewSteps} steps from the ${start} alone: ${told(alone)}`);
  }
  for (const method of ["adam", "lbfgs"]) {
    const { inversions } = await run({ method, start: "mean", restarts: 19 });
    const starts = inversions.flatMap(({ starts: all }, k) =>
      all.map((one) => ({ ...one, away: distance(one.code, k) })),
    );
    const back = starts.filter(({ away }) => away < 0.05).length / starts.length;
    notes.push(
      `inversion, ${method}, 20 starts (mean, random) each by itself: code ${median(starts.map(({ away }) => away)).toFixed(4)}, ` +
        `pixels ${median(starts.map(({ error }) => error)).toFixed(4)}; ${(100 * back).toFixed(0)} % of them came within .05`,
    );
  }
  const real = Array.from({ length: unseen }, (_, n) => pictureAt(test, n));
  for (const start of ["encoder", "mean"]) {
    const { inversions } = await invert(space, real, { start, restarts: 0, steps: fewSteps, threads });
    const [before, after] = ["startError", "error"].map((name) =>
      mean(inversions.map(({ starts }) => starts[0][name])),
    );
    notes.push(
      `inversion of ${unseen} test pictures, ${fewSteps} steps from the ${start}: pixels ${before.toFixed(2)} -> ${after.toFixed(2)} (means)`,
    );
  }
  await space.close();
  return {
    figures: { inversionCodeError: found.code },
    settings: { inversionDecoder: `${space.method}, ${dimensions} codes, ${count} pictures, ${epochs} epochs` },
    units: { inversionCodeError: "deviations" },
    notes,
  };
}

function train(pictures, { epochs, threads, log }) {
  return vae(pictures, {
    ...{ dimensions: 30, network: "dense", epochs, threads },
    onEpoch: ({ epoch }) => log(`images: inversion, decoder, epoch ${epoch} of ${epochs}`),
  });
}

function firstOf(set, count) {
  const length = set.width * set.height * set.channels;
  const names = set.names.slice(0, count);
  const columns = new Map([...set.columns].map(([name, values]) => [name, values.slice(0, count)]));
  return { ...set, names, columns, data: set.data.subarray(0, names.length * length) };
}
