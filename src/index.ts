/** The public surface of thing2vec. */

import { type OpenSpaceOptions, openSpace } from "./space/open-space.js";
import type { Space } from "./space/space.js";
import { decoders, encoders } from "./joint/encoders.js";

// words
export { type GloveOptions, glove } from "./words/glove.js";
export { type GloveModelOptions, gloveDefaults } from "./words/glove-method.js";
export { type GloveParameters, gloveObjective } from "./words/glove-objective.js";
export { gloveEncoder, type NewWord } from "./words/glove-encoder.js";
export { type Corpus, type CorpusFiles, type CorpusText, findTexts, type TextCorpus } from "./words/corpus.js";
export { type CooccurrenceOptions, type CountResult, cooccurrenceDefaults, countCooccurrences } from "./words/count.js";
export { Cooccurrence } from "./words/cooccurrence.js";
export type { CooccurrenceSettings } from "./words/cooccurrence-file.js";
export type { CorpusReport } from "./words/read-tokens.js";
export type { Vocabulary } from "./words/vocabulary.js";
export { leastReliable, type ProbabilityRatio, type RatioRow, type RatioTable, ratioTable } from "./words/ratios.js";

// evaluate
export { type Evaluation, evaluate, evaluateMany, type Statistic } from "./evaluate/evaluate.js";
export { type AnalogyQuestion, type AnalogyQuestions, readAnalogies } from "./evaluate/analogy-questions.js";
export { type AnalogyMethod, type AnalogyReport, analogies } from "./evaluate/analogies.js";
export { readWordPairs, type WordPair, type WordPairs } from "./evaluate/word-pairs.js";
export { type SimilarityReport, wordSimilarity } from "./evaluate/word-similarity.js";
export type { ItemLabels, LabelReport } from "./evaluate/item-labels.js";
export { fitGaussian, frechetDistance, type Gaussian } from "./evaluate/frechet.js";
export { type PrecisionRecall, precisionRecall } from "./evaluate/precision-recall.js";
export { type PairedTTest, pairedTTest } from "./evaluate/paired-t-test.js";
export { type CheckedTrainer, checkTrainer, type TrainerOptions } from "./evaluate/check-trainer.js";
export { type NamedVectors, namedVectors } from "./evaluate/named-vectors.js";
export { type TwoSampleOptions, type TwoSampleReport, twoSampleTest } from "./evaluate/two-sample.js";

// space
export * from "./space/space.js";
export type { NewItem } from "./space/new-items.js";
export type { SpaceData } from "./space/contents.js";
export type { NearOptions, Neighbor } from "./space/neighbors.js";
export type { SearchReport } from "./space/hnsw/filtered-search.js";
export type { BuildIndexOptions, HnswIndex, IndexSearchOptions } from "./space/hnsw/hnsw-index.js";
export type { Recall } from "./space/hnsw/recall.js";
export type { IndexOptions, IndexSettings, Precision } from "./space/hnsw/settings.js";
export type { RecallOptions } from "./space/space-index.js";
export type { Direction, Geometry } from "./space/manifest.js";
export type { DirectionOptions } from "./space/direction.js";
export type { DirectionMethod } from "./space/direction-fit.js";
export type { Film, FilmData, FilmLayout } from "./space/film.js";
export type { ThumbnailData, ThumbnailLayout, Thumbnails } from "./space/thumbnails.js";
export type { GridSide, LayerRange, Walk, WalkGrid, WalkGridOptions, WalkOptions } from "./space/walk.js";
export type { Relations } from "./space/relations.js";
export type { OpenSpaceOptions } from "./space/open-space.js";
export { type DuplicatePolicy, vectorsFromRows } from "./space/load-rows.js";
export { spaceFromRows } from "./space/from-rows.js";
export { Names } from "./io/names.js";
export { Vectors } from "./space/vectors.js";

// formats
export type { VectorBatch, VectorRows } from "./formats/vector-rows.js";
export { detectFormat, openVectors, type VectorFormat, vectorFormats, writeVectors } from "./formats/vectors.js";

export { type IdxArray, type IdxType, readIdx, writeIdx } from "./formats/idx.js";
export type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "./formats/onnx/model.js";
export { readOnnx } from "./formats/onnx/read.js";
export { encodeOnnx, writeOnnx } from "./formats/onnx/write.js";

// numerics
export {
  type LbfgsEvaluation,
  type LbfgsOptions,
  type LbfgsProgress,
  type LbfgsRequest,
  type LbfgsResult,
  lbfgs,
  lbfgsRequests,
  lbfgsSteps,
} from "./numerics/lbfgs.js";
export type { DenseMatrix, Matrix, SparseMatrix } from "./numerics/matrix.js";
export type { LinearModel } from "./numerics/linear-model.js";
export { fitRidge, predictRidge, type RidgeOptions } from "./numerics/ridge.js";
export {
  fitLogisticRegression,
  type LogisticModel,
  type LogisticRegressionOptions,
  predict,
  predictProbabilities,
} from "./numerics/logistic-regression.js";

// files, errors, progress
export type { CheckpointSettings } from "./io/checkpoint-options.js";
export { type ByteStream, memoryStream, openStream } from "./io/source.js";
export { DivergedError, FileError, FormatError, NotFoundError, ResourceError } from "./io/errors.js";
export type { OnProgress, Progress, TaskOptions } from "./io/progress.js";

/**
 * Opens a saved space, or reads a file of vectors (word2vec text or binary, GloVe, npy, safetensors, projector) into one,
 * with the encoders of all methods of this package, so that `space.embed` and `space.add` take new things.
 */
export function loadSpace(path: string, options: OpenSpaceOptions = {}): Promise<Space> {
  return openSpace(path, {
    ...options,
    encoders: { ...encoders, ...options.encoders },
    decoders: { ...decoders, ...options.decoders },
  });
}
