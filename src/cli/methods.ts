/** What a method can do with its input; `info --methods` prints this table. */
export interface MethodRow {
  method: string;
  verb: string;
  directed: string;
  weighted: string;
  features: string;
  newItems: string;
  deterministic: string;
}

/**
 * The methods that there are. yes, no, or the limit in words; "seeded": the same bytes for the same seed, "exact": no
 * randomness is used.
 */
export const methods: readonly MethodRow[] = [
  {
    method: "GloVe",
    verb: "words",
    directed: "one-sided windows",
    weighted: "yes, counts",
    features: "no",
    newItems: "least squares against fixed contexts",
    deterministic: "seeded",
  },
];
