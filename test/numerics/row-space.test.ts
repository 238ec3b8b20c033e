import { expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { fitRidge } from "../../dist/numerics/ridge.js";
import { RowSpace } from "../../dist/numerics/row-space.js";

test("a ridge regression in coordinates of the rows' space is that of the rows, one of them standing twice", () => {
  const rng = new Rng(1);
  const values = Float64Array.from({ length: 6 * 9 }, () => rng.normal());
  values.copyWithin(9, 0, 9); // row 1 is row 0
  const x = { rows: 6, columns: 9, values };
  const y = { rows: 6, columns: 2, values: Float64Array.from({ length: 12 }, () => rng.normal()) };
  const direct = fitRidge(x, y, { ridge: 0.3 });
  const space = new RowSpace(x);
  const model = space.model(fitRidge(space.coordinates, y, { ridge: 0.3 }));
  for (const [at, weight] of direct.weights.entries()) expect(model.weights[at]).toBeCloseTo(weight, 8);
  for (const [c, bias] of direct.bias.entries()) expect(model.bias[c]).toBeCloseTo(bias, 8);
});
