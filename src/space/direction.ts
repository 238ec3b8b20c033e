import type { Column } from "../formats/table.js";
import { NotFoundError } from "../io/errors.js";
import type { JsonObject } from "../io/json.js";
import { integerOption, knownOptions, wordOption } from "../io/options.js";
import { dot } from "../numerics/dot.js";
import type { DenseMatrix } from "../numerics/matrix.js";
import { principalAxes } from "../numerics/principal-axes.js";
import type { ColumnValue } from "./columns.js";
import {
  type DirectionMethod,
  deviationAlong,
  directionMethods,
  fitDirection,
  patternOf,
  withoutProjections,
} from "./direction-fit.js";
import { heldOut } from "./held-out.js";
import type { Direction } from "./manifest.js";
import { type Lookup, rowOf } from "./query.js";
import { toUnit } from "./scores.js";
import type { Vectors } from "./vectors.js";

/** What a direction is made of: two groups of items, a column, or a principal component. */
export interface DirectionOptions {
  /** Names of the items that the direction comes from, and of those that it goes to. */
  from?: readonly string[];
  to?: readonly string[];
  /** A column: of numbers, which grow along the direction, or of classes. */
  column?: string;
  /** Of a column of classes: the one that the direction goes to; needed where there are more than two. */
  positive?: ColumnValue;
  /** Principal component of all items, counted from 1. */
  component?: number;
  /**
   * "mean-difference" (default for groups) or "logistic" (default for columns of classes); "ridge" is for numbers. The
   * mean difference needs few items; the logistic normal parts the classes better where there are many more than D.
   */
  method?: DirectionMethod;
  /**
   * Of regressions (logistic, ridge): "pattern" (default), how items change as their score x w rises, which is what a walk
   * should add; "weights", w itself, whose products with items are the scores, and along which items may look unlike any.
   */
  vector?: "pattern" | "weights";
  /** Names of directions of the space: what the new one has in common with them is taken off. */
  orthogonalTo?: readonly string[];
  /**
   * "deviation" (default): 1 is a standard deviation of the items, of their scores or else of their projections, so that
   * coefficients of directions compare. "raw": as it was fitted: the difference of the means, the change with one unit of
   * the score (such as a year; for classes a unit of the log odds), or the weights.
   */
  scale?: "deviation" | "raw";
  /** Parts of the cross-validation, 2 to 20; 5 by default. */
  folds?: number;
  /** Of the parts; 1 by default. */
  seed?: number;
}

const known = [
  ...["from", "to", "column", "positive", "component", "method"],
  ...["vector", "orthogonalTo", "scale", "folds", "seed"],
];
const where = "direction";

/**
 * A direction of a space, and how far to believe it: `metrics` holds what it was made of, `deviation` (how far one standard
 * deviation leads, in units of the vectors), and, of held-out items, `accuracy` beside the `baseline` of always naming the
 * larger class, or `correlation`, both by the scores x w. With `unit` rows are scaled to length 1, as expressions count items
 * there. Throws RangeError, NotFoundError.
 */
export function learnDirection(
  options: DirectionOptions,
  lookup: Lookup,
  columns: ReadonlyMap<string, Column>,
  unit: boolean,
): Direction {
  knownOptions(where, options, known);
  const { scale = "deviation", orthogonalTo = [], folds = 5, seed = 1 } = options;
  wordOption(where, "scale", scale, ["deviation", "raw"]);
  integerOption(where, "folds", folds, 2, 20);
  integerOption(where, "seed", seed, 0);
  const others = orthogonalTo.map((name) => directionOf(name, lookup));
  const all = matrixOf(lookup.vectors, unit);
  const { vector, deviation, metrics } =
    options.component === undefined
      ? supervised(options, lookup, columns, all, others, folds, seed)
      : component(options, all, others);
  if (scale === "deviation" && !(deviation > 0)) {
    throw new RangeError(`${where}: no item differs from another along it; scale "raw" keeps its own length`);
  }
  const factor = scale === "deviation" ? deviation / Math.sqrt(dot(vector, vector)) : 1;
  return {
    vector: Float32Array.from(vector, (value) => value * factor),
    metrics: { ...metrics, scale, deviation, ...(orthogonalTo.length > 0 && { orthogonalTo: [...orthogonalTo] }) },
  };
}

interface Learned {
  vector: Float64Array;
  /** Length of one standard deviation. */
  deviation: number;
  metrics: JsonObject;
}

function component({ component: given, ...rest }: DirectionOptions, all: DenseMatrix, others: Float32Array[]): Learned {
  const beside = ["from", "to", "column", "positive", "method", "vector"].find(
    (name) => rest[name as keyof typeof rest] !== undefined,
  );
  if (beside !== undefined) throw new RangeError(`${where}: component and ${beside} exclude each other`);
  const most = Math.min(all.columns, all.rows - 1);
  const at = integerOption(where, "component", given, 1, most);
  const { axes, shares } = principalAxes(all.values, all.columns, at);
  const vector = withoutProjections(axes[at - 1], others);
  return {
    vector,
    deviation: deviationOfProjections(all, vector),
    metrics: { method: "component", component: at, explainedVariance: shares[at - 1] },
  };
}

