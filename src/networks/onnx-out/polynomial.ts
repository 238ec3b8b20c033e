/**
 * Sizes that depend on symbolic ones: sums of products of symbols with whole coefficients, each symbol at most once in a
 * product, such as 2 batch length + batch + 3. Found from values at a few sizes of the symbols.
 */
export type Polynomial = readonly Term[];

export interface Term {
  readonly coefficient: number;
  /** Numbers of the symbols that are multiplied, ascending; none for the constant. */
  readonly symbols: readonly number[];
}

/** Two sizes of each symbol that are tried, and a third that tells whether what was found holds elsewhere. */
export interface Trial {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly check: readonly number[];
}

/**
 * The sizes of the symbols at which values are needed: for every subset of the symbols those of the subset at their second
 * size, the others at their first (bit s of the place stands for symbol s); then all at their third.
 */
export function trialSizes({ first, second, check }: Trial): number[][] {
  const subsets = Array.from({ length: 2 ** first.length }, (_, mask) =>
    first.map((size, s) => (mask & (1 << s) ? second[s] : size)),
  );
  return [...subsets, [...check]];
}

/** The polynomial that has the values at `trialSizes`; undefined where there is none with whole coefficients. */
export function interpolate(values: readonly number[], trial: Trial): Polynomial | undefined {
  const count = trial.first.length;
  if (values.every((value) => value === values[0])) return constantOf(values[0]);
  const coefficients = values.slice(0, -1);
  // Symbol by symbol: from values at two sizes to the value at 0 and the slope.
  for (let s = 0; s < count; s++) {
    const bit = 1 << s;
    for (let mask = 0; mask < coefficients.length; mask++) {
      if ((mask & bit) !== 0) continue;
      const slope = (coefficients[mask | bit] - coefficients[mask]) / (trial.second[s] - trial.first[s]);
      coefficients[mask] -= slope * trial.first[s];
      coefficients[mask | bit] = slope;
    }
  }
  if (!coefficients.every(Number.isSafeInteger)) return undefined;
  const terms = coefficients.flatMap((coefficient, mask): Term[] => {
    const symbols = trial.first.map((_, s) => s).filter((s) => (mask & (1 << s)) !== 0);
    return coefficient === 0 ? [] : [{ coefficient, symbols }];
  });
  return evaluate(terms, trial.check) === values[values.length - 1] ? terms : undefined;
}

export const constantOf = (value: number): Polynomial => (value === 0 ? [] : [{ coefficient: value, symbols: [] }]);

export function evaluate(polynomial: Polynomial, sizes: readonly number[]): number {
  return polynomial.reduce(
    (sum, { coefficient, symbols }) => sum + symbols.reduce((product, s) => product * sizes[s], coefficient),
    0,
  );
}

/** The value of a polynomial without symbols; undefined of others. */
export function constantValueOf(polynomial: Polynomial): number | undefined {
  if (polynomial.length === 0) return 0;
  return polynomial.length === 1 && polynomial[0].symbols.length === 0 ? polynomial[0].coefficient : undefined;
}

/** `2*batch*length + 3`. */
export function show(polynomial: Polynomial, names: readonly string[]): string {
  const terms = polynomial.map(({ coefficient, symbols }) => {
    const factors = symbols.map((s) => names[s]);
    return (coefficient === 1 && factors.length > 0 ? factors : [coefficient, ...factors]).join("*");
  });
  return terms.length === 0 ? "0" : terms.join(" + ");
}
