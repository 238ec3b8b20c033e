/**
 * The table of what every op is tried on. An op needs one line or more here; all checks follow from it (check-op.ts), on
 * every backend, and its definition is compared with PyTorch where a line says how PyTorch writes it (golden.test.ts).
 */
import { elementsFrom, NdArray } from "../../dist/networks/array.js";
import { jacobianVectorProduct, vectorJacobianProduct } from "../../dist/networks/gradients.js";
import {
  type ConvOptions,
  type ConvTransposeOptions,
  conv,
  convTranspose,
} from "../../dist/networks/ops/convolution.js";
import { einsum } from "../../dist/networks/ops/einsum.js";
import * as e from "../../dist/networks/ops/elementwise.js";
import * as i from "../../dist/networks/ops/indexing.js";
import * as l from "../../dist/networks/ops/linear.js";
import * as losses from "../../dist/networks/ops/losses.js";
import * as n from "../../dist/networks/ops/normalization.js";
import * as p from "../../dist/networks/ops/pooling.js";
import * as r from "../../dist/networks/ops/reductions.js";
import { resize } from "../../dist/networks/ops/resize.js";
import * as s from "../../dist/networks/ops/shape.js";
import { input, type Operand, type Tensor } from "../../dist/networks/tensor.js";
import { type DType, type Shape, sizeOf } from "../../dist/networks/types.js";
import { Rng } from "../../dist/numerics/random.js";
import type { OpCase } from "./check-op.js";

// ---------------------------------------------------------------------------------------------------- inputs

/** An input to be drawn: each case draws its own numbers. */
export interface Drawn {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly draw: (rng: Rng, k: number, size: number) => number;
}

/** Floats, uniform in [low, high). */
export const floats = (shape: Shape, low = -2, high = 2): Drawn => ({
  dtype: "float32",
  shape,
  draw: (rng) => low + (high - low) * rng.uniform(),
});

/** Floats at least `distance` from 0, of both signs: for functions with a kink or a pole there. */
export const awayFromZero = (shape: Shape, distance = 0.2): Drawn => ({
  dtype: "float32",
  shape,
  draw: (rng) => (distance + 2 * rng.uniform()) * (rng.uniform() < 0.5 ? -1 : 1),
});

/** Floats in random order, no two within 2 / size of each other: for functions that compare elements. */
export const distinct = (shape: Shape): Drawn => {
  let order: number[] = [];
  return {
    dtype: "float32",
    shape,
    draw: (rng, k, size) => {
      if (k === 0) order = shuffled(rng, size);
      return (4 * (order[k] + 0.5 * rng.uniform())) / size - 2;
    },
  };
};

/** Integers from low to high, both included. */
export const integers = (shape: Shape, low = -5, high = 5, dtype: DType = "int32"): Drawn => ({
  dtype,
  shape,
  draw: (rng) => low + rng.below(high - low + 1),
});

export const booleans = (shape: Shape): Drawn => integers(shape, 0, 1, "bool");

/** The given elements. */
export const given = (shape: Shape, values: readonly number[], dtype: DType = "float32"): Drawn => ({
  dtype,
  shape,
  draw: (_, k) => values[k],
});

function shuffled(rng: Rng, size: number): number[] {
  const order = Array.from({ length: size }, (_, k) => k);
  for (let k = size - 1; k > 0; k--) {
    const other = rng.below(k + 1);
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

export function draw({ dtype, shape, draw }: Drawn, seed: number): NdArray {
  const rng = new Rng(seed, 9);
  const size = sizeOf(shape);
  return new NdArray(
    dtype,
    shape,
    elementsFrom(
      dtype,
      Array.from({ length: size }, (_, k) => draw(rng, k, size)),
    ),
  );
}

// ---------------------------------------------------------------------------------------------------- cases

export interface More {
  /** What is special about the case. */
  note?: string;
  /** The inputs by which it can be differentiated; by default all floats, if the op has a gradient. */
  by?: readonly number[];
  /** The same over torch tensors x, y, z, w. */
  python?: string;
  /** Of the value in f32, relative to the largest; by default 1e-5, about 100 roundings. */
  tolerance?: number;
}

/** One case of an op. */
export function op(
  name: string,
  fn: OpCase["fn"],
  inputs: readonly Drawn[],
  { note, by, python, tolerance = 1e-5 }: More = {},
): OpCase {
  const types = inputs.map(({ dtype, shape }) => `${dtype === "float32" ? "" : dtype}[${shape}]`).join(" ");
  const label = `${name}${note ? ` ${note}` : ""} ${types}`;
  const floating = inputs.flatMap(({ dtype }, k) => (dtype === "float32" ? [k] : []));
  return {
    op: name,
    label,
    fn,
    inputs: inputs.map((input, k) => draw(input, seedOf(`${label} ${k}`))),
    by: by ?? floating,
    tolerance,
    python,
  };
}

/** Seeds follow from labels, so that a new case leaves the numbers of others alone. */
function seedOf(label: string): number {
  let seed = 17;
  for (let k = 0; k < label.length; k++) seed = (Math.imul(seed, 31) + label.charCodeAt(k)) >>> 0;
  return seed;
}

/** 129 is one more than any number of lanes divides. */
const unaryShapes: readonly Shape[] = [[], [1], [7], [2, 3], [2, 1, 5], [0, 3], [129]];
const binaryShapes: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[3], []],
  [[], [2, 2]],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 4],
  ],
  [
    [5, 1, 2],
    [3, 1],
  ],
  [
    [2, 3, 4],
    [2, 3, 4],
  ],
  [[0, 3], [3]],
  [[1], [0]],
  [[65], [65]],
];

/** A function of one tensor, on all shapes. */
const unary = (name: string, fn: (x: Tensor) => Tensor, python: string, input = floats as Sampler, more: More = {}) =>
  unaryShapes.map((shape) => op(name, fn, [input(shape)], { ...more, python }));

type Sampler = (shape: Shape) => Drawn;

/** A function of two tensors, on all pairs of shapes. */
const binary = (
  name: string,
  fn: (a: Operand, b: Operand) => Tensor,
  python: string,
  [a, b]: readonly [Sampler, Sampler] = [floats, floats],
  more: More = {},
) => binaryShapes.map(([shapeA, shapeB]) => op(name, fn, [a(shapeA), b(shapeB)], { ...more, python }));

const positive: Sampler = (shape) => floats(shape, 0.3, 3);
const none: More = { by: [] };
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
/** What functions of one float meet at the ends of their range. */
const extremes = given([13], [0, -0, 1, -1, 10, -10, 88, -88, 200, -200, inf, -inf, nan]);
const atExtremes = (name: string, fn: (x: Tensor) => Tensor, python: string) =>
  op(name, fn, [extremes], { ...none, note: "at extremes", python });

