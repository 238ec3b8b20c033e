/** Maps of spaces: neighbor graphs, projections and how far to believe them, clusters, duplicates, pictures. */

export type { Clustering } from "./clusters/clustering.js";
export { type DensityClusters, type HdbscanOptions, hdbscan } from "./clusters/hdbscan.js";
export { type Communities, type LeidenOptions, leiden } from "./clusters/leiden.js";
export { modularity } from "./clusters/modularity.js";
export { type ClusterName, type NameOptions, nameClusters } from "./clusters/name-clusters.js";
export {
  type SpaceCommunities,
  type SpaceCommunitiesOptions,
  spaceCommunities,
} from "./clusters/space-communities.js";
export { type DuplicateGroup, type DuplicateOptions, type Duplicates, duplicates } from "./duplicates.js";
export { type FuzzyGraphOptions, fuzzyGraph } from "./fuzzy-graph.js";
export { type NeighborGraph, type NeighborGraphOptions, type NeighborMetric, neighborGraph } from "./neighbor-graph.js";
export { localOutlierFactors, type Outliers, outliers } from "./outliers.js";
// projections, and how far to believe them
export { type PcaOptions, type PcaProjection, type PcaSolver, pca } from "./pca.js";
// projections, and how far to believe them
// pictures
export { drawTerminalMap, type TerminalMap } from "./pictures/braille.js";
export type { MapColor, ScaleName } from "./pictures/column-colors.js";
export { drawMap } from "./pictures/draw-map.js";
export type { Bounds } from "./pictures/frame.js";
export type { MapPicture } from "./pictures/map-picture.js";
export { drawNeighborhood, type Neighborhood, type NeighborhoodOptions } from "./pictures/neighborhood.js";
export { pngOf } from "./pictures/png.js";
export type { ThemeName } from "./pictures/themes.js";
export {
  judgedProjection,
  type MethodOptions,
  type ProjectedSpace,
  type ProjectionMethod,
  type ProjectOptions,
  project,
} from "./project.js";
export { projectedSpace } from "./projected-space.js";
export type { Projection } from "./projection.js";
export { type MapQuality, mapQuality, type QualityOptions } from "./quality.js";
export { coordinatesOf, type SavedProjection, savedProjections } from "./saved-projection.js";
export { type TsneOptions, tsne } from "./tsne.js";
export { type UmapOptions, umap } from "./umap.js";
