/**
 * Ops that work on each element by itself. Operands of different shapes are broadcast by NumPy's rule; the gradient is
 * summed back over what was repeated.
 */
import {
  binary,
  comparison,
  conversion,
  isNotANumberForm,
  type NativeForm,
  negation,
  sameBytes,
  selection,
  unary,
} from "../native.js";
import { type Dense, float as floatAttribute, type GradArguments, type Op } from "../op.js";
import { type Attributes, apply, applyAll, type Operand, type Tensor, tensors } from "../tensor.js";
import { broadcastShapes, type DType, sameShape, showType, type TensorType } from "../types.js";
import { broadcastStrides, offsetsOf } from "./dense.js";

type Empty = Readonly<Record<string, never>>;
const none: Empty = {};

type Gradient = (node: GradArguments<Attributes>, d: Tensor) => (Tensor | null)[];

interface ElementwiseEntry {
  onnx: Op["onnx"];
  native?: NativeForm;
  /** Kinds that the operands may have; all operands have the same. */
  takes: readonly DType[];
  /** Kind of the result; that of the operands by default. */
  gives?: DType;
  grad: Gradient | null;
  /** The definition, in 64-bit floats. */
  f: (...x: number[]) => number;
}

const float: readonly DType[] = ["float32"];
const numbers: readonly DType[] = ["float32", "int32", "int64"];
const signed = numbers;
const bool: readonly DType[] = ["bool"];
const every: readonly DType[] = [...numbers, "bool"];

/** An op of the table, from what is its own. */
function elementwise(name: string, { onnx, native, takes, gives, grad, f }: ElementwiseEntry): Op {
  return {
    name,
    onnx,
    native,
    shape: (inputs) => {
      const [first] = inputs;
      for (const input of inputs) requireKind(name, input, takes);
      if (inputs.some(({ dtype }) => dtype !== first.dtype)) {
        throw new TypeError(`${name}: kinds differ, ${inputs.map(showType).join(" and ")}; cast one`);
      }
      const shape = broadcastShapes(name, ...inputs.map((input) => input.shape));
      return [{ dtype: gives ?? first.dtype, shape }];
    },
    grad,
    evaluate: (inputs, _, [type]) => [evaluateElements(f, inputs, type)],
  };
}

export function requireKind(where: string, input: TensorType, kinds: readonly DType[]): void {
  if (kinds.includes(input.dtype)) return;
  throw new TypeError(`${where}: ${kinds.join(" or ")} was needed, got ${showType(input)}`);
}

function evaluateElements(f: (...x: number[]) => number, inputs: readonly Dense[], type: TensorType): Dense {
  const offsets = inputs.map((x) => offsetsOf(type.shape, broadcastStrides(x.shape, type.shape)));
  const data = new Float64Array(offsets[0].length);
  const whole = type.dtype === "int32" || type.dtype === "int64";
  for (let k = 0; k < data.length; k++) {
    const value = Number(f(...inputs.map((x, i) => x.data[offsets[i][k]])));
    data[k] = whole ? Math.trunc(value) : value;
  }
  return { shape: type.shape, data };
}

/** Names of entries become names of ops. */
function table<K extends string>(entries: Record<K, ElementwiseEntry>): Record<K, Op> {
  const ops = Object.entries<ElementwiseEntry>(entries).map(([name, entry]) => [name, elementwise(name, entry)]);
  return Object.fromEntries(ops) as Record<K, Op>;
}

const { SQRT1_2, PI } = Math;

/** erf(x) by its series for small |x| and the continued fraction of erfc beyond; relative error below 1e-15. */
export function erf64(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(PI);
  }
  let fraction = 0;
  for (let n = 80; n >= 1; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(PI) / (z + fraction));
}