const elementwise: OpCase[] = [
  ...unary("neg", e.neg, "-x"),
  ...unary("abs", e.abs, "x.abs()", awayFromZero),
  ...unary("sign", e.sign, "x.sign()", awayFromZero),
  ...unary("floor", e.floor, "x.floor()"),
  ...unary("round", e.round, "x.round()"),
  ...unary("ceil", e.ceil, "x.ceil()"),
  op("round", e.round, [given([8], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999, 3.5])], {
    ...none,
    note: "of halves",
    python: "x.round()",
  }),
  ...unary("exp", e.exp, "x.exp()"),
  ...unary("log", e.log, "x.log()", positive),
  ...unary("sqrt", e.sqrt, "x.sqrt()", positive),
  ...unary("reciprocal", e.reciprocal, "1 / x", awayFromZero),
  ...unary("sin", e.sin, "x.sin()"),
  ...unary("atan", e.atan, "x.atan()"),
  ...unary("cos", e.cos, "x.cos()"),
  ...unary("tanh", e.tanh, "x.tanh()"),
  ...unary("sigmoid", e.sigmoid, "x.sigmoid()"),
  ...unary("erf", e.erf, "x.erf()"),
  ...unary("relu", e.relu, "x.relu()", awayFromZero),
  ...unary("softplus", e.softplus, "F.softplus(x, threshold=1e9)"),
  ...unary("gelu", e.gelu, "F.gelu(x)"),
  ...unary("sigmoid", e.silu, "F.silu(x)", floats, { note: "as silu" }),
  ...unary("leakyRelu", (x) => e.leakyRelu(x, 0.2), "F.leaky_relu(x, 0.2)", awayFromZero),
  ...unary("mul", e.square, "x * x", floats, { note: "as square" }),
  ...unary("stopGradient", (x) => e.mul(x, e.stopGradient(x)), "x * x.detach()", floats, none),
  ...unary("isNaN", e.isNotANumber, "x.isnan()", floats, none),
  ...unary("not", e.logicalNot, "x.logical_not()", booleans),

  atExtremes("exp", e.exp, "x.exp()"),
  atExtremes("log", e.log, "x.log()"),
  atExtremes("sqrt", e.sqrt, "x.sqrt()"),
  atExtremes("reciprocal", e.reciprocal, "1 / x"),
  atExtremes("atan", e.atan, "x.atan()"),
  atExtremes("round", e.round, "x.round()"),
  atExtremes("tanh", e.tanh, "x.tanh()"),
  atExtremes("sigmoid", e.sigmoid, "x.sigmoid()"),
  atExtremes("erf", e.erf, "x.erf()"),
  atExtremes("relu", e.relu, "x.relu()"),
  atExtremes("softplus", e.softplus, "F.softplus(x, threshold=1e9)"),
  atExtremes("abs", e.abs, "x.abs()"),
  atExtremes("neg", e.neg, "-x"),
  atExtremes("floor", e.floor, "x.floor()"),
  atExtremes("ceil", e.ceil, "x.ceil()"),
  atExtremes("isNaN", e.isNotANumber, "x.isnan()"),
  ...(["int32", "int64"] as const).flatMap((dtype) => [
    op("neg", e.neg, [integers([9], -9, 9, dtype)], { python: "-x" }),
    op("abs", e.abs, [integers([9], -9, 9, dtype)], { python: "x.abs()" }),
    op("sign", e.sign, [integers([9], -9, 9, dtype)], { python: "x.sign()" }),
  ]),

  ...binary("add", e.add, "x + y"),
  ...binary("sub", e.sub, "x - y"),
  ...binary("mul", e.mul, "x * y"),
  ...binary("div", e.div, "x / y", [floats, awayFromZero]),
  ...binary("pow", e.pow, "x ** y", [positive, floats]),
  ...binary("maximum", e.maximum, "torch.maximum(x, y)", [distinct, distinct]),
  ...binary("minimum", e.minimum, "torch.minimum(x, y)", [distinct, distinct]),
  ...binary("equal", e.equal, "x == y", [integers, integers]),
  ...binary("equal", e.equal, "x == y", [booleans, booleans]),
  ...binary("less", e.less, "x < y"),
  ...binary("lessEqual", e.lessEqual, "x <= y"),
  ...binary("greater", e.greater, "x > y"),
  ...binary("greaterEqual", e.greaterEqual, "x >= y"),
  ...binary("and", e.logicalAnd, "x & y", [booleans, booleans]),
  ...binary("or", e.logicalOr, "x | y", [booleans, booleans]),
  ...(["int32", "int64"] as const).flatMap((dtype) => {
    const [a, b] = [integers([4, 5], -4, 4, dtype), integers([5], -4, 4, dtype)];
    const divisor = given([5], [-3, -1, 1, 2, 5], dtype);
    return [
      op("add", e.add, [a, b], { python: "x + y" }),
      op("sub", e.sub, [a, b], { python: "x - y" }),
      op("mul", e.mul, [a, b], { python: "x * y" }),
      op("div", e.div, [a, divisor], { python: "torch.div(x, y, rounding_mode='trunc')" }),
      op("maximum", e.maximum, [a, b], { python: "torch.maximum(x, y)" }),
      op("minimum", e.minimum, [a, b], { python: "torch.minimum(x, y)" }),
      op("equal", e.equal, [a, b], { python: "x == y" }),
      op("less", e.less, [a, b], { python: "x < y" }),
      op("lessEqual", e.lessEqual, [a, b], { python: "x <= y" }),
      op("greater", e.greater, [a, b], { python: "x > y" }),
      op("greaterEqual", e.greaterEqual, [a, b], { python: "x >= y" }),
    ];
  }),
  op("equal", e.equal, [floats([6]), floats([6])], { python: "x == y" }),
  op("equal", e.equal, [given([5], [nan, inf, 0, -0, 1]), given([5], [nan, inf, -0, 0, 2])], {
    ...none,
    note: "of NaN, infinity and zeros",
    python: "x == y",
  }),
  ...Object.entries({ "<": e.less, "<=": e.lessEqual, ">": e.greater, ">=": e.greaterEqual }).map(([sign, fn]) =>
    op(fn.name, fn, [given([4], [nan, 1, inf, -0]), given([4], [1, nan, inf, 0])], {
      ...none,
      note: "of NaN, infinity and zeros",
      python: `x ${sign} y`,
    }),
  ),
  op("div", e.div, [given([5], [1, -1, 0, inf, nan]), given([5], [0, 0, 0, inf, 1])], {
    ...none,
    note: "by zero",
    python: "x / y",
  }),
  ...[e.maximum, e.minimum].map((fn) =>
    op(fn.name, fn, [given([5], [1, nan, inf, -inf, 2]), given([5], [nan, 1, 3, 3, nan])], {
      ...none,
      note: "with NaN",
      python: `torch.${fn.name}(x, y)`,
    }),
  ),
  op("pow", (x) => e.pow(x, 3), [awayFromZero([4, 3])], { note: "cubed", python: "x ** 3" }),
  op("pow", (x) => e.pow(x, 2), [floats([5])], { note: "squared", python: "x ** 2" }),
  op("pow", (x) => e.pow(x, -2), [awayFromZero([5])], { note: "to the power -2", python: "x ** -2" }),
  op("maximum", (x) => e.clip(x, -1, 0.5), [given([6], [-2, -0.9, 0, 0.4, 0.6, 3])], {
    note: "as clip",
    python: "x.clamp(-1, 0.5)",
  }),
  ...(["float32", "int32", "int64", "bool"] as const).flatMap((to) =>
    ([floats([3, 5], -9, 9), integers([9]), integers([9], -5, 5, "int64"), booleans([5])] as const).map((from) =>
      op("cast", (x) => e.cast(x, to), [from], {
        ...(to === "float32" ? {} : none),
        note: `to ${to}`,
        python: `x.to(torch.${to === "float32" ? "float64" : to})`,
      }),
    ),
  ),
  op("cast", (x) => e.cast(x, "bool"), [given([5], [0, -0, nan, inf, 0.3])], {
    ...none,
    note: "to bool of extremes",
    python: "x.bool()",
  }),
  ...(
    [
      [[], [], []],
      [[2, 3], [3], [2, 1]],
      [[4], [2, 1, 4], []],
      [
        [1, 3],
        [2, 3],
        [2, 3],
      ],
      [[0], [], [0]],
    ] as const
  ).map(([condition, a, b]) =>
    op("where", (c, x, y) => e.where(c, x, y), [booleans(condition), floats(a), floats(b)], {
      python: "torch.where(x, y, z)",
    }),
  ),
  op(
    "where",
    (c, x, y) => e.where(c, x, y),
    [booleans([5]), integers([5], 0, 9, "int64"), integers([1], 0, 9, "int64")],
    {
      python: "torch.where(x, y, z)",
    },
  ),
  op("where", (c, x, y) => e.where(c, x, y), [booleans([7]), integers([7]), integers([])], {
    python: "torch.where(x, y, z)",
  }),
];

