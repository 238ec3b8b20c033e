/** Operators that work on each element by itself. */
import type { OnnxTensorType } from "../../formats/onnx/model.js";
import { known } from "../fold.js";
import {
  abs,
  add,
  atan,
  cast,
  ceil,
  cos,
  div,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterEqual,
  isNotANumber,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from "../ops/elementwise.js";
import { broadcastTo } from "../ops/shape.js";
import { type Operand, type Tensor, tensor } from "../tensor.js";
import { broadcastShapes, type DType } from "../types.js";
import { flag, float, int, maybe, type Operator, type Operators, operator, requireKinds, word } from "./operator.js";
import { kindOf, typeNumbered } from "./stored.js";

const unary = (f: (x: Tensor) => Tensor): Operator => operator(1, {}, (node) => f(node.input(0)));
const binary = (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  operator(2, {}, (node) => f(node.input(0), node.input(1)));
const variadic = (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  operator([1, Infinity], {}, (node) => node.all().reduce(f));

/** x where it is negative, else 0; so that what grows on the other side overflows in no gradient. */
const negativePart = (x: Tensor): Tensor => where(greater(x, 0), 0, x);
const positive = (x: Tensor): Tensor => greater(x, 0);

/** [low, high] where the gradient at the limits passes, as in PyTorch. */
export function limited(x: Tensor, low: Operand | undefined, high: Operand | undefined): Tensor {
  const above = low === undefined ? x : where(less(x, low), low, x);
  return high === undefined ? above : where(greater(above, high), high, above);
}

function limit(value: Tensor | undefined): Tensor | undefined {
  if (value === undefined || value.size === 1) return value;
  throw new RangeError(`a limit must be a single number, got ${value.size}`);
}

/** ln(x + sqrt(x^2 + 1)) of |x|, so that nothing cancels, with the sign of x. */
const asinh = (x: Tensor): Tensor => mul(sign(x), log(add(abs(x), sqrt(add(square(x), 1)))));
/** x / sqrt(1 - x^2) is the tangent of the angle whose sine is x. */
const asin = (x: Tensor): Tensor => atan(div(x, sqrt(mul(sub(1, x), add(1, x)))));
const cosh = (x: Tensor): Tensor => mul(0.5, add(exp(x), exp(neg(x))));

/** ReLU of any kind of number. */
const rectify = (x: Tensor): Tensor => (x.dtype === "float32" ? relu(x) : maximum(x, 0));

/** What dividing x by y leaves: with the sign of x where the quotient is cut towards 0, else with that of y. */
function remainder(x: Tensor, y: Tensor, towardsZero: boolean): Tensor {
  const quotient = div(x, y); // of integers it is cut already
  const whole = x.dtype === "float32" ? mul(sign(quotient), floor(abs(quotient))) : quotient;
  // Of an infinite y nothing is taken away, where 0 times infinity would be no number.
  const rest = where(equal(whole, 0), x, sub(x, mul(whole, y)));
  if (towardsZero) return rest;
  return where(less(mul(sign(rest), sign(y)), 0), add(rest, y), rest);
}

/** Powers; integers and whole known exponents by multiplication, which is exact and has a gradient for negative bases. */
function power(x: Tensor, exponent: Tensor): Tensor {
  const values = known(exponent)?.data;
  const same = values !== undefined && values.length > 0 && values.every((value) => value === values[0]);
  const shape = broadcastShapes("Pow", x.shape, exponent.shape);
  const [value] = same ? values : [Number.NaN];
  if (Number.isInteger(value) && value >= 0 && value <= 64) return broadcastTo(repeated(x, value), shape);
  if (value === 0.5 && x.dtype === "float32") return broadcastTo(sqrt(x), shape);
  if (x.dtype !== "float32") {
    throw new RangeError("a known exponent from 0 to 64, the same for all, was needed for a base of integers");
  }
  return pow(x, cast(exponent, "float32"));
}

function repeated(x: Tensor, exponent: number): Tensor {
  if (exponent === 0) return broadcastTo(tensor(1, x.dtype), x.shape);
  if (exponent === 1) return x;
  const half = repeated(x, Math.floor(exponent / 2));
  return exponent % 2 === 0 ? mul(half, half) : mul(mul(half, half), x);
}

function castTo(x: Tensor, type: OnnxTensorType): Tensor {
  return castKind(x, kindOf(type));
}
const castKind = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : cast(x, to));

/** tanh's approximation of Gelu (Hendrycks and Gimpel 2016). */
const geluTanh = (x: Tensor): Tensor =>
  mul(mul(0.5, x), add(1, tanh(mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, square(x))))))));

