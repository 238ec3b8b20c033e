/**
 * Walker's alias table (Vose 1991, "A linear algorithm for generating random numbers with a given distribution"): n
 * entries (threshold, alias) of u32. To draw, take entry x uniformly and a uniform u32 fraction f: the result is x where
 * f < threshold, else its alias. Probabilities are exact to 2^-32; what has weight 0 is never drawn.
 *
 * Throws RangeError unless the weights are finite, not negative, and have a positive finite sum.
 */
export function aliasTable(weights: ArrayLike<number>): Uint32Array {
  const n = weights.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (!(weights[i] >= 0))
      throw new RangeError(`aliasTable: weights must not be negative or NaN, got ${weights[i]} at ${i}`);
    sum += weights[i];
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY))
    throw new RangeError(`aliasTable: weights must have a positive sum, got ${sum}`);

  const table = new Uint32Array(2 * n);
  const share = Float64Array.from(weights, (weight) => (weight / sum) * n); // 1 on average
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) (share[i] < 1 ? small : large).push(i);
  for (let i = 0; i < n; i++) {
    table[2 * i] = 0xffffffff;
    table[2 * i + 1] = i;
  }
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() as number;
    const more = large[large.length - 1];
    table[2 * less] = Math.min(0xffffffff, Math.floor(share[less] * 2 ** 32));
    table[2 * less + 1] = more;
    share[more] -= 1 - share[less];
    if (share[more] < 1) small.push(large.pop() as number);
  }
  return table;
}