/** Shapes and axes to reduce; undefined for all. */
const reduced: readonly (readonly [Shape, readonly number[] | undefined])[] = [
  [[], undefined],
  [[1], undefined],
  [[7], [0]],
  [[2, 3], undefined],
  [[2, 3], [1]],
  [
    [4, 3, 2],
    [0, 2],
  ],
  [[4, 3, 2], [-2]],
  [[2, 1, 3], [1]],
  [[3, 33], [-1]],
  [[33, 3], [0]],
];

/** A function that reduces axes, on all of them; `python` is a method of torch.Tensor or a function. */
const reduction = (
  name: string,
  fn: (x: Tensor, axes?: readonly number[], options?: r.ReduceOptions) => Tensor,
  python: (x: string, axes: string, keepDims: string) => string,
  input = floats as Sampler,
  more: More = {},
) =>
  reduced.flatMap(([shape, axes]) =>
    [false, true].map((keepDims) => {
      const all = axes ?? shape.map((_, axis) => axis);
      return op(name, (x) => fn(x, axes, { keepDims }), [input(shape)], {
        ...more,
        note: `${more.note ?? ""}${axes ? `over ${axes}` : "over all"}${keepDims ? ", kept" : ""}`,
        python: all.length === 0 ? "x" : python("x", `(${all},)`, keepDims ? "True" : "False"),
      });
    }),
  );

const reductions: OpCase[] = [
  ...reduction("sum", r.sum, (x, axes, kept) => `${x}.sum(${axes}, keepdim=${kept})`),
  ...reduction("mean", r.mean, (x, axes, kept) => `${x}.mean(${axes}, keepdim=${kept})`),
  ...reduction("max", r.max, (x, axes, kept) => `${x}.amax(${axes}, keepdim=${kept})`, distinct),
  ...reduction("min", r.min, (x, axes, kept) => `${x}.amin(${axes}, keepdim=${kept})`, distinct),
  ...reduction("mean", r.variance, (x, axes, kept) => `${x}.var(${axes}, correction=0, keepdim=${kept})`, floats, {
    note: "as variance ",
  }).filter(({ inputs: [x] }) => x.shape.length > 0),
  ...reduction("sum", r.logSumExp, (x, axes, kept) => `torch.logsumexp(${x}, ${axes}, keepdim=${kept})`, floats, {
    note: "as logSumExp ",
  }),
  op("sum", (x) => r.sum(x, 0), [floats([0, 3])], { note: "over nothing", python: "x.sum(0)" }),
  op("sum", (x) => r.sum(x, 1), [floats([0, 3])], { note: "of nothing", python: "x.sum(1)" }),
  op("mean", (x) => r.mean(x, 1), [floats([0, 3])], { note: "of nothing", python: "x.mean(1)" }),
  op("max", (x) => r.max(x, 1), [floats([0, 3])], { note: "of nothing", python: "x.amax(1)" }),
  op("sum", (x) => r.sum(x, []), [floats([2, 3])], { note: "over no axis", python: "x" }),
  op("max", (x) => r.max(x, []), [distinct([2, 3])], { note: "over no axis", python: "x" }),
  ...(["int32", "int64"] as const).flatMap((dtype) => [
    op("sum", (x) => r.sum(x, 0), [integers([5, 3], -9, 9, dtype)], { python: `x.sum(0, dtype=torch.${dtype})` }),
    op("max", (x) => r.max(x, 1), [integers([5, 3], -9, 9, dtype)], { python: "x.amax(1)" }),
    op("min", (x) => r.min(x), [integers([5, 3], -9, 9, dtype)], { python: "x.amin()" }),
    op("argMax", (x) => r.argMax(x), [integers([5, 9], -3, 3, dtype)], { note: "with ties" }),
    op("argMin", (x) => r.argMin(x, 0), [integers([9, 5], -3, 3, dtype)], { note: "with ties" }),
  ]),
  ...[r.max, r.min].flatMap((fn) => [
    op(fn.name, (x) => fn(x, 1), [given([2, 3], [1, inf, inf, -inf, 0, 0])], {
      ...none,
      note: "with ties and infinities",
      python: `x.a${fn.name}(1)`,
    }),
  ]),
  ...[r.argMax, r.argMin].flatMap((fn) =>
    [[7], [3, 4], [2, 3, 4], [5, 1]].flatMap((shape) =>
      [0, -1].map((axis) =>
        op(fn.name, (x) => fn(x, axis), [distinct(shape)], {
          ...none,
          note: `axis ${axis}`,
          python: `x.${fn.name.toLowerCase()}(${axis})`,
        }),
      ),
    ),
  ),
  op("sum", (x) => r.logSumExp(x, -1), [given([2, 3], [500, 501, 499, -800, -801, -802])], {
    ...none,
    note: "as logSumExp of large numbers",
    python: "torch.logsumexp(x, -1)",
  }),
];

const linear: OpCase[] = (
  [
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 3],
      [3, 4],
    ],
    [
      [3, 1],
      [1, 5],
    ],
    [
      [1, 7],
      [7, 1],
    ],
    [
      [5, 17],
      [17, 3],
    ],
    [
      [2, 2, 3],
      [2, 3, 4],
    ],
    [
      [2, 2, 3],
      [3, 4],
    ],
    [
      [2, 3],
      [4, 3, 2],
    ],
    [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
    [
      [1, 2, 3],
      [4, 3, 1],
    ],
    [
      [2, 0],
      [0, 3],
    ],
    [
      [0, 2],
      [2, 3],
    ],
    [
      [0, 2, 2],
      [2, 3],
    ],
  ] as const
).map(([a, b]) => op("matmul", (x, y) => l.matmul(x, y), [floats(a), floats(b)], { python: "x @ y" }));

