import { mostDimensions } from "../formats/onnx/limits.js";
import type {
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxTensorType,
  OnnxValueInfo,
} from "../formats/onnx/model.js";
import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { NdArray } from "./array.js";
import { type AttributeSpecs, type AttributeValues, type Operator, OperatorNode } from "./onnx-in/operator.js";
import { arrayOf, isConverted, kindOf, typeNumbered } from "./onnx-in/stored.js";
import { newestOpset, oldestOpset, operators } from "./onnx-in/table.js";
import { constant, type Operand, type Tensor, tensor } from "./tensor.js";
import { checkShape, type DType, showType, type TensorType } from "./types.js";

export interface ImportOnnxOptions {
  /**
   * Which of the model's float weights become parameters: all (true, the default), none, those named, or those for which a
   * function of name and type is true. The others are constants, and so are weights that decide about shapes.
   */
  trainable?: boolean | readonly string[] | ((name: string, type: TensorType) => boolean);
  /** Sizes for symbols of the inputs' shapes, such as `{ batch: 8 }`; by default a symbol fits any size. */
  symbols?: Readonly<Record<string, number>>;
  /** What messages call the model, such as its path; "<model>" by default. */
  name?: string;
}

/** An input or output of a model. */
export interface ImportedValue {
  readonly name: string;
  readonly dtype: DType;
  /** A string is a symbol, "" any size; null where not even the number of axes is told. */
  readonly shape: readonly (number | string)[] | null;
  /**
   * Whether the elements decide about shapes, so that they must be known when the model is traced: such an input is given
   * as an array, not as a tensor.
   */
  readonly fixed: boolean;
}

/** A model as a function that can be traced, differentiated, compiled and interpreted as any other. */
export interface ImportedModel {
  /** The weights that can be trained, by their names in the file. */
  readonly parameters: Record<string, NdArray>;
  readonly inputs: readonly ImportedValue[];
  readonly outputs: readonly ImportedValue[];
  /** Where results may differ from the model's own, such as weights of float64 that are computed in float32; mostly none. */
  readonly notes: readonly string[];
  /**
   * The outputs by name. Throws RangeError where a parameter or input is missing or has another type, FormatError that
   * names the node where the model does not fit together.
   */
  readonly fn: (parameters: Record<string, Operand>, inputs: Record<string, Operand>) => Record<string, Tensor>;
}

/**
 * An ONNX model of operator sets 7 to 28 as a differentiable function. Nodes are written in our ops when it is traced;
 * integers that decide about shapes are computed then, from shapes and constants. Dropout and batch normalization are as
 * outside of training.
 *
 *     const { parameters, fn } = importOnnx(await readOnnx("model.onnx"));
 *     const run = compile(fn);
 *     const { logits } = await run(parameters, { image });
 *
 * float64, float16 and bfloat16 are computed in float32, integers of 8 and 16 bits in int32, unsigned ones of 32 and 64
 * bits in int64; `notes` says so where it happens. Throws FormatError that lists every operator and attribute that is not
 * done, with the names of the nodes.
 */
export function importOnnx(model: OnnxModel, options: ImportOnnxOptions = {}): ImportedModel {
  knownOptions("importOnnx", options, ["trainable", "symbols", "name"]);
  return new Importer(model, options).import();
}

/** What the table says about a node, with its attributes read. */
interface Prepared {
  readonly operator: Operator;
  readonly attributes: AttributeValues<AttributeSpecs>;
}

/** Values by name; those of graphs within nodes see those around. */
class Scope {
  readonly #values = new Map<string, Tensor>();
  readonly #around: Scope | undefined;

  constructor(around?: Scope) {
    this.#around = around;
  }

  get(name: string): Tensor | undefined {
    return this.#values.get(name) ?? this.#around?.get(name);
  }

  set(name: string, value: Tensor): void {
    this.#values.set(name, value);
  }
}

class Importer {
  readonly #model: OnnxModel;
  readonly #options: ImportOnnxOptions;
  readonly #file: string;
  readonly #version: number;
  readonly #prepared = new Map<OnnxNode, Prepared>();
  /** Weights and other constants as arrays, made when first used. */
  readonly #arrays = new Map<OnnxTensor, NdArray>();
  readonly #notes = new Set<string>();

