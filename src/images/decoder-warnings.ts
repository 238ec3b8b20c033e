import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import { grad } from "../networks/gradients.js";
import { mul } from "../networks/ops/elementwise.js";
import { sum } from "../networks/ops/reductions.js";
import type { Tensor } from "../networks/tensor.js";
import { Rng } from "../numerics/random.js";
import type { DecoderModel, PixelRange } from "./decoder-model.js";

/** Stream of the codes, and how many are decoded where the file takes any number. */
const [trialStream, trialCodes] = [0x77617269, 8];
/** How far beyond black and white, in their distance, decoders without a last sigmoid may go; what share of values may go farther. */
const [overshoot, mostFar] = [0.25, 0.01];
/** What share may lie outside at all, by more than this share of what the values span. */
const [hardly, mostOutside] = [0.05, 0.1];
/** Share of the distance from black to white below which all pictures are of one gray. */
const narrow = 0.1;

/**
 * What speaks against a decoder that can be read, by a few normal codes: values that hardly are what black and white are taken
 * for, pictures that do not depend on the code, and a gradient that is 0, without which no code is found by descent.
 */
export async function decoderWarnings(model: DecoderModel): Promise<string[]> {
  const { batch, dimensions, shape, range } = model;
  const count = batch ?? trialCodes;
  const rng = new Rng(1, trialStream);
  const normal = (length: number) => Float32Array.from({ length }, () => rng.normal());
  const pixels = shape.channels * shape.height * shape.width;
  const weights = new NdArray("float32", [count, shape.channels, shape.height, shape.width], normal(count * pixels));
  const run = compile((codes: Tensor, weights: Tensor) => ({
    made: model.decode(codes),
    gradient: grad((z: Tensor) => sum(mul(model.decode(z), weights)))(codes),
  }));
  try {
    const trial = () => run(new NdArray("float32", [count, dimensions], normal(count * dimensions)), weights);
    const [first, second] = [await trial(), await trial()];
    const [values, others] = [first.made.data, second.made.data] as [Float32Array, Float32Array];
    const warnings = rangeWarning(values, range);
    if (values.every((value, k) => value === others[k])) {
      warnings.push("it makes the same pictures of all codes that were tried: no code says anything");
    } else if ((first.gradient.data as Float32Array).every((value) => value === 0)) {
      warnings.push(
        "its pictures do not change with small changes of the code (the gradient is 0): no code is found by descent",
      );
    }
    return warnings;
  } finally {
    await run.close();
  }
}

/** Values are scaled: 0 is black, 1 white. */
function rangeWarning(values: Float32Array, range: PixelRange): string[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const margin = hardly * (high - low);
  const shareBeyond = (by: number) => values.filter((value) => value < -by || value > 1 + by).length / values.length;
  const raw = (value: number) => (range === "0..255" ? 255 * value : range === "-1..1" ? 2 * value - 1 : value);
  const text = `its values go from ${raw(low).toPrecision(3)} to ${raw(high).toPrecision(3)}`;
  const remedy =
    "If black and white are others, say so by the range, or export the decoder with one of 0..1, -1..1 and 0..255";
  if (shareBeyond(overshoot) > mostFar || shareBeyond(margin) > mostOutside) {
    const share = Math.max(1, Math.round(100 * shareBeyond(0)));
    return [`${text}, and ${share} % of them lie outside of ${range}: these are cut off. ${remedy}`];
  }
  return high - low < narrow ? [`${text}, a small part of ${range}: all pictures are of one gray. ${remedy}`] : [];
}
