/** Softmax, and the layers that bring activations to mean 0 and variance 1. */
import { softmaxForm } from "../native.js";
import { type Emitter, float, type Op } from "../op.js";
import { apply, applyAll, type Operand, type Tensor, tensor } from "../tensor.js";
import { broadcastShapes, normalizeAxes, normalizeAxis, type Shape, sameShape, showShape, sizeOf } from "../types.js";
import { broadcastStrides, denseZeros, offsetsOf, splitAxes } from "./dense.js";
import { add, div, exp, mul, neg, reciprocal, relu, requireKind, sqrt, square, sub } from "./elementwise.js";
import { mean, sum } from "./reductions.js";
import { reshape } from "./shape.js";

type Axis = Readonly<{ axis: number }>;

function softmaxLike(
  name: string,
  onnx: string,
  grad: Op<Axis>["grad"],
  f: (x: number, logSum: number) => number,
): Op<Axis> {
  return {
    name,
    native: softmaxForm(name === "logSoftmax"),
    shape: ([x]) => {
      requireKind(name, x, ["float32"]);
      return [{ dtype: "float32", shape: x.shape }];
    },
    onnx: (emit, { attributes: { axis } }, inputs) => emit.node(onnx, inputs, { axis }),
    grad,
    evaluate: ([x], { axis }) => {
      const out = denseZeros(x.shape);
      const { outer, inner } = splitAxes(x.shape, [axis]);
      for (const start of outer) {
        let top = Number.NEGATIVE_INFINITY;
        for (const offset of inner) top = Math.max(top, x.data[start + offset]);
        let total = 0;
        for (const offset of inner) total += Math.exp(x.data[start + offset] - top);
        const logSum = Math.log(total); // beside `top`, which may be too large for it to count
        for (const offset of inner) out.data[start + offset] = f(x.data[start + offset] - top, logSum);
      }
      return [out];
    },
  };
}

const softmaxOp = softmaxLike(
  "softmax",
  "Softmax",
  // y (d - sum y d)
  ({ out, attributes: { axis } }, d) => [mul(out, sub(d, sum(mul(d, out), axis, { keepDims: true })))],
  (x, logSum) => Math.exp(x - logSum),
);

const logSoftmaxOp = softmaxLike(
  "logSoftmax",
  "LogSoftmax",
  // d - e^y sum d
  ({ out, attributes: { axis } }, d) => [sub(d, mul(exp(out), sum(d, axis, { keepDims: true })))],
  (x, logSum) => x - logSum,
);

/**
 * y = (x - mean) / sqrt(variance + epsilon) scale + bias, with mean and variance over some axes. The outputs are y, the
 * mean and 1 / sqrt(variance + epsilon), the last two with axes of size 1.
 */
const normalizeOp: Op<{ axes: readonly number[]; epsilon: number }> = {
  name: "normalize",
  shape: ([x, scale, bias], { axes, epsilon }) => {
    for (const input of [x, scale, bias]) requireKind("normalize", input, ["float32"]);
    if (axes.some((axis) => x.shape[axis] === 0)) {
      throw new RangeError(`normalize: axes [${axes}] of ${showShape(x.shape)} are empty`);
    }
    if (!(epsilon >= 0)) throw new RangeError(`normalize: epsilon must be a number >= 0, got ${epsilon}`);
    for (const { shape } of [scale, bias]) {
      if (!sameShape(broadcastShapes("normalize", x.shape, shape), x.shape)) {
        throw new RangeError(`normalize: scale and bias must repeat to ${showShape(x.shape)}, got ${showShape(shape)}`);
      }
    }
    const moments = { dtype: "float32", shape: x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) } as const;
    return [{ dtype: "float32", shape: x.shape }, moments, moments];
  },
  onnx: (emit, { inputs: [x, scale, bias], attributes: { axes, epsilon } }, names, [, ...needsMoments]) => {
    const [axis] = axes;
    const last = axes.length === x.rank - axis;
    const inner = x.shape.slice(axis);
    if (last && sameShape(scale.shape, inner) && sameShape(bias.shape, inner)) {
      const count = needsMoments.includes(true) ? 3 : 1;
      return emit.node("LayerNormalization", names, { axis, epsilon: float(epsilon) }, count);
    }
    return normalizeInSteps(emit, names, axes, epsilon, scale.size < x.size);
  },
  // With z = (x - mean) / sigma and g = d scale: dx = (g - mean g - z mean(g z)) / sigma. The mean passes on 1 / n of its
  // gradient, and 1 / sigma changes by -z / (n sigma^2).
  grad: ({ inputs: [x, scale], outputs: [, center, inverse], attributes: { axes } }, d, [dOut, dCenter, dInverse]) => {
    const z = mul(sub(x, center), inverse);
    const gradients: Tensor[] = [];
    if (dOut !== null) {
      const g = mul(d, scale);
      const along = mul(z, mean(mul(g, z), axes, { keepDims: true }));
      gradients.push(mul(inverse, sub(sub(g, mean(g, axes, { keepDims: true })), along)));
    }
    const n = x.size / center.size;
    if (dCenter !== null) gradients.push(div(dCenter, n));
    if (dInverse !== null) gradients.push(neg(mul(mul(dInverse, div(square(inverse), n)), z)));
    const dx = gradients.reduce((total, next) => add(total, next));
    return [dx, dOut && mul(d, z), dOut];
  },
  evaluate: ([x, scale, bias], { axes, epsilon }, [, moments]) => {
    const out = denseZeros(x.shape);
    const centers = denseZeros(moments.shape);
    const inverses = denseZeros(moments.shape);
    const scales = offsetsOf(x.shape, broadcastStrides(scale.shape, x.shape));
    const biases = offsetsOf(x.shape, broadcastStrides(bias.shape, x.shape));
    const { outer, inner } = splitAxes(x.shape, axes);
    outer.forEach((start, row) => {
      let center = 0;
      for (const offset of inner) center += x.data[start + offset] / inner.length;
      let variance = 0;
      for (const offset of inner) variance += (x.data[start + offset] - center) ** 2 / inner.length;
      const inverse = 1 / Math.sqrt(variance + epsilon);
      for (const offset of inner) {
        const k = start + offset;
        out.data[k] = (x.data[k] - center) * inverse * scale.data[scales[k]] + bias.data[biases[k]];
      }
      centers.data[row] = center;
      inverses.data[row] = inverse;
    });
    return [out, centers, inverses];
  },
};

