/**
 * All ops, for whatever must know every one: tests, the reader of ONNX files, the guide. Draws of random numbers (random.ts)
 * and updates of optimizers (optimizers/), which no model in a file has, are tested apart.
 */
import type { Op } from "../op.js";
import { ops as convolution } from "./convolution.js";
import { ops as elementwise } from "./elementwise.js";
import { ops as indexing } from "./indexing.js";
import { ops as linear } from "./linear.js";
import { ops as normalization } from "./normalization.js";
import { ops as pooling } from "./pooling.js";
import { ops as reductions } from "./reductions.js";
import { ops as resize } from "./resize.js";
import { ops as shape } from "./shape.js";

export const allOps: readonly Op[] = [
  ...elementwise,
  ...reductions,
  ...linear,
  ...shape,
  ...indexing,
  ...normalization,
  ...convolution,
  ...pooling,
  ...resize,
];
