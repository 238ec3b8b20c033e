/** The public surface of thing2vec/networks: functions over tensors, differentiated, compiled and trained. */

export { Rng } from "../numerics/random.js";
// arrays and tensors
export { array, NdArray, type NestedNumbers, zeros } from "./array.js";
export {
  type Arrays,
  type ArraysOrNumbers,
  type Compiled,
  type CompiledStep,
  type CompileOptions,
  compile,
  compileStep,
  type StepOptions,
} from "./compile.js";
export type { Executor } from "./executable.js";
export {
  type GradOptions,
  grad,
  jacobianVectorProduct,
  onesLike,
  valueAndGrad,
  vectorJacobianProduct,
  zerosLike,
} from "./gradients.js";
export { type Graph, showGraph } from "./graph.js";
export { interpret } from "./interpret.js";
// penalties on derivatives
export {
  frobeniusPenalty,
  type NormalSource,
  type SpectralPenaltyOptions,
  spectralPenalty,
} from "./jacobian-penalty.js";
// layers
export {
  type AttentionMask,
  type AttentionParams,
  applyAttention,
  initAttention,
  maskOfKeys,
  scaledDotProductAttention,
} from "./layers/attention.js";
export { applyConv, type ConvParams, initConv } from "./layers/conv.js";
export { applyDense, type DenseParams, initDense } from "./layers/dense.js";
export { type DropoutOptions, dropout } from "./layers/dropout.js";
export { applyEmbedding, type EmbeddingParams, initEmbedding, sinusoids } from "./layers/embedding.js";
export { applyGru, applyGruCell, type GruOptions, type GruParams, initGru } from "./layers/gru.js";
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  truncatedNormal,
  uniform,
} from "./layers/initializers.js";
export {
  applyBatchNorm,
  applyGroupNorm,
  applyLayerNorm,
  applyRmsNorm,
  type BatchNormAverages,
  initBatchNormAverages,
  initNorm,
  initRmsNorm,
  type NormParams,
  type RmsNormParams,
  trainBatchNorm,
} from "./layers/norms.js";
export {
  applyFeedForward,
  applyTransformerBlock,
  initFeedForward,
  initTransformerBlock,
  type TransformerBlockCall,
  type TransformerBlockOptions,
  type TransformerBlockParams,
} from "./layers/transformer.js";
// ONNX, in and out
export { type ImportedModel, type ImportedValue, type ImportOnnxOptions, importOnnx } from "./onnx-in.js";
export { type ExportExample, type ExportOnnxOptions, exportOnnx, type SymbolicType, saveOnnx } from "./onnx-out.js";
export { type Dense, type Emitter, type Foreign, type ForeignCall, float, type GradArguments, type Op } from "./op.js";
// pictures
export { type ConvOptions, type ConvTransposeOptions, conv, convTranspose } from "./ops/convolution.js";
export { einsum } from "./ops/einsum.js";
// elementwise
export {
  abs,
  add,
  atan,
  cast,
  ceil,
  clip,
  cos,
  div,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterEqual,
  isNotANumber,
  leakyRelu,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  logSigmoid,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from "./ops/elementwise.js";
export {
  arange,
  causalMask,
  cumulativeSum,
  gather,
  type Indices,
  indexAdd,
  oneHot,
  scatterAdd,
  sort,
  takeAlongAxis,
  topK,
  tril,
  triu,
} from "./ops/indexing.js";
export { matmul } from "./ops/linear.js";
export {
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  huberLoss,
  meanAbsoluteError,
  meanSquaredError,
} from "./ops/losses.js";
// norms and losses
export {
  batchNorm,
  batchNormInference,
  groupNorm,
  instanceNorm,
  layerNorm,
  logSoftmax,
  type NormOptions,
  rmsNorm,
  softmax,
} from "./ops/normalization.js";
export { averagePool, globalAveragePool, type MaxPoolOptions, maxPool, type PoolOptions } from "./ops/pooling.js";
// reductions and products
export { argMax, argMin, logSumExp, max, mean, min, type ReduceOptions, sum, variance } from "./ops/reductions.js";
export { type ResizeOptions, resize } from "./ops/resize.js";
// shapes and places
export {
  broadcastTo,
  concat,
  expandDims,
  pad,
  reshape,
  reverse,
  slice,
  sliceAxis,
  split,
  squeeze,
  stack,
  tile,
  transpose,
} from "./ops/shape.js";
export { propagate, type SparseMatMulOptions, sparseMatMul } from "./ops/sparse.js";
export { type AdagradOptions, adagrad } from "./optimizers/adagrad.js";
export { type AdamOptions, adam, adamW } from "./optimizers/adam.js";
export { averaged, averageOf, movingAverage } from "./optimizers/average.js";
export { type ClippingOptions, clipByGlobalNorm, clipByValue, clipped, globalNorm } from "./optimizers/clipping.js";
// optimizers
export type { Optimizer, OptimizerState } from "./optimizers/optimizer.js";
export { type Manifold, type RiemannianSgdOptions, riemannianSgd } from "./optimizers/riemannian.js";
export { type RmspropOptions, rmsprop } from "./optimizers/rmsprop.js";
export {
  constantRate,
  cosineDecay,
  exponentialDecay,
  joinSchedules,
  type LearningRate,
  type Schedule,
  stepDecay,
  warmUp,
} from "./optimizers/schedules.js";
export { type SgdOptions, sgd } from "./optimizers/sgd.js";
export type { Timings } from "./program.js";
export { Random, randomKey } from "./random.js";
export type { Backend } from "./runtime.js";
// ops of one's own
export { type Attributes, apply, applyAll, constant, type Node, type Operand, Tensor } from "./tensor.js";
// trace, differentiate, run
export { show, type Traced, trace } from "./trace.js";

// training
export type { DataSource } from "./training/data.js";
export type { EarlyStoppingOptions } from "./training/early-stopping.js";
export type {
  EpochReport,
  LossContext,
  LossResult,
  StepReport,
  Symbolic,
  Training,
  TrainOptions,
  ValidationOptions,
} from "./training/options.js";
export { Trainer, train } from "./training/train.js";
export { mapTree, type Tree } from "./tree.js";
export type { DType, Shape, TensorType } from "./types.js";
