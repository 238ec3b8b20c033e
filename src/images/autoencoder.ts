import { wordOption } from "../io/options.js";
import type { Space } from "../space/space.js";
import { type CoderOptions, checkCoderOptions } from "./coder-options.js";
import type { PictureSet } from "./picture-set.js";
import { crossEntropyOfPixels, squaredError } from "./reconstruction.js";
import { trainCoder } from "./train-coder.js";

export interface AutoencoderOptions extends CoderOptions {
  /** "squared" (default): the squared error summed over pixels; "cross-entropy": of pixels taken for probabilities. */
  loss?: "squared" | "cross-entropy";
}

const method = "autoencoder";

/**
 * Autoencoder (Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks"): codes z = enc(x) from
 * which dec(z) gives the picture back,
 *
 *   minimize   mean over pictures of |x - dec(enc(x))|^2,   pixels in [0, 1], summed over a picture,
 *
 * by Adam. Leaves a space of the codes with encoder.onnx and decoder.onnx; `metrics` has the error of pictures that were held
 * out, per picture and per pixel. `embed` takes pictures, `decode` gives them.
 */
export async function autoencoder(pictures: PictureSet, options: AutoencoderOptions = {}): Promise<Space> {
  const { settings, loss } = checkAutoencoder(pictures, options);
  return trainCoder(pictures, settings, {
    method,
    options: { loss },
    loss: ({ encode, decode }, { x }) => {
      const codes = encode(x);
      const { logits, pixels } = decode(codes);
      return { loss: loss === "squared" ? squaredError(pixels, x) : crossEntropyOfPixels(logits, x), codes, pixels };
    },
  });
}

/** The options with their defaults. Throws RangeError or TypeError where training would refuse them. */
export function checkAutoencoder(pictures: PictureSet, options: AutoencoderOptions) {
  const output = options.output ?? (options.loss === "cross-entropy" ? "sigmoid" : undefined);
  const settings = checkCoderOptions(method, pictures, { ...options, output }, ["loss"]);
  const loss = wordOption(method, "loss", options.loss ?? "squared", ["squared", "cross-entropy"]);
  if (settings.output === "linear" && loss === "cross-entropy")
    throw new RangeError(
      `${method}: loss "cross-entropy" takes pixels for probabilities, which a linear output is not`,
    );
  return { settings, loss };
}
