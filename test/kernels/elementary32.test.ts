import { expect, test } from "vitest";
import { cos32, exp32, log32, sin32 } from "../../dist/kernels/twins/elementary32.js";
import { Rng } from "../../dist/numerics/random.js";

const { fround } = Math;
/** f64 functions of the engine, good to 1e-15 and so exact beside f32. */
const { cos, exp, log, sin } = Math;

test("log32 is off by less than 2e-7 of the logarithm, or 1e-7 near 1, over all positive normal numbers", () => {
  const rng = new Rng(1);
  const arguments_ = [fround(2 ** -126), fround(3.4028234e38), 1, fround(Math.SQRT1_2), fround(Math.SQRT2), 0.5, 2];
  for (let exponent = -126; exponent <= 127; exponent++) {
    for (let k = 0; k < 400; k++) arguments_.push(fround((1 + rng.uniform()) * 2 ** exponent));
  }
  for (let k = 0; k < 20_000; k++) arguments_.push(fround(0.6 + rng.uniform()));
  for (const x of arguments_) {
    if (x === Number.POSITIVE_INFINITY) continue;
    const exact = log(x);
    const bound = Math.abs(exact) > 0.5 ? 2e-7 * Math.abs(exact) : 1e-7;
    if (!(Math.abs(log32(x) - exact) < bound)) expect.fail(`log32(${x}) = ${log32(x)}, ${exact} was wanted`);
  }
  expect(log32(1)).toBe(0);
  expect(log32(Number.NaN)).toBeNaN();
  expect(log32(Number.POSITIVE_INFINITY)).toBeNaN();
});

test("exp32 is off by less than 3e-7 of the power from -87 to 88", () => {
  const rng = new Rng(2);
  const arguments_ = [-87, 88, 0, -0, 1, -1];
  for (let k = 0; k < 100_000; k++) arguments_.push(fround(-87 + 175 * rng.uniform()));
  for (let k = 0; k < 20_000; k++) arguments_.push(fround(rng.normal()));
  for (const x of arguments_) {
    const exact = exp(x);
    if (!(Math.abs(exp32(x) - exact) < 3e-7 * exact)) expect.fail(`exp32(${x}) = ${exp32(x)}, ${exact} was wanted`);
  }
  expect(exp32(0)).toBe(1);
});

test("exp32 takes what lies beyond -87 or 88 for the nearer of them, and NaN for NaN", () => {
  expect(exp32(-1000)).toBe(exp32(-87));
  expect(exp32(Number.NEGATIVE_INFINITY)).toBe(exp32(-87));
  expect(exp32(1000)).toBe(exp32(88));
  expect(exp32(88)).toBeLessThan(Number.POSITIVE_INFINITY);
  expect(exp32(Number.NaN)).toBeNaN();
});

test("sin32 and cos32 are off by less than 2e-7 of the value from -pi/4 to pi/4", () => {
  const rng = new Rng(3);
  const end = fround(Math.PI / 4);
  const arguments_ = [end, -end, 1e-30, -(2 ** -126)];
  for (let k = 0; k < 100_000; k++) arguments_.push(fround(end * (2 * rng.uniform() - 1)));
  for (const x of arguments_) {
    for (const [ours, exact] of [
      [sin32(x), sin(x)],
      [cos32(x), cos(x)],
    ]) {
      if (!(Math.abs(ours - exact) < 2e-7 * Math.abs(exact))) expect.fail(`${x}: got ${ours}, ${exact} was wanted`);
    }
  }
  expect([sin32(0), cos32(0)]).toEqual([0, 1]);
});