function normalizeInSteps(
  emit: Emitter,
  [x, scale, bias]: readonly string[],
  axes: readonly number[],
  epsilon: number,
  smallScale: boolean,
): string[] {
  const over = emit.ints(axes);
  const node = (type: string, ...inputs: string[]) => emit.node(type, inputs)[0];
  const [center] = emit.node("ReduceMean", [x, over], { keepdims: 1 });
  const centered = node("Sub", x, center);
  const [variance] = emit.node("ReduceMean", [node("Mul", centered, centered), over], { keepdims: 1 });
  const inverse = node("Reciprocal", node("Sqrt", node("Add", variance, emit.scalar(epsilon, "float32"))));
  const scaled = smallScale
    ? node("Mul", centered, node("Mul", inverse, scale))
    : node("Mul", node("Mul", centered, inverse), scale);
  return [node("Add", scaled, bias), center, inverse];
}

export const ops = [softmaxOp, logSoftmaxOp, normalizeOp] as unknown as readonly Op[];

/** e^x / sum e^x along an axis. */
export function softmax(x: Operand, axis = -1): Tensor {
  const operand = tensor(x);
  return apply(softmaxOp, [operand], { axis: normalizeAxis("softmax", axis, operand.rank) });
}

/** x - ln sum e^x along an axis, without overflow. */
export function logSoftmax(x: Operand, axis = -1): Tensor {
  const operand = tensor(x);
  return apply(logSoftmaxOp, [operand], { axis: normalizeAxis("logSoftmax", axis, operand.rank) });
}

export interface NormOptions {
  /** What is added to the variance, so that a constant input divides by no zero; 1e-5 by default. */
  epsilon?: number;
}

function normalize(x: Tensor, scale: Operand, bias: Operand, axes: readonly number[], epsilon: number) {
  // Rounded as programs round it, so that the variance that is computed back from `inverse` is exact.
  const attributes = { axes, epsilon: Math.fround(epsilon) };
  const [output, center, inverse] = applyAll(normalizeOp, [x, scale, bias], attributes);
  return { output, center, inverse };
}

/**
 * Layer normalization (Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450): mean 0 and variance 1 over the last
 * axes, those of `scale`, then times scale plus bias. x [..., D], scale and bias [D].
 */
export function layerNorm(x: Operand, scale: Operand, bias: Operand, { epsilon = 1e-5 }: NormOptions = {}): Tensor {
  const [operand, factors] = [tensor(x), tensor(scale)];
  if (factors.rank < 1 || !sameShape(operand.shape.slice(-factors.rank), factors.shape)) {
    throw new RangeError(
      `layerNorm: scale must have the last axes of x, got ${showShape(factors.shape)} for ${showShape(operand.shape)}`,
    );
  }
  const axes = factors.shape.map((_, k) => operand.rank - factors.rank + k);
  return normalize(operand, factors, bias, axes, epsilon).output;
}

