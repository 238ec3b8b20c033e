import type { JsonObject } from "../io/json.js";
import type { VectorLike } from "../space/query.js";

/** N items placed in a few dimensions: what every projection leaves. */
export interface Projection {
  /** "pca", "umap", "tsne". */
  readonly method: string;
  /** 2 for a picture. */
  readonly dimensions: number;
  /** [N, dimensions], a row an item of the space, in its order. */
  readonly coordinates: Float32Array<ArrayBuffer>;
  /** Every option that the coordinates depend on, with the values that were used. */
  readonly settings: JsonObject;
  /** Null where nothing was drawn. */
  readonly seed: number | null;
  /** Figures measured on the way, such as the explained variance or the divergence that is left. */
  readonly metrics: JsonObject;
  /** Where new vectors [D] go on this map, [rows, dimensions]; each as if it came alone. Absent where the method has none. */
  readonly transform?: (rows: readonly VectorLike[], signal?: AbortSignal) => Promise<Float32Array<ArrayBuffer>>;
}
