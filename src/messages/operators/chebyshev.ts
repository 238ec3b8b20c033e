import { knownOptions } from "../../io/options.js";
import type { Product, Term } from "../spmm.js";
import type { Operator } from "./operator.js";
import type { Propagation } from "./propagation.js";

export interface ChebyshevOptions {
  /** c_0 .. c_K, finite numbers; a single term T_k has c_k = 1 behind zeros. */
  coefficients: readonly number[];
}

/**
 * A polynomial of an operator by Chebyshev's (Hammond et al. 2011, https://arxiv.org/abs/0912.3848, section 6; Defferrard et
 * al. 2016, https://arxiv.org/abs/1606.09375, eq. 4):
 *
 *   y = sum_k c_k T_k(M) x,    M = (2 L - (high + low) I) / (high - low),    [low, high] the operator's `spectrum`
 *
 * For the normalized Laplacian M = L - I, and the response at eigenvalue m is sum_k c_k T_k(m - 1). K products, by Clenshaw's
 * recurrence. Throws RangeError where the bounds of the spectrum are not known.
 */
export function chebyshev(operator: Operator, options: ChebyshevOptions): Propagation {
  knownOptions("chebyshev", options, ["coefficients"]);
  const { coefficients } = options;
  if (coefficients.length === 0 || !coefficients.every(Number.isFinite)) {
    throw new RangeError(`chebyshev: coefficients must be finite numbers, at least one, got [${coefficients}]`);
  }
  const { spectrum } = operator;
  if (spectrum === null) {
    throw new RangeError("chebyshev: an operator with known bounds of its eigenvalues was needed, got one without");
  }
  const [low, high] = spectrum;
  const width = high - low;
  const mapped =
    low === -1 && high === 1 ? operator : width === 0 ? operator : operator.shifted(2 / width, -(high + low) / width);
  return expansion(mapped, coefficients);
}

function expansion(mapped: Operator, coefficients: readonly number[]): Propagation {
  return {
    operator: mapped,
    workTables: Math.max(0, Math.min(2, coefficients.length - 2)),
    plan: (x, y, work) => clenshaw(coefficients, x, y, work),
    transpose: async () => expansion(await mapped.transpose(), coefficients),
  };
}

/**
 * b_k = c_k x + 2 M b_k+1 - b_k+2 down to b_1, then y = c_0 x + M b_1 - b_2. b_K = c_K x is not stored: what is needed of it
 * joins the term of x. Three tables take turns, y among them.
 */
function clenshaw(c: readonly number[], x: number, y: number, work: readonly number[]): Product[] {
  const last = c.length - 1;
  if (last === 0) return [{ x, y, scale: 0, plus: [{ at: x, times: c[0] }] }];
  const tables = [y, ...work];
  const tableOf = (k: number) => tables[k % tables.length];
  const products: Product[] = [];
  for (let k = last - 1; k >= 0; k--) {
    const own = k + 2 === last ? c[k] - c[last] : c[k];
    const plus: Term[] = [{ at: x, times: own }];
    if (k + 2 < last) plus.push({ at: tableOf(k + 2), times: -1 });
    const from = k + 1 === last ? x : tableOf(k + 1);
    products.push({ x: from, y: tableOf(k), scale: (k === 0 ? 1 : 2) * (k + 1 === last ? c[last] : 1), plus });
  }
  return products;
}
