import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fitLogisticRegression,
  logisticObjective,
  logisticRegressionSteps,
  predict,
  predictProbabilities,
} from "../../dist/numerics/logistic-regression.js";
import { Rng } from "../../dist/numerics/random.js";
import { dense, difference, golden, permuteRows, randomMatrix, randomOrder, sparse } from "./golden.js";

const precise = { gradientTolerance: 1e-9, functionTolerance: 0 };

/** N rows with labels of which each class has some. */
const problems = fc.record({
  rows: fc.integer({ min: 6, max: 20 }),
  columns: fc.integer({ min: 1, max: 5 }),
  classes: fc.integer({ min: 2, max: 4 }),
  zeros: fc.constantFrom(0, 0.5),
  seed: fc.nat(),
});

function problem({ rows, columns, classes, zeros, seed }: typeof problems extends fc.Arbitrary<infer P> ? P : never) {
  const rng = new Rng(seed);
  const x = randomMatrix(rng, rows, columns, zeros);
  const labels = Array.from({ length: rows }, (_, n) => (n < classes ? n : rng.below(classes)));
  return { rng, x, labels };
}

describe("fitLogisticRegression", () => {
  test("without features that tell, the probabilities are the classes' shares", () => {
    const model = fitLogisticRegression(dense([[0], [0], [0], [0]]), [0, 1, 1, 1], 2, precise);
    expect(difference(predictProbabilities(model, dense([[5]])), [0.25, 0.75])).toBeLessThan(1e-8);
    expect(model.value).toBeCloseTo(-(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)), 12); // their entropy, in nats
    expect(difference(model.bias, [-Math.log(3) / 2, Math.log(3) / 2])).toBeLessThan(1e-8);
    expect([...model.weights]).toEqual([0, 0]);
  });

  test("two points worked by hand: at x = -1 and 1, w solves sigmoid(-2 w) = l2 w", () => {
    // W = (-w, w): the score of the right class is 2 w above the other's, and d/dw (ln(1 + e^(-2 w)) + l2 w^2) = 0.
    const w = 0.5;
    const l2 = 1 / (1 + Math.exp(2 * w)) / w;
    const model = fitLogisticRegression(dense([[-1], [1]]), [0, 1], 2, { ...precise, l2 });
    expect(difference(model.weights, [-w, w])).toBeLessThan(1e-8);
    expect(difference(model.bias, [0, 0])).toBeLessThan(1e-8);
  });

  test.each(golden.logistic)(
    "agrees with scikit-learn's LogisticRegression, case %#",
    ({ x, labels, classes, options, coefficients, intercepts, probabilities }) => {
      const model = fitLogisticRegression(x, labels, classes, { ...options, ...precise });
      // Both stop near the minimum: a gradient of 1e-9 over a curvature of 0.01 or so leaves 1e-7.
      expect(difference(predictProbabilities(model, x), probabilities)).toBeLessThan(1e-7);
      const perClass = (values: Float64Array) =>
        classes > 2 ? values : values.filter((_, i) => i % 2 === 1).map((value, i) => value - values[2 * i]);
      expect(difference(perClass(model.weights), coefficients)).toBeLessThan(1e-7);
      if (options.intercept) expect(difference(perClass(model.bias), intercepts)).toBeLessThan(1e-7);
      else expect([...model.bias]).toEqual(new Array(classes).fill(0));
    },
  );

  test("the gradient is that of central differences, with and without bias", () => {
    fc.assert(
      fc.property(problems, fc.boolean(), (sizes, intercept) => {
        const { rng, x, labels } = problem(sizes);
        const shares = Float64Array.from(labels, () => rng.uniform() / labels.length);
        const objective = logisticObjective(x, labels, sizes.classes, shares, { l2: 0.3, intercept });
        const length = (x.columns + (intercept ? 1 : 0)) * sizes.classes;
        const at = Float64Array.from({ length }, () => rng.normal());
        const gradient = new Float64Array(length);
        objective(at, gradient);
        const h = 1e-5;
        const differences = at.map((_, i) => {
          const move = (by: number) => at.map((value, k) => (k === i ? value + by : value));
          const slope = objective(move(h), new Float64Array(length)) - objective(move(-h), new Float64Array(length));
          return slope / (2 * h);
        });
        expect(difference(gradient, differences)).toBeLessThan(1e-8);
      }),
      { numRuns: 100 },
    );
  });

  test("dense and sparse features give the same bits", () => {
    fc.assert(
      fc.property(problems, (sizes) => {
        const { x, labels } = problem(sizes);
        const model = fitLogisticRegression(x, labels, sizes.classes);
        expect(fitLogisticRegression(sparse(x), labels, sizes.classes)).toEqual(model);
        expect(predictProbabilities(model, sparse(x))).toEqual(predictProbabilities(model, x));
      }),
      { numRuns: 50 },
    );
  });

  test("neither the order of the rows nor the numbering of the classes matters", () => {
    fc.assert(
      fc.property(problems, (sizes) => {
        const { rng, x, labels } = problem(sizes);
        const { classes } = sizes;
        // Gradients of 1e-8 are what the line search reaches; over a curvature of 0.01 they leave 1e-6.
        const options = { ...precise, l2: 0.1 };
        const weights = fitLogisticRegression(x, labels, classes, options).weights;
        const order = randomOrder(rng, sizes.rows);
        const inOrder = order.map((n) => labels[n]);
        const permuted = fitLogisticRegression(permuteRows(x, order), inOrder, classes, options).weights;
        expect(difference(permuted, weights)).toBeLessThan(1e-5);
        const turned = labels.map((label) => (label + 1) % classes);
        const other = fitLogisticRegression(x, turned, classes, options).weights;
        const back = other.map((_, i) => other[i - (i % classes) + (((i % classes) + 1) % classes)]);
        expect(difference(back, weights)).toBeLessThan(1e-5);
      }),
      { numRuns: 50 },
    );
  });

  test("an integer weight is that many copies of the row, and weight 0 none", () => {
    const rng = new Rng(11);
    const x = randomMatrix(rng, 12, 2);
    const labels = Array.from({ length: 12 }, (_, n) => n % 3);
    const sampleWeights = labels.map((_, n) => (n * 7) % 4);
    const copies = sampleWeights.flatMap((weight, n) => new Array<number>(weight).fill(n));
    const repeated = { ...permuteRows(x, copies), rows: copies.length };
    const copied = fitLogisticRegression(
      repeated,
      copies.map((n) => labels[n]),
      3,
      precise,
    );
    const weighted = fitLogisticRegression(x, labels, 3, { ...precise, sampleWeights });
    expect(difference(weighted.weights, copied.weights)).toBeLessThan(1e-6);
    expect(difference(weighted.bias, copied.bias)).toBeLessThan(1e-6);
  });

  test("weights and bias have the sum 0 over the classes", () => {
    fc.assert(
      fc.property(problems, (sizes) => {
        const { x, labels } = problem(sizes);
        const { classes } = sizes;
        const { weights, bias } = fitLogisticRegression(x, labels, classes, { l2: 0.01 });
        for (const values of [weights, bias]) {
          for (let start = 0; start < values.length; start += classes) {
            const sum = values.subarray(start, start + classes).reduce((total, value) => total + value, 0);
            expect(Math.abs(sum)).toBeLessThan(1e-9);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("classes that a plane separates stay finite with a penalty, and end at a tolerance without", () => {
    const x = dense([
      [-2, 1],
      [-1, -1],
      [1, 1],
      [2, 0],
      [300, 5],
    ]);
    const labels = [0, 0, 1, 1, 1];
    const penalized = fitLogisticRegression(x, labels, 2, { l2: 1e-6 });
    expect(penalized.stopped).not.toBe("iterations");
    expect(penalized.gradientNorm).toBeLessThan(1e-4);
    const free = fitLogisticRegression(x, labels, 2, { l2: 0 });
    for (const model of [penalized, free]) {
      expect(model.weights.every(Number.isFinite)).toBe(true);
      expect([...predict(model, x)]).toEqual(labels);
    }
    expect(free.value).toBeLessThan(1e-5);
  });

  test("finds planted classes", () => {
    const rng = new Rng(2);
    const centers = [
      [4, 0],
      [-4, 0],
      [0, 4],
    ];
    const labels = Array.from({ length: 150 }, (_, n) => n % 3);
    const x = dense(labels.map((label) => centers[label].map((value) => value + rng.normal())));
    const model = fitLogisticRegression(x, labels, 3);
    const right = predict(model, x).filter((label, n) => label === labels[n]).length;
    expect(right).toBeGreaterThanOrEqual(145);
    expect(model.stopped).not.toBe("iterations");
  });

  test("the steps end as the whole run does, and lower the loss", () => {
    const { x, labels, classes } = golden.logistic[0];
    const steps = logisticRegressionSteps(x, labels, classes);
    const losses = [Math.log(classes)];
    let step = steps.next();
    for (; !step.done; step = steps.next()) losses.push(step.value.value);
    expect(step.value).toEqual(fitLogisticRegression(x, labels, classes));
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]);
  });

  test("refuses labels, weights, features and options that it cannot use", () => {
    const x = dense([
      [1, 2],
      [3, 4],
      [5, 7],
    ]);
    const fitX = (labels: number[], classes: number, options = {}) =>
      fitLogisticRegression(x, labels, classes, options);
    const refused = (run: () => unknown, message: string) =>
      expect(run).toThrow(new RangeError(`fitLogisticRegression: ${message}`));
    refused(() => fitX([0, 1, 2], 2), "labels must be integers from 0 to 1, got 2 in row 2");
    refused(() => fitX([0, -1, 1], 2), "labels must be integers from 0 to 1, got -1 in row 1");
    refused(() => fitX([0, 0.5, 1], 2), "labels must be integers from 0 to 1, got 0.5 in row 1");
    refused(() => fitX([0, 1], 2), "there must be one label a row, 3, got 2");
    refused(() => fitX([0, 0, 0], 1), "classes must be an integer >= 2, got 1");
    refused(
      () => fitX([1, 1, 1], 2),
      "each of the 2 classes must have a row of positive weight, got 1 that do, class 0 not among them",
    );
    refused(
      () => fitX([0, 1, 2], 3, { sampleWeights: [1, 0, 1] }),
      "each of the 3 classes must have a row of positive weight, got 2 that do, class 1 not among them",
    );
    refused(
      () => fitX([0, 1, 1], 2, { sampleWeights: [1, -1, 1] }),
      "sampleWeights must not be negative or NaN, got -1 in row 1",
    );
    refused(() => fitX([0, 1, 1], 2, { sampleWeights: [1] }), "sampleWeights must have one weight a row, 3, got 1");
    refused(
      () => fitX([0, 1, 1], 2, { sampleWeights: [0, 0, 0] }),
      "sampleWeights must have a positive finite sum, got 0",
    );
    refused(() => fitX([0, 1, 1], 2, { l2: -1 }), "l2 must be a finite number >= 0, got -1");
    refused(() => fitX([0, 1, 1], 2, { memory: 0 }), "memory must be an integer >= 1, got 0");
    expect(() => fitX([0, 1, 1], 2, { C: 1 })).toThrow(
      /^fitLogisticRegression: there is no option C; there are memory/,
    );
    refused(
      () =>
        fitLogisticRegression(
          dense([
            [1, 2],
            [3, Number.NaN],
          ]),
          [0, 1],
          2,
        ),
      "x must be finite, got NaN in row 1, column 1",
    );
    expect(() => predict(fitX([0, 1, 1], 2), dense([[1]]))).toThrow(
      new RangeError("predict: x must have 2 columns, as in training, got 1"),
    );
  });
});

test("probabilities of scores far apart are 1 and 0, not NaN, and ties go to the lowest class", () => {
  const model = { features: 1, outputs: 3, weights: Float64Array.of(1e4, -1e4, 0), bias: Float64Array.of(0, 0, 0) };
  expect([...predictProbabilities(model, dense([[1], [-1]]))]).toEqual([1, 0, 0, 0, 1, 0]);
  expect([...predict(model, dense([[0], [1], [-1]]))]).toEqual([0, 0, 1]);
});