/** Start, end and step of each axis, as Python writes them. */
const sliced: readonly (readonly [Shape, (number | undefined)[], (number | undefined)[], number[], string])[] = [
  [[7], [2], [5], [], "x[2:5]"],
  [[7], [-3], [], [], "x[-3:]"],
  [[7], [1], [undefined], [2], "x[1::2]"],
  [[7], [1], [6], [3], "x[1:6:3]"],
  [[7], [undefined], [undefined], [-1], "x.flip(0)"],
  [[7], [5], [0], [-2], "x.flip(0)[1:6:2]"],
  [[7], [100], [], [], "x[100:]"],
  [[7], [-100], [3], [], "x[-100:3]"],
  [[4, 5], [1, 0], [3, 5], [1, 2], "x[1:3, 0:5:2]"],
  [[4, 5], [undefined, 4], [undefined, undefined], [1, -3], "x.flip(1)[:, 0::3]"],
  [[4, 5], [3, 2], [1, 2], [-1, 1], "x.flip(0)[0:2, 2:2]"],
  [[2, 3, 4], [0, 1], [1], [], "x[0:1, 1:]"],
  [[0, 3], [0, 1], [0, 3], [], "x[0:0, 1:3]"],
];

const padded: readonly (readonly [Shape, number[], number[], number])[] = [
  [[3], [1], [2], 0],
  [[3], [0], [2], 1.5],
  [[2, 3], [1, 0], [0, 2], -2],
  [[2, 1, 2], [1, 2, 0], [0, 0, 3], 0],
  [[0, 2], [1, 0], [1, 1], 0.5],
  [[1], [0], [0], 3],
];
const torchPad = (low: number[], high: number[], value: number) =>
  `F.pad(x, [${low.flatMap((count, k) => [count, high[k]].reverse()).reverse()}], value=${value})`;

const concatenated: readonly (readonly [readonly Shape[], number])[] = [
  [[[2], [3]], 0],
  [
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    1,
  ],
  [
    [
      [1, 2, 2],
      [3, 2, 2],
    ],
    0,
  ],
  [
    [
      [2, 2],
      [0, 2],
      [1, 2],
    ],
    -2,
  ],
  [[[0], [0]], 0],
  [[[4, 1]], 0],
];

/** Each dtype on ops that move elements. */
const kinds: readonly Sampler[] = [floats, integers, (shape) => integers(shape, -5, 5, "int64"), booleans];

const shapes: OpCase[] = [
  ...(
    [
      [[6], [2, 3]],
      [[], [1, 1]],
      [
        [2, 3, 2],
        [3, -1],
      ],
      [
        [2, 3],
        [1, 3, 1, 2],
      ],
      [
        [0, 3],
        [3, 0, 2],
      ],
      [[1], []],
    ] as const
  ).map(([from, to]) =>
    op("reshape", (x) => s.reshape(x, to), [floats(from)], { note: `to ${to}`, python: `x.reshape([${to}])` }),
  ),
  ...(
    [
      [
        [2, 3],
        [1, 0],
      ],
      [
        [2, 3, 4],
        [2, 0, 1],
      ],
      [
        [2, 3, 4],
        [1, 0, 2],
      ],
      [
        [2, 1, 3, 2],
        [3, 1, 0, 2],
      ],
      [
        [0, 2],
        [-1, 0],
      ],
    ] as const
  ).map(([shape, axes]) =>
    op("transpose", (x) => s.transpose(x, axes), [floats(shape)], {
      note: `by ${axes}`,
      python: `x.permute([${axes}])`,
    }),
  ),
  op("transpose", (x) => s.transpose(x), [floats([2, 3, 4])], { python: "x.mT" }),
  ...(
    [
      [[], [2, 3]],
      [[3], [2, 3]],
      [
        [2, 1, 3],
        [4, 2, 5, 3],
      ],
      [[1], [0]],
      [
        [2, 1],
        [2, 1],
      ],
      [
        [1, 2],
        [0, 2],
      ],
    ] as const
  ).map(([from, to]) =>
    op("broadcastTo", (x) => s.broadcastTo(x, to), [floats(from)], { note: `to ${to}`, python: `x.expand([${to}])` }),
  ),
  ...sliced.map(([shape, starts, ends, steps, python]) =>
    op("slice", (x) => s.slice(x, starts, ends, steps), [floats(shape)], { note: python, python }),
  ),
  ...padded.map(([shape, low, high, value]) =>
    op("pad", (x) => s.pad(x, low, high, value), [floats(shape)], {
      note: `[${low}] [${high}] with ${value}`,
      python: torchPad(low, high, value),
    }),
  ),
  ...concatenated.map(([list, axis]) =>
    op(
      "concat",
      (...parts) => s.concat(parts, axis),
      list.map((shape) => floats(shape)),
      {
        note: `axis ${axis}`,
        python: `torch.cat([${["x", "y", "z"].slice(0, list.length)}], ${axis})`,
      },
    ),
  ),
  ...kinds.flatMap((kind, k) => [
    op("reshape", (x) => s.reshape(x, [3, 2]), [kind([2, 3])], { note: "of a kind", python: "x.reshape(3, 2)" }),
    op("transpose", (x) => s.transpose(x), [kind([2, 3])], { note: "of a kind", python: "x.T" }),
    op("broadcastTo", (x) => s.broadcastTo(x, [2, 3]), [kind([3])], { note: "of a kind", python: "x.expand(2, 3)" }),
    op("slice", (x) => s.slice(x, [0, 2], [2, 0], [1, -1]), [kind([2, 3])], {
      note: "of a kind",
      python: "x.flip(1)[:, :2]",
    }),
    op("concat", (x, y) => s.concat([x, y]), [kind([2]), kind([3])], {
      note: "of a kind",
      python: "torch.cat([x, y])",
    }),
    op("pad", (x) => s.pad(x, [1], [2], k === 3 ? 1 : 4), [kind([3])], {
      note: "of a kind",
      python: `F.pad(x, [1, 2], value=${k === 3 ? "True" : 4})`,
    }),
  ]),
  op("concat", (x, y) => s.stack([x, y], 1), [floats([2, 3]), floats([2, 3])], {
    note: "as stack",
    python: "torch.stack([x, y], 1)",
  }),
  op("concat", (x) => s.concat([x, x]), [floats([2])], { note: "of the same twice", python: "torch.cat([x, x])" }),
  op("split", (x) => s.split(x, [1, 3, 2]), [floats([2, 6])], { python: "x.split([1, 3, 2], -1)" }),
  op("split", (x) => s.split(x, [2, 0, 1], 0), [floats([3, 2, 2])], {
    note: "axis 0",
    python: "x.split([2, 0, 1], 0)",
  }),
  op("split", (x) => s.split(x, [1, 2], 1)[1], [floats([2, 3])], { note: "a part", python: "x.split([1, 2], 1)[1]" }),
  op("sum", (x) => r.sum(x, [0, 1]), [floats([12, 20, 9])], { ...none, note: "of many rows", python: "x.sum((0, 1))" }),
  op("sum", (x) => r.sum(x, 0, { keepDims: true }), [floats([220, 10])], {
    ...none,
    note: "of many rows, kept",
    python: "x.sum(0, keepdim=True)",
  }),
  op("mean", (x) => r.mean(x, 0), [floats([260, 8])], { ...none, note: "of many rows", python: "x.mean(0)" }),
  op("slice", (x) => s.reverse(x, [0, 2]), [floats([2, 3, 2])], { note: "as reverse", python: "x.flip([0, 2])" }),
  op("pad", (x) => s.spread(x, 1, 3), [floats([2, 3])], {
    note: "as spread",
    python: "F.pad(x[:, :, None], [0, 2]).reshape(2, 9)[:, :7]",
  }),
  op("broadcastTo", (x) => s.tile(x, [2, 3]), [floats([2, 2])], { note: "as tile", python: "x.tile(2, 3)" }),
];

