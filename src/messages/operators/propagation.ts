import type { Product } from "../spmm.js";
import type { Operator } from "./operator.js";

/**
 * What is propagated: a linear map of tables [N, F] on the nodes of a graph, as a sequence of products with one sparse
 * operator. An Operator is one by itself; polynomials of operators (personal PageRank, Chebyshev, heat) are others.
 */
export interface Propagation {
  readonly operator: Operator;
  /** Tables [N, F] of work space that `plan` needs. */
  readonly workTables: number;
  /** The products that leave the image of the table at address x at address y. No two of the tables may overlap. */
  plan(x: number, y: number, work: readonly number[]): readonly Product[];
  /** The transposed map: what carries gradients back. */
  transpose(): Promise<Propagation>;
}
