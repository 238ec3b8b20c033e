/** The table of ONNX's operators (https://onnx.ai/onnx/operators/) in our ops. */
import { control } from "./control.js";
import { convolutions } from "./convolutions.js";
import { elementwise } from "./elementwise.js";
import { indexing } from "./indexing.js";
import { linear } from "./linear.js";
import { losses } from "./losses.js";
import { normalizations } from "./normalizations.js";
import type { Operator } from "./operator.js";
import { recurrent } from "./recurrent.js";
import { reductions } from "./reductions.js";
import { resizing } from "./resizing.js";
import { shapes } from "./shapes.js";

/** Versions of the operator set that are read. */
export const oldestOpset = 7;
export const newestOpset = 28;

export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    elementwise,
    shapes,
    reductions,
    linear,
    indexing,
    convolutions,
    resizing,
    normalizations,
    recurrent,
    losses,
    control,
  ].flatMap((family) => Object.entries(family)),
);