/** A label or index for each element, of both integer kinds. */
const kindsOfIndices: readonly DType[] = ["int64", "int32"];

const indexing: OpCase[] = [
  ...kindsOfIndices.flatMap((kind) => [
    op("gather", (x, at) => i.gather(x, at), [floats([5, 3]), integers([4], -5, 4, kind)], { python: "x[y.long()]" }),
    op("gather", (x, at) => i.gather(x, at, 1), [floats([2, 5, 3]), integers([2, 2], -5, 4, kind)], {
      note: "axis 1",
      python: "x[:, y.long()]",
    }),
    op("scatterAdd", (x, at) => i.scatterAdd(x, at, 3), [floats([6, 4]), integers([6], -3, 2, kind)], {
      note: "by product",
      python: "torch.zeros(3, 4, dtype=x.dtype).index_add(0, y.long() % 3, x)",
    }),
    op("scatterAdd", (x, at) => i.scatterAdd(x, at, 9), [floats([6, 2]), integers([6], -9, 8, kind)], {
      note: "by elements",
      python: "torch.zeros(9, 2, dtype=x.dtype).index_add(0, y.long() % 9, x)",
    }),
    op("takeAlongAxis", (x, at) => i.takeAlongAxis(x, at, 1), [floats([2, 5]), integers([2, 3], -5, 4, kind)], {
      python: "x.gather(1, y.long() % 5)",
    }),
    op("iota", (at) => i.oneHot(at, 4), [integers([2, 3], 0, 3, kind)], {
      note: "(oneHot)",
      python: "F.one_hot(x.long(), 4).double()",
    }),
  ]),
  op("gather", (x) => i.gather(x, 1, 1), [floats([2, 3])], { note: "one", python: "x[:, 1]" }),
  op("gather", (x) => i.gather(x, [2, 0, 2, -1], -1), [floats([2, 3])], {
    note: "list",
    python: "x[:, [2, 0, 2, -1]]",
  }),
  op("gather", (x, at) => i.gather(x, at), [integers([4]), integers([3], 0, 3)], {
    note: "of integers",
    python: "x[y]",
  }),
  op("gather", (x, at) => i.gather(x, at), [floats([4, 0]), integers([3], 0, 3)], {
    note: "of nothing",
    python: "x[y]",
  }),
  op("gather", (x, at) => i.gather(x, at), [floats([4, 2]), integers([0], 0, 3)], { note: "none", python: "x[y]" }),
  op("scatterAdd", (x, at) => i.scatterAdd(x, at, 4, 1), [floats([2, 3, 2, 5]), integers([3, 2], 0, 3)], {
    note: "axis 1",
    python: "torch.zeros(2, 4, 5, dtype=x.dtype).index_add(1, y.flatten(), x.flatten(1, 2))",
  }),
  op("scatterAdd", (x, at) => i.scatterAdd(x, at, 4), [floats([0, 2]), integers([0], 0, 3)], {
    note: "none",
    python: "torch.zeros(4, 2, dtype=x.dtype) + x.sum()",
  }),
  op("scatterAdd", (x, at, u) => i.indexAdd(x, at, u, 1), [floats([2, 4]), integers([5], 0, 3), floats([2, 5])], {
    note: "(indexAdd)",
    python: "x.index_add(1, y, z)",
  }),
  op("takeAlongAxis", (x, at) => i.takeAlongAxis(x, at, 0), [floats([4, 2, 2]), integers([3, 2, 2], 0, 3, "int64")], {
    note: "axis 0",
    python: "x.gather(0, y)",
  }),
  op(
    "addAlongAxis",
    (x, at) => {
      const y = i.takeAlongAxis(x, at, 1);
      return vectorJacobianProduct((z: Tensor) => i.takeAlongAxis(z, at, 1), x).pullback(e.square(y));
    },
    [floats([2, 3]), integers([2, 5], 0, 2, "int64")],
    { note: "of squares", python: "torch.zeros_like(x).scatter_add(1, y, x.gather(1, y) ** 2)" },
  ),
  op("topK", (x) => Object.values(i.topK(x, 2)), [distinct([3, 5])], { python: "torch.topk(x, 2)" }),
  op("topK", (x) => Object.values(i.topK(x, 3, { axis: 0, largest: false })), [distinct([5, 2])], {
    note: "smallest",
    python: "torch.topk(x, 3, 0, False)",
  }),
  op("topK", (x) => Object.values(i.sort(x, 0)), [distinct([4, 3])], { note: "(sort)", python: "torch.sort(x, 0)" }),
  op("topK", (x) => Object.values(i.sort(x, -1, { descending: true })), [given([7], [1, 2, 2, 0, 1, 2, -1])], {
    note: "(sort) with ties",
    by: [],
    python: "torch.sort(x, descending=True, stable=True)",
  }),
  ...[0, 1, 2].map((axis) =>
    op("cumulativeSum", (x) => i.cumulativeSum(x, axis), [floats([2, 3, 4])], {
      note: `axis ${axis}`,
      python: `x.cumsum(${axis})`,
    }),
  ),
  op("cumulativeSum", (x) => i.cumulativeSum(x, 0, { exclusive: true }), [floats([4])], {
    note: "exclusive",
    python: "x.cumsum(0) - x",
  }),
  op("cumulativeSum", (x) => i.cumulativeSum(x, 1, { reverse: true }), [floats([2, 4])], {
    note: "reverse",
    python: "x.flip(1).cumsum(1).flip(1)",
  }),
  op("cumulativeSum", (x) => i.cumulativeSum(x, 0, { exclusive: true, reverse: true }), [floats([4])], {
    note: "exclusive reverse",
    python: "x.flip(0).cumsum(0).flip(0) - x",
  }),
  op("cumulativeSum", (x) => i.cumulativeSum(e.mul(x, x)), [floats([3])], {
    note: "of squares",
    python: "(x * x).cumsum(0)",
  }),
  op("cumulativeSum", (x) => i.cumulativeSum(x), [integers([2, 4])], { note: "of integers", python: "x.cumsum(-1)" }),
  op("iota", (x) => e.mul(x, i.iota(4, "float32")), [floats([3, 4])], { python: "x * torch.arange(4)" }),
  op("iota", (x) => e.mul(x, i.arange(1, -2, -0.75)), [floats([4])], {
    note: "(arange)",
    python: "x * torch.arange(1, -2, -0.75)",
  }),
  ...[-1, 0, 1].flatMap((k) => [
    op("iota", (x) => i.tril(x, k), [floats([2, 3, 4])], { note: `(tril ${k})`, python: `x.tril(${k})` }),
    op("iota", (x) => i.triu(x, k), [floats([4, 3])], { note: `(triu ${k})`, python: `x.triu(${k})` }),
  ]),
];

