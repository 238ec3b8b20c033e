/** Writes traced nodes as an ONNX model. */
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "../formats/onnx/model.js";
import { elementsFrom, NdArray, zeros } from "./array.js";
import type { AttributeValue, Emitter, Target } from "./op.js";
import type { Node, Tensor } from "./tensor.js";
import type { DType } from "./types.js";

/** Operator set and format that are written; ONNX Runtime has read them since 1.20. */
export const opset = 21;
export const irVersion = 10;

export interface Emitted {
  readonly model: OnnxModel;
  /** Names of the outputs, in the order asked for. */
  readonly outputNames: readonly string[];
}

export interface EmitOptions {
  /** Names of inputs and of outputs; "x0", "x1", ... and names after the ops without. */
  inputNames?: readonly string[];
  outputNames?: readonly string[];
  metadata?: ReadonlyMap<string, string>;
  /** As of `Emitter`; "cpu" by default. */
  target?: Target;
}

/** The model that computes `outputs` from `inputs` by `nodes`, which hold all that lies between. */
export function emit(
  inputs: readonly Tensor[],
  nodes: readonly Node[],
  outputs: readonly Tensor[],
  { inputNames, outputNames, metadata = new Map(), target = "cpu" }: EmitOptions = {},
): Emitted {
  const names = new Map<Tensor, string>();
  const builder = new Builder(new Set([...(inputNames ?? []), ...(outputNames ?? [])]), target);
  const taken = new Set([...outputs, ...nodes.flatMap((node) => node.inputs)]);
  for (const [k, tensor] of inputs.entries()) names.set(tensor, inputNames?.[k] ?? `x${k}`);
  for (const [k, node] of nodes.entries()) {
    const operands = node.inputs.map((tensor) => {
      const name = names.get(tensor);
      if (name === undefined) throw new Error(`internal: ${node.op.name} takes a value that is not in its segment`);
      return name;
    });
    builder.begin(`${node.op.name}_${k}`);
    const needed = node.outputs.map((tensor) => taken.has(tensor));
    const made = writeNode(builder, node, operands, needed);
    for (const [index, tensor] of node.outputs.entries()) if (made[index]) names.set(tensor, made[index]);
  }

  // An output is a value of its own: neither an input nor a constant nor another output.
  const used = new Set([...inputs.map((tensor) => names.get(tensor)), ...builder.initializers.keys()]);
  const finalNames = outputs.map((tensor, k) => {
    const name = names.get(tensor);
    if (name === undefined) throw new Error("internal: an output is not in its segment");
    const wanted = outputNames?.[k];
    if (!used.has(name) && wanted === undefined) {
      used.add(name);
      return name;
    }
    const own = wanted ?? `output_${k}`;
    builder.output(own, name);
    used.add(own);
    return own;
  });
  const model: OnnxModel = {
    irVersion,
    opsets: builder.domains(),
    producerName: "thing2vec",
    producerVersion: "",
    metadata: new Map(metadata),
    graph: {
      name: "thing2vec",
      inputs: inputs.map((tensor) => valueInfo(names.get(tensor) as string, tensor)),
      outputs: outputs.map((tensor, k) => valueInfo(finalNames[k], tensor)),
      initializers: builder.initializers,
      nodes: builder.nodes,
    },
  };
  return { model, outputNames: finalNames };
}

function writeNode(builder: Builder, node: Node, inputs: readonly string[], needed: readonly boolean[]): string[] {
  const { op, outputs, attributes } = node;
  // What has no elements is written down: some backends fail where there is nothing to compute, or infer other shapes.
  if (outputs.every(({ size }) => size === 0))
    return outputs.map(({ dtype, shape }) => builder.constant(zeros(shape, dtype)));
  if (op.onnx === null) throw new Error(`internal: ${op.name} is a foreign step and has no ONNX form`);
  if (typeof op.onnx === "string") return builder.node(op.onnx, inputs, {}, outputs.length);
  return op.onnx(builder, { ...node, attributes }, inputs, needed);
}

function valueInfo(name: string, { dtype, shape }: Tensor): OnnxValueInfo {
  return { name, type: dtype, shape: [...shape] };
}

class Builder implements Emitter {
  readonly target: Target;
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxTensor>();
  readonly #domains = new Map([["", opset]]);
  /** Names of small constants by what they hold. */
  readonly #shared = new Map<string, string>();
  /** Names that are given to inputs and outputs, which nothing else may have. */
  readonly #reserved: ReadonlySet<string>;
  /** Names of large constants, which are the same where they are the same array. */
  readonly #large = new Map<NdArray, string>();
  #base = "";
  #parts = 0;

  constructor(reserved: ReadonlySet<string>, target: Target) {
    this.#reserved = reserved;
    this.target = target;
  }

  /** Names what follows after a node of the graph. */
  begin(base: string): void {
    this.#base = this.#free(base);
    this.#parts = 0;
  }

  /** Adds an output under its own name. */
  output(name: string, value: string): void {
    this.nodes.push({ name, opType: "Identity", domain: "", inputs: [value], outputs: [name], attributes: {} });
  }

  #free(name: string): string {
    let free = name;
    while (this.#reserved.has(free)) free += "_";
    return free;
  }

  #name(): string {
    const part = this.#parts++;
    return part === 0 ? this.#base : this.#free(`${this.#base}/${part}`);
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
    outputs = 1,
    domain = "",
  ): string[] {
    const name = this.#name();
    if (domain !== "") this.#domains.set(domain, 1);
    const made = Array.from({ length: outputs }, (_, k) => (outputs === 1 ? name : this.#free(`${name}.${k}`)));
    const written: Record<string, OnnxAttribute> = {};
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) written[key] = attribute(value);
    this.nodes.push({ name, opType, domain, inputs: [...inputs], outputs: made, attributes: written });
    return made;
  }

  constant(value: NdArray): string {
    if (value.size > 16) {
      const known = this.#large.get(value);
      if (known !== undefined) return known;
      const name = this.#initializer(value);
      this.#large.set(value, name);
      return name;
    }
    const elements = Array.from(value.data as ArrayLike<number | bigint>, (x) => (Object.is(x, -0) ? "-0" : String(x)));
    const key = `${value.dtype}[${value.shape}]${elements}`;
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.#initializer(value);
      this.#shared.set(key, name);
    }
    return name;
  }

  #initializer(value: NdArray): string {
    const name = this.#free(`constant_${this.initializers.size}`);
    this.initializers.set(name, { type: value.dtype, shape: [...value.shape], data: value.data });
    return name;
  }

  scalar(value: number, dtype: DType): string {
    return this.constant(new NdArray(dtype, [], elementsFrom(dtype, [value])));
  }

  ints(values: readonly number[]): string {
    return this.constant(new NdArray("int64", [values.length], BigInt64Array.from(values, BigInt)));
  }

  domains(): Map<string, number> {
    return this.#domains;
  }
}

function attribute(value: AttributeValue): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if (typeof value === "string") return { kind: "string", value };
  return "kind" in value ? value : { kind: "ints", value: [...value] };
}