/** x divided by the root of its mean square over the last axis, times scale (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467). */
export function rmsNorm(x: Operand, scale: Operand, { epsilon = 1e-5 }: NormOptions = {}): Tensor {
  const operand = tensor(x);
  const power = mean(square(operand), -1, { keepDims: true });
  return mul(mul(operand, reciprocal(sqrt(add(power, epsilon)))), scale);
}

/** A vector of channels [C] as it is repeated over x [N, C, ...]. */
function perChannel(where: string, vector: Operand, x: Shape): Tensor {
  const operand = tensor(vector);
  if (x.length < 2) throw new RangeError(`${where}: x must be [N, C, ...], got ${showShape(x)}`);
  if (!sameShape(operand.shape, [x[1]])) {
    throw new RangeError(
      `${where}: a value for each of ${x[1]} channels of ${showShape(x)} was needed, got ${showShape(operand.shape)}`,
    );
  }
  return reshape(operand, [x[1], ...x.slice(2).map(() => 1)]);
}

export interface BatchNormResult {
  readonly output: Tensor;
  /** Of each channel in this batch, [C], for the averages with which `batchNormInference` works. */
  readonly mean: Tensor;
  /** Divided by the number of elements N, not N - 1. */
  readonly variance: Tensor;
}

/**
 * Batch normalization while training (Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167): x [N, C, ...] gets mean 0
 * and variance 1 in each channel over the batch and all places, then times scale [C] plus bias [C].
 */
export function batchNorm(
  x: Operand,
  scale: Operand,
  bias: Operand,
  { epsilon = 1e-5 }: NormOptions = {},
): BatchNormResult {
  const operand = tensor(x);
  const [factors, shifts] = [scale, bias].map((vector) => perChannel("batchNorm", vector, operand.shape));
  const axes = normalizeAxes("batchNorm", undefined, operand.rank).filter((axis) => axis !== 1);
  const { output, center, inverse } = normalize(operand, factors, shifts, axes, epsilon);
  const channels = [operand.shape[1]];
  return {
    output,
    mean: reshape(center, channels),
    // Rounding may leave a little less than 0 of a variance of 0.
    variance: reshape(relu(sub(reciprocal(square(inverse)), epsilon)), channels),
  };
}

/** Batch normalization with given mean [C] and variance [C] of the channels, such as averages over training. */
export function batchNormInference(
  x: Operand,
  scale: Operand,
  bias: Operand,
  mean: Operand,
  variance: Operand,
  { epsilon = 1e-5 }: NormOptions = {},
): Tensor {
  const operand = tensor(x);
  const factors = div(scale, sqrt(add(variance, epsilon)));
  const shifts = sub(bias, mul(mean, factors));
  const [a, b] = [factors, shifts].map((vector) => perChannel("batchNormInference", vector, operand.shape));
  return add(mul(operand, a), b);
}

/**
 * Instance normalization (Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022): as batch normalization, over the places
 * of each channel of each picture alone. x [N, C, ...], scale and bias [C].
 */
export function instanceNorm(x: Operand, scale: Operand, bias: Operand, { epsilon = 1e-5 }: NormOptions = {}): Tensor {
  const operand = tensor(x);
  const [factors, shifts] = [scale, bias].map((vector) => perChannel("instanceNorm", vector, operand.shape));
  if (operand.rank < 3) throw new RangeError(`instanceNorm: x must be [N, C, ...], got ${showShape(operand.shape)}`);
  const axes = operand.shape.map((_, axis) => axis).slice(2);
  return normalize(operand, factors, shifts, axes, epsilon).output;
}

/**
 * Group normalization (Wu and He 2018, https://arxiv.org/abs/1803.08494): mean 0 and variance 1 over the places of each
 * group of C / groups neighboring channels. x [N, C, ...], scale and bias [C].
 */
export function groupNorm(
  x: Operand,
  groups: number,
  scale: Operand,
  bias: Operand,
  { epsilon = 1e-5 }: NormOptions = {},
): Tensor {
  const operand = tensor(x);
  const [count, channels, ...places] = operand.shape;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new RangeError(
      `groupNorm: groups must divide the ${channels} channels of ${showShape(operand.shape)}, got ${groups}`,
    );
  }
  const [factors, shifts] = [scale, bias].map((vector) =>
    reshape(perChannel("groupNorm", vector, operand.shape), [groups, channels / groups, 1]),
  );
  const apart = reshape(operand, [count, groups, channels / groups, sizeOf(places)]);
  return reshape(normalize(apart, factors, shifts, [2, 3], epsilon).output, operand.shape);
}
