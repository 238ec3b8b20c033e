import { wordOption } from "../io/options.js";
import type { Space } from "../space/space.js";
import { type PcaOptions, pca } from "./pca.js";
import type { Projection } from "./projection.js";
import { type MapQuality, mapQuality } from "./quality.js";
import { defaultColumns, keepProjection, requireColumns } from "./saved-projection.js";
import { type TsneOptions, tsne } from "./tsne.js";
import { type UmapOptions, umap } from "./umap.js";

export const projectionMethods = ["pca", "umap", "tsne"] as const;
export type ProjectionMethod = (typeof projectionMethods)[number];

/** A method with its own options. */
export type MethodOptions =
  | ({ method: "pca" } & PcaOptions)
  | ({ method: "umap" } & UmapOptions)
  | ({ method: "tsne" } & TsneOptions);

/** A method with its own options, and the columns that are to hold its result. */
export type ProjectOptions = MethodOptions & {
  /** One a dimension; x, y, z, or from four dimensions on the method's name with a number, by default. */
  columns?: readonly string[];
};

export interface ProjectedSpace {
  projection: Projection;
  /** The columns that hold it now. */
  columns: readonly string[];
  /** Null for fewer than three items, of which there is nothing to say. */
  quality: MapQuality | null;
}

/**
 * Projects a space by `pca`, `umap` or `tsne`, measures how far the result may be believed (`mapQuality`), and puts both into
 * the space: coordinates as columns; settings, seed, figures and quality as an entry of `metrics.projections`. `space.save`
 * keeps them. Nothing is put there until all is done. Throws what the method throws, and RangeError for columns that are not
 * one a dimension.
 */
export async function project(space: Space, options: ProjectOptions): Promise<ProjectedSpace> {
  wordOption("project", "method", options.method, projectionMethods);
  const { columns: wanted, ...rest } = options;
  const dimensions = dimensionsOf(space, options);
  const columns = wanted ?? defaultColumns(options.method, dimensions);
  requireColumns("project", columns, dimensions);
  const { projection, quality } = await judgedProjection(space, rest);
  await keepProjection(space, projection, columns, quality);
  return { projection, columns, quality };
}

/** The same, and the space is left as it is. */
export async function judgedProjection(
  space: Space,
  options: MethodOptions,
): Promise<Pick<ProjectedSpace, "projection" | "quality">> {
  const { threads, signal, onProgress } = options;
  const projection = await projectionBy(space, options);
  const { metric } = projection.settings;
  if (space.length < 3) return { projection, quality: null };
  const quality = await mapQuality(space, projection.coordinates, {
    metric: metric === "cosine" || metric === "euclidean" ? metric : undefined,
    ...{ threads, signal, onProgress },
  });
  return { projection, quality };
}

const dimensionsOf = (space: Space, { method, dimensions }: MethodOptions): number =>
  dimensions ?? (method === "pca" ? Math.min(2, space.dimensions) : 2);

/** A projection by the method that the options name. */
export async function projectionBy(space: Space, options: MethodOptions): Promise<Projection> {
  wordOption("project", "method", options.method, projectionMethods);
  const dimensions = dimensionsOf(space, options);
  if (options.method === "pca") {
    const { method: _, ...rest } = options;
    return pca(space, { ...rest, dimensions });
  }
  if (options.method === "umap") {
    const { method: _, ...rest } = options;
    return umap(space, { ...rest, dimensions });
  }
  const { method: _, ...rest } = options;
  return tsne(space, { ...rest, dimensions });
}