  constructor(model: OnnxModel, options: ImportOnnxOptions) {
    this.#model = model;
    this.#options = options;
    this.#file = options.name ?? "<model>";
    this.#version = model.opsets.get("") ?? model.opsets.get("ai.onnx") ?? 0;
  }

  import(): ImportedModel {
    if (!(this.#version >= oldestOpset && this.#version <= newestOpset)) {
      throw this.#error(`operator sets ${oldestOpset} to ${newestOpset} are read, the model needs ${this.#version}`);
    }
    this.#prepareAll();
    const { graph } = this.#model;
    const given = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
    const { used, fixed } = this.#uses();
    const told = (info: OnnxValueInfo) => this.#valueOf(info, fixed.has(info.name));
    const inputs = given.map(told);
    const outputs = graph.outputs.map(told);
    const parameters = this.#parameters(used, fixed);
    return {
      parameters: Object.fromEntries(parameters),
      inputs,
      outputs,
      notes: [...this.#notes],
      fn: (values, args) => {
        const scope = new Scope();
        for (const [name, like] of parameters) {
          scope.set(name, operandNamed("parameter", name, values, { ...like, shape: like.shape }, new Map()));
        }
        const symbols = new Map<string, number>();
        for (const { name, dtype, shape } of inputs) {
          scope.set(name, operandNamed("input", name, args, { dtype, shape }, symbols));
        }
        checkNames("parameter", values, [...parameters.keys()]);
        checkNames(
          "input",
          args,
          inputs.map(({ name }) => name),
        );
        const results = this.#run(graph, scope);
        return Object.fromEntries(results.map((result, k) => [graph.outputs[k].name, result]));
      },
    };
  }

  #error(message: string, cause?: unknown): FormatError {
    return new FormatError("unsupported", { file: this.#file }, message, cause === undefined ? undefined : { cause });
  }

  // ------------------------------------------------------------------------------------------ before tracing

  /** Looks up every node and reads its attributes; one error lists all that cannot be done. */
  #prepareAll(): void {
    const missing = new Map<string, string[]>();
    const problems: string[] = [];
    const visit = (graph: OnnxGraph) => {
      for (const node of graph.nodes) {
        const operator = node.domain === "" || node.domain === "ai.onnx" ? operators.get(node.opType) : undefined;
        if (operator === undefined) {
          const kind = node.domain === "" ? node.opType : `${node.domain}.${node.opType}`;
          const names = missing.get(kind) ?? [];
          names.push(JSON.stringify(node.name || (node.outputs[0] ?? "")));
          missing.set(kind, names);
          continue;
        }
        problems.push(...this.#prepare(node, operator).map((problem) => `${labelOf(node)}: ${problem}`));
        for (const attribute of Object.values(node.attributes)) if (attribute.kind === "graph") visit(attribute.value);
      }
    };
    visit(this.#model.graph);
    for (const [kind, names] of missing) problems.unshift(`${kind} is not supported (${listed(names, 10)})`);
    if (problems.length > 0) throw this.#error(`importOnnx: ${listed(problems, 100, "; ")}`);
  }

  /** Reads a node's attributes; returns what is wrong with it. */
  #prepare(node: OnnxNode, operator: Operator): string[] {
    const problems: string[] = [];
    const [fewest, most] = operator.inputs;
    const count = node.inputs.findLastIndex((name) => name !== "") + 1;
    if (count < fewest || count > most) {
      const needed = fewest === most ? `${fewest}` : most === Infinity ? `${fewest} or more` : `${fewest} to ${most}`;
      problems.push(`${needed} inputs were needed, it has ${count}`);
    }
    const unknown = Object.keys(node.attributes).filter((name) => !Object.hasOwn(operator.attributes, name));
    for (const name of unknown) problems.push(`the attribute ${JSON.stringify(name)} is not supported`);
    const values: [string, unknown][] = [];
    for (const [name, spec] of Object.entries(operator.attributes)) {
      const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
      if (attribute === undefined) {
        if (spec.required) problems.push(`the attribute ${name} is missing`);
        values.push([name, spec.fallback]);
      } else if (attribute.kind !== spec.kind) {
        problems.push(`the attribute ${name} must be of kind ${spec.kind}, it is ${attribute.kind}`);
      } else {
        try {
          values.push([name, spec.read(attribute.value)]);
        } catch (error) {
          problems.push(`attribute ${name}: ${messageOf(error)}`);
        }
      }
    }
    this.#noteTypes(node);
    this.#prepared.set(node, { operator, attributes: Object.fromEntries(values) });
    return problems;
  }

  /** Notes conversions that a node asks for. */
  #noteTypes(node: OnnxNode): void {
    const to = node.attributes.to ?? node.attributes.dtype;
    if (to?.kind === "int") {
      try {
        this.#note(`${labelOf(node)}`, typeNumbered(Number(to.value)));
      } catch {
        return; // the error comes when it is traced, with what was needed
      }
    }
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === "tensor") this.#note(labelOf(node), attribute.value.type);
    }
  }

