import fc from "fast-check";
import { expect, test } from "vitest";
import { cos, erf, exp, expm1, log, log1p, pow, sigmoid, sin, tanh } from "../../dist/numerics/elementary.js";
import {
  exactCos,
  exactErf,
  exactExp,
  exactLog,
  exactSigmoid,
  exactSin,
  exactTanh,
  fixed,
  fractionBits,
  one,
  relativeError,
} from "./exact.js";
import { golden } from "./golden.js";

const functions = { exp, log };

/** Recorded with mpmath 1.3.0 at 60 digits: function, argument, value to 30 digits. */
const recorded: ["exp" | "log", number, string][] = [
  ["exp", 1, "2.71828182845904523536028747135"],
  ["exp", -1, "3.67879441171442321595523770161e-1"],
  ["exp", 0.1, "1.10517091807564763094663882346"],
  ["exp", -37.25, "6.64554417291507053963328010619e-17"],
  ["exp", 700.5, "1.6721859620674985572410360793e+304"],
  ["exp", 1e-10, "1.00000000010000000000500000364"],
  ["exp", 0.3465, "1.41410949383036241509829930219"],
  ["log", 2, "6.93147180559945309417232121458e-1"],
  ["log", 0.5, "-6.93147180559945309417232121458e-1"],
  ["log", 1.0000001, "9.99999950583870451775160996835e-8"],
  ["log", 1e-310, "-7.13801378828154165100644600662e+2"],
  ["log", Number.MAX_VALUE, "7.09782712893383996732223389911e+2"],
  ["log", 3.5, "1.25276296849536799568812062199"],
  ["log", 0.71, "-3.42490308946775996744749205032e-1"],
];
const recordedPow: [number, number, string][] = [
  [2.5, 0.75, "1.98817682191762666293466918907"],
  [1e5, 0.75, "5.62341325190349080394951039776e+3"],
  [123, -0.5, "9.01669634667432289597691065253e-2"],
  [1e-300, 1.01, "9.99999999999993889990515392027e-304"],
];

test.each(recorded)("%s of %d agrees with mpmath", (name, x, value) => {
  expect(Math.abs(functions[name](x) - Number(value))).toBeLessThanOrEqual(4e-16 * Math.abs(Number(value)));
});

test.each(recordedPow)("%d to the power of %d agrees with mpmath", (x, a, value) => {
  const bound = (1 + Math.abs(a * Math.log(x))) * 4e-16;
  expect(Math.abs(pow(x, a) - Number(value))).toBeLessThanOrEqual(bound * Number(value));
});

/** Numbers spread over the exponents, not only near the ends. */
const positive = fc
  .tuple(fc.double({ min: 1, max: 2, noNaN: true, maxExcluded: true }), fc.integer({ min: -1022, max: 1023 }))
  .map(([mantissa, exponent]) => mantissa * 2 ** exponent);

