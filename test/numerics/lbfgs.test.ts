import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LbfgsProgress, lbfgs, lbfgsRequests, lbfgsSteps, type Objective } from "../../dist/numerics/lbfgs.js";
import { LeastSquares } from "../../dist/numerics/least-squares.js";
import { Rng } from "../../dist/numerics/random.js";
import { difference, golden } from "./golden.js";

const precise = { gradientTolerance: 1e-10, functionTolerance: 0 };

/** sum 100 (x_{i + 1} - x_i^2)^2 + (1 - x_i)^2, least, 0, at (1, 1, ...). */
const rosenbrock: Objective = (x, gradient) => {
  let sum = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1] - x[i] * x[i];
    const b = 1 - x[i];
    sum += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return sum;
};

/** sum (x - 1)^4 + x^2 / 2, least at 1 / 2. */
const quartic: Objective = (x, gradient) => {
  let sum = 0;
  x.forEach((value, i) => {
    const a = value - 1;
    sum += a * a * a * a + 0.5 * value * value;
    gradient[i] = 4 * a * a * a + value;
  });
  return sum;
};

describe("lbfgs", () => {
  test("finds the minimum of a parabola worked by hand: (x - 3)^2 + 2 (y + 1)^2 + 5", () => {
    const found = lbfgs(
      ([x, y], gradient) => {
        gradient[0] = 2 * (x - 3);
        gradient[1] = 4 * (y + 1);
        return (x - 3) * (x - 3) + 2 * (y + 1) * (y + 1) + 5;
      },
      [0, 0],
      precise,
    );
    expect(difference(found.x, [3, -1])).toBeLessThan(1e-9);
    expect(found.value).toBe(5);
    expect(found.stopped).toBe("gradient");
    expect(found.gradientNorm).toBeLessThanOrEqual(1e-10);
  });

  test("walks Rosenbrock's valley from its usual start within 50 iterations", () => {
    const found = lbfgs(rosenbrock, [-1.2, 1], precise);
    expect(difference(found.x, [1, 1])).toBeLessThan(1e-9);
    expect(found.iterations).toBeLessThan(50);
    expect(found.evaluations).toBeLessThan(70);
  });

  test.each([
    ["rosen", rosenbrock],
    ["quartic", quartic],
  ] as const)("ends up where scipy's L-BFGS-B does: %s", (name, objective) => {
    const { start, x, value } = golden.minima[name];
    const found = lbfgs(objective, start, { gradientTolerance: 1e-11, functionTolerance: 0 });
    expect(difference(found.x, x)).toBeLessThan(1e-8);
    expect(Math.abs(found.value - value)).toBeLessThan(1e-15);
  });

  test("a sum of squares has the minimum that the normal equations give", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 20 }), fc.nat(), (n, rows, seed) => {
        const rng = new Rng(seed);
        const a = Array.from({ length: rows }, () => Float64Array.from({ length: n }, () => rng.normal()));
        const targets = a.map(() => rng.normal());
        const equations = new LeastSquares(n);
        a.forEach((row, j) => {
          equations.add(row, [targets[j]], 1);
        });
        const objective: Objective = (x, gradient) => {
          let sum = 0;
          x.forEach((value, i) => {
            sum += 0.1 * value * value;
            gradient[i] = 0.2 * value;
          });
          a.forEach((row, j) => {
            const rest = row.reduce((total, value, i) => total + value * x[i], -targets[j]);
            sum += rest * rest;
            row.forEach((value, i) => {
              gradient[i] += 2 * rest * value;
            });
          });
          return sum;
        };
        const start = Float64Array.from({ length: n }, () => rng.normal());
        const found = lbfgs(objective, start, { gradientTolerance: 1e-7, functionTolerance: 0 });
        expect(difference(found.x, equations.solve(0.1))).toBeLessThan(1e-5); // near 1e-7 over the curvature, 0.2
      }),
      { numRuns: 100 },
    );
  });

  test("memory for as many steps as unknowns solves a parabola of any shape", () => {
    const scales = [1, 10, 100, 1000];
    const objective: Objective = (x, gradient) => {
      let sum = 0;
      scales.forEach((scale, i) => {
        gradient[i] = scale * x[i];
        sum += (scale * x[i] * x[i]) / 2;
      });
      return sum;
    };
    for (const memory of [1, 4, 20]) {
      const found = lbfgs(objective, [1, 1, 1, 1], { ...precise, memory });
      expect(difference(found.x, [0, 0, 0, 0])).toBeLessThan(1e-9);
    }
  });

  test("every iteration lowers f, and the steps end as the whole run does, to the bit", () => {
    const steps = lbfgsSteps(rosenbrock, golden.minima.rosen.start, precise);
    const seen: LbfgsProgress[] = [];
    let step = steps.next();
    for (; !step.done; step = steps.next()) seen.push(step.value);
    expect(step.value).toEqual(lbfgs(rosenbrock, golden.minima.rosen.start, precise));
    expect(seen.length).toBe(step.value.iterations);
    seen.forEach(({ iteration, x, value, evaluations }, i) => {
      expect(iteration).toBe(i + 1);
      expect(evaluations).toBeGreaterThan(iteration);
      if (i > 0) expect(value).toBeLessThan(seen[i - 1].value);
      expect(rosenbrock(x, new Float64Array(x.length))).toBe(value); // later iterations left x alone
    });
  });

  test("asked for values one by one, two minimizations that take turns end as each alone does, to the bit", () => {
    const starts = [golden.minima.rosen.start, golden.minima.quartic.start];
    const objectives = [rosenbrock, quartic];
    const running = starts.map((start) => lbfgsRequests(start, precise));
    const next = running.map((requests) => requests.next());
    while (next.some(({ done }) => !done)) {
      for (const [k, { done, value }] of next.entries()) {
        if (done) continue;
        const { evaluate: x } = value;
        const gradient = new Float64Array(x?.length ?? 0);
        next[k] = running[k].next(x === undefined ? undefined : { value: objectives[k](x, gradient), gradient });
      }
    }
    next.forEach(({ value }, k) => {
      expect(value).toEqual(lbfgs(objectives[k], starts[k], precise));
    });
    const unanswered = lbfgsRequests([1]);
    unanswered.next();
    expect(() => unanswered.next()).toThrow(/value and the gradient at the point were needed/);
  });

  test("says which option stopped it", () => {
    const start = [-1.2, 1];
    const few = lbfgs(rosenbrock, start, { maxIterations: 3 });
    expect([few.stopped, few.iterations]).toEqual(["iterations", 3]);
    expect(lbfgs(rosenbrock, start, { maxIterations: 0 })).toMatchObject({
      iterations: 0,
      evaluations: 1,
      x: Float64Array.from(start),
    });
    expect(lbfgs(rosenbrock, start, { functionTolerance: 0.5 }).stopped).toBe("function");
    expect(lbfgs(rosenbrock, [1, 1])).toMatchObject({ stopped: "gradient", iterations: 0, evaluations: 1 });
  });

  test("a gradient that points the wrong way ends in the line search, at the start", () => {
    const found = lbfgs(
      ([x], gradient) => {
        gradient[0] = -2 * x;
        return x * x;
      },
      [1],
    );
    expect(found).toMatchObject({ stopped: "line search", iterations: 0, value: 1 });
    expect([...found.x]).toEqual([1]);
  });

  test("a function that is infinite beyond its domain keeps the steps inside: x - ln x", () => {
    const found = lbfgs(
      ([x], gradient) => {
        gradient[0] = 1 - 1 / x;
        return x > 0 ? x - Math.log(x) : Number.POSITIVE_INFINITY;
      },
      [1e-3],
      precise,
    );
    expect(found.x[0]).toBeCloseTo(1, 9);
  });

  test("steps grow as long as f falls steeply", () => {
    const found = lbfgs(
      ([x], gradient) => {
        gradient[0] = 2 * (x - 1e6);
        return (x - 1e6) * (x - 1e6);
      },
      [0],
    );
    expect(found.x[0]).toBeCloseTo(1e6, 3);
    expect(found.evaluations).toBeLessThan(20);
  });

  test("refuses objectives and gradients that are not finite, naming evaluation and element", () => {
    const constant = (value: number, slope: number, after = 0) => {
      let calls = 0;
      return (x: Float64Array, gradient: Float64Array) => {
        gradient.fill(1);
        gradient[1] = ++calls > after ? slope : 1;
        return calls > after ? value : x[0] + x[1];
      };
    };
    expect(() => lbfgs(constant(Number.NaN, 1), [0, 0])).toThrow(
      new RangeError("lbfgs: the objective must be finite at the start, got NaN in evaluation 1"),
    );
    expect(() => lbfgs(constant(Number.POSITIVE_INFINITY, 1), [0, 0])).toThrow(/finite at the start, got Infinity/);
    expect(() => lbfgs(constant(Number.NaN, 1, 1), [0, 0])).toThrow(
      new RangeError("lbfgs: the objective must be neither NaN nor -Infinity, got NaN in evaluation 2"),
    );
    expect(() => lbfgs(constant(1, Number.NaN), [0, 0])).toThrow(
      new RangeError("lbfgs: the gradient must be finite, got NaN at element 1 in evaluation 1"),
    );
  });

  test.each([
    [{ memory: 0 }, "lbfgs: memory must be an integer >= 1, got 0"],
    [{ maxIterations: 1.5 }, "lbfgs: maxIterations must be an integer >= 0, got 1.5"],
    [{ gradientTolerance: -1 }, "lbfgs: gradientTolerance must be a finite number >= 0, got -1"],
    [{ functionTolerance: Number.NaN }, "lbfgs: functionTolerance must be a finite number >= 0, got NaN"],
    [{ tolerance: 1 }, /^lbfgs: there is no option tolerance; there are memory, maxIterations/],
  ])("refuses the options %o before anything runs", (options, message) => {
    expect(() => lbfgsSteps(rosenbrock, [0, 0], options as object)).toThrow(message);
  });

  test("refuses a start that is empty or not finite", () => {
    expect(() => lbfgs(rosenbrock, [])).toThrow("lbfgs: start must have at least one element, got none");
    expect(() => lbfgs(rosenbrock, [0, Number.NaN])).toThrow("lbfgs: start must be finite, got NaN at element 1");
  });
});
