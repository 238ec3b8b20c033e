import { Breather } from "../../io/breather.js";
import { NdArray } from "../../networks/array.js";
import { compile } from "../../networks/compile.js";
import { type LbfgsRequest, type LbfgsResult, lbfgsRequests } from "../../numerics/lbfgs.js";
import { type Descender, type Descent, type DescentSettings, Tracker } from "./descent.js";
import type { ObjectiveGradient } from "./objective.js";

/** Of f in squared pixels of a picture: below, the rounding of float32 decides. */
const tolerances = { gradientTolerance: 1e-6, functionTolerance: 1e-9 };
/**
 * Steps that are remembered, at least and at most: as many as a code has numbers where that is possible, since coordinates that a
 * decoder hardly uses make f long and narrow.
 */
const [leastMemory, mostMemory] = [10, 50];

/**
 * L-BFGS for B codes at the same time: each has a minimization of its own, and one run of the decoder answers what all of
 * them ask for.
 */
export function lbfgsDescender(
  gradientAt: ObjectiveGradient,
  { batch, dimensions, shape, steps, pathEvery, executor, threads, signal }: DescentSettings,
): Descender {
  const evaluate = compile(gradientAt, { executor, threads });
  return {
    run: async ({ starts, targets, onStep }) => {
      const x = new NdArray("float32", [batch, shape.channels, shape.height, shape.width], targets);
      const points = Float32Array.from(starts);
      const u = new NdArray("float32", [batch, dimensions], points);
      const rows = Array.from({ length: batch }, (_, b) => [b * dimensions, (b + 1) * dimensions] as const);
      const searches = rows.map((row) => new Search(starts.slice(...row), steps, pathEvery));
      const breather = new Breather(signal);
      while (searches.some(({ point }) => point !== null)) {
        signal?.throwIfAborted();
        if (breather.due) await breather.pause();
        for (const [b, { point }] of searches.entries()) if (point !== null) points.set(point, rows[b][0]);
        const { value, error, gradient } = await evaluate(u, x);
        for (const [b, search] of searches.entries()) {
          if (search.point === null) continue;
          const slope = Float64Array.from(gradient.data.subarray(...rows[b]) as Float32Array);
          search.answer(value.data[b] as number, error.data[b] as number, slope);
        }
        const slowest = Math.min(...searches.map(({ point, iterations }) => (point === null ? steps : iterations)));
        onStep(slowest, searches.reduce((sum, { error }) => sum + error, 0) / batch);
      }
      onStep(steps, searches.reduce((sum, { error }) => sum + error, 0) / batch);
      return searches.map((search) => search.finish());
    },
    close: () => evaluate.close(),
  };
}

/** One of the minimizations. */
class Search {
  /** Where f is needed, [D]; null when the search has ended. */
  point: Float64Array | null = null;
  iterations = 0;
  /** The squared error where the last iteration ended. */
  error = Number.POSITIVE_INFINITY;
  readonly #requests: ReturnType<typeof lbfgsRequests>;
  readonly #tracker: Tracker;
  /** Squared errors at the points since the last iteration. */
  readonly #errors = new Map<Float64Array, number>();

  constructor(start: Float64Array, steps: number, pathEvery: number | undefined) {
    const memory = Math.min(mostMemory, Math.max(leastMemory, start.length));
    this.#requests = lbfgsRequests(start, { maxIterations: steps, memory, ...tolerances });
    this.#tracker = new Tracker(pathEvery);
    this.#follow(this.#requests.next());
  }

  /** Takes f at the point. */
  answer(value: number, error: number, gradient: Float64Array): void {
    const point = this.point as Float64Array;
    if (this.error === Number.POSITIVE_INFINITY) {
      this.error = error;
      this.#tracker.take(0, point, value, error);
    }
    this.#errors.set(point, error);
    this.#follow(this.#requests.next({ value, gradient }));
  }

  finish(): Descent {
    return this.#tracker.finish();
  }

  #follow(next: IteratorResult<LbfgsRequest, LbfgsResult>): void {
    for (; !next.done && next.value.iterated !== undefined; next = this.#requests.next()) {
      const { iteration, x, value } = next.value.iterated;
      this.iterations = iteration;
      this.error = this.#errors.get(x) as number;
      this.#tracker.take(iteration, x, value, this.error);
      this.#errors.clear();
    }
    this.point = next.done ? null : (next.value.evaluate as Float64Array);
  }
}
