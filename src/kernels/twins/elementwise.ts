import type { Twin } from "../kernel.js";
import { expOf32, logOf32, sigmoidOf32, softplusOf32, tanhOf32 } from "./everywhere32.js";
import { Walk } from "./walk.js";

const { fround } = Math;

/** Kinds of elements by number: f32, i32, i64, and bytes that are 0 or 1. */
const kinds = [Float32Array, Int32Array, BigInt64Array, Uint8Array] as const;

function nearest(x: number): number {
  const below = Math.floor(x);
  const distance = x - below;
  if (distance === 0 || Number.isNaN(distance)) return x;
  const up = distance > 0.5 || (distance === 0.5 && below % 2 !== 0);
  const value = up ? below + 1 : below;
  return value === 0 && x < 0 ? -0 : value;
}

const unaries = {
  neg: (x: number) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: nearest,
  sqrt: Math.sqrt,
  reciprocal: (x: number) => 1 / x,
  relu: (x: number) => (x <= 0 ? 0 : x),
  isNotZero: (x: number) => (x !== 0 ? 1 : 0),
  exp: expOf32,
  log: logOf32,
  tanh: tanhOf32,
  sigmoid: sigmoidOf32,
  softplus: softplusOf32,
};

const binaries: readonly ((a: number, b: number) => number)[] = [
  (a, b) => a + b,
  (a, b) => a - b,
  (a, b) => a * b,
  (a, b) => a / b,
  Math.max,
  Math.min,
];

type Ordered = number | bigint;
const comparisons: readonly ((a: Ordered, b: Ordered) => boolean)[] = [
  (a, b) => a === b,
  (a, b) => a < b,
  (a, b) => a <= b,
  (a, b) => a !== b,
];

/**
 * Elementwise operations. Operands and results are byte offsets of arrays in row-major order; an output may lie over an
 * operand that it has the shape of. Where operands are repeated (broadcast), `table` tells how they are walked (walk.ts),
 * with strides of 0 or 1 in the last axis; the output's elements follow one another. All functions return 0.
 */
export const twin: Twin = (memory) => {
  const all = (kind: number) => new kinds[kind](memory.buffer);
  const floats = (offset: number) => new Float32Array(memory.buffer, offset >>> 0);

  /** out[i] = f(x[i]) */
  const unary = (f: (x: number) => number) => (x: number, out: number, count: number) => {
    const [from, to] = [floats(x), floats(out)];
    for (let i = 0; i < count; i++) to[i] = f(from[i]);
    return 0;
  };

  /** x where x > 0, slope x elsewhere. */
  function leakyRelu(x: number, out: number, count: number, slope: number): number {
    const [from, to] = [floats(x), floats(out)];
    for (let i = 0; i < count; i++) to[i] = from[i] > 0 ? from[i] : fround(slope) * from[i];
    return 0;
  }

  /** Calls `visit` for each element of the output with the places of the operands' elements. */
  function walk(table: number, operands: number, visit: (i: number, places: readonly number[]) => void): void {
    const { rows, size, strides } = new Walk(memory, table, operands);
    let i = 0;
    for (const row of rows) {
      for (let k = 0; k < size; k++, i++) {
        visit(
          i,
          row.map((start, operand) => start + k * strides[operand]),
        );
      }
    }
  }

  /** a + b, a - b, a b, a / b, max, min. */
  function binary(code: number, a: number, b: number, out: number, table: number): number {
    const [x, y, to] = [floats(a), floats(b), floats(out)];
    walk(table, 2, (i, [k, l]) => {
      to[i] = binaries[code](x[k], y[l]);
    });
    return 0;
  }

  /** The same but for quotients over integers (kind 1: i32, 2: i64), and over bytes (3). Sums and products wrap. */
  function integers(kind: number, code: number, a: number, b: number, out: number, table: number): number {
    const { BYTES_PER_ELEMENT: bytes } = kinds[kind];
    const elements = all(kind);
    const f = (x: Ordered, y: Ordered): Ordered => {
      if (code >= 4) return x > y === (code === 4) ? x : y;
      if (typeof x === "bigint") return [x + (y as bigint), x - (y as bigint), x * (y as bigint)][code];
      return [x + (y as number), x - (y as number), Math.imul(x, y as number)][code];
    };
    walk(table, 2, (i, [k, l]) => {
      elements[out / bytes + i] = f(elements[a / bytes + k], elements[b / bytes + l]);
    });
    return 0;
  }

  /** a = b, a < b, a <= b, a is not b as bytes, 0 or 1. */
  function compare(kind: number, code: number, a: number, b: number, out: number, table: number): number {
    const { BYTES_PER_ELEMENT: bytes } = kinds[kind];
    const elements = all(kind);
    const to = new Uint8Array(memory.buffer, out);
    walk(table, 2, (i, [k, l]) => {
      to[i] = Number(comparisons[code](elements[a / bytes + k], elements[b / bytes + l]));
    });
    return 0;
  }

  /** a where the condition's byte is not 0, else b; elements of 4, 8 or 1 bytes. */
  function select(bytes: number, condition: number, a: number, b: number, out: number, table: number): number {
    const elements = bytes === 4 ? new Uint32Array(memory.buffer) : all(bytes === 8 ? 2 : 3);
    const flags = new Uint8Array(memory.buffer, condition);
    walk(table, 3, (i, [c, k, l]) => {
      elements[out / bytes + i] = flags[c] !== 0 ? elements[a / bytes + k] : elements[b / bytes + l];
    });
    return 0;
  }

  /** From one kind to another. Floats are cut toward 0, to the nearest integer of the kind, NaN to 0; to bytes: x is not 0. */
  function cast(from: number, to: number, x: number, out: number, count: number): number {
    const source = new kinds[from](memory.buffer, x, count);
    const target = new kinds[to](memory.buffer, out, count);
    const limit = to === 1 ? 2 ** 31 : 2 ** 63;
    for (let i = 0; i < count; i++) {
      const value = source[i];
      if (to === 3) target[i] = Number(value) !== 0 ? 1 : 0;
      else if (to === 0)
        target[i] = Number(value); // by way of f64
      else if (typeof value === "bigint") target[i] = to === 2 ? value : Number(BigInt.asIntN(32, value));
      else if (from !== 0) target[i] = to === 2 ? BigInt(value) : value;
      else {
        const whole = Number.isNaN(value) ? 0n : BigInt(Math.trunc(Math.max(-limit, Math.min(limit, value))));
        const most = BigInt(limit) - 1n;
        const kept = whole > most ? most : whole;
        target[i] = to === 2 ? kept : Number(kept);
      }
    }
    return 0;
  }

  const named = Object.fromEntries(Object.entries(unaries).map(([name, f]) => [name, unary(f)]));
  return { ...named, leakyRelu, binary, integers, compare, select, cast };
};
