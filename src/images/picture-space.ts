import { encodeOnnx } from "../formats/onnx/write.js";
import type { NdArray } from "../networks/array.js";
import { exportOnnx } from "../networks/onnx-out.js";
import type { Tensor } from "../networks/tensor.js";
import { Space } from "../space/space.js";
import { overPictures } from "./over-pictures.js";
import { pictureDecoder, pictureEncoder } from "./picture-models.js";
import type { PictureSet } from "./picture-set.js";
import { thumbnailsOf } from "./thumbnails.js";

/** A trained pair of functions over pictures. */
export interface TrainedPictures {
  method: string;
  options: object;
  seed: number;
  /** Where the result depends on them. */
  threads?: number;
  metrics: object;
  dimensions: number;
  params: unknown;
  /** [B, C, H, W] in 0 .. 1 -> codes [B, D] */
  encode(params: unknown, x: Tensor): Tensor;
  /** codes [B, D] -> [B, C, H, W] in 0 .. 1 */
  decode(params: unknown, z: Tensor): Tensor;
  signal?: AbortSignal;
}

/** The space of the pictures' codes, with the two functions as ONNX files. */
export async function pictureSpace(pictures: PictureSet, trained: TrainedPictures): Promise<Space> {
  const { dimensions, params, encode, decode, method, options, seed, threads, metrics, signal } = trained;
  const { channels, height, width } = pictures;
  const pictured = { dtype: "float32", shape: ["batch", channels, height, width] } as const;
  const coded = { dtype: "float32", shape: ["batch", dimensions] } as const;
  const metadata = { method, options, seed };
  const parameters = params as Record<string, NdArray>;
  const encoder = exportOnnx(encode as never, [pictured], {
    ...{ parameters, inputNames: ["pictures"], outputNames: ["codes"], metadata },
  });
  const decoder = exportOnnx(decode as never, [coded], {
    ...{ parameters, inputNames: ["codes"], outputNames: ["pictures"], metadata },
  });
  const items = Uint32Array.from(pictures.names, (_, n) => n);
  const vectors = await overPictures(pictures, items, encode, params, { threads, signal });
  return Space.from(
    {
      names: pictures.names,
      vectors,
      dimensions,
      kind: "images",
      geometry: "euclidean",
      columns: pictures.columns,
      models: { encoder: encodeOnnx(encoder), decoder: encodeOnnx(decoder) },
      method,
      options: { ...options, frame: { width, height, channels, fit: pictures.fit, background: pictures.background } },
      ...{ seed, threads, metrics: { ...metrics, pictures: pictures.names.length } },
      thumbnails: thumbnailsOf(pictures),
    },
    { encoders: { [method]: pictureEncoder }, decoders: { [method]: pictureDecoder } },
  );
}
