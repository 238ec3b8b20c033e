/** Pictures: read from folders, sprite sheets and IDX files into sets of one size. */
export type { Picture } from "../formats/picture.js";
export { decodePng } from "../formats/png/read.js";
export { encodePng } from "../formats/png/write.js";
export { decodePpm, encodePpm } from "../formats/ppm.js";
export { type AnimationFormat, type AnimationOptions, encodeAnimation } from "./animation.js";
export { type AutoencoderOptions, autoencoder } from "./autoencoder.js";
export { isGray, toColor, toGray } from "./channels.js";
export { type ClassifierOptions, classifier, loadClassifier, type PictureClassifier } from "./classifier.js";
export type { CoderOptions } from "./coder-options.js";
export { decodePicture } from "./decode-picture.js";
export { type DecoderModel, type DecoderOptions, decoderModel, type PixelRange } from "./decoder-model.js";
export { decoderWarnings } from "./decoder-warnings.js";
export {
  type EvaluatePicturesOptions,
  evaluatePictures,
  type FeatureReport,
  type NearestTraining,
  type PictureEvaluation,
} from "./evaluate-pictures.js";
export { type GenerativeAutoencoderOptions, generativeAutoencoder } from "./generative-autoencoder.js";
export { liveCoordinates } from "./inversion/codes.js";
export {
  type Inversion,
  type InversionPoint,
  type InversionStart,
  type Inversions,
  type InvertOptions,
  invert,
} from "./invert.js";
export { type NearestPictures, nearestPictures } from "./nearest-pictures.js";
export { type PicturePcaOptions, picturePca } from "./picture-pca.js";
export { type PictureSet, type PictureSetOptions, pictureAt } from "./picture-set.js";
export { type ReadIdxPicturesOptions, readIdxPictures } from "./read-idx-pictures.js";
export { type ReadPicturesOptions, readPicture, readPictures } from "./read-pictures.js";
export { type ReadSheetOptions, readSheet } from "./read-sheet.js";
export { type Fit, resize } from "./resize.js";
export { type Samples, samplesOf } from "./sample.js";
export { selectPictures } from "./select-pictures.js";
export { coefficientLabels, pictureSheet, type SheetOptions } from "./sheet.js";
export { inversionEncoder, type SpaceOfDecoderOptions, spaceOfDecoder } from "./space-of-decoder.js";
export { type TargetName, targetNames } from "./target-names.js";
export { type Target, targetOf } from "./targets.js";
export { type TrainedPictureParts, trainedParts } from "./trained-pictures.js";
export { type VaeOptions, vae } from "./vae.js";
