import { autoencoder, picturePca } from "../../dist/images/index.js";
import { mnistPictures } from "./mnist.mjs";
import { reconstructionError } from "./reconstruction.mjs";

/**
 * Hinton and Salakhutdinov 2006, figure 2B: MNIST by 30 numbers a picture, 784-1000-500-250-30 and back, with the library's
 * defaults. Trained on all 60,000 training pictures; the 10,000 of the test set are looked at once, after the last epoch.
 */
export default async function autoencoderPart({ data, threads, log, options }) {
  const { training, test } = await mnistPictures(data);
  const dimensions = 30;
  log("images: PCA");
  const plane = await picturePca(training, { dimensions, heldOut: 0, threads });
  const pcaError = await reconstructionError(plane, test, threads);
  log(`images: PCA leaves ${pcaError.toFixed(3)}`);
  const epochs = Number(options.epochs ?? 20);
  const start = performance.now();
  const before = process.cpuUsage();
  const space = await autoencoder(training, {
    ...{ dimensions, heldOut: 0, threads, epochs, seed: Number(options.seed ?? 1) },
    onEpoch: ({ epoch, training }) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      log(
        `images: autoencoder, epoch ${epoch} of ${epochs}, ${seconds} s: training error ${training.error.toFixed(3)}`,
      );
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const autoencoderError = await reconstructionError(space, test, threads);
  const perPixel = (error) => (error / (test.width * test.height)).toFixed(5);
  return {
    figures: { autoencoderError, pcaError },
    units: { autoencoderError: "squared error a picture", pcaError: "squared error a picture" },
    settings: { dimensions, epochs },
    notes: [
      `autoencoder: ${seconds.toFixed(0)} s of training, ${((60_000 * epochs) / seconds).toFixed(0)} pictures/s, ${((user + system) / 1e6).toFixed(0)} s of processor time`,
      `errors per pixel: autoencoder ${perPixel(autoencoderError)}, PCA ${perPixel(pcaError)}`,
    ],
  };
}
