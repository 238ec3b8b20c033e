import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LeastSquares } from "../../dist/numerics/least-squares.js";
import type { DenseMatrix } from "../../dist/numerics/matrix.js";
import { Rng } from "../../dist/numerics/random.js";
import { fitRidge, predictRidge } from "../../dist/numerics/ridge.js";
import { dense, difference, golden, permuteRows, randomMatrix, randomOrder, sparse } from "./golden.js";

/** Sizes on both sides of D = N, and the share of zeros. */
const sizes = fc.record({
  rows: fc.integer({ min: 2, max: 14 }),
  columns: fc.integer({ min: 1, max: 14 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  zeros: fc.constantFrom(0, 0.5, 0.9),
  seed: fc.nat(),
});

/** W by D equations whatever N is, from columns less their means. */
function byNormalEquations(x: DenseMatrix, y: DenseMatrix, ridge: number): Float64Array {
  const center = ({ rows, columns, values }: DenseMatrix) =>
    values.map((value, at) => {
      let sum = 0;
      for (let n = 0; n < rows; n++) sum += values[n * columns + (at % columns)];
      return value - sum / rows;
    });
  const xs = center(x);
  const ys = center(y);
  const equations = new LeastSquares(x.columns, y.columns);
  for (let n = 0; n < x.rows; n++) {
    const row = xs.subarray(n * x.columns, (n + 1) * x.columns);
    equations.add(row, ys.subarray(n * y.columns, (n + 1) * y.columns), 1);
  }
  return equations.solve(ridge);
}

describe("fitRidge", () => {
  test("fits a line worked by hand: (0, 1), (1, 3), (2, 5) with ridge 2 halve the slope about the mean", () => {
    const x = dense([[0], [1], [2]]);
    const model = fitRidge(x, dense([[1], [3], [5]]), { ridge: 2 });
    expect([...model.weights, ...model.bias]).toEqual([1, 2]); // slope 4 / (2 + 2), through (1, 3)
    expect([...predictRidge(model, x)]).toEqual([2, 3, 4]);
    expect(model).toMatchObject({ features: 1, outputs: 1 });
  });

  test("with fewer rows than columns, worked by hand: one row without intercept", () => {
    // W = x y / (|x|^2 + ridge) = (3, 4) 60 / (25 + 5)
    const model = fitRidge(dense([[3, 4]]), dense([[60]]), { ridge: 5, intercept: false });
    expect(difference(model.weights, [6, 8])).toBeLessThan(1e-15);
    expect([...model.bias]).toEqual([0]);
  });

  test.each(golden.ridge)("agrees with scikit-learn's Ridge, case %#", ({ x, y, options, weights, bias }) => {
    const model = fitRidge(x, y, options);
    expect(difference(model.weights, weights)).toBeLessThan(1e-13);
    expect(difference(model.bias, bias)).toBeLessThan(1e-13);
  });

  test("gives what the normal equations give, whichever form it takes, dense or sparse", () => {
    fc.assert(
      fc.property(sizes, ({ rows, columns, outputs, zeros, seed }) => {
        const rng = new Rng(seed);
        const x = randomMatrix(rng, rows, columns, zeros);
        const y = randomMatrix(rng, rows, outputs);
        const wanted = byNormalEquations(x, y, 0.1);
        expect(difference(fitRidge(x, y, { ridge: 0.1 }).weights, wanted)).toBeLessThan(1e-11);
        expect(difference(fitRidge(sparse(x), y, { ridge: 0.1 }).weights, wanted)).toBeLessThan(1e-11);
      }),
      { numRuns: 300 },
    );
  });

  test("without intercept a sparse matrix and its dense twin give the same bits", () => {
    fc.assert(
      fc.property(sizes, ({ rows, columns, outputs, zeros, seed }) => {
        const rng = new Rng(seed);
        const x = randomMatrix(rng, rows, columns, zeros);
        const y = randomMatrix(rng, rows, outputs);
        const options = { ridge: 0.1, intercept: false };
        expect(fitRidge(sparse(x), y, options)).toEqual(fitRidge(x, y, options));
      }),
    );
  });

  test("the order of the rows does not matter, and moving x or y moves only the bias", () => {
    fc.assert(
      fc.property(sizes, ({ rows, columns, outputs, seed }) => {
        const rng = new Rng(seed);
        const x = randomMatrix(rng, rows, columns);
        const y = randomMatrix(rng, rows, outputs);
        const model = fitRidge(x, y, { ridge: 0.1 });
        const order = randomOrder(rng, rows);
        const permuted = fitRidge(permuteRows(x, order), permuteRows(y, order), { ridge: 0.1 });
        expect(difference(permuted.weights, model.weights)).toBeLessThan(1e-11);
        expect(difference(permuted.bias, model.bias)).toBeLessThan(1e-11);

        const far = { ...x, values: x.values.map((value) => value + 1000) };
        const moved = fitRidge(far, { ...y, values: y.values.map((value) => value - 7) }, { ridge: 0.1 });
        expect(difference(moved.weights, model.weights)).toBeLessThan(1e-9); // 1,000 costs three digits
        const residuals = predictRidge(moved, far).map((value, at) => y.values[at] - 7 - value);
        for (let c = 0; c < outputs; c++) {
          const sum = residuals.reduce((total, value, at) => (at % outputs === c ? total + value : total), 0);
          expect(Math.abs(sum)).toBeLessThan(1e-8); // the mark of an intercept without penalty
        }
      }),
      { numRuns: 200 },
    );
  });

  test("numbers of 32 bits are taken as they are", () => {
    const rng = new Rng(5);
    const values = Float32Array.from({ length: 24 }, () => rng.normal());
    const y = randomMatrix(rng, 6, 2);
    const x = { rows: 6, columns: 4, values };
    expect(fitRidge(x, y)).toEqual(fitRidge({ ...x, values: Float64Array.from(values) }, y));
  });

  test("the matrices handed in stay as they are", () => {
    const rng = new Rng(6);
    for (const columns of [3, 9]) {
      const x = randomMatrix(rng, 6, columns);
      const y = randomMatrix(rng, 6, 2);
      const before = [x.values.slice(), y.values.slice()];
      fitRidge(x, y);
      expect([x.values, y.values]).toEqual(before);
    }
  });

  test("refuses what it cannot fit", () => {
    const x = dense([
      [1, 2],
      [3, 4],
    ]);
    const y = dense([[1], [2]]);
    expect(() => fitRidge(x, dense([[1]]))).toThrow(
      new RangeError("fitRidge: x and y must have the same number of rows, got 2 and 1"),
    );
    expect(() =>
      fitRidge(
        dense([
          [1, 2],
          [3, Number.NaN],
        ]),
        y,
      ),
    ).toThrow(new RangeError("fitRidge: x must be finite, got NaN in row 1, column 1"));
    expect(() => fitRidge(x, dense([[1], [Number.NaN]]))).toThrow(/^fitRidge: y must be finite, got NaN in row 1/);
    expect(() => fitRidge(x, y, { ridge: 0 })).toThrow(
      new RangeError("fitRidge: ridge must be a finite number > 0, got 0"),
    );
    expect(() => fitRidge(x, y, { intercept: 1 as never })).toThrow(/intercept must be true or false, got 1/);
    expect(() => fitRidge(x, y, { alpha: 1 } as never)).toThrow(/there is no option alpha; there are ridge, intercept/);
    expect(() => fitRidge(dense([[1e200], [0]]), y)).toThrow(/^fitRidge: the equations' numbers are too large/);
    expect(() => predictRidge(fitRidge(x, y), dense([[1]]))).toThrow(
      new RangeError("predictRidge: x must have 2 columns, as in training, got 1"),
    );
  });
});
