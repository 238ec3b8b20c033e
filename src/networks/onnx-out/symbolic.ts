/** Makes one model with symbolic sizes from models of one function at several sizes. */
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from "../../formats/onnx/model.js";
import { constantValueOf, interpolate, type Polynomial, show, type Trial } from "./polynomial.js";

/** A symbol and where its size can be read: an axis of an input. */
export interface SymbolPlace {
  readonly name: string;
  readonly input: string;
  readonly axis: number;
}

/** Integers in one list that are looked at one by one; lists are shapes, axes and the like. */
const longestList = 64;

/**
 * One model from those of one function at the sizes of `trialSizes`. They have the same nodes; integers in constants and
 * sizes in types may differ, and become what the symbols make of them. Throws RangeError that names the op where anything
 * else differs.
 */
export function withSymbols(models: readonly OnnxModel[], places: readonly SymbolPlace[], trial: Trial): OnnxModel {
  return new Zipper(models, places, trial).zip();
}

class Zipper {
  readonly #models: readonly OnnxModel[];
  readonly #graphs: readonly OnnxGraph[];
  readonly #places: readonly SymbolPlace[];
  readonly #trial: Trial;
  /** Names of merged constants by the names that they have in the models. */
  readonly #merged = new Map<string, string>();
  readonly #initializers = new Map<string, OnnxTensor>();
  /** Nodes that compute sizes; they need inputs alone, so they come first. */
  readonly #sizes: OnnxNode[] = [];
  /** Names of computed values by what they are. */
  readonly #computed = new Map<string, string>();
  readonly #taken: Set<string>;

  constructor(models: readonly OnnxModel[], places: readonly SymbolPlace[], trial: Trial) {
    this.#models = models;
    this.#graphs = models.map(({ graph }) => graph);
    this.#places = places;
    this.#trial = trial;
    const { inputs, initializers, nodes } = this.#graphs[0];
    const made = nodes.flatMap(({ outputs }) => outputs);
    this.#taken = new Set([...inputs.map(({ name }) => name), ...initializers.keys(), ...made]);
  }

