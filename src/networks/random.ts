/**
 * Random numbers within traced functions. Number i of a draw follows from the key, the number of the draw within the trace
 * and i alone (src/numerics/philox.ts), so that a step gives the same numbers on every backend, with any number of
 * threads, and when it is run again.
 */
import { createMemory, instantiateTwin, type KernelFunctions, kernelOver } from "../kernels/kernel.js";
import { seedKey } from "../numerics/random.js";
import { NdArray } from "./array.js";
import type { Dense, Op } from "./op.js";
import { apply, type Operand, type Tensor, tensor } from "./tensor.js";
import { checkShape, type DType, type Shape, showType, sizeOf, type TensorType } from "./types.js";

/** A draw: its number within the trace, its shape, and the last arguments of the kernel's function. */
type Draw = Readonly<{ number: number; shape: Shape; arguments: readonly number[] }>;

/** Streams of traced functions come behind those of other engines (src/pairs/streams.ts). */
const firstStream = 2 ** 31;

/**
 * Numbers of one draw: counter (block, step low, stream, step high) and the seed's words as key, where the stream counts
 * the draws of a trace.
 */
function draw(
  fn: "uniform" | "normal" | "bernoulli" | "integers",
  functions: KernelFunctions,
  out: number,
  count: number,
  key: ArrayLike<number>,
  { number, arguments: last }: Draw,
): void {
  const [seedLow, seedHigh, stepLow, stepHigh] = Array.from(key);
  const first = fn === "uniform" ? [] : [0]; // `uniform` always begins with value 0
  functions[fn](out, count, ...first, stepLow, firstStream + number, stepHigh, seedLow, seedHigh, ...last);
}

function drawOp(name: string, fn: Parameters<typeof draw>[0], dtype: DType): Op<Draw> {
  return {
    name,
    shape: ([key], { shape }) => {
      checkKey(name, key);
      checkShape(name, shape);
      return [{ dtype, shape }];
    },
    onnx: null,
    grad: null,
    evaluate: ([key], attributes, [{ shape }]): readonly Dense[] => {
      const count = sizeOf(shape);
      const memory = createMemory(4 * count, 4 * count, false);
      draw(fn, instantiateTwin("random", memory), 0, count, key.data, attributes);
      const Elements = dtype === "int32" ? Int32Array : Float32Array;
      return [{ shape, data: Float64Array.from(new Elements(memory.buffer, 0, count)) }];
    },
    text: ({ number, arguments: last }) => `draw=${number}, ${last.join(", ")}`,
    foreign: {
      run: ({ inputs: [key], outputs: [out], attributes, memory }) => {
        draw(fn, kernelOver("random", memory), out.data.byteOffset, out.size, key.data as Int32Array, attributes);
      },
    },
  };
}

function checkKey(where: string, key: TensorType): void {
  if (key.dtype === "int32" && key.shape.length === 1 && key.shape[0] === 4) return;
  throw new RangeError(`${where}: the key must be int32[4], such as randomKey gives, got ${showType(key)}`);
}

const uniformOp = drawOp("randomUniform", "uniform", "float32");
const normalOp = drawOp("randomNormal", "normal", "float32");
const bernoulliOp = drawOp("randomBernoulli", "bernoulli", "float32");
const integersOp = drawOp("randomIntegers", "integers", "int32");

export const ops = [uniformOp, normalOp, bernoulliOp, integersOp] as unknown as readonly Op[];

/** The key of a step: seed and number of the step, integers from 0 to 2^53 - 1, as int32[4] with the low words first. */
export function randomKey(seed: number, step: number): NdArray<"int32"> {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`randomKey: step must be an integer from 0 to 2^53 - 1, got ${step}`);
  }
  return new NdArray("int32", [4], Int32Array.of(...seedKey(seed), step >>> 0, Math.floor(step / 2 ** 32)));
}

/**
 * Draws of a traced function, from a key that is handed to it:
 *
 *     const noisy = compile((x, key) => add(x, new Random(key).normal(x.shape)));
 *     await noisy(array([1, 2, 3]), randomKey(seed, step));
 *
 * Draws are numbered in the order in which they are traced, so that no two of them share a number; two `Random` with one
 * key would. No gradient passes through a draw: scale and shift what is drawn (`mul(deviation, random.normal(shape))`)
 * to differentiate by the scale.
 */
export class Random {
  readonly #key: Tensor;
  #next = 0;

  /** `key` is int32[4]: words of the seed and of the step, low words first. */
  constructor(key: Operand) {
    this.#key = tensor(key, "int32");
    checkKey("Random", this.#key);
  }

  #draw(op: Op<Draw>, shape: Shape, ...last: number[]): Tensor {
    return apply(op, [this.#key], { number: this.#next++, shape: [...shape], arguments: last });
  }

  /** Uniform in [low, high), with 24 random bits. */
  uniform(shape: Shape, low = 0, high = 1): Tensor {
    checkNumbers("uniform", { low, high });
    if (!(high >= low)) throw new RangeError(`uniform: high must be at least low, got ${low} and ${high}`);
    return this.#draw(uniformOp, shape, low, high - low);
  }

  /** Normal, by Box and Muller; no number is further than 6.77 deviations from the mean. */
  normal(shape: Shape, mean = 0, deviation = 1): Tensor {
    checkNumbers("normal", { mean, deviation });
    if (!(deviation >= 0)) throw new RangeError(`normal: deviation must be at least 0, got ${deviation}`);
    return this.#draw(normalOp, shape, mean, deviation);
  }

  /** A dropout mask: 1 / keep with probability `keep`, in (0, 1], and else 0, so that its mean is 1. */
  bernoulli(shape: Shape, keep: number): Tensor {
    if (!(keep > 0 && keep <= 1)) throw new RangeError(`bernoulli: keep must be in (0, 1], got ${keep}`);
    return this.#draw(bernoulliOp, shape, keep, 1 / keep);
  }

  /** Integers 0 to n - 1, each with the same probability, as int32. */
  integers(shape: Shape, n: number): Tensor {
    if (!Number.isInteger(n) || n < 1 || n >= 2 ** 31) {
      throw new RangeError(`integers: n must be an integer from 1 to 2^31 - 1, got ${n}`);
    }
    return this.#draw(integersOp, shape, n);
  }
}

function checkNumbers(where: string, numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value)) throw new RangeError(`${where}: ${name} must be a finite number, got ${value}`);
  }
}
