import { dot } from "./dot.js";

/** f and its gradient at a point. */
export interface Point {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
}

/** A point on the line of a search: phi(a) = f(x + a p), phi'(a) = g(x + a p) . p. */
interface Trial extends Point {
  step: number;
  slope: number;
}

/** Evaluates f at a point; whoever drives the generator does so, and hears of it by what is yielded. */
export type Evaluate<Request, Answer> = (x: Float64Array) => Generator<Request, Point, Answer>;

/** A search in the hands of what drives it. */
type Searching<Request, Found, Answer> = Generator<Request, Found, Answer>;

const sufficientDecrease = 1e-4; // c1
const curvature = 0.9; // c2
const longestSearch = 30; // trials on the way out, and as many on the way in

/**
 * A step along p that meets the strong Wolfe conditions (Nocedal and Wright 2006, eq. 3.7, c1 = 1e-4, c2 = 0.9), by their
 * algorithm 3.5; null where none lowers f. The first step tried is 1, Newton's, or where p is not scaled one of length 1 at most.
 */
export function* searchAlong<Request, Answer>(
  p: Float64Array,
  from: Point,
  isScaled: boolean,
  evaluate: Evaluate<Request, Answer>,
): Searching<Request, Point | null, Answer> {
  const start: Trial = { ...from, step: 0, slope: dot(from.gradient, p) };
  if (!(start.slope < 0)) return null;
  const at = function* (step: number): Searching<Request, Trial, Answer> {
    const point = yield* evaluate(from.x.map((element, i) => element + step * p[i]));
    return { ...point, step, slope: dot(point.gradient, p) };
  };

  let previous = start;
  let step = isScaled ? 1 : Math.min(1, 1 / Math.sqrt(dot(p, p)));
  for (let n = 0; n < longestSearch; n++) {
    const trial = yield* at(step);
    const isTooHigh = !decreases(start, trial) || (n > 0 && trial.value >= previous.value);
    if (isTooHigh) return yield* zoom(start, previous, trial, at);
    if (isFlat(start, trial)) return trial;
    if (trial.slope >= 0) return yield* zoom(start, trial, previous, at);
    const cubic = cubicMinimum(previous, trial);
    step *= cubic > 10 * step ? 10 : cubic > 2 * step ? cubic / step : 2;
    previous = trial;
  }
  return previous; // f falls on and on: it may have no lower bound
}

/** A step between two of which `low` is the better and f falls from it towards `high` (algorithm 3.6). */
function* zoom<Request, Answer>(
  start: Trial,
  low: Trial,
  high: Trial,
  at: (step: number) => Searching<Request, Trial, Answer>,
): Searching<Request, Trial | null, Answer> {
  for (let n = 0; n < longestSearch; n++) {
    const width = high.step - low.step;
    const cubic = (cubicMinimum(low, high) - low.step) / width;
    const trial = yield* at(low.step + width * (cubic > 0.1 && cubic < 0.9 ? cubic : 0.5));
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
