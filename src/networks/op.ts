import type { OnnxAttribute } from "../formats/onnx/model.js";
import type { GraphMemory } from "../messages/memory.js";
import type { NdArray } from "./array.js";
import type { NativeForm } from "./native.js";
import type { Backend } from "./runtime.js";
import type { Attributes, Node, Tensor } from "./tensor.js";
import type { DType, Shape, TensorType } from "./types.js";

/** Elements in 64-bit floats, row-major, whatever their kind: what the reference interpreter works on. */
export interface Dense {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** An attribute of an ONNX operator: numbers are integers; a float is written `float(0.5)`. undefined leaves it out. */
export type AttributeValue = number | string | readonly number[] | OnnxAttribute;

/** A float attribute. */
export const float = (value: number): OnnxAttribute => ({ kind: "float", value });

/** A backend, or a file that any program may read. */
export type Target = Backend | "file";

/** What an ONNX form may write into the model. Values are referred to by name. */
export interface Emitter {
  /**
   * What will run the model. One for a file is written in forms that hold for any size of its batch, others in those that are
   * fastest there for the sizes at hand.
   */
  readonly target: Target;
  /** Adds a node and returns the names of its outputs. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue | undefined>>,
    outputs?: number,
    domain?: string,
  ): string[];
  /** Adds a constant and returns its name. */
  constant(value: NdArray): string;
  /** Adds a constant without axes and returns its name. */
  scalar(value: number, dtype: DType): string;
  /** A list of int64, such as a shape or axes. */
  ints(values: readonly number[]): string;
}

export interface GradArguments<A extends Attributes> {
  readonly inputs: readonly Tensor[];
  /** The first output. */
  readonly out: Tensor;
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
}

/**
 * Everything the project knows about an op. Adding one is one entry in a table of `ops/` and one line in the table of
 * test/networks/ops.test.ts.
 */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** Checks the inputs and gives the types of the outputs. Errors name the op and the shapes. */
  shape(inputs: readonly TensorType[], attributes: A): readonly TensorType[];
  /**
   * The ONNX form (null for a foreign step): the name of an operator that takes inputs and attributes as they are, or what
   * writes nodes and returns the names of the outputs. `needed` tells which outputs anything takes; others may be "".
   */
  readonly onnx:
    | null
    | string
    | ((emit: Emitter, node: Node<A>, inputs: readonly string[], needed: readonly boolean[]) => string[]);
  /**
   * The gradients of the inputs from those of the outputs, in the same ops; `d` is that of the first output, `ds` of all
   * (null where an output has none). A gradient may have the shape of the output where the input was broadcast: it is
   * summed afterwards. null stands for no gradient, `grad: null` for an op without any.
   */
  readonly grad:
    | ((node: GradArguments<A>, d: Tensor, ds: readonly (Tensor | null)[]) => readonly (Tensor | null)[])
    | null;
  /** The definition: the outputs' elements in 64-bit floats. */
  evaluate(
    inputs: readonly Dense[],
    attributes: A,
    types: readonly TensorType[],
  ): readonly Dense[] | Promise<readonly Dense[]>;
  /** How the package's own kernels compute it; without it they fill in the definition's values, rounded. */
  readonly native?: NativeForm<A>;
  /** Multiplications and additions, where they are more than one for each element of the outputs. */
  operations?(inputs: readonly TensorType[], attributes: A, outputs: readonly TensorType[]): number;
  /** How the attributes appear in text; by default all of them. */
  text?(attributes: A): string;
  /** Only of foreign steps, which run between ONNX segments instead of inside one. */
  readonly foreign?: Foreign<A>;
}

/** How a foreign step runs. */
export interface Foreign<A extends Attributes = Attributes> {
  /** Fills the outputs from the inputs. */
  run(call: ForeignCall<A>): void | Promise<void>;
  /**
   * The same in ops that have an ONNX form, for backends on which a step between segments would cost more than it saves
   * (WebGPU). Without it the step runs between segments there too.
   */
  lower?(inputs: readonly Tensor[], attributes: A): readonly Tensor[];
  /** For each output the place of the input whose bytes it may overwrite: `run` reads no element that it has written. */
  overwrites?(inputs: readonly TensorType[]): readonly number[];
  /**
   * The graph in whose memory the step wants its inputs and outputs, so that it works on them beside the graph. Where a
   * program has steps of several graphs, or runs by ONNX Runtime, `call.memory` is another one.
   */
  memory?(attributes: A): GraphMemory | undefined;
}

export interface ForeignCall<A extends Attributes = Attributes> {
  readonly inputs: readonly NdArray[];
  readonly outputs: readonly NdArray[];
  readonly attributes: A;
  /**
   * The memory in which all inputs and outputs lie, so that a kernel works on them in place. Between sessions of ONNX
   * Runtime, which refuses tensors over shared memory, it is not shared between threads.
   */
  readonly memory: WebAssembly.Memory;
}
