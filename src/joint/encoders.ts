import type { DecoderLoader, EncoderLoader } from "../space/space.js";

const neighbors: EncoderLoader = async (space) => {
  const { neighborEncoder } = await import("../graphs/neighbor-encoder.js");
  return neighborEncoder(space);
};

const pictures: EncoderLoader = async (space) => {
  const { pictureEncoder } = await import("../images/picture-models.js");
  return pictureEncoder(space);
};

const picturesByInversion: EncoderLoader = async (space) => {
  const { inversionEncoder } = await import("../images/space-of-decoder.js");
  return inversionEncoder(space);
};

/** How each method takes new things into its spaces, by the method's name; loaded when first needed. */
export const encoders: Readonly<Record<string, EncoderLoader>> = {
  glove: async (space) => {
    const { gloveEncoder } = await import("../words/glove-encoder.js");
    return gloveEncoder(space);
  },
  node2vec: neighbors,
  deepWalk: neighbors,
  linear: neighbors,
  spectral: neighbors,
  "random-gcn": neighbors,
  gcn: async (space) => {
    const { gcnEncoder } = await import("../graphs/gcn-encoder.js");
    return gcnEncoder(space);
  },
  sgc: async (space) => {
    const { sgcEncoder } = await import("../graphs/sgc-encoder.js");
    return sgcEncoder(space);
  },
  autoencoder: pictures,
  "generative-autoencoder": pictures,
  vae: pictures,
  pca: pictures,
  inversion: picturesByInversion,
};

const picturesBack: DecoderLoader = async (space) => {
  const { pictureDecoder } = await import("../images/picture-models.js");
  return pictureDecoder(space);
};

/** How each method makes things of the vectors of its spaces; loaded when first needed. */
export const decoders: Readonly<Record<string, DecoderLoader>> = {
  autoencoder: picturesBack,
  "generative-autoencoder": picturesBack,
  vae: picturesBack,
  pca: picturesBack,
  inversion: picturesBack,
};
