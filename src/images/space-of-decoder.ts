import { knownOptions } from "../io/options.js";
import { type EncoderLoader, Space } from "../space/space.js";
import { type DecoderModel, type DecoderOptions, decoderModel, decoderOptions } from "./decoder-model.js";
import { inversionMethod, standardNormal } from "./inversion/codes.js";
import { type InvertOptions, invert, invertFitted, invertOptions, searchSettings } from "./invert.js";
import { pictureDecoder, requirePicture } from "./picture-models.js";
import { fitPicture, type PictureSet, pictureAt } from "./picture-set.js";
import { thumbnailsOf } from "./thumbnails.js";

export interface SpaceOfDecoderOptions extends Omit<InvertOptions, "start" | "pathEvery">, DecoderOptions {}

const where = "spaceOfDecoder";
/** The column of the squared errors. */
const errorColumn = "inversionError";

/**
 * The space of somebody's decoder, an ONNX file of codes to pictures (`decoderModel` says which are taken): the codes of the
 * pictures, found by `invert` from the mean and from random codes of a standard normal distribution, with the file as the space's
 * decoder. So a walk between one's own pictures can be seen through a generator that was trained elsewhere. `embed` inverts
 * new pictures in the same way; the column `inversionError` has the squared error of each picture, summed over its pixels.
 *
 *     const space = await spaceOfDecoder(await readPictures("faces/"), await readFile("generator.onnx"), { steps: 1000 });
 *
 * Throws RangeError for an option out of range, FormatError where the file is no such decoder.
 */
export async function spaceOfDecoder(
  pictures: PictureSet,
  decoder: Uint8Array,
  options: SpaceOfDecoderOptions = {},
): Promise<Space> {
  const { range, layout, name } = options;
  const settings = checkSpaceOfDecoder(pictures, options);
  const model = await decoderModel(decoder, { range, layout, name });
  const frame = { ...frameOf(model), fit: pictures.fit, background: pictures.background };
  const fitted = pictures.names.map((_, n) => fitPicture(pictureAt(pictures, n), frame));
  const codes = standardNormal(model.dimensions);
  const { inversions, threads } = await invertFitted(model, fitted, frame, { codes, encoded: null }, settings);
  const vectors = new Float32Array(fitted.length * model.dimensions);
  for (const [n, { code }] of inversions.entries()) vectors.set(code, n * model.dimensions);
  const errors = Float64Array.from(inversions, ({ error }) => error);
  const error = errors.reduce((sum, one) => sum + one, 0) / Math.max(1, errors.length);
  const { method, steps, learningRate, restarts, prior, continuity, seed } = settings;
  return Space.from(
    {
      names: pictures.names,
      ...{ vectors, dimensions: model.dimensions, kind: "images", geometry: "euclidean", seed, threads },
      columns: new Map([...pictures.columns, [errorColumn, errors]]),
      models: { decoder },
      method: inversionMethod,
      options: {
        search: { method, steps, restarts, prior, continuity, ...(method === "adam" ? { learningRate } : {}) },
        decoder: { range: model.range, layout: model.layout, ...(name === undefined ? {} : { name }) },
        frame,
      },
      thumbnails: thumbnailsOf(pictures),
      metrics: { error, errorPerPixel: error / (frame.width * frame.height * frame.channels) },
    },
    { encoders: { [inversionMethod]: inversionEncoder }, decoders: { [inversionMethod]: pictureDecoder } },
  );
}

/** The settings of the search. Throws RangeError where an option is out of range, or pictures have a column of the errors' name. */
export function checkSpaceOfDecoder(pictures: PictureSet, options: SpaceOfDecoderOptions) {
  const searching = invertOptions.filter((name) => name !== "start" && name !== "pathEvery");
  knownOptions(where, options, [...searching, ...decoderOptions]);
  const search = Object.fromEntries(Object.entries(options).filter(([name]) => searching.includes(name)));
  if (pictures.columns.has(errorColumn))
    throw new RangeError(`${where}: a column of the pictures is called ${errorColumn}, as that of the errors is to be`);
  return searchSettings(where, { ...search, pathEvery: Number.MAX_SAFE_INTEGER }); // nobody looks at the paths
}

function frameOf({ shape: { width, height, channels } }: DecoderModel) {
  return { width, height, channels: channels as 1 | 3 };
}

/** The way into a space of a decoder: by inversion, as its items came in. */
export const inversionEncoder: EncoderLoader = async (space) => async (things, signal) => {
  const pictures = things.map(requirePicture);
  const search = (space.options.search ?? {}) as InvertOptions;
  const { inversions } = await invert(space, pictures, { ...search, seed: space.seed ?? undefined, signal });
  return inversions.map(({ code }) => code);
};
