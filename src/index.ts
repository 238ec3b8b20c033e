/** The public surface of thing2vec. */

// evaluate
export { type AnalogyMethod, type AnalogyReport, analogies } from "./evaluate/analogies.js";
export { type AnalogyQuestion, type AnalogyQuestions, readAnalogies } from "./evaluate/analogy-questions.js";
export { type CheckedTrainer, checkTrainer, type TrainerOptions } from "./evaluate/check-trainer.js";
export { type Evaluation, evaluate, evaluateMany, type Statistic } from "./evaluate/evaluate.js";
export { type NamedVectors, namedVectors } from "./evaluate/named-vectors.js";
export { readWordPairs, type WordPair, type WordPairs } from "./evaluate/word-pairs.js";
export { type SimilarityReport, wordSimilarity } from "./evaluate/word-similarity.js";
// formats
export type { VectorBatch, VectorRows } from "./formats/vector-rows.js";
export { detectFormat, openVectors, type VectorFormat, vectorFormats, writeVectors } from "./formats/vectors.js";
// files
export { FileError, FormatError, NotFoundError, ResourceError } from "./io/errors.js";
export type { OnProgress, Progress, TaskOptions } from "./io/progress.js";
export { type ByteStream, memoryStream, openStream } from "./io/source.js";
// space
export type { SpaceData } from "./space/contents.js";
export { vectorsFromRows } from "./space/load-rows.js";
export type { Direction, Geometry } from "./space/manifest.js";
export { Names } from "./space/names.js";
export type { NearOptions, Neighbor } from "./space/neighbors.js";
export * from "./space/space.js";
export { Vectors } from "./space/vectors.js";
export { Cooccurrence } from "./words/cooccurrence.js";
export type { CooccurrenceSettings } from "./words/cooccurrence-file.js";
export { type Corpus, type CorpusFiles, type CorpusText, findTexts, type TextCorpus } from "./words/corpus.js";
export { type CooccurrenceOptions, type CountResult, cooccurrenceDefaults, countCooccurrences } from "./words/count.js";
// words
export { type GloveOptions, glove } from "./words/glove.js";
export type { GloveCheckpoints } from "./words/glove-checkpoint.js";
export { gloveEncoder, type NewWord } from "./words/glove-encoder.js";
export { type GloveModelOptions, gloveDefaults } from "./words/glove-method.js";
export { leastReliable, type ProbabilityRatio, type RatioRow, type RatioTable, ratioTable } from "./words/ratios.js";
export type { CorpusReport } from "./words/read-tokens.js";
export type { Vocabulary } from "./words/vocabulary.js";
