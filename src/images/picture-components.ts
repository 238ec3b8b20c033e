import { Breather } from "../io/breather.js";
import type { TaskOptions } from "../io/progress.js";
import { CenteredRows, type RowSource } from "../maps/centered-rows.js";
import {
  type Components,
  type PcaSolver,
  passReports,
  principalComponents,
  solverFor,
  transposed,
} from "../maps/principal-components.js";
import type { NdArray } from "../networks/array.js";
import type { PictureSet } from "./picture-set.js";
import { meanPicture, pixelsOf, splitPictures } from "./pixels.js";

/** Principal components of the pictures that are trained on, and what they lose; errors are squared, a picture. */
export interface PictureComponents extends Components {
  /** The mean picture, [1, C, H, W]. */
  middle: NdArray;
  solver: PcaSolver;
  /** Pictures that the components are of, and pictures that were held out. */
  numTrained: number;
  numHeldOut: number;
  trainingError: number;
  /** null where none were held out. */
  heldOutError: number | null;
  /** What the mean picture alone, no component, loses. */
  meanTrainingError: number;
  meanHeldOutError: number | null;
}

export interface PictureComponentsTask extends TaskOptions {
  /** Components K, at most the smaller of the pictures trained on and their pixels. */
  dimensions: number;
  /** Share of the pictures that is held out, and the seed that says which. */
  heldOut: number;
  seed: number;
  threads?: number;
}

/** Pictures that are turned into numbers at once. */
const atOnce = 256;

export async function pictureComponents(
  pictures: PictureSet,
  { dimensions: K, heldOut, seed, threads, signal, onProgress }: PictureComponentsTask,
): Promise<PictureComponents> {
  const { trainingItems, heldOutItems } = splitPictures(pictures, heldOut, seed);
  const [N, D] = [trainingItems.length, pictures.width * pictures.height * pictures.channels];
  signal?.throwIfAborted();
  const breather = new Breather(signal);
  const middle = meanPicture(pictures, trainingItems);
  const mean = Float64Array.from(middle.data as Float32Array); // as it is subtracted in encoder.onnx
  const solver = solverFor(N, D);
  const found = await withRows(trainingItems, passReports({ N, D, solver }, 0, onProgress), (rows) =>
    principalComponents(rows, mean, { N, D, K, solver, seed, breather }),
  );
  const { values, squares } = found;
  const explained = values.reduce((sum, value) => sum + value, 0);
  const left = heldOutItems.length === 0 ? null : await errorsOf(heldOutItems, found);
  return {
    ...{ ...found, middle, solver, numTrained: N, numHeldOut: heldOutItems.length },
    ...{ trainingError: Math.max(0, squares - explained) / N, heldOutError: left?.error ?? null },
    ...{ meanTrainingError: squares / N, meanHeldOutError: left?.mean ?? null },
  };

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

  /** Mean squared errors per picture: what lies outside the plane, and outside the mean. */
  async function errorsOf(items: Uint32Array, { components }: Components): Promise<{ error: number; mean: number }> {
    return withRows(
      items,
      () => {},
      async (rows) => {
        let inside = 0;
        await rows.times(transposed(components, K, D), K, (_, part) => {
          for (const value of part) inside += value * value;
        });
        const squares = await rows.squares(breather);
        return { error: Math.max(0, squares - inside) / items.length, mean: squares / items.length };
      },
    );
  }
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
