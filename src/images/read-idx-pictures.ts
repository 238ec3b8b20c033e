import { type IdxArray, readIdx } from "../formats/idx.js";
import type { Column } from "../formats/table.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import { framing, type PictureSet } from "./picture-set.js";

export interface ReadIdxPicturesOptions {
  /** An IDX file of as many labels, which becomes the column `label`: integers are classes, and so texts. */
  labels?: string;
  /** Take the first so many; all by default. */
  count?: number;
}

const where = "readIdxPictures";

/**
 * Pictures of an IDX file such as MNIST's, bytes of shape [N, height, width], or [N, height, width, 3] in color; gzip or not.
 * Names are their numbers from 0. Throws FormatError where the file holds something else, or another number of labels.
 */
export async function readIdxPictures(path: string, options: ReadIdxPicturesOptions = {}): Promise<PictureSet> {
  knownOptions(where, options, ["labels", "count"]);
  const { type, shape, data } = await readIdx(path);
  const [all, height, width, channels = 1] = shape;
  if (type !== "u8" || shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3)) {
    const needed = "bytes of shape [N, height, width] or [N, height, width, 3] were needed";
    throw new FormatError("unsupported", { file: path }, `${needed}, got ${type} of shape [${shape.join(", ")}]`);
  }
  const count = options.count === undefined ? all : integerOption(where, "count", options.count, 1, all);
  const columns = new Map<string, Column>();
  if (options.labels !== undefined)
    columns.set("label", labelsOf(await readIdx(options.labels), options.labels, all, count));
  return {
    ...{ width, height, channels, columns, notes: [], ...framing({}) },
    names: Array.from({ length: count }, (_, k) => String(k)),
    data: data.slice(0, count * height * width * channels),
  };
}

/** Integers stand for classes, which have no order and no distance; numbers with a fraction are numbers. */
function labelsOf({ type, shape, data }: IdxArray, file: string, pictures: number, count: number): Column {
  if (shape.length !== 1 || shape[0] !== pictures) {
    throw new FormatError(
      "fields",
      { file },
      `${pictures} labels were needed, one a picture, got [${shape.join(", ")}]`,
    );
  }
  const labels = Array.from(data.subarray(0, count));
  return type === "f32" || type === "f64" ? Float64Array.from(labels) : labels.map(String);
}
