/** Reads what record_onnx_nodes.py and record_onnx_models.py wrote: a line of JSON, and the bytes that it points into. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type OnnxTensorType, tensorArrays } from "../../dist/formats/onnx/model.js";
import type { NdArray } from "../../dist/networks/array.js";
import { arrayOf } from "../../dist/networks/onnx-in/stored.js";

/** Offset and length. */
export type Span = readonly [number, number];

export interface StoredTensor {
  readonly type: OnnxTensorType;
  readonly shape: number[];
  readonly bytes: Span;
}

export interface Golden<Case> {
  readonly cases: readonly Case[];
  bytes(span: Span): Uint8Array;
  array(tensor: StoredTensor): NdArray;
}

/** A file of test/golden. */
export function readGolden<Case>(name: string): Golden<Case> {
  const raw = gunzipSync(readFileSync(fileURLToPath(new URL(`../golden/${name}`, import.meta.url))));
  const end = raw.indexOf(10);
  const { cases } = JSON.parse(raw.subarray(0, end).toString());
  const bytes = ([offset, length]: Span) => Uint8Array.from(raw.subarray(end + 1 + offset, end + 1 + offset + length));
  const array = ({ type, shape, bytes: span }: StoredTensor) => {
    const own = bytes(span);
    const Elements = tensorArrays[type] as typeof Float32Array;
    return arrayOf({ type, shape, data: new Elements(own.buffer, 0, own.length / Elements.BYTES_PER_ELEMENT) });
  };
  return { cases, bytes, array };
}