const attention = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
  l.matmul(n.softmax(e.mul(l.matmul(q, s.transpose(k)), 0.5)), v);

const normalization: OpCase[] = [
  ...[0, 1, 2].flatMap((axis) => [
    op("softmax", (x) => n.softmax(x, axis), [floats([2, 3, 4])], {
      note: `axis ${axis}`,
      python: `x.softmax(${axis})`,
    }),
    op("logSoftmax", (x) => n.logSoftmax(x, axis), [floats([2, 3, 4])], {
      note: `axis ${axis}`,
      python: `x.log_softmax(${axis})`,
    }),
  ]),
  op("softmax", (x) => n.softmax(x), [given([2, 3], [1000, 1000, -1000, -inf, 0, 0])], {
    ...none,
    note: "at extremes",
    python: "x.softmax(1)",
  }),
  op("logSoftmax", (x) => n.logSoftmax(x), [given([2, 3], [1000, 999, -1000, 3, 0, -3])], {
    ...none,
    note: "at extremes",
    python: "x.log_softmax(1)",
  }),
  op("softmax", attention, [floats([2, 3, 4]), floats([2, 5, 4]), floats([2, 5, 2])], {
    note: "(attention)",
    python: "F.scaled_dot_product_attention(x, y, z)",
  }),
  op("normalize", (x, a, b) => n.layerNorm(x, a, b), [floats([2, 3, 5]), floats([5]), floats([5])], {
    note: "(layerNorm)",
    python: "F.layer_norm(x, [5], y, z)",
  }),
  op(
    "normalize",
    (x, a, b) => n.layerNorm(x, a, b, { epsilon: 0.125 }),
    [floats([2, 3, 4]), floats([3, 4]), floats([3, 4])],
    {
      note: "(layerNorm) of two axes",
      python: "F.layer_norm(x, [3, 4], y, z, 0.125)",
    },
  ),
  op("normalize", (x, a, b) => Object.values(n.batchNorm(x, a, b)), [floats([3, 2, 2, 3]), floats([2]), floats([2])], {
    note: "(batchNorm)",
    python: "F.batch_norm(x, None, None, y, z, True), x.mean([0, 2, 3]), x.var([0, 2, 3], correction=0)",
  }),
  op("normalize", (x, a, b) => n.batchNorm(x, a, b).output, [floats([5, 3]), floats([3]), floats([3])], {
    note: "(batchNorm)",
    python: "F.batch_norm(x, None, None, y, z, True)",
  }),
  op("normalize", (x, a, b) => n.instanceNorm(x, a, b), [floats([2, 3, 2, 4]), floats([3]), floats([3])], {
    note: "(instanceNorm)",
    python: "F.instance_norm(x, None, None, y, z)",
  }),
  op("normalize", (x, a, b) => n.groupNorm(x, 2, a, b), [floats([2, 4, 3]), floats([4]), floats([4])], {
    note: "(groupNorm)",
    python: "F.group_norm(x, 2, y, z)",
  }),
  op("sqrt", (x, a) => n.rmsNorm(x, a), [floats([2, 3, 4]), floats([4])], {
    note: "(rmsNorm)",
    python: "F.rms_norm(x, [4], y, 1e-5)",
  }),
  op(
    "sqrt",
    (x, a, b, c) => n.batchNormInference(x, a, b, 0.3, c),
    [floats([3, 2, 4]), floats([2]), floats([2]), positive([2])],
    {
      note: "(batchNormInference)",
      by: [0, 1, 2],
      python: "F.batch_norm(x, torch.full([2], 0.3).double(), w, y, z)",
    },
  ),
];

const lossCases: OpCase[] = [
  op("logSoftmax", (x, y) => losses.crossEntropy(x, y), [floats([2, 3, 4]), integers([2, 3], 0, 3)], {
    note: "(crossEntropy)",
    python: "F.cross_entropy(x.reshape(6, 4), y.reshape(6).long())",
  }),
  op(
    "logSoftmax",
    (x, y) => losses.crossEntropy(x, y, { labelSmoothing: 0.1 }),
    [floats([5, 4]), integers([5], 0, 3, "int64")],
    {
      note: "(crossEntropy) smoothed",
      python: "F.cross_entropy(x, y, label_smoothing=0.1)",
    },
  ),
  op("logSoftmax", (x, y) => losses.crossEntropy(x, y), [floats([3, 4]), floats([3, 4], 0, 1)], {
    note: "(crossEntropy) of distributions",
    python: "F.cross_entropy(x, y)",
  }),
  op(
    "logSoftmax",
    (x, y, w) => losses.crossEntropy(x, y, { weights: w }),
    [floats([4, 3]), integers([4], 0, 2), floats([4], 0, 1)],
    {
      note: "(crossEntropy) weighted",
      python: "(F.cross_entropy(x, y.long(), reduction='none') * z).sum() / z.sum()",
    },
  ),
  op("softplus", losses.binaryCrossEntropyWithLogits, [floats([3, 4]), floats([3, 4], 0, 1)], {
    note: "(binaryCrossEntropyWithLogits)",
    python: "F.binary_cross_entropy_with_logits(x, y)",
  }),
  op("mean", losses.meanSquaredError, [floats([3, 4]), floats([3, 4])], {
    note: "(meanSquaredError)",
    python: "F.mse_loss(x, y)",
  }),
  op("abs", losses.meanAbsoluteError, [floats([7], 0, 2), floats([7], -2, -0.5)], {
    note: "(meanAbsoluteError)",
    python: "F.l1_loss(x, y)",
  }),
  op(
    "minimum",
    (x, y) => losses.huberLoss(x, y, { delta: 0.7 }),
    [given([4], [0, 1, 2, 3]), given([4], [0.3, 0.6, 4, 1])],
    {
      note: "(huberLoss)",
      python: "F.huber_loss(x, y, delta=0.7)",
    },
  ),
];

