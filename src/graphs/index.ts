/** The public surface of `thing2vec/graphs`: graphs, what is propagated over them, and the methods that use it. */

// how well vectors tell labels
export { type ItemLabels, type LabelReport, labelScores } from "../evaluate/item-labels.js";
export { type MultiLabelOptions, type MultiLabelScores, multiLabelScores } from "../evaluate/multi-label.js";
export { readItemLabels } from "../evaluate/read-item-labels.js";
// files of graphs and of nodes
export { type AdjacencyListOptions, readAdjacencyList } from "../formats/adjacency-list.js";
export { type EdgeListOptions, readEdgeList } from "../formats/edge-list.js";
export { readGexf } from "../formats/gexf.js";
export type { GraphFile, GraphReadOptions } from "../formats/graph-file.js";
export { type GraphFileOptions, type GraphFormat, graphFormats, readGraphFile } from "../formats/graph-files.js";
export { readGraphml } from "../formats/graphml.js";
export { fromGraphology, toGraphology } from "../formats/graphology.js";
export { readMatrixMarket } from "../formats/matrix-market.js";
export { joinNodes, type NodeData, type NodeLabels, type NodeSources } from "../formats/node-data.js";
export { readNodeLink } from "../formats/node-link.js";
export { type NodeTable, type NodeTableOptions, readNodeTable } from "../formats/node-table.js";
export { readParquetEdges } from "../formats/parquet-edges.js";
export { readSparseFeatures } from "../formats/sparse-features.js";
export { readTu } from "../formats/tu.js";
// graphs
export { ComponentSubspace } from "../messages/component-subspace.js";
export { connectedComponents } from "../messages/components.js";
export {
  type Eigenvectors,
  type EigenvectorsOptions,
  eigenvectors,
  type InvariantSubspace,
} from "../messages/eigenvectors.js";
export { type EdgeList, Graph, type GraphOptions, type NodeNames } from "../messages/graph.js";
// what is propagated
export { chebyshev } from "../messages/operators/chebyshev.js";
export { heat } from "../messages/operators/heat.js";
export { laplacian } from "../messages/operators/laplacian.js";
export { Operator, type OperatorOptions } from "../messages/operators/operator.js";
export { personalizedPageRank } from "../messages/operators/personalized-pagerank.js";
export type { Propagation } from "../messages/operators/propagation.js";
export { randomWalk } from "../messages/operators/random-walk.js";
export { symmetric } from "../messages/operators/symmetric.js";
export { type PropagateOptions, propagate } from "../messages/propagate.js";
export { Rows } from "../messages/rows.js";
export type { NewFeaturedNode } from "./attached-nodes.js";
// classes of nodes
export { graphFrames } from "./frames.js";
export { applyGcn, type GcnInputs, type GcnOptions, type GcnParams, gcn } from "./gcn.js";
// vectors of nodes
export { gcnEncoder } from "./gcn-encoder.js";
export type { LabeledNodes } from "./labeled-nodes.js";
export { type LinearEmbeddingOptions, linearEmbedding } from "./linear.js";
// links
export { type LikelyLink, type LikelyLinksOptions, likelyLinks } from "./link-scores.js";
export { type NewNode, neighborEncoder } from "./neighbor-encoder.js";
export type { NodeProtocol } from "./node-protocols.js";
export type { NodeClassification, NodeEpoch, NodeRun, NodeTrainingOptions } from "./node-training.js";
export { type DeepWalkOptions, deepWalk, type Node2vecOptions, node2vec, node2vecDefaults } from "./node2vec.js";
// PageRank
export { type PageRank, type PageRankOptions, pageRank } from "./pagerank.js";
export type { NodeDistribution } from "./pagerank-distribution.js";
export { densePageRank, type ListingOptions, type ListingResult, sparsePageRank } from "./pagerank-listings.js";
export { type RandomGcnOptions, randomGcn } from "./random-gcn.js";
export { type RankedNode, rankColumn, rankTable, topRanks } from "./rank-table.js";
export { graphOfSpace, relationsOf } from "./relations.js";
export { type SgcOptions, type SgcResult, sgc, sgcCurve } from "./sgc.js";
export { sgcEncoder } from "./sgc-encoder.js";
export { type SpectralOptions, spectralEmbedding } from "./spectral.js";
export { type NodeSplit, randomSplit } from "./split.js";
export { randomWalks, type WalkOptions, type Walks } from "./walks.js";
// Weisfeiler-Leman
export { folkloreComparison, folkloreRefinement } from "./weisfeiler-lehman/folklore.js";
export { graphHash } from "./weisfeiler-lehman/graph-hash.js";
export { type IsomorphismResult, isomorphism, type Witness } from "./weisfeiler-lehman/isomorphism.js";
export type { GraphInput, LabeledGraph } from "./weisfeiler-lehman/labeled-graph.js";
export { hashOf, type NodeHashes, nodeHashes } from "./weisfeiler-lehman/node-hashes.js";
export { partitionsAgree } from "./weisfeiler-lehman/partitions-agree.js";
export { colorRefinement, type Refinement } from "./weisfeiler-lehman/refinement.js";
export { subtreeFeatures, subtreeKernel } from "./weisfeiler-lehman/subtree-kernel.js";
export { tuGraphs } from "./weisfeiler-lehman/tu-graphs.js";