  #note(what: string, type: OnnxTensorType): void {
    if (isConverted(type)) this.#notes.add(`${what} is ${type}, computed in ${kindOf(type)}`);
  }

  #valueOf({ name, type, shape: declared }: OnnxValueInfo, fixed: boolean): ImportedValue {
    this.#note(`the value ${JSON.stringify(name)}`, type);
    const { symbols = {} } = this.#options;
    const shape = declared?.map((size) =>
      typeof size === "string" && Object.hasOwn(symbols, size) ? symbols[size] : size,
    );
    try {
      return { name, dtype: kindOf(type), shape: shape ?? null, fixed };
    } catch (error) {
      throw this.#error(`${JSON.stringify(name)}: ${messageOf(error)}`, error);
    }
  }

  /** The weights that can be trained: floats that some node takes, none of which decides about shapes. */
  #parameters(used: ReadonlySet<string>, fixed: ReadonlySet<string>): Map<string, NdArray> {
    const { initializers } = this.#model.graph;
    const { trainable = true } = this.#options;
    const chosen = new Map<string, NdArray>();
    for (const [name, value] of initializers) {
      this.#note(`the weight ${JSON.stringify(name)}`, value.type);
      const named = Array.isArray(trainable) && trainable.includes(name);
      const floating = value.type !== "string" && kindOf(value.type) === "float32";
      if (named && (!floating || fixed.has(name))) {
        const why = floating ? "decides about shapes" : `is ${value.type}`;
        throw new RangeError(`importOnnx: trainable names ${JSON.stringify(name)}, which ${why}`);
      }
      if (!floating || fixed.has(name) || !(named || used.has(name))) continue;
      const wanted =
        typeof trainable === "function"
          ? trainable(name, { dtype: "float32", shape: value.shape })
          : named || trainable === true;
      if (wanted) chosen.set(name, this.#array(value, `the weight ${JSON.stringify(name)}`));
    }
    const unknown = Array.isArray(trainable) ? trainable.find((name) => !initializers.has(name)) : undefined;
    if (unknown !== undefined) {
      throw new RangeError(
        `importOnnx: trainable names ${JSON.stringify(unknown)}, which is no weight of ${this.#file}`,
      );
    }
    return chosen;
  }

  /** Names that nodes take, and those whose elements must be known when the model is traced. */
  #uses(): { used: Set<string>; fixed: Set<string> } {
    const used = new Set<string>();
    const makers = new Map<string, OnnxNode>();
    const pending: string[] = [];
    for (const [node, { operator }] of this.#prepared) {
      for (const name of node.inputs) used.add(name);
      for (const name of node.outputs) makers.set(name, node);
      for (const k of operator.known) if (node.inputs[k]) pending.push(node.inputs[k]);
    }
    const fixed = new Set<string>();
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (fixed.has(name)) continue;
      fixed.add(name);
      const maker = makers.get(name);
      // A shape is known whatever the elements are.
      if (maker !== undefined && maker.opType !== "Shape" && maker.opType !== "Size") pending.push(...maker.inputs);
    }
    return { used, fixed };
  }

  #array(value: OnnxTensor, label: string): NdArray {
    let array = this.#arrays.get(value);
    if (array === undefined) {
      try {
        array = arrayOf(value);
      } catch (error) {
        throw this.#error(`${label}: ${messageOf(error)}`, error);
      }
      this.#arrays.set(value, array);
    }
    return array;
  }

  // ------------------------------------------------------------------------------------------ while tracing

  /** The outputs of a graph whose inputs, and what it takes from around it, are in the scope. */
  #run(graph: OnnxGraph, scope: Scope): Tensor[] {
    const lookUp = (name: string): Tensor => {
      const found = scope.get(name);
      if (found !== undefined) return found;
      const value = graph.initializers.get(name);
      if (value === undefined) throw this.#error(`${JSON.stringify(name)} is taken, which nothing makes`);
      const made = constant(this.#array(value, `the constant ${JSON.stringify(name)}`));
      scope.set(name, made);
      return made;
    };
    // Graphs within nodes take constants from around them by name, so those are put there before.
    const within = graph.nodes.some(({ attributes }) => Object.values(attributes).some(({ kind }) => kind === "graph"));
    if (within) for (const name of graph.initializers.keys()) lookUp(name);
    for (const node of graph.nodes) {
      const inputs = node.inputs.map((name) => (name === "" ? undefined : lookUp(name)));
      const made = this.#build(node, inputs, scope);
      for (const [k, name] of node.outputs.entries()) if (name !== "") scope.set(name, made[k]);
    }
    return graph.outputs.map(({ name }) => lookUp(name));
  }

  #build(node: OnnxNode, inputs: readonly (Tensor | undefined)[], scope: Scope): readonly Tensor[] {
    const prepared = this.#prepared.get(node);
    if (prepared === undefined) throw new Error("internal: a node was not prepared");
    const { operator, attributes } = prepared;
    try {
      const run = (graph: OnnxGraph) => this.#run(graph, new Scope(scope));
      const made = operator.build(new OperatorNode(node, attributes, inputs, this.#version, run));
      for (const [k, name] of node.outputs.entries()) {
        if (name === "") continue;
        if (made[k] === undefined) throw new RangeError(`output ${k} is not computed`);
        checkShape("the result", made[k].shape);
        if (made[k].rank > mostDimensions) throw new RangeError(`the result has ${made[k].rank} axes`);
      }
      return made;
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) {
        throw this.#error(`${labelOf(node)}: ${error.message}`, error);
      }
      throw error;
    }
  }
}