/** Formulas, the shapes of their operands, and an op that they use. */
const formulas: readonly (readonly [string, readonly Shape[], string])[] = [
  [
    "ij,jk->ik",
    [
      [2, 3],
      [3, 4],
    ],
    "matmul",
  ],
  [
    "bij,bjk->bik",
    [
      [2, 2, 3],
      [2, 3, 4],
    ],
    "matmul",
  ],
  [
    "ij,kj->ki",
    [
      [2, 3],
      [4, 3],
    ],
    "matmul",
  ],
  [
    "bihd,bjhd->bhij",
    [
      [2, 3, 2, 4],
      [2, 5, 2, 4],
    ],
    "matmul",
  ],
  [
    "ijk,jil->kl",
    [
      [2, 3, 2],
      [3, 2, 4],
    ],
    "matmul",
  ],
  ["i,j->ij", [[2], [3]], "mul"],
  ["i,i->", [[3], [3]], "matmul"],
  [
    "ij,ij->ji",
    [
      [2, 3],
      [2, 3],
    ],
    "mul",
  ],
  ["ij->", [[2, 3]], "sum"],
  ["ijk->kj", [[2, 3, 4]], "sum"],
  ["ij->ji", [[2, 3]], "transpose"],
  ["ii->i", [[3, 3]], "slice"],
  ["ii", [[3, 3]], "slice"],
  ["iji->j", [[3, 2, 3]], "slice"],
  [
    "ba,ac",
    [
      [2, 3],
      [3, 4],
    ],
    "matmul",
  ],
  [
    "ij,jk,kl->il",
    [
      [2, 3],
      [3, 4],
      [4, 2],
    ],
    "matmul",
  ],
  ["ij,ijl,l->i", [[2, 3], [2, 3, 4], [4]], "matmul"],
  [
    "ij,kl->i",
    [
      [2, 3],
      [4, 2],
    ],
    "sum",
  ],
  [
    "...ij,jk->...ik",
    [
      [2, 2, 3],
      [3, 4],
    ],
    "matmul",
  ],
  [
    "...ij,...jk->...ik",
    [
      [2, 1, 2, 3],
      [3, 3, 4],
    ],
    "matmul",
  ],
  ["...i->...", [[2, 3, 4]], "sum"],
  [
    "i...,i...",
    [
      [3, 2],
      [3, 4, 1],
    ],
    "matmul",
  ],
];

const sums: OpCase[] = formulas.map(([formula, shapes, uses]) =>
  op(
    uses,
    (...operands) => einsum(formula, ...operands),
    shapes.map((shape) => floats(shape)),
    {
      note: `(einsum ${formula})`,
      python: `torch.einsum("${formula}", ${["x", "y", "z"].slice(0, shapes.length)})`,
    },
  ),
);
const float32 = (shape: Shape) => ({ dtype: "float32", shape }) as const;

/** The gradient of `fn` by its input, as a function of input and cotangent. */
const pullback = (fn: (x: Tensor) => Tensor) => (x: Tensor, d: Tensor) => vectorJacobianProduct(fn, x).pullback(d);

/** Shapes of x and w, options, and PyTorch's arguments behind x and w: bias, stride, padding, dilation, groups. */
const convolutions: readonly (readonly [Shape, Shape, ConvOptions, string])[] = [
  [[2, 2, 5], [3, 2, 3], {}, ""],
  [[1, 3, 8], [2, 3, 3], { strides: 2, padding: 1, dilations: 2 }, "None, 2, 1, 2"],
  [[2, 4, 7], [4, 2, 2], { strides: 3, groups: 2 }, "None, 3, 0, 1, 2"],
  [[1, 2, 4, 5], [3, 2, 2, 3], {}, ""],
  [[2, 1, 5, 4], [2, 1, 3, 3], { padding: "same" }, "None, 1, 'same'"],
  [[1, 2, 5, 6], [2, 2, 2, 2], { strides: [2, 3], padding: [1, 0] }, "None, (2, 3), (1, 0)"],
  [[1, 2, 6, 5], [2, 2, 2, 3], { dilations: [3, 2], padding: 2 }, "None, 1, 2, (3, 2)"],
  [[1, 2, 5, 5], [2, 2, 3, 2], { strides: 2, dilations: [2, 1] }, "None, 2, 0, (2, 1)"],
  [[1, 4, 4, 4], [4, 1, 3, 3], { padding: 1, groups: 4 }, "None, 1, 1, 1, 4"],
  [[1, 2, 3, 3], [10, 1, 2, 2], { groups: 2 }, "None, 1, 0, 1, 2"],
  [[2, 1, 4, 3], [5, 1, 3, 2], { padding: [1, 0] }, "None, 1, (1, 0)"],
  [[2, 4, 3, 3], [6, 2, 1, 1], { groups: 2 }, "None, 1, 0, 1, 2"],
  [[1, 1, 3, 3], [2, 1, 3, 3], {}, ""],
  [[1, 2, 3, 3, 3], [2, 2, 2, 1, 2], {}, ""],
  [[1, 2, 4, 3, 2], [2, 1, 2, 3, 1], { strides: [2, 1, 1], padding: 1, groups: 2 }, "None, (2, 1, 1), 1, 1, 2"],
];
const one = (shape: Shape) => floats(shape);
const convolution: OpCase[] = [
  ...convolutions.flatMap(([x, w, options, more]) => {
    const rank = x.length - 2;
    const call = `F.conv${rank}d(x, y${more === "" ? "" : `, ${more}`})`;
    const note = JSON.stringify(options);
    const y = conv(input(float32(x)), input(float32(w)), options).shape;
    const derived = (name: string, at: string) => ({
      note: `${note} ${name}`,
      python: `torch.autograd.grad(${call.replace("x, y", at)}, ${name}, z, create_graph=True)[0]`,
    });
    return [
      op("conv", (a, b) => conv(a, b, options), [floats(x), floats(w)], { note, python: call }),
      op("convInputGradient", (a, b, d) => pullback((at) => conv(at, b, options))(a, d), [x, w, y].map(one), {
        ...derived("x", "x, y"),
      }),
      op("convWeightGradient", (a, b, d) => pullback((at) => conv(a, at, options))(b, d), [x, w, y].map(one), {
        ...derived("y", "x, y"),
      }),
    ];
  }),
  op("conv", (x, w, bias) => conv(x, w, { bias, padding: 1 }), [[2, 1, 3, 3], [2, 1, 2, 2], [2]].map(one), {
    note: "with bias",
    python: "F.conv2d(x, y, z, 1, 1)",
  }),
  op(
    "conv",
    (x, w) =>
      conv(x, w, {
        padding: [
          [0, 2],
          [1, 0],
        ],
        strides: 2,
      }),
    [
      [1, 1, 4, 5],
      [2, 1, 3, 2],
    ].map(one),
    {
      note: "padded unequally",
      python: "F.conv2d(F.pad(x, [1, 0, 0, 2]), y, None, 2)",
    },
  ),
  op(
    "conv",
    (x, w) => conv(x, w, { padding: "same", strides: 2 }),
    [
      [1, 1, 4, 5],
      [2, 1, 3, 2],
    ].map(one),
    {
      note: "padded to the same size, odd",
      python: "F.conv2d(F.pad(x, [0, 1, 0, 1]), y, None, 2)",
    },
  ),
  ...(
    [
      [[2, 3, 4], [3, 2, 3], {}, ""],
      [[1, 2, 3, 2], [2, 2, 3, 3], { strides: 2, padding: 1, outputPadding: 1 }, "None, 2, 1, 1"],
      [[1, 4, 3, 3], [4, 1, 2, 3], { groups: 2, dilations: 2 }, "None, 1, 0, 0, 2, 2"],
      [[1, 4, 2, 2], [4, 1, 2, 2], { groups: 4, strides: [2, 3] }, "None, (2, 3), 0, 0, 4"],
      [[1, 2, 2, 2, 2], [2, 1, 2, 2, 2], { strides: 2 }, "None, 2"],
    ] as const satisfies readonly (readonly [Shape, Shape, ConvTransposeOptions, string])[]
  ).map(([x, w, options, more]) =>
    op("convInputGradient", (a, b) => convTranspose(a, b, options), [x, w].map(one), {
      note: `as convTranspose ${JSON.stringify(options)}`,
      python: `F.conv_transpose${x.length - 2}d(x, y${more === "" ? "" : `, ${more}`})`,
    }),
  ),
  op("convInputGradient", (x, w, bias) => convTranspose(x, w, { bias }), [[1, 2, 3], [2, 3, 2], [3]].map(one), {
    note: "as convTranspose with bias",
    python: "F.conv_transpose1d(x, y, z)",
  }),
];