  zip(): OnnxModel {
    const [first, ...others] = this.#graphs;
    const odd = others.find(({ nodes }) => nodes.length !== first.nodes.length);
    if (odd !== undefined) {
      const place = first.nodes.findIndex(({ opType }, k) => odd.nodes[k]?.opType !== opType);
      throw differs(first.nodes[Math.max(place, 0)], "what is computed depends on the sizes");
    }
    const nodes = first.nodes.map((node, k) => this.#node(this.#graphs.map((graph) => graph.nodes[k] ?? node)));
    const graph: OnnxGraph = {
      name: first.name,
      inputs: first.inputs.map((_, k) => this.#valueInfo(this.#graphs.map(({ inputs }) => inputs[k]))),
      outputs: first.outputs.map((_, k) => this.#valueInfo(this.#graphs.map(({ outputs }) => outputs[k]))),
      initializers: this.#initializers,
      nodes: [...this.#sizes, ...nodes],
    };
    return { ...this.#models[0], graph };
  }

  /** The node that is the same in all models, but for its constants. */
  #node(nodes: readonly OnnxNode[]): OnnxNode {
    const [first] = nodes;
    for (const other of nodes) {
      if (other.opType !== first.opType || other.domain !== first.domain || `${other.outputs}` !== `${first.outputs}`) {
        throw differs(first, "what is computed depends on the sizes");
      }
      const name = unequalAttribute(first, other);
      if (name !== undefined) throw differs(first, `its attribute ${name} depends on the sizes`);
      if (other.inputs.length !== first.inputs.length) throw differs(first, "what it takes depends on the sizes");
    }
    return { ...first, inputs: first.inputs.map((_, k) => this.#input(nodes, k)) };
  }

  #input(nodes: readonly OnnxNode[], k: number): string {
    const names = nodes.map(({ inputs }) => inputs[k]);
    const constants = this.#graphs.map(({ initializers }, m) => initializers.get(names[m]));
    if (constants.every((constant) => constant === undefined)) {
      if (names.some((name) => name !== names[0])) throw differs(nodes[0], "what it takes depends on the sizes");
      return names[0];
    }
    const all = constants.filter((constant) => constant !== undefined);
    if (all.length < constants.length) throw differs(nodes[0], "what it takes depends on the sizes");
    const asShape = nodes[0].opType === "Reshape" && k === 1 && nodes[0].attributes.allowzero === undefined;
    const key = `${asShape}:${names.join("\n")}`;
    let name = this.#merged.get(key);
    if (name === undefined) {
      name = this.#constant(nodes[0], names[0], all, asShape);
      this.#merged.set(key, name);
    }
    return name;
  }

  /** A constant, or nodes that compute what it is at the sizes at hand. */
  #constant(node: OnnxNode, name: string, all: readonly OnnxTensor[], asShape: boolean): string {
    const [first] = all;
    if (all.every((tensor) => sameTensor(tensor, first))) {
      this.#initializers.set(name, first);
      return name;
    }
    const fail = (): never => {
      throw differs(node, `a constant ${first.type}[${first.shape}] depends on the sizes`);
    };
    if (all.some(({ type, shape }) => type !== first.type || shape.length !== first.shape.length)) fail();
    if (first.shape.length === 1 && all.every(isCount)) {
      return this.#range(this.#polynomial(all.map(({ shape: [size] }) => size)) ?? fail(), first.type);
    }
    const integers = first.type === "int64" || first.type === "int32";
    const sameSize = all.every(({ data }) => data.length === first.data.length);
    if (!integers || !sameSize || first.shape.length > 1 || first.data.length > longestList) fail();
    const list = Array.from({ length: first.data.length }, (_, k) => {
      return this.#polynomial(all.map(({ data }) => Number(data[k]))) ?? fail();
    });
    if (asShape) {
      // One size follows from the others, unless one of them is 0.
      const known = list.map(constantValueOf);
      const open = known.filter((value) => value === undefined).length;
      if (open === 1 && !known.includes(0)) return this.#integers(known.map((value) => value ?? -1));
    }
    return this.#list(list, first);
  }

  #polynomial(values: readonly number[]): Polynomial | undefined {
    return interpolate(values, this.#trial);
  }

  #valueInfo(infos: readonly OnnxValueInfo[]): OnnxValueInfo {
    const [first] = infos;
    const shape = first.shape?.map((_, axis) => {
      const polynomial = this.#polynomial(infos.map((info) => Number(info.shape?.[axis])));
      if (polynomial === undefined) return "";
      return (
        constantValueOf(polynomial) ??
        show(
          polynomial,
          this.#places.map(({ name }) => name),
        )
      );
    });
    return { ...first, shape: shape ?? null };
  }

  // ------------------------------------------------------------------------------------------ nodes that compute sizes

  #name(base: string): string {
    let name = base;
    for (let k = 1; this.#taken.has(name); k++) name = `${base}_${k}`;
    this.#taken.add(name);
    return name;
  }

  /** A node of which there is one for each `key`. */
  #compute(key: string, opType: string, inputs: string[], attributes: Record<string, number> = {}): string {
    let name = this.#computed.get(key);
    if (name === undefined) {
      name = this.#name(`size_${this.#sizes.length}`);
      const written = Object.entries(attributes).map(([k, value]): [string, OnnxAttribute] => [
        k,
        { kind: "int", value },
      ]);
      const node = { name, opType, domain: "", inputs, outputs: [name], attributes: Object.fromEntries(written) };
      this.#sizes.push(node);
      this.#computed.set(key, name);
    }
    return name;
  }

  /** Integers as a constant int64 list, or as one number. */
  #integers(values: readonly number[], shape: number[] = [values.length]): string {
    const key = `[${shape}] ${values}`;
    let name = this.#computed.get(key);
    if (name === undefined) {
      name = this.#name(`integers_${this.#initializers.size}`);
      this.#initializers.set(name, { type: "int64", shape, data: BigInt64Array.from(values, BigInt) });
      this.#computed.set(key, name);
    }
    return name;
  }

  /** A polynomial's value, int64[1]. */
  #value(polynomial: Polynomial): string {
    const constant = constantValueOf(polynomial);
    if (constant !== undefined) return this.#integers([constant]);
    const names = this.#places.map((_, s) => `symbol ${s}`);
    const terms = polynomial.map((term) => {
      const { coefficient, symbols } = term;
      const factors = symbols.map((s) => {
        const { input, axis } = this.#places[s];
        return this.#compute(names[s], "Shape", [input], { start: axis, end: axis + 1 });
      });
      if (coefficient !== 1 || factors.length === 0) factors.push(this.#integers([coefficient]));
      const products = factors.map((factor, k) => ({
        factor,
        key: show([{ coefficient: 1, symbols: symbols.slice(0, k + 1) }], names),
      }));
      return products.slice(1).reduce((product, { factor, key }, k) => {
        const whole = k + 2 === products.length ? show([term], names) : key;
        return this.#compute(whole, "Mul", [product, factor]);
      }, factors[0]);
    });
    return terms
      .slice(1)
      .reduce((sum, term, k) => this.#compute(show(polynomial.slice(0, k + 2), names), "Add", [sum, term]), terms[0]);
  }

  /** A list of polynomials, or one alone where the constant has no axes, in the constant's type. */
  #list(list: readonly Polynomial[], { type, shape }: OnnxTensor): string {
    const parts = list.map((polynomial) => this.#value(polynomial));
    let name = parts[0];
    if (shape.length === 0) name = this.#compute(`scalar ${name}`, "Squeeze", [name]);
    else if (parts.length > 1) name = this.#compute(`list ${parts}`, "Concat", parts, { axis: 0 });
    return type === "int32" ? this.#compute(`int32 ${name}`, "Cast", [name], { to: 6 }) : name;
  }

  /** 0, 1, 2, ... to before a polynomial. */
  #range(end: Polynomial, type: OnnxTensor["type"]): string {
    const value = this.#value(end);
    const limit = this.#compute(`scalar ${value}`, "Squeeze", [value]);
    const range = this.#compute(`range ${limit}`, "Range", [this.#integers([0], []), limit, this.#integers([1], [])]);
    const to = { float32: 1, int32: 6 }[type as string];
    return to === undefined ? range : this.#compute(`${type} ${range}`, "Cast", [range], { to });
  }
}
function differs(node: OnnxNode, what: string): RangeError {
  return new RangeError(
    `exportOnnx: ${node.name} (${node.opType}): ${what} of the symbolic axes; give those axes fixed sizes`,
  );
}

function unequalAttribute(a: OnnxNode, b: OnnxNode): string | undefined {
  const names = new Set([...Object.keys(a.attributes), ...Object.keys(b.attributes)]);
  return [...names].find((name) => !sameAttribute(a.attributes[name], b.attributes[name]));
}

function sameAttribute(a: OnnxAttribute | undefined, b: OnnxAttribute | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return a === b;
  if (a.kind === "tensor" && b.kind === "tensor") return sameTensor(a.value, b.value);
  return a.kind !== "graph" && JSON.stringify(a.value) === JSON.stringify(b.value);
}

function sameTensor(a: OnnxTensor, b: OnnxTensor): boolean {
  if (a.data === b.data) return true;
  if (a.type !== b.type || `${a.shape}` !== `${b.shape}` || a.data.length !== b.data.length) return false;
  for (let k = 0; k < a.data.length; k++) if (!Object.is(a.data[k], b.data[k])) return false;
  return true;
}

/** Whether the elements are 0, 1, 2, ... */
function isCount({ data, type }: OnnxTensor): boolean {
  if (type !== "int64" && type !== "int32" && type !== "float32") return false;
  for (let k = 0; k < data.length; k++) if (Number(data[k]) !== k) return false;
  return true;
}
