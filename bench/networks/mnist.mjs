import { join } from "node:path";
import { readIdx } from "../../dist/formats/idx.js";
import { NdArray } from "../../dist/networks/array.js";

/** MNIST's four files in a folder, as { training, test } of pictures x [N, 1, 28, 28] in 0 .. 1 and labels y [N]. */
export async function loadMnist(folder) {
  const part = async (images, labels) => {
    const [pictures, classes] = [await readIdx(join(folder, images)), await readIdx(join(folder, labels))];
    const pixels = new Float32Array(pictures.data.length);
    for (let k = 0; k < pixels.length; k++) pixels[k] = pictures.data[k] / 255;
    const [count, height, width] = pictures.shape;
    return {
      x: new NdArray("float32", [count, 1, height, width], pixels),
      y: new NdArray("int32", [count], new Int32Array(classes.data)),
    };
  };
  return {
    training: await part("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    test: await part("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
  };
}
