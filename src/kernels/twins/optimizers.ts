import type { Twin } from "../kernel.js";
import { add, mul } from "./elementary32.js";

const { fround, sqrt } = Math;

const sub = (a: number, b: number) => fround(a - b);
const div = (a: number, b: number) => fround(a / b);
const root = (x: number) => fround(sqrt(x));
/** x + a y, rounded after each operation. */
const plus = (x: number, a: number, y: number) => add(x, mul(a, y));

/**
 * One update of `count` parameters, f32, by the formulas of torch.optim. Arguments are byte offsets of arrays of `count`
 * elements (aligned to 4): parameters p, gradients g, then what the method keeps beside each parameter, then where the new
 * ones go, in the order p, kept; an output may be the array that it replaces. Numbers behind are rounded to f32. In all of
 * them `decay` adds decay p to the gradient (L2 regularization).
 */
export const twin: Twin = (memory) => {
  const array = (offset: number, count: number) => new Float32Array(memory.buffer, offset >>> 0, count);

  /** Heavy ball or Nesterov: b <- momentum b + g;  p <- p - rate b, or p - rate (g + momentum b). */
  function sgd(count: number, ...rest: number[]): number {
    const [p, g, b, pOut, bOut] = rest.slice(0, 5).map((offset) => array(offset, count));
    const [rate, decay, momentum] = rest.slice(5, 8).map(fround);
    const nesterov = rest[8] !== 0;
    for (let i = 0; i < count; i++) {
      const parameter = p[i];
      const gradient = plus(g[i], decay, parameter);
      const buffer = add(mul(momentum, b[i]), gradient);
      pOut[i] = plus(parameter, -rate, nesterov ? plus(gradient, momentum, buffer) : buffer);
      bOut[i] = buffer;
    }
    return 0;
  }

  /** p <- p - rate g. */
  function plainSgd(count: number, ...rest: number[]): number {
    const [p, g, pOut] = rest.slice(0, 3).map((offset) => array(offset, count));
    const [rate, decay] = rest.slice(3).map(fround);
    for (let i = 0; i < count; i++) pOut[i] = plus(p[i], -rate, plus(g[i], decay, p[i]));
    return 0;
  }

  /** s <- s + g^2;  p <- p - rate g / (sqrt s + epsilon). */
  function adagrad(count: number, ...rest: number[]): number {
    const [p, g, s, pOut, sOut] = rest.slice(0, 5).map((offset) => array(offset, count));
    const [rate, decay, epsilon] = rest.slice(5).map(fround);
    for (let i = 0; i < count; i++) {
      const parameter = p[i];
      const gradient = plus(g[i], decay, parameter);
      const squares = add(s[i], mul(gradient, gradient));
      pOut[i] = plus(parameter, -rate, div(gradient, add(root(squares), epsilon)));
      sOut[i] = squares;
    }
    return 0;
  }

  /**
   * m <- m + newMean (g - m);  v <- oldSquare v + newSquare g^2;  p <- shrink p - rate m / (correction sqrt v + epsilon).
   * With the usual names newMean = 1 - beta1, oldSquare = beta2, newSquare = 1 - beta2, rate = learning rate / (1 - beta1^t)
   * and correction = 1 / sqrt(1 - beta2^t); shrink is 1, or below it for the decay of AdamW.
   */
  function adam(count: number, ...rest: number[]): number {
    const [p, g, m, v, pOut, mOut, vOut] = rest.slice(0, 7).map((offset) => array(offset, count));
    const [rate, decay, shrink, newMean, oldSquare, newSquare, correction, epsilon] = rest.slice(7).map(fround);
    for (let i = 0; i < count; i++) {
      const parameter = p[i];
      const gradient = plus(g[i], decay, parameter);
      const mean = plus(m[i], newMean, sub(gradient, m[i]));
      const square = plus(mul(oldSquare, v[i]), newSquare, mul(gradient, gradient));
      const step = div(mean, plus(epsilon, correction, root(square)));
      pOut[i] = plus(mul(shrink, parameter), -rate, step);
      mOut[i] = mean;
      vOut[i] = square;
    }
    return 0;
  }

  /** v <- oldSquare v + newSquare g^2;  b <- momentum b + g / (sqrt v + epsilon);  p <- p - rate b. */
  function rmsprop(count: number, ...rest: number[]): number {
    const [p, g, v, b, pOut, vOut, bOut] = rest.slice(0, 7).map((offset) => array(offset, count));
    const [rate, decay, oldSquare, newSquare, epsilon, momentum] = rest.slice(7).map(fround);
    for (let i = 0; i < count; i++) {
      const parameter = p[i];
      const gradient = plus(g[i], decay, parameter);
      const square = plus(mul(oldSquare, v[i]), newSquare, mul(gradient, gradient));
      const buffer = plus(div(gradient, add(root(square), epsilon)), momentum, b[i]);
      pOut[i] = plus(parameter, -rate, buffer);
      vOut[i] = square;
      bOut[i] = buffer;
    }
    return 0;
  }

  /** a <- a + weight (x - a), with a in place of p and x of g; there is no decay. */
  function average(count: number, ...rest: number[]): number {
    const [a, x, out] = rest.slice(0, 3).map((offset) => array(offset, count));
    const weight = fround(rest[3]);
    for (let i = 0; i < count; i++) out[i] = plus(a[i], weight, sub(x[i], a[i]));
    return 0;
  }

  return { sgd, plainSgd, adagrad, adam, rmsprop, average };
};
