/** How an op says which kernels (src/kernels/twins/dense.ts) compute it: one entry, mostly one of the forms below. */
import type { Attributes, Node, Tensor } from "./tensor.js";

/**
 * An argument of a kernel: a number, the address of an operand, of an output, of scratch space, or of a list of 32-bit
 * integers that stays.
 */
export type Argument =
  | number
  | { readonly input: number; readonly plus?: number }
  | { readonly output: number; readonly plus?: number }
  | { readonly list: readonly number[] }
  | "scratch";

/** A call of a function of the kernel. One that returns another number than 0 was given a bad index. */
export interface NativeCall {
  readonly fn: string;
  readonly args: readonly Argument[];
}

/** What computes a node. */
export interface NativePlan {
  readonly calls: readonly NativeCall[];
  /** What is read in place of the node's inputs, such as a matrix in place of its transpose. */
  readonly reads?: readonly Tensor[];
  /** Bytes of scratch space. */
  readonly scratch?: number;
  /** The first output is the first operand's bytes as they are. */
  readonly sameBytes?: boolean;
  /** Operands whose bytes the first output may take, where nothing reads them later: element by element. */
  readonly over?: readonly number[];
}

/** The plan for a node; null where its kinds or shapes have no kernel. */
export type NativeForm<A extends Attributes = Attributes> = (node: Node<A>) => NativePlan | null;

/** The same elements in the same order, whatever the shape. */
export const sameBytes: NativeForm<never> = () => ({ calls: [], sameBytes: true });
