import { dot } from "./dot.js";
import { integerOption, knownOptions, numberOption } from "./options.js";

/** f(x), which also writes its gradient at x, [n], into `gradient`. It must not change x, nor keep either array. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** Number of steps from which curvature is estimated, each 2 n numbers; 10 by default, 3 to 30 are useful. */
  memory: number;
  /** Iterations at most, one or a few evaluations each; 1000 by default. 0 evaluates the start only. */
  maxIterations: number;
  /**
   * Stops where no element of the gradient is larger, in units of f over those of x; 1e-6 by default, 1e-3 to 1e-8 are
   * useful where f is about 1: closer to the minimum f no longer changes, and the line search has nothing to go by.
   */
  gradientTolerance: number;
  /**
   * Stops where an iteration lowers f by no more than this times max(|f|, 1); 1e-10 by default. Below about 1e-15 the
   * rounding of f decides; 0 goes on as long as f falls at all.
   */
  functionTolerance: number;
}

export const lbfgsDefaults: LbfgsOptions = {
  memory: 10,
  maxIterations: 1000,
  gradientTolerance: 1e-6,
  functionTolerance: 1e-10,
};

/** Where the minimization stands after an iteration. */
export interface LbfgsProgress {
  /** From 1. */
  iteration: number;
  /** The point, [n]; later iterations leave it alone. */
  x: Float64Array;
  /** f(x). */
  value: number;
  /** The largest |element| of the gradient at x. */
  gradientNorm: number;
  /** Evaluations of f so far. */
  evaluations: number;
}

export interface LbfgsResult {
  /** The best point found, [n]. */
  x: Float64Array;
  /** f(x). */
  value: number;
  /** The largest |element| of the gradient at x. */
  gradientNorm: number;
  iterations: number;
  evaluations: number;
  /**
   * Which option stopped it; "line search" where no step lowered f: rounding hides the rest of the way, or the gradient
   * is not that of f.
   */
  stopped: "gradient" | "function" | "iterations" | "line search";
}

/**
 * Minimizes a smooth f from `start`, [n], by limited-memory BFGS (Nocedal and Wright 2006, "Numerical Optimization",
 * algorithms 7.4 and 7.5): x <- x - a H g, where H estimates the inverse Hessian from the last steps s and the changes y
 * of the gradient, and a meets the strong Wolfe conditions (eq. 3.7, c1 = 1e-4, c2 = 0.9):
 *
 *   f(x + a p) <= f(x) + c1 a g . p,   |g(x + a p) . p| <= c2 |g . p|,   p = -H g
 *
 * The result is a local minimum, or for a convex f the minimum. Where a line search fails, H is forgotten and steepest
 * descent tried once; a step that lowers f but is too short for the second condition is taken.
 *
 * f may be +Infinity away from the start, which shortens the step. Throws RangeError where f is NaN or -Infinity, or a
 * gradient is not finite, or f not finite at the start, or an option is out of range.
 */
