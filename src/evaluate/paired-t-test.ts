import { mean, standardDeviation } from "../numerics/correlation.js";
import { studentTwoSided } from "../numerics/student-t.js";

export interface PairedTTest {
  /** Mean of a_i - b_i. */
  difference: number;
  /** difference / (deviation / sqrt(n)); infinite where all differences are equal and not 0, NaN where all are 0. */
  t: number;
  /** n - 1 */
  freedom: number;
  /** Two-sided: how often a difference as large or larger would come of pairs with none. 1 where all are 0. */
  pValue: number;
}

/**
 * Student's paired t-test of two lists that were measured in pairs, such as two methods' accuracies by seed. Throws RangeError
 * unless there are as many of one as of the other, two or more, all finite.
 */
export function pairedTTest(a: readonly number[], b: readonly number[]): PairedTTest {
  if (a.length !== b.length || a.length < 2) {
    throw new RangeError(`pairedTTest: two or more pairs were needed, got ${a.length} and ${b.length} numbers`);
  }
  const differences = a.map((value, i) => value - b[i]);
  const wrong = differences.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`pairedTTest: finite numbers were needed, got ${a[wrong]} and ${b[wrong]}`);
  const difference = mean(differences);
  const deviation = standardDeviation(differences) ?? 0;
  const freedom = a.length - 1;
  const t = difference / (deviation / Math.sqrt(a.length));
  return { difference, t, freedom, pValue: Number.isNaN(t) ? 1 : studentTwoSided(t, freedom) };
}
