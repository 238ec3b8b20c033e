/** What the reader of ONNX files accepts, so that a hostile file costs bounded memory and time. */

/** Bytes of a file; protocol buffers end there. */
export const longestFile = 2 ** 31 - 1;
/** Nodes of a model, those of all its graphs together. */
export const mostNodes = 1_000_000;
/** Graphs within graphs. */
export const deepestGraph = 16;
/** Bytes of a name. */
export const longestName = 2 ** 16;
/** Bytes of a string of an attribute, of a tensor or of the metadata. */
export const longestText = 2 ** 26;
/** Dimensions of a tensor. */
export const mostDimensions = 64;