const elu = (x: Tensor, alpha: number): Tensor => where(positive(x), x, mul(alpha, sub(exp(negativePart(x)), 1)));
const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor => limited(add(mul(alpha, x), beta), 0, 1);
const leaky = (x: Tensor, slope: Operand): Tensor => where(less(x, 0), mul(x, slope), x);

/** Elementwise functions that recurrent networks name as their activations, with their alpha and beta. */
export const activations: Record<string, (x: Tensor, alpha: number | undefined, beta: number | undefined) => Tensor> = {
  Sigmoid: sigmoid,
  Tanh: tanh,
  Relu: rectify,
  Affine: (x, alpha = 1, beta = 0) => add(mul(alpha, x), beta),
  LeakyRelu: (x, alpha = 0.01) => leaky(x, alpha),
  ThresholdedRelu: (x, alpha = 1) => where(greater(x, alpha), x, 0),
  ScaledTanh: (x, alpha = 1, beta = 1) => mul(alpha, tanh(mul(beta, x))),
  HardSigmoid: (x, alpha = 0.2, beta = 0.5) => hardSigmoid(x, alpha, beta),
  Elu: (x, alpha = 1) => elu(x, alpha),
  Softsign: (x) => div(x, add(1, abs(x))),
  Softplus: softplus,
};