/** Shape of x, size of windows, options, and PyTorch's arguments behind x. */
const pools: readonly (readonly [Shape, number | readonly number[], p.MaxPoolOptions, string])[] = [
  [[2, 2, 6], 2, {}, "2"],
  [[1, 2, 7], 3, { strides: 2, padding: 1 }, "3, 2, 1"],
  [[1, 2, 4, 6], 2, {}, "2"],
  [[1, 1, 7, 5], [3, 2], {}, "(3, 2)"],
  [[1, 2, 5, 5], 3, { strides: 2, padding: 1 }, "3, 2, 1"],
  [[1, 1, 5, 6], 2, { strides: 1 }, "2, 1"],
  [[1, 1, 7, 7], 2, { strides: [3, 4] }, "2, (3, 4)"],
  [[1, 1, 4, 4, 2], 2, {}, "2"],
  [[1, 1, 3, 4, 3], [2, 3, 2], { strides: 1, padding: 1 }, "(2, 3, 2), 1, 1"],
];
const pooling: OpCase[] = [
  ...[...pools, [[1, 2, 5, 7], 2, { strides: 2, dilations: [1, 3] }, "2, 2, 0, (1, 3)"] as const].flatMap(
    ([shape, size, options, more]) => {
      const call = `F.max_pool${shape.length - 2}d(x, ${more})`;
      const note = `${size} ${JSON.stringify(options)}`;
      const fn = (x: Tensor) => p.maxPool(x, size, options);
      const y = fn(input(float32(shape))).shape;
      return [
        op("maxPool", fn, [distinct(shape)], { note, python: call }),
        op("maxPoolGradient", pullback(fn), [distinct(shape), floats(y)], {
          note,
          python: `torch.autograd.grad(${call}, x, y, create_graph=True)[0]`,
        }),
        op("maxPoolTangent", (x, v) => jacobianVectorProduct(fn, x, v).tangent, [distinct(shape), floats(shape)], {
          note,
          python: `torch.func.jvp(lambda x: ${call}, (x,), (y,))[1]`,
        }),
      ];
    },
  ),
  op("maxPool", (x) => p.maxPoolIndices(x, 2), [distinct([1, 1, 4, 6])], {
    note: "as maxPoolIndices",
    python: "F.max_pool2d(x, 2, return_indices=True)[1]",
  }),
  op("maxPool", (x) => p.maxPoolIndices(x, 3, { strides: 1, padding: 1 }), [distinct([1, 1, 4, 5])], {
    note: "as maxPoolIndices, overlapping",
    python: "F.max_pool2d(x, 3, 1, 1, return_indices=True)[1]",
  }),
  op("maxPool", (x) => p.maxPool(x, 2), [given([1, 1, 2, 4], [-inf, 1, 0, inf, -2, -inf, -inf, 0])], {
    note: "of infinities",
    by: [],
    python: "F.max_pool2d(x, 2)",
  }),
  op(
    "maxPoolGradient",
    (x, d) => pullback((at) => p.maxPool(at, 2))(e.stopGradient(x), d),
    [integers([2, 1, 5, 6], 0, 1, "float32"), floats([2, 1, 2, 3])],
    {
      note: "the first of equal elements",
      by: [1],
      python: "torch.autograd.grad(F.max_pool2d(x.requires_grad_(), 2), x, y, create_graph=True)[0]",
    },
  ),
  op(
    "maxPoolGradient",
    (x, d) => pullback((at) => p.maxPool(e.relu(at), 2))(x, d),
    [distinct([1, 2, 4, 4]), floats([1, 2, 2, 2])],
    {
      note: "behind relu",
      python: "torch.autograd.grad(F.max_pool2d(x.relu(), 2), x, y, create_graph=True)[0]",
    },
  ),
  ...[2, 3].map((size) => {
    const fn = (x: Tensor) => p.maxPool(x, size, { strides: 2 });
    return op(
      "maxPoolTangent",
      (x, v) => jacobianVectorProduct(fn, x, v).tangent,
      [distinct([1, 2, 4, 6]), floats([1, 2, 4, 6])],
      {
        note: `${size} by 2`,
        python: `torch.func.jvp(lambda at: F.max_pool2d(at, ${size}, 2), (x,), (y,))[1]`,
      },
    );
  }),
  ...pools.flatMap(([shape, size, options, more]) => {
    const torch = (all: boolean) =>
      `torch.nn.AvgPool${shape.length - 2}d(${more}, count_include_pad=${all ? "True" : "False"})(x)`;
    return [true, false].map((countPadding) =>
      op("averagePool", (x) => p.averagePool(x, size, { ...options, countPadding }), [floats(shape)], {
        note: `${size} ${JSON.stringify({ ...options, countPadding })}`,
        python: torch(countPadding),
      }),
    );
  }),
  op("mean", (x) => p.globalAveragePool(x), [floats([2, 3, 2, 2])], {
    note: "as globalAveragePool",
    python: "x.mean([2, 3])",
  }),
];

const resizing: OpCase[] = (
  [
    [[2, 2, 3], [6]],
    [[1, 2, 5], [3]],
    [[1, 2, 3], [7]],
    [[1, 1, 1], [4]],
    [
      [1, 2, 2, 3],
      [4, 9],
    ],
    [
      [1, 1, 6, 5],
      [4, 7],
    ],
    [
      [2, 1, 4, 4],
      [1, 2],
    ],
    [
      [1, 1, 2, 3, 2],
      [4, 3, 4],
    ],
    [
      [1, 1, 3, 2, 2],
      [2, 5, 3],
    ],
  ] as const
).flatMap(([shape, sizes]) => {
  const modes = ["linear", "bilinear", "trilinear"];
  const call = (more: string) => `F.interpolate(x, [${sizes}], mode=${more})`;
  const smooth = (alignCorners: boolean) =>
    op("resize", (x) => resize(x, sizes, { mode: "linear", alignCorners }), [floats(shape)], {
      note: `to ${sizes}, linear${alignCorners ? " with corners" : ""}`,
      python: call(`"${modes[sizes.length - 1]}", align_corners=${alignCorners ? "True" : "False"}`),
    });
  return [
    op("resize", (x) => resize(x, sizes), [floats(shape)], { note: `to ${sizes}, nearest`, python: call('"nearest"') }),
    smooth(false),
    smooth(true),
  ];
});

/** All cases, in the order of the table of ops. */
export const cases: readonly OpCase[] = [
  ...elementwise,
  ...reductions,
  ...linear,
  ...shapes,
  ...indexing,
  ...normalization,
  ...lossCases,
  ...sums,
  ...convolution,
  ...pooling,
  ...resizing,
];
