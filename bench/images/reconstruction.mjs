import { readOnnx } from "../../dist/formats/onnx/read.js";
import { pixelsOf } from "../../dist/images/pixels.js";
import { NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { importOnnx } from "../../dist/networks/onnx-in.js";

const atOnce = 500;

/** A model of one input and one output, as a function of arrays; `close` gives its sessions back. */
export async function modelFunction(bytes, threads) {
  const { parameters, inputs, outputs, fn } = importOnnx(await readOnnx(bytes));
  const run = compile(fn, { threads });
  return {
    call: async (x) => (await run(parameters, { [inputs[0].name]: x }))[outputs[0].name],
    close: () => run.close(),
  };
}

/**
 * The squared error of pictures that a space's coders leave, summed over the pixels of a picture in 0 .. 1, the mean over
 * pictures: by the encoder.onnx and decoder.onnx of the space, in float32, neither rounded to bytes nor clipped.
 */
export async function reconstructionError(space, pictures, threads) {
  const encoder = await modelFunction(await space.model("encoder"), threads);
  const decoder = await modelFunction(await space.model("decoder"), threads);
  const { width, height, channels, names } = pictures;
  let squares = 0;
  for (let first = 0; first < names.length; first += atOnce) {
    const items = Array.from({ length: Math.min(atOnce, names.length - first) }, (_, k) => first + k);
    const pixels = pixelsOf(pictures, items);
    const x = new NdArray("float32", [items.length, channels, height, width], pixels);
    const { data } = await decoder.call(await encoder.call(x));
    for (let k = 0; k < pixels.length; k++) squares += (data[k] - pixels[k]) ** 2;
  }
  await encoder.close();
  await decoder.close();
  return squares / names.length;
}
