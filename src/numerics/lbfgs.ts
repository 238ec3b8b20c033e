import { dot } from "./dot.js";
import { type Point, searchAlong } from "./line-search.js";
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
  return answered(objective, lbfgsRequests(start, options));
}

function* answered(
  objective: Objective,
  requests: Iterating<LbfgsResult>,
): Generator<LbfgsProgress, LbfgsResult, void> {
  let next = requests.next();
  while (!next.done) {
    const { evaluate: x, iterated } = next.value;
    if (iterated !== undefined) {
      yield iterated;
      next = requests.next();
    } else {
      const gradient = new Float64Array(x.length);
      next = requests.next({ value: objective(x, gradient), gradient });
    }
  }
  return next.value;
}

/** What a minimization by requests asks for, a value and gradient at a point, or tells: an iteration has ended. */
export type LbfgsRequest =
  | { evaluate: Float64Array; iterated?: undefined }
  | { iterated: LbfgsProgress; evaluate?: undefined };

/** f and its gradient, [n], at the point asked for; the gradient is the minimization's own from then on. */
export interface LbfgsEvaluation {
  value: number;
  gradient: Float64Array;
}

/** A minimization in the hands of what drives it. */
type Iterating<T> = Generator<LbfgsRequest, T, LbfgsEvaluation | undefined>;

/**
 * The same by reverse communication, for an f that others compute, later or for many minimizations together: yields the
 * points at which f is needed and goes on with what `next` is given; nothing is needed where an iteration is told.
 */
export function lbfgsRequests(
  start: ArrayLike<number>,
  options: Partial<LbfgsOptions> = {},
): Generator<LbfgsRequest, LbfgsResult, LbfgsEvaluation | undefined> {
  const where = "lbfgs";
  knownOptions(where, options, Object.keys(lbfgsDefaults));
  const settings = lbfgsSettings(where, options);
  if (start.length === 0) throw new RangeError(`${where}: start must have at least one element, got none`);
  for (let i = 0; i < start.length; i++) {
    if (!Number.isFinite(start[i])) {
      throw new RangeError(`${where}: start must be finite, got ${start[i]} at element ${i}`);
    }
  }
  return iterate(Float64Array.from(start), settings);
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

/** One step of the past: s = x' - x, y = g' - g, [n] each. */
interface Pair {
  s: Float64Array;
  y: Float64Array;
  /** s . y > 0. */
  sy: number;
}

function* iterate(
  start: Float64Array,
  { memory, maxIterations, gradientTolerance, functionTolerance }: LbfgsOptions,
): Iterating<LbfgsResult> {
  let evaluations = 0;
  const evaluate = function* (x: Float64Array): Iterating<Point> {
    const found = yield { evaluate: x };
    if (found === undefined)
      throw new TypeError("lbfgs: the value and the gradient at the point were needed, got none");
    evaluations++;
    checkEvaluation(found.value, found.gradient, evaluations);
    return { x, ...found };
  };

  let pairs: Pair[] = [];
  let current = yield* evaluate(start);
  let iterations = 0;
  const result = (stopped: LbfgsResult["stopped"]): LbfgsResult => {
    const { x, value, gradient } = current;
    return { x, value, gradientNorm: largest(gradient), iterations, evaluations, stopped };
  };

  for (;;) {
    if (largest(current.gradient) <= gradientTolerance) return result("gradient");
    if (iterations === maxIterations) return result("iterations");
    let next = yield* searchAlong(direction(current.gradient, pairs), current, pairs.length > 0, evaluate);
    if (next === null && pairs.length > 0) {
      pairs = [];
      next = yield* searchAlong(direction(current.gradient, pairs), current, false, evaluate);
    }
    if (next === null) return result("line search");
    remember(pairs, memory, current, next);
    const previous = current;
    current = next;
    iterations++;
    const { x, value } = current;
    yield { iterated: { iteration: iterations, x, value, gradientNorm: largest(current.gradient), evaluations } };
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

/** a += factor b. */
function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

function largest(gradient: Float64Array): number {
  let most = 0;
  for (const element of gradient) most = Math.max(most, Math.abs(element));
  return most;
}