function labelOf({ name, opType, outputs }: OnnxNode): string {
  return name === ""
    ? `the node of ${JSON.stringify(outputs[0] ?? "")} (${opType})`
    : `node ${JSON.stringify(name)} (${opType})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Some of a list, and how many more there are. */
function listed(list: readonly string[], most: number, separator = ", "): string {
  const shown = list.slice(0, most).join(separator);
  return list.length > most ? `${shown}${separator}and ${list.length - most} more` : shown;
}

/** The value given for a name, checked against what the model declares; symbols have one size throughout. */
function operandNamed(
  what: string,
  name: string,
  values: Record<string, Operand>,
  { dtype, shape }: Pick<ImportedValue, "dtype" | "shape">,
  symbols: Map<string, number>,
): Tensor {
  const operand = Object.hasOwn(values, name) ? values[name] : undefined;
  if (operand === undefined) throw new RangeError(`importOnnx: the ${what} ${JSON.stringify(name)} is missing`);
  const given = tensor(operand, dtype, `${what} ${name}`);
  const fits =
    shape === null || (shape.length === given.rank && shape.every((size, axis) => fitsSize(size, given.shape[axis])));
  function fitsSize(size: number | string, got: number): boolean {
    if (typeof size === "number") return size === got;
    if (size === "") return true;
    const before = symbols.get(size);
    if (before === undefined) symbols.set(size, got);
    return before === undefined || before === got;
  }
  if (given.dtype === dtype && fits) return given;
  const bound = [...symbols].map(([symbol, size]) => `${symbol} = ${size}`).join(", ");
  const wanted = shape === null ? "" : `[${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]`;
  throw new RangeError(
    `importOnnx: the ${what} ${JSON.stringify(name)} must be ${dtype}${wanted}, got ${showType(given)}${bound === "" ? "" : ` with ${bound}`}`,
  );
}

function checkNames(what: string, values: Record<string, Operand>, names: readonly string[]): void {
  const wanted = new Set(names);
  const unknown = Object.keys(values).find((name) => !wanted.has(name));
  if (unknown === undefined) return;
  throw new RangeError(`importOnnx: the model has no ${what} ${JSON.stringify(unknown)}; it has ${listed(names, 20)}`);
}