export function lbfgs(
  objective: Objective,
  start: ArrayLike<number>,
  options: Partial<LbfgsOptions> = {},
): LbfgsResult {
  const steps = lbfgsSteps(objective, start, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, one iteration at a time: yields after each, returns the result. Nothing runs until it is asked for. */
export function lbfgsSteps(
  objective: Objective,
  start: ArrayLike<number>,
  options: Partial<LbfgsOptions> = {},
): Generator<LbfgsProgress, LbfgsResult, void> {
  const where = "lbfgs";
  knownOptions(where, options, Object.keys(lbfgsDefaults));
  const settings = lbfgsSettings(where, options);
  if (start.length === 0) throw new RangeError(`${where}: start must have at least one element, got none`);
  for (let i = 0; i < start.length; i++) {
    if (!Number.isFinite(start[i])) {
      throw new RangeError(`${where}: start must be finite, got ${start[i]} at element ${i}`);
    }
  }
  return iterate(objective, Float64Array.from(start), settings);
}

/** The options, checked on behalf of the function `where`, and defaults for those not given. */
export function lbfgsSettings(where: string, options: Partial<LbfgsOptions>): LbfgsOptions {
  const { memory, maxIterations, gradientTolerance, functionTolerance } = lbfgsDefaults;
  const least = { least: 0 };
  return {
    memory: integerOption(where, "memory", options.memory ?? memory, 1),
    maxIterations: integerOption(where, "maxIterations", options.maxIterations ?? maxIterations, 0),
    gradientTolerance: numberOption(where, "gradientTolerance", options.gradientTolerance ?? gradientTolerance, least),
    functionTolerance: numberOption(where, "functionTolerance", options.functionTolerance ?? functionTolerance, least),
  };
}

/** f and its gradient at a point. */
interface Point {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
}

/** A point on the line of a search: phi(a) = f(x + a p), phi'(a) = g(x + a p) . p. */
interface Trial extends Point {
  step: number;
  slope: number;
}

/** One step of the past: s = x' - x, y = g' - g, [n] each. */
interface Pair {
  s: Float64Array;
  y: Float64Array;
  /** s . y > 0. */
  sy: number;
}

function* iterate(
  objective: Objective,
  start: Float64Array,
  { memory, maxIterations, gradientTolerance, functionTolerance }: LbfgsOptions,
): Generator<LbfgsProgress, LbfgsResult, void> {
  let evaluations = 0;
  const evaluate = (x: Float64Array): Point => {
    const gradient = new Float64Array(x.length);
    const value = objective(x, gradient);
    evaluations++;
    checkEvaluation(value, gradient, evaluations);
    return { x, value, gradient };
  };

  let pairs: Pair[] = [];
  let current = evaluate(start);
  let iterations = 0;
  const result = (stopped: LbfgsResult["stopped"]): LbfgsResult => {
    const { x, value, gradient } = current;
    return { x, value, gradientNorm: largest(gradient), iterations, evaluations, stopped };
  };

  for (;;) {
    if (largest(current.gradient) <= gradientTolerance) return result("gradient");
    if (iterations === maxIterations) return result("iterations");
    let next = searchAlong(direction(current.gradient, pairs), current, pairs.length > 0, evaluate);
    if (next === null && pairs.length > 0) {
      pairs = [];
      next = searchAlong(direction(current.gradient, pairs), current, false, evaluate);
    }
    if (next === null) return result("line search");
    remember(pairs, memory, current, next);
    const previous = current;
    current = next;
    iterations++;
    const { x, value } = current;
    yield { iteration: iterations, x, value, gradientNorm: largest(current.gradient), evaluations };
    const scale = Math.max(Math.abs(previous.value), Math.abs(value), 1);
    if (previous.value - value <= functionTolerance * scale && largest(current.gradient) > gradientTolerance) {
      return result("function");
    }
  }
}

function checkEvaluation(value: number, gradient: Float64Array, evaluation: number): void {
  if (value === Number.POSITIVE_INFINITY && evaluation > 1) return;
  if (!Number.isFinite(value)) {
    const wanted = evaluation === 1 ? "finite at the start" : "neither NaN nor -Infinity";
    throw new RangeError(`lbfgs: the objective must be ${wanted}, got ${value} in evaluation ${evaluation}`);
  }
  const bad = gradient.findIndex((element) => !Number.isFinite(element));
  if (bad >= 0) {
    const got = `${gradient[bad]} at element ${bad} in evaluation ${evaluation}`;
    throw new RangeError(`lbfgs: the gradient must be finite, got ${got}`);
  }
}

/** p = -H g, [n], by the two loops of algorithm 7.4, from H0 = s . y / y . y I of the last step (eq. 7.20). */
function direction(gradient: Float64Array, pairs: Pair[]): Float64Array {
  const p = gradient.map((element) => -element);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, sy } = pairs[i];
    alphas[i] = dot(s, p) / sy;
    addScaled(p, -alphas[i], y);
  }
  if (pairs.length > 0) {
    const { y, sy } = pairs[pairs.length - 1];
    const scale = sy / dot(y, y);
    for (let i = 0; i < p.length; i++) p[i] *= scale;
  }
  for (let i = 0; i < pairs.length; i++) {
    const { s, y, sy } = pairs[i];
    addScaled(p, alphas[i] - dot(y, p) / sy, s);
  }
  return p;
}