const sigmoid64 = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus64 = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** a^b as IEEE 754 recommends it; JavaScript gives NaN for 1 to the power of NaN and +-1 to that of an infinity. */
function power64(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const twoOverRootPi = 2 / Math.sqrt(PI);

export const elementwiseOps = table({
  neg: { onnx: "Neg", native: unary("neg"), takes: signed, f: (x) => -x, grad: (_, d) => [neg(d)] },
  abs: {
    onnx: "Abs",
    native: unary("abs"),
    takes: signed,
    f: Math.abs,
    grad: ({ inputs: [x] }, d) => [mul(d, sign(x))],
  },
  sign: { onnx: "Sign", native: unary("sign"), takes: signed, f: Math.sign, grad: null },
  floor: { onnx: "Floor", native: unary("floor"), takes: float, f: Math.floor, grad: null },
  ceil: { onnx: "Ceil", native: unary("ceil"), takes: float, f: Math.ceil, grad: null },
  round: { onnx: "Round", native: unary("round"), takes: float, f: roundHalfToEven, grad: null },
  exp: { onnx: "Exp", native: unary("exp"), takes: float, f: Math.exp, grad: ({ out }, d) => [mul(d, out)] }, //  d e^x = e^x dx
  log: { onnx: "Log", native: unary("log"), takes: float, f: Math.log, grad: ({ inputs: [x] }, d) => [div(d, x)] }, //  dx / x
  sqrt: {
    onnx: "Sqrt",
    native: unary("sqrt"),
    takes: float,
    f: Math.sqrt,
    grad: ({ out }, d) => [div(mul(d, 0.5), out)],
  }, //  dx / 2 sqrt x
  reciprocal: {
    onnx: "Reciprocal",
    native: unary("reciprocal"),
    takes: float,
    f: (x) => 1 / x,
    grad: ({ out }, d) => [neg(mul(d, mul(out, out)))],
  },
  sin: { onnx: "Sin", takes: float, f: Math.sin, grad: ({ inputs: [x] }, d) => [mul(d, cos(x))] },
  cos: { onnx: "Cos", takes: float, f: Math.cos, grad: ({ inputs: [x] }, d) => [neg(mul(d, sin(x)))] },
  atan: {
    onnx: "Atan",
    takes: float,
    f: Math.atan,
    grad: ({ inputs: [x] }, d) => [div(d, add(1, mul(x, x)))], //  dx / (1 + x^2)
  },
  tanh: {
    onnx: "Tanh",
    native: unary("tanh"),
    takes: float,
    f: Math.tanh,
    grad: ({ out }, d) => [mul(d, sub(1, mul(out, out)))],
  },
  sigmoid: {
    onnx: "Sigmoid",
    native: unary("sigmoid"),
    takes: float,
    f: sigmoid64,
    grad: ({ out }, d) => [mul(d, mul(out, sub(1, out)))],
  },
  erf: {
    onnx: "Erf",
    takes: float,
    f: erf64,
    grad: ({ inputs: [x] }, d) => [mul(d, mul(twoOverRootPi, exp(neg(mul(x, x)))))], //  2 / sqrt pi e^(-x^2)
  },
  relu: {
    onnx: "Relu",
    native: unary("relu"),
    takes: float,
    f: (x) => (x <= 0 ? 0 : x),
    grad: ({ out }, d) => [reluGradient(out, d)],
  },
  softplus: {
    onnx: "Softplus",
    native: unary("softplus"),
    takes: float,
    f: softplus64,
    grad: ({ inputs: [x] }, d) => [mul(d, sigmoid(x))],
  },

  add: { onnx: "Add", native: binary("add"), takes: numbers, f: (a, b) => a + b, grad: (_, d) => [d, d] },
  sub: { onnx: "Sub", native: binary("sub"), takes: numbers, f: (a, b) => a - b, grad: (_, d) => [d, neg(d)] },
  mul: {
    onnx: "Mul",
    native: binary("mul"),
    takes: numbers,
    f: (a, b) => a * b,
    grad: ({ inputs: [a, b] }, d) => [mul(d, b), mul(d, a)],
  },
  div: {
    native: binary("div"),
    onnx: (emit, { inputs: [, b] }, [x, y]) => {
      if (b.dtype === "float32") return emit.node("Div", [x, y]);
      // Processors trap where the smallest integer is divided by -1: the process would end.
      const [one, minusOne] = [emit.scalar(1, b.dtype), emit.scalar(-1, b.dtype)];
      const [negates] = emit.node("Equal", [y, minusOne]);
      const [divisor] = emit.node("Where", [negates, one, y]);
      return emit.node("Where", [negates, ...emit.node("Neg", [x]), ...emit.node("Div", [x, divisor])]);
    },
    takes: numbers,
    f: (a, b) => a / b,
    grad: ({ inputs: [, b], out }, d) => [div(d, b), neg(mul(d, div(out, b)))],
  },
  pow: {
    // a^b. The exponent of the derivative is not let below 0 where b is 0: d a^0 = 0 a^0 da is 0 at a = 0 too, and so are
    // derivatives of it. The gradient of b is taken as 0 where a <= 0.
    // Operands are repeated beforehand: ONNX Runtime 1.30's WebGPU fails on [4, 1] to the power of [4].
    onnx: (emit, { inputs, outputs: [out] }, operands) => {
      const repeated = operands.map((operand, k) =>
        inputs[k].size === 1 || sameShape(inputs[k].shape, out.shape)
          ? operand
          : emit.node("Expand", [operand, emit.ints(out.shape)])[0],
      );
      return emit.node("Pow", repeated);
    },
    takes: float,
    f: power64,
    grad: ({ inputs: [a, b], out }, d) => [
      mul(d, mul(b, pow(a, where(equal(b, 0), 0, sub(b, 1))))),
      mul(d, where(greater(a, 0), mul(out, log(where(greater(a, 0), a, 1))), 0)),
    ],
  },
  maximum: {
    onnx: "Max",
    native: binary("max"),
    takes: numbers,
    f: Math.max,
    grad: (node, d) => halves(node, d, greater),
  },
  minimum: {
    onnx: "Min",
    native: binary("min"),
    takes: numbers,
    f: Math.min,
    grad: (node, d) => halves(node, d, less),
  },

  equal: {
    onnx: "Equal",
    native: comparison("equal"),
    takes: every,
    gives: "bool",
    f: (a, b) => Number(a === b),
    grad: null,
  },
  less: {
    onnx: "Less",
    native: comparison("less"),
    takes: numbers,
    gives: "bool",
    f: (a, b) => Number(a < b),
    grad: null,
  },
  lessEqual: {
    onnx: "LessOrEqual",
    native: comparison("lessEqual"),
    takes: numbers,
    gives: "bool",
    f: (a, b) => Number(a <= b),
    grad: null,
  },
  greater: {
    onnx: "Greater",
    native: comparison("less", true),
    takes: numbers,
    gives: "bool",
    f: (a, b) => Number(a > b),
    grad: null,
  },
  greaterEqual: {
    onnx: "GreaterOrEqual",
    native: comparison("lessEqual", true),
    takes: numbers,
    gives: "bool",
    f: (a, b) => Number(a >= b),
    grad: null,
  },
  not: { onnx: "Not", native: negation, takes: bool, f: (a) => 1 - a, grad: null },
  and: { onnx: "And", native: binary("mul"), takes: bool, f: (a, b) => a * b, grad: null },
  or: { onnx: "Or", native: binary("max"), takes: bool, f: (a, b) => Math.max(a, b), grad: null },
  isNaN: {
    onnx: "IsNaN",
    native: isNotANumberForm,
    takes: float,
    gives: "bool",
    f: (x) => Number(Number.isNaN(x)),
    grad: null,
  },
});

/** d where the result of relu is above 0; by two casts, since ONNX Runtime's Sign, Where and comparisons take longer. */
export const reluGradient = (out: Tensor, d: Tensor): Tensor => mul(d, cast(cast(out, "bool"), "float32"));

/** Of maximum and minimum: all to the operand that won, half to each where they are equal. */
function halves({ inputs: [a, b] }: GradArguments<Attributes>, d: Tensor, wins: typeof greater): Tensor[] {
  const tie = mul(0.5, cast(equal(a, b), "float32"));
  return [mul(d, add(cast(wins(a, b), "float32"), tie)), mul(d, add(cast(wins(b, a), "float32"), tie))];
}

/**
 * x Phi(x), Phi the distribution of the standard normal, and Phi(x), which gradients share. The derivatives are
 * Phi(x) + x phi(x) and phi(x) = e^(-x^2 / 2) / sqrt(2 pi).
 */
const geluOp: Op = {
  name: "gelu",
  shape: ([x]) => {
    requireKind("gelu", x, float);
    return [x, x].map(({ dtype, shape }) => ({ dtype, shape }));
  },
  onnx: (emit, _, [x], [, needsDistribution]) => {
    if (!needsDistribution) return emit.node("Gelu", [x]);
    const node = (type: string, a: string, b?: string) => emit.node(type, b === undefined ? [a] : [a, b])[0];
    const scalar = (value: number) => emit.scalar(value, "float32");
    const erf = node("Erf", node("Mul", x, scalar(SQRT1_2)));
    const phi = node("Mul", node("Add", erf, scalar(1)), scalar(0.5));
    return [node("Mul", x, phi), phi];
  },
  grad: ({ inputs: [x], outputs: [, distribution] }, _, [dOut, dDistribution]) => {
    const z = mul(x, SQRT1_2);
    const density = exp(sub(-0.5 * Math.log(2 * PI), mul(z, z)));
    const ofOut = dOut && mul(dOut, add(distribution, mul(x, density)));
    const ofDistribution = dDistribution && mul(dDistribution, density);
    return [ofOut && ofDistribution ? add(ofOut, ofDistribution) : (ofOut ?? ofDistribution)];
  },
  evaluate: ([x]) => {
    const distribution = x.data.map((value) => 0.5 * (1 + erf64(value * SQRT1_2)));
    return [
      { shape: x.shape, data: x.data.map((value, k) => value * distribution[k]) },
      { shape: x.shape, data: distribution },
    ];
  },
};

/** x where x > 0, slope x elsewhere. */
const leakyReluOp: Op<{ slope: number }> = {
  name: "leakyRelu",
  native: ({ outputs: [{ size }], attributes: { slope } }) => ({
    calls: [{ kernel: "elementwise", fn: "leakyRelu", args: [{ input: 0 }, { output: 0 }, size, slope] }],
    over: [0],
  }),
  shape: ([x]) => {
    requireKind("leakyRelu", x, float);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  onnx: (emit, { attributes: { slope } }, [x]) => emit.node("LeakyRelu", [x], { alpha: floatAttribute(slope) }),
  grad: ({ inputs: [x], attributes: { slope } }, d) => [
    mul(d, add(mul(cast(greater(x, 0), "float32"), 1 - slope), slope)),
  ],
  evaluate: ([x], { slope }) => [{ shape: x.shape, data: x.data.map((value) => (value > 0 ? value : slope * value)) }],
};

const onnxKinds: Record<DType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

const castOp: Op<{ to: DType }> = {
  name: "cast",
  native: conversion,
  shape: ([x], { to }) => [{ dtype: to, shape: x.shape }],
  onnx: (emit, { attributes: { to } }, [x]) => emit.node("Cast", [x], { to: onnxKinds[to] }),
  grad: ({ inputs: [x], attributes: { to } }, d) => [x.dtype === "float32" && to === "float32" ? d : null],
  evaluate: ([x], { to }) => {
    const change = to === "bool" ? (v: number) => Number(v !== 0) : to === "float32" ? (v: number) => v : Math.trunc;
    return [{ shape: x.shape, data: x.data.map(change) }];
  },
};

const whereOp: Op = {
  name: "where",
  native: selection,
  onnx: "Where",
  shape: ([condition, a, b]) => {
    requireKind("where", condition, bool);
    if (a.dtype !== b.dtype) throw new TypeError(`where: kinds differ, ${showType(a)} and ${showType(b)}; cast one`);
    return [{ dtype: a.dtype, shape: broadcastShapes("where", condition.shape, a.shape, b.shape) }];
  },
  grad: ({ inputs: [condition] }, d) => [null, where(condition, d, 0), where(condition, 0, d)],
  evaluate: (inputs, _, [type]) => [evaluateElements((c, a, b) => (c !== 0 ? a : b), inputs, type)],
};

const stopGradientOp: Op = {
  name: "stopGradient",
  onnx: "Identity",
  native: sameBytes,
  shape: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  grad: null,
  evaluate: ([x]) => [x],
};

export const ops = [
  ...Object.values(elementwiseOps),
  geluOp,
  leakyReluOp,
  castOp,
  whereOp,
  stopGradientOp,
] as readonly Op[];

const t = elementwiseOps;
const call = (op: Op, ...operands: Operand[]): Tensor => apply(op, operands, none);

export const neg = (x: Operand): Tensor => call(t.neg, x);
export const abs = (x: Operand): Tensor => call(t.abs, x);
/** -1, 0 or 1. */
export const sign = (x: Operand): Tensor => call(t.sign, x);
export const floor = (x: Operand): Tensor => call(t.floor, x);
export const ceil = (x: Operand): Tensor => call(t.ceil, x);
/** The nearest integer, the even one of two that are equally near. */
export const round = (x: Operand): Tensor => call(t.round, x);
export const exp = (x: Operand): Tensor => call(t.exp, x);
/** The natural logarithm. */
export const log = (x: Operand): Tensor => call(t.log, x);
export const sqrt = (x: Operand): Tensor => call(t.sqrt, x);
export const square = (x: Operand): Tensor => mul(x, x);
/** 1 / x. */
export const reciprocal = (x: Operand): Tensor => call(t.reciprocal, x);
export const sin = (x: Operand): Tensor => call(t.sin, x);
export const cos = (x: Operand): Tensor => call(t.cos, x);
/** The angle from -pi / 2 to pi / 2 whose tangent is x. */
export const atan = (x: Operand): Tensor => call(t.atan, x);
export const tanh = (x: Operand): Tensor => call(t.tanh, x);
/** 1 / (1 + e^-x). ONNX Runtime gives 0 below about -18: for the logarithm take `logSigmoid`. */
export const sigmoid = (x: Operand): Tensor => call(t.sigmoid, x);
/** ln(1 / (1 + e^-x)), right for every x. */
export const logSigmoid = (x: Operand): Tensor => neg(softplus(neg(x)));
/** The error function, 2 / sqrt pi times the integral of e^(-t^2) from 0 to x. */
export const erf = (x: Operand): Tensor => call(t.erf, x);
/** max(x, 0); its derivative at 0 is 0. */
export const relu = (x: Operand): Tensor => call(t.relu, x);
/** ln(1 + e^x). */
export const softplus = (x: Operand): Tensor => call(t.softplus, x);
/** x Phi(x), with Phi the distribution of the standard normal (Hendrycks and Gimpel 2016), exactly, by erf. */
export const gelu = (x: Operand): Tensor => applyAll(geluOp, [x], none)[0];
/** x sigmoid(x), also called swish. */
export const silu = (x: Operand): Tensor => mul(x, sigmoid(x));
/** x where x > 0, `slope` x elsewhere. */
export const leakyRelu = (x: Operand, slope = 0.01): Tensor => apply(leakyReluOp, [x], { slope });

export const add = (a: Operand, b: Operand): Tensor => call(t.add, a, b);
export const sub = (a: Operand, b: Operand): Tensor => call(t.sub, a, b);
export const mul = (a: Operand, b: Operand): Tensor => call(t.mul, a, b);
/** a / b; of integers rounded towards 0. */
export const div = (a: Operand, b: Operand): Tensor => call(t.div, a, b);
/**
 * a^b for a >= 0, or any a where b is an integer, else NaN; 0^0 is 1. The derivative by a is 0 where b is 0, whatever a is,
 * and that by b is taken as 0 where a <= 0.
 */
export const pow = (a: Operand, b: Operand): Tensor => call(t.pow, a, b);
/** The larger of two; where they are equal each gets half the gradient. */
export const maximum = (a: Operand, b: Operand): Tensor => call(t.maximum, a, b);
export const minimum = (a: Operand, b: Operand): Tensor => call(t.minimum, a, b);
/** x limited to [low, high]. */
export const clip = (x: Operand, low: Operand, high: Operand): Tensor => minimum(maximum(x, low), high);

export const equal = (a: Operand, b: Operand): Tensor => call(t.equal, a, b);
export const less = (a: Operand, b: Operand): Tensor => call(t.less, a, b);
export const lessEqual = (a: Operand, b: Operand): Tensor => call(t.lessEqual, a, b);
export const greater = (a: Operand, b: Operand): Tensor => call(t.greater, a, b);
export const greaterEqual = (a: Operand, b: Operand): Tensor => call(t.greaterEqual, a, b);
export const logicalNot = (a: Operand): Tensor => call(t.not, a);
export const logicalAnd = (a: Operand, b: Operand): Tensor => call(t.and, a, b);
export const logicalOr = (a: Operand, b: Operand): Tensor => call(t.or, a, b);
export const isNotANumber = (x: Operand): Tensor => call(t.isNaN, x);

/** Elements as another kind; floats are cut towards 0, every number but 0 is true. No gradient passes but from floats. */
export const cast = (x: Operand, to: DType): Tensor => apply(castOp, [x], { to });
/** a where the condition holds, b elsewhere. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] = tensors([a, b], "where");
  return apply(whereOp, [condition, x, y], none);
}
/** x, as a constant to every gradient. */
export const stopGradient = (x: Operand): Tensor => call(stopGradientOp, x);