test("exp stays within a relative error of 3e-16 of the exact value", () => {
  const arguments_ = fc.oneof(
    fc.double({ min: -708, max: 709.7, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(arguments_, (x) => relativeError(exp(x), exactExp(fixed(x))) < 3e-16),
    { numRuns: 1500 },
  );
});

test("exp of arguments whose result is denormal is off by one unit in the last place at most", () => {
  const unit = fixed(Number.MIN_VALUE);
  fc.assert(
    fc.property(fc.double({ min: -745.133, max: -708.4, noNaN: true }), (x) => {
      const difference = fixed(exp(x)) - exactExp(fixed(x));
      return (difference < 0n ? -difference : difference) <= unit;
    }),
    { numRuns: 300 },
  );
});

test("log stays within a relative error of 4e-16 of the exact value, near 1 and for denormal numbers too", () => {
  const arguments_ = fc.oneof(
    positive.filter((x) => x !== 1),
    fc.double({ min: 0.9, max: 1.1, noNaN: true }).filter((x) => x !== 1),
    fc.integer({ min: 1, max: 2 ** 31 }).map((k) => k * Number.MIN_VALUE),
  );
  fc.assert(
    fc.property(arguments_, (x) => relativeError(log(x), exactLog(fixed(x))) < 4e-16),
    { numRuns: 1500 },
  );
});

/** Any finite number, by its bits. */
const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** The numbers nearest multiples of pi / 2, where most digits of the argument cancel. */
const nearMultiples = fc.integer({ min: 1, max: 2 ** 21 }).map((k) => k * (Math.PI / 2));

/** Each function, where its argument may lie, its exact value, and the relative error that its comment states. */
const further: [string, (x: number) => number, fc.Arbitrary<number>, (x: bigint) => bigint, number][] = [
  ["expm1", expm1, fc.oneof(range(-40, 700), range(-1, 1), small()), (x) => exactExp(x) - one, 3e-16],
  ["log1p", log1p, fc.oneof(range(-0.9999, 3), positive, small()), (x) => exactLog(one + x), 3e-16],
  ["tanh", tanh, fc.oneof(range(-21, 21), range(-1.1, 1.1), small()), exactTanh, 4e-16],
  ["sigmoid", sigmoid, fc.oneof(range(-700, 700), range(-5, 5), small()), exactSigmoid, 4e-16],
  ["erf", erf, fc.oneof(range(-6.5, 6.5), range(-1.1, 1.1), small()), exactErf, 2.5e-16],
  ["sin", sin, fc.oneof(range(-10, 10), range(-2e6, 2e6), nearMultiples, anyFinite), exactSin, 1.5e-16],
  ["cos", cos, fc.oneof(range(-10, 10), range(-2e6, 2e6), nearMultiples, anyFinite), exactCos, 1.5e-16],
];

function range(min: number, max: number): fc.Arbitrary<number> {
  return fc.double({ min, max, noNaN: true });
}

/** Numbers of both signs, from the smallest that is not denormal to 1, exclusive. */
function small(): fc.Arbitrary<number> {
  return fc
    .tuple(range(1, 1.999), fc.integer({ min: -1021, max: -1 }), fc.boolean())
    .map(([mantissa, exponent, isNegative]) => (isNegative ? -1 : 1) * mantissa * 2 ** exponent);
}

test.each(further)("%s stays within the relative error of the exact value that it states", (_, f, xs, exact, bound) => {
  const isNormal = (value: bigint) => (value < 0n ? -value : value) >= fixed(2.2250738585072014e-308);
  fc.assert(
    fc.property(xs, (x) => {
      const wanted = exact(fixed(x));
      return isNormal(wanted) ? relativeError(f(x), wanted) < bound : Math.abs(f(x)) < 2.3e-308;
    }),
    { numRuns: 1000 },
  );
});

test.each(further)("%s agrees with mpmath", (name, f, _, __, bound) => {
  const recorded = golden.elementary[name];
  expect(recorded.length).toBeGreaterThan(15);
  for (const [x, value] of recorded) {
    // The recorded value is itself rounded to an f64 here.
    expect(Math.abs(f(x) - Number(value)), `of ${x}`).toBeLessThanOrEqual((bound + 1.2e-16) * Math.abs(Number(value)));
  }
});

test("denormal arguments come back from functions that are x near 0", () => {
  for (const x of [Number.MIN_VALUE, -Number.MIN_VALUE, 1e-310]) {
    for (const f of [expm1, log1p, tanh, sin]) expect(f(x)).toBe(x);
  }
});

test("sin, tanh and erf are odd and cos is even, to the bit", () => {
  fc.assert(
    fc.property(anyFinite, (x) => {
      for (const f of [sin, tanh, erf]) expect(f(-x)).toBe(-f(x));
      expect(cos(-x)).toBe(cos(x));
    }),
  );
});

test("sin^2 + cos^2 is 1, for the largest arguments too", () => {
  fc.assert(fc.property(anyFinite, (x) => Math.abs(sin(x) * sin(x) + cos(x) * cos(x) - 1) < 5e-16));
});

test.each([
  ["expm1", expm1, [-0, -0], [Infinity, Infinity], [-Infinity, -1], [-50, -1], [710, Infinity], [NaN, NaN]],
  ["log1p", log1p, [-0, -0], [-1, -Infinity], [-1.5, NaN], [Infinity, Infinity], [-Infinity, NaN], [NaN, NaN]],
  ["tanh", tanh, [-0, -0], [Infinity, 1], [-Infinity, -1], [25, 1], [NaN, NaN]],
  ["sigmoid", sigmoid, [0, 0.5], [-0, 0.5], [Infinity, 1], [-Infinity, 0], [40, 1], [NaN, NaN]],
  ["erf", erf, [-0, -0], [Infinity, 1], [-Infinity, -1], [6, 1], [1e200, 1], [NaN, NaN]],
  ["sin", sin, [-0, -0], [Infinity, NaN], [-Infinity, NaN], [NaN, NaN]],
  ["cos", cos, [0, 1], [-0, 1], [1e-9, 1], [Infinity, NaN], [-Infinity, NaN], [NaN, NaN]],
] as [string, (x: number) => number, ...[number, number][]][])(
  "%s of special numbers is as IEEE 754 wants it",
  (_, f, ...cases) => {
    for (const [x, value] of cases) expect(f(x), `of ${x}`).toBe(value);
  },
);

test("pow stays within a relative error of (1 + |a ln x|) 4e-16", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      fc.double({ min: -4, max: 4, noNaN: true }),
      (x, a) => {
        const exponent = (fixed(a) * exactLog(fixed(x))) >> fractionBits;
        return relativeError(pow(x, a), exactExp(exponent)) < (1 + Math.abs(a * Math.log(x))) * 4e-16;
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ["exp", 0, 1],
  ["exp", -0, 1],
  ["exp", Number.NaN, Number.NaN],
  ["exp", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ["exp", Number.NEGATIVE_INFINITY, 0],
  ["exp", 709.7827128933841, Number.POSITIVE_INFINITY],
  ["exp", -745.1332191019411, Number.MIN_VALUE],
  ["exp", -745.1332191019413, 0],
  ["log", 1, 0],
  ["log", 0, Number.NEGATIVE_INFINITY],
  ["log", -0, Number.NEGATIVE_INFINITY],
  ["log", -1, Number.NaN],
  ["log", Number.NaN, Number.NaN],
  ["log", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
] as const)("%s of %d is as IEEE 754 wants it", (name, x, value) => {
  expect(functions[name](x)).toBe(value);
});

test("exp is finite up to the largest argument that allows it", () => {
  expect(exp(709.782712893384)).toBeLessThan(Number.POSITIVE_INFINITY);
  expect(exp(709.782712893384)).toBeGreaterThan(1.797e308);
});

test.each([
  [Number.NaN, 0, 1],
  [0, 0, 1],
  [0, 0.75, 0],
  [0, -1, Number.POSITIVE_INFINITY],
  [0, Number.NaN, Number.NaN],
  [Number.NaN, 1, Number.NaN],
  [2, Number.NaN, Number.NaN],
  [-8, 0.5, Number.NaN],
  [Number.POSITIVE_INFINITY, -1, 0],
  [Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY],
  [1e300, 2, Number.POSITIVE_INFINITY],
  [1e-300, 2, 0],
  [7.25, 1, 7.25],
])("pow(%d, %d) is %d", (x, a, value) => {
  expect(pow(x, a)).toBe(value);
});
