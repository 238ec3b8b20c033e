/** Maps of spaces: neighbor graphs, projections and how far to believe them, clusters, duplicates, pictures. */
export { type NeighborGraph, type NeighborGraphOptions, type NeighborMetric, neighborGraph } from "./neighbor-graph.js";
export type { Projection } from "./projection.js";