export const elementwise: Operators = {
  Abs: unary(abs),
  Neg: unary(neg),
  Sign: unary(sign),
  Floor: unary(floor),
  Ceil: unary(ceil),
  Round: unary(round),
  Exp: unary(exp),
  Log: unary(log),
  Sqrt: unary(sqrt),
  Reciprocal: unary(reciprocal),
  Sin: unary(sin),
  Cos: unary(cos),
  Tan: unary((x) => div(sin(x), cos(x))),
  Asin: unary(asin),
  Acos: unary((x) => sub(Math.PI / 2, asin(x))),
  Atan: unary(atan),
  Sinh: unary((x) => mul(tanh(x), cosh(x))), // (e^x - e^-x) / 2 would cancel near 0
  Cosh: unary(cosh),
  Asinh: unary(asinh),
  Acosh: unary((x) => log(add(x, sqrt(mul(sub(x, 1), add(x, 1)))))),
  Atanh: unary((x) => mul(0.5, sub(log(add(1, x)), log(sub(1, x))))),
  Tanh: unary(tanh),
  Sigmoid: unary(sigmoid),
  Erf: unary(erf),
  Relu: unary(rectify),
  Softplus: unary(softplus),
  Softsign: unary((x) => div(x, add(1, abs(x)))),
  Mish: unary((x) => mul(x, tanh(softplus(x)))),
  HardSwish: unary((x) => mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Elu: operator(1, { alpha: float(1) }, (node) => elu(node.input(0), node.attributes.alpha)),
  Selu: operator(1, { alpha: float(1.6732632), gamma: float(1.050701) }, (node) =>
    mul(node.attributes.gamma, elu(node.input(0), node.attributes.alpha)),
  ),
  Celu: operator(1, { alpha: float(1) }, (node) => {
    const { alpha } = node.attributes;
    const x = node.input(0);
    return where(positive(x), x, mul(alpha, sub(exp(div(negativePart(x), alpha)), 1)));
  }),
  HardSigmoid: operator(1, { alpha: float(0.2), beta: float(0.5) }, (node) =>
    hardSigmoid(node.input(0), node.attributes.alpha, node.attributes.beta),
  ),
  LeakyRelu: operator(1, { alpha: float(0.01) }, (node) => leaky(node.input(0), node.attributes.alpha)),
  ThresholdedRelu: operator(1, { alpha: float(1) }, (node) =>
    where(greater(node.input(0), node.attributes.alpha), node.input(0), 0),
  ),
  PRelu: binary(leaky),
  Gelu: operator(1, { approximate: word("none", "tanh") }, (node) =>
    node.attributes.approximate === "tanh" ? geluTanh(node.input(0)) : gelu(node.input(0)),
  ),
  Swish: operator(1, { alpha: float(1) }, (node) =>
    mul(node.input(0), sigmoid(mul(node.attributes.alpha, node.input(0)))),
  ),
  SwiGLU: operator(2, { alpha: float(1) }, (node) =>
    mul(mul(node.input(0), sigmoid(mul(node.attributes.alpha, node.input(0)))), node.input(1)),
  ),
  Shrink: operator(1, { lambd: float(0.5), bias: float(0) }, (node) => {
    const { lambd, bias } = node.attributes;
    const x = node.input(0);
    const zero = mul(x, 0);
    const number = (value: number) => (x.dtype === "float32" ? value : Math.trunc(value));
    return where(
      less(x, number(-lambd)),
      add(x, number(bias)),
      where(greater(x, number(lambd)), sub(x, number(bias)), zero),
    );
  }),
  Clip: operator([1, 3], { min: maybe(float()), max: maybe(float()) }, (node) =>
    limited(
      node.input(0),
      limit(node.optional(1)) ?? node.attributes.min,
      limit(node.optional(2)) ?? node.attributes.max,
    ),
  ),

  Add: binary(add),
  Sub: binary(sub),
  Mul: binary(mul),
  Div: binary(div),
  Pow: binary(power),
  Mod: operator(2, { fmod: flag(false) }, (node) => remainder(node.input(0), node.input(1), node.attributes.fmod)),
  Max: variadic(maximum),
  Min: variadic(minimum),
  Sum: variadic(add),
  Mean: operator([1, Infinity], {}, (node) =>
    div(
      node.all().reduce((a, b) => add(a, b)),
      node.inputs.length,
    ),
  ),

  Equal: binary(equal),
  Less: binary(less),
  LessOrEqual: binary(lessEqual),
  Greater: binary(greater),
  GreaterOrEqual: binary(greaterEqual),
  And: binary(logicalAnd),
  Or: binary(logicalOr),
  Xor: binary((a, b) => {
    requireKinds(a, "bool");
    return logicalNot(equal(a, b));
  }),
  Not: unary(logicalNot),
  Where: operator(3, {}, (node) => where(node.input(0), node.input(1), node.input(2))),
  IsNaN: unary(isNotANumber),
  IsInf: operator(1, { detect_negative: flag(true), detect_positive: flag(true) }, (node) => {
    const { detect_negative, detect_positive } = node.attributes;
    const x = node.input(0);
    requireKinds(x, "float32");
    const none = less(x, Number.NEGATIVE_INFINITY);
    const below = detect_negative ? equal(x, Number.NEGATIVE_INFINITY) : none;
    return logicalOr(below, detect_positive ? equal(x, Number.POSITIVE_INFINITY) : none);
  }),

  // saturate and round_mode are about floats of 8 bits and less, which are refused.
  Cast: operator(1, { to: int(), saturate: flag(true), round_mode: word("up", "down", "nearest") }, (node) =>
    castTo(node.input(0), typeNumbered(node.attributes.to)),
  ),
  CastLike: operator(2, { saturate: flag(true), round_mode: word("up", "down", "nearest") }, (node) =>
    castKind(node.input(0), node.input(1).dtype),
  ),
};