/** Appends a step, unless rounding has left it no curvature, and drops the oldest of more than `memory`. */
function remember(pairs: Pair[], memory: number, from: Point, to: Point): void {
  const s = to.x.map((element, i) => element - from.x[i]);
  const y = to.gradient.map((element, i) => element - from.gradient[i]);
  const sy = dot(s, y);
  if (!(sy > Number.EPSILON * dot(y, y))) return;
  pairs.push({ s, y, sy });
  if (pairs.length > memory) pairs.shift();
}

const sufficientDecrease = 1e-4; // c1
const curvature = 0.9; // c2
const longestSearch = 30; // trials on the way out, and as many on the way in

/**
 * A step along p that meets the strong Wolfe conditions, by algorithm 3.5; null where none lowers f. The first step
 * tried is 1, Newton's, or without a scaled H one of length 1 at most.
 */
function searchAlong(
  p: Float64Array,
  from: Point,
  isScaled: boolean,
  evaluate: (x: Float64Array) => Point,
): Trial | null {
  const start: Trial = { ...from, step: 0, slope: dot(from.gradient, p) };
  if (!(start.slope < 0)) return null;
  const at = (step: number): Trial => {
    const point = evaluate(from.x.map((element, i) => element + step * p[i]));
    return { ...point, step, slope: dot(point.gradient, p) };
  };

  let previous = start;
  let step = isScaled ? 1 : Math.min(1, 1 / Math.sqrt(dot(p, p)));
  for (let n = 0; n < longestSearch; n++) {
    const trial = at(step);
    const isTooHigh = !decreases(start, trial) || (n > 0 && trial.value >= previous.value);
    if (isTooHigh) return zoom(start, previous, trial, at);
    if (isFlat(start, trial)) return trial;
    if (trial.slope >= 0) return zoom(start, trial, previous, at);
    const cubic = cubicMinimum(previous, trial);
    step *= cubic > 10 * step ? 10 : cubic > 2 * step ? cubic / step : 2;
    previous = trial;
  }
  return previous; // f falls on and on: it may have no lower bound
}

/** A step between two of which `low` is the better and f falls from it towards `high` (algorithm 3.6). */
function zoom(start: Trial, low: Trial, high: Trial, at: (step: number) => Trial): Trial | null {
  for (let n = 0; n < longestSearch; n++) {
    const width = high.step - low.step;
    const cubic = (cubicMinimum(low, high) - low.step) / width;
    const trial = at(low.step + width * (cubic > 0.1 && cubic < 0.9 ? cubic : 0.5));
    if (!decreases(start, trial) || trial.value >= low.value) {
      high = trial;
    } else {
      if (isFlat(start, trial)) return trial;
      if (trial.slope * width >= 0) high = low;
      low = trial;
    }
  }
  return low.step > 0 ? low : null;
}

function decreases(start: Trial, { step, value }: Trial): boolean {
  return value <= start.value + sufficientDecrease * step * start.slope;
}

function isFlat(start: Trial, { slope }: Trial): boolean {
  return Math.abs(slope) <= -curvature * start.slope;
}

/** Where the cubic through both values and slopes is least (eq. 3.59); NaN where it has no minimum. */
function cubicMinimum(a: Trial, b: Trial): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

/** a += factor b. */
function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

function largest(gradient: Float64Array): number {
  let most = 0;
  for (const element of gradient) most = Math.max(most, Math.abs(element));
  return most;
}
