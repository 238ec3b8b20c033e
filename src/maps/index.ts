/** Maps of spaces: neighbor graphs, projections and how far to believe them, clusters, duplicates, pictures. */
export { type NeighborGraph, type NeighborGraphOptions, type NeighborMetric, neighborGraph } from "./neighbor-graph.js";
export { type PcaOptions, type PcaProjection, type PcaSolver, pca } from "./pca.js";
export type { Projection } from "./projection.js";
export { type MapQuality, mapQuality, type QualityOptions } from "./quality.js";
export { type TsneOptions, tsne } from "./tsne.js";
