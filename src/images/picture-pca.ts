import { Breather } from "../io/breather.js";
import { integerOption, knownOptions, numberOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { CenteredRows, type RowSource } from "../maps/centered-rows.js";
import {
  type Components,
  passReports,
  principalComponents,
  solverFor,
  transposed,
} from "../maps/principal-components.js";
import { NdArray } from "../networks/array.js";
import { add, sub } from "../networks/ops/elementwise.js";
import { matmul } from "../networks/ops/linear.js";
import { reshape } from "../networks/ops/shape.js";
import type { Tensor } from "../networks/tensor.js";
import type { Space } from "../space/space.js";
import type { PictureSet } from "./picture-set.js";
import { pictureSpace } from "./picture-space.js";
import { meanPicture, pixelsOf, splitPictures } from "./pixels.js";

export interface PicturePcaOptions extends TaskOptions {
  /** Components K; 30 by default, or as many as there are. At most the smaller of the pictures trained on and their pixels. */
  dimensions?: number;
  /** Share of the pictures that is held out, to measure the error; .1 by default, 0 for none. */
  heldOut?: number;
  /** Of which pictures are held out, and of the components of more than 2,048 pictures of more than 2,048 pixels. */
  seed?: number;
  /** Threads; by default one a processor. The components do not depend on it. */
  threads?: number;
}

const where = "picturePca";
/** Pictures that are turned into numbers at once. */
const atOnce = 256;

/**
 * Principal components of pictures, "eigenfaces" (Turk and Pentland 1991, "Eigenfaces for recognition"): the linear map to K
 * numbers and back that loses least,
 *
 *   z = W (x - m),   x' = m + W' z,   minimize the mean of |x - x'|^2,   W [K, pixels] orthonormal, m the mean picture,
 *
 * pixels in 0 .. 1, [C, H, W]. The error per picture is the sum of the eigenvalues of the covariance that are left out. Codes are
 * not scaled: coordinate k has the variance `metrics.explainedVariance[k]`, descending, and the distance of two codes is that of
 * the pictures they decode to. Leaves encoder.onnx and decoder.onnx as every space of pictures; the decoder does not clip. See
 * `principalComponents` for how they are found. Throws RangeError for fewer than two pictures to train on.
 */
export async function picturePca(pictures: PictureSet, options: PicturePcaOptions = {}): Promise<Space> {
  const { trainingItems, heldOutItems, heldOut, seed, K } = checkPicturePca(pictures, options);
  const { threads, signal, onProgress } = options;
  const { width, height, channels } = pictures;
  const [N, D] = [trainingItems.length, width * height * channels];
  signal?.throwIfAborted();

  const breather = new Breather(signal);
  const middle = meanPicture(pictures, trainingItems);
  const mean = Float64Array.from(middle.data as Float32Array); // as it is subtracted in encoder.onnx
  const solver = solverFor(N, D);
  const found = await withRows(trainingItems, passReports({ N, D, solver }, 0, onProgress), (rows) =>
    principalComponents(rows, mean, { N, D, K, solver, seed, breather }),
  );
  const { components, values, squares } = found;
  const explained = values.reduce((sum, value) => sum + value, 0);
  const trainingError = Math.max(0, squares - explained) / N;
  const heldOutError = heldOutItems.length === 0 ? null : await errorOf(heldOutItems, found);
  const metrics = {
    heldOutError,
    heldOutErrorPerPixel: heldOutError === null ? null : heldOutError / D,
    trainingError,
    heldOut: heldOutItems.length,
    explainedVariance: Array.from(values, (value) => value / (N - 1)),
    explainedVarianceRatio: Array.from(values, (value) => (squares > 0 ? value / squares : 0)),
  };
  const matrix = (shape: number[], from: Float64Array) => new NdArray("float32", shape, Float32Array.from(from));
  return pictureSpace(pictures, {
    method: "pca",
    options: { dimensions: K, heldOut, solver },
    ...{ dimensions: K, seed, metrics, signal },
    params: {
      mean: middle,
      encoder: matrix([D, K], transposed(components, K, D)),
      decoder: matrix([K, D], components),
    },
    encode: ({ mean, encoder }: PcaParams, x: Tensor) => matmul(reshape(sub(x, mean), [-1, D]), encoder),
    decode: ({ mean, decoder }: PcaParams, z: Tensor) =>
      add(reshape(matmul(z, decoder), [-1, channels, height, width]), mean),
  });

  async function withRows<T>(
    items: Uint32Array,
    onRows: (rows: number) => void,
    work: (rows: CenteredRows) => Promise<T>,
  ): Promise<T> {
    const rows = new CenteredRows(pixelRows(pictures, items), mean, { threads, signal, onRows });
    try {
      return await work(rows);
    } finally {
      rows.close();
    }
  }

  /** Mean squared error per picture: what lies outside the plane. */
  async function errorOf(items: Uint32Array, { components }: Components): Promise<number> {
    return withRows(
      items,
      () => {},
      async (rows) => {
        let inside = 0;
        await rows.times(transposed(components, K, D), K, (_, part) => {
          for (const value of part) inside += value * value;
        });
        return Math.max(0, (await rows.squares(breather)) - inside) / items.length;
      },
    );
  }
}

/** The options with their defaults, and the pictures in their parts. Throws RangeError where the components cannot be found. */
export function checkPicturePca(pictures: PictureSet, options: PicturePcaOptions) {
  knownOptions(where, options, ["dimensions", "heldOut", "seed", "threads", "signal", "onProgress"]);
  const { threads } = options;
  if (threads !== undefined) integerOption(where, "threads", threads, 1, 256);
  const heldOut = numberOption(where, "heldOut", options.heldOut ?? 0.1, { least: 0, most: 0.5 });
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const { trainingItems, heldOutItems } = splitPictures(pictures, heldOut, seed);
  const [N, D] = [trainingItems.length, pictures.width * pictures.height * pictures.channels];
  if (N < 2)
    throw new RangeError(`${where}: two pictures or more are needed to train on, got ${N} of ${pictures.names.length}`);
  const most = Math.min(N, D);
  const K = integerOption(where, "dimensions", options.dimensions ?? Math.min(30, most), 1);
  if (K > most) {
    const found = `${N} pictures to train on, of ${D} numbers, have no more components`;
    throw new RangeError(`${where}: dimensions must be at most ${most}, got ${K}; ${found}`);
  }
  return { trainingItems, heldOutItems, heldOut, seed, K };
}

/** Pictures of a set as rows of pixels, [N, C H W]; the bytes stay bytes until a batch needs them. */
function pixelRows(pictures: PictureSet, items: Uint32Array): RowSource {
  const dimensions = pictures.width * pictures.height * pictures.channels;
  return {
    rows: items.length,
    dimensions,
    *batches() {
      for (let first = 0; first < items.length; first += atOnce)
        yield pixelsOf(pictures, items.subarray(first, first + atOnce));
    },
  };
}

interface PcaParams {
  /** [1, C, H, W] */
  mean: Tensor;
  /** [pixels, K] */
  encoder: Tensor;
  /** [K, pixels] */
  decoder: Tensor;
}