function supervised(
  options: DirectionOptions,
  lookup: Lookup,
  columns: ReadonlyMap<string, Column>,
  all: DenseMatrix,
  others: Float32Array[],
  folds: number,
  seed: number,
): Learned {
  const labeled = options.column === undefined ? groups(options, lookup) : labels(options, options.column, columns);
  const method = wordOption(where, "method", options.method ?? labeled.method, directionMethods);
  if ((method === "ridge") !== (labeled.method === "ridge")) {
    const possible = labeled.method === "ridge" ? "ridge" : "mean-difference or logistic";
    throw new RangeError(`${where}: method must be ${possible} for ${labeled.kind}, got "${method}"`);
  }
  const x = {
    rows: labeled.rows.length,
    columns: all.columns,
    values: new Float64Array(labeled.rows.length * all.columns),
  };
  labeled.rows.forEach((row, n) => {
    x.values.set(all.values.subarray(row * all.columns, (row + 1) * all.columns), n * all.columns);
  });
  const isRegression = method !== "mean-difference";
  if (options.vector !== undefined && !isRegression)
    throw new RangeError(`${where}: vector is of regressions (logistic, ridge), and the method is ${method}`);
  const kind = wordOption(where, "vector", options.vector ?? "pattern", ["pattern", "weights"]);
  const weights = fitDirection(method, x, labeled.values, others);
  const judged = heldOut(method, x, labeled.values, others, folds, seed);
  const metrics = { method, ...(isRegression && { vector: kind }), ...labeled.description, ...judged };
  if (!isRegression || kind === "weights")
    return { vector: weights, deviation: deviationOfProjections(all, weights), metrics };
  const pattern = patternOf(all, weights);
  const vector = pattern.some((value) => value !== 0) ? withoutProjections(pattern, others) : pattern;
  return { vector, deviation: Math.sqrt(dot(vector, vector)) * deviationAlong(all, weights), metrics };
}

/** In units of the vectors, however long the vector is. */
function deviationOfProjections(all: DenseMatrix, vector: Float64Array): number {
  return deviationAlong(all, vector) / Math.sqrt(dot(vector, vector));
}

interface Labeled {
  kind: string;
  /** What fits by default. */
  method: DirectionMethod;
  rows: number[];
  /** 0 (from) or 1 (to), or numbers; one a row. */
  values: number[];
  description: JsonObject;
}

function groups({ from, to, positive }: DirectionOptions, lookup: Lookup): Labeled {
  if (from === undefined || to === undefined)
    throw new RangeError(`${where}: from and to, a column or a component was needed`);
  if (positive !== undefined) throw new RangeError(`${where}: positive names a class of a column, and there is none`);
  const sides = [from, to].map((names, k) => {
    const side = ["from", "to"][k];
    if (names.length === 0) throw new RangeError(`${where}: ${side} must name one item or more, got none`);
    return [...new Set(names.map((name) => rowOf(name, lookup, where)))];
  });
  const both = sides[0].find((row) => sides[1].includes(row));
  if (both !== undefined)
    throw new RangeError(`${where}: ${JSON.stringify(lookup.names.get(both))} stands on both sides`);
  return {
    kind: "groups",
    method: "mean-difference",
    rows: [...sides[0], ...sides[1]],
    values: [...sides[0].map(() => 0), ...sides[1].map(() => 1)],
    description: { items: [sides[0].length, sides[1].length] },
  };
}

/** Items by the values of a column; those without a value are left out. */
function labels(options: DirectionOptions, name: string, columns: ReadonlyMap<string, Column>): Labeled {
  const beside = (["from", "to"] as const).find((other) => options[other] !== undefined);
  if (beside !== undefined) throw new RangeError(`${where}: column and ${beside} exclude each other`);
  const column = columns.get(name);
  if (column === undefined) {
    const there = [...columns.keys()].map((other) => JSON.stringify(other)).join(", ") || "none";
    throw new NotFoundError(`${where}: there is no column ${JSON.stringify(name)}; the space has ${there}`, name, [
      ...columns.keys(),
    ]);
  }
  const rows: number[] = [];
  for (let row = 0; row < column.length; row++) if (column[row] !== null && !Number.isNaN(column[row])) rows.push(row);
  const present = rows.map((row) => column[row] as string | number | boolean);
  const classes = [...new Set(present)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const quoted = JSON.stringify(name);
  if (classes.length < 2) {
    const only = classes.length === 0 ? "none" : `only ${JSON.stringify(classes[0])}`;
    throw new RangeError(`${where}: column ${quoted} must hold two values or more, got ${only}`);
  }
  const { positive } = options;
  if (positive === undefined && classes.length > 2) {
    if (typeof classes[0] === "number")
      return {
        kind: "a column of numbers",
        method: "ridge",
        rows,
        values: present as number[],
        description: { column: name, items: rows.length },
      };
    const some = classes.slice(0, 10).map((value) => JSON.stringify(value));
    throw new RangeError(
      `${where}: column ${quoted} has ${classes.length} classes; positive must say which the direction goes to, such as ${some.join(", ")}`,
    );
  }
  const target = positive ?? classes[1];
  const ones = present.filter((value) => value === target).length;
  if (ones === 0) throw new RangeError(`${where}: no item has ${JSON.stringify(positive)} in column ${quoted}`);
  return {
    kind: "a column of classes",
    method: "logistic",
    rows,
    values: present.map((value) => (value === target ? 1 : 0)),
    description: { column: name, positive: target, items: [rows.length - ones, ones] },
  };
}

function directionOf(name: string, { directions }: Lookup): Float32Array {
  const direction = directions.get(name);
  if (direction !== undefined) return direction.vector;
  const names = [...directions.keys()];
  const there =
    names.length > 0 ? `there are ${names.map((other) => JSON.stringify(other)).join(", ")}` : "there are none";
  throw new NotFoundError(`${where}: there is no direction ${JSON.stringify(name)}; ${there}`, name, names);
}

/** All rows in f64; with `unit` each of length 1. */
function matrixOf(vectors: Vectors, unit: boolean): DenseMatrix {
  const { length: rows, dimensions: columns } = vectors;
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const vector = vectors.get(row);
    values.set(unit ? toUnit(vector) : vector, row * columns);
  }
  return { rows, columns, values };
}
