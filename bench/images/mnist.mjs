import { join } from "node:path";
import { readIdxPictures } from "../../dist/images/index.js";

/** MNIST as sets of pictures: `training` of 60,000, `test` of 10,000, with the column `label`. Throws RangeError without a folder. */
export async function mnistPictures(data) {
  if (data === undefined) throw new RangeError("images: --data must name the folder that holds mnist/, got none");
  const part = (name) =>
    readIdxPictures(join(data, "mnist", `${name}-images-idx3-ubyte.gz`), {
      labels: join(data, "mnist", `${name}-labels-idx1-ubyte.gz`),
    });
  return { training: await part("train"), test: await part("t10k") };
}
